"""Whisper, the transcription room: speech to text with times, probabilities and the numbers by which it doubts itself.

`page` lays it out and says what it shows when a setting moves, `run` transcribes, `shown` and `views` draw, `files` and
`transcript_view` give the text out, `lesson` has the words. A run itself is `models.whisper.job`.
"""

from __future__ import annotations

from .. import Place, Space
from .lesson import EXAMPLES, QUESTIONS, REFERENCES
from .programs import PROGRAMS
from .terms import TERMS

CLIPS = ("speech", "speech_long", "sentence", "french", "spanish", "italian", "russian", "tone", "chirp", "noise")


def build() -> None:
    """Draw the page; what it needs is imported when somebody opens it."""
    from .page import LESSON

    LESSON.build(SPACE)


SPACE = Space(
    title="Whisper",
    summary="Turn speech into text, hear every word where it was spoken, and see how sure the model is of it.",
    group="Recognition",
    level="core",
    order=10,
    on_map=(Place("From sound to words", 50, "Text", "Whisper"),),
    build=build,
    models=("asr/whisper-tiny.en", "asr/whisper-base"),
    examples=EXAMPLES,
    questions=QUESTIONS,
    terms=TERMS,
    references=REFERENCES,
    programs=PROGRAMS,
)
