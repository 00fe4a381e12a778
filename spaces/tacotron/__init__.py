"""From text to mel, Tacotron 2: attention that finds its way through a sentence, and what happens when it does not.

`page` lays it out and `speech` makes what is shown; the parts are `attention`, `faults` and `postnet`; `pictures` draws
what several of them need; `lesson`, `questions` and `terms` have the words. The network is ``models/tts/tacotron.py``,
its code ``algorithms/synthesis/tacotron``, its training ``training/tacotron``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import Place, Space
from .lesson import EXAMPLES, REFERENCES
from .questions import QUESTIONS
from .terms import TERMS


def build() -> None:
    """Draw the page; what it needs is imported when somebody opens it."""
    from .page import LESSON

    LESSON.build(SPACE)


def warm_up(_state: Mapping[str, Any]) -> None:
    """Begin to load the network while the browser draws the page."""
    from .page import load_voice

    load_voice()


SPACE = Space(
    title="From text to mel, Tacotron 2",
    summary="Watch attention walk through a sentence, ask any cell why, and take away what keeps it going.",
    group="Synthesis",
    level="core",
    order=15,
    on_map=(Place("From words to sound", 30, "Text to mel", "Tacotron 2, attention, postnet"),),
    build=build,
    models=("tts/tacotron2", "tts/hibari"),
    examples=EXAMPLES,
    questions=QUESTIONS,
    terms=TERMS,
    references=REFERENCES,
    warm_up=warm_up,
)
