"""The page: reference, consent and text, the three sounds, and the parts."""

from __future__ import annotations

from typing import Any

import gradio as gr

from components.audio_input import OWN, forget, hint
from components.lesson import Fields, Frame, Lesson, On, Slow, Visit
from components.page import text
from components.player import Player

from . import clone, cloned, close, inside, marked, podcast, spoken
from .cloned import DEFAULT, FIELDS, REFERENCES, SENTENCE
from .lesson import THEORY
from .pictures import shortened, sound
from .scene import Scene, consent_for, is_slow, scene

PARTS = (clone.PART, inside.PART, close.PART, marked.PART, podcast.PART)
CONSENT = "This is my own voice, or the speaker has agreed that I clone it; I will say that it is a clone."
KEEP_S = 3600


def page(frame: Frame) -> dict[str, Any]:
    """Lay the page out; returns the shared components by name."""
    made: dict[str, Any] = {}
    with gr.Column(elem_classes="clone-page"):
        frame.chips("clone-parts")
        with gr.Row(elem_classes="lab-stage", equal_height=False):
            with frame.page.controls():
                text("**Whose voice?** 30 s or more of one person, without music or noise")
                frame.sound(default=DEFAULT, clip_ids=REFERENCES)
                made["consent_box"] = gr.Checkbox(False, label=CONSENT, elem_classes="clone-consent")
                made["consent"] = gr.State((), time_to_live=KEEP_S)
                spoken.draw(made)
                made["task"] = gr.Radio(
                    [("say the text in this voice", "say"), ("put this recording into another voice", "convert")],
                    value="say",
                    label="What to do",
                    elem_classes="lab-chips",
                )
                # Longer than the page takes, so that a text that is too long is told so instead of being cut.
                made["words"] = gr.Textbox(SENTENCE, label="English text", lines=3, max_lines=6, max_length=6000)
                made["text"] = gr.Textbox(SENTENCE, visible="hidden")
                made["go"] = gr.Button("Clone it", variant="primary")
                made["forget"] = gr.Button("Forget my voice")
                made["forgotten"] = gr.HTML("", apply_default_css=False)
            with frame.page.pictures():
                made["player"] = Player("clone", label="The clone", sticky=True)
                with gr.Row(elem_classes="clone-row"):
                    made["line"] = gr.HTML("", apply_default_css=False)
                    made["halt"] = gr.Button("Stop", size="sm", visible=False, min_width=80, scale=0)
                frame.parts()
    return made


def show(scene: Scene | None, fields: Fields) -> dict[str, Any]:
    """Return what the shared components show."""
    if scene is None:
        return {}
    values: dict[str, Any] = {
        "note": scene.note,
        "consent_box": scene.consented,
        "forget": gr.update(interactive=fields["clip"] == OWN),
        "words": gr.update(
            visible=fields["task"] == "say", **({"value": fields["text"]} if fields.changed("text") else {})
        ),
    }
    if fields.moved in ("", "own"):
        values["forgotten"] = ""
    result = scene.result
    if result is None:
        return {**values, "player": None}
    if result.wish.task == "say":
        title = f"Clone of {result.reference_title}: {shortened(result.wish.text)}"
    else:
        title = f"{result.source_title} in the voice of {result.reference_title}"
    return {
        **values,
        "player": sound(title, result.y, comment=cloned.provenance(result.wish, "", scene.oath)),
    }


def confirmed(visit: Visit) -> dict[str, Any]:
    """Keep that the visitor has confirmed, for this recording (or the examples) and this visit; or take it back."""
    about, before = consent_for(visit), visit.kept["consent"]
    if visit.taken["consent_box"]:
        return {"consent": (*before[-7:], about)} if about and about not in before else {}
    return {"consent": tuple(one for one in before if one != about)}


def asked(visit: Visit) -> dict[str, Any]:
    """Take the typed text over; the page is then drawn again for it, and what stood in the way is said anew."""
    return {"text": " ".join(str(visit.taken["words"]).split()), "note": ""}


def forgotten(visit: Visit) -> dict[str, Any]:
    """Delete the visitor's recording and all that was made of it, look whether anything is left, and say so."""
    own = visit.own
    if visit.fields["clip"] != OWN or own is None:
        return {"forgotten": hint(["No voice of yours is here: the page shows one of its own examples."])}
    had = cloned.kept_of(own.path)
    forget(own)
    left = cloned.kept_of(own.path) + cloned.file_is_there(own.path)
    said = (
        f"Forgotten: your recording’s file, {had} analyses and clones of it in memory, and your confirmation. "
        f"Looked again afterwards: {left} left. The upload’s own copy is deleted minutes after it came; your browser’s "
        "copy goes with Remove in the list above."
    )
    return {
        "forgotten": hint([said]),
        "consent": tuple(one for one in visit.kept["consent"] if one != own.path),
        "spoken": tuple(one for one in visit.kept["spoken"] if one[0] != own.path),
        "clip": DEFAULT,
        "curve": None,
        "outcomes": None,
    }


LESSON = Lesson(
    parts=PARTS,
    draw=page,
    theory=THEORY,
    fields=tuple(name for name in FIELDS if name != "continuity"),
    scene=scene,
    show=show,
    forget={name: {"at": 0} for name in ("clip", "text", "task")},
    slow=Slow(waits=is_slow, line="line", button="halt", stopped="Stopped: what is shown is from before."),
    on=(
        *spoken.EVENTS,
        On(component="consent_box", event="input", handler=confirmed, takes=("consent_box",)),
        On(component="go", event="click", handler=asked, takes=("words",), redraw="text"),
        On(component="forget", event="click", handler=forgotten, redraw="clip"),
    ),
)
