"""What programs may ask of the room: a transcript."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

import models
from algorithms.sound import AudioError
from algorithms.text.subtitles import to_json
from algorithms.whisper.languages import AUTO, LANGUAGES
from components.audio_input import OWN
from components.programs import Audio
from components.run_row import ASR
from models.whisper.job import Job
from models.whisper.result import BASE, ENGLISH_ONLY, TINY_EN, Settings, about

from .. import Endpoint


class Refused(ValueError):
    """It can't be transcribed; the message says why in one sentence."""


def _known(code: str) -> str:
    if code != AUTO and code not in LANGUAGES:
        raise ValueError(f"Whisper has no language {code[:20]!r}: give its code, such as 'fr', or {AUTO!r}.")
    return code


Model = Annotated[
    Literal[TINY_EN, BASE],
    Field(
        description="Which Whisper: tiny.en (38 million parameters, English only) or base (73 million, 99 languages)."
    ),
]
Language = Annotated[
    str,
    AfterValidator(_known),
    Field(description="What is spoken: a code of Whisper's such as 'en' or 'fr'; 'auto' listens for it."),
]


def transcribe(audio: Audio, model: Model = TINY_EN, language: Language = AUTO) -> dict[str, Any]:
    """Turn speech into text with Whisper, with the time of every word.

    The answer is laid out as openai/whisper's JSON: "text", "language", and "segments" with "start" and "end" in
    seconds, "text", "avg_logprob", "no_speech_prob", and "words", each with "start", "end" and "probability" (0 to 1).
    "model" names the weights that ran, "notes" says what was changed about the sound on its way in.
    """
    if model in ENGLISH_ONLY and language not in (AUTO, "en"):
        raise Refused(f"{model} knows English only: leave the language at {AUTO!r}, or take {BASE}.")
    job = Job(Settings(clip=OWN, model=model, lang=language), audio.path, "sound").start()
    while job.wait():
        pass
    if job.problem:
        raise Refused(job.problem)
    result = job.result()
    return json.loads(to_json(result.transcript, **about(result)))


PROGRAMS = (Endpoint(function=transcribe, refusals=(Refused, AudioError, models.ModelUnavailable), **ASR),)
