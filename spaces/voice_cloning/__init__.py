"""Voice cloning without training: a sentence in the voice of a short recording, and how one tells afterwards.

`page` lays it out, `scene` and `cloned` are what its parts show things of: `clone`, `inside` and `close`. `lesson`,
`questions` and `terms` have the words. The algorithms are in ``algorithms/cloning/``, the loaders in
``models/cloning/``.
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
    title="Voice cloning",
    summary="Put a sentence into a voice from half a minute of it, see where every sound came from, and measure it.",
    group="Synthesis",
    level="core",
    order=40,
    on_map=(Place("From words to sound", 70, "Whose voice?", "cloning, conversion, consent"),),
    build=build,
    models=("voice/knn", "speaker/ge2e", "tts/hibari"),
    examples=EXAMPLES,
    questions=QUESTIONS,
    terms=TERMS,
    references=REFERENCES,
)
