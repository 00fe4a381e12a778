"""Part 3: how close the clone is: embeddings in two dimensions, similarities, and what more reference would bring."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import gradio as gr
import numpy as np

import models
from components.figure import Figure, figure, line
from components.lesson import Fields, Halt, On, Part, Visit
from components.page import text
from components.stopping import Stop
from components.words import status, table
from components.work import Stopped, Work, bar

from . import cloned, lengths
from .cloned import PRECOMPUTED, Result
from .pictures import MARGIN, REFERENCE, RESULT, SOURCE, sentence
from .scene import GATE, Scene, has_consent

VOICES = PRECOMPUTED / "cloning-voices.json"  # made by precompute.py

TEXT = r"""
**GE2E** (Wan et al. 2018) is a network that was trained to put recordings of one person close together and of different
people apart: three LSTM layers read 1.6 s at a time and give 256 numbers, scaled to length one. The **cosine** of two
such vectors is the usual measure of likeness. It says nothing about words or quality, and it is not proof of identity:
it was trained on real voices, and a clone that fools it may not fool a friend. The projection keeps only a part of the
distances, so read the numbers in the table, not the picture, when it matters.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {"map": Figure("Voices in two dimensions", height=320)}
    parts["likeness"] = gr.HTML("", apply_default_css=False)
    parts["scale"] = Figure("Cosine similarity: same and different speakers", height=240)
    text(
        "### What more reference would bring\n\nThe same sentence, cloned from the first seconds of the reference only."
    )
    with gr.Row(elem_classes="clone-row", equal_height=True):
        parts["measure"] = gr.Button("Measure it for this reference", min_width=220, scale=0)
        parts["measure_halt"] = gr.Button("Stop", visible=False, min_width=80, scale=0)
        parts["measure_line"] = gr.HTML("", apply_default_css=False)
    parts["seconds"] = Figure("Similarity over seconds of reference", height=220)
    parts["curve"] = gr.State(None, time_to_live=3600)
    text(TEXT)
    return parts


@lru_cache(maxsize=1)
def voices() -> dict[str, Any]:
    """Return the built-in voices' embeddings and what was measured of same and different speakers."""
    return json.loads(VOICES.read_text(encoding="utf-8"))


def plane(vectors: np.ndarray) -> tuple[np.ndarray, float]:
    """Project rows [n, D] onto their two main directions (PCA): float [n, 2], and the share of variance kept."""
    centred = vectors - vectors.mean(0)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    return u[:, :2] * s[:2], float((s[:2] ** 2).sum() / max((s**2).sum(), 1e-12))


def map_picture(result: Result) -> dict[str, Any]:
    """Draw the built-in voices, and reference, source and result among them."""
    known = voices()["voices"]
    own = (("source", "before cloning", SOURCE), ("reference", "reference", REFERENCE), ("result", "clone", RESULT))
    vectors = np.array([v["embedding"] for v in known] + [result.embeddings[name] for name, _, _ in own])
    xy, share = plane(vectors)
    names = [v["title"] for v in known]
    marker = {"size": 9, "color": "var(--lab-line)", "line": {"width": 1.5, "color": "var(--lab-c6)"}}
    hover = "%{text}<extra></extra>"
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "markers",
            "x": xy[: len(known), 0],
            "y": xy[: len(known), 1],
            "text": names,
            "marker": marker,
            "name": "built-in voices",
            "hovertemplate": hover,
        }
    ]
    for i, (_, title, colour) in enumerate(own, len(known)):
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": xy[i : i + 1, 0],
                "y": xy[i : i + 1, 1],
                "text": [title],
                "marker": {"size": 14, "color": colour, "symbol": "diamond"},
                "name": title,
                "hovertemplate": hover,
            }
        )
    before, after = (result.likeness(name, "reference") for name in ("source", "result"))
    return figure(
        traces,
        alt=f"The clone lies at a cosine of {after:.2f} from the reference, the voice before cloning at {before:.2f}. "
        f"The two directions keep {100 * share:.0f} % of the variance of {len(vectors)} embeddings.",
        home=str(hash(result.wish)),
        xaxis={"showticklabels": False, "title": f"main direction ({100 * share:.0f} % of the variance in both)"},
        yaxis={"showticklabels": False, "title": "second direction"},
        showlegend=True,
        legend={"orientation": "h", "y": 1.12},
        margin={**MARGIN, "t": 36, "r": 16, "l": 40},
    )


def likeness_table(result: Result) -> str:
    """Return the cosines of the three, as HTML."""
    rows = [
        ("the voice before cloning and the reference", f"{result.likeness('source', 'reference'):.3f}"),
        ("the clone and the reference", f"{result.likeness('result', 'reference'):.3f}"),
        ("the clone and the voice before cloning", f"{result.likeness('result', 'source'):.3f}"),
    ]
    return table(("Of", "Cosine"), rows)


def scale_picture(result: Result) -> dict[str, Any]:
    """Draw where pairs of real recordings lie, and this result among them."""
    ranges = voices()["ranges"]
    traces = []
    for name, title, colour in (
        ("different", "two different people", "var(--lab-c5)"),
        ("same", "one person twice", "var(--lab-c3)"),
    ):
        edges = np.array(ranges["edges"])
        traces.append(
            line(
                (edges[:-1] + edges[1:]) / 2,
                np.array(ranges[name]["share"]),
                color=colour,
                name=title,
                fill="tozeroy",
                hovertemplate="%{x:.2f}: %{y:.1f} % of pairs<extra></extra>",
            )
        )
    marks = [
        (result.likeness("source", "reference"), SOURCE, "before"),
        (result.likeness("result", "reference"), RESULT, "clone"),
    ]
    lines = [
        {"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "line": {"color": colour, "width": 2}}
        for x, colour, _ in marks
    ]
    words = [
        {"x": x, "y": 1, "yref": "paper", "text": name, "showarrow": False, "yanchor": "bottom", "font": {"size": 12}}
        for x, _, name in marks
    ]
    same, different = ranges["same"], ranges["different"]
    return figure(
        traces,
        alt=f"{ranges['origin']} One person twice: median {same['median']:.2f}, 5 % below {same['low']:.2f}. Different "
        f"people: median {different['median']:.2f}, 5 % above {different['high']:.2f}.",
        x_title="Cosine similarity to the reference",
        y_title="% of pairs",
        x_range=(0.2, 1.0),
        shapes=lines,
        annotations=words,
        showlegend=True,
        legend={"orientation": "h", "y": 1.16, "yanchor": "bottom"},  # above the two marks' names
        margin={**MARGIN, "t": 66, "r": 16},
    )


def curve_picture(curve: tuple[tuple[float, float], ...]) -> dict[str, Any]:
    """Draw the similarity over seconds of reference."""
    if not curve:
        return figure([], alt="Not measured yet for this reference: press the button.", dragmode=False)
    seconds, similar = (np.array(column, np.float32) for column in zip(*curve, strict=True))
    said = ", ".join(f"{v:.2f} with {s:.0f} s" for s, v in curve)
    return figure(
        [line(seconds, similar, mode="lines+markers", hovertemplate="%{x:.0f} s: %{y:.3f}<extra></extra>")],
        alt=f"Cosine similarity to the whole reference: {said}.",
        x_title="Seconds of reference",
        y_title="Cosine",
        margin={**MARGIN, "r": 16},
    )


MEASURING = Stop({})


def measure(visit: Visit) -> Iterator[dict[str, Any]]:
    """Clone from less and less of the reference, in a thread, with progress."""
    if not has_consent(visit):
        yield {"measure_line": status(GATE, problem=True)}
        return
    wish = cloned.wish_of(visit.own, visit.fields)
    visit.run.job = job = Work(lambda tell: lengths.curve(wish, tell))
    yield {"measure_line": bar(0.0, "Taking the reference apart"), "measure_halt": gr.update(visible=True)}
    try:
        for share, what in job.wait():
            yield {"measure_line": bar(share, what)}
    except Stopped:
        return
    except (ValueError, models.ModelUnavailable) as wrong:
        yield {"measure_line": status(str(wrong), problem=True), "measure_halt": gr.update(visible=False)}
        return
    yield {
        "curve": (wish, job.result),
        "seconds": curve_picture(job.result),
        "measure_line": "",
        "measure_halt": gr.update(visible=False),
    }


def halted(_visit: Visit) -> dict[str, Any]:
    """Say that it was stopped."""
    return {"measure_line": status("Stopped."), "measure_halt": gr.update(visible=False)}


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    result = scene.result
    if result is None:
        return {**dict.fromkeys(("map", "scale", "seconds")), "likeness": sentence(scene.problem), "measure_line": ""}
    return {
        "map": map_picture(result),
        "likeness": likeness_table(result),
        "scale": scale_picture(result),
        "seconds": curve_picture(scene.curve),
        "measure_line": "",
    }


PART = Part(
    slug="close",
    title="3 How close",
    draw=draw,
    show=show,
    on=(
        On(
            component="measure",
            event="click",
            handler=measure,
            halt=Halt(stop=MEASURING, button="measure_halt", last=halted),
        ),
    ),
)
