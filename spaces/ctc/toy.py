"""Part 4: a trellis small enough to see whole, with probabilities to drag and gradient steps to take."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import gradio as gr
import numpy as np

from algorithms import ctc
from components.figure import Figure, figure
from components.page import text
from components.prob_grid import ProbGrid

from . import cell as cells
from .collapse import BLANK, clean_target
from .pictures import COLOURS, values
from .sound import symbol
from .toy_pictures import gradient_picture, order, toy_trellis, training_picture

MAX_FRAMES, MAX_LETTERS = 12, 5
SCALE = 10_000  # probabilities travel in the address as whole numbers of 1/10000
STEP_SIZE = 1.0  # of a gradient step on the logits
OUTPUTS = 7  # grid, trellis, card, facts, paths, gradient, training

TEXT = r"""
Drag a bar: everything follows. The loss is $-\ln p(l \mid x)$, where $p$ adds up all paths of the target. Its gradient
with respect to the logit of symbol $k$ in frame $t$ is *what the network says less what the alignments say it should*
(Graves et al. 2006, equation 16):

$$\frac{\partial(-\ln p)}{\partial u_k^t} = y_k^t - \sum_{s:\, l'_s = k} \gamma_t(s)$$

**Why CTC models become peaky.** Press *All equal* and take gradient steps. No path is better than another, but some
symbols are in more of the paths: with a short text, the blank nearly everywhere. Each frame is pulled towards the
symbol that most alignments use, which makes those alignments likelier still; in the end every frame is near 0 or 1 and
a few paths hold all of the probability, although nobody said where the letters are. In a real network, with many more
frames than letters and weights shared by all frames, the blank takes all but a few frames of each letter (Zeyer,
Schlüter and Ney 2021).
"""


def build() -> dict[str, Any]:
    """Draw the part; returns its outputs and fields by name."""
    parts: dict[str, Any] = {}
    with gr.Row(elem_classes="ctc-row"):
        parts["toy"] = gr.Textbox("BEE", label="Target, up to 5 letters", max_length=MAX_LETTERS, min_width=140)
        parts["tf"] = gr.Slider(1, MAX_FRAMES, 7, step=1, label="Frames", min_width=160)
        parts["tp"] = gr.Textbox("", label="Probabilities", visible="hidden", max_length=800)
        parts["equal"] = gr.Button("All equal", size="sm", min_width=90, scale=0)
        parts["random"] = gr.Button("Random", size="sm", min_width=90, scale=0)
    parts["grid"] = ProbGrid()
    with gr.Row(elem_classes="ctc-row"):
        parts["tc"] = gr.Radio(
            [(title, name) for name, title in COLOURS.items()],
            value="forward",
            label="Pass",
            elem_classes="lab-chips",
            scale=3,
        )
        parts["ts"] = gr.Slider(1, MAX_FRAMES, MAX_FRAMES, step=1, label="Frames computed so far", scale=2)
        parts["back"] = gr.Button("◀ Step back", size="sm", min_width=100, scale=0)
        parts["next"] = gr.Button("Step ▶", size="sm", min_width=90, scale=0)
    parts["tx"] = gr.Number(-1, visible="hidden", minimum=-1, maximum=MAX_FRAMES, step=1)
    parts["ty"] = gr.Number(-1, visible="hidden", minimum=-1, maximum=2 * MAX_LETTERS, step=1)
    parts["trellis"] = Figure("Toy trellis", height=330, hint="click a cell to see what feeds it")
    parts["card"] = gr.HTML("", apply_default_css=False)
    with gr.Row(elem_classes="ctc-toy-pair"):
        with gr.Column():
            parts["facts"] = gr.HTML("", apply_default_css=False)
            parts["paths"] = gr.HTML("", apply_default_css=False)
        with gr.Column():
            parts["gradient"] = Figure("Gradient of the loss", height=190, hint="orange: too likely, blue: not enough")
            with gr.Row(elem_classes="ctc-toy-buttons"):
                parts["one"] = gr.Button("One gradient step", size="sm", variant="primary")
                parts["many"] = gr.Button("25 steps", size="sm")
            parts["training"] = Figure("Training", height=190)
    text(TEXT)
    return parts


def outputs(parts: Mapping[str, Any]) -> list[gr.components.Component]:
    """Return the part's outputs in the order of `content`."""
    return [parts[name] for name in ("grid", "trellis", "card", "facts", "paths", "gradient", "training")]


# ---------------------------------------------------------------- the numbers


def setting(fields: Mapping[str, Any]) -> tuple[str, list[int], tuple[str, ...], int]:
    """Return target, its tokens, the vocabulary (blank first) and the number of frames."""
    target = clean_target(fields["toy"])[:MAX_LETTERS]
    vocab = (BLANK, *dict.fromkeys(target))
    return target, [vocab.index(c) for c in target], vocab, int(fields["tf"])


def random_probs(n_frames: int, n_symbols: int, seed: int = 6) -> np.ndarray:
    """Return soft random probabilities, [T, V]; the same for the same seed."""
    return np.random.default_rng(seed).dirichlet(np.full(n_symbols, 1.2), n_frames)


def parse(written: str, n_frames: int, n_symbols: int) -> np.ndarray:
    """Read probabilities [T, V] from the address; where none are written for this shape, random ones."""
    try:
        rows = [[int(number) for number in row.split(",")] for row in written.split(";")]
    except ValueError:
        rows = []
    if len(rows) != n_frames or any(len(row) != n_symbols for row in rows):
        return floor(random_probs(n_frames, n_symbols))
    return floor(np.array(rows, float))


def floor(probs: np.ndarray) -> np.ndarray:
    """Return rows that sum to one with nothing below 1/10000, so that every logarithm is finite."""
    probs = np.maximum(np.nan_to_num(np.asarray(probs, float)), 0)
    probs = np.maximum(probs / np.maximum(probs.sum(1, keepdims=True), 1e-12), 1 / SCALE)
    return probs / probs.sum(1, keepdims=True)


def write(probs: np.ndarray) -> str:
    """Write probabilities for the address."""
    return ";".join(",".join(str(max(1, round(p * SCALE))) for p in row) for row in probs)


@lru_cache(maxsize=8)
def _paths(tokens: tuple[int, ...], n_frames: int) -> np.ndarray:
    return np.array(list(ctc.alignments(tokens, n_frames)), np.int8).reshape(-1, n_frames)


def enumerated(log_probs: np.ndarray, tokens: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return every path of the target, [N, T], and its probability, [N], likeliest first: no recursion is used."""
    paths = _paths(tuple(tokens), len(log_probs))
    logs = log_probs[np.arange(len(log_probs)), paths].sum(1)
    order = np.argsort(-logs, kind="stable")
    return paths[order], np.exp(logs[order])


def step(log_probs: np.ndarray, tokens: list[int], count: int) -> tuple[np.ndarray, list[tuple[float, float, float]]]:
    """Take gradient steps on the logits.

    Returns
    -------
    log_probs : the new ones
    history : (loss, mean of each frame's largest probability, mean probability of the blank) after each step
    """
    history = []
    for _ in range(count):
        logits = log_probs - STEP_SIZE * ctc.gradient(log_probs, tokens)
        log_probs = np.log(floor(np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))))
        history.append(measured(log_probs, tokens))
    return log_probs, history


def measured(log_probs: np.ndarray, tokens: list[int]) -> tuple[float, float, float]:
    """Return loss, mean largest probability and mean probability of the blank."""
    p = np.exp(log_probs)
    return -ctc.log_likelihood(log_probs, tokens), float(p.max(1).mean()), float(p[:, 0].mean())


# ---------------------------------------------------------------- what is shown


def facts(log_probs: np.ndarray, tokens: list[int], found: ctc.Trellis, vocab: tuple[str, ...]) -> tuple[str, str]:
    """Return two tables as HTML: three ways to the same probability, and the likeliest paths."""
    paths, probs = enumerated(log_probs, tokens)
    states = found.states
    first = log_probs[0, states[:2]] + found.backward[0, :2]
    rows = (
        ("forward: α of the last two states", np.exp(found.log_likelihood)),
        ("backward: y·β of the first two states", np.exp(np.logaddexp.reduce(first))),
        (f"all {len(probs):,} paths, one by one", probs.sum()),
    )
    body = "".join(f"<tr><td>{name}</td><td><code>{p:.10f}</code></td></tr>" for name, p in rows)
    agree = np.allclose([p for _, p in rows], rows[0][1], rtol=1e-9)
    table = (
        f'<table class="lab-table"><thead><tr><th>p(target | probabilities)</th><th></th></tr></thead>'
        f"<tbody>{body}</tbody></table>"
        f'<p class="ctc-sentence">Loss −ln p = <strong>{-found.log_likelihood:.4f}</strong>. '
        f"{'All three agree.' if agree else 'They differ.'}</p>"
    )
    top = "".join(
        f"<tr><td><code>{''.join(symbol(vocab[i]) for i in path)}</code></td><td>{p:.6f}</td>"
        f"<td>{100 * p / probs.sum():.1f} %</td></tr>"
        for path, p in zip(paths[:5], probs[:5], strict=True)
    )
    return table, (
        '<table class="lab-table"><thead><tr><th>Likeliest paths</th><th>probability</th><th>share</th></tr></thead>'
        f"<tbody>{top}</tbody></table>"
    )


def content(fields: Mapping[str, Any], history: Any, *, keep_grid: bool = False) -> tuple:
    """Return a value for each output.

    Parameters
    ----------
    history
        What training has shown so far: {"key": shape, "rows": [...]}, or None.
    keep_grid
        True leaves the grid alone, whose bar the visitor is just dragging.
    """
    target, tokens, vocab, n_frames = setting(fields)
    log_probs = np.log(parse(fields["tp"], n_frames, len(vocab)))
    names = [symbol(v) for v in vocab]
    grid = gr.skip() if keep_grid else {"symbols": names, "probs": np.exp(log_probs).round(5).tolist()}
    needed = ctc.frames_needed(tokens)
    if not target or needed > n_frames:
        why = f"{target} needs at least {needed} frames" if target else "An empty target has one path, all blanks"
        extra = ", a blank between equal letters included" if needed > len(tokens) else ""
        sentence = f"{why}{extra}: choose more frames or other letters."
        blank = figure([], alt=sentence, dragmode=False)
        return grid, blank, f'<div class="lab-note problem" role="alert">{sentence}</div>', "", "", blank, blank
    found = ctc.trellis(log_probs, tokens)
    kind = fields["tc"]
    done = min(int(fields["ts"]), n_frames)
    at = _cell(fields, found, kind, done)
    logs = values(log_probs, found, kind)
    state_names = [symbol(vocab[i]) for i in found.states]
    path, _ = ctc.viterbi(log_probs, tokens)
    rows = (history or {}).get("rows") if (history or {}).get("key") == [target, n_frames] else None
    return (
        grid,
        toy_trellis(found, logs, state_names, kind, done, at, path),
        cells.card(cells.explain(log_probs, found, kind, *at), found, vocab),
        *facts(log_probs, tokens, found, vocab),
        gradient_picture(log_probs, tokens, names),
        training_picture(rows or [measured(log_probs, tokens)]),
    )


def _cell(fields: Mapping[str, Any], found: ctc.Trellis, kind: str, done: int) -> tuple[int, int]:
    """Return the clicked cell, else the likeliest one of the frame computed last."""
    frames, n_states = found.forward.shape
    t, s = int(fields["tx"]), int(fields["ty"])
    if 0 <= t < frames and 0 <= s < n_states:
        return t, s
    t = order(kind, frames)[max(done - 1, 0)]
    return t, int(found.occupancy[t].argmax())
