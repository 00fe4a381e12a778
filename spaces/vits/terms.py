"""The words of the field that this room is the place to learn."""

from __future__ import annotations

from .. import Term

TERMS: tuple[Term, ...] = ()
