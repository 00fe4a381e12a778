"""The page: its layout, what its parts share, and the scene that they show things of."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import gradio as gr

from algorithms.sound import AudioError
from components.audio_input import hint
from components.lesson import Fields, Frame, Lesson, Slow, Visit
from components.player import Player
from models import ModelUnavailable

from . import attention, decoder, encoder, listening, sound
from .lesson import THEORY
from .sound import Heard, Window

PARTS = (listening.PART, encoder.PART, decoder.PART, attention.PART)
LANGUAGES = [
    ("detect", "auto"),
    *((c, c) for c in ("en", "fr", "es", "it", "ru", "de", "pt", "nl", "zh", "ja", "ar", "hi")),
]


@dataclass(frozen=True)
class Scene:
    """What the parts show things of.

    Attributes
    ----------
    window : Window
        What Whisper sees at once.
    heard : Heard or None
        What the model has made of it; None where the open part does not need that, and where there is trouble.
    trouble : str
        Why the model could not hear it, in a sentence.
    """

    window: Window
    heard: Heard | None = None
    trouble: str = ""


def needs_model(part: str | None) -> bool:
    """Whether a part looks inside the running model; the first one does without, so that the page opens at once."""
    return part in LESSON.by_slug and part != listening.PART.slug


def waits(visit: Visit) -> bool | str:
    """Whether the open part must wait, and for what: the model has to be loaded, or to hear another window."""
    fields = visit.fields
    if not needs_model(fields["part"]):
        return False
    return sound.loading(fields["model"]) or fields.changed("part", *sound.FIELDS)


def scene(visit: Visit) -> Scene:
    """Cut the window, and have the model hear it where the open part needs that."""
    fields = visit.fields
    window = sound.window(visit.own, fields["clip"], fields["at"])
    if not needs_model(fields["part"]):
        if not fields.moved:  # the next click probably needs the model: it loads while the visitor looks at this
            threading.Thread(target=sound.warm_up, args=(fields,), daemon=True).start()
        return Scene(window)
    try:
        return Scene(window, sound.hear(window, fields, visit.progress))
    except (ModelUnavailable, ValueError) as wrong:
        return Scene(window, trouble=str(wrong))


def show(scene: Scene | None, fields: Fields) -> dict[str, Any]:
    """Return what the shared components show."""
    shown: dict[str, Any] = {"status": status(scene.heard if scene else None)}
    if fields.changed("model"):
        shown["lang"] = gr.update(value=fields["lang"], visible=fields["model"] == "base")
    if scene is None:
        return shown
    window = scene.window
    shown["note"] = hint([scene.trouble], problem=True) if scene.trouble else hint(window.notes)
    if fields.changed("clip", "at"):
        shown["player"] = window.sound()
    if fields.changed("clip"):
        last = max(1.0, round(window.total_s - 1.0, 2))
        shown["at"] = gr.update(value=fields["at"], maximum=last, visible=window.total_s > sound.WINDOW_S)
    return shown


def status(heard: Heard | None) -> str:
    """One line: which model heard which part of the sound."""
    if heard is None:
        return ""
    w = heard.window
    where = (
        f"{w.start_s:.0f} to {w.start_s + w.duration_s:.0f} s of {w.total_s:.0f} s" if w.total_s > 30 else "the sound"
    )
    language = ""
    if heard.language_probs:
        p = dict(heard.language_probs)[heard.language]
        language = f"; language {heard.language} (p = {p:.2f})"
    return f"{heard.model.name}, float32, has heard {where}{language}."


def page(frame: Frame) -> dict[str, Any]:
    """Lay the page out; returns the shared components by name."""
    shared: dict[str, Any] = {}
    with gr.Column(elem_classes="wi-page"):
        frame.chips("wi-parts")
        with gr.Row(elem_classes="lab-stage", equal_height=False):
            with frame.page.controls():
                frame.sound(default="speech", clip_ids=sound.CLIPS)
                shared["at"] = gr.Slider(0, 600, 0, step=0.02, label="Window starts at (s)", visible=False)
                shared["model"] = gr.Radio(
                    [("tiny.en: 4 + 4 layers, width 384", "tiny.en"), ("base: 6 + 6 layers, width 512", "base")],
                    value="tiny.en",
                    label="Model",
                )
                shared["lang"] = gr.Dropdown(
                    LANGUAGES, value="auto", label="Language that the decoder is told", visible=False
                )
                shared["pad"] = gr.Radio(
                    [
                        ("zeros in the spectrogram, as both transcribers do", "zeros"),
                        ("silence in the sound", "silence"),
                    ],
                    value="zeros",
                    label="What fills the window up to 30 s",
                )
            with frame.page.pictures():
                shared["player"] = Player("whisper_inside", label="The sound", sticky=True)
                shared["status"] = gr.HTML("", apply_default_css=False, elem_classes="lab-status wi-status")
                frame.parts()
    return shared


LESSON = Lesson(
    parts=PARTS,
    draw=page,
    theory=THEORY,
    fields=sound.FIELDS,
    scene=scene,
    show=show,
    refusals=(AudioError,),
    forget={"clip": {"at": 0}},
    slow=Slow(waits=waits, line="status"),
)
