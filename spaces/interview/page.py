"""The page: its layout, what its parts share, and the scene that they show things of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from components.lesson import Frame, Lesson, Visit

from . import mock, study
from .bank import ALL, ANY, LEVELS, Entry, bank, chosen, topics
from .lesson import THEORY

PARTS = (study.PART, mock.PART)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What the parts show things of.

    Attributes
    ----------
    entries : list of Entry
        The questions of the choice.
    entry : Entry
        The one to study.
    problem : str
        What is wrong with the choice, in a sentence; "" for nothing.
    sitting : mock.Sitting or None
        The mock interview that goes on.
    """

    entries: list[Entry]
    entry: Entry
    problem: str
    sitting: Any


def scene(visit: Visit) -> Scene:
    """Find the questions of the choice, and the one that the address names."""
    fields, problem = visit.fields, ""
    entries = chosen(fields["topic"], fields["level"], fields["find"])
    if not entries:
        problem = "No question is of this topic and level with all of these words: the list is empty."
    entry = bank().get(fields["q"])
    if entry is None and fields["q"]:
        problem = "The link asks for a question that is not here (any more): this is another one."
    entry = entry or (entries or list(bank().values()))[0]
    return Scene(entries=entries, entry=entry, problem=problem, sitting=visit.kept["sitting"])


def page(frame: Frame) -> dict[str, Any]:
    """Lay the page out; returns the shared components by name."""
    with gr.Column(elem_classes="iv-page"):
        frame.chips()
        with gr.Row(elem_classes="lab-stage", equal_height=False):
            with frame.page.controls():
                topic = gr.Dropdown(topics(), value=ALL, label="Topic", filterable=False)
                level = gr.Radio(
                    [(name.capitalize(), name) for name in LEVELS], value=ANY, label="Level", elem_classes="lab-chips"
                )
                frame.controls()
            with frame.page.pictures():
                frame.parts()
    return {"topic": topic, "level": level}


LESSON = Lesson(
    parts=PARTS,
    draw=page,
    theory=THEORY,
    fields=("topic", "level"),
    scene=scene,
    forget={"topic": {"q": ""}, "level": {"q": ""}},
)
