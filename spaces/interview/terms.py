"""The words that this room is the place to learn."""

from __future__ import annotations

from .. import Term

TERMS = (
    Term(
        name="Spaced repetition",
        meaning="Asking again after growing intervals, just before one would forget.",
        state={"q": "features.what-is-mel"},
    ),
    Term(
        name="Speaking rate",
        meaning="Words, or syllables, a minute. With pauses counted, people who explain something speak some 120 to "
        "160 words a minute.",
        state={"part": "mock"},
    ),
    Term(
        name="Filler word",
        meaning="What is said to fill time, such as “um”. Recognisers trained on edited text leave most of it out.",
        state={"part": "mock"},
    ),
)
