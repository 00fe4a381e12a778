"""Whisper's limits: when it fails and how it notices, and what two models' error rates say and hide.

`page` lays it out and `scene` says what it is about. Part A, `fail`: `case` makes the sounds, `window` and `ladder`
decode them, `fail_view` draws. Part B, `compare`: `counting` aligns and counts, `normalise` tidies texts,
`compare_view` draws. `lesson` and `hides` have the words. The rules are in ``algorithms/whisper/fallback.py``, the
sounds in ``algorithms/sound/failures.py``.
"""

from __future__ import annotations

from .. import Place, Space
from .lesson import EXAMPLES, QUESTIONS, REFERENCES
from .terms import TERMS


def build() -> None:
    """Draw the page; what it needs is imported when somebody opens it."""
    from .page import LESSON

    LESSON.build(SPACE)


SPACE = Space(
    title="Whisper's limits",
    summary="Make Whisper fail, watch how it notices, and count what two models get wrong.",
    group="Recognition",
    level="core",
    order=14,
    on_map=(Place("Around them", 20, "Find the limits", "fallback, WER"),),
    build=build,
    models=("asr/whisper-tiny.en", "asr/whisper-base"),
    examples=EXAMPLES,
    questions=QUESTIONS,
    terms=TERMS,
    references=REFERENCES,
)
