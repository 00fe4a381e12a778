"""The page: its layout, what its parts share, and models that are fetched from the hub."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from components.audio_input import hint
from components.figure import Figure
from components.lesson import Fields, Frame, Halt, Lesson, On, Slow, Visit
from components.model_picker import ModelPicker
from components.player import Player
from components.stopping import Stop
from components.work import Stopped, Work, bar
from models import ModelUnavailable

from . import choice, collapse, decoding, mover, pictures, real, rivals, toy, why
from .lesson import THEORY
from .scene import Scene, chosen, is_slow, scene, with_sound
from .sound import CLIPS, DEFAULT

PARTS = (why.PART, collapse.PART, real.PART, toy.PART, decoding.PART, rivals.PART)


def page(frame: Frame) -> dict[str, Any]:
    """Lay the page out; returns the shared components by name."""
    with gr.Column(elem_classes="ctc-page"):
        frame.chips("ctc-parts")
        with gr.Row(elem_classes="lab-stage", equal_height=False):
            with frame.page.controls() as controls:
                frame.sound(default=DEFAULT, clip_ids=CLIPS)
                picker = ModelPicker(
                    choice.CHOICES,
                    other="another, or a folder",
                    label="CTC model",
                    other_info="wav2vec2, HuBERT or WavLM with a CTC head, as safetensors. Press Enter to use it.",
                    placeholder="facebook/wav2vec2-large-960h",
                )
                shared: dict[str, Any] = {"controls": controls, "model": picker.model, "hub": picker.name}
                with gr.Row(elem_classes="ctc-fetch"):
                    shared["fetch"] = gr.Button("Fetch it and run it", variant="primary", visible=False, min_width=120)
                    shared["halt"] = gr.Button("Stop", visible=False, min_width=80, scale=0)
                shared["model_note"] = gr.HTML("", apply_default_css=False)
            with frame.page.pictures():
                with gr.Column(elem_classes="ctc-heard") as shared["heard"]:
                    shared["player"] = Player("ctc", label="The sound", sticky=True)
                    shared |= mover.draw()
                    shared["wave"] = Figure(
                        "Waveform", clock="ctc", height=110, hint="words as the model hears them, or as you type them"
                    )
                frame.parts()
    return {**shared, "zoom": gr.State(None)}


def show(scene: Scene | None, fields: Fields) -> dict[str, Any]:
    """Return what stands beside and above the parts that are about the chosen sound."""
    values: dict[str, Any] = {}
    if fields.changed("part", "case"):
        values |= dict.fromkeys(("controls", "heard"), gr.update(visible=with_sound(fields)))
    if scene is None or scene.wanted is None:
        return values
    values |= {"note": scene.note, "model_note": scene.model_note, "zoom": scene.view}
    values["halt"] = gr.update(visible=False)  # a fetching that goes on soon shows it again
    values["fetch"] = gr.update(visible=scene.wanted.ask, value="Fetch this model and run it", interactive=True)
    if scene.heard is None:
        return values
    if fields.changed("part", "clip", "case"):
        values["player"] = scene.whole.sound()
    if fields.changed("part", "clip", "case", "model", "hub", "w", "text"):
        values["wave"] = pictures.waveform(scene.heard, scene.aligned)
    return values | mover.show(scene, fields)


class Reading(Slow):
    """A sound that is read by a model: meanwhile nothing can be fetched."""

    def said(self, line: str, *, running: bool) -> dict[str, Any]:
        """Return the line and both buttons as they are meanwhile or afterwards."""
        return {**super().said(line, running=running), "fetch": gr.update(interactive=not running)}


READING = Reading(waits=is_slow, line="model_note", button="halt")


class Fetching(Stop):
    """Models that are fetched; the button stops a reading, too."""

    def stop(self, request: gr.Request | None) -> bool:
        """Stop what this visitor has running; False where that is nothing."""
        return any([READING.stop.stop(request), super().stop(request)])


FETCHING = Fetching({})


def leave(visit: Visit) -> None:
    """End what is about a sound or a model that the page no longer shows."""
    if visit.fields.changed("clip", "model", "hub", "w"):
        for runs in (FETCHING, rivals.LISTENING):
            runs.leave(visit.request)


def fetched(visit: Visit) -> Iterator[dict[str, Any]]:
    """Fetch the model that the visitor has named from the hub, then draw the page with it; says how far it is."""
    wanted, again = chosen(visit.fields), visit.having(moved="model")

    def fetch_and_read(progress: Any) -> None:
        choice.fetch(wanted, progress)
        again.progress = progress
        _ = again.scene  # the visit keeps it

    visit.run.job = job = Work(fetch_and_read)
    try:
        for share, what in job.wait():
            yield READING.said(bar(share, what), running=True)
    except Stopped:
        return  # `fetch_stopped` says so
    except ModelUnavailable as wrong:
        failed = choice.Choice(wanted.name, problem=True)
        yield READING.said(choice.note(failed, visit.scene.whole, str(wrong)), running=False)
        return
    yield {**READING.said("", running=False), **LESSON.drawn(again)}


def fetch_stopped(visit: Visit) -> dict[str, Any]:
    """Say that the model is not here, or that it is and has not read the sound."""
    wanted = chosen(visit.fields)
    said = choice.note(wanted, None, "Stopped before the model had arrived.") if wanted.ask else hint([READING.stopped])
    return READING.said(said, running=False)


FETCH = On(
    component="fetch",
    event="click",
    handler=fetched,
    halt=Halt(stop=FETCHING, button="halt", last=fetch_stopped),
    how={"concurrency_id": "ctc", "concurrency_limit": 2},
)

LESSON = Lesson(
    draw=page,
    fields=("clip", "model", "hub", "w"),
    scene=scene,
    show=show,
    parts=PARTS,
    forget={"clip": {"w": 0}},
    before=leave,
    slow=READING,
    on=(FETCH, *mover.ON),
    theory=THEORY,
)
