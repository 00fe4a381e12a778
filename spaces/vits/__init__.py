"""VITS: text to sound in one network, cut open at the places where a person can lay a hand on it.

`page` lays it out and `speech` makes what is shown; the parts are `pronunciation`, `encoder`, `durations` (with the
`strip` that is dragged), `coupling` (the flow), `generator` (the decoder) and `training`; `lesson`, `questions` and
`terms` have the words. The voice is ``models/tts/vits.py``, its steps outside the layers ``algorithms/vits``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import Place, Space
from .lesson import EXAMPLES, QUESTIONS, REFERENCES
from .terms import TERMS


def build() -> None:
    """Draw the page; what it needs is imported when somebody opens it."""
    from .page import LESSON

    LESSON.build(SPACE)


def warm_up(_state: Mapping[str, Any]) -> None:
    """Begin to load the voice while the browser draws the page."""
    from .page import load_voice

    load_voice()


SPACE = Space(
    title="VITS, from text to sound in one network",
    summary="Pull a phoneme longer, switch the flow off, and hear what each part of a neural voice does.",
    group="Synthesis",
    level="core",
    order=10,
    on_map=(Place("From words to sound", 20, "Speak", "VITS, in one network"),),
    build=build,
    models=("tts/vits-joe",),
    examples=EXAMPLES,
    questions=QUESTIONS,
    terms=TERMS,
    references=REFERENCES,
    warm_up=warm_up,
)
