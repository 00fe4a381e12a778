"""Part 6: CTC beside attention and RNN-T, and what conditional independence costs."""

from __future__ import annotations

from collections.abc import Mapping
from math import log2
from typing import Any

import gradio as gr

from components.figure import Figure, figure
from components.page import text

OUTPUTS = 2  # picture, sentence

HEAD = ("", "CTC", "Attention (LAS, Whisper)", "RNN-T (transducer)")
ROWS = (
    ("Model", "Σ over paths of Π p(symbol of frame t | x)", "Π p(token u | tokens before, x)",
     "Σ over paths of Π p(symbol | letters so far, frame)"),
    ("Assumes", "frames independent given the sound; order kept; text no longer than the frames",
     "nothing about order or length: it may skip, repeat and invent",
     "order kept; each symbol depends on the letters so far"),
    ("Knows language", "no model of text inside: only the encoder's context, and an external one in the beam",
     "the decoder is a language model that listens", "a small one inside, the prediction network"),
    ("Streams", "yes, as far as its encoder does", "not as it is: it attends to the whole clip",
     "yes: it was made for that"),
    ("Training", "forward-backward over T × 2L + 1 cells: light", "cross-entropy for each token, no sum over paths",
     "forward-backward over T × L cells, each with a softmax of its own over V: heavy"),
    ("Decoding", "one pass for all frames at once, then greedy or beam", "a decoder pass for every token, one by one",
     "a small pass for every frame and every letter"),
    ("Gives times", "yes, by forced alignment; spikes may come early or late", "only roughly, from cross-attention",
     "yes, often late"),
    ("Fails by", "misspelling", "loops, and fluent sentences over silence", "delay"),
)  # fmt: skip
TEXT = r"""
**Conditional independence, made visible.** Suppose a sound of two frames is, as far as anybody can tell, either AB or
CD. CTC must choose the two frames *independently given the sound*. The best it can do is the right share for each
frame (the marginals), and so it mixes: AD and CB, which nobody says, get their part. An attention decoder or an RNN-T
sees its own first letter and never mixes. In speech:
the same sound may be written “AAA” or “triple A” (Hannun 2017), and the letters that follow must fit the first one.
An external language model, asked in the beam, repairs much of it.
"""


def table() -> str:
    """Return the comparison as HTML."""
    head = "".join(f"<th>{cell}</th>" for cell in HEAD)
    rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in ROWS)
    return (
        f'<div class="lab-scroll"><table class="lab-table ctc-rivals"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def build() -> dict[str, Any]:
    """Draw the part; returns its outputs and fields by name."""
    gr.HTML(table(), apply_default_css=False)
    text(TEXT)
    parts = {"pab": gr.Slider(0, 1, 0.5, step=0.05, label="How often the sound means AB (else CD)")}
    parts["mix"] = Figure("What each model believes", height=250)
    parts["said"] = gr.HTML("", apply_default_css=False)
    return parts


def outputs(parts: Mapping[str, Any]) -> list[gr.components.Component]:
    """Return the part's outputs in the order of `content`."""
    return [parts["mix"], parts["said"]]


def independent(p_ab: float) -> dict[str, float]:
    """Return what two independent frames with the right marginals make of AB with probability p_ab, else CD."""
    q = 1 - p_ab
    return {"AB": p_ab * p_ab, "CD": q * q, "AD": p_ab * q, "CB": q * p_ab}


def content(fields: Mapping[str, Any]) -> tuple:
    """Return a value for each output."""
    p = float(fields["pab"])
    truth = {"AB": p, "CD": 1 - p, "AD": 0.0, "CB": 0.0}
    mixed = independent(p)
    bars = [
        ("the truth; attention and RNN-T can hold it", truth, "var(--lab-c1)"),
        ("best that independent frames can do (CTC)", mixed, "var(--lab-c2)"),
    ]
    traces = [
        {
            "type": "bar",
            "x": list(values),
            "y": list(values.values()),
            "name": name,
            "marker": {"color": colour},
            "hovertemplate": "%{x}: %{y:.3f}<extra></extra>",
        }
        for name, values, colour in bars
    ]
    wrong = mixed["AD"] + mixed["CB"]
    # Kullback-Leibler divergence of the independent model from the truth: what the pair shares, the mutual information.
    lost = sum(-v * log2(v) for v in (p, 1 - p) if v > 0)
    picture = figure(
        traces,
        alt=f"True: AB {p:.2f}, CD {1 - p:.2f}. Independent frames: "
        + ", ".join(f"{k} {v:.3f}" for k, v in mixed.items())
        + ".",
        y_title="Probability",
        y_range=(0, 1),
        barmode="group",
        showlegend=True,
        margin={"t": 40},
        xaxis={"type": "category", "fixedrange": True},
        yaxis={"fixedrange": True},
        dragmode=False,
    )
    return picture, (
        f'<p class="ctc-sentence">Independent frames give <strong>{100 * wrong:.0f} %</strong> to AD and CB, '
        f"which never happen: {lost:.2f} bits of what the two letters know of each other are lost.</p>"
    )
