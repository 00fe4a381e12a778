"""Pictures and tables of the room: curves, texts aligned as characters, rates."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import numpy as np

from algorithms.text.letters import is_mark
from algorithms.text.wer import ErrorCounts, align, character_errors, count, normalize, word_errors
from components.figure import figure, line
from components.words import table

COLORS = {"cer": "var(--lab-c1)", "loss": "var(--lab-c2)"}
MARKS = {"hit": "right", "substitution": "other", "deletion": "missing", "insertion": "added"}


def percent(rate: float | None) -> str:
    """A rate in whole percent, on one line; a dash where a text has nothing to count."""
    return "–" if rate is None else f"{100 * rate:.0f}\N{NO-BREAK SPACE}%"


def curves(losses: Sequence[float], validations: Sequence[dict[str, Any]], steps: int, what: str) -> dict[str, Any]:
    """Draw the loss of every step and the CER of every validation.

    Parameters
    ----------
    validations : each with "step" and "cer"
    steps : of the whole run
    """
    at = [one["step"] for one in validations]
    cer = [100 * one["cer"] for one in validations]
    traces = []
    if losses:
        traces.append(
            line(np.arange(1, len(losses) + 1), np.array(losses), color=COLORS["loss"], name="Loss", yaxis="y2")
        )
    if cer:
        traces.append(
            line(np.array(at), np.array(cer), name="CER on other speakers", mode="lines+markers", marker={"size": 8})
        )
    alt = f"{what}: nothing is measured yet."
    if cer:
        alt = (
            f"{what}: the character error rate on other speakers is {cer[0]:.0f} % before the first step and "
            f"{cer[-1]:.0f} % after step {at[-1]}."
        )
    if losses:
        alt += f" The loss is {losses[0]:.2f} at the first step and {losses[-1]:.2f} at step {len(losses)}."
    return figure(
        traces,
        alt=alt,
        x_title="Step",
        y_title="CER (%)",
        x_range=(0, steps),
        yaxis={"rangemode": "tozero"},
        yaxis2={"title": "Loss (nats a token)", "overlaying": "y", "side": "right", "showgrid": False,
                "rangemode": "tozero", "tickformat": ".1f"},
        showlegend=True,
        legend={"orientation": "h", "y": 1.14, "x": 0},
        margin={"t": 28, "r": 56},
        dragmode=False,
    )  # fmt: skip


def clusters(reference: str, hypothesis: str) -> list[tuple[str, str, str]]:
    """Align two texts by characters and join each vowel sign to its letter: (kind, reference, hypothesis) a column.

    The error rate counts every character, so a column may hold more than one error; it is of the first kind found.
    """
    columns: list[list[str]] = []
    for edit in align(reference, hypothesis):
        ref, hyp = edit.ref or "", edit.hyp or ""
        joins = is_mark(ref or hyp) and is_mark(hyp or ref)
        if columns and joins:
            last = columns[-1]
            last[1], last[2] = last[1] + ref, last[2] + hyp
            last[0] = edit.kind if last[0] == "hit" else last[0]
        else:
            columns.append([edit.kind, ref, hyp])
    return [(kind, ref, hyp) for kind, ref, hyp in columns]


def aligned(reference: str, hypothesis: str, title: str) -> str:
    """The two texts, normalised, in columns of characters, as HTML."""
    cells = []
    for kind, ref, hyp in clusters(normalize(reference), normalize(hypothesis)):
        top, low = (html.escape(text).replace(" ", "␣") or "·" for text in (ref, hyp))
        cells.append(f'<span class="ft-{MARKS[kind]}"><b>{top}</b><i>{low}</i></span>')
    counts = character_errors(reference, hypothesis)
    said = (
        f"{counts.substitutions} other, {counts.deletions} missing, {counts.insertions} added of {counts.n_ref} "
        f"characters: CER {percent(counts.rate)}"
    )
    return (
        f'<section class="ft-aligned"><h4>{html.escape(title)}</h4><p class="ft-cells" lang="ml">{"".join(cells)}</p>'
        f"<p>{said}</p></section>"
    )


def four_rates(reference: str, hypothesis: str) -> tuple[str, str, str, str]:
    """CER and WER normalised, then as written."""
    found = (
        character_errors(reference, hypothesis),
        word_errors(reference, hypothesis),
        count(align(reference, hypothesis)),
        count(align(reference.split(), hypothesis.split())),
    )
    return tuple(percent(one.rate) for one in found)


def pooled(pairs: Sequence[tuple[str, str]]) -> tuple[str, str, str, str]:
    """As `four_rates`, over pairs of reference and hypothesis together."""
    kinds = (
        [character_errors(r, h) for r, h in pairs],
        [word_errors(r, h) for r, h in pairs],
        [count(align(r, h)) for r, h in pairs],
        [count(align(r.split(), h.split())) for r, h in pairs],
    )
    return tuple(percent(sum(kind, start=ErrorCounts(0, 0, 0, 0)).rate) for kind in kinds)


def sentences(validations: Sequence[dict[str, Any]]) -> str:
    """The three sentences as the first and the last validations wrote them, as HTML."""
    if not validations:
        return ""
    shown = [validations[0], *validations[1:-1][-1:], *validations[1:][-1:]]
    parts = []
    for place, one in enumerate(shown[0]["sentences"]):
        rows = [("said", one["said"], "")]
        rows += [
            (f"step {v['step']}", v["sentences"][place]["written"], percent(v["sentences"][place]["cer"]))
            for v in shown
        ]
        parts.append(
            table(
                (f"Sentence {place + 1}", "", "CER"),
                [(html.escape(when), f'<span lang="ml">{html.escape(text)}</span>', rate) for when, text, rate in rows],
            )
        )
    return f'<div class="ft-sentences">{"".join(parts)}</div>'
