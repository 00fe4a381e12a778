"""The page: the mixture that all parts are about, and its layout."""

from __future__ import annotations

from typing import Any

import gradio as gr

from algorithms.sound.clips import clip
from components.figure import Figure
from components.lesson import Fields, Frame, Lesson, Slow
from components.page import text
from components.player import Player

from . import desk, inside, masking, measure, order, pictures
from .lesson import THEORY
from .scene import Scene, is_slow, scene
from .sound import NOISES, NOTHING, VOICES
from .words import sound

PARTS = (desk.PART, order.PART, masking.PART, inside.PART, measure.PART)
DEFAULT, OTHER = "italian", "french"


def page(frame: Frame) -> dict[str, Any]:
    """Lay the page out; returns the shared components by name."""
    clips = [(clip(name).title, name) for name in VOICES]
    made: dict[str, Any] = {}
    with gr.Column(elem_classes="sep-page"):
        frame.chips("sep-parts")
        with gr.Row(elem_classes="lab-stage", equal_height=False):
            with frame.page.controls():
                text("**First voice**, or a mixture of your own")
                frame.sound(default=DEFAULT, clip_ids=VOICES)
                made["other"] = gr.Radio(
                    [*clips, ("none: the sound above is a mixture already", NOTHING)],
                    value=OTHER,
                    label="Second voice",
                    elem_classes="lab-chips",
                )
                made["level"] = gr.Slider(-10, 10, 0, step=1, label="Second voice louder by (dB)")
                made["overlap"] = gr.Slider(0, 100, 100, step=5, label="Overlap (% of the first voice)")
                made["noise"] = gr.Radio(
                    [(title, name) for name, title in NOISES.items()],
                    value="none",
                    label="Noise",
                    elem_classes="lab-chips",
                )
                made["third"] = gr.Radio(
                    [("none", NOTHING), *clips], value=NOTHING, label="Third voice", elem_classes="lab-chips"
                )
            with frame.page.pictures():
                made["player"] = Player("separation", label="The mixture", sticky=True)
                with gr.Row(elem_classes="sep-buttons"):
                    made["line"] = gr.HTML("", apply_default_css=False)
                    made["halt"] = gr.Button("Stop", size="sm", visible=False, min_width=80, scale=0)
                made["wave"] = Figure("The voices as they are mixed", clock="separation", height=120)
                frame.parts()
    return made


def show(scene: Scene | None, fields: Fields) -> dict[str, Any]:
    """Return the mixture: its player and its waveform."""
    if scene is None:
        return {}
    values: dict[str, Any] = {"note": scene.note}
    mixed = scene.mixed
    if mixed is None:
        return {**values, "player": None, "wave": None}
    if not fields.changed(*SOUND):
        return values
    if mixed.sources is None:
        drawn = [("mixture", mixed.mixture, pictures.UNKNOWN[0])]
        title = mixed.recipe.title
    else:
        drawn = list(zip(mixed.names, mixed.sources, pictures.COLOURS, strict=False))
        title = "The mixture: " + " and ".join(mixed.names)
    said = f"{title}: {mixed.duration_s:.1f} s at 8 kHz."
    picture = pictures.waveform(drawn, alt=said, home=str(hash(mixed.recipe)))
    return {**values, "player": sound(title, mixed.mixture), "wave": picture}


SOUND = ("clip", "other", "third", "level", "overlap", "noise")

LESSON = Lesson(
    draw=page,
    fields=SOUND,
    scene=scene,
    show=show,
    parts=PARTS,
    forget={"clip": {"px": 0, "py": 0}, "other": {"px": 0, "py": 0}},
    slow=Slow(waits=is_slow, line="line", button="halt", stopped="Stopped: what is shown is from before."),
    theory=THEORY,
)
