"""The page: its layout, the second that all parts share, and when it is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from algorithms.sound import AudioError
from components.audio_input import KEEP_S, hint
from components.lesson import Fields, Frame, Lesson, Visit
from components.player import Player
from models import ModelUnavailable

from . import bits, confusions, inside, micro, own, say, sound
from .lesson import THEORY
from .networks import DEFAULT_MODEL, TITLES
from .say import live

if TYPE_CHECKING:
    from models.keyword.own_net import PersonalSpotter

    from .own.takes import Kept

PARTS = (say.PART, inside.PART, bits.PART, confusions.PART, own.PART, micro.PART)


@dataclass(frozen=True)
class Scene:
    """What the parts show things of.

    Attributes
    ----------
    heard : Heard
        The second of the chosen sound, and the chosen network's answer to it.
    mine : PersonalSpotter or None
        What the visitor has trained in "Your own keyword".
    takes : Kept or None
        The visitor's own takes for that.
    run : Run or None
        What the microphone of "Say it" gave.
    """

    heard: sound.Heard
    mine: PersonalSpotter | None
    takes: Kept | None
    run: live.Run | None


def scene(visit: Visit) -> Scene:
    """Cut the second out of the chosen sound and let the network answer."""
    fields, kept = visit.fields, visit.kept
    heard = sound.hear(visit.own, fields["clip"], fields["model"])
    return Scene(heard, kept["mine"], kept["o_takes"], live.find(kept["run"]))


def needs_second(fields: Fields) -> bool:
    """Whether the open part is about the chosen second, rather than about a stream, strangers' clips or takes."""
    if fields["part"] == "say":
        return fields["s_view"] == "one"
    return fields["part"] not in ("confusions", "own")


def show(scene: Scene | None, fields: Fields) -> dict[str, Any]:
    """Return what the shared components show."""
    seen = {"visible": needs_second(fields)}
    values = {"second": gr.update(**seen), "player": gr.update(**seen)}
    if scene is not None:
        values["note"] = hint(scene.heard.notes)
        if fields.changed("clip"):
            values["player"] = gr.update(value=scene.heard.sound(), **seen)
    return values


def page(frame: Frame) -> dict[str, Any]:
    """Lay the page out; returns the shared components by name."""
    with gr.Column(elem_classes="kws-page"):
        frame.chips("kws-parts")
        mine = gr.State(None, time_to_live=KEEP_S)
        run = gr.State("", time_to_live=KEEP_S, delete_callback=live.end)
        with gr.Row(elem_classes="lab-stage", equal_height=False):
            with frame.page.controls():
                with gr.Column() as second:
                    frame.sound(default=sound.DEFAULT_CLIP, clip_ids=sound.CLIPS)
                model = gr.Radio(
                    [(title, name) for name, title in TITLES.items()],
                    value=DEFAULT_MODEL,
                    label="Network",
                    elem_classes=["lab-chips", "kws-model"],
                )
            with frame.page.pictures():
                player = Player("keyword_spotting", label="The second that the network hears", sticky=True)
                frame.parts("kws-part-")
    return {"mine": mine, "run": run, "second": second, "model": model, "player": player}


LESSON = Lesson(
    parts=PARTS,
    draw=page,
    theory=THEORY,
    fields=("clip", "model"),
    scene=scene,
    show=show,
    refusals=(AudioError, ModelUnavailable, ValueError),
)
