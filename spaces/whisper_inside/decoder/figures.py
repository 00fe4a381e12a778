"""The stepper's figures: the sound it listens to at one step, and the uncertainty along the text."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import numpy as np

from components.figure import figure, line

from ..drawing import time_axis
from ..sound import SAMPLE_RATE, Heard
from . import run
from .pictures import percent, quoted

if TYPE_CHECKING:
    from algorithms.whisper.decode import Decoded

COLUMNS = 600  # of the waveform


def hearing(heard: Heard, found: Decoded, weights: np.ndarray, at: int) -> dict[str, Any]:
    """The waveform with where the decoder listens as it chooses the token."""
    from algorithms.signal import display

    window = heard.window
    t, low, high = display.envelope(window.y, SAMPLE_RATE, (0.0, max(window.duration_s, 1e-3)), COLUMNS)
    top = max(float(np.abs(window.y).max()), 1e-3)
    n = heard.listened.positions
    row = np.asarray(weights[at][:n], np.float32)
    place = {"x0": float(t[0]), "dx": float((t[-1] - t[0]) / max(len(t) - 1, 1))}
    peak = int(row.argmax())
    inside = float(row.sum())
    name = quoted(heard.model, found.tokens[at])
    words = (
        f"While it chooses {name}, the decoder listens most at {0.02 * peak:.2f} s; "
        f"{percent(inside)} of its attention lies on the sound, the rest on the filling after it."
        if n < 1500
        else f"While it chooses {name}, the decoder listens most at {0.02 * peak:.2f} s."
    )
    soft = "var(--lab-grid)"
    traces = [
        line(None, high / top, color=soft, line={"width": 1}, name="Waveform", hoverinfo="skip", **place),
        line(None, low / top, color=soft, line={"width": 1}, fill="tonexty", fillcolor=soft, hoverinfo="skip", **place),
        line(
            None,
            row,
            x0=0.01,
            dx=0.02,
            color="var(--lab-c2)",
            name="Attention",
            fill="tozeroy",
            yaxis="y2",
            line={"width": 2},
            hovertemplate="%{x:.2f} s: %{y:.3f}<extra></extra>",
        ),
    ]
    times = heard.model.special.time_s(found.tokens[at])
    shapes = []
    if times is not None:
        mark = {"type": "line", "x0": times, "x1": times, "yref": "paper", "y0": 0, "y1": 1}
        shapes = [{**mark, "line": {"color": "var(--lab-c3)", "width": 2, "dash": "dot"}}]
    return figure(
        traces,
        alt=words,
        x_title="Time in the window (s)",
        home=str(window.key),
        xaxis=time_axis(window, max(window.duration_s, 0.1)),
        yaxis={"range": [-1.1, 1.1], "showticklabels": False, "showgrid": False, "zeroline": False, "fixedrange": True},
        yaxis2={
            "overlaying": "y",
            "side": "left",
            "range": [0, max(float(row.max()) * 1.15, 1e-3)],
            "tickmode": "array",
            "tickvals": [0, round(float(row.max()), 3)],
            "showgrid": False,
            "fixedrange": True,
            "title": "Attention",
        },
        margin={"l": 58, "r": 14, "t": 6, "b": 38},
        shapes=shapes,
    )


def entropy(heard: Heard, now: run.Setting, found: Decoded, at: int) -> dict[str, Any]:
    """The entropy of every decision, as a line that can be clicked."""
    model = heard.model
    bits = np.array([step.entropy_bits for step in found.steps])
    steps = np.arange(1, len(bits) + 1)
    names = [run.token_text(model, token) for token in found.tokens]
    forced = [i for i, step in enumerate(found.steps) if step.forced]
    dots = {"type": "scatter", "mode": "markers", "hoverinfo": "skip"}
    traces = [
        line(
            steps,
            bits,
            mode="lines+markers",
            text=[html.escape(name) for name in names],
            hovertemplate="%{x}: %{text}<br>%{y:.2f} bits<extra></extra>",
            name="Entropy",
        ),
        {**dots, "x": [at + 1], "y": [bits[at]], "marker": {"size": 13, "color": "var(--lab-c2)"}, "name": "This step"},
        {
            **dots,
            "x": [i + 1 for i in forced],
            "y": [bits[i] for i in forced],
            "name": "Your choices",
            "marker": {"size": 15, "symbol": "star", "color": "var(--lab-c3)"},
        },
    ]
    most = run.hardest(found, model)
    few = len(names) <= 45
    ticks = {"tickvals": list(range(1, len(names) + 1)), "ticktext": [_short(n) for n in names], "tickangle": -60}
    return figure(
        traces,
        alt=f"Entropy of {len(bits)} decisions, {bits.mean():.2f} bits on average; the least certain word is number "
        f"{most + 1}, {quoted(model, found.tokens[most])}, with {bits[most]:.2f} bits.",
        x_title="" if few else "Token",
        y_title="Entropy (bits)",
        home=f"{heard.window.key} {now} {len(bits)}",
        xaxis={"range": [0.4, len(bits) + 0.6], "fixedrange": True, **(ticks if few else {})},
        yaxis={"rangemode": "tozero", "fixedrange": True},
        margin={"t": 8, "b": 66 if few else 40},
        dragmode=False,
    )


def _short(name: str) -> str:
    return html.escape(name if len(name) <= 11 else name[:10] + "…")
