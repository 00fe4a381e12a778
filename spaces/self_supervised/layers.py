"""Part 4: layer by layer: what one matrix can read from each layer, and how alike two moments are to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from algorithms.ssl import letters
from algorithms.ssl.probe import Probe
from components.figure import Figure, figure, heatmap, line
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.player import Player

from . import pictures
from .pictures import sentence
from .sound import FRAME_S, RATE, Source, facts, middle_s

if TYPE_CHECKING:
    from .scene import Scene

LAYERS = ("convolutions", "layer 0", "layer 1", "layer 2", "layer 3", "layer 4")
AROUND_S = 0.12
TEXT = r"""
**A linear probe** asks what a layer *has on offer*: the network is frozen, and one matrix is trained to read the
letter of a frame from its features. It is deliberately weak. A deep classifier could compute the letter from the
samples alone, and would say nothing about the layer. **A common mistake** is to read a probe as what the network
*uses*: it shows what is there, within reach of one matrix.

Layer 0 is what enters the Transformer: a frame with its position and nothing of its neighbours beyond 310 ms. In large
models the curve rises to a middle layer and falls again: the last layers serve the game (for wav2vec 2.0 they come
back to something like the input), and a middle one serves the listener. With CTC fine-tuning that changes, for then the
last layer has to give letters.

**Two moments.** The cosine of their features, after taking away the mean of the sound's frames (else everything
points the same way and all are alike). Compare two places with the same vowel, then two with different ones but the
same loudness: a good layer calls the first pair alike.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    parts["layer"] = gr.Radio(
        [(name, str(at)) for at, name in enumerate(LAYERS)],
        value="3",
        label="Layer of HuBERT",
        elem_classes="lab-chips",
    )
    parts["alike"] = Figure("How alike any two moments are", height=360, hint="click: across is moment A, up is B")
    with gr.Row(elem_classes="ssl-row"):
        parts["moment_a"] = gr.Slider(0, 8, 0.6, step=0.02, label="Moment A (s)")
        parts["moment_b"] = gr.Slider(0, 8, 1.2, step=0.02, label="Moment B (s)")
    with gr.Row(elem_classes="ssl-two"):
        parts["sound_a"] = Player("ssl-a", label="Moment A")
        parts["sound_b"] = Player("ssl-b", label="Moment B")
    parts["pair"] = Figure("Cosine of the two moments, layer by layer", height=200)
    parts["reads"] = gr.HTML("", apply_default_css=False)
    parts["probe_picture"] = Figure("A linear probe for letters, on readers never heard", height=300)
    parts["probe_facts"] = gr.HTML("", apply_default_css=False)
    text(TEXT)
    return parts


def centred(features: np.ndarray) -> np.ndarray:
    """Return features [T, D] without their mean, each of length 1."""
    x = features - features.mean(0)
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-8)


def alike(source: Source, layer: int, a: int, b: int) -> dict[str, Any]:
    """Draw the cosine of every pair of frames, with the chosen pair marked."""
    x = centred(source.get("layers")[layer])
    found = x @ x.T
    z = np.clip((found + 1) / 2 * 255, 0, 255).astype(np.uint8)
    place = {"x0": middle_s(0), "dx": FRAME_S, "y0": middle_s(0), "dy": FRAME_S}
    trace = heatmap(z, -1.0, 1.0, unit="", **place)
    trace["hovertemplate"] = "%{x:.2f} s and %{y:.2f} s: %{z:.2f}<extra></extra>"
    dot = {
        "type": "scatter",
        "mode": "markers",
        "x": np.array([middle_s(a)]),
        "y": np.array([middle_s(b)]),
        "marker": {"size": 13, "color": "rgba(0,0,0,0)", "line": {"width": 2.5, "color": "#7fffe8"}},
        "hoverinfo": "skip",
        "name": "",
    }
    return figure(
        [trace, dot],
        alt=f"{LAYERS[layer]}: the frames at {middle_s(a):.2f} s and {middle_s(b):.2f} s have a cosine of "
        f"{found[a, b]:.2f}. Bright squares along the diagonal are sounds that last.",
        x_title="Moment A (s)",
        y_title="Moment B (s)",
        home=str(hash(source.key)),
        showlegend=False,
    )


def pair(source: Source, layer: int, a: int, b: int) -> dict[str, Any]:
    """Draw the cosine of the pair in every layer."""
    found = []
    for features in source.get("layers"):
        x = centred(features)
        found.append(float(x[a] @ x[b]))
    chosen = {"color": ["var(--lab-c2)" if at == layer else "var(--lab-c1)" for at in range(len(LAYERS))], "size": 9}
    trace = line(None, np.array(found), mode="lines+markers", marker=chosen)
    trace["x"] = list(LAYERS)
    return figure(
        [trace],
        alt="; ".join(f"{name} {value:.2f}" for name, value in zip(LAYERS, found, strict=True)) + ".",
        y_title="Cosine",
        y_range=(-1.05, 1.05),
    )


def probe_of(layer: int) -> Probe:
    """Return the stored probe of a layer."""
    arrays, name = facts().arrays, f"HuBERT: {LAYERS[layer]}"
    return Probe(*(arrays[f"{name} {key}"].astype(np.float32) for key in ("mean", "std", "weight", "bias")))


def written(labels: np.ndarray) -> str:
    """Return the labels [T] as a string, one character a frame."""
    return "".join("·" if one == letters.PAUSE else letters.LABELS[one] for one in labels)


def reads(source: Source, layer: int) -> str:
    """Return what the CTC model and the probe read, frame by frame, as HTML."""
    truth = source.get("letters")
    found = probe_of(layer).scores(source.get("layers")[layer]).argmax(1)
    share = float((found == truth).mean())
    rows = (("CTC model", truth), (f"probe on {LAYERS[layer]}", found))
    body = "".join(f"<dt>{name}</dt><dd>{written(labels)}</dd>" for name, labels in rows)
    return f'<dl class="ssl-read" tabindex="0">{body}</dl>' + sentence(
        f"One character a frame; · is a pause. The probe agrees with the CTC model in "
        f"<strong>{100 * share:.0f}%</strong> of "
        f"the {len(truth)} frames of this sound. Computed now."
    )


def probe_picture() -> tuple[dict[str, Any], str]:
    """Draw the accuracy of the probes, and say what is compared."""
    about = facts().about
    found = {name: row["accuracy"] for name, row in about["probe"].items()}
    colours = [
        "var(--lab-c2)"
        if name.startswith("HuBERT")
        else "var(--lab-c3)"
        if name.startswith("wav2vec")
        else "var(--lab-c1)"
        for name in found
    ]
    names = list(found)
    picture = figure(
        [
            {
                "type": "bar",
                "orientation": "h",
                "y": names[::-1],
                "x": np.array(list(found.values()))[::-1],
                "marker": {"color": colours[::-1]},
                "hovertemplate": "%{x:.3f}<extra></extra>",
            }
        ],
        alt="; ".join(f"{name} {value:.3f}" for name, value in found.items()) + ".",
        x_title="Share of frames whose letter is read rightly",
        yaxis={"automargin": True},
        margin={"l": 170, "r": 20, "t": 6, "b": 40},
    )
    said = sentence(
        f"Trained on {about['minutes']:g} minutes of readers from the training set with letters, measured on "
        f"{about['frames']:,} frames of two readers that neither network has heard. Always saying the most frequent "
        f"label would give {about['majority']:.3f}. Whisper tiny.en learned from sound with its text, about 438,000 "
        "hours of English, and the letters were placed by a network built on its encoder, which favours its bar; "
        "both networks of this room learned from 4.1 hours of sound without text, for a quarter of an hour of "
        "computing. Measured by training/ssl/measure.py."
    )
    return picture, said


def around(source: Source, name: str, frame: int) -> Any:
    """Return what plays a moment and 0.12 s on each side."""
    at = int(middle_s(frame) * RATE)
    extra = int(AROUND_S * RATE)
    piece = source.y[max(0, at - extra) : at + extra]
    return pictures.sound(f"{source.title}: moment {name}, {middle_s(frame):.2f} s", piece)


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    source, layer = scene.source, int(fields["layer"])
    a, b = (source.frame_at(float(fields[name])) for name in ("moment_a", "moment_b"))
    values: dict[str, Any] = {"alike": alike(source, layer, a, b), "pair": pair(source, layer, a, b)}
    if fields.changed("clip", "part", "moment_a"):
        values["sound_a"] = around(source, "A", a)
    if fields.changed("clip", "part", "moment_b"):
        values["sound_b"] = around(source, "B", b)
    if fields.changed("clip", "part", "layer"):
        values["reads"] = reads(source, layer)
    if fields.changed("part"):
        values["probe_picture"], values["probe_facts"] = probe_picture()
    return values


def picked(visit: Visit) -> dict[str, Any]:
    """Compare the two moments of a click."""
    x, y = (round(float(np.clip(value, 0, 8)), 2) for value in (visit.event.x, visit.event.y))
    return {"moment_a": x, "moment_b": y}


PART = Part(
    slug="layers",
    title="4 Layer by layer",
    draw=draw,
    show=show,
    fields=("layer", "moment_a", "moment_b"),
    on=(On(component="alike", event="pick", handler=picked, redraw=""),),
)
