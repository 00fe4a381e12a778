"""Whisper's limits: when it fails and how it notices, and what two models' error rates say and hide.

`ui` draws the page, `view` holds its handlers and `runs` its runs. Part A: `case` makes the sounds, `window` and
`ladder` decode them, `fail_view` draws. Part B: `compare` aligns and counts, `normalise` tidies texts, `compare_view`
draws. `lesson` and `hides` have the words. The rules are in ``algorithms/whisper/fallback.py``, the sounds in
``algorithms/sound/failures.py``.
"""

from __future__ import annotations

from .. import Space
from ..whisper.result import BASE, TINY_EN
from .lesson import EXAMPLES, QUESTIONS, REFERENCES
from .ui import build as _build


def build() -> None:
    """Draw the page."""
    _build(SPACE)


SPACE = Space(
    title="Whisper's limits",
    summary="Make Whisper fail, watch how it notices, and count what two models get wrong.",
    group="Recognition",
    level="core",
    order=14,
    build=build,
    models=(TINY_EN, BASE),
    examples=EXAMPLES,
    questions=QUESTIONS,
    references=REFERENCES,
)
