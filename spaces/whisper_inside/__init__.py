"""Inside Whisper: the very weights that transcribe, opened up: what they see, how they decide, where they listen.

`page` lays it out, `sound` has what the model hears and `spoken` what is said in it; the parts are `listening` (the
input), `encoder`, `decoder` and `attention`, a folder each; `lesson` and `questions` have the words. The network is
``algorithms/whisper/net.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import Place, Space
from .lesson import EXAMPLES, QUESTIONS, REFERENCES
from .terms import TERMS

MODELS = {"tiny.en": "inside/whisper-tiny.en", "base": "inside/whisper-base"}


def build() -> None:
    """Draw the page; what it needs is imported when somebody opens it."""
    from .page import LESSON

    LESSON.build(SPACE)


def warm_up(state: Mapping[str, Any]) -> None:
    """Begin to load the model while the browser draws a page that opens at a part that needs it."""
    from . import page, sound

    if page.needs_model(state.get("part")):
        sound.warm_up(state)


SPACE = Space(
    title="Inside Whisper",
    summary="Watch Whisper see, decide and attend, on your own voice: every layer, candidate and attention map.",
    group="Recognition",
    level="advanced",
    order=11,
    on_map=(Place("Around them", 10, "Look inside", "Whisper's layers, attention"),),
    build=build,
    models=tuple(MODELS.values()),
    examples=EXAMPLES,
    questions=QUESTIONS,
    terms=TERMS,
    references=REFERENCES,
    warm_up=warm_up,
)
