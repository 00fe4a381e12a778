"""Keyword spotting: a tiny network hears ten words, from the microphone down to a microcontroller.

`page` lays the page out, `sound` has the second that the network hears; the parts are `say`, `inside`, `bits`,
`confusions`, `own` and `micro`; `validation` has the measured results, `lesson` and `questions` the words.
"""

from __future__ import annotations

from .. import Place, Space
from .lesson import EXAMPLES, REFERENCES
from .networks import MODELS
from .programs import PROGRAMS
from .questions import QUESTIONS
from .terms import TERMS


def build() -> None:
    """Draw the page; what it needs is imported when somebody opens it."""
    from .page import LESSON

    LESSON.build(SPACE)


SPACE = Space(
    title="Keyword spotting",
    summary="Say a word to a 45 kB network: watch it decide, look inside, count its mistakes, teach it your own word.",
    group="Recognition",
    level="core",
    order=20,
    on_map=(Place("Around them", 50, "Spot a word", "tiny models, int8"),),
    build=build,
    models=tuple(MODELS.values()),
    examples=EXAMPLES,
    questions=QUESTIONS,
    terms=TERMS,
    references=REFERENCES,
    programs=PROGRAMS,
)
