"""Part A: a sound that is hard, one window of it at six temperatures, and what the checks make of each attempt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import gradio as gr

from algorithms.whisper.fallback import Thresholds
from components.audio_input import KEEP_S
from components.figure import Figure, figure
from components.lesson import Fields, Part, Visit
from components.run_row import buttons, refused
from components.words import count, status

from . import fail_view
from .case import KINDS
from .ladder import EARS, TINY_EN, VAD_THRESHOLD, Ladder, Outcome, precomputed, vad_of
from .scene import Scene

LIMITS = ("lp", "ns", "cr")  # what moves a verdict without another decoding
BLOCK = {"apply_default_css": False}


def controls() -> dict[str, Any]:
    """Lay out what stands on the left."""
    kinds = [(kind.title, key) for key, kind in KINDS.items()]
    ears = [(title, key) for key, title in EARS.items()]
    return {
        "fail": gr.Radio(kinds, value="music", label="Make a hard sound", elem_classes="lab-chips"),
        "ear": gr.Radio(ears, value=TINY_EN, label="Who listens", elem_classes="lab-chips"),
        "every": gr.Checkbox(True, label="Try all six temperatures, even after one has passed"),
    }


def draw() -> dict[str, Any]:
    """Lay the pictures out and name them."""
    made: dict[str, Any] = {"verdict": gr.HTML("", **BLOCK)}
    limits = {
        "logprob": ("lp", -2, 0, -1.0, 0.05, "Limit: unsure below"),
        "no_speech": ("ns", 0, 1, 0.6, 0.05, "Limit: no speech above"),
        "compression": ("cr", 0.5, 5, 2.4, 0.1, "Limit: repeats itself above"),
    }
    with gr.Row(elem_classes="limits-gauges", equal_height=True):
        for name, (field, low, high, usual, step, label) in limits.items():
            with gr.Column(min_width=200):
                made[name] = gr.HTML(fail_view.gauge(name, None, Thresholds()), **BLOCK)
                made[field] = gr.Slider(low, high, usual, step=step, label=label)
    gr.HTML('<h2 class="lab-section">The temperature fallback, attempt by attempt</h2>', **BLOCK)
    made["ladder"] = gr.HTML("", **BLOCK)
    made["about"] = gr.HTML("", **BLOCK)
    gr.HTML('<h2 class="lab-section">With and without voice activity detection</h2>', **BLOCK)
    made["vad"] = Figure(
        "Where Silero hears speech", clock="limits", height=190, hint="line: probability; shaded: kept; click to listen"
    )
    made["vadt"] = gr.Slider(0.05, 0.95, VAD_THRESHOLD, step=0.05, label="Speech where the probability is above")
    made["vad_texts"] = gr.HTML("", **BLOCK)
    made["run"] = gr.State(None, time_to_live=KEEP_S)
    return made


def thresholds(fields: Mapping[str, Any]) -> Thresholds:
    """Return the limits as the sliders stand."""
    return Thresholds(logprob=fields["lp"], no_speech=fields["ns"], compression=fields["cr"])


def judged(outcome: Outcome | None, limits: Thresholds) -> dict[str, Any]:
    """Return what depends on the limits alone."""
    gauges = {name: fail_view.gauge(name, outcome, limits) for name in fail_view.GAUGES}
    return {"verdict": fail_view.verdict(outcome, limits), "ladder": fail_view.ladder(outcome, limits), **gauges}


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Show a sound with what is known of it, or ready to start."""
    if fields.moved == "every":
        return {"status": status("That takes effect with the next run.")}
    limits, threshold = thresholds(fields), fields["vadt"]
    run = scene.run or precomputed(scene.case, fields["ear"])
    texts = {"vad_texts": fail_view.vad_texts(run, limits, threshold)}
    if fields.moved in LIMITS:
        return {**judged(run, limits), **texts}
    heard = vad_of(scene.made, threshold, run)
    speech = {"vad": fail_view.vad_figure(scene.made, *heard, threshold), **texts}
    if fields.moved == "vadt":
        return speech
    shown = {**judged(run, limits), **speech, "about": fail_view.about(run, scene.made, fields["fail"]), "run": run}
    if scene.run is None or run.date:
        shown["status"] = status(fail_view.sentence(run, limits))
    return shown


def nothing(fields: Fields) -> dict[str, Any]:
    """Show that there is no sound."""
    empty = figure([], alt="There is no sound to search for speech.", x_title="Time (s)")
    return {**judged(None, thresholds(fields)), "vad": empty, "vad_texts": "", "about": "", "run": None}


def climb(visit: Visit) -> Iterator[dict[str, Any]]:
    """Run: decode at one temperature after another and show each attempt as it is made."""
    fields, scene = visit.fields, visit.scene
    limits, threshold = thresholds(fields), fields["vadt"]
    job = Ladder(scene.case, scene.made, fields["ear"], limits, every=fields["every"], vad_threshold=threshold)
    visit.run.job = job
    name = EARS[job.ear]
    yield {
        "status": status(f"{name} is about to listen", done=0.0),
        "run": job.outcome(),
        **judged(job.outcome(), limits),
        "vad_texts": "",
        **buttons(running=True),
    }
    job.start()
    n = 0
    while job.wait():
        if job.cancel.is_set():
            return
        if job.finished:
            break
        if (loading := job.loading) is not None:
            yield {"status": status(job.loading_sentence(), done=loading[0])}
            continue
        outcome = job.outcome()
        made = len(outcome.attempts)
        doing = f"{made} of at most 6 attempts made" if n else f"attempt {made + 1} of at most 6"
        values: dict[str, Any] = {"status": status(f"{name}: {doing}", done=made / 7)}
        if made > n:
            n = made
            values |= {"run": outcome, **judged(outcome, _limits_now(visit))}
        yield values
    if job.problem:
        yield refused(job.problem)
        return
    outcome = job.outcome()
    seconds = job.encode_s + sum(a.seconds for a in outcome.attempts)
    yield {
        **found(visit, fail_view.sentence(outcome, _limits_now(visit), seconds)),
        "about": fail_view.about(outcome, scene.made, fields["fail"]),
    }


def _limits_now(visit: Visit) -> Thresholds:
    """Return the limits as they stand by now: they can be moved while a run goes on."""
    return thresholds(visit.run.fields or visit.fields)


def found(visit: Visit, sentence: str) -> dict[str, Any]:
    """Return what the page shows of a run that has ended."""
    job, limits = visit.run.job, _limits_now(visit)
    outcome = job.outcome()
    return {
        "run": outcome,
        "status": status(sentence),
        **judged(outcome, limits),
        "vad_texts": fail_view.vad_texts(outcome, limits, job.vad_threshold),
        **buttons(running=False),
    }


def stopped(visit: Visit) -> dict[str, Any]:
    """Return what the page shows of a run that was stopped: what it had found, or else what stood there before."""
    made = len(visit.run.job.attempts)
    if made:
        return found(visit, f"Stopped after {count(made, 'attempt')}.")
    before, limits = visit.kept["run"], _limits_now(visit)
    texts = fail_view.vad_texts(before, limits, visit.fields["vadt"])
    end = ": what is shown is from before." if before is not None else "."
    said = {"status": status(f"Stopped before the first attempt was made{end}"), **buttons(running=False)}
    return {**said, "run": before, "vad_texts": texts, **judged(before, limits)}


PART = Part(
    slug="fail",
    title="When it fails",
    controls=controls,
    draw=draw,
    show=show,
    fields=("fail", "ear", *LIMITS, "every", "vadt"),
)
