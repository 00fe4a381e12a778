"""Part 1: attention as it decodes: the alignment step by step, and every cell taken apart."""

from __future__ import annotations

import time
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from components.figure import Figure, figure, line
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.words import table

from . import pictures
from .pictures import CLOCK, sentence
from .speech import Spoken

if TYPE_CHECKING:
    from .page import Scene

PICTURES, WAIT_S = 24, 0.08  # while it is watched
TEXT = r"""
**Each step asks one question of the whole sentence.** The decoder's first LSTM makes a query $s_i$ of what was written
so far. Every token $j$ gets an energy, and a softmax over the tokens turns energies into weights:

$$e_{ij} = v^\top \tanh(W s_i + V h_j + U f_{ij} + b), \qquad \alpha_{ij} = \frac{e^{e_{ij}}}{\sum_k e^{e_{ik}}}$$

$h_j$ is the **memory**: what the encoder says of the token and its neighbours. $f_{ij}$ is the **location** term: a
small convolution over the weights of the last step and the sum of all weights so far. It is how the network knows
where it was, and what it has said already. The decoder then gets the sum of the memories, weighted by $\alpha$, and
writes four frames.

The three terms stand inside a $\tanh$, so an energy is not their sum. What a term does is told by leaving it out: the
other two stay as they are, and the energy is computed again. Only differences between the tokens of one step count;
a number added to all of them changes no weight.

**Own frames or true frames.** In training every step is told the *true* frame before it (teacher forcing); when the
network speaks, it is told its own. Change that on the left and compare.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {
        "matrix": Figure("Where each step looks", clock=CLOCK, height=320, hint="click a cell"),
    }
    with gr.Row(elem_classes="taco-row"):
        parts["upto"] = gr.Slider(2, 100, 100, step=1, label="Decoded so far (%)", min_width=180)
        parts["watch"] = gr.Button("Watch it decode", size="sm", min_width=140, scale=0)
    parts["step"] = gr.Number(-1, visible="hidden", minimum=-1, maximum=2000, step=1, precision=0)
    parts["token"] = gr.Number(-1, visible="hidden", minimum=-1, maximum=400, step=1, precision=0)
    parts["cell"] = gr.HTML("", apply_default_css=False)
    parts["stops"] = Figure("The stop token’s probability", clock=CLOCK, height=150)
    parts["energy"] = Figure("The energies of this step, and without each term", height=260)
    text(TEXT)
    return parts


def chosen(spoken: Spoken, fields: Fields) -> tuple[int, int]:
    """Return the step and token that are taken apart: those clicked, else the middle step and where it looks most."""
    weights = spoken.got.weights
    step, token = int(fields["step"]), int(fields["token"])
    if not 0 <= step < len(weights):
        step, token = len(weights) // 2, -1
    if not 0 <= token < weights.shape[1]:
        token = int(weights[step].argmax())
    return step, token


def word_at(spoken: Spoken, token: int) -> str:
    """Return the sounds of the word that a token belongs to; "" for a space."""
    names = spoken.names
    if names[token] == "␣":
        return ""
    first = max((i for i in range(token) if names[i] == "␣"), default=-1) + 1
    last = next((i for i in range(token, len(names)) if names[i] == "␣"), len(names))
    return "".join(names[first:last])


def softmax(energies: np.ndarray) -> np.ndarray:
    """Weights of energies [N], float64, sum one."""
    e = np.exp(energies.astype(np.float64) - energies.max())
    return e / e.sum()


def cell(spoken: Spoken, step: int, token: int) -> str:
    """Take one cell apart, as HTML: its weight, and its energy and weight without each term."""
    energies = spoken.got.energies[:, step]  # [4, N]
    weight = float(spoken.got.weights[step, token])
    best = int(spoken.got.weights[step].argmax())
    name, word = escape(spoken.names[token]), escape(word_at(spoken, token))
    said = (
        f"Step {step + 1} of {len(spoken.got.weights)}, at {(step + 0.5) * spoken.step_s:.2f} s: "
        f"<strong>{name}</strong>{f' of “{word}”' if word and word != name else ''} "
        f"gets {100 * weight:.1f} % of the attention"
    )
    said += "." if best == token else f"; most goes to {escape(spoken.names[best])}."
    said += f" The stop token’s probability here is {spoken.got.stop[step]:.3f}."
    rows = []
    for i, words in enumerate(("all three terms", "without the query", "without the memory", "without the location")):
        without = softmax(energies[i])
        to = int(without.argmax())
        change = "" if i == 0 else f"{energies[0, token] - energies[i, token]:+.2f}"
        rows.append(
            (words, f"{energies[i, token]:.2f}", change, f"{100 * without[token]:.1f} %", escape(spoken.names[to]))
        )
    head = ("Energy with", "This cell", "What the term adds", "Weight it would get", "Most attended token")
    return sentence(said) + table(head, rows)


def energy(spoken: Spoken, step: int, token: int) -> dict[str, Any]:
    """Draw a step's energies over the tokens, with all terms and without each."""
    energies = spoken.got.energies[:, step]
    x = np.arange(energies.shape[1])
    titles = ("all terms", "without query", "without memory", "without location")
    colors = ("var(--lab-c1)", "var(--lab-c2)", "var(--lab-c3)", "var(--lab-c4)")
    lines = [
        line(x, energies[i], color=colors[i], name=titles[i], line={"width": 2.5 if i == 0 else 1.5, **dash})
        for i, dash in enumerate(({}, {"dash": "dot"}, {"dash": "dot"}, {"dash": "dot"}))
    ]
    tops = ", ".join(f"{t}: {spoken.names[int(e.argmax())]}" for t, e in zip(titles, energies, strict=True))
    mark = {"type": "line", "x0": token, "x1": token, "yref": "paper", "y0": 0, "y1": 1}
    return figure(
        lines,
        alt=f"Energies of step {step + 1}. The highest stands at: {tops}.",
        x_title="Token",
        y_title="Energy",
        home=str(spoken.wish),
        xaxis=pictures.token_axis(spoken, pictures.NAMES_ACROSS),
        shapes=[{**mark, "line": {"color": "#37c1b1", "width": 1.5, "dash": "dot"}}],
        legend={"orientation": "h", "y": 1.18},
        margin={**pictures.MARGIN, "t": 30, "r": 20},
    )


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    spoken = scene.spoken
    step, token = chosen(spoken, fields)
    steps = max(1, round(len(spoken.got.weights) * min(float(fields["upto"]), 100) / 100))
    drawn: dict[str, Any] = {"matrix": pictures.alignment(spoken, steps=steps, at=(step, token))}
    if fields.moved == "upto":
        return drawn
    drawn |= {"cell": cell(spoken, step, token), "energy": energy(spoken, step, token)}
    if fields.moved not in ("step", "token"):
        drawn["stops"] = pictures.stop(spoken)
    return drawn


def picked(visit: Visit) -> dict[str, Any]:
    """Choose the cell that was clicked."""
    spoken = visit.scene.spoken
    step = int(float(visit.event.x) / spoken.step_s)
    token = round(float(visit.event.y))
    last_step, last_token = (n - 1 for n in spoken.got.weights.shape)
    return {"step": min(max(step, 0), last_step), "token": min(max(token, 0), last_token)}


def watched(visit: Visit) -> Iterator[dict[str, Any]]:
    """Draw the alignment as it grows."""
    spoken = visit.scene.spoken
    total = len(spoken.got.weights)
    for steps in sorted({max(1, round(total * i / PICTURES)) for i in range(1, PICTURES + 1)}):
        yield {"matrix": pictures.alignment(spoken, steps=steps), "upto": max(2, round(100 * steps / total))}
        time.sleep(WAIT_S)


PART = Part(
    slug="attention",
    title="1 Attention as it decodes",
    draw=draw,
    show=show,
    fields=("upto", "step", "token"),
    on=(
        On(component="matrix", event="pick", handler=picked, redraw="step"),
        On(component="watch", event="click", handler=watched),
    ),
    forget={name: {"step": -1, "token": -1, "upto": 100} for name in ("text", "told", "seed")},
)
