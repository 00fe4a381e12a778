"""Interview: every question of every room, to learn by and to be asked; what an answer says is marked in it.

`bank` gathers the questions, which stand in the rooms and nowhere else. Part 1, `study`, shows one at a time, and the
browser remembers which (`memory`, ``static/memory.js``). Part 2, `mock`, asks: `live` hears a spoken answer, `marking`
shows its key points in its own words, `report` writes the sitting down. `page` lays it out.
"""

from __future__ import annotations

from .. import Place, Space
from .lesson import EXAMPLES, REFERENCES
from .questions import QUESTIONS
from .terms import TERMS


def build() -> None:
    """Draw the page; what it needs is imported when somebody opens it."""
    from .page import LESSON

    LESSON.build(SPACE)


SPACE = Space(
    title="Interview",
    summary="Be asked what interviewers ask about speech, answer aloud, and see which points your words made.",
    group="Learn",
    level="core",
    order=10,
    on_map=(Place("Around them", 80, "Be interviewed", "questions, answers, spaced repetition"),),
    build=build,
    models=("asr/whisper-tiny.en",),
    examples=EXAMPLES,
    questions=QUESTIONS,
    terms=TERMS,
    references=REFERENCES,
)
