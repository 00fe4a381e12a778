"""The cocktail party: two voices taken apart by Conv-TasNet, and what makes that hard.

`page` lays it out, `scene` is what its parts show things of: `desk`, `order`, `masking`, `inside` and `measure`.
`sound` mixes and separates, `lesson` and `questions` have the words. The algorithms are in
``algorithms/separation/``.
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
    title="The cocktail party",
    summary="Mix two voices and take them apart again: hear the network, its loss and what it can't do.",
    group="Separation",
    level="advanced",
    order=10,
    on_map=(Place("Around them", 40, "Who is talking?", "separation, PIT, masks"),),
    build=build,
    models=("separation/conv-tasnet",),
    examples=EXAMPLES,
    questions=QUESTIONS,
    terms=TERMS,
    references=REFERENCES,
)
