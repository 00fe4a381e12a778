"""CTC alignment: from one symbol a frame to a text and back, with every number live.

`ui` draws the page, `view` holds its handlers, `sound` what the model hears; the parts of the lesson are `why`,
`collapse`, `real`, `toy`, `decoding` and `rivals`, and `lesson` has the words. The algorithms are in
``algorithms/ctc/core.py`` and its neighbours.
"""

from __future__ import annotations

from .. import Space
from .lesson import EXAMPLES, QUESTIONS, REFERENCES
from .sound import MODEL
from .ui import build as _build


def build() -> None:
    """Draw the page."""
    _build(SPACE)


SPACE = Space(
    title="CTC alignment",
    summary="Lay letters over sound frame by frame: touch the trellis and see every number behind it.",
    group="Recognition",
    level="core",
    order=5,
    build=build,
    models=(MODEL,),
    examples=EXAMPLES,
    questions=QUESTIONS,
    references=REFERENCES,
)
