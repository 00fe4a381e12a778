"""Part 4: inside Conv-TasNet: its learned filters, its masks, how far it sees and what it costs."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

import models
from algorithms.separation.shape import Shape
from algorithms.separation.size import costs, receptive_field
from components.figure import Figure, figure, heatmap, line
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.words import table

from . import pictures
from .scene import Scene
from .sound import MODEL, RATE, WEIGHTS, Apart, stored
from .words import card, escaped

MASK_COLUMNS = 250
BLOCKS = Shape().n_blocks * Shape().n_repeats

TEXT = r"""
**Encoder and decoder.** Each filter is a few milliseconds of waveform. The encoder asks of every frame how well each
filter fits (what is negative becomes 0); the decoder adds its own filters up, each as loud as the mask has left it.
Nobody told the filters to be frequency bands: at the beginning they are noise. In the paper, after training, most of
them have become bands below 1 kHz, where the harmonics of voices are (Luo & Mesgarani 2019, section IV); the picture
shows how far this network has come.

**Separator.** A stack of blocks, each of which looks at three frames that lie 1, 2, 4, ... apart: the distance doubles
with every block at the same cost, and then begins again at 1. The *receptive field*, all the frames on which one
output depends, grows by twice the distance in every block. Inside a block, a wide kernel of one mixes channels, and a
convolution over time treats each channel for itself (*depthwise separable*), which needs a fraction of the weights of
a full one.

**Causal or not.** This network looks as far ahead as back, and its norm (global layer norm, gLN) takes mean and
variance over the whole sound: it must hear the sound before it answers. A causal Conv-TasNet shifts every convolution
into the past and norms cumulatively; its delay is one filter's length, and in the paper it loses several dB (10.6
against 15.3 dB of SI-SNR improvement on WSJ0-2mix; Luo & Mesgarani 2019, comparison with previous methods).
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    parts["filters"] = Figure(
        "The encoder's filters, sorted by frequency", height=280, hint="click a filter to see its wave"
    )
    parts["filter"] = gr.Number(0, visible="hidden", minimum=0, maximum=2047, step=1)
    with gr.Row(elem_classes="sep-pair"):
        parts["filter_wave"] = Figure("The chosen filter", height=190)
        parts["filter_card"] = gr.HTML("", apply_default_css=False)
    parts["mask_of"] = gr.Radio(
        [("output 1", "0"), ("output 2", "1")], value="0", label="Mask of", elem_classes="lab-chips"
    )
    parts["own_masks"] = Figure("The mask that it makes for every filter, over time", clock="separation", height=240)
    parts["layer"] = gr.Slider(1, BLOCKS, BLOCKS, step=1, label="Receptive field after block")
    parts["reach"] = Figure("Receptive field", height=240, hint="each line: the frames that one block looks at")
    parts["reach_card"] = gr.HTML("", apply_default_css=False)
    parts["costs"] = gr.HTML("", apply_default_css=False)
    text(TEXT)
    return parts


@lru_cache(maxsize=2)
def _opened(path: Path, changed_ns: int) -> tuple[Any, np.ndarray, np.ndarray]:
    from safetensors import safe_open

    with safe_open(path, "np") as file:
        shape = Shape(**json.loads(file.metadata()["shape"]))
        pair = [
            file.get_tensor(f"{end}.filterbank._filters")[:, 0].astype(np.float32) for end in ("encoder", "decoder")
        ]
    return shape, *pair


def opened() -> tuple[Any, np.ndarray, np.ndarray]:
    """Return the shape and the filters of encoder and decoder, [N, L] each, sorted by frequency."""
    if not WEIGHTS.is_file():
        raise models.ModelUnavailable(f"assets/weights/{WEIGHTS.name} is missing: check the project out again.")
    shape, encoder, decoder = _opened(WEIGHTS, WEIGHTS.stat().st_mtime_ns)
    order = np.argsort(peak_hz(encoder), kind="stable")
    return shape, encoder[order], decoder[order]


def response(filters: np.ndarray) -> np.ndarray:
    """Return the magnitude of each filter at 129 frequencies, 0 to 4 kHz: [N, 129]."""
    return np.abs(np.fft.rfft(filters, 256, axis=1))


def peak_hz(filters: np.ndarray) -> np.ndarray:
    """Return the frequency at which each filter is strongest, in Hz: [N]."""
    return response(filters).argmax(1) * RATE / 256


def masks(apart: Apart) -> np.ndarray:
    """Return the network's masks for a mixture: uint8 [2, filters in the stored order, columns of time], 255 for 1."""
    known = stored(apart.mixed.recipe, "masks")
    if known is not None:
        return known
    found = models.get(MODEL).masks(apart.mixed.mixture[: 15 * RATE])
    edges = np.linspace(0, found.shape[2], min(MASK_COLUMNS, found.shape[2]) + 1).astype(int)[:-1]
    means = np.add.reduceat(found, edges, axis=2) / np.diff([*edges, found.shape[2]])
    return np.round(255 * means).astype(np.uint8)


def filter_picture(filters: np.ndarray, chosen: int) -> dict[str, Any]:
    """Draw how strongly each filter answers to each frequency."""
    found = response(filters)
    found = found / np.maximum(found.max(1, keepdims=True), 1e-9)
    image = heatmap(
        np.round(255 * found.T).astype(np.uint8),
        0.0,
        1.0,
        unit="",
        x0=0,
        dx=1,
        y0=0,
        dy=RATE / 256,
        hovertemplate="filter %{x}<br>%{y:.0f} Hz<br>%{z:.2f}<extra></extra>",
    )
    peaks = peak_hz(filters)
    return figure(
        [image],
        alt=f"{len(filters)} filters; half of them are strongest below {np.median(peaks):.0f} Hz.",
        x_title="Filter",
        y_title="Frequency (Hz)",
        yaxis={"tickformat": "~s"},
        shapes=[
            {"type": "line", "x0": chosen, "x1": chosen, "y0": 0, "y1": RATE / 2, "line": {"color": "#fff", "width": 1}}
        ],
        dragmode=False,
    )


def wave_picture(encoder: np.ndarray, decoder: np.ndarray) -> dict[str, Any]:
    """Draw one filter of the encoder, and the one of the decoder that belongs to it, each with a peak of 1."""
    place = {"x0": 0, "dx": 1000 / RATE}
    ends = (("encoder", encoder, "var(--lab-c1)", "solid"), ("decoder", decoder, "var(--lab-c2)", "dash"))
    traces = [
        line(None, y / max(float(np.abs(y).max()), 1e-9), color=colour, name=name, line={"dash": dash}, **place)
        for name, y, colour, dash in ends
    ]
    alt = f"A filter of {len(encoder)} samples, {1000 * len(encoder) / RATE:g} ms."
    return figure(traces, alt=alt, x_title="Time (ms)", y_range=(-1.1, 1.1), showlegend=True, margin={"t": 26})


def reach_picture(shape: Any, layer: int) -> dict[str, Any]:
    """Draw which frames one output frame depends on, block by block down to the encoder's frames."""
    found = receptive_field(shape)[:layer]
    frame_ms = 1000 * shape.stride / RATE
    traces = []
    for one in found:
        half = (one.frames - 1) / 2 * frame_ms
        traces.append(
            line(
                [-half, half],
                [one.block, one.block],
                name=f"block {one.block}, dilation {one.dilation}",
                color="var(--lab-c1)" if one.block == layer else "var(--lab-c3)",
                line={"width": 5},
                showlegend=False,
                hovertemplate=f"block {one.block}, dilation {one.dilation}: {one.frames} frames<extra></extra>",
            )
        )
    last = found[-1]
    return figure(
        traces,
        alt=f"After block {layer} a frame depends on {last.frames} frames.",
        x_title="Time around the frame (ms)",
        y_title="Block",
        dragmode=False,
    )


def reach_card(shape: Any, layer: int) -> str:
    """Return the receptive field's formula with the numbers filled in, as HTML."""
    found = receptive_field(shape)
    layer = min(layer, len(found))
    one = found[layer - 1]
    terms = " + ".join(str(r.dilation) for r in found[:layer])
    taps = shape.conv_kernel_size - 1
    seconds = one.samples / RATE
    return card(
        f"After block {layer}",
        f"frames = 1 + (P − 1) · Σ dilations = 1 + {taps} · ({terms}) = <strong>{one.frames}</strong>",
        f"samples = (frames − 1) · stride + L = {one.frames - 1} · {shape.stride} + {shape.kernel_size} = "
        f"{one.samples:,}, or <strong>{seconds:.3f} s</strong> at {RATE} Hz, half of it in the future",
    )


def cost_table(shape: Any) -> str:
    """Return the weights and multiply-accumulates of every stage as HTML."""
    found = costs(shape)
    frames = RATE / shape.stride
    weights, macs = sum(c.weights for c in found), sum(c.macs for c in found) * frames
    rows = [(c.name, f"{c.weights:,}", f"{c.macs * frames / 1e6:.1f} million") for c in found]
    rows.append(
        ("<strong>in all</strong>", f"<strong>{weights:,}</strong>", f"<strong>{macs / 1e6:.0f} million</strong>")
    )
    blocks = shape.n_blocks * shape.n_repeats
    full = blocks * shape.hid_chan**2 * shape.conv_kernel_size
    slim = blocks * shape.hid_chan * shape.conv_kernel_size
    return table(("Stage", "Weights", f"Multiply-accumulates a second ({frames:g} frames)"), rows) + (
        f'<p class="sep-sentence">A full convolution over time would take {full:,} weights in the {blocks} blocks '
        "instead of "
        f"{slim:,} (channel by channel).</p>"
    )


def mask_picture(apart: Apart, output: int, order: np.ndarray) -> dict[str, Any]:
    """Draw the network's own mask of one output, filters sorted by frequency."""
    mask = masks(apart)[output][order]
    duration = min(len(apart.mixed.mixture), 15 * RATE) / RATE
    dx = duration / mask.shape[1]
    image = heatmap(
        mask,
        0.0,
        1.0,
        unit="mask",
        x0=dx / 2,
        dx=dx,
        y0=0,
        dy=1,
        hovertemplate="%{x:.3f} s<br>filter %{y}<br>%{z:.2f}<extra></extra>",
    )
    return figure(
        [image],
        alt=f"The mask of output {output + 1}: on average {mask.mean() / 255:.2f}.",
        y_title="Filter",
        home=str(hash(apart.mixed.recipe)),
        xaxis=pictures.time_axis(len(apart.mixed.mixture)),
        margin=pictures.MARGIN,
    )


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    try:
        shape, encoder, decoder = opened()
    except models.ModelUnavailable as wrong:
        blank = figure([], alt=str(wrong), dragmode=False)
        pictures_of = dict.fromkeys(("filters", "filter_wave", "own_masks", "reach"), blank)
        return {**pictures_of, "filter_card": escaped(str(wrong)), "reach_card": "", "costs": ""}
    chosen = min(int(fields["filter"]), len(encoder) - 1)
    layer = min(int(fields["layer"]), shape.n_blocks * shape.n_repeats)
    values = {
        "filters": filter_picture(encoder, chosen),
        "filter_wave": wave_picture(encoder[chosen], decoder[chosen]),
        "filter_card": card(
            f"Filter {chosen} of {len(encoder)}",
            f"strongest at {peak_hz(encoder[chosen : chosen + 1])[0]:.0f} Hz; the decoder's at "
            f"{peak_hz(decoder[chosen : chosen + 1])[0]:.0f} Hz",
            f"{shape.kernel_size} samples, {1000 * shape.kernel_size / RATE:g} ms, every "
            f"{1000 * shape.stride / RATE:g} ms",
        ),
        "reach": reach_picture(shape, layer),
        "reach_card": reach_card(shape, layer),
        "costs": cost_table(shape),
    }
    if scene.apart is None:
        return {**values, "own_masks": figure([], alt=scene.problem, dragmode=False)}
    _, raw, _ = _opened(WEIGHTS, WEIGHTS.stat().st_mtime_ns)
    order = np.argsort(peak_hz(raw), kind="stable")
    return {**values, "own_masks": mask_picture(scene.apart, int(fields["mask_of"]), order)}


def clicked(visit: Visit) -> dict[str, int]:
    """Look at a filter."""
    return {"filter": max(0, round(float(visit.event.x)))}


PART = Part(
    slug="inside",
    title="4 Inside Conv-TasNet",
    draw=draw,
    fields=("filter", "mask_of", "layer"),
    show=show,
    on=(On(component="filters", event="pick", handler=clicked, redraw="filter"),),
)
