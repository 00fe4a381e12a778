"""What happens on the page: open, change a setting, transcribe, stop. Tests call these functions as they are.

Every handler returns the page's outputs in one order, the fields of `Outputs`; what it leaves alone is skipped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import gradio as gr

from algorithms.sound import AudioError, probe
from algorithms.text.subtitles import to_json
from components.audio_input import OWN, OwnSound, sound_of
from components.model_picker import OTHER
from components.player import Sound
from components.stopping import Run, Stop, session_of
from components.transcript_view import head, segment_line

from . import views
from .job import Job, read_envelope
from .result import ENGLISH_ONLY, Envelope, Result, Settings, about, doubt, precomputed

PICTURE_AT_ONCE_S = 600  # longer files are drawn while they are transcribed, not before
REDRAW_S = 5.0  # how often a growing waveform is drawn again


class Outputs(NamedTuple):
    """Everything a handler may redraw, in the order of the page's event outputs."""

    player: Any
    status: Any
    waveform: Any
    transcript: Any
    files: Any
    facts: Any
    languages: Any
    table: Any
    go: Any  # the button
    halt: Any  # the other button
    result: Any  # the visitor's gr.State


def shown(**parts: Any) -> Outputs:
    """Return outputs that change only what is named."""
    return Outputs(**{name: parts.get(name, gr.skip()) for name in Outputs._fields})


STOP = Stop(shown())


def buttons(running: bool) -> dict[str, Any]:
    """Return the two buttons as they are while a run is or is not under way."""
    return {"go": gr.update(interactive=not running), "halt": gr.update(interactive=running)}


@lru_cache(maxsize=32)
def clip_envelope(path: str) -> Envelope:
    """Return the picture of one of the app's own clips, read once."""
    return read_envelope(path)


def impossible(settings: Settings) -> str:
    """Return why these settings can't work, in one sentence; "" where nothing is known against them."""
    if settings.model in ENGLISH_ONLY and settings.task == "translate":
        name = views.model_name(settings.model)
        return f"{name} knows only English and can't translate: choose Whisper base or another multilingual model."
    return ""


def draw(own: OwnSound | None, **fields: Any) -> Outputs:
    """Show the page for a sound and settings: with the precomputed result where there is one, else ready to start.

    Parameters
    ----------
    own
        The visitor's own sound or None.
    **fields
        The fields of the page's address, those of `result.Settings`.
    """
    settings = Settings(**fields)
    try:
        sound = sound_of(own, settings.clip)
        envelope = picture(sound, settings.clip)
    except AudioError as problem:
        return nothing(None, str(problem), problem=True)
    known = precomputed(settings)
    if known is not None:
        return finished(replace(known, envelope=envelope), sound)
    why_not = impossible(settings)
    ready = nothing(sound, why_not or "Press Transcribe to see what Whisper makes of it.", problem=bool(why_not))
    return ready._replace(waveform=views.waveform(envelope, (), sound.title))


def picture(sound: Sound, clip: str) -> Envelope | None:
    """Return a sound's waveform, None where reading it would keep the visitor waiting."""
    if clip != OWN:
        return clip_envelope(sound.path)
    if (probe(sound.path).duration_s or 0) > PICTURE_AT_ONCE_S:
        return None
    return read_envelope(sound.path)


def nothing(sound: Sound | None, sentence: str, *, problem: bool = False) -> Outputs:
    """Show a sound without a transcript."""
    return Outputs(
        player=sound,
        status=views.status(sentence, problem=problem),
        waveform=views.waveform(None, (), ""),
        transcript=head(empty="No transcript yet."),
        files=views.downloads(None),
        facts="",
        languages=views.language_bars((), "Nothing has been transcribed yet"),
        table="",
        result=None,
        **buttons(running=False),
    )


def finished(result: Result, sound: Sound | None = None) -> Outputs:
    """Show a result; with its sound, where the page shows another one or none so far."""
    if result.transcript.segments and not result.folder:
        result = replace(result, folder=views.write_downloads(result))
    return Outputs(
        player=gr.skip() if sound is None else sound,
        status=views.status(views.finished_sentence(result)),
        waveform=views.waveform(result.envelope, result.transcript.segments, result.title, result.duration_s),
        transcript=text_head(result) + "".join(map(text_line, result.transcript.segments)),
        files=views.downloads(result),
        facts=views.facts(result),
        languages=views.language_bars(result.language_probs, no_languages(result)),
        table=views.segments_table(result),
        result=result,
        **buttons(running=False),
    )


def text_head(result: Result) -> str:
    """Return the first line of the transcript's value."""
    spoken = "en" if result.settings.task == "translate" else result.transcript.language
    note = "" if result.settings.words else "Word times were not asked for: a click plays the whole segment."
    if result.model.precision == "float32":
        note = note or "This model gives no word probabilities."
    return head(language=spoken, empty="No words were heard.", note=note)


def text_line(segment: Any) -> str:
    """Return a segment's line of the transcript's value."""
    return segment_line(segment, doubt=doubt(segment))


def no_languages(result: Result) -> str:
    """Return why there are no language probabilities."""
    if not result.model.multilingual:
        return f"{views.model_name(result.model.id)} knows English only"
    return "The language was given"


def changed(own: OwnSound | None, result: Result | None, request: gr.Request | None = None, **fields: Any) -> Outputs:
    """Follow a changed setting: another sound empties the page, another setting keeps the transcript and says so.

    A run under way goes on with the settings that it began with, and ends where the page has another sound.
    """
    settings = Settings(**fields)
    run = STOP.runs.get(session_of(request))
    if run is not None and run.job is not None:
        if _hears(run.job, own, settings):
            return shown()
        STOP.leave(request)
        result = None
    if result is None or result.settings.clip != settings.clip or precomputed(settings) is not None:
        return draw(own, **fields)
    if result.settings == settings:
        return shown(status=views.status(views.finished_sentence(result)))
    why_not = impossible(settings)
    sentence = why_not or "These settings are new: the transcript is that of the old ones until you press Transcribe."
    return shown(status=views.status(sentence, problem=bool(why_not)))


def _hears(job: Job, own: OwnSound | None, settings: Settings) -> bool:
    try:
        return job.settings.clip == settings.clip and job.path == sound_of(own, settings.clip).path
    except AudioError:
        return False


def transcribe(own: OwnSound | None, request: gr.Request | None = None, **fields: Any) -> Iterator[Outputs]:
    """Run Whisper and show what it finds as it finds it.

    Parameters
    ----------
    own, **fields
        As for `draw`.
    request
        Gradio's, for the session that Stop must find; None outside a page.
    """
    settings = Settings(**fields)
    try:
        sound = sound_of(own, settings.clip)
    except AudioError as problem:
        yield shown(status=views.status(str(problem), problem=True), **buttons(running=False))
        return
    if why_not := impossible(settings):
        yield shown(status=views.status(why_not, problem=True), **buttons(running=False))
        return

    def work(run: Run) -> Iterator[Outputs]:
        run.job = Job(settings, sound.path, sound.title)
        yield from _follow(run.job.start())

    yield from STOP.steps(request, work, lambda run: _ended(run.job) if run.job else waited())


def _follow(job: Job) -> Iterator[Outputs]:
    text, n_shown, drawn_s = "", 0, 0.0
    yield shown(status=views.status(_doing(job), done=0.0), files=views.downloads(None), **buttons(running=True))
    while job.wait():
        if job.cancel.is_set():
            return
        if job.finished:
            break
        fresh = job.segments[n_shown:]
        n_shown += len(fresh)
        parts: dict[str, Any] = {"status": views.status(_doing(job), done=_share(job))}
        if fresh and not text:
            text = text_head(job.result())
            if job.language_probs:
                parts["languages"] = views.language_bars(tuple(job.language_probs), "")
        if text:
            text += "".join(map(text_line, fresh))
            parts["transcript"] = text
        if fresh and job.seconds - drawn_s > REDRAW_S:
            drawn_s = job.seconds
            parts["waveform"] = views.waveform(job.tap.envelope(), job.segments[:n_shown], job.title, job.duration_s)
        yield shown(**parts)
    yield _ended(job)


def _ended(job: Job) -> Outputs:
    if job.problem:
        return shown(status=views.status(job.problem, problem=True), **buttons(running=False))
    if job.model is None:
        return shown(status=views.status("Stopped before the model was loaded."), **buttons(running=False))
    return finished(job.result())


def _doing(job: Job) -> str:
    if job.loading is not None:
        return f"{job.loading[1]} (only the first time; {100 * job.loading[0]:.0f} %)"
    if job.model is None:
        return "Looking the model up" if job.settings.model == OTHER else "Reading the sound"
    name = views.model_name(job.model.id)
    if not job.done_s:
        return f"{name} listens to the first 30 seconds of {views.clock_text(job.duration_s)}"
    return f"{name} transcribes: {views.clock_text(job.done_s)} of {views.clock_text(job.duration_s)}"


def _share(job: Job) -> float:
    return job.loading[0] if job.loading is not None else job.done_s / max(job.duration_s, 1e-3)


def waited() -> Outputs:
    """Return what the page shows where a run was taken out of the queue."""
    return shown(status=views.status("Stopped before it began."), **buttons(running=False))


def model_changed(model: str) -> tuple[Any, Any]:
    """Switch language and task off where the model knows only English, and say why."""
    if model in ENGLISH_ONLY:
        why = f"{views.model_name(model)} knows English only."
        return gr.update(interactive=False, info=why), gr.update(interactive=False, info=why)
    return (
        gr.update(interactive=True, info="Detected from the first 30 seconds, unless you know better."),
        gr.update(interactive=True, info="Translation is always into English."),
    )


def transcribe_file(audio: str, model: str, language: str) -> dict[str, Any]:
    """Transcribe a sound file (any usual format) and return openai/whisper's JSON layout, with word times.

    Parameters
    ----------
    audio
        The uploaded file.
    model
        "asr/whisper-tiny.en" or "asr/whisper-base".
    language
        Whisper's code ("fr"), or "auto".
    """
    if model == OTHER:
        raise gr.Error("The API runs the built-in models: asr/whisper-tiny.en or asr/whisper-base.")
    job = Job(Settings(clip=OWN, model=model, lang=language), audio, "sound").start()
    while job.wait():
        pass
    if job.problem:
        raise gr.Error(job.problem)
    result = job.result()
    return json.loads(to_json(result.transcript, **about(result)))
