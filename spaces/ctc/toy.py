"""Part 4: a trellis small enough to see whole, with probabilities to drag and gradient steps to take."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from algorithms import ctc
from components.figure import Figure, figure
from components.lesson import Fields, On, Part, Visit
from components.page import text

from . import cell as cells
from . import toy_numbers as numbers
from .editors import ProbGrid
from .pictures import COLOURS, values
from .sound import symbol
from .toy_numbers import MAX_FRAMES, MAX_LETTERS
from .toy_pictures import gradient_picture, order, toy_trellis, training_picture

if TYPE_CHECKING:
    from .scene import Scene

TEXT = r"""
Drag a bar: everything follows. The loss is $-\ln p(l \mid x)$, where $p$ adds up all paths of the target. Its gradient
with respect to the logit of symbol $k$ in frame $t$ (its score before the softmax) is *what the network says minus what
the alignments say it should* (Graves et al. 2006, equation 16):

$$\frac{\partial(-\ln p)}{\partial u_k^t} = y_k^t - \sum_{s:\, l'_s = k} \gamma_t(s)$$

**Why CTC models become peaky.** Press *All equal* and take gradient steps. No path is better than another, but some
symbols are in more of the paths: with a short text, the blank nearly everywhere. Each frame is pulled towards the
symbol that most alignments use, which makes those alignments likelier still; in the end most frames are near 0 or 1
and a few paths hold nearly all of the probability, although nobody said where the letters are. In a real network, with
many more frames than letters and weights shared by all frames, the blank often takes all but a few frames of each
letter (Zeyer, Schlüter and Ney 2021). How far it goes depends on the training: part 1 counts the blanks of this page's
model.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
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
    parts["toy_trellis"] = Figure("Toy trellis", height=330, hint="click a cell to see what feeds it")
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
    parts["history"] = gr.State(None)
    return parts


def facts(log_probs: np.ndarray, tokens: list[int], found: ctc.Trellis, vocab: tuple[str, ...]) -> tuple[str, str]:
    """Return two tables as HTML: three ways to the same probability, and the likeliest paths."""
    paths, probs = numbers.enumerated(log_probs, tokens)
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


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show; the grid, whose bar may be in the visitor's hand, only where it is new."""
    target, tokens, vocab, n_frames = numbers.setting(fields)
    log_probs = np.log(numbers.parse(fields["tp"], n_frames, len(vocab)))
    names = [symbol(v) for v in vocab]
    grid: dict[str, Any] = {}
    if fields.changed("part", "toy", "tf"):
        grid = {"grid": {"symbols": names, "probs": np.exp(log_probs).round(5).tolist()}}
    needed = ctc.frames_needed(tokens)
    if not target or needed > n_frames:
        why = f"{target} needs at least {needed} frames" if target else "An empty target has one path, all blanks"
        extra = ", a blank between equal letters included" if needed > len(tokens) else ""
        sentence = f"{why}{extra}: choose more frames or other letters."
        blank = figure([], alt=sentence, dragmode=False)
        card = f'<div class="lab-note problem" role="alert">{sentence}</div>'
        pictures = dict.fromkeys(("toy_trellis", "gradient", "training"), blank)
        return {**grid, **pictures, "card": card, "facts": "", "paths": ""}
    found = ctc.trellis(log_probs, tokens)
    kind = fields["tc"]
    done = min(int(fields["ts"]), n_frames)
    at = _cell(fields, found, kind, done)
    logs = values(log_probs, found, kind)
    state_names = [symbol(vocab[i]) for i in found.states]
    path, _ = ctc.viterbi(log_probs, tokens)
    history = scene.history or {}
    rows = history["rows"] if history.get("key") == [target, n_frames] else [numbers.measured(log_probs, tokens)]
    three_ways, likeliest = facts(log_probs, tokens, found, vocab)
    return {
        **grid,
        "toy_trellis": toy_trellis(found, logs, state_names, kind, done, at, path),
        "card": cells.card(cells.explain(log_probs, found, kind, *at), found, vocab),
        "facts": three_ways,
        "paths": likeliest,
        "gradient": gradient_picture(log_probs, tokens, names),
        "training": training_picture(rows),
    }


def _cell(fields: Mapping[str, Any], found: ctc.Trellis, kind: str, done: int) -> tuple[int, int]:
    """Return the clicked cell, else the likeliest one of the frame computed last."""
    frames, n_states = found.forward.shape
    t, s = int(fields["tx"]), int(fields["ty"])
    if 0 <= t < frames and 0 <= s < n_states:
        return t, s
    t = order(kind, frames)[max(done - 1, 0)]
    return t, int(found.occupancy[t].argmax())


# ---------------------------------------------------------------- bars, buttons and cells


def edited(visit: Visit) -> dict[str, Any]:
    """Take dragged probabilities, unless they are of a grid that has changed since."""
    _, _, vocab, n_frames = numbers.setting(visit.fields)
    given = np.array(visit.event.probs, float)
    if given.shape != (n_frames, len(vocab)):
        return {}
    return {"tp": numbers.write(numbers.floor(given)), "history": None}


def preset(kind: str, visit: Visit) -> dict[str, Any]:
    """Take "equal" or "random" probabilities."""
    _, _, vocab, n_frames = numbers.setting(visit.fields)
    if kind == "equal":
        probs = np.full((n_frames, len(vocab)), 1 / len(vocab))
    else:
        probs = numbers.random_probs(n_frames, len(vocab), int(np.random.default_rng().integers(1 << 30)))
    return {"tp": numbers.write(numbers.floor(probs)), "history": None}


def trained(count: int, visit: Visit) -> dict[str, Any]:
    """Take gradient steps and remember how they went."""
    target, tokens, vocab, n_frames = numbers.setting(visit.fields)
    if not target or ctc.frames_needed(tokens) > n_frames:
        return {}
    log_probs = np.log(numbers.parse(visit.fields["tp"], n_frames, len(vocab)))
    history, key = visit.kept["history"], [target, n_frames]
    rows = history["rows"] if history and history["key"] == key else [numbers.measured(log_probs, tokens)]
    log_probs, more = numbers.step(log_probs, tokens, count)
    return {"tp": numbers.write(np.exp(log_probs)), "history": {"key": key, "rows": [*rows, *more][-1000:]}}


def stepped(by: int, visit: Visit) -> dict[str, int]:
    """Go a frame on or back in the pass; at its end, another step begins anew, so that the button never seems dead."""
    n_frames = int(visit.fields["tf"])
    if by > 0 and int(visit.fields["ts"]) >= n_frames:
        return {"ts": 1}
    return {"ts": min(max(min(int(visit.fields["ts"]), n_frames) + by, 1), n_frames)}


def clicked(visit: Visit) -> dict[str, int]:
    """Choose a cell."""
    return {"tx": round(float(visit.event.x)) - 1, "ty": round(float(visit.event.y))}


_NO_CELL = {"tx": -1, "ty": -1}
PART = Part(
    slug="toy",
    title="4 Toy trellis",
    draw=draw,
    fields=("toy", "tf", "tp", "tc", "ts", "tx", "ty"),
    show=show,
    on=(
        On(component="grid", event="edit", handler=edited, redraw="tp"),
        On(component="toy_trellis", event="pick", handler=clicked, redraw="tx"),
        # As if the target were another: the grid shows the new probabilities.
        On(component="equal", event="click", handler=partial(preset, "equal"), redraw="toy"),
        On(component="random", event="click", handler=partial(preset, "random"), redraw="toy"),
        On(component="one", event="click", handler=partial(trained, 1), redraw="toy"),
        On(component="many", event="click", handler=partial(trained, 25), redraw="toy"),
        On(component="back", event="click", handler=partial(stepped, -1), redraw="ts"),
        On(component="next", event="click", handler=partial(stepped, 1), redraw="ts"),
    ),
    forget={"tf": _NO_CELL, "ts": _NO_CELL},
)
