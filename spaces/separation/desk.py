"""Part 1: the mixing desk: a mixture, and the voices that the network takes out of it."""

from __future__ import annotations

from typing import Any

import gradio as gr
import numpy as np

from algorithms import separation as sep
from components.figure import Figure
from components.lesson import Fields, Part
from components.page import text
from components.player import Player
from components.words import table

from . import pictures
from .scene import Scene
from .sound import Apart, schooling
from .words import db, escaped, sound

HEARD = {
    "out": "what the network gives",
    "true": "the true voices",
    "error": "what is wrong",
}

TEXT = r"""
A mixture is a sum, $x(t) = s_1(t) + s_2(t)$: one equation, two unknowns. It can only be undone by somebody who knows
what voices are like, and the network learned that from examples. **What is wrong** is the network's output less the
best multiple of the true voice: the other voice that was left in, and what was torn out of this one.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    parts["heard"] = gr.Radio(
        [(title, name) for name, title in HEARD.items()], value="out", label="Hear and see", elem_classes="lab-chips"
    )
    parts["scores"] = gr.HTML("", apply_default_css=False)
    for k in (1, 2):
        parts[f"voice{k}"] = Player("separation", label=f"Voice {k}")
        parts[f"wave{k}"] = Figure(f"Voice {k}: waveform", clock="separation", height=100)
        parts[f"spectrum{k}"] = Figure(f"Voice {k}: spectrogram", clock="separation", height=170)
    text(TEXT)
    return parts


def colours(apart: Apart, output: int) -> tuple[str, list]:
    """Return the colour and the scale of an output: those of the voice that it is taken for."""
    if apart.mixed.sources is None:
        return pictures.UNKNOWN[output], pictures.UNKNOWN_SCALES[output]
    return pictures.COLOURS[apart.match[output]], pictures.SCALES[apart.match[output]]


def shown_outputs(apart: Apart) -> list[int]:
    """Return the outputs in the order of the page: the first voice's first."""
    return sorted(range(2), key=lambda i: apart.match[i])


def chosen(apart: Apart, output: int, heard: str) -> tuple[str, np.ndarray]:
    """Return title and samples of what is heard: the output, the voice that it is taken for, or its error."""
    if apart.mixed.sources is None:
        return f"Output {'AB'[output]}", apart.outputs[output]
    voice = apart.match[output]
    name = apart.mixed.names[voice]
    if heard == "true":
        return f"{name}: the true voice", apart.mixed.sources[voice]
    if heard == "error":
        error = sep.parts_of(apart.outputs[output], apart.mixed.sources[voice]).error
        return f"{name}: what is wrong with the output", error
    return f"{name}: what the network gives", apart.outputs[output]


def scores(apart: Apart) -> str:
    """Return the table of how good the outputs are, as HTML."""
    if apart.scores is None:
        return (
            '<p class="sep-sentence">Nobody knows the true voices of this mixture, so nothing can be measured: listen. '
            f"Two outputs come out whatever goes in, also where only one person speaks. {schooling()}</p>"
        )
    rows, gains = [], []
    for output in shown_outputs(apart):
        voice = apart.match[output]
        before = sep.si_sdr_db(apart.mixed.mixture, apart.mixed.sources[voice])
        after = float(apart.scores[output, voice])
        gains.append(after - before)
        rows.append(
            (escaped(apart.mixed.names[voice]), db(before), db(after), f"<strong>{db(gains[-1], sign=True)}</strong>")
        )
    mean = db(float(np.mean(gains)), sign=True)
    return table(("Voice", "SI-SDR in the mixture", "SI-SDR of the output", "Improvement"), rows) + (
        f'<p class="sep-sentence">On average <strong>{mean}</strong>. {escaped(apart.how)} {schooling()}</p>'
    )


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    apart = scene.apart
    names = [f"{kind}{k}" for k in (1, 2) for kind in ("voice", "wave", "spectrum")]
    if apart is None:
        return {**dict.fromkeys(names), "scores": ""}
    values: dict[str, Any] = {"scores": scores(apart)}
    home = str(hash(apart.mixed.recipe))
    top = 1.05 * max(float(np.abs(apart.mixed.mixture).max()), 1e-3)
    for k, output in enumerate(shown_outputs(apart), 1):
        title, y = chosen(apart, output, fields["heard"])
        colour, scale = colours(apart, output)
        values[f"voice{k}"] = sound(title, y)
        values[f"wave{k}"] = pictures.waveform([(title, y, colour)], alt=f"{title}: waveform.", home=home, top=top)
        values[f"spectrum{k}"] = pictures.spectrogram(y, scale, alt=f"{title}: spectrogram, 0 to 4 kHz.", home=home)
    return values


PART = Part(slug="desk", title="1 Mixing desk", draw=draw, fields=("heard",), show=show)
