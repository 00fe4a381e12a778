"""The page: its layout, what its parts share, and the scene that they show things of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from components.lesson import Fields, Frame, Lesson, Visit
from components.player import Player, Sound

from . import beats, sine
from .tone import SAMPLE_RATE, tone

PARTS = (sine.PART, beats.PART)
THEORY = """
A pure tone is $x(t) = a \\sin(2 \\pi f t)$. Two of them add up to one that swells $|f_1 - f_2|$ times a second.
"""


@dataclass(frozen=True)
class Scene:
    """What the parts show things of.

    Attributes
    ----------
    y : np.ndarray
        float32 [16000], one second of the tone that was chosen.
    """

    y: np.ndarray


def scene(visit: Visit) -> Scene:
    """Make the tone. A `ValueError` raised here would stand on the page as a sentence."""
    return Scene(tone(visit.fields["frequency_hz"]))


def show(scene: Scene | None, fields: Fields) -> dict[str, Any]:
    """Return what the shared components show; what is not named stays as it is."""
    if scene is None or not fields.changed("frequency_hz"):
        return {}
    title = f"A tone of {fields['frequency_hz']:.0f} Hz"
    return {"player": Sound(title, y=scene.y, sample_rate=SAMPLE_RATE)}


def page(frame: Frame) -> dict[str, Any]:
    """Lay the page out; returns the shared components by name."""
    frame.chips()
    with gr.Row(elem_classes="lab-stage", equal_height=False):
        with frame.page.controls():
            frequency = gr.Slider(100, 1000, 440, step=1, label="Frequency (Hz)")
        with frame.page.pictures():
            player = Player("tone")
            frame.parts()
    return {"frequency_hz": frequency, "player": player}


LESSON = Lesson(
    draw=page,
    fields=("frequency_hz",),
    scene=scene,
    show=show,
    parts=PARTS,
    # Another tone begins without a beat.
    forget={"frequency_hz": {"apart_hz": 0}},
    theory=THEORY,
)
