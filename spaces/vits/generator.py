"""Part 5: the decoder: every stage of HiFi-GAN's generator, what one sample has seen, and 256 samples from a frame."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

import models
from algorithms.synthesis import hifigan_shape as decoder
from algorithms.vits import FRAME_S, HOP, SAMPLE_RATE
from components.figure import Figure, figure, heatmap, line
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.player import Player, Sound

from . import speech
from .drawing import MARGIN, levels, pooled, table, time_axis
from .speech import Spoken
from .strip import CLOCK

if TYPE_CHECKING:
    from .page import Scene

G = decoder.VITS_JOE
STAGES = {s.name: s for s in decoder.stages(G)}
TITLES = {
    "conv_pre": "first convolution",
    "up0": "up ×8",
    "mrf0": "blocks at ×8",
    "up1": "up to ×64",
    "mrf1": "blocks at ×64",
    "up2": "up to ×256",
    "mrf2": "blocks at ×256",
}
AUDIBLE_HZ = 3000  # a tap needs at least so many values a second to be heard as more than a buzz
AROUND = 3  # frames to each side in the close-up
BUMP = 1.0  # added to every channel of one frame, to see how far it is heard
TEXT = r"""
**A picture of 192 rows becomes a line of samples.** The decoder is HiFi-GAN's generator (Kong et al. 2020, V3): three
transposed convolutions stretch time by 8, 8 and 4, together 256, and halve the channels each time. After each of them
residual blocks with kernels of 3, 5 and 7 and growing dilations look at several lengths of time at once; their mean is
what the field calls multi-receptive-field fusion. Nothing is fed back, so all samples are computed at once, and most
of the work is done at the high rates, where there are few channels and many steps.

**A transposed convolution is no interpolation.** For each input step it lays down a learned stretch of 16 values (8 in
the last one) and adds them up where they overlap. Here kernels are twice the stride, so each output is covered by
exactly two steps: an uneven overlap would be heard as a tone at the rate of the steps, the *checkerboard* of images.

**Receptive field.** Follow one sample back through all kernels: it has seen about 21 frames, a quarter of a second, so
the decoder can't know what was said a word ago. Prosody must be in $z$ already. The experiment below changes one frame
of $z$ and compares the sound with the limits that the arithmetic gives.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    parts["tap"] = gr.Radio(
        [(title, name) for name, title in TITLES.items()], value="mrf1", label="Output of", elem_classes="lab-chips"
    )
    parts["activity"] = Figure("This stage over the whole sentence", clock=CLOCK, height=240, hint="click a moment")
    parts["d_frame"] = gr.Number(-1, visible="hidden", minimum=-1, maximum=3000, step=1, precision=0)
    parts["close"] = Figure("Seven frames of it, step by step", height=240)
    parts["channel"] = gr.Slider(0, 255, 0, step=1, label="One channel as a sound")
    parts["tap_sound"] = Player("vits-tap", label="One channel", empty="Too few values a second to be heard")
    parts["field"] = Figure("What one sample has seen", height=260)
    parts["stages"] = gr.HTML("", apply_default_css=False)
    parts["bumped"] = Figure("One frame of z changed: where the sound changes", clock=CLOCK, height=200)
    text(TEXT)
    return parts


@lru_cache(maxsize=2)
def taps(spoken: Spoken) -> dict[str, np.ndarray]:
    """Return every stage's output [channels, steps]; kept for the last two sentences, about 25 MB each."""
    return models.get(speech.MODEL).decoder_taps(spoken.inside.z)


def chosen(spoken: Spoken, asked: Any) -> int:
    """Return the frame that is looked at closely: the one that was clicked, else the loudest."""
    at, n = int(asked), int(spoken.frames.sum())
    return at if 0 <= at < n else int((spoken.y[: n * HOP].reshape(n, HOP) ** 2).sum(1).argmax())


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    spoken = scene.spoken
    if spoken.inside is None:
        return {}
    tap, at = fields["tap"], chosen(spoken, fields["d_frame"])
    stage, channel = STAGES[tap], min(int(fields["channel"]), STAGES[tap].channels - 1)
    drawn: dict[str, Any] = {
        "tap_sound": sound(spoken, tap, channel),
        "channel": gr.update(maximum=stage.channels - 1, value=channel),
    }
    if fields.moved == "channel":
        return drawn
    drawn |= {"close": close_up(spoken, tap, at)}
    if fields.moved != "d_frame":
        drawn |= {"activity": activity(spoken, tap)}
    if fields.moved != "tap":
        drawn |= {"field": receptive_field(at), "bumped": bumped(spoken, at)}
    if not fields.moved or fields.changed("part"):
        drawn |= {"stages": sizes()}
    return drawn


def sizes() -> str:
    """Return the table of stages with their sizes and costs."""
    rows = []
    for stage in STAGES.values():
        rate = SAMPLE_RATE / HOP * stage.per_frame
        name = {**TITLES, "wave": "last convolution, tanh"}[stage.name]
        rows.append(
            (
                name,
                str(stage.channels),
                str(stage.per_frame),
                f"{rate:,.0f} Hz",
                f"{stage.parameters:,}",
                f"{stage.macs * SAMPLE_RATE / HOP / 1e6:,.0f} M",
            )
        )
    total = sum(s.parameters for s in STAGES.values())
    macs = sum(s.macs for s in STAGES.values()) * SAMPLE_RATE / HOP
    head = ("Stage", "Channels", "Steps a frame", "Rate", "Weights", "Multiply-adds a second of sound")
    return table(head, rows) + (
        f'<p class="lab-sentence">{" × ".join(map(str, G.rates))} = {decoder.samples(1)} samples a frame. Together '
        f"{total / 1e6:.2f} million weights and {macs / 1e9:.2f} billion multiply-adds a second of sound.</p>"
    )


def activity(spoken: Spoken, tap: str) -> dict[str, Any]:
    """Draw the size of a stage's values over the sentence, channels by their strength."""
    z = np.abs(taps(spoken)[tap])
    small, group = pooled(z, 800)
    order = np.argsort(z.mean(1), kind="stable")
    small = small[order]
    step = FRAME_S / STAGES[tap].per_frame
    high = float(np.percentile(small, 99.5))
    return figure(
        [
            heatmap(
                levels(small, 0, high),
                0,
                high,
                unit="|value|",
                x0=step * group / 2,
                dx=step * group,
                rowtext=[f"channel {i}" for i in order],
                hovertemplate="%{x:.3f} s<br>%{text}<br>%{z:.2f}<extra></extra>",
            )
        ],
        alt=(
            f"{TITLES[tap]}: {z.shape[0]} channels by {z.shape[1]:,} steps of {1000 * step:.3f} ms; the strongest is "
            f"channel {order[-1]}. Shown: mean size of {group} steps a column."
        ),
        x_title="Time (s)",
        y_title="Channel, strongest on top",
        home=spoken.wish.text,
        xaxis=time_axis(spoken),
        yaxis={"showticklabels": False},
        margin=MARGIN,
    )


def close_up(spoken: Spoken, tap: str, at: int) -> dict[str, Any]:
    """Draw some frames of a stage, every step a column, with the waveform over them."""
    per_frame, n = STAGES[tap].per_frame, int(spoken.frames.sum())
    first, last = max(0, at - AROUND), min(n, at + AROUND + 1)
    z = taps(spoken)[tap][:, first * per_frame : last * per_frame]
    z = z[np.argsort(np.abs(z).mean(1), kind="stable")]
    small, group = pooled(z, 900)
    edge = float(np.percentile(np.abs(small), 99.5))
    step = 1000 * FRAME_S / per_frame
    wave = spoken.y[first * HOP : last * HOP][:: max(1, (last - first) * HOP // 900)]
    scale = len(z) / 2 / max(float(np.abs(wave).max(initial=0)), 1e-6) * 0.9
    return figure(
        [
            heatmap(
                levels(small, -edge, edge),
                -edge,
                edge,
                unit="value",
                x0=1000 * first * FRAME_S + step * group / 2,
                dx=step * group,
                hovertemplate="%{x:.2f} ms<br>%{z:.2f}<extra></extra>",
            ),
            line(
                None,
                len(z) / 2 + scale * wave,
                x0=1000 * first * FRAME_S,
                dx=1000 * (last - first) * FRAME_S / len(wave),
                color="#ffffff",
                name="waveform",
                hoverinfo="skip",
            ),
        ],
        alt=(
            f"Frames {first} to {last - 1} after {TITLES[tap]}: {per_frame} steps a frame, {z.shape[1]} steps. "
            "The white line is the waveform that comes out in the end."
        ),
        x_title="Time (ms)",
        y_title="Channel",
        home=f"{spoken.wish.text} {at}",
        x_range=(1000 * first * FRAME_S, 1000 * last * FRAME_S),
        yaxis={"showticklabels": False, "range": [-0.5, len(z) - 0.5]},
        margin=MARGIN,
    )


def sound(spoken: Spoken, tap: str, channel: int) -> Sound | None:
    """Return a channel as a sound, brought to 22,050 Hz; None where it has too few values a second."""
    import soxr

    rate = SAMPLE_RATE / HOP * STAGES[tap].per_frame
    if rate < AUDIBLE_HZ:
        return None
    x = taps(spoken)[tap][channel]
    y = soxr.resample(x - x.mean(), rate, SAMPLE_RATE) if rate != SAMPLE_RATE else x - x.mean()
    peak = float(np.abs(y).max(initial=0))
    y = (0.4 / max(peak, 1e-6)) * y
    return Sound(f"Channel {channel} after {TITLES[tap]}, {rate:,.0f} values a second", y=y, sample_rate=SAMPLE_RATE)


def receptive_field(at: int) -> dict[str, Any]:
    """Draw, from the sample in the middle of a frame back to the input, what each stage has seen."""
    sample = at * HOP + HOP // 2
    per_step = {"conv_pre": HOP, "up0": HOP, "mrf0": HOP // 8, "up1": HOP // 8, "mrf1": HOP // 64, "up2": HOP // 64}
    rows = []
    for seen in decoder.seen_by(sample, G):
        step = per_step.get(seen.stage, 1)
        low, high = (seen.first * step - sample) / SAMPLE_RATE, ((seen.last + 1) * step - sample) / SAMPLE_RATE
        rows.append((seen, 1000 * low, 1000 * high))
    frames = rows[-1][0].last - rows[-1][0].first + 1
    names = {**TITLES, "wave": "last convolution"}
    return figure(
        [
            {
                "type": "bar",
                "orientation": "h",
                "y": [names[s.stage] for s, _, _ in rows],
                "x": [high - low for _, low, high in rows],
                "base": [low for _, low, _ in rows],
                "marker": {"color": "var(--lab-c1)"},
                "text": [f"{s.last - s.first + 1} steps" for s, _, _ in rows],
                "hovertemplate": "%{y}: %{text}<extra></extra>",
                "textposition": "auto",
            }
        ],
        alt=(
            f"One sample has seen {frames} frames of z, {rows[-1][2] - rows[-1][1]:.0f} ms: "
            + ", ".join(f"{s.last - s.first + 1} steps at the input of {names[s.stage]}" for s, _, _ in rows)
            + "."
        ),
        x_title="Time around the sample (ms)",
        margin={"l": 120, "r": 16, "t": 8, "b": 38},
    )


@lru_cache(maxsize=4)
def _bumped(spoken: Spoken, at: int) -> np.ndarray:
    """Decode with one frame changed and return what that did, float32 [256 F]."""
    z = spoken.inside.z.copy()
    z[:, at] += BUMP
    return models.get(speech.MODEL).decode(z) - spoken.y


def bumped(spoken: Spoken, at: int) -> dict[str, Any]:
    """Draw how far a change of one frame is heard, with the limits that the arithmetic gives."""
    change = _bumped(spoken, at)
    first, last = decoder.touched_by(at, G)
    moved = np.flatnonzero(change)
    around = slice(max(0, first - 4 * HOP), min(len(change), last + 4 * HOP))
    shown = change[around]
    blocks = shown[: len(shown) // 16 * 16].reshape(-1, 16)
    span = f"{(moved[-1] - moved[0] + 1) / SAMPLE_RATE * 1000:.0f} ms" if len(moved) else "nothing"
    limit = {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "line": {"color": "var(--lab-c2)", "dash": "dot"}}
    return figure(
        [line(None, np.abs(blocks).max(1), x0=(around.start + 8) / SAMPLE_RATE, dx=16 / SAMPLE_RATE)],
        alt=(
            f"Frame {at} of z was changed by {BUMP:g} in every channel. The sound has changed over {span}; the "
            f"arithmetic allows {(last - first + 1) / SAMPLE_RATE * 1000:.0f} ms, from "
            f"{max(first, 0) / SAMPLE_RATE:.3f} to {last / SAMPLE_RATE:.3f} s."
        ),
        x_title="Time (s); dotted: the limits that the kernels allow",
        y_title="Change",
        home=f"{spoken.wish.text} {at}",
        xaxis={"range": [around.start / SAMPLE_RATE, around.stop / SAMPLE_RATE]},
        shapes=[{**limit, "x0": x / SAMPLE_RATE, "x1": x / SAMPLE_RATE} for x in (first, last + 1)],
        margin=MARGIN,
    )


def moment_picked(visit: Visit) -> dict[str, Any]:
    """Choose the frame that is looked at closely."""
    last = int(visit.scene.spoken.frames.sum()) - 1
    return {"d_frame": min(max(int(float(visit.event.x) / FRAME_S), 0), last)}


PART = Part(
    slug="decoder",
    title="5 The decoder",
    draw=draw,
    show=show,
    fields=("tap", "d_frame", "channel"),
    on=(On(component="activity", event="pick", handler=moment_picked, redraw="d_frame"),),
    # Frames of a sentence mean nothing in another.
    forget={"text": {"d_frame": -1}, "ipa": {"d_frame": -1}, "tap": {"channel": 0}},
)
