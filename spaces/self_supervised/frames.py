"""Part 1: seven convolutions turn 16,000 samples a second into 50 frames, and what one frame can hear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from algorithms.signal.features import FeatureConfig, mel_filterbank
from components.figure import Figure, figure, heatmap, line
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.player import Player

from . import pictures
from .pictures import sentence
from .sound import RATE, REACHES, SHAPE, Source, facts

if TYPE_CHECKING:
    from .scene import Scene

LAYERS = len(REACHES)
AROUND_S = 0.03  # seconds of the wave on each side of the field
POINTS = 512  # of the frequency responses
TEXT = r"""
**From samples to frames.** Each layer is a convolution with a *kernel* of $k$ values that moves on by a *stride* of
$s$. A layer sees $k$ outputs of the layer below, so what it covers of the sound, its **receptive field** $r$, and the
step between two of its outputs, its hop $j$, grow like this, from $r_0 = j_0 = 1$:

$$r_l = r_{l-1} + (k_l - 1)\, j_{l-1}, \qquad j_l = s_l\, j_{l-1}$$

After seven layers a frame covers 400 samples, 25 ms, and comes every 320 samples, 20 ms: much the same as the windows
of an STFT. That is no accident; sounds of speech last about this long. In the papers nothing else is given: no
Fourier transform, no mel scale, no logarithm. The networks of this page had a minute's help: their convolutions were
first taught to give log-mel energies. **A common mistake**: the *Transformer's* frames do not see 25 ms only. Through
attention each of them sees the whole clip; the 25 ms are what goes in.

**The first filters.** The first layer has 32 filters of 10 samples. Ten samples are 0.6 ms, too short to tell 100
from 200 Hz: neighbouring frequencies less than about 1,600 Hz apart run into one another, so these filters are broad,
and finer frequency resolution has to come from the layers above, which see more. wav2vec 2.0 and HuBERT have 512
filters here and in every layer; this network has 32, 48, 64, 96, 128, 160 and 192, because the first layers run
thousands of times a second and would cost most.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    parts["field_picture"] = Figure("What one output sees", clock="ssl", height=150, hint="click to move there")
    parts["activity"] = Figure("What the layer gives", clock="ssl", height=210, hint="one row a filter")
    with gr.Row(elem_classes="ssl-row"):
        parts["depth"] = gr.Slider(1, LAYERS, LAYERS, step=1, label="Layer of the convolutions")
        parts["moment"] = gr.Slider(0, 8, 1.0, step=0.01, label="Moment (s)")
    parts["field_facts"] = gr.HTML("", apply_default_css=False)
    parts["field_sound"] = Player("ssl-field", label="What one output hears")
    parts["growth"] = Figure("The receptive field, layer by layer", height=220)
    parts["stack"] = gr.HTML("", apply_default_css=False)
    parts["learned"] = Figure("The first filters, after learning (log-mel first, then the game)", height=220)
    parts["designed"] = Figure("As many mel filters, which were designed", height=220)
    text(TEXT)
    return parts


def outputs_in(source: Source, layer: int) -> int:
    """Return how many outputs a layer gives of the sound."""
    reach = REACHES[layer - 1]
    return max(0, (len(source.y) - reach.field) // reach.hop + 1)


def stretch(source: Source, layer: int, moment: float) -> tuple[int, int]:
    """Return the samples that the output at a moment sees: first, and one after the last."""
    reach = REACHES[layer - 1]
    at = round((moment * RATE - reach.field / 2) / reach.hop)
    first = int(np.clip(at, 0, outputs_in(source, layer) - 1)) * reach.hop
    return first, first + reach.field


def wave(source: Source, layer: int, span: tuple[int, int]) -> dict[str, Any]:
    """Draw the wave around a receptive field, which is marked."""
    extra = int(AROUND_S * RATE)
    a, b = max(0, span[0] - extra), min(len(source.y), span[1] + extra)
    reach = REACHES[layer - 1]
    return figure(
        [line(None, source.y[a:b], x0=a / RATE, dx=1 / RATE)],
        alt=f"One output of layer {layer} sees {reach.field} samples, {1000 * reach.field / RATE:.2f} ms, from "
        f"{span[0] / RATE:.3f} s on.",
        y_title="Amplitude",
        x_title="Time (s)",
        home=f"{hash(source.key)} {a} {b}",
        shapes=pictures.bands([(span[0] / RATE, span[1] / RATE)], "rgba(194,65,12,0.25)"),
    )


def activity(source: Source, layer: int) -> dict[str, Any]:
    """Draw the outputs of a layer over time, filters sorted by their mean."""
    found = source.get(f"conv{layer}").astype(np.float32)
    found = found[np.argsort(found.mean(1))]
    reach, n = REACHES[layer - 1], outputs_in(source, layer)
    dx = n * reach.hop / RATE / found.shape[1]
    high = float(np.quantile(found, 0.995))
    many = "" if n == found.shape[1] else f" Of its {n:,} outputs the picture shows the largest in each column."
    return pictures.cells(
        source,
        found,
        (min(0.0, float(found.min())), max(high, 1e-3)),
        alt=f"Layer {layer}: {found.shape[0]} filters, {RATE / reach.hop:,.0f} outputs a second.{many}",
        dx=dx,
        x0=reach.field / RATE / 2 + (dx - reach.hop / RATE) / 2,
        y_title="Filter",
    )


def growth(layer: int) -> dict[str, Any]:
    """Draw the receptive field of each layer in ms; the chosen one stands out."""
    at = np.arange(1, LAYERS + 1)
    ms = np.array([1000 * reach.field / RATE for reach in REACHES])
    colours = ["var(--lab-c2)" if one == layer else "var(--lab-c1)" for one in at]
    return figure(
        [
            {
                "type": "bar",
                "x": at,
                "y": ms,
                "marker": {"color": colours},
                "hovertemplate": "layer %{x}: %{y:.2f} ms<extra></extra>",
            }
        ],
        alt=f"It grows from {ms[0]:.3f} ms to {ms[-1]:g} ms; layer {layer} sees {ms[layer - 1]:.3f} ms.",
        x_title="Layer",
        y_title="Receptive field (ms)",
        xaxis={"dtick": 1},
    )


def stack(layer: int) -> str:
    """Return the seven layers as a table."""
    head = ("Layer", "Kernel", "Stride", "Filters", "Field (samples)", "Field (ms)", "Hop (ms)", "Outputs a second")
    rows = [
        (
            str(at),
            str(SHAPE.kernels[at - 1]),
            str(SHAPE.strides[at - 1]),
            str(SHAPE.channels[at - 1]),
            str(reach.field),
            f"{1000 * reach.field / RATE:.3f}",
            f"{1000 * reach.hop / RATE:.4g}",
            f"{RATE / reach.hop:,.0f}",
        )
        for at, reach in enumerate(REACHES, start=1)
    ]
    return pictures.table(head, rows, marked=layer - 1)


def responses() -> np.ndarray:
    """Return the size of the frequency response of each first filter, its largest value 1: [32, POINTS], sorted."""
    filters = facts().arrays["filters"]
    found = np.abs(np.fft.rfft(filters, 2 * POINTS))[:, :POINTS]
    found /= np.maximum(found.max(1, keepdims=True), 1e-9)
    return found[np.argsort(found.argmax(1), kind="stable")]


def designed() -> np.ndarray:
    """Return as many mel filters on the same axis, each with a largest value of 1: [32, POINTS]."""
    bank = mel_filterbank(FeatureConfig(n_fft=2 * POINTS, n_mels=SHAPE.channels[0]))[:, :POINTS]
    return bank / np.maximum(bank.max(1, keepdims=True), 1e-9)


def filterbank(found: np.ndarray, alt: str) -> dict[str, Any]:
    """Draw responses [filters, POINTS] over frequency."""
    z = np.clip(found * 255, 0, 255).astype(np.uint8)
    trace = heatmap(z, 0.0, 1.0, unit="", x0=0, dx=RATE / 2 / POINTS, y0=1, dy=1)
    trace["hovertemplate"] = "%{x:.0f} Hz<br>filter %{y}: %{z:.2f}<extra></extra>"
    return figure([trace], alt=alt, x_title="Frequency (Hz)", y_title="Filter", xaxis={"tickformat": "~s"})


def looped(source: Source, span: tuple[int, int]) -> np.ndarray:
    """Return a stretch of the sound repeated for half a second, with short fades: one alone would be a click."""
    piece = source.y[span[0] : span[1]].copy()
    piece *= np.hanning(len(piece) + 2)[1:-1].astype(np.float32)
    return np.tile(piece, -(-RATE // 2 // len(piece)))


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    source, layer = scene.source, int(fields["depth"])
    span = stretch(source, layer, float(fields["moment"]))
    reach = REACHES[layer - 1]
    below = REACHES[layer - 2] if layer > 1 else None
    r, j = (below.field, below.hop) if below else (1, 1)
    kernel, stride = SHAPE.kernels[layer - 1], SHAPE.strides[layer - 1]
    said = sentence(
        f"Layer {layer}: r = {r} + ({kernel} − 1) · {j} = <strong>{reach.field} samples = "
        f"{1000 * reach.field / RATE:.4g} ms</strong>, j = {stride} · {j} = {reach.hop} samples = "
        f"{1000 * reach.hop / RATE:.4g} ms. This sound of {source.duration_s:.2f} s gives "
        f"{outputs_in(source, layer):,} "
        "outputs: nothing is padded, so the last ones need a whole field of sound."
    )
    values: dict[str, Any] = {
        "field_picture": wave(source, layer, span),
        "field_facts": said,
        "field_sound": pictures.sound(
            f"{source.title}: the {1000 * reach.field / RATE:.3g} ms that one output hears, repeated",
            looped(source, span),
        ),
    }
    if fields.changed("clip", "part", "depth"):
        values |= {"activity": activity(source, layer), "growth": growth(layer), "stack": stack(layer)}
    if fields.changed("part"):
        half = int((responses() > 0.5).sum(1).mean() * RATE / 2 / POINTS)
        values["learned"] = filterbank(
            responses(), f"Each row is one filter of ten samples; on average it passes {half:,} Hz at more than half."
        )
        values["designed"] = filterbank(designed(), "Mel filters: narrow at low frequencies, wide at high ones.")
    return values


def picked(visit: Visit) -> dict[str, Any]:
    """Move to the time of a click."""
    return {"moment": round(float(np.clip(visit.event.x, 0, 8)), 2)}


PART = Part(
    slug="frames",
    title="1 Raw audio to frames",
    draw=draw,
    show=show,
    fields=("depth", "moment"),
    on=(
        On(component="activity", event="pick", handler=picked, redraw="moment"),
        On(component="field_picture", event="pick", handler=picked, redraw="moment"),
    ),
)
