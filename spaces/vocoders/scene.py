"""What the parts show things of: the recording, and where the open part needs them, the vocoders' sounds."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from components.lesson import Visit

from . import sound
from .sound import BEST, RECORDING, WORLD, Method, Result, Source

LETTERS = ("A", "B", "C", "D")


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The recording and what stands behind the letters.

    Attributes
    ----------
    methods : tuple of Method
        Behind A, B, C and D.
    results : list of Result
        Their sounds; empty where the open part does not need them.
    """

    source: Source
    methods: tuple[Method, ...]
    results: list[Result] = field(default_factory=list)


def chosen(fields: Any) -> Method:
    """Return Griffin-Lim with the page's settings."""
    return Method("gl", min(max(int(fields["n_iter"]), 1), 100), float(fields["momentum"]))


def compared(fields: Any) -> tuple[Method, ...]:
    """Return the four methods in this visit's order, which `order` and the sound decide."""
    methods = [RECORDING, chosen(fields), BEST, WORLD]
    random.Random(f"{fields['clip']} {int(fields['order'])}").shuffle(methods)
    return tuple(methods)


def scene(visit: Visit) -> Scene:
    """Make what the open part needs."""
    source, methods = sound.source_of(visit.own, visit.fields["clip"]), compared(visit.fields)
    if visit.fields["part"] != "side":
        return Scene(source=source, methods=methods)
    return Scene(source=source, methods=methods, results=sound.make_all(source, methods, visit.progress))


def is_slow(visit: Visit) -> bool | str:
    """Whether sounds have to be made first."""
    if visit.fields["part"] != "side":
        return False
    try:
        source = sound.source_of(visit.own, visit.fields["clip"])
    except ValueError:
        return False
    return "Making the sounds" if sound.needs(source, compared(visit.fields)) else False
