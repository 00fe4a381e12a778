"""A run: what Transcribe and Stop do on the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from algorithms.sound import AudioError
from components.audio_input import sound_of
from components.lesson import Visit
from components.run_row import buttons, refused, waited
from components.stopping import Stop, session_of
from components.words import clock_text, status
from models.whisper.job import Job
from models.whisper.result import OTHER, Settings, model_name

from .. import _gpu
from . import files, views
from .shown import finished, impossible, text_head, text_line

REDRAW_S = 5.0  # how often a growing waveform is drawn again
STOP = Stop({})
Values = dict[str, Any]


def goes_on(visit: Visit) -> bool:
    """Whether the visitor's run goes on after a moved field: it ends where the page has another sound."""
    run = STOP.runs.get(session_of(visit.request))
    if run is None or run.job is None or not visit.fields.moved:
        return False
    clip = visit.fields["clip"]
    try:
        return run.job.settings.clip == clip and run.job.path == sound_of(visit.own, clip).path
    except AudioError:
        return False


def end_if_unwanted(visit: Visit) -> None:
    """End the visitor's run, if there is one, unless it `goes_on`."""
    if not goes_on(visit):
        STOP.leave(visit.request)


def start(visit: Visit) -> Iterator[Values]:
    """Run Whisper and show what it finds as it finds it."""
    settings = Settings(**visit.fields)
    try:
        sound = sound_of(visit.own, settings.clip)
    except AudioError as problem:
        yield refused(str(problem))
        return
    if why_not := impossible(settings):
        yield refused(why_not)
        return
    visit.run.job = job = Job(settings, sound.path, sound.title, _gpu.decode_with_torch)
    yield from _follow(job.start())


def _follow(job: Job) -> Iterator[Values]:
    text, n_shown, drawn_s = "", 0, 0.0
    yield {"status": status(_doing(job), done=0.0), "files": files.links(None), **buttons(running=True)}
    while job.wait():
        if job.cancel.is_set():
            return
        if job.finished:
            break
        fresh = job.segments[n_shown:]
        n_shown += len(fresh)
        values: Values = {"status": status(_doing(job), done=_share(job))}
        if fresh and not text:
            text = text_head(job.result())
            if job.language_probs:
                values["languages"] = views.language_bars(tuple(job.language_probs), "")
        if text:
            text += "".join(map(text_line, fresh))
            values["transcript"] = text
        if fresh and job.seconds - drawn_s > REDRAW_S:
            drawn_s = job.seconds
            values["waveform"] = views.waveform(job.tap.envelope(), job.segments[:n_shown], job.title, job.duration_s)
        yield values
    yield _ended(job)


def last(visit: Visit) -> Values:
    """Return what the page shows of a run that was stopped: what it had found, or else what stood there before."""
    job = visit.run.job
    if job is None:
        return waited()
    if job.segments or job.problem:
        return _ended(job)
    before = visit.kept["result"]
    sentence = "Stopped before the model was loaded" if job.model is None else "Stopped before any words were found"
    end = ": the transcript is that from before." if before is not None else "."
    return {"status": status(sentence + end), "files": files.links(before), **buttons(running=False)}


def _ended(job: Job) -> Values:
    if job.problem:
        return refused(job.problem)
    return finished(job.result())


def _doing(job: Job) -> str:
    if loading := job.loading_sentence():
        return loading
    if job.model is None:
        return "Looking the model up" if job.settings.model == OTHER else "Reading the sound"
    name = model_name(job.model.id)
    if not job.done_s:
        return f"{name} listens to the first 30 seconds of {clock_text(job.duration_s)}"
    return f"{name} transcribes: {clock_text(job.done_s)} of {clock_text(job.duration_s)}"


def _share(job: Job) -> float:
    loading = job.loading
    return loading[0] if loading is not None else job.done_s / max(job.duration_s, 1e-3)
