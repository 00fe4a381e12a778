"""Part 4: HiFi-GAN: one transposed convolution, what the generator costs, what its discriminators see."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any

import gradio as gr
import numpy as np

from algorithms.synthesis import hifigan_shape as shapes
from components.figure import Figure, figure, heatmap
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.player import Player
from components.words import table

from . import pictures, upsampling
from .pictures import sentence
from .scene import Scene
from .sound import HOP, RATE, Source

SIZES = {
    "V1": ("V1: the paper’s best", shapes.V1),
    "V2": ("V2: small", shapes.V2),
    "V3": ("V3: fast", shapes.V3),
    "joe": ("the decoder of tts/vits-joe", shapes.VITS_JOE),
}
PERIODS = {2: "second", 3: "third", 5: "fifth", 7: "seventh", 11: "eleventh"}
SEEN_S = 0.04  # of the sound, folded
TIMED_FRAMES = 86  # a second of mel

UPSAMPLING = r"""
### Longer by a learned stretch

A **transposed convolution** lays a learned kernel down for every input and adds the copies up where they overlap. A
network that makes 256 samples of every frame does that three or four times. If copies overlap unevenly, or the values
of the kernel don't balance, even a constant comes out as a tone. The whine of a badly trained vocoder is that tone.
"""
GENERATOR = r"""
### All samples at once

After each upsampling stand residual blocks with several kernel sizes and dilations side by side; the mean of their
outputs is the **multi-receptive-field fusion**. Nothing that comes out goes in again, so all samples of a sentence are
computed together, in as many steps one after another as there are layers. That, and not less arithmetic, is why it is
fast: WaveNet needs its layers one after another *for each sample*.
"""
DISCRIMINATORS = r"""
### What the discriminators see

Many waveforms have the same mel, and a mel loss alone can't tell them apart: it leaves phase and the fine structure of
noise open, and what comes out buzzes. HiFi-GAN adds eight judges that learn to tell recordings
from its output. Five fold the waveform into columns of 2, 3, 5, 7 or 11 samples (**multi-period discriminator**): along
a row, they see every $p$-th sample and notice a pulse that comes a little too early. The periods are primes, so that
their views overlap as little as can be. Three look at the waveform as it is, and averaged over 2 and over 4 samples
(**multi-scale discriminator**).

In the paper's own listening test of what can be left out (V3, its table 2), the multi-period discriminator was missed
by far the most, then the mel loss, then the multi-scale discriminator; one kernel size in place of several cost least.

The lab has no HiFi-GAN of its own for a mel yet. The one that can be heard is the decoder of a [VITS
voice](vits?part=decoder), trained by the same five period discriminators and one that sees the waveform whole.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts = upsampling.draw()
    text(UPSAMPLING)
    text(GENERATOR)
    parts["size"] = gr.Radio(
        [(title, name) for name, (title, _) in SIZES.items()], value="V3", label="Generator", elem_classes="lab-chips"
    )
    parts["reaches"] = Figure("How far the blocks of each stage look", height=240)
    parts["cost"] = gr.HTML("", apply_default_css=False)
    parts["time_generator"] = gr.Button("Time it now", size="sm")
    parts["generator_speed"] = gr.HTML("", apply_default_css=False)
    text(DISCRIMINATORS)
    with gr.Row(elem_classes="voc-row"):
        parts["period"] = gr.Radio(
            [(str(p), str(p)) for p in PERIODS], value="5", label="Period, in samples", elem_classes="lab-chips"
        )
        parts["seen_at"] = gr.Slider(0, 100, 50, step=1, label="Where in the sound (%)", min_width=160)
    parts["folded"] = Figure("40 ms, folded as this discriminator sees them", height=200)
    parts["row_sound"] = Player("voc-row", label="One row")
    parts["folded_facts"] = gr.HTML("", apply_default_css=False)
    return parts


def reaches(shape: shapes.GeneratorShape) -> dict[str, Any]:
    """Draw how many ms each residual block looks to both sides, at the rate at which it stands."""
    names, widths, said = [], [], []
    rate = RATE / HOP
    for stage, times in enumerate(shape.rates, start=1):
        rate *= times
        for kernel, dilations in zip(shape.block_kernels, shape.dilations, strict=True):
            steps = sum((d + shape.pairs) * (kernel - 1) // 2 for d in dilations)
            names.append(f"stage {stage}, kernel {kernel}")
            widths.append(2000 * steps / rate)
            said.append(f"{2 * steps + 1} steps at {rate:,.0f} a second")
    return figure(
        [
            {
                "type": "bar",
                "orientation": "h",
                "x": widths,
                "y": names,
                "base": [-w / 2 for w in widths],
                "customdata": said,
                "marker": {"color": "var(--lab-c1)"},
                "hovertemplate": "%{y}: %{x:.1f} ms<br>%{customdata}<extra></extra>",
            }
        ],
        alt="Reach of the residual blocks: " + "; ".join(f"{n} {w:.1f} ms" for n, w in zip(names, widths, strict=True)),
        x_title="ms around the sample",
        showlegend=False,
        yaxis={"autorange": "reversed", "automargin": True},
        bargap=0.35,
    )


def in_a_row(shape: shapes.GeneratorShape) -> int:
    """Return how many convolutions wait for one another between mel and waveform."""
    longest = max(len(ds) for ds in shape.dilations) * (2 if shape.pairs else 1)
    return 2 + len(shape.rates) * (1 + longest)


def cost(shape: shapes.GeneratorShape) -> str:
    """Return the stages with their sizes and costs, and the sums, as HTML."""
    found = shapes.stages(shape)
    frames = RATE / HOP
    titles = {"conv_pre": "first convolution", "wave": "last convolution"}
    rows = [
        (
            titles.get(s.name) or f"{'up' if s.name.startswith('up') else 'blocks'}, stage {int(s.name[-1]) + 1}",
            f"{s.per_frame * frames:,.0f}",
            str(s.channels),
            f"{s.parameters:,}",
            f"{s.macs * frames / 1e6:,.0f} million",
        )
        for s in found
    ]
    head = ("Stage", "Steps a second", "Channels", "Weights", "Multiply-accumulates a second of sound")
    seen = shapes.seen_by(HOP * 100, shape)[-1]
    n_frames = seen.last - seen.first + 1
    said = (
        f"<strong>{sum(s.parameters for s in found) / 1e6:.2f} million weights, "
        f"{sum(s.macs for s in found) * frames / 1e9:.2f} billion multiply-accumulates</strong> a second of sound, "
        f"{in_a_row(shape)} convolutions one after another whatever the length. A sample has seen {n_frames} frames of "
        f"mel, {1000 * n_frames / frames:.0f} ms. Counted from the layers’ sizes."
    )
    return sentence(said) + table(head, rows)


@lru_cache(maxsize=1)
def generator(name: str) -> Any:
    """Return an untrained generator of one of the sizes, ready to run."""
    from algorithms.synthesis.hifigan import Generator

    return Generator(SIZES[name][1]).eval()


def real_time_factor(name: str) -> float:
    """Time an untrained generator on a second of sound: seconds of computing a second of sound, the better of two."""
    import torch

    net, seconds = generator(name), []
    mel = torch.zeros(1, SIZES[name][1].in_channels, TIMED_FRAMES)
    with torch.inference_mode():
        net(mel[..., :8])  # the first run also fetches memory
        for _ in range(2):
            began = time.perf_counter()
            net(mel)
            seconds.append(time.perf_counter() - began)
    return min(seconds) / (TIMED_FRAMES * HOP / RATE)


def timed(visit: Visit) -> dict[str, Any]:
    """Time the chosen generator on this machine."""
    factor = real_time_factor(visit.fields["size"])
    said = (
        f"Timed just now on this machine, in float32: a real-time factor of <strong>{factor:.2f}</strong>, "
        f"{RATE / factor:,.0f} samples a second. The weights are random; that changes what it would say, not how long "
        "it takes. Part 3 times a WaveNet, whose samples have to wait for one another."
    )
    return {"generator_speed": sentence(said)}


def fold(y: np.ndarray, period: int) -> np.ndarray:
    """Return samples [n] in columns of `period`: [period, n // period], as the multi-period discriminator does."""
    n = len(y) // period * period
    return y[:n].reshape(-1, period).T


def folded(source: Source, fields: Fields) -> dict[str, Any]:
    """Return a moment of the sound as one discriminator sees it, with one row of the whole to hear."""
    period, n = int(fields["period"]), int(SEEN_S * RATE)
    first = int((len(source.y) - min(n, len(source.y))) * fields["seen_at"] / 100)
    rows = fold(source.y[first : first + n], period)
    peak = max(float(np.abs(rows).max(initial=0)), 1e-6)
    z = np.round(127.5 * (1 + rows / peak)).astype(np.uint8)
    step_s = period / RATE
    said = (
        f"{rows.shape[1]} columns of {period} samples, from {first / RATE:.2f} s on. A row holds every "
        f"{PERIODS[period]} sample: {RATE / period:,.0f} a second. Nothing was "
        f"filtered before, so what lies above {RATE / period / 2:,.0f} Hz is folded down (aliasing): listen to it. "
        f"Together the {period} rows hold all samples: nothing is lost, it is only looked at otherwise."
    )
    row = np.repeat(source.y[::period], period)[: len(source.y)]
    return {
        "folded": figure(
            [
                heatmap(
                    z, -peak, peak, unit="", x0=first / RATE, dx=step_s, y0=0, dy=1,
                    hovertemplate="%{x:.4f} s, row %{y}: %{z:.3f}<extra></extra>",
                )
            ],
            alt=f"{SEEN_S * 1000:.0f} ms of the waveform in columns of {period} samples.",
            x_title="Time (s)",
            y_title="Row",
            yaxis={"dtick": 1},
            home=f"{source.key} {period} {first}",
        ),
        "row_sound": pictures.sound(f"{source.title}: every {PERIODS[period]} sample", row),
        "folded_facts": sentence(said),
    }  # fmt: skip


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    values: dict[str, Any] = {}
    if fields.changed("part", *upsampling.FIELDS) or (fields.changed("clip") and fields["up_input"] == "sound"):
        values |= upsampling.show(scene.source, fields)
    if fields.changed("part", "size"):
        shape = SIZES[fields["size"]][1]
        values |= {"reaches": reaches(shape), "cost": cost(shape), "generator_speed": ""}
    if fields.changed("clip", "part", "period", "seen_at"):
        values |= folded(scene.source, fields)
    return values


PART = Part(
    slug="hifigan",
    title="4 HiFi-GAN, why it is fast",
    draw=draw,
    show=show,
    fields=(*upsampling.FIELDS, "size", "period", "seen_at"),
    on=(On(component="time_generator", event="click", handler=timed),),
)
