"""Self-supervised speech: what wav2vec 2.0 and HuBERT learn from sound alone.

`page` lays it out, `sound` has what the networks hear in it and what was measured beforehand; the parts are
`frames`, `contrast`, `units` and `layers`. `lesson`, `questions` and `terms` have the words. The networks are in
``algorithms/ssl/``, their training in ``training/ssl/``.
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


def warm_up(state: Mapping[str, Any]) -> None:
    """Begin to load the networks while the browser draws a page that opens at a part that needs them."""
    from . import sound

    if state.get("part", "frames") != "frames":
        sound.warm_up()


SPACE = Space(
    title="Self-supervised speech",
    summary="See what wav2vec 2.0 and HuBERT learn from sound alone: frames, a guessing game, and units of speech.",
    group="Recognition",
    level="advanced",
    order=25,
    on_map=(Place("Around them", 15, "Learning without text", "wav2vec 2.0, HuBERT, units"),),
    build=build,
    models=("ssl/hubert-tiny", "ssl/wav2vec2-tiny", "ctc/whisper-tiny"),
    examples=EXAMPLES,
    questions=QUESTIONS,
    terms=TERMS,
    references=REFERENCES,
    warm_up=warm_up,
)
