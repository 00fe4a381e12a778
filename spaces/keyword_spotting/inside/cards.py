"""Words and small tables of "Look inside": one value worked out, and what the layers cost, as HTML."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import Any

import numpy as np

from algorithms.keyword.ds_cnn import Layer, standard_conv_macs
from components.figure import figure

from . import numbers
from .numbers import Look

MARGIN = {"l": 78, "r": 16, "t": 6, "b": 40}
COST_KEY = {
    "first and last layer": "var(--lab-c4)",
    "depthwise 3 × 3": "var(--lab-c2)",
    "pointwise 1 × 1": "var(--lab-c1)",
    "standard 3 × 3 in its place": "var(--lab-grid)",
}


def key(colours: dict[str, str]) -> str:
    """What the colours of a picture mean, as HTML that wraps on a phone."""
    return (
        '<p class="kwi-key">' + "".join(f'<span style="--c:{c}">{name}</span>' for name, c in colours.items()) + "</p>"
    )


def said(picture: dict[str, Any]) -> str:
    """What a picture says in words and numbers, for everybody to read, as HTML."""
    return f'<p class="kwi-sentence">{escape(picture["alt"])}</p>'


def shade(value: float, most: float) -> str:
    """Background of a table's cell: one colour below zero, another above, stronger the larger."""
    share = min(100, round(100 * abs(value) / max(most, 1e-9)))
    return f"background:color-mix(in srgb, var(--lab-{'c2' if value >= 0 else 'c3'}) {share * 0.7:.0f}%, transparent)"


def _grid(z: np.ndarray, head: str, digits: int = 2) -> str:
    """A kernel-sized table [k_t, k_f], time to the right, frequency upwards."""
    most = float(np.abs(z).max())
    rows = "".join(
        "<tr>"
        + "".join(f'<td style="{shade(v, most)}">{round(float(v), digits) + 0.0:.{digits}f}</td>' for v in row)
        + "</tr>"
        for row in z.T[::-1]
    )
    return (
        f'<div class="lab-scroll"><table class="kwi-grid"><caption>{head}</caption><tbody>{rows}</tbody></table></div>'
    )


def cell_card(seen: Look, name: str, channel: int, at: tuple[int, int]) -> str:
    """How one value of a map comes about: inputs, weights, products, and the sum with its numbers."""
    layer = seen.layer(name)
    found = numbers.cell(seen, name, channel, *at)
    x0, dx = seen.times(name)
    place = f"{numbers.title(name)}, channel {channel}, at {x0 + at[0] * dx:.2f} s, row {at[1]}"
    if layer.kind == "pointwise":
        products = found.products.ravel()
        order = np.argsort(-np.abs(products))[:6]
        most = float(np.abs(products).max())
        rows = "".join(
            f"<tr><td>{i}</td><td>{found.inputs.ravel()[i]:.2f}</td><td>{found.weights.ravel()[i]:+.3f}</td>"
            f'<td style="{shade(products[i], most)}">{products[i]:+.2f}</td></tr>'
            for i in order
        )
        rest = products.sum() - products[order].sum()
        tables = (
            '<table class="lab-table kwi-products"><thead><tr><th>Channel in</th><th>Its value</th><th>Weight</th>'
            f"<th>Product</th></tr></thead><tbody>{rows}<tr><td>{len(products) - len(order)} others</td><td></td>"
            f"<td></td><td>{rest:+.2f}</td></tr></tbody></table>"
        )
    else:
        tables = (
            '<div class="kwi-grids">'
            + _grid(found.inputs[0], "What the kernel lies on")
            + "<b>×</b>"
            + _grid(found.weights[0], "its weights")
            + "<b>=</b>"
            + _grid(found.products[0], "products")
            + "</div>"
        )
    count = found.products.size
    end = f"ReLU: {max(found.total, 0):.3f}" if found.total >= 0 else "negative, so the ReLU makes it 0"
    if name in seen.step:
        end += f"; in eight bits the nearest step of {seen.step[name]:.4f} is kept: <strong>{found.value:.3f}</strong>"
    else:
        end = end.replace(f"{found.value:.3f}", f"<strong>{found.value:.3f}</strong>")
    return (
        f'<section class="kwi-card"><h3>How this one value comes about: {place}</h3>{tables}'
        f'<p class="kwi-sum">bias {found.bias:+.3f} and the sum of {count} products {found.products.sum():+.3f} '
        f"give {found.total:.3f}. {end}</p></section>"
    )


# ---------------------------------------------------------------- what the layers cost


def pairs(plan: tuple[Layer, ...]) -> list[tuple[Layer, Layer]]:
    """The blocks: each depthwise layer with the pointwise one that follows."""
    return [(a, b) for a, b in pairwise(plan) if a.kind == "depthwise"]


def cost_figure(seen: Look) -> dict[str, Any]:
    """Draw multiply-accumulates of each layer, and of a standard convolution in the place of each block."""
    plan = seen.layers
    rows = [("first conv", plan[0].macs, 0, 0)]
    rows += [(f"block {i}", 0, a.macs, b.macs) for i, (a, b) in enumerate(pairs(plan), 1)]
    rows.append(("linear", plan[-1].macs, 0, 0))
    instead = [0, *(standard_conv_macs(a, b.out_shape[0]) for a, b in pairs(plan)), 0]
    names = [row[0] for row in rows]
    bar = {"type": "bar", "orientation": "h", "y": names}
    hover = "%{y}: %{x:.3f} million multiply-accumulates"

    def trace(values, name, colour, group):
        return {
            **bar,
            "x": [v / 1e6 for v in values],
            "name": name,
            "marker": {"color": colour},
            "offsetgroup": group,
            "hovertemplate": f"{name}, {hover}<extra></extra>",
        }

    now, then = sum(x.macs for x in plan), sum(instead) + plan[0].macs + plan[-1].macs
    # Depthwise and pointwise of a block share a row, one behind the other; the standard one has a row of its own.
    stacked = [
        trace([row[1] for row in rows], "first and last layer", "var(--lab-c4)", "now"),
        trace([row[2] for row in rows], "depthwise 3 × 3", "var(--lab-c2)", "now"),
        {
            **trace([row[3] for row in rows], "pointwise 1 × 1", "var(--lab-c1)", "now"),
            "base": [r[2] / 1e6 for r in rows],
        },
        trace(instead, "standard 3 × 3 in its place", "var(--lab-grid)", "standard"),
    ]
    return figure(
        stacked,
        alt=(
            f"DS-CNN {seen.size.upper()}: {now:,} multiply-accumulates a second of sound, "
            f"{100 * sum(b.macs for _, b in pairs(plan)) / now:.0f} % of them in the pointwise layers. With "
            f"standard 3 x 3 "
            f"convolutions it would be {then:,}, {then / now:.1f} times as many."
        ),
        x_title="Multiply-accumulates (million)",
        barmode="group",
        bargap=0.25,
        xaxis={"rangemode": "tozero", "fixedrange": True},
        yaxis={"autorange": "reversed", "fixedrange": True},
        dragmode=False,
        margin=MARGIN,
    )


def cost_formula(seen: Look, kernel: int, channels: int) -> str:
    """The formula of a standard and of a separable convolution, filled in for a kernel and a number of channels."""
    _, t, f = pairs(seen.layers)[-1][0].out_shape
    places = t * f
    k2 = kernel * kernel
    standard, depthwise, pointwise = k2 * channels * channels * places, k2 * channels * places, channels**2 * places
    separable = depthwise + pointwise
    ratio = 1 / channels + 1 / k2
    weights = k2 * channels * channels, k2 * channels + channels * channels
    return (
        '<section class="kwi-card kwi-formula"><h3>The formula with its numbers</h3><dl>'
        f"<dt>Standard</dt><dd>k·k · C · C · T·F = {kernel}·{kernel} · {channels} · {channels} · {t}·{f} "
        f"= <b>{standard:,}</b></dd>"
        f"<dt>Depthwise</dt><dd>k·k · C · T·F = {kernel}·{kernel} · {channels} · {t}·{f} = {depthwise:,}</dd>"
        f"<dt>Pointwise</dt><dd>C · C · T·F = {channels} · {channels} · {t}·{f} = {pointwise:,}</dd>"
        f"<dt>Together</dt><dd><b>{separable:,}</b></dd>"
        f"<dt>Share</dt><dd>1/C + 1/k² = 1/{channels} + 1/{k2} = {ratio:.4f}: <b>{1 / ratio:.1f} times fewer</b> "
        f"multiply-accumulates, and {weights[1]:,} instead of {weights[0]:,} weights</dd></dl></section>"
    )


def cost_table(seen: Look) -> str:
    """Every layer with its shape, parameters and multiply-accumulates, as an HTML table."""
    plan = seen.layers
    macs, parameters = sum(x.macs for x in plan), sum(x.parameters for x in plan)
    kernels = {"pool": "mean of all", "linear": "–"}
    rows = "".join(
        f"<tr><td>{numbers.title(x.name)}</td><td>{kernels.get(x.kind, f'{x.kernel[0]} × {x.kernel[1]}')}</td>"
        f"<td>{' × '.join(map(str, x.out_shape))}</td><td>{x.parameters:,}</td><td>{x.macs:,}</td>"
        f"<td class='kwi-share'><i style='width:{100 * x.macs / macs:.1f}%'></i>{100 * x.macs / macs:.1f} %</td></tr>"
        for x in plan
    )
    return (
        '<div class="lab-scroll"><table class="lab-table kwi-costs"><thead><tr><th>Layer</th><th>Kernel (time × freq.)'
        "</th><th>Output (channels × time × freq.)</th><th>Parameters</th><th>Multiply-accumulates</th><th>Share</th>"
        f"</tr></thead><tbody>{rows}</tbody><tfoot><tr><td>Together</td><td></td><td></td><td>{parameters:,}</td>"
        f"<td>{macs:,}</td><td></td></tr></tfoot></table></div>"
    )
