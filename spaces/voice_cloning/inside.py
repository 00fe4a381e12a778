"""Part 2: which place of the reference each moment of the clone comes from; click to hear both."""

from __future__ import annotations

from typing import Any

import gradio as gr
import numpy as np

from components.figure import MAGMA, Figure, figure
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.player import Player

from .cloned import Result
from .pictures import MARGIN, mel, piece, sentence, sound
from .scene import Scene

AROUND_S = 0.4  # of sound that is heard around a click

TEXT = r"""
**The picture.** Across: the time of the clone. Up: the time in the reference whose sound stands there. A rising line is
a stretch that was spoken in one go; every jump is a join, as in the cut-and-paste synthesis of the 1990s. The colour is
how similar the two rows of content are.

**The path.** Taking the best row at every moment jumps several times in every sound, and each jump is heard as
roughness. So $k$ candidates $r$ are kept at each time $t$, and the Viterbi algorithm finds the sequence with the least

$$\sum_t \bigl(1 - \cos(s_t, f_{r_t}) + 0.3\,v_t\bigr)
+ \lambda \sum_t \tfrac{1}{\sqrt{24}} \lVert e_{r_{t-1} + 1} - e_{r_t} \rVert$$

where $s$ are the sentence's rows, $f$ the reference's, $e$ their spectra as 24 numbers each, and $v_t$ is 1 where one
of the two rows is voiced and the other is not (else 0). To go on to the next row of the reference is free, to jump
costs what the ear would notice. *Continuity* above is $\lambda$.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    parts["continuity"] = gr.Radio(
        [("none: each moment for itself", "0"), ("as tuned", "usual"), ("four times that", "high")],
        value="usual",
        label="Continuity",
        elem_classes="lab-chips",
    )
    parts["path"] = Figure("Where each moment comes from", clock="clone", height=300, hint="click to hear both places")
    parts["at"] = gr.Number(0, visible="hidden", minimum=0, maximum=600, step=0.01)
    parts["path_facts"] = gr.HTML("", apply_default_css=False)
    with gr.Row(elem_classes="clone-pair"):
        parts["moment"] = Player("moment", label="This moment of the clone", empty="Click the picture")
        parts["origin"] = Player("origin", label="The reference at that place", empty="Click the picture")
    text("### Source, clone and reference")
    parts["mel_source"] = Figure("What went in: mel spectrogram", clock="source", height=150)
    parts["mel_result"] = Figure("What came out: mel spectrogram", clock="clone", height=150)
    parts["mel_reference"] = Figure("The reference: mel spectrogram", clock="reference", height=150)
    text(TEXT)
    return parts


def path_picture(result: Result, at_s: float) -> dict[str, Any]:
    """Draw the path: a dot every 10 ms, coloured by similarity."""
    times = (np.arange(len(result.reference_rows)) / 100).astype(np.float32)
    places = (result.reference_rows / 100).astype(np.float32)
    trace = {
        "type": "scattergl" if len(times) > 3000 else "scatter",
        "mode": "markers",
        "x": times,
        "y": places,
        "marker": {
            "size": 4,
            "color": result.similarity.astype(np.float32),
            "colorscale": MAGMA,
            "cmin": 0.2,
            "cmax": 1.0,
            "colorbar": {"title": {"text": "cosine", "side": "top", "font": {"size": 11}}},
        },
        "hovertemplate": "%{x:.2f} s of the clone<br>%{y:.2f} s of the reference<br>%{marker.color:.2f}<extra></extra>",
    }
    mark = {"type": "line", "x0": at_s, "x1": at_s, "yref": "paper", "y0": 0, "y1": 1, "line": {"dash": "dot"}}
    return figure(
        [trace],
        alt=f"{len(times)} moments of the clone come from {result.joins + 1} stretches of the reference.",
        x_title="Time in the clone (s)",
        y_title="Time in the reference (s)",
        home=str(hash(result.wish)),
        xaxis={"range": [0, round(len(result.y) / 16_000, 3)], "automargin": False},
        yaxis={"range": [0, round(len(result.reference) / 16_000, 2)]},
        margin=MARGIN,
        shapes=[mark] if at_s else [],
    )


def path_facts(result: Result) -> str:
    """Say how well the path hangs together."""
    n = len(result.reference_rows)
    used = len(np.unique(result.reference_rows))
    mean_ms = 10 * n / (result.joins + 1)
    return sentence(
        f"{result.joins + 1} stretches of {mean_ms:.0f} ms on average; mean similarity {result.similarity.mean():.2f} "
        f"(a frame whose voicing does not fit counts less). {used} of the reference’s "
        f"{len(result.reference) // 160} rows are used."
    )


def clicked(visit: Visit) -> dict[str, Any]:
    """Take the place of a click over."""
    return {"at": round(float(visit.event._data["x"]), 2)}


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    result = scene.result
    if result is None:
        names = ("path", "moment", "origin", "mel_source", "mel_result", "mel_reference")
        return {**dict.fromkeys(names), "path_facts": sentence(scene.problem)}
    values: dict[str, Any] = {}
    home = str(hash(result.wish))
    at_s = min(float(fields["at"] or 0), max(len(result.reference_rows) / 100 - 0.01, 0))
    if at_s:
        row = round(at_s * 100)
        place_s = float(result.reference_rows[row]) / 100
        values |= {
            "moment": sound(f"The clone around {at_s:.2f} s", piece(result.y, at_s, AROUND_S)),
            "origin": sound(f"The reference around {place_s:.2f} s", piece(result.reference, place_s, AROUND_S)),
        }
    else:
        values |= {"moment": None, "origin": None}
    values |= {"path": path_picture(result, at_s), "path_facts": path_facts(result)}
    if fields.moved != "at":
        values |= {
            "mel_source": mel(result.source, alt="Mel spectrogram of what was converted.", home=home),
            "mel_result": mel(result.y, alt="Mel spectrogram of the clone.", home=home),
            "mel_reference": mel(result.reference, alt="Mel spectrogram of the reference.", home=home),
        }
    return values


PART = Part(
    slug="inside",
    title="2 Where it comes from",
    draw=draw,
    fields=("continuity", "at"),
    show=show,
    on=(On(component="path", event="pick", handler=clicked, redraw="at"),),
    forget={"continuity": {"at": 0}},
)
