"""What the page's components show, by name: a sound without a transcript, a result, lines of the transcript."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from algorithms.text.transcript import Segment
from components.player import Sound
from components.run_row import buttons
from components.words import status
from models.whisper.result import ENGLISH_ONLY, Envelope, Result, Settings, model_name

from . import files, views
from .transcript_view import head, segment_line


def impossible(settings: Settings) -> str:
    """Return why these settings can't work, in one sentence; "" where nothing is known against them."""
    if settings.model in ENGLISH_ONLY and settings.task == "translate":
        name = model_name(settings.model)
        return f"{name} knows only English and can't translate: choose Whisper base or another multilingual model."
    return ""


def nothing(
    sound: Sound | None, sentence: str, *, envelope: Envelope | None = None, problem: bool = False
) -> dict[str, Any]:
    """Show a sound without a transcript."""
    return {
        "player": sound,
        "status": status(sentence, problem=problem),
        "waveform": views.waveform(envelope, (), sound.title if sound else ""),
        "transcript": head(empty="No transcript yet."),
        "files": files.links(None),
        "facts": "",
        "languages": views.language_bars((), "Nothing has been transcribed yet"),
        "table": "",
        "result": None,
        **buttons(running=False),
    }


def finished(result: Result) -> dict[str, Any]:
    """Show a result; the player has its sound already."""
    if result.transcript.segments and not result.folder:
        result = replace(result, folder=files.write(result))
    return {
        "status": status(views.finished_sentence(result)),
        "waveform": views.waveform(result.envelope, result.transcript.segments, result.title, result.duration_s),
        "transcript": text_head(result) + "".join(map(text_line, result.transcript.segments)),
        "files": files.links(result),
        "facts": views.facts(result),
        "languages": views.language_bars(result.language_probs, _no_languages(result)),
        "table": views.segments_table(result),
        "result": result,
        **buttons(running=False),
    }


def text_head(result: Result) -> str:
    """Return the first line of the transcript's value."""
    spoken = "en" if result.settings.task == "translate" else result.transcript.language
    note = "" if result.settings.words else "Word times were not asked for: a click plays the whole segment."
    if result.model.precision == "float32":
        note = note or "This model gives no word probabilities."
    return head(language=spoken, empty="No words were heard.", note=note)


def text_line(segment: Segment) -> str:
    """Return a segment's line of the transcript's value."""
    return segment_line(segment, doubt=views.doubt(segment))


def _no_languages(result: Result) -> str:
    """Return why there are no language probabilities."""
    if not result.model.multilingual:
        return f"{model_name(result.model.id)} knows English only"
    return "The language was given"
