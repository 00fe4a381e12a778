"""The toy's pictures: its trellis with a number in each cell, the gradient, and how training went."""

from __future__ import annotations

import numpy as np

from algorithms import ctc
from components.figure import MAGMA, figure, line

from .pictures import COLOURS


def toy_trellis(found: ctc.Trellis, logs: np.ndarray, names: list[str], kind: str, done: int, at: tuple, path) -> dict:
    """Draw the trellis with a number in each cell; frames that are not computed yet are empty."""
    frames, n_states = logs.shape
    computed = set(range(frames)) if kind == "occupancy" else set(order(kind, frames)[:done])
    if kind == "occupancy":
        z = np.exp(logs)
    else:
        top = np.where(np.isfinite(logs.max(1, keepdims=True)), logs.max(1, keepdims=True), 0)
        z = np.exp(np.maximum(logs - top, -50))
    shown = [[float(z[t, s]) if t in computed else None for t in range(frames)] for s in range(n_states)]
    words = [[f"{np.exp(logs[t, s]):.2g}" if t in computed else "" for t in range(frames)] for s in range(n_states)]
    x = list(range(1, frames + 1))
    traces = [
        {
            "type": "heatmap",
            "x": x,
            "y": list(range(n_states)),
            "z": shown,
            "zmin": 0,
            "zmax": 1,
            "text": words,
            "texttemplate": "%{text}",
            "textfont": {"size": 11},
            "colorscale": MAGMA,
            "showscale": False,
            "xgap": 2,
            "ygap": 2,
            "hovertemplate": "frame %{x}, state %{y}<br>%{text}<extra></extra>",
        }
    ]
    frame = {"type": "rect", "line": {"color": "#37c1b1", "width": 3}}  # a line would strike the numbers through
    on_path = path if kind in ("viterbi", "occupancy") and len(computed) == frames else ()
    best = [
        {**frame, "x0": t + 0.54, "x1": t + 1.46, "y0": int(s) - 0.46, "y1": int(s) + 0.46}
        for t, s in enumerate(on_path)
    ]
    traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "x": [at[0] + 1],
            "y": [at[1]],
            "marker": {"symbol": "square-open", "size": 34, "color": "#fb923c", "line": {"width": 3}},
            "hoverinfo": "skip",
        }
    )
    return figure(
        traces,
        alt=(
            f"{COLOURS[kind]} over {frames} frames and {n_states} states, {len(computed)} frames computed; "
            f"p = {np.exp(found.log_likelihood):.6g}." + (" Framed: the best path." if best else "")
        ),
        shapes=best,
        x_title="Frame",
        y_title="State",
        home=f"{frames} {n_states}",
        xaxis={"dtick": 1, "range": [0.4, frames + 0.6], "fixedrange": True},
        yaxis={
            "range": [n_states - 0.5, -0.5],
            "tickvals": list(range(n_states)),
            "ticktext": [f"{s}  {name}" for s, name in enumerate(names)],
            "fixedrange": True,
        },
        dragmode=False,
    )


def order(kind: str, frames: int) -> list[int]:
    """Return the frames in the order in which a pass computes them."""
    return list(range(frames))[:: -1 if kind == "backward" else 1]


def gradient_picture(log_probs: np.ndarray, tokens: list[int], names: list[str]) -> dict:
    """Draw the gradient of the loss with respect to the logits."""
    g = ctc.gradient(log_probs, tokens).T
    trace = {
        "type": "heatmap",
        "x": list(range(1, g.shape[1] + 1)),
        "y": names,
        "z": [[float(v) for v in row] for row in g],
        "zmin": -1,
        "zmax": 1,
        "text": [[f"{v:+.2f}" for v in row] for row in g],
        "texttemplate": "%{text}",
        "textfont": {"size": 10},
        "colorscale": [[0, "var(--lab-c3)"], [0.5, "var(--lab-card)"], [1, "var(--lab-c2)"]],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hovertemplate": "frame %{x}, “%{y}”<br>%{z:+.4f}<extra></extra>",
    }
    return figure(
        [trace],
        alt=f"Gradient, {len(names)} symbols x {g.shape[1]} frames, largest {np.abs(g).max():.3f}.",
        x_title="Frame",
        xaxis={"dtick": 1, "fixedrange": True},
        yaxis={"type": "category", "autorange": "reversed", "fixedrange": True},
        dragmode=False,
    )


def training_picture(history: list[tuple[float, float, float]]) -> dict:
    """Draw loss, peakiness and blank over the gradient steps taken."""
    x = np.arange(len(history))
    loss, peak, blank = (np.array(c) for c in zip(*history, strict=True))
    mode = {"mode": "lines+markers"} if len(history) < 30 else {}
    traces = [
        line(x, loss, color="var(--lab-c2)", name="loss", **mode),
        line(x, peak, color="var(--lab-c1)", name="largest p, mean", yaxis="y2", **mode),
        line(x, blank, color="var(--lab-c3)", name="p of blank, mean", yaxis="y2", line={"dash": "dot"}, **mode),
    ]
    return figure(
        traces,
        alt=f"{len(x) - 1} steps: loss {loss[0]:.3f} to {loss[-1]:.3f}, largest probability {peak[-1]:.3f}, "
        f"blank {blank[-1]:.3f}.",
        x_title="Gradient steps",
        y_title="Loss",
        xaxis={"rangemode": "tozero", "fixedrange": True},
        yaxis={"rangemode": "tozero", "fixedrange": True},
        yaxis2={
            "title": "Probability",
            "overlaying": "y",
            "side": "right",
            "range": [0, 1.02],
            "tickvals": [0, 0.5, 1],
            "showgrid": False,
        },
        margin={"t": 26, "r": 52},
        showlegend=True,
        dragmode=False,
    )
