"""The page: its layout, what its parts share, and what Run, Compare and Stop do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from components import run_row
from components.audio_input import hint
from components.lesson import Fields, Frame, Lesson, Visit
from components.player import Player
from components.words import status

from . import compare, fail
from .case import KINDS
from .lesson import THEORY
from .scene import STOP, Scene, scene

CLIPS = ("speech", "sentence", "speech_long", "french", "spanish", "italian", "russian")
PARTS = (fail.PART, compare.PART)
SAME_RUN = (*fail.LIMITS, "vadt", "every", *compare.TEXTS)  # fields whose move a run under way outlives
SAME_SOUND = (*SAME_RUN, "model", "hub")
SLIDERS = {
    "snr": (-20, 40, 0, 1, "Speech over noise (dB)"),
    "speed": (1, 4, 2, 0.25, "Times as fast"),
    "times": (1, 20, 8, 1, "How often the phrase is said"),
    "cut": (0.2, 30, 6.2, 0.1, "Cut after (s)"),
}


def page(frame: Frame) -> dict[str, Any]:
    """Lay the page out; returns the shared components by name."""
    made: dict[str, Any] = {}
    with gr.Column(elem_classes="limits-page"):
        frame.chips("limits-parts")
        with gr.Row(elem_classes="lab-stage", equal_height=False):
            with frame.page.controls():
                frame.controls()
                for name, (low, high, usual, step, label) in SLIDERS.items():
                    with gr.Column(visible=False) as made[f"box_{name}"]:
                        made[name] = gr.Slider(low, high, usual, step=step, label=label)
                frame.sound(default="speech", clip_ids=CLIPS)
            with frame.page.pictures():
                made["player"] = Player("limits", label="The sound", sticky=True)
                made |= run_row.draw("Run", min_width=120)
                frame.parts()
    return made


def around(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what stands around a sound: the slider that belongs to it, the button's name."""
    slider = KINDS[scene.case.fail].field
    shown = {f"box_{name}": gr.update(visible=name == slider) for name in SLIDERS}
    shown |= run_row.buttons(running=False, value="Run" if fields["part"] == "fail" else "Compare")
    if fields.moved == "own":
        shown |= {"run": None, "compared": None}  # also what the part that is not open has found
    return shown


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the shared components show."""
    if fields.moved in SAME_SOUND:
        return {}
    return {**around(scene, fields), "player": scene.made.sound(), "note": hint(scene.made.notes)}


def refused(scene: Scene, fields: Fields, problem: Exception) -> dict[str, Any]:
    """Show why there is no sound."""
    part = fail if fields["part"] == "fail" else compare
    sentence = status(str(problem), problem=True)
    return {**around(scene, fields), "player": None, "note": "", "status": sentence, **part.nothing(fields)}


def adjust(fields: Fields) -> dict[str, Any]:
    """Return what a choice sets besides itself: some kinds of sound choose a clip.

    A kind that is made from nothing gives way to a sound that is chosen.
    """
    kind = KINDS[fields["fail"]]
    if fields.moved == "fail" and kind.clip:
        return {"clip": kind.clip}
    if fields.moved in ("clip", "own") and fields["part"] == "fail" and not kind.speech:
        return {"fail": "none"}
    return {}


def end_run(visit: Visit) -> None:
    """End the visitor's run where the field that has moved makes it meaningless."""
    if visit.fields.moved not in SAME_RUN:
        STOP.leave(visit.request)


def start(visit: Visit) -> Iterator[dict[str, Any]]:
    """Run what the open part runs and show it as it goes."""
    try:
        yield from (fail.climb if visit.fields["part"] == "fail" else compare.run_models)(visit)
    except ValueError as problem:
        yield run_row.refused(str(problem))


def last(visit: Visit) -> dict[str, Any]:
    """Return what the page shows of a run that was stopped."""
    if visit.run.job is None:
        return run_row.waited()
    return (fail.stopped if visit.fields["part"] == "fail" else compare.stopped)(visit)


LESSON = Lesson(
    parts=PARTS,
    draw=page,
    theory=THEORY,
    fields=("clip", *SLIDERS),
    scene=scene,
    show=show,
    refused=refused,
    adjust=adjust,
    before=end_run,
    on=run_row.events(start, STOP, last),
)
