"""Every head of the decoder in small: where each listens, which ones align, and how good each is alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from components.figure import figure, heatmap

from ..drawing import levels
from .reading import Head, Reading, far, head_name, padding_share
from .rivals import Rivals

TILE = (36, 72)  # rows and columns of a head's picture


def _tile(w: np.ndarray) -> np.ndarray:
    """Shrink one head's attention [rows, positions] to uint8 `TILE`, brightest where it looks most."""
    for axis, size in enumerate(TILE):
        edges = np.linspace(0, w.shape[axis], size + 1).astype(int)[:-1]
        w = np.maximum.reduceat(w, np.minimum(edges, w.shape[axis] - 1), axis=axis)
    return levels(w, 0.0, max(float(np.quantile(w, 0.99)), 1e-9))


def picture(reading: Reading, chosen: Sequence[Head], rivals: Rivals | None, padding: bool) -> dict[str, Any]:
    """Draw every head of every layer in small: rows are layers, columns heads; those that align are framed."""
    layers, count = reading.cross.shape[:2]
    columns = None if padding else reading.heard.listened.positions
    weights = reading.rows(reading.cross)[..., :columns]
    rows, cols = TILE[0] + 3, TILE[1] + 3
    z = np.zeros((layers * rows, count * cols), np.uint8)
    for layer, head in reading.all_heads:
        # Tokens run downwards, and the picture's first row is its lowest.
        tile = _tile(weights[layer, head])[::-1]
        y, x = (layers - 1 - layer) * rows + 1, head * cols + 1
        z[y : y + TILE[0], x : x + TILE[1]] = tile
    shares = padding_share(reading)
    aligned = set(reading.heard.model.alignment_heads)
    alone = rivals.alone_ms if rivals else {}

    def about(layer: int, head: int) -> str:
        kind = "alignment head" if (layer, head) in aligned else "not an alignment head"
        name = head_name((layer, head)).capitalize()
        said = f"{name}: {kind}<br>{shares[layer, head]:.0%} of its attention on the padding"
        return said + (f"<br>alone, word starts move by {far(alone[layer, head])}" if alone else "")

    def frame(layer: int, head: int, width: float, color: str) -> dict[str, Any]:
        x, y = head, layers - 1 - layer
        place = {"type": "rect", "x0": x - 0.48, "x1": x + 0.48, "y0": y - 0.46, "y1": y + 0.46}
        return {**place, "line": {"width": width, "color": color}}

    spots = {
        "type": "scatter",
        "mode": "markers",
        "x": [head for _, head in reading.all_heads],
        "y": [layers - 1 - layer for layer, _ in reading.all_heads],
        "marker": {"size": 50, "symbol": "square", "opacity": 0},
        "hovertext": [about(*one) for one in reading.all_heads],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }

    def label(layer: int, head: int) -> dict[str, Any]:
        name = ("★ " if (layer, head) in aligned else "") + (far(alone[layer, head]) if alone else "")
        place = {"x": head - 0.46, "y": layers - 1 - layer - 0.44, "xanchor": "left", "yanchor": "bottom"}
        return {"text": name, "showarrow": False, "font": {"size": 11, "color": "#fff"}, **place}

    return figure(
        [
            heatmap(
                z,
                0,
                1,
                unit="",
                x0=-0.5 + 0.5 / cols,
                dx=1 / cols,
                y0=-0.5 + 0.5 / rows,
                dy=1 / rows,
                showscale=False,
                hoverinfo="none",
                hovertemplate="",
            ),
            spots,
        ],
        alt=f"Attention of {layers} x {count} heads; alignment heads: "
        + "; ".join(map(head_name, sorted(aligned)))
        + ".",
        home=f"{layers}",
        xaxis={
            "tickvals": list(range(count)),
            "ticktext": [f"head {i + 1}" for i in range(count)],
            "range": [-0.5, count - 0.5],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
        yaxis={
            "tickvals": list(range(layers)),
            "ticktext": [f"layer {layers - i}" for i in range(layers)],
            "range": [-0.5, layers - 0.5],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
        dragmode=False,
        margin={"l": 60, "r": 12, "t": 6, "b": 26},
        shapes=[
            *(frame(*one, 2.5, "#fb923c") for one in sorted(aligned)),
            *(frame(*one, 3, "#fff") for one in chosen),
        ],
        annotations=[label(*one) for one in reading.all_heads],
    )
