"""The page: its layout, what its parts share, and the scene that they show things of."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import gradio as gr

import models
from components.audio_input import hint
from components.lesson import Fields, Frame, Lesson, On, Slow, Visit
from components.player import Player
from models import ModelUnavailable
from models.tts.tacotron import TRAINED_MINUTES

from . import attention, faults, pictures, postnet, speech
from .lesson import THEORY
from .speech import ITERATIONS, MODEL, SENTENCE, Spoken, Wish

PARTS = (attention.PART, faults.PART, postnet.PART)


@dataclass(frozen=True)
class Scene:
    """What the parts show things of.

    Attributes
    ----------
    spoken : Spoken
        The sentence.
    wrong : Spoken or None
        With the fault of part 2, where that is open.
    """

    spoken: Spoken
    wrong: Spoken | None = None


def wishes(fields: Fields) -> list[Wish]:
    """Return what has to be decoded for the open part."""
    found = [speech.wish_of(fields)]
    return [*found, faults.wish_of(fields)] if fields["part"] == "faults" else found


def waits(visit: Visit) -> bool | str:
    """Whether the network has to be loaded first, and what is said meanwhile."""
    return not all(speech.known(wish) for wish in wishes(visit.fields)) and speech.loading()


def scene(visit: Visit) -> Scene:
    """Decode the sentence, or take what is kept of it."""
    found = [speech.speak(wish, visit.progress) for wish in wishes(visit.fields)]
    for spoken in found:
        spoken.sound("after")
    if not visit.fields.moved and speech.loading():  # the next click probably needs it: it loads while this is read
        threading.Thread(target=load_voice, daemon=True).start()
    return Scene(*found)


def load_voice() -> None:
    """Load the network; what is wrong with it is said where it is needed."""
    with suppress(ModelUnavailable):
        models.get(MODEL)
        models.get(speech.VOICE)


def show(scene: Scene | None, fields: Fields) -> dict[str, Any]:
    """Return what the shared components show."""
    if scene is None:
        return {"status": "", "line": fields["text"]}
    spoken = scene.spoken
    return {
        "line": spoken.wish.text,
        "note": hint(list(spoken.script.notes)),
        "status": about(spoken),
        "player": pictures.sound(pictures.short(spoken.wish.text, 80), spoken.sound("after")),
    }


def about(spoken: Spoken) -> str:
    """One line: which model said what."""
    told = "the true frames" if spoken.wish.forced else "its own frames"
    return (
        f"{MODEL}, told {told}: {len(spoken.names)} tokens in {len(spoken.got.weights)} steps, "
        f"{spoken.duration_s:.2f} s, through Griffin-Lim ({ITERATIONS} iterations). Trained for "
        f"{TRAINED_MINUTES} minutes: most words are still blurred."
    )


def typed(visit: Visit) -> dict[str, Any]:
    """Take the typed line over."""
    return {"text": str(visit.taken["line"]).strip()}


def another_seed(visit: Visit) -> dict[str, Any]:
    """Draw other units of the prenet."""
    return {"seed": (int(visit.fields["seed"] or 0) + 1) % 10_000}


def page(frame: Frame) -> dict[str, Any]:
    """Lay the page out; returns the shared components by name."""
    shared: dict[str, Any] = {}
    with gr.Column(elem_classes="taco-page"):
        frame.chips("taco-parts")
        with gr.Row(elem_classes="lab-stage", equal_height=False):
            with frame.page.controls():
                # Longer than the page takes, so that a text that is too long is told so instead of being cut.
                shared["line"] = gr.Textbox(SENTENCE, label="English text", lines=2, max_lines=5, max_length=6000)
                shared["say"] = gr.Button("Say it", variant="primary")
                shared["note"] = gr.HTML("", elem_classes="lab-note-holder")
                shared["told"] = gr.Radio(
                    [("its own (free running)", "own"), ("the true one (teacher forcing)", "true")],
                    value="own",
                    label="Which last frame each step is told",
                    elem_classes="lab-chips",
                )
                with gr.Row(elem_classes="taco-seed"):
                    shared["seed"] = gr.Number(
                        0, label="Seed of the dropout", minimum=0, maximum=9999, step=1, precision=0, min_width=90
                    )
                    shared["next_seed"] = gr.Button("Another", scale=0, min_width=100)
                shared["text"] = gr.Textbox(SENTENCE, visible="hidden")
            with frame.page.pictures():
                shared["player"] = Player(pictures.CLOCK, label="The sentence", sticky=True)
                shared["status"] = gr.HTML("", apply_default_css=False, elem_classes="lab-status taco-status")
                frame.parts()
    return shared


LESSON = Lesson(
    parts=PARTS,
    draw=page,
    theory=THEORY,
    fields=("text", "told", "seed"),
    scene=scene,
    show=show,
    refusals=(ValueError, ModelUnavailable),
    slow=Slow(waits=waits, line="status"),
    on=(
        On(
            component="say",
            event="click",
            also=(("line", "submit"),),
            handler=typed,
            takes=("line",),
            redraw="text",
        ),
        On(component="next_seed", event="click", handler=another_seed, redraw="seed"),
    ),
)
