"""Live captions: from the microphone to text that is stable, word by word, and how one knows that it is.

`page` lays it out and says what happens, `live` runs the engine for each listener, `log` holds a captioning, `views`
and `caption_view` draw it, `lesson` has the words.
"""

from __future__ import annotations

from .. import Place, Space
from .lesson import EXAMPLES, QUESTIONS, REFERENCES
from .terms import TERMS

CLIPS = ("speech_long", "speech", "sentence", "french", "spanish", "noise", "tone")


def build() -> None:
    """Draw the page; what it needs is imported when somebody opens it."""
    from .page import LESSON

    LESSON.build(SPACE)


SPACE = Space(
    title="Live captions",
    summary="Speak, and read along: words turn from guesses to stable text as successive hypotheses agree.",
    group="Recognition",
    level="core",
    order=15,
    on_map=(Place("Around them", 30, "Caption live", "local agreement"),),
    build=build,
    models=("asr/whisper-tiny.en", "asr/whisper-base"),
    examples=EXAMPLES,
    questions=QUESTIONS,
    terms=TERMS,
    references=REFERENCES,
)
