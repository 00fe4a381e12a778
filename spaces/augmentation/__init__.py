"""Augmentation: hear and see each change, and what it does to a recogniser that never saw it.

`page` lays it out, `sound` reads what is changed and what it is changed with. Part 1, `hear`; `pictures` draws for it.
Part 2, `breaks`; `measure` runs the recognisers. Part 3, `worth`, with the networks of `nets` and the training of
`live`. `precompute` makes what parts 2 and 3 open with. The changes themselves are in ``algorithms/augmentation``.
`lesson`, `questions` and `terms` have the words.
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
    title="Augmentation",
    summary="Change a recording in seventeen ways, find where recognisers break and what training gains from it.",
    group="Recognition",
    level="core",
    order=40,
    on_map=(Place("Around them", 55, "Vary a recording", "noise, rooms, SpecAugment"),),
    build=build,
    models=("kws/ds-cnn-int8", "ctc/whisper-tiny", "asr/whisper-tiny.en"),
    examples=EXAMPLES,
    questions=QUESTIONS,
    terms=TERMS,
    references=REFERENCES,
)
