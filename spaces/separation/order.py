"""Part 2: which output is whose? All pairs, all orders, and a small network trained with and without PIT."""

from __future__ import annotations

from math import factorial
from typing import Any

import gradio as gr
import numpy as np

from algorithms import separation as sep
from components.figure import Figure, figure
from components.lesson import Fields, Part, Visit
from components.lesson import On as Event
from components.page import text
from components.player import Player
from components.words import table

from . import training
from .scene import Scene
from .sound import Apart
from .words import card, db, escaped, sound

TEXT = r"""
The network's outputs have no names: nothing in the sound says which speaker is "the first". If training compared
output 1 with speaker 1 of a list, the network would be punished for a perfect separation in the other order.
**Permutation invariant training** (PIT) tries every order $\pi$ and trains on the best:

$$\mathcal{L} = \min_{\pi} \; -\frac{1}{k} \sum_{j=1}^{k} \text{SI-SDR}\!\left(\hat{s}_{\pi(j)},\, s_j\right)$$

The pairs are scored once, $k^2$ numbers; only sums of them differ between orders. With two speakers there are two
orders. With many, one does not list $k!$ of them: the **Hungarian method** finds the best assignment in about $k^3$
steps.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    text(TEXT)
    parts["pairs"] = Figure(
        "SI-SDR of every output against every true voice", height=250, hint="click a cell to hear it"
    )
    parts["px"] = gr.Number(0, visible="hidden", minimum=0, maximum=2, step=1)
    parts["py"] = gr.Number(0, visible="hidden", minimum=0, maximum=1, step=1)
    with gr.Row(elem_classes="sep-pair"):
        parts["pair_output"] = Player("pair-output", label="The output of the cell")
        parts["pair_truth"] = Player("pair-truth", label="The true voice of the cell")
    parts["pair_card"] = gr.HTML("", apply_default_css=False)
    parts["orders"] = gr.HTML("", apply_default_css=False)
    gr.HTML("<h3>More speakers: list every order, or assign?</h3>", apply_default_css=False)
    parts["many"] = gr.Slider(2, 8, 3, step=1, label="Speakers")
    parts["assignment"] = gr.HTML("", apply_default_css=False)
    return parts | training.draw()


def cell_of(apart: Apart, fields: Fields) -> tuple[int, int]:
    """Return the cell (output, voice) that is looked at."""
    return min(int(fields["py"]), 1), min(int(fields["px"]), len(apart.mixed.names) - 1)


def matrix(apart: Apart, at: tuple[int, int]) -> dict[str, Any]:
    """Draw the pairwise scores; the pairs of the best order are framed, the looked-at cell has a dotted line."""
    scores = np.nan_to_num(apart.scores, nan=-60.0)
    names = list(apart.mixed.names)
    top = max(float(np.abs(np.clip(scores, -40, 40)).max()), 1.0)
    frames = [
        {
            "type": "rect",
            "x0": v - 0.48,
            "x1": v + 0.48,
            "y0": i - 0.46,
            "y1": i + 0.46,
            "line": {"width": 3, "color": "var(--lab-good)"},
        }
        for i, v in enumerate(apart.match)
    ]
    image = {
        "type": "heatmap",
        "z": np.clip(scores, -40, 40).astype(np.float32),
        "x": list(range(len(names))),
        "y": [0, 1],
        "zmin": -top,
        "zmax": top,
        "colorscale": "RdBu",
        "reversescale": False,
        "showscale": False,
        "hovertemplate": "output %{y}, voice %{x}: %{z:.1f} dB<extra></extra>",
    }
    labels = [
        {
            "x": v,
            "y": i,
            "text": db(float(apart.scores[i, v])),
            "showarrow": False,
            "font": {"size": 16, "color": "#111"},
            "bgcolor": "rgba(255,255,255,.75)",
        }
        for i in range(2)
        for v in range(len(names))
    ]
    said = "; ".join(
        f"output {i + 1} against {name}: {db(float(apart.scores[i, v]))}"
        for i in range(2)
        for v, name in enumerate(names)
    )
    ring = {
        "type": "rect",
        "x0": at[1] - 0.42,
        "x1": at[1] + 0.42,
        "y0": at[0] - 0.38,
        "y1": at[0] + 0.38,
        "line": {"width": 2, "dash": "dot", "color": "#111"},
    }
    return figure(
        [image],
        alt=f"SI-SDR: {said}. The best order is framed.",
        x_title="True voice",
        y_title="Output",
        xaxis={"tickvals": list(range(len(names))), "ticktext": [escaped(name) for name in names]},
        yaxis={"tickvals": [0, 1], "ticktext": ["1", "2"], "autorange": "reversed"},
        shapes=[*frames, ring],
        annotations=labels,
        dragmode=False,
    )


def orders(apart: Apart) -> str:
    """Return the table of orders with their loss as HTML."""
    if apart.scores.shape != (2, 2):
        return (
            '<p class="sep-sentence">There are more voices than outputs, so no order can be right: each output is '
            "compared "
            "with the voice that it fits best, and one voice has no output.</p>"
        )
    rows = []
    names = [escaped(name) for name in apart.mixed.names]
    for order, loss in sep.all_orders(apart.scores):
        said = ", ".join(f"output {i + 1} is {name}" for name, i in zip(names, order, strict=True))
        terms = " + ".join(f"({db(float(apart.scores[i, j]))})" for j, i in enumerate(order))
        listed = "the list's order" if order == (0, 1) else "swapped"
        rows.append((said, listed, f"−½ · [{terms}]", db(loss)))
    fixed = next(loss for order, loss in sep.all_orders(apart.scores) if order == (0, 1))
    best = sep.all_orders(apart.scores)[0][1]
    if fixed > best:
        verdict = (
            f"A loss in fixed order would have charged this result {db(fixed)} instead of {db(best)}: it would have "
            "taught the network that it is wrong."
        )
    else:
        verdict = (
            "Here the network happens to use the list's order, so a loss in fixed order would agree; for another "
            "mixture it may not."
        )
    return table(("Order", "", "Loss", ""), rows, marked=(0,)) + f'<p class="sep-sentence">{verdict}</p>'


def assignment(k: int) -> str:
    """Return, as HTML, how both methods assign `k` outputs on a matrix that is made up (and always the same)."""
    made_up = np.random.default_rng(k).normal(-8, 4, (k, k))
    made_up[np.random.default_rng(k + 50).permutation(k), np.arange(k)] += 14
    tried, assigned = sep.best_order(made_up), sep.best_order_by_assignment(made_up)
    rows = [
        ("try every order", f"{factorial(k):,} orders", " ".join(str(i + 1) for i in tried)),
        ("Hungarian method", f"about k³ = {k**3:,} steps", " ".join(str(i + 1) for i in assigned)),
    ]
    said = "Both give the same order." if tried == assigned else "They differ, which can only be a tie."
    return table(("", "Work", "Output for speaker 1, 2, ..."), rows) + (
        f'<p class="sep-sentence">A made-up matrix of {k} × {k} scores. {said} With 20 speakers there are '
        f"{factorial(20):.1e} orders, and {20**3:,} steps.</p>"
    )


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    values = {"assignment": assignment(int(fields["many"]))} | training.show(scene)
    apart = scene.apart
    if apart is None or apart.scores is None:
        why = scene.problem or "Nobody knows the true voices of this mixture, so there is nothing to compare with."
        blank = figure([], alt=why, dragmode=False)
        empty = dict.fromkeys(("pair_output", "pair_truth"))
        return {**values, **empty, "pairs": blank, "pair_card": card("No truth", escaped(why)), "orders": ""}
    output, voice = at = cell_of(apart, fields)
    name = apart.mixed.names[voice]
    found = sep.parts_of(apart.outputs[output], apart.mixed.sources[voice])
    formula = (
        f"SI-SDR = 10 lg( |α·s|² / |output − α·s|² ) = 10 lg( {found.target_energy:.4g} / {found.error_energy:.4g} ) = "
        f"<strong>{db(float(apart.scores[output, voice]))}</strong>"
    )
    scaled = f"α = ⟨output, s⟩ / ⟨s, s⟩ = {found.scale:.3f}: how much of this voice is in the output."
    return {
        **values,
        "pairs": matrix(apart, at),
        "pair_output": sound(f"Output {output + 1}", apart.outputs[output]),
        "pair_truth": sound(f"{name}: the true voice", apart.mixed.sources[voice]),
        "pair_card": card(f"Output {output + 1} against {name}", formula, scaled),
        "orders": orders(apart),
    }


def clicked(visit: Visit) -> dict[str, int]:
    """Look at a cell."""
    return {
        "px": int(np.clip(round(float(visit.event.x)), 0, 2)),
        "py": int(np.clip(round(float(visit.event.y)), 0, 1)),
    }


PART = Part(
    slug="order",
    title="2 Whose output?",
    draw=draw,
    fields=("px", "py", "many"),
    show=show,
    on=(Event(component="pairs", event="pick", handler=clicked, redraw="px"), *training.ON),
)
