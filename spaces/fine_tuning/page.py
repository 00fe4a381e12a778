"""The page: its layout and what its parts share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from components.lesson import Fields, Frame, Lesson, Visit
from components.player import Player

from . import data, material, sheet, should, train
from .lesson import THEORY

PARTS = (train.PART, should.PART, sheet.PART, data.PART)


@dataclass(frozen=True)
class Scene:
    """What the parts show things of.

    Attributes
    ----------
    clip : material.Clip
        The chosen test clip.
    token : str
        Of the visitor's run; "" where there is none.
    """

    clip: material.Clip
    token: str


def scene(visit: Visit) -> Scene:
    """Find the chosen clip and the visitor's run."""
    return Scene(material.chosen(visit.fields), train.token_of(visit))


def adjust(fields: Fields) -> dict[str, Any]:
    """LoRA begins with another learning rate than the rest."""
    if fields.moved != "method":
        return {}
    return {"rate": "1e-3" if fields["method"] == "lora" else "1e-4"}


def show(scene: Scene | None, fields: Fields) -> dict[str, Any]:
    """Return what the shared components show."""
    if scene is None or not fields.changed("sentence"):
        return {}
    return {"player": material.sound(scene.clip, int(fields["sentence"]))}


def page(frame: Frame) -> dict[str, Any]:
    """Lay the page out; returns the shared components by name."""
    with gr.Column(elem_classes="ft-page"):
        frame.chips("ft-parts")
        with gr.Row(elem_classes="lab-stage", equal_height=False):
            with frame.page.controls():
                sentence = gr.Slider(1, len(material.test_clips()), 1, step=1, label="Test clip to hear")
                frame.controls()
            with frame.page.pictures():
                player = Player("fine_tuning", label="Test clip")
                frame.parts()
    return {"sentence": sentence, "player": player}


LESSON = Lesson(
    parts=PARTS,
    draw=page,
    theory=THEORY,
    fields=("sentence",),
    follows=frozenset({"sentence"}),
    scene=scene,
    show=show,
    adjust=adjust,
)
