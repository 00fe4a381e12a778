"""The page: the sound, its player, and the parts."""

from __future__ import annotations

from typing import Any

import gradio as gr

from components.audio_input import hint
from components.lesson import Fields, Frame, Lesson, Slow
from components.page import text
from components.player import Player, Sound

from . import contrast, frames, layers, units
from .lesson import THEORY
from .pictures import sentence
from .scene import Scene, is_slow, scene
from .sound import CLIPS, CTC, DEFAULT, HUBERT, RATE, WAV2VEC

PARTS = (frames.PART, contrast.PART, units.PART, layers.PART)


def page(frame: Frame) -> dict[str, Any]:
    """Lay the page out; returns the shared components by name."""
    made: dict[str, Any] = {}
    with gr.Column(elem_classes="ssl-page"):
        frame.chips("ssl-parts")
        with gr.Row(elem_classes="lab-stage", equal_height=False):
            with frame.page.controls():
                text("**The sound** that the networks listen to (its first 8 s)")
                frame.sound(default=DEFAULT, clip_ids=CLIPS)
                made["model_note"] = gr.HTML("", apply_default_css=False)
            with frame.page.pictures():
                made["player"] = Player("ssl", sticky=True)
                with gr.Row(elem_classes="ssl-buttons"):
                    made["line"] = gr.HTML("", apply_default_css=False)
                    made["halt"] = gr.Button("Stop", size="sm", visible=False, min_width=80, scale=0)
                frame.parts()
    return made


def networks_note(part: str) -> str:
    """Return which networks the open part shows, as HTML."""
    shown = {"contrast": WAV2VEC, "units": f"{HUBERT}, letters by {CTC}", "layers": f"{HUBERT}, letters by {CTC}"}
    return sentence(f"Shown: {shown.get(part, HUBERT)}.")


def show(scene: Scene | None, fields: Fields) -> dict[str, Any]:
    """Return what the shared components show."""
    if scene is None:
        return {}
    values: dict[str, Any] = {"note": hint(scene.source.notes), "model_note": networks_note(fields["part"])}
    if fields.changed("clip"):
        values["player"] = Sound(scene.source.title, y=scene.source.y, sample_rate=RATE)
    return values


LESSON = Lesson(
    parts=PARTS,
    draw=page,
    theory=THEORY,
    fields=("clip",),
    scene=scene,
    show=show,
    slow=Slow(waits=is_slow, line="line", button="halt", stopped="Stopped: what is shown is from before."),
)
