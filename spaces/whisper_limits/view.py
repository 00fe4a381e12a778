"""The page's handlers: from its state to what its open part shows. Tests call these functions as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import gradio as gr

from algorithms.whisper.fallback import Thresholds
from components.audio_input import OWN, OwnSound, hint
from components.figure import figure

from ..whisper.result import BASE, Result
from ..whisper.views import count, model_name, status
from . import compare, compare_view, fail_view
from .case import KINDS, Case, Made, make
from .compare import Scores
from .ladder import Outcome, precomputed, vad_of

PARTS = {"fail": "When it fails", "compare": "tiny.en against base"}
FIELDS = ("part", "fail", "clip", "snr", "speed", "times", "cut", "ear", "lp", "ns", "cr", "every", "vadt")
FIELDS += ("mess", "ref", "against", "norm", "model", "hub")
LIMITS = ("lp", "ns", "cr")  # what moves a verdict without another decoding
TEXTS = ("ref", "against", "norm")  # what moves a count without another transcript
MESS = {"none": "As it is", "snr": "Under noise", "speed": "Too fast"}
AGAINST = {"ref": "What was said", "base": "What base wrote"}


@dataclass(frozen=True)
class Compared:
    """What part B's run has found."""

    case: Case
    results: tuple[Result, ...]
    sizes: tuple[Any, ...] = ()


class Outputs(NamedTuple):
    """Everything a handler may redraw, in the order of the page's event outputs."""

    note: Any
    player: Any
    status: Any
    go: Any
    halt: Any
    run: Any  # gr.State: an Outcome
    compared: Any  # gr.State: a Compared
    controls_fail: Any
    controls_compare: Any
    pictures_fail: Any
    pictures_compare: Any
    box_snr: Any
    box_speed: Any
    box_times: Any
    box_cut: Any
    verdict: Any
    logprob: Any
    no_speech: Any
    compression: Any
    ladder: Any
    vad: Any
    vad_texts: Any
    about: Any
    rows: Any
    steps: Any
    sizes: Any
    files: Any
    reference: Any


def shown(**parts: Any) -> Outputs:
    """Return outputs that change only what is named."""
    return Outputs(**{name: parts.get(name, gr.skip()) for name in Outputs._fields})


def buttons(part: str, *, running: bool) -> dict[str, Any]:
    """Return the two buttons as they are while a run is or is not under way."""
    name = "Run" if part == "fail" else "Compare"
    return {"go": gr.update(value=name, interactive=not running), "halt": gr.update(interactive=running)}


def thresholds(fields: Mapping[str, Any]) -> Thresholds:
    """Return the limits as the sliders stand."""
    return Thresholds(logprob=fields["lp"], no_speech=fields["ns"], compression=fields["cr"])


def case_of(fields: Mapping[str, Any]) -> Case:
    """Return the sound that the open part is about."""
    fail = fields["fail"] if fields["part"] == "fail" else fields["mess"]
    numbers = {name: fields[name] for name in ("snr", "speed", "times", "cut")}
    return Case(fail=fail, clip=fields["clip"], **numbers)


def layout(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return which columns and settings are there to see."""
    case = case_of(fields)
    part = fields["part"]
    seen = {f"controls_{p}": gr.update(visible=p == part) for p in PARTS}
    seen |= {f"pictures_{p}": gr.update(visible=p == part) for p in PARTS}
    field = KINDS[case.fail].field
    return seen | {f"box_{name}": gr.update(visible=name == field) for name in ("snr", "speed", "times", "cut")}


def draw(
    own: OwnSound | None, run: Outcome | None, compared: Compared | None, moved: str = "", **fields: Any
) -> Outputs:
    """Draw the open part of the page.

    Parameters
    ----------
    own
        The visitor's own sound.
    run, compared
        What the two parts have found so far.
    moved
        The one field that has changed; "" draws everything.
    **fields
        The page's state by name.
    """
    if moved in ("model", "hub"):
        return shown(status=status("Press Compare to run the models that are chosen now."))
    if moved == "every":
        return shown(status=status("That holds from the next run on."))
    case = case_of(fields)
    if fields["part"] == "fail" and moved in LIMITS and run is not None:
        limits = thresholds(fields)
        return shown(**judged(run, limits), vad_texts=fail_view.vad_texts(run, limits, fields["vadt"]))
    try:
        made = make(case, own) if fields["part"] == "fail" else make(case, own, max_s=compare.MAX_S)
    except ValueError as problem:
        return nothing(fields, str(problem))
    base: dict[str, Any] = {}
    if moved not in (*LIMITS, *TEXTS, "vadt"):
        base = {
            **layout(fields),
            "player": made.sound(),
            "note": hint(made.notes),
            **buttons(fields["part"], running=False),
        }
    forgotten = {"run": None, "compared": None} if moved == "own" else {}  # both parts may have heard the old sound
    if fields["part"] == "fail":
        return shown(**{**forgotten, **base, **draw_fail(case, made, run, fields, moved)})
    return shown(**{**forgotten, **base, **draw_compare(case, made, compared, fields, moved)})


def nothing(fields: Mapping[str, Any], problem: str) -> Outputs:
    """Show why there is no sound."""
    return shown(
        **layout(fields),
        **buttons(fields["part"], running=False),
        note="",
        player=None,
        vad=figure([], alt="There is no sound to listen for speech in.", x_title="Time (s)"),
        status=status(problem, problem=True),
        run=None,
        compared=None,
        **judged(None, thresholds(fields)),
        vad_texts="",
        about="",
        rows=compare_view.rows((), (), ""),
        steps="",
        sizes="",
        files="",
        reference="",
    )


def judged(outcome: Outcome | None, limits: Thresholds) -> dict[str, Any]:
    """Return what depends on the limits alone."""
    gauges = {name: fail_view.gauge(name, outcome, limits) for name in fail_view.GAUGES}
    return {"verdict": fail_view.verdict(outcome, limits), "ladder": fail_view.ladder(outcome, limits), **gauges}


def draw_fail(
    case: Case, made: Made, run: Outcome | None, fields: Mapping[str, Any], moved: str = ""
) -> dict[str, Any]:
    """Return part A for a sound: with what is known of it, or ready to start."""
    limits = thresholds(fields)
    stale = run is None or run.case != case.plain() or run.ear != fields["ear"] or (moved == "own")
    if stale:
        run = precomputed(case, fields["ear"])
    parts: dict[str, Any] = {"vad_texts": fail_view.vad_texts(run, limits, fields["vadt"])}
    if moved != "vadt":
        parts |= judged(run, limits)
    if moved not in LIMITS:
        parts["vad"] = fail_view.vad_figure(made, *vad_of(made, fields["vadt"], run), fields["vadt"])
    if moved not in (*LIMITS, "vadt"):
        parts |= {"run": run, "about": fail_view.about(run, made, fields["fail"])}
        if stale or run.date:
            parts["status"] = status(fail_view.sentence(run, limits))
    return parts


def draw_compare(
    case: Case, made: Made, compared: Compared | None, fields: Mapping[str, Any], moved: str = ""
) -> dict[str, Any]:
    """Return part B for a sound."""
    plain = case.plain()
    if compared is None or compared.case != plain or moved == "own":
        results = compare.precomputed(case)
        compared = Compared(plain, results, tuple(compare_view.known_sizes(results)))
    results = compared.results
    reference, level, words = reference_of(made, fields)
    base = next((r for r in results if r.model.id == BASE), None)
    with_reference = fields["against"] == "ref" and bool(reference)
    scores = scored(results, reference if with_reference else None, base, level)
    names = "reference" if with_reference else model_name(BASE)
    parts = {
        "compared": compared,
        "rows": compare_view.rows(results, scores, names),
        "steps": compare_view.step_table(reference, results, level),
        "sizes": compare_view.sizes(results, scores, compared.sizes),
        "files": compare_view.download(results, scores),
        "reference": hint([words]),
    }
    if moved not in TEXTS:
        parts["status"] = status(compare_sentence(results, scores if with_reference else None))
    return parts


def reference_of(made: Made, fields: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return the reference text, the normaliser to use, and what is said about both."""
    typed = fields["ref"].strip()
    reference, level = typed or made.text, fields["norm"]
    if typed:
        words = "The reference is what you typed."
    elif reference:
        words = f"The reference is what the clip’s reader was given to read: “{reference}”"
    else:
        words = "Nobody has written down what is said here, so base stands in for the truth. Type it to count errors."
    if fields["against"] == "base" and reference:
        words = "The models are held against base, whoever is right: these are differences, not errors."
    if level == "english" and made.language not in ("", "en"):
        level = "basic"
        words += " Whisper’s English normaliser is for English; the basic one is used for this language."
    return reference, level, words


def scored(results: tuple[Result, ...], reference: str | None, base: Result | None, level: str) -> list[Scores | None]:
    """Hold every model against the reference; without one, all others against base."""
    if reference is not None:
        return [compare.score(reference, r.transcript, level) for r in results]
    text = base.transcript.text if base else ""
    return [None if r is base else compare.score(text, r.transcript, level) for r in results]


def compare_sentence(results: tuple[Result, ...], scores: list[Scores | None] | None) -> str:
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


def reset_for(fail: str) -> dict[str, Any]:
    """Return what a button of part A sets besides itself."""
    kind = KINDS[fail]
    return {"clip": kind.clip} if kind.clip else {}


def after_clip(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what choosing a sound sets: a kind that is made from nothing gives way to the chosen sound."""
    return {"fail": fields["fail"] if KINDS[fields["fail"]].speech else "none"}


def use_clip_words(clip: str) -> str:
    """Return an example clip's words, for the reference line, where they can be edited."""
    if clip == OWN:
        return ""
    return make(Case(fail="none", clip=clip)).text
