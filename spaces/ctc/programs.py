"""What programs may ask of the room: a text put on a sound."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

import models
from algorithms.ctc import CtcError
from algorithms.sound import AudioError
from algorithms.text.transcript import Word
from components.audio_input import OWN
from components.programs import Audio, read

from .. import Endpoint
from .alignment import place
from .files import spans
from .sound import MAX_S, MODEL, SAMPLE_RATE, Heard

Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=12_000),
    Field(description="What is said, in English words; numbers spelled out. At most 12000 characters."),
]
Model = Annotated[Literal[MODEL], Field(description="The CTC model, which writes a to z, space and apostrophe.")]


def align(audio: Audio, text: Text, model: Model = MODEL) -> dict[str, Any]:
    """Find when each word and letter of a known text is spoken (forced alignment with a CTC model), in up to 600 s.

    The answer has "words" and "letters", each with "text", "start_s" and "end_s" in seconds and "probability", the
    model's mean probability of its symbols on these frames (0 to 1): a place is always found, so a small one means
    that this is probably not said here. "text" is what was aligned and "left_out" the characters for which the model
    has no symbol; "frame_s" is the time step, "log_prob" the natural logarithm of the best path's probability.
    """
    sound = read(audio, max_s=MAX_S, sample_rate=SAMPLE_RATE)
    net = models.get(model)
    heard = Heard(
        key=(),
        clip=OWN,
        title="sound",
        path=audio.path,
        y=sound.y,
        notes=sound.notes,
        vocab=tuple(net.vocab),
        frame_s=net.frame_s,
        log_probs=net.log_probs(sound.y),
        model=model,
        how="",
    )
    placed = place(heard, text, long=True)
    words, letters = spans(heard, placed)
    return {
        "model": model,
        "duration_s": round(sound.duration_s, 3),
        "frame_s": heard.frame_s,
        "text": placed.text,
        "left_out": placed.dropped,
        "log_prob": round(placed.path_score, 4),
        "words": [_plain(word) for word in words],
        "letters": [_plain(letter) for letter in letters],
        "notes": list(sound.notes),
    }


def _plain(span: Word) -> dict[str, Any]:
    return {
        "text": span.text,
        "start_s": round(span.start_s, 3),
        "end_s": round(span.end_s, 3),
        "probability": round(float(span.prob), 4),
    }


PROGRAMS = (Endpoint(function=align, refusals=(AudioError, CtcError, models.ModelUnavailable), concurrency_id="ctc"),)
