"""Pictures of "32 bits against 8" about the weights: their grid, what each channel uses of it, one channel rounded."""

from __future__ import annotations

from typing import Any

import numpy as np

from components.figure import figure, line

from ..inside import numbers
from .numbers import Rounded
from .pictures import MARGIN


def weights(found: Rounded, name: str, way: str, channel: int) -> dict[str, Any]:
    """Draw the histogram of a layer's weights with the grid that the chosen channel is rounded to."""
    most = float(np.abs(found.exact).max())
    count, edges = np.histogram(found.exact, 81, (-most, most))
    scale, half = float(found.scale[channel]), found.levels // 2
    grid = scale * np.arange(-half, half + 1)
    top = float(count.max())
    ticks = np.stack([grid, grid, np.full(len(grid), np.nan)], 1).ravel()
    whose = f"of channel {channel}" if way == "channel" else "of the whole layer"
    own = np.abs(found.exact[channel]).max()
    share = 100 * float((np.abs(found.exact) < found.scale[:, None] / 2).mean())
    return figure(
        [
            {
                "type": "bar",
                "x": ((edges[1:] + edges[:-1]) / 2).astype(np.float32),
                "y": count.astype(np.int32),
                "marker": {"color": "var(--lab-c1)"},
                "name": "all weights of the layer",
                "hovertemplate": "%{y} weights near %{x:.2f}<extra></extra>",
            },
            line(
                ticks.astype(np.float32),
                np.tile([0.0, -0.14 * top, np.nan], len(grid)).astype(np.float32),
                color="var(--lab-c2)",
                name=f"grid {whose}",
                hovertemplate="grid point %{x:.4f}<extra></extra>",
                line={"width": 1 if len(grid) > 63 else 2},
            ),
        ],
        alt=(
            f"{numbers.title(name).capitalize()}: {found.exact.size} weights from {found.exact.min():.2f} to "
            f"{found.exact.max():.2f}. {found.bits} bits give {found.levels} grid points; the grid {whose} has "
            f"steps of "
            f"{scale:.4f} and reaches {half * scale:.2f}; channel {channel}'s own largest is {own:.2f}. "
            f"{share:.0f} % of "
            "the weights become zero."
        ),
        x_title="Weight (orange: the grid)",
        y_title="How many",
        xaxis={"range": [-1.03 * most, 1.03 * most], "fixedrange": True},
        yaxis={"fixedrange": True, "rangemode": "tozero"},
        bargap=0.05,
        dragmode=False,
        margin=MARGIN,
    )


def ranges(found: Rounded, name: str, channel: int) -> dict[str, Any]:
    """Draw how many grid points each channel's weights span, fewest last; the chosen channel stands out."""
    used, noise = found.used(), found.noise_db()
    order = np.argsort(-used, kind="stable")
    colours = ["var(--lab-c2)" if i == channel else "var(--lab-c1)" for i in order]
    limit = max(3, found.levels // 8)
    few = int((used <= limit).sum())
    lost = f", and its rounding error lies {noise[channel]:.1f} dB below its weights"
    if not found.steps[channel].any():
        lost = ": all its weights become 0"
    return figure(
        [
            {
                "type": "bar",
                "x": [str(i) for i in order],
                "y": used[order].astype(np.int32),
                "marker": {"color": colours},
                "hovertemplate": "channel %{x}: its weights span %{y} grid points<extra>click to open</extra>",
            }
        ],
        alt=(
            f"{numbers.title(name).capitalize()}: of {found.levels} grid points the channels' weights span "
            f"{used.min()} to "
            f"{used.max()}, median {np.median(used):.0f}; {few} of {len(used)} channels get {limit} or fewer. Channel "
            f"{channel} spans {used[channel]}{lost}."
        ),
        x_title="Channel, the widest first",
        y_title="Points spanned",
        shapes=[
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": found.levels, "y1": found.levels}
            | {"line": {"color": "var(--body-text-color-subdued)", "width": 1, "dash": "dot"}}
        ],
        xaxis={"type": "category", "showticklabels": False, "showgrid": False, "fixedrange": True},
        yaxis={"fixedrange": True, "range": [0, 1.06 * found.levels]},
        dragmode=False,
        margin=MARGIN,
    )


def one_channel(found: Rounded, channel: int) -> dict[str, Any]:
    """Draw one channel's weights before and after rounding, over the grid's lines."""
    exact, coarse = found.exact[channel], found.coarse[channel]
    scale = float(found.scale[channel])
    reach = 1.15 * max(float(np.abs(exact).max()), float(np.abs(coarse).max()), scale)
    k = np.arange(len(exact))
    lines = np.arange(-int(reach / scale), int(reach / scale) + 1) * scale
    grid = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "layer": "below"}
    shown = lines if len(lines) <= 65 else lines[:: -(-len(lines) // 65)]
    dot = {"type": "scatter", "mode": "markers", "x": k.astype(np.int32)}
    joins = np.stack([exact, coarse, np.full(len(k), np.nan)], 1).ravel()
    noise = found.noise_db()[channel]
    return figure(
        [
            line(
                np.repeat(k, 3).astype(np.int32),
                joins.astype(np.float32),
                color="var(--lab-c2)",
                hoverinfo="skip",
                showlegend=False,
            ),
            {**dot, "y": exact, "name": "32 bits", "marker": {"size": 8, "color": "var(--lab-c1)"}}
            | {"hovertemplate": "weight %{x}: %{y:.4f}<extra>32 bits</extra>"},
            {**dot, "y": coarse.astype(np.float32), "name": f"{found.bits} bits"}
            | {"marker": {"size": 8, "color": "var(--lab-c2)", "symbol": "square-open", "line": {"width": 2}}}
            | {"hovertemplate": "weight %{x}: %{y:.4f}<extra>rounded</extra>"},
        ],
        alt=(
            f"Channel {channel}: {len(exact)} weights between {exact.min():.3f} and {exact.max():.3f}, rounded to "
            f"steps of "
            f"{scale:.4f}; the largest error is {np.abs(exact - coarse).max():.4f}, the error lies {noise:.1f} dB "
            f"below."
        ),
        x_title="Number of the weight (each line is a grid point)"
        if len(shown) == len(lines)
        else "Number of the weight",
        y_title="Weight",
        shapes=[{**grid, "y0": v, "y1": v, "line": {"color": "var(--lab-grid)", "width": 1}} for v in shown.tolist()],
        xaxis={"fixedrange": True, "showgrid": False, "zeroline": False, "range": [-0.7, len(k) - 0.3]},
        yaxis={"range": [-reach, reach], "fixedrange": True, "showgrid": False, "zeroline": True},
        showlegend=True,
        dragmode=False,
        margin={**MARGIN, "t": 28},
    )
