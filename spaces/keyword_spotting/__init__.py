"""Keyword spotting: a tiny network hears ten words, from the microphone down to a microcontroller.

`ui` draws the page, `view` holds its handlers, `sound` the second that the network hears; the parts are `say`,
`inside`, `bits`, `confusions`, `own` and `micro`; `validation` has the measured results, `lesson` and `questions` the
words.
"""

from __future__ import annotations

from .. import Space
from .lesson import EXAMPLES, REFERENCES
from .questions import QUESTIONS
from .sound import MODELS
from .ui import build as _build


def build() -> None:
    """Draw the page."""
    _build(SPACE)


SPACE = Space(
    title="Keyword spotting",
    summary="Say a word to a 45 kB network: watch it decide, look inside, count its mistakes, teach it your own word.",
    group="Recognition",
    level="core",
    order=20,
    build=build,
    models=tuple(MODELS.values()),
    examples=EXAMPLES,
    questions=QUESTIONS,
    references=REFERENCES,
)
