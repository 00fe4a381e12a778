"""The page: the sound, Griffin-Lim's two settings, and the parts."""

from __future__ import annotations

from typing import Any

import gradio as gr

from components.audio_input import hint
from components.lesson import Fields, Frame, Lesson, Slow
from components.page import text

from . import hifigan, phase, side, wavenet
from .lesson import THEORY
from .scene import Scene, is_slow, scene
from .sound import CLIPS, DEFAULT, ITERATIONS

PARTS = (side.PART, phase.PART, wavenet.PART, hifigan.PART)


def page(frame: Frame) -> dict[str, Any]:
    """Lay the page out; returns the shared components by name."""
    made: dict[str, Any] = {}
    with gr.Column(elem_classes="voc-page"):
        frame.chips("voc-parts")
        with gr.Row(elem_classes="lab-stage", equal_height=False):
            with frame.page.controls():
                text("**The recording** whose mel spectrogram is turned back into sound (its first 8 s)")
                frame.sound(default=DEFAULT, clip_ids=CLIPS)
                made["n_iter"] = gr.Slider(1, 100, ITERATIONS, step=1, label="Griffin-Lim: iterations")
                made["momentum"] = gr.Radio(
                    [("none (1984)", "0"), ("0.99: fast Griffin-Lim (2013)", "0.99")],
                    value="0",
                    label="Griffin-Lim: momentum",
                    elem_classes="lab-chips",
                )
            with frame.page.pictures():
                with gr.Row(elem_classes="voc-buttons"):
                    made["line"] = gr.HTML("", apply_default_css=False)
                    made["halt"] = gr.Button("Stop", size="sm", visible=False, min_width=80, scale=0)
                frame.parts()
    return made


def show(scene: Scene | None, fields: Fields) -> dict[str, Any]:
    """Return what the shared components show."""
    return {} if scene is None else {"note": hint(scene.source.notes)}


LESSON = Lesson(
    parts=PARTS,
    draw=page,
    theory=THEORY,
    fields=("clip", "n_iter", "momentum"),
    scene=scene,
    show=show,
    slow=Slow(waits=is_slow, line="line", button="halt", stopped="Stopped: what is shown is from before."),
)
