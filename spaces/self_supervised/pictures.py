"""The room's pictures: one time axis for all of them, and how it writes sentences, tables and sounds."""

from __future__ import annotations

import html
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from algorithms.signal.features import FeatureConfig, mel_db, mel_spectrogram
from components.figure import figure, heatmap
from components.player import Sound

from .sound import RATE, Source

MARGIN = {"l": 62, "r": 84, "t": 6, "b": 22}
MEL = FeatureConfig(n_mels=64)


def sentence(*parts: str) -> str:
    """Return paragraphs of HTML."""
    return "".join(f'<p class="ssl-sentence">{one}</p>' for one in parts)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], marked: int = -1) -> str:
    """Return a table of plain text as HTML; the row `marked` stands out."""
    cells = "".join(f'<th scope="col">{html.escape(one)}</th>' for one in head)
    body = ""
    for at, row in enumerate(rows):
        kind = ' class="marked"' if at == marked else ""
        body += f"<tr{kind}>{''.join(f'<td>{html.escape(one)}</td>' for one in row)}</tr>"
    inside = f'<table class="ssl-table"><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="ssl-scroll" tabindex="0" role="region" aria-label="Table">{inside}</div>'


def sound(title: str, y: np.ndarray) -> Sound:
    """Return what a player plays, turned down where it would clip."""
    peak = float(np.abs(y).max(initial=0))
    return Sound(title, y=y * np.float32(0.95 / peak) if peak > 0.95 else y, sample_rate=RATE)


def time_axis(source: Source) -> dict[str, Any]:
    """Return the settings of an axis that shows the whole sound."""
    return {"range": [0.0, source.duration_s], "automargin": False}


def cells(
    source: Source,
    values: np.ndarray,
    limits: tuple[float, float],
    *,
    alt: str,
    dx: float,
    x0: float,
    y_title: str,
    unit: str = "",
    shapes: Sequence[dict[str, Any]] = (),
    rows: Sequence[str] = (),
    **trace: Any,
) -> dict[str, Any]:
    """Draw a number for each cell of [rows, columns] over time.

    `x0` is the middle of the first column in seconds, `dx` the step to the next; `rows` are names of the rows, if any.
    """
    low, high = limits
    z = np.clip((np.asarray(values, np.float32) - low) / max(high - low, 1e-9) * 255, 0, 255).astype(np.uint8)
    place = {"x0": x0, "dx": dx, "y0": 0, "dy": 1, "hovertemplate": "%{x:.2f} s<br>%{y}<br>%{z:.2f}<extra></extra>"}
    return figure(
        [heatmap(z, low, high, unit=unit, **(place | trace))],
        alt=alt,
        y_title=y_title,
        home=str(hash(source.key)),
        xaxis=time_axis(source),
        yaxis={"tickvals": list(range(len(rows))), "ticktext": list(rows)} if rows else {},
        margin=MARGIN,
        shapes=list(shapes),
    )


@lru_cache(maxsize=4)
def _mel(source: Source) -> np.ndarray:
    return mel_db(mel_spectrogram(source.y, MEL), MEL)


def mel(source: Source, *, alt: str, shapes: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """Draw the mel spectrogram, with marks."""
    values = _mel(source)
    hop = MEL.hop_length / RATE
    return cells(source, values, (-80.0, 0.0), alt=alt, dx=hop, x0=0.0, y_title="Mel filter", unit="dB", shapes=shapes)


def bands(spans: Sequence[tuple[float, float]], color: str = "rgba(120,130,150,0.72)") -> list[dict[str, Any]]:
    """Return shapes that cover spans of time, each from and to in seconds."""
    return [
        {
            "type": "rect",
            "xref": "x",
            "yref": "paper",
            "x0": a,
            "x1": b,
            "y0": 0,
            "y1": 1,
            "fillcolor": color,
            "line": {"width": 0},
        }
        for a, b in spans
    ]


def mark(at: float, color: str = "var(--lab-c2)") -> dict[str, Any]:
    """Return a shape: a vertical line at a time in seconds."""
    return {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "x0": at,
        "x1": at,
        "y0": 0,
        "y1": 1,
        "line": {"width": 2, "color": color},
    }
