"""Part 3: WaveNet: how far it sees, what a sample costs, what its 256 levels do to a sound."""

from __future__ import annotations

import time
from typing import Any

import gradio as gr
import numpy as np

from algorithms.signal import mu_law
from algorithms.synthesis.wavenet_sampling import Cached, random_weights, scores_at_end
from algorithms.synthesis.wavenet_shape import WaveNetShape, macs, needed
from components.figure import Figure, figure, line
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.player import Player
from components.words import table

from . import pictures
from .pictures import sentence
from .scene import Scene
from .sound import RATE, Source

MOST_EDGES = 3000  # that a browser draws without a pause
TIMED_S = 0.6  # for each of the two ways
SHOWN_S = 0.006  # of the waveform in levels
SHAPE = ("stacks", "layers", "kernel", "rate")

TEXT = r"""
**One sample after another.** WaveNet gives each of 256 levels a probability to be the next sample, one is drawn, and it
becomes an input for the one after. A sum over many samples back would need a long filter; a *dilated* convolution takes
two samples $d$ apart, and with $d = 1, 2, 4, \dots$ the distance that is seen doubles with every layer while the work
grows by one layer only. *Causal* means that nothing later is looked at.

**Training is quick, speaking is slow.** In training all samples are known, so all are predicted at once (*teacher
forcing*). When it speaks, sample $n$ can't begin before sample $n - 1$ is drawn, however many processors wait. The
naive way runs the network over the whole receptive field for each sample. *Fast WaveNet* (Paine et al. 2016) keeps in
a queue what came into each layer $d$ samples ago: the same numbers for a small part of the work.

**Why 256 levels, and why bent.** 16-bit samples have 65,536 levels: too many probabilities. Mu-law puts the levels
close together near zero, where speech spends most of its time, so that quiet sounds keep their detail.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    with gr.Row(elem_classes="voc-row"):
        parts["layers"] = gr.Slider(2, 10, 4, step=1, label="Layers in a stack", min_width=160)
        parts["stacks"] = gr.Slider(1, 4, 1, step=1, label="Stacks", min_width=160)
        parts["kernel"] = gr.Radio([("2", "2"), ("3", "3")], value="2", label="Kernel", elem_classes="lab-chips")
        parts["rate"] = gr.Radio(
            [("8,000", "8000"), ("16,000", "16000"), ("22,050", "22050")],
            value="22050",
            label="Samples a second",
            elem_classes="lab-chips",
        )
    parts["hidden"] = gr.Slider(0, 3, 0, step=1, label="Hide the last layers")
    parts["stack_picture"] = Figure("What one new sample depends on", height=260)
    parts["reach"] = gr.HTML("", apply_default_css=False)
    parts["time_both"] = gr.Button("Time both ways now", size="sm")
    parts["speed"] = gr.HTML("", apply_default_css=False)
    text("### 256 levels")
    with gr.Row(elem_classes="voc-row"):
        parts["bits"] = gr.Slider(2, 8, 8, step=1, label="Bits a sample", min_width=160)
        parts["curve"] = gr.Radio(
            [("mu-law", "mu-law"), ("evenly spaced", "even")], value="mu-law", label="Levels", elem_classes="lab-chips"
        )
    parts["level_sound"] = Player("voc-levels", label="The sound in these levels")
    parts["level_facts"] = gr.HTML("", apply_default_css=False)
    parts["level_picture"] = Figure("6 ms around the loudest moment, before and after", height=200)
    text(TEXT)
    return parts


def shape_of(fields: Any) -> WaveNetShape:
    """Return the network of the fields; its channels are those that training/wavenet uses."""
    return WaveNetShape(
        stacks=int(fields["stacks"]),
        layers=int(fields["layers"]),
        kernel=int(fields["kernel"]),
        sample_rate=int(fields["rate"]),
    )


def stack_picture(shape: WaveNetShape, hidden: int) -> dict[str, Any]:
    """Draw which outputs of each layer one sample depends on; of very many, only how far they reach.

    `hidden` layers are left out, the last ones, but never all.
    """
    grown = max(1, len(shape.dilations) - hidden)
    places, dilations = needed(shape, grown), shape.dilations[:grown]
    edges = shape.kernel * sum(len(found) for found in places[1:])
    whole = edges <= MOST_EDGES
    xs: list[float] = []
    ys: list[float] = []
    for layer, dilation in enumerate(dilations, start=1):
        found = sorted(places[layer]) if whole else {min(places[layer]), max(places[layer])}
        for at in found:
            for k in range(shape.kernel) if whole else (0, shape.kernel - 1):
                xs += [-at, -at - k * dilation, np.nan]
                ys += [layer, layer - 1, np.nan]
    traces = [line(np.array(xs, float), np.array(ys, float), hoverinfo="skip", line={"width": 1})]
    if whole:
        dots = [(-at, layer) for layer, found in enumerate(places) for at in found]
        x, y = np.array(dots, float).T
        traces.append(
            line(x, y, color="var(--lab-c2)", mode="markers", hovertemplate="%{x} samples<br>layer %{y}<extra></extra>")
        )
    reach = max(places[0])
    many = "" if whole else f" Only the edges are drawn: {edges:,} lines would be too many to see."
    return figure(
        traces,
        alt=f"After {grown} layer{'s' * (grown > 1)} one sample depends on {reach + 1:,} samples (row 0), the newest "
        f"on the right.{many}",
        x_title="Samples back from the newest",
        y_title="Layer",
        x_range=(-1.03 * reach - 0.5, 0.03 * reach + 0.5),
        showlegend=False,
        yaxis={"dtick": max(1, grown // 8)},
    )


def reach(shape: WaveNetShape) -> str:
    """Return the receptive field with the formula filled in, and what a sample costs, as HTML."""
    field = shape.receptive_field
    said = (
        f"Receptive field: 1 + {shape.stacks} · ({shape.kernel} − 1) · (2<sup>{shape.layers}</sup> − 1) = "
        f"<strong>{field:,} samples = {1000 * field / shape.sample_rate:.1f} ms</strong> at "
        f"{shape.sample_rate:,} samples a second."
    )
    cost = macs(shape)
    rows = [
        (name, f"{n:,}", f"{n * shape.sample_rate / 1e9:,.2f} billion", f"{n / cost.cached:,.1f}")
        for name, n in (
            ("naive: the whole receptive field through every layer", cost.naive),
            ("only what the sample depends on", cost.needed),
            ("cached: one column of every layer", cost.cached),
        )
    ]
    head = ("Way of computing", "Multiply-accumulates a sample", "a second of sound", "times the cached way")
    counted = (
        f"Counted for {shape.residual} residual channels, {shape.skip} skip channels and {shape.levels} levels; the "
        "mel’s own convolutions come on top, once a frame."
    )
    return sentence(said) + table(head, rows) + sentence(counted)


def samples_a_second(shape: WaveNetShape) -> tuple[float, float]:
    """Time naive and cached generating on an untrained network: samples a second of each."""
    weights, rng = random_weights(shape), np.random.default_rng(0)
    past = rng.uniform(-1, 1, shape.receptive_field).astype(np.float32)
    h = rng.standard_normal((shape.receptive_field, shape.condition)).astype(np.float32)
    cached = Cached(weights)
    found = []
    for step in (lambda i: scores_at_end(weights, past, h), lambda i: cached.step(past[i % len(past)], h[i % len(h)])):
        step(0)  # the first one also warms the processor's memory
        began, done = time.perf_counter(), 0
        while (spent := time.perf_counter() - began) < TIMED_S:
            step(done)
            done += 1
        found.append(done / spent)
    return found[0], found[1]


def timed(visit: Visit) -> dict[str, Any]:
    """Time both ways on this machine."""
    shape = shape_of(visit.fields)
    naive, cached = samples_a_second(shape)
    said = (
        f"Timed just now on this machine: <strong>{naive:,.0f}</strong> samples a second the naive way, "
        f"<strong>{cached:,.0f}</strong> cached, and {shape.sample_rate:,} are needed: real-time factors of "
        f"{shape.sample_rate / naive:,.1f} and {shape.sample_rate / cached:,.1f}. The network is untrained, its "
        "weights are random; that changes what it would say, not how long it takes. Compare with the counts: "
        "Python’s own overhead for each of the many small products makes the cached way gain less than they promise."
    )
    return {"speed": sentence(said)}


def in_levels(source: Source, bits: int, curve: str) -> np.ndarray:
    """Return the sound [n] rounded to 2**bits levels."""
    law = {"mu_law": curve == "mu-law"}
    return mu_law.decode(mu_law.encode(source.y, 2**bits, **law), 2**bits, **law).astype(np.float32)


def snr_db(source: Source, y: np.ndarray) -> float:
    """Return the ratio of the sound's power to that of its error, in dB."""
    wrong = float(np.square(y - source.y, dtype=np.float64).sum())
    return 10 * float(np.log10(max(float(np.square(source.y, dtype=np.float64).sum()), 1e-12) / max(wrong, 1e-12)))


def levels_shown(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return the sound in levels with its error and its waveform."""
    source, bits = scene.source, int(fields["bits"])
    y = in_levels(source, bits, fields["curve"])
    ratios = {curve: snr_db(source, in_levels(source, bits, curve)) for curve in ("mu-law", "even")}
    n = max(int(SHOWN_S * RATE), 2)
    first = int(np.clip(int(np.abs(source.y).argmax()) - n // 2, 0, max(len(source.y) - n, 0)))
    place = {"x0": first / RATE, "dx": 1 / RATE}
    said = (
        f"{bits} bits are {2**bits} levels. The error lies <strong>{ratios['mu-law']:.1f} dB</strong> below the sound "
        f"with mu-law and <strong>{ratios['even']:.1f} dB</strong> with evenly spaced levels. Computed now."
    )
    return {
        "level_sound": pictures.sound(f"{scene.source.title}: {bits} bits, {fields['curve']}", y),
        "level_facts": sentence(said),
        "level_picture": figure(
            [
                line(None, source.y[first : first + n], name="before", **place),
                line(None, y[first : first + n], color="var(--lab-c2)", name="after", line={"shape": "hvh"}, **place),
            ],
            alt=f"{1000 * SHOWN_S:.0f} ms of the waveform and the same in {2**bits} levels.",
            x_title="Time (s)",
            y_title="Amplitude",
            showlegend=True,
            home=str(hash(source.key)),
        ),
    }


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    values: dict[str, Any] = {}
    if fields.changed("part", *SHAPE, "hidden"):
        shape = shape_of(fields)
        most = len(shape.dilations) - 1
        hidden = min(int(fields["hidden"]), most)
        values["stack_picture"] = stack_picture(shape, hidden)
        if fields.changed("part", *SHAPE):
            values |= {"reach": reach(shape), "speed": "", "hidden": gr.update(maximum=most, value=hidden)}
    if fields.changed("clip", "part", "bits", "curve"):
        values |= levels_shown(scene, fields)
    return values


PART = Part(
    slug="wavenet",
    title="3 WaveNet, why it is slow",
    draw=draw,
    show=show,
    fields=("layers", "stacks", "kernel", "rate", "hidden", "bits", "curve"),
    on=(On(component="time_both", event="click", handler=timed),),
)
