"""The page: its layout, what its parts share, and what Measure and Stop do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from algorithms.sound import AudioError
from components import run_row
from components.audio_input import hint
from components.lesson import Fields, Frame, Lesson, Visit
from components.stopping import Stop
from models import ModelUnavailable

from . import breaks, hear, sound, worth
from .lesson import THEORY

PARTS = (hear.PART, breaks.PART, worth.PART)
STOP = Stop({})
OUTLIVED = ("step", "clip2", "ladder_seed")  # fields whose move a run under way outlives


@dataclass(frozen=True)
class Scene:
    """What the parts show things of.

    Attributes
    ----------
    heard : sound.Heard
        The chosen sound.
    found : tuple or None
        What the visitor's last run measured: the ladder and its points.
    trained_now : dict or None
        What the visitor trained last: its kind, losses, and share of right answers by condition.
    """

    heard: sound.Heard
    found: tuple[str, list] | None
    trained_now: dict[str, Any] | None


def scene(visit: Visit) -> Scene:
    """Read the chosen sound."""
    return Scene(sound.hear(visit.own, visit.fields["clip"]), visit.kept["found"], visit.kept["trained_now"])


def show(scene: Scene | None, fields: Fields) -> dict[str, Any]:
    """Return what the shared components show."""
    values: dict[str, Any] = {}
    if fields.changed("part"):
        part = fields["part"]
        values |= {"sound_box": gr.update(visible=part == "hear"), "run_box": gr.update(visible=part == "breaks")}
    if scene is not None and fields.changed("clip"):
        values["note"] = hint(scene.heard.notes)
    return values


def page(frame: Frame) -> dict[str, Any]:
    """Lay the page out; returns the shared components by name."""
    made: dict[str, Any] = {}
    with gr.Column(elem_classes="aug-page"):
        frame.chips("aug-parts")
        with gr.Row(elem_classes="lab-stage", equal_height=False):
            with frame.page.controls():
                frame.controls()
                with gr.Column() as made["sound_box"]:
                    frame.sound(default=sound.DEFAULT_CLIP, clip_ids=sound.CLIPS)
            with frame.page.pictures():
                with gr.Column(visible=False) as made["run_box"]:
                    made |= run_row.draw("Measure", min_width=120)
                frame.parts()
    return made


def end_run(visit: Visit) -> None:
    """End the visitor's run where the field that has moved makes it meaningless."""
    if visit.fields.moved not in OUTLIVED:
        STOP.leave(visit.request)


def start(visit: Visit) -> Iterator[dict[str, Any]]:
    """Run what the open part runs and show it as it goes."""
    try:
        yield from breaks.run(visit)
    except (ValueError, ModelUnavailable) as problem:
        yield run_row.refused(str(problem))


def last(visit: Visit) -> dict[str, Any]:
    """Return what the page shows of a run that was stopped."""
    return run_row.waited() if visit.run.job is None else breaks.stopped(visit)


LESSON = Lesson(
    parts=PARTS,
    draw=page,
    theory=THEORY,
    fields=("clip",),
    scene=scene,
    show=show,
    refusals=(AudioError, ModelUnavailable, ValueError),
    before=end_run,
    on=run_row.events(start, STOP, last),
)
