"""The pictures of part 4: words over the sound, log-mel, the attention map with its path, and every head in small."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from components.figure import figure, heatmap, line

from ..drawing import levels
from ..sound import SAMPLE_RATE, WINDOW_S, Heard
from .reading import POSITION_S, STAGES, Laid, Reading, head_name
from .rivals import Rivals, Span

COLUMNS = 600  # of a picture that is sent
MARGIN = {"l": 86, "r": 84, "t": 6, "b": 22}  # the same on all pictures of the clock
PATH = "#37c1b1"
LANES = (("attention", "var(--lab-c1)"), ("faster-whisper", "var(--lab-c3)"), ("CTC", "var(--lab-c2)"))


def seconds_shown(heard: Heard, fields: Mapping[str, Any]) -> float:
    """How much of the window the pictures show: the sound, or all 30 s with the padding."""
    return WINDOW_S if fields["a_pad"] else max(heard.listened.positions * POSITION_S, 0.1)


def time_axis(heard: Heard, shown_s: float) -> dict[str, Any]:
    """Return the layout of the time axis that the pictures share."""
    return {"uirevision": f"{heard.window.key} {shown_s}", "range": [0.0, shown_s], "automargin": False}


def home(heard: Heard, shown_s: float) -> str:
    """Return what, when it changes, makes a picture forget its zoom."""
    return f"{heard.window.key} {heard.name} {shown_s}"


def _boxes(spans: Sequence[Span | None], y: float, color: str) -> dict[str, Any]:
    """One trace for a lane: a rectangle for each word."""
    x: list[float | None] = []
    heights: list[float | None] = []
    for a, b in filter(None, spans):
        x += [a, a, b, b, a, None]
        heights += [y - 0.2, y + 0.2, y + 0.2, y - 0.2, y - 0.2, None]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": heights,
        "fill": "toself",
        "fillcolor": "var(--lab-fill)",
        "line": {"width": 1.2, "color": color},
        "hoverinfo": "skip",
    }


def _names(words: Sequence[str], spans: Sequence[Span | None], y: float, lane: str) -> dict[str, Any]:
    """The words of a lane, named where there is room, with their times for the pointer."""
    both = [(w, s) for w, s in zip(words, spans, strict=True) if s]
    return {
        "type": "scatter",
        "mode": "text",
        "x": [(a + b) / 2 for _, (a, b) in both],
        "y": [y] * len(both),
        "text": [w for w, _ in both],
        "thin": True,  # where names would overlap, the browser leaves some out
        "textfont": {"size": 11},
        "hovertext": [f"{w}: {a:.2f} to {b:.2f} s" for w, (a, b) in both],
        "hovertemplate": f"%{{hovertext}}<extra>{lane}</extra>",
    }


def words(heard: Heard, spans: Sequence[Span], reading: Reading | None, rivals: Rivals | None, shown_s: float) -> dict:
    """Draw the samples, and over them the words as boxes: by attention, by faster-whisper, by CTC."""
    from algorithms.signal import display

    window = heard.window
    t, low, high = display.envelope(window.y, SAMPLE_RATE, (0.0, max(window.duration_s, 1e-4)), COLUMNS)
    place = {"x0": float(t[0]), "dx": float((t[-1] - t[0]) / max(len(t) - 1, 1))}
    top = max(float(np.abs(window.y).max()), 1e-3)
    traces = [
        line(None, high / top, line={"width": 1}, hovertemplate="%{x:.2f} s<extra></extra>", **place),
        line(None, low / top, line={"width": 1}, fill="tonexty", fillcolor="var(--lab-c1)", hoverinfo="skip", **place),
    ]
    said = [w.text.strip() for w in reading.words] if reading else []
    lanes: list[Sequence[Span | None]] = [spans, rivals.faster if rivals else (), rivals.ctc if rivals else ()]
    for i, (lane, (name, color)) in enumerate(zip(lanes, LANES, strict=True)):
        if len(lane):
            y = 2.8 - 0.55 * i
            traces += [_boxes(lane, y, color), _names(said, lane, y, name)]
    return figure(
        traces,
        alt=f"{window.title}: {window.duration_s:.2f} s"
        + (f", {len(said)} words: {' '.join(said)}." if said else ", no words."),
        y_range=(-1.1, 3.1),
        home=home(heard, shown_s),
        xaxis=time_axis(heard, shown_s),
        yaxis={
            "tickvals": [2.8, 2.25, 1.7, 0],
            "ticktext": [*(name for name, _ in LANES), "sound"],
            "tickfont": {"size": 11},
            "automargin": False,
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
        margin=MARGIN,
    )


def _narrow(z: np.ndarray, columns: int = COLUMNS) -> tuple[np.ndarray, int]:
    """At most `columns` columns, each the largest of its group, and how many make a group."""
    group = -(-z.shape[-1] // columns)
    return np.maximum.reduceat(z, np.arange(0, z.shape[-1], group), axis=-1), group


def mel(heard: Heard, shown_s: float) -> dict[str, Any]:
    """Draw the log-mel window as the encoder gets it."""
    z = heard.listened.states.mel.numpy()[:, : round(shown_s * 100)]
    z, group = _narrow(z)
    low, high = float(z.min()), float(z.max())
    return figure(
        [
            heatmap(
                levels(z, low, high),
                low,
                high,
                unit="level",
                x0=group * 0.005,
                dx=group * 0.01,
                hovertemplate="%{x:.2f} s<br>band %{y}<br>%{z:.2f}<extra></extra>",
                showscale=False,
            )
        ],
        alt=f"Log-mel window: the first {shown_s:.1f} s of 30 s.",
        home=home(heard, shown_s),
        xaxis={**time_axis(heard, shown_s), "showticklabels": False},
        yaxis={"automargin": False, "tickvals": [40], "ticktext": ["80 bands"], "fixedrange": True},
        margin={**MARGIN, "b": 4},
    )


def empty(heard: Heard, shown_s: float, why: str) -> dict[str, Any]:
    """A picture without a text: the axes, and the sentence that says why."""
    return figure(
        [],
        alt=why,
        home=home(heard, shown_s),
        xaxis=time_axis(heard, shown_s),
        yaxis={"visible": False, "range": [0, 1]},
        margin=MARGIN,
        annotations=[
            {"text": "No text, so no rows.", "showarrow": False, "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
        ],
    )


def attention(reading: Reading, laid: Laid, cell: tuple[int, int], padding: bool, shown_s: float) -> dict[str, Any]:
    """Draw tokens over time: the recipe's matrix (or the bare weights over all 30 s), the path and the marked cell."""
    heard, names = reading.heard, reading.names
    z, unit = laid.matrix, "std" if laid.recipe.stage != "softmax" else "weight"
    if padding:
        layers, heads = zip(*laid.recipe.heads, strict=True)
        z, unit = reading.rows(reading.cross[list(layers), list(heads)]).mean(0), "weight"
    low = 0.0 if unit == "weight" else max(float(z.min()), -1.5)
    high = max(float(np.quantile(z, 0.998)), low + 1e-6)
    picture, group = _narrow(z)
    n = len(names)
    every = -(-n // 40)
    ticks = list(range(0, n, every))
    traces = [
        heatmap(
            levels(picture, low, high),
            low,
            high,
            unit=unit,
            x0=group * POSITION_S / 2,
            dx=group * POSITION_S,
            hovertemplate="%{x:.2f} s<br>row %{y}<br>%{z:.3f}<extra></extra>",
        ),
        line(
            ((laid.columns + 0.5) * POSITION_S),
            laid.rows.astype(np.int16),
            color=PATH,
            name="path",
            hoverinfo="skip",
            line={"width": 2},
        ),
        {
            "type": "scatter",
            "mode": "markers",
            "x": [(cell[1] + 0.5) * POSITION_S],
            "y": [cell[0]],
            "marker": {"symbol": "square-open", "size": 12, "color": "#fff", "line": {"width": 2, "color": "#fff"}},
            "hoverinfo": "skip",
        },
    ]
    end_s = heard.listened.positions * POSITION_S
    edge = {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": end_s, "x1": end_s}
    stage = STAGES[laid.recipe.stage][2:]
    which = (
        head_name(laid.recipe.heads[0]) if len(laid.recipe.heads) == 1 else f"mean of {len(laid.recipe.heads)} heads"
    )
    return figure(
        traces,
        alt=(
            f"{n} tokens over {shown_s:.2f} s, {stage}, {which}; the path crosses {len(laid.rows)} cells at a cost of "
            f"{laid.cost[-1, -1]:.1f}."
        ),
        x_title="Time (s)",
        home=f"{home(heard, shown_s)} {reading.tokens}",
        xaxis=time_axis(heard, shown_s),
        yaxis={
            "range": [n - 0.5, -0.5],
            "tickvals": ticks,
            "ticktext": [names[i] if len(names[i]) < 12 else names[i][:11] + "…" for i in ticks],
            "tickfont": {"size": 10 if n <= 32 else 9},
            "automargin": False,
        },
        margin={**MARGIN, "b": 38},
        shapes=[{**edge, "line": {"width": 1.5, "dash": "dot", "color": "#fff"}}] if padding else [],
    )
