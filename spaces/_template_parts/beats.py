"""Part 2: two tones that beat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from components.figure import Figure, figure, line
from components.lesson import Fields, On, Part, Visit
from components.player import Player, Sound

from .tone import SAMPLE_RATE, tone

if TYPE_CHECKING:
    from .page import Scene


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    return {
        "apart_hz": gr.Slider(0, 20, 4, step=1, label="The second tone is higher by (Hz)"),
        "both": Player("both"),
        "sum": Figure("Both together", clock="both", hint="click to set the beat to one a second"),
    }


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    y = scene.y + tone(fields["frequency_hz"] + fields["apart_hz"])
    picture = figure(
        [line(None, y[::8], x0=0, dx=8 / SAMPLE_RATE)],
        alt=f"The sum swells {fields['apart_hz']} times a second.",
        x_title="Time (s)",
        y_title="Amplitude",
    )
    return {"both": Sound("Both tones", y=y, sample_rate=SAMPLE_RATE), "sum": picture}


def once(_visit: Visit) -> dict[str, Any]:
    """Set the beat to one a second."""
    return {"apart_hz": 1}


PART = Part(
    slug="beats",
    title="2 Two tones",
    draw=draw,
    show=show,
    fields=("apart_hz",),
    on=(On(component="sum", event="pick", handler=once, redraw="apart_hz"),),
)
