"""CTC alignment: from one symbol a frame to a text and back, with every number live.

`page` lays it out, `scene` is what its parts show things of: `why`, `collapse`, `real`, `toy`, `decoding` and `rivals`.
`sound` is what the model hears, `lesson` has the words. The algorithms are in ``algorithms/ctc/``.
"""

from __future__ import annotations

from .. import Place, Space
from .lesson import EXAMPLES, QUESTIONS, REFERENCES
from .programs import PROGRAMS
from .terms import TERMS


def build() -> None:
    """Draw the page; what it needs is imported when somebody opens it."""
    from .page import LESSON

    LESSON.build(SPACE)


SPACE = Space(
    title="CTC alignment",
    summary="Lay letters over sound frame by frame: touch the trellis and see every number behind it.",
    group="Recognition",
    level="core",
    order=5,
    on_map=(Place("From sound to words", 40, "Alignment", "CTC, forced alignment"),),
    build=build,
    models=("ctc/whisper-tiny",),
    examples=EXAMPLES,
    questions=QUESTIONS,
    terms=TERMS,
    references=REFERENCES,
    programs=PROGRAMS,
)
