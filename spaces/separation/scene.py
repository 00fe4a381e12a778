"""What the parts show things of: the mixture, its voices, and what the network makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import models
from algorithms.sound import AudioError
from components.audio_input import hint
from components.lesson import Visit

from .sound import MODEL, Apart, Mixed, is_apart, mix, recipe, separate

QUICK_S = 8.0  # of sound that a loaded model separates before anyone would look for a progress bar


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The mixture and its voices; None where there is nothing.

    Attributes
    ----------
    note : str
        HTML: the line under the sound's input.
    problem : str
        Why nothing is separated.
    curves : mapping or None
        What the live training of this visit has shown so far, by way.
    """

    mixed: Mixed | None = None
    apart: Apart | None = None
    note: str = ""
    problem: str = ""
    curves: dict[str, Any] | None = field(default=None)


def scene(visit: Visit) -> Scene:
    """Mix and separate what the fields ask for."""
    curves = visit.kept["curves"]
    try:
        mixed = mix(recipe(visit.own, visit.fields))
    except AudioError as wrong:
        return Scene(note=hint([str(wrong)], problem=True), problem=str(wrong), curves=curves)
    try:
        apart = separate(mixed, visit.progress)
    except (models.ModelUnavailable, ValueError) as wrong:
        return Scene(mixed=mixed, note=hint([str(wrong)], problem=True), problem=str(wrong), curves=curves)
    return Scene(mixed=mixed, apart=apart, note=hint(mixed.notes), curves=curves)


def is_slow(visit: Visit) -> bool:
    """Whether separating would keep the visitor waiting: the model is still to be loaded, or the sound is long."""
    try:
        made = recipe(visit.own, visit.fields)
        if is_apart(made):
            return False
        return not models.is_loaded(MODEL) or mix(made).duration_s > QUICK_S
    except AudioError:
        return False
