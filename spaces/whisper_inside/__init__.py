"""Inside Whisper: the very weights that transcribe, opened up: what they see, how they decide, where they listen.

`ui` draws the page, `view` holds its handlers, `sound` what the model hears; the parts are `listening` (the input),
`encoder`, `decoder` and `attention`, and `lesson` has the words. The network is ``algorithms/whisper/net.py``.
"""

from __future__ import annotations

from .. import Space
from .lesson import EXAMPLES, QUESTIONS, REFERENCES
from .sound import MODELS
from .ui import build as _build
from .view import warm_up


def build() -> None:
    """Draw the page."""
    _build(SPACE)


SPACE = Space(
    title="Inside Whisper",
    summary="Watch Whisper see, decide and attend, on your own voice: every layer, candidate and attention map.",
    group="Recognition",
    level="advanced",
    order=11,
    build=build,
    models=tuple(MODELS.values()),
    examples=EXAMPLES,
    questions=QUESTIONS,
    references=REFERENCES,
    warm_up=warm_up,
)
