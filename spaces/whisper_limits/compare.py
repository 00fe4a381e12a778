"""Part B: what two models, or three, write of one sound, aligned with what was said and counted."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import gradio as gr

from components.audio_input import KEEP_S, OWN, hint
from components.lesson import Fields, On, Part, Visit
from components.model_picker import ModelPicker
from components.run_row import buttons
from components.words import count, status
from models.whisper.job import Job
from models.whisper.result import BASE, OTHER, Result, model_name

from .. import _gpu
from . import compare_view, counting
from .case import Case, Made, make
from .counting import Scores
from .hides import table
from .lesson import HIDES_INTRO
from .normalise import LEVELS
from .scene import Compared, Scene

TEXTS = ("ref", "against", "norm")  # what moves a count without another transcript
MESS = {"none": "As it is", "snr": "Under noise", "speed": "Too fast"}
AGAINST = {"ref": "What was said", "base": "What base wrote"}
BLOCK = {"apply_default_css": False}


def _chips(titles: Mapping[str, str], usual: str, label: str) -> gr.Radio:
    return gr.Radio([(title, key) for key, title in titles.items()], value=usual, label=label, elem_classes="lab-chips")


def controls() -> dict[str, Any]:
    """Lay out what stands on the left."""
    mess = _chips(MESS, "snr", "The chosen sound")
    picker = ModelPicker(
        [("none", counting.NO_THIRD)],
        other="hub id or local folder",
        label="A third model",
        placeholder="openai/whisper-small",
        other_info="Downloaded when you press Compare. Any Whisper with safetensors or CTranslate2 weights.",
    )
    return {"mess": mess, "model": picker.model, "hub": picker.name}


def draw() -> dict[str, Any]:
    """Lay the pictures out and name them."""
    made: dict[str, Any] = {"rows": compare_view.playable(), "reference": gr.HTML("", **BLOCK)}
    with gr.Row(elem_classes="limits-settings"):
        made["norm"] = _chips(LEVELS, "basic", "Normalise the text first")
        made["against"] = _chips(AGAINST, "ref", "Compare the models with")
    with gr.Row(elem_classes="limits-settings"):
        made["ref"] = gr.Textbox(
            "",
            label="Your own reference: what was said, word for word",
            info="Empty: the words that came with the clip.",
            lines=2,
            max_length=2000,
            scale=5,
        )
        made["prefill"] = gr.Button("Edit the clip’s words", size="sm", scale=1, min_width=140)
    made["steps"] = gr.HTML("", **BLOCK)
    gr.HTML('<h2 class="lab-section">Speed, memory, parameters</h2>', **BLOCK)
    made["sizes"] = gr.HTML("", **BLOCK)
    made["files"] = gr.HTML("", **BLOCK)
    gr.HTML(f'<h2 class="lab-section">What WER hides</h2><p class="limits-about">{HIDES_INTRO}</p>{table()}', **BLOCK)
    made["compared"] = gr.State(None, time_to_live=KEEP_S)
    return made


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Show a sound with what is known of it, or ready to start."""
    if fields.moved in ("model", "hub"):
        return {"status": status("Press Compare to run the models that are chosen now."), **buttons(running=False)}
    compared = scene.compared
    if compared is None:
        compared = compared_now(scene.case, counting.precomputed(scene.case))
    shown = counted(scene.made, compared, fields)
    if scene.running:
        del shown["status"]
    return shown


def nothing(_fields: Fields) -> dict[str, Any]:
    """Show that there is no sound."""
    empty = dict.fromkeys(("steps", "sizes", "files", "reference"), "")
    return {"rows": compare_view.rows((), (), ""), **empty, "compared": None}


def compared_now(case: Case, results: Sequence[Result]) -> Compared:
    """Return a comparison with the sizes of its models."""
    return Compared(case.plain(), tuple(results), tuple(compare_view.known_sizes(results)))


def counted(made: Made, compared: Compared, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page shows of a comparison."""
    results = compared.results
    reference, level, words = reference_of(made, fields)
    base = next((r for r in results if r.model.id == BASE), None)
    with_reference = fields["against"] == "ref" and bool(reference)
    scores = scored(results, reference if with_reference else None, base, level)
    names = "reference" if with_reference else model_name(BASE)
    return {
        "compared": compared,
        "rows": compare_view.rows(results, scores, names),
        "steps": compare_view.step_table(reference, results, level),
        "sizes": compare_view.sizes(results, scores, compared.sizes),
        "files": compare_view.download(results, scores),
        "reference": hint([words]),
        "status": status(sentence(results, scores if with_reference else None)),
    }


def reference_of(made: Made, fields: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return the reference text, the normaliser to use, and what is said about both."""
    typed = fields["ref"].strip()
    reference, level = typed or made.text, fields["norm"]
    if typed:
        words = "The reference is what you typed."
    elif reference and made.language not in ("", "en"):
        words = (
            f"The reference is what Whisper base wrote of this clip, read over: “{reference}” So base can have hardly "
            "any errors here, by construction; for a fair count, type what you hear."
        )
    elif reference:
        words = f"The reference is what the clip’s reader was given to read: “{reference}”"
    else:
        words = "Nobody has written down what is said here, so base stands in for the truth. Type it to count errors."
    if fields["against"] == "base" and reference:
        words = "The models are compared with base, whoever is right: these are differences, not errors."
    if level == "english" and made.language not in ("", "en"):
        level = "basic"
        words += " Whisper’s English normaliser is for English; the basic one is used for this language."
    return reference, level, words


def scored(results: Sequence[Result], reference: str | None, base: Result | None, level: str) -> list[Scores | None]:
    """Hold every model against the reference; without one, all others against base."""
    if reference is not None:
        return [counting.score(reference, r.transcript, level) for r in results]
    text = base.transcript.text if base else ""
    return [None if r is base else counting.score(text, r.transcript, level) for r in results]


def sentence(results: Sequence[Result], scores: Sequence[Scores | None] | None) -> str:
    """Return what the status line says about a comparison."""
    if not results:
        return "Press Compare to run both models on this sound."
    said = [f"{model_name(r.model.id)} wrote {count(len(r.transcript.text.split()), 'word')}" for r in results]
    if scores is not None:
        said = [
            f"{model_name(r.model.id)} WER {compare_view.percent(s.words.rate)}"
            for r, s in zip(results, scores, strict=True)
            if s is not None and s.words.n_ref
        ]
    dates = [r.date for r in results if r.date]
    begin = f"Precomputed on {dates[0]}: " if dates else "Done: "
    return begin + ", ".join(said) + (". Press Compare to run it now." if dates else ".")


def prefill(visit: Visit) -> dict[str, Any]:
    """Write an example clip's words into the reference line, where they can be edited."""
    clip = visit.fields["clip"]
    return {"ref": "" if clip == OWN else make(Case(fail="none", clip=clip)).text}


def run_models(visit: Visit) -> Iterator[dict[str, Any]]:
    """Compare: run one model after another on the same file."""
    case, fields = visit.scene.case, visit.fields
    folder = tempfile.mkdtemp(prefix="limits-")
    try:
        made, path = counting.sound_file(case, visit.own, folder)
        wanted = counting.wanted(case, fields["model"], fields["hub"])
        results: list[Result] = []
        problem = ""
        for i, settings in enumerate(wanted, start=1):
            name = settings.hub if settings.model == OTHER else model_name(settings.model)
            begins = f"{name}, model {i} of {len(wanted)}, begins"
            yield {"status": status(begins, done=(i - 1) / len(wanted)), **buttons(running=True)}
            visit.run.job = job = Job(settings, path, made.title, _gpu.decode_with_torch).start()
            while job.wait():
                if job.cancel.is_set():
                    return
                if job.finished:
                    break
                doing = job.loading_sentence() or f"{name} transcribes, model {i} of {len(wanted)}"
                share = job.done_s / max(job.duration_s, 1e-3)
                yield {"status": status(doing, done=(i - 1 + share) / len(wanted))}
            if job.problem:
                problem = job.problem
            else:
                results.append(job.result())
        shown = counted(made, compared_now(case, results), visit.run.fields or fields)
        if problem:
            shown["status"] = status(problem, problem=True)
        yield {**shown, **buttons(running=False)}
    finally:
        if visit.run.job is not None:
            visit.run.job.stop()
        shutil.rmtree(folder, ignore_errors=True)


def stopped(visit: Visit) -> dict[str, Any]:
    """Return what the page shows of a run that was stopped: what stood there before."""
    before = visit.kept["compared"]
    dates = [result.date for result in before.results if result.date] if before is not None else []
    if dates:
        said = f"Stopped: what is shown was precomputed on {dates[0]}."
    elif before is not None and before.results:
        said = "Stopped: what is shown is of the run before."
    else:
        said = "Stopped before the models had heard this sound to its end."
    return {"status": status(said), **buttons(running=False)}


PART = Part(
    slug="compare",
    title="tiny.en against base",
    controls=controls,
    draw=draw,
    show=show,
    fields=("mess", *TEXTS, "model", "hub"),
    on=(On(component="prefill", event="click", handler=prefill, redraw="ref"),),
)
