"""What Run, Compare and Stop do: one run a visitor, shown as it goes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from typing import Any

import gradio as gr

from components.audio_input import OwnSound
from components.model_picker import OTHER
from components.stopping import Run, Stop

from ..whisper.job import Job
from ..whisper.result import Result
from ..whisper.views import model_name, status
from . import compare, compare_view, fail_view, view
from .case import make
from .ladder import EARS, Ladder
from .view import Compared, Outputs, buttons, shown

STOP = Stop(shown())


def start(own: OwnSound | None, request: gr.Request | None = None, **fields: Any) -> Iterator[Outputs]:
    """Run what the open part runs and show it as it goes.

    Parameters
    ----------
    own, **fields
        As for `view.draw`.
    request
        Gradio's, for the session that Stop must find.
    """
    work = _climb if fields["part"] == "fail" else _compare
    try:
        yield from STOP.steps(request, lambda run: work(run, own, fields), lambda run: stopped(run, fields["part"]))
    except ValueError as problem:
        yield shown(status=status(str(problem), problem=True), **buttons(fields["part"], running=False))


def stopped(run: Run, part: str) -> Outputs:
    """Return what the page shows of a run that was stopped: what it had found stays."""
    job = run.job
    if not isinstance(job, Ladder):
        said = "Stopped: what is shown is of an earlier run."
        return shown(status=status(said), **buttons(part, running=False))
    outcome = job.outcome()
    n = len(outcome.attempts)
    return shown(
        run=outcome,
        status=status(f"Stopped after {n} attempt{'' if n == 1 else 's'}."),
        **view.judged(outcome, job.thresholds),
        vad_texts=fail_view.vad_texts(outcome, job.thresholds, job.vad_threshold),
        **buttons(part, running=False),
    )


def waited(part: str) -> Outputs:
    """Return what the page shows where a run was taken out of the queue."""
    return shown(status=status("Stopped before it began."), **buttons(part, running=False))


def _loading(job: Job) -> str:
    fraction, what = job.loading
    return f"{what} (only the first time; {100 * fraction:.0f} %)"


def _climb(run: Run, own: OwnSound | None, fields: dict[str, Any]) -> Iterator[Outputs]:
    case = view.case_of(fields)
    limits = view.thresholds(fields)
    made = make(case, own)
    job = run.job = Ladder(case, made, fields["ear"], limits, every=fields["every"], vad_threshold=fields["vadt"])
    name = EARS[job.ear]
    yield shown(
        status=status(f"{name} is about to listen", done=0.0),
        run=job.outcome(),
        **view.judged(job.outcome(), limits),
        vad_texts="",
        **buttons("fail", running=True),
    )
    job.start()
    n = 0
    while job.wait():
        if job.cancel.is_set():
            return
        if job.finished:
            break
        if job.loading is not None:
            yield shown(status=status(_loading(job), done=job.loading[0]))
            continue
        outcome = job.outcome()
        doing = f"{name}: attempt {len(outcome.attempts) + 1} of at most 6" if not n else ""
        doing = doing or f"{name}: {len(outcome.attempts)} of at most 6 attempts made"
        parts: dict[str, Any] = {"status": status(doing, done=len(outcome.attempts) / 7)}
        if len(outcome.attempts) > n:
            n = len(outcome.attempts)
            parts |= {"run": outcome, **view.judged(outcome, limits)}  # limits can be moved meanwhile
        yield shown(**parts)
    if job.problem:
        yield shown(status=status(job.problem, problem=True), **buttons("fail", running=False))
        return
    outcome = job.outcome()
    seconds = job.encode_s + sum(a.seconds for a in outcome.attempts)
    yield shown(
        run=outcome,
        status=status(fail_view.sentence(outcome, limits, seconds)),
        **view.judged(outcome, limits),
        vad_texts=fail_view.vad_texts(outcome, limits, fields["vadt"]),
        about=fail_view.about(outcome, made, fields["fail"]),
        **buttons("fail", running=False),
    )


def _compare(run: Run, own: OwnSound | None, fields: dict[str, Any]) -> Iterator[Outputs]:
    case = view.case_of(fields)
    folder = tempfile.mkdtemp(prefix="limits-")
    try:
        made, path = compare.sound_file(case, own, folder)
        runs = compare.wanted(case, fields["model"], fields["hub"])
        results: list[Result] = []
        problem = ""
        for i, settings in enumerate(runs, start=1):
            name = settings.hub if settings.model == OTHER else model_name(settings.model)
            yield shown(
                status=status(f"{name}, model {i} of {len(runs)}, begins", done=(i - 1) / len(runs)),
                **buttons("compare", running=True),
            )
            job = run.job = Job(settings, path, made.title).start()
            while job.wait():
                if job.cancel.is_set():
                    return
                if job.finished:
                    break
                doing = _loading(job) if job.loading is not None else f"{name} transcribes, model {i} of {len(runs)}"
                share = job.done_s / max(job.duration_s, 1e-3)
                yield shown(status=status(doing, done=(i - 1 + share) / len(runs)))
            if job.problem:
                problem = job.problem
            else:
                results.append(job.result())
        found = tuple(results)
        compared = Compared(case.plain(), found, tuple(compare_view.known_sizes(found)))
        parts = view.draw_compare(case, made, compared, fields)
        if problem:
            parts["status"] = status(problem, problem=True)
        yield shown(**parts, **buttons("compare", running=False))
    finally:
        if run.job is not None:
            run.job.stop()
        shutil.rmtree(folder, ignore_errors=True)
