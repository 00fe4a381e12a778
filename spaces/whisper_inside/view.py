"""The page's handlers: from its state to what its open part shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr

from algorithms.sound import AudioError
from components.audio_input import OwnSound, hint
from models import ModelUnavailable, is_loaded
from models.registry import Progress

from . import attention, decoder, encoder, listening, sound

MODULES = {"input": listening, "encoder": encoder, "decoder": decoder, "attention": attention}
PARTS = {slug: module.TITLE for slug, module in MODULES.items()}
COMMON = ("part", "clip", "model", "pad", "lang", "at")  # fields of every part; each module adds its FIELDS
FIELDS = (*COMMON, *(name for module in MODULES.values() for name in module.FIELDS))


def needs_loading(fields: Mapping[str, Any]) -> bool:
    """Whether showing the open part must first load the model."""
    return MODULES[fields["part"]].NEEDS_MODEL and not is_loaded(sound.MODELS[fields["model"]])


def warm_up(fields: Mapping[str, Any]) -> None:
    """Begin to load the model while the browser draws a page that opens at a part that needs it."""
    if getattr(MODULES.get(fields.get("part")), "NEEDS_MODEL", False):
        sound.warm_up(fields)


def hear(own: OwnSound | None, fields: Mapping[str, Any], progress: Progress | None = None) -> tuple:
    """The window, what the model heard of it (None where not needed or not to be had), and a note for the visitor."""
    try:
        window = sound.window(own, fields["clip"], fields["at"])
    except AudioError as wrong:
        return None, None, hint([str(wrong)], problem=True)
    if not MODULES[fields["part"]].NEEDS_MODEL:
        return window, None, hint(window.notes)
    try:
        return window, sound.hear(window, fields, progress), hint(window.notes)
    except (ModelUnavailable, ValueError) as wrong:
        return window, None, hint([str(wrong)], problem=True)


def draw(own: OwnSound | None, *, moved: str = "", progress: Progress | None = None, **fields: Any) -> tuple:
    """Draw the open part.

    Parameters
    ----------
    own
        The visitor's own sound.
    moved
        The one field that has changed; "" draws everything.
    **fields
        The page's state by name.

    Returns
    -------
    tuple
        Note, status, player, start slider, language and padding menus, visibility of each part, then each part's
        outputs; `gr.skip` for what is not open or stays as it is.
    """
    part = fields["part"]
    window, heard, note = hear(own, fields, progress)
    fresh = moved in ("", "part", *COMMON)
    player, at = gr.skip(), gr.skip()
    if window is not None and moved in ("", "clip", "at"):
        player = window.sound()
        last = max(0.0, window.total_s - 1.0)
        at = gr.update(maximum=max(1.0, round(last, 2)), visible=window.total_s > sound.WINDOW_S)
    content: tuple = ()
    if window is not None and (heard is not None or not MODULES[part].NEEDS_MODEL):
        content = MODULES[part].content(window, heard, fields, moved)
    shown = [gr.update(visible=slug == part) if fresh else gr.skip() for slug in PARTS]
    filled = [content if slug == part and content else (gr.skip(),) * len(MODULES[slug].OUTPUTS) for slug in PARTS]
    language = gr.update(visible=fields["model"] == "base") if fresh else gr.skip()
    return note, status(heard), player, at, language, *shown, *(value for values in filled for value in values)


def status(heard: sound.Heard | None) -> str:
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
