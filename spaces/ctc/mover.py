"""What chooses the stretch of a long sound that the pictures show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from components.figure import Figure
from components.lesson import Fields, On, Visit

from . import pictures
from .sound import MAX_S, WINDOW_S, Heard

if TYPE_CHECKING:
    from .scene import Scene

STEP_S = 5.0  # of the slider


def draw() -> dict[str, Any]:
    """Draw overview, slider and buttons in a column that only a long sound shows."""
    with gr.Column(visible=False, elem_classes="ctc-mover") as mover:
        overview = Figure("The whole sound", height=70, hint="click where to look")
        with gr.Row(elem_classes="ctc-row"):
            earlier = gr.Button("◀ 30 s", size="sm", min_width=70, scale=0)
            start = gr.Slider(0, MAX_S, 0, step=STEP_S, label="Show 30 s, from second")
            later = gr.Button("30 s ▶", size="sm", min_width=70, scale=0)
    return {"mover": mover, "overview": overview, "earlier": earlier, "w": start, "later": later}


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what they show of a scene that has a sound."""
    values: dict[str, Any] = {}
    long = scene.heard.whole is not None
    if fields.changed("part", "clip", "case", "model", "hub"):
        values["mover"] = gr.update(visible=long)
        values["w"] = gr.update(maximum=last_start(scene.whole) if long else MAX_S, value=fields["w"])
    if long and fields.changed("part", "clip", "case", "model", "hub", "w"):
        values["overview"] = pictures.overview(scene.whole, scene.heard)
    return values


def last_start(whole: Heard) -> float:
    """Return the slider's last place for a sound, in its steps; the stretch there ends with the sound."""
    return float(-(-max(0.0, whole.duration_s - WINDOW_S) // STEP_S) * STEP_S)


def nearest_start(to_s: float, whole: Heard | None) -> float:
    """Return where a stretch can begin that should begin at `to_s`: not before the sound, nor past its last 30 s."""
    return min(max(0.0, to_s), last_start(whole) if whole is not None else 0.0)


def earlier(visit: Visit) -> dict[str, float]:
    """Go a stretch back."""
    return {"w": nearest_start(visit.fields["w"] - WINDOW_S, visit.scene.whole)}


def later(visit: Visit) -> dict[str, float]:
    """Go a stretch on."""
    return {"w": nearest_start(visit.fields["w"] + WINDOW_S, visit.scene.whole)}


def looked(visit: Visit) -> dict[str, float]:
    """Show the stretch whose middle was clicked on the overview, in whole steps of the slider."""
    begin_s = round((float(visit.event.x) - WINDOW_S / 2) / STEP_S) * STEP_S
    return {"w": nearest_start(begin_s, visit.scene.whole)}


_LATEST = {"trigger_mode": "always_last"}
ON = (
    On(component="earlier", event="click", handler=earlier, redraw="w", how=_LATEST),
    On(component="later", event="click", handler=later, redraw="w", how=_LATEST),
    On(component="overview", event="pick", handler=looked, redraw="w"),
)
