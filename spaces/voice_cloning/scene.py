"""What the parts show things of: the result that the fields ask for, or the sentence that says why there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace

import models
from algorithms.sound import AudioError
from components.audio_input import OWN, hint, sound_of
from components.lesson import Visit
from components.player import Sound

from . import cloned
from .cloned import LISTENER, MODEL, SPEAKER, Result
from .spoken import oath_of
from .treatments import Outcome

GATE = "Nothing is cloned yet: first tick the box that says whose voice it is, then press the button."


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A result, or None and why.

    Attributes
    ----------
    note : str
        HTML: the line under the sound's input.
    problem : str
        Why there is no result.
    consented : bool
        The visitor has confirmed that this voice may be cloned.
    oath : str
        What the speaker has said, and when; "" where nothing.
    recording : Sound or None
        What was chosen, where there is no result: it can be heard all the same.
    curve : tuple of (float, float)
        Similarity over seconds of reference, where this visit has measured it.
    outcomes : tuple of Outcome
        What the mark survived, where this visit has tried it.
    """

    result: Result | None = None
    note: str = ""
    problem: str = ""
    consented: bool = False
    oath: str = ""
    recording: Sound | None = None
    curve: tuple[tuple[float, float], ...] = ()
    outcomes: tuple[Outcome, ...] = ()


def consent_for(visit: Visit) -> str:
    """Return what a confirmation of this visit is for: the visitor's one recording, or the example voices."""
    if visit.fields["clip"] == OWN:
        return visit.own.path if visit.own is not None else ""
    return "examples"


def has_consent(visit: Visit) -> bool:
    """Whether the visitor has confirmed that the chosen voice may be cloned."""
    return consent_for(visit) in visit.kept["consent"]


def scene(visit: Visit) -> Scene:
    """Clone what the fields ask for, if that is allowed; an example that is stored needs nobody's word."""
    consented, recording = has_consent(visit), None
    try:
        chosen = sound_of(visit.own, visit.fields["clip"])
        recording = replace(chosen, title=f"Your choice: {chosen.title}")
        wish = cloned.wish_of(visit.own, visit.fields)
        found = cloned.known(wish)
        if found is None:
            cloned.check_text(wish)
            if not consented:
                return Scene(note=hint([GATE]), problem=GATE, recording=recording)
            found = cloned.make(wish, visit.progress)
    except (models.ModelUnavailable, AudioError, ValueError) as wrong:
        problem = str(wrong)
        note = hint([problem], problem=True)
        return Scene(note=note, problem=problem, consented=consented, recording=recording)
    kept, tried = visit.kept["curve"], visit.kept["outcomes"]
    return Scene(
        result=found,
        note=hint(found.notes),
        consented=consented,
        oath=oath_of(visit),
        curve=kept[1] if kept and kept[0] == wish else found.curve,
        outcomes=tried[1] if tried and tried[0] == wish else found.outcomes,
    )


def is_slow(visit: Visit) -> bool | str:
    """Whether something has to be computed, and what is said from the beginning."""
    try:
        wish = cloned.wish_of(visit.own, visit.fields)
        cloned.check_text(wish)
        if cloned.known(wish) is not None or not has_consent(visit):
            return False
    except (AudioError, ValueError):
        return False
    if not all(models.is_loaded(name) for name in (MODEL, LISTENER, SPEAKER)):
        return "Loading the models, a few seconds, once"
    return "Taking the reference apart"
