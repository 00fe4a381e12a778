"""What the parts show things of: the chosen sound as the chosen model hears it, and its text on the frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from algorithms.ctc import CtcError
from algorithms.sound import AudioError, probe
from components.audio_input import hint, sound_of
from components.lesson import Visit
from models import ModelUnavailable, is_loaded

from . import alignment, choice, decoding, sound


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The chosen sound and what is known of it; None where there is nothing.

    Attributes
    ----------
    view : mapping
        What is zoomed into, and the model that ran; see `pictures.View`.
    history : mapping or None
        What the toy's training has shown so far: ``{"key": shape, "rows": [...]}``.
    wanted : Choice or None
        The model that the visitor asks for; None where the open part is not about the sound.
    whole, heard : Heard or None
        The sound, and the stretch of it that is shown.
    aligned : Aligned or None
    note, model_note : str
        HTML: the lines under the sound's input and under the model.
    problem : str
        Why nothing is aligned.
    """

    view: Mapping[str, Any]
    history: Mapping[str, Any] | None = None
    wanted: choice.Choice | None = None
    whole: sound.Heard | None = None
    heard: sound.Heard | None = None
    aligned: alignment.Aligned | None = None
    note: str = ""
    model_note: str = ""
    problem: str = ""


def with_sound(fields: Mapping[str, Any]) -> bool:
    """Whether the open part is about the chosen sound."""
    return fields["part"] in ("why", "real", "rivals") or (
        fields["part"] == "decode" and fields["case"] == decoding.CLIP[0]
    )


def scene(visit: Visit) -> Scene:
    """Return the chosen sound as the chosen model hears it; where that can't run, as the one before it does."""
    fields, view = visit.fields, visit.kept["zoom"] or {}
    made = Scene(view=view, history=visit.kept["history"])
    if not with_sound(fields):
        return made
    wanted, said = chosen(fields), ""
    before = choice.spec_of(view.get("model"))
    spec = wanted.spec or before
    try:
        try:
            whole = sound.hear(visit.own, fields["clip"], spec, visit.progress)
        except ModelUnavailable as wrong:
            if spec.id in (sound.MODEL, view.get("model")):
                raise
            said = str(wrong)
            whole = sound.hear(visit.own, fields["clip"], before, visit.progress)
    except (AudioError, ModelUnavailable) as wrong:
        notes = {"note": hint([str(wrong)], problem=True), "model_note": choice.note(wanted, None)}
        return replace(made, wanted=wanted, **notes)
    heard = sound.window(whole, fields["w"])
    if tuple(view.get("key") or ()) != heard.key:
        view = {"key": heard.key, "model": heard.model}
    notes = {"note": hint(whole.notes), "model_note": choice.note(wanted, whole, said)}
    made = replace(made, view=view, wanted=wanted, whole=whole, heard=heard, **notes)
    visit.progress(1.0, "Aligning the text")
    try:
        return replace(made, aligned=alignment.align(heard, fields["text"] if fields["part"] == "real" else ""))
    except CtcError as wrong:
        return replace(made, problem=str(wrong))


def chosen(fields: Mapping[str, Any]) -> choice.Choice:
    """Return the model that the visitor asks for."""
    return choice.choose(fields["model"], fields["hub"])


def is_slow(visit: Visit) -> bool:
    """Whether making the scene would keep the visitor waiting: a model to load, or a long sound to read."""
    fields = visit.fields
    if not with_sound(fields):
        return False
    spec = chosen(fields).spec or choice.spec_of((visit.kept["zoom"] or {}).get("model"))
    try:
        if sound.is_heard(visit.own, fields["clip"], spec):
            return False
        duration_s = probe(sound_of(visit.own, fields["clip"]).path).duration_s
    except AudioError:
        return False
    return duration_s is None or duration_s > sound.WINDOW_S or (spec.id != sound.MODEL and not is_loaded(spec.id))
