"""Pictures of "32 bits against 8": latencies, error layer by layer, accuracy against bits."""

from __future__ import annotations

from typing import Any

import numpy as np

from algorithms.keyword import lens as kws_lens
from algorithms.keyword.ds_cnn import layers
from components.figure import figure, heatmap, line

from ..inside import numbers
from ..inside.pictures import levels
from ..sound import Heard
from . import numbers as bits
from .numbers import Compared, Measured

NAMES = {"s-int8": "Small, 8 bits", "s-fp32": "Small, 32 bits", "m-int8": "Medium, 8 bits", "m-fp32": "Medium, 32 bits"}
COLOURS = {"s-int8": "var(--lab-c1)", "s-fp32": "var(--lab-c2)", "m-int8": "var(--lab-c1)", "m-fp32": "var(--lab-c2)"}
WAY_NAMES = {"channel": "one scale per channel", "tensor": "one scale per layer"}
MARGIN = {"l": 62, "r": 16, "t": 8, "b": 42}
MAX_DOTS = 1500
STYLES = {  # (one scale per channel, also the outputs are rounded) -> colour, line
    (True, False): ("var(--lab-c3)", "dash"),
    (True, True): ("var(--lab-c1)", "solid"),
    (False, False): ("var(--lab-c4)", "dash"),
    (False, True): ("var(--lab-c2)", "solid"),
}
ACCURACY_KEY = {
    f"{WAY_NAMES['channel' if channel else 'tensor']}, {'everything rounded' if outputs else 'only weights'}": colour
    for (channel, outputs), (colour, _) in STYLES.items()
}
ERROR_KEY = {
    "the shipped 8-bit file": "var(--lab-c1)",
    "the chosen bits, one scale per channel": "var(--lab-c3)",
    "the chosen bits, one scale per layer": "var(--lab-c2)",
}


def latencies(found: Measured) -> dict[str, Any]:
    """Draw every single inference as a dot, with the median and the 95th percentile of each network."""
    traces, words = [], []
    rng = np.random.default_rng(0)  # dots are spread a little so that they don't hide one another
    for row, variant in enumerate(bits.VARIANTS):
        ms = found.ms[variant]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": ms.astype(np.float32),
                "y": (row + rng.uniform(-0.2, 0.2, len(ms))).astype(np.float32),
                "marker": {"size": 5, "color": COLOURS[variant], "opacity": 0.45},
                "name": NAMES[variant],
                "hovertemplate": f"{NAMES[variant]}: %{{x:.3f}} ms<extra></extra>",
            }
        )
        for x, width in ((found.median(variant), 3), (found.p95(variant), 1.5)):
            style = {"color": "var(--body-text-color)", "width": width, "dash": "solid" if width == 3 else "dot"}
            traces.append(
                {"type": "scatter", "mode": "lines", "x": [x, x], "y": [row - 0.38, row + 0.38], "line": style}
                | {"hovertemplate": ("median" if width == 3 else "95th percentile") + " %{x:.3f} ms<extra></extra>"}
            )
        words.append(
            f"{NAMES[variant]}: median {found.median(variant):.3f} ms, 95 % within {found.p95(variant):.3f} ms."
        )
    low = min(float(ms.min()) for ms in found.ms.values())
    high = max(float(np.quantile(ms, 0.98)) for ms in found.ms.values())
    ends = [float(np.log10(low * 0.9)), float(np.log10(high * 1.3))]
    runs = len(next(iter(found.ms.values())))
    return figure(
        traces,
        alt=f"{runs} runs each, measured now. " + " ".join(words),
        x_title="One inference (ms)",
        home=found.at,
        xaxis={"type": "log", "range": ends, "fixedrange": True, "tickvals": [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]},
        yaxis={
            "tickvals": list(range(len(bits.VARIANTS))),
            "ticktext": [NAMES[v] for v in bits.VARIANTS],
            "range": [len(bits.VARIANTS) - 0.5, -0.5],
            "fixedrange": True,
            "showgrid": False,
        },
        dragmode=False,
        margin={**MARGIN, "l": 112},
    )


def layer_errors(heard: Heard, found: Compared, n_bits: int, chosen: str) -> dict[str, Any]:
    """Draw the signal-to-quantisation-noise ratio after each layer, of the shipped file and of simulated bits."""
    names = list(found.exact)
    words = [numbers.tiny(name) for name in names]
    rows = {
        "the shipped 8-bit file": (found.shipped, "var(--lab-c1)", "solid"),
        f"{n_bits} bits, {WAY_NAMES['channel']}": (found.simulated[n_bits, "channel"], "var(--lab-c3)", "dash"),
        f"{n_bits} bits, {WAY_NAMES['tensor']}": (found.simulated[n_bits, "tensor"], "var(--lab-c2)", "dot"),
    }
    db = {name: found.sqnr_db(coarse) for name, (coarse, _, _) in rows.items()}
    traces = [
        line(
            words,
            [round(v, 2) for v in db[name]],
            color=colour,
            name=name,
            line={"width": 2.5, "dash": dash},
            mode="lines+markers",
            hovertemplate=f"%{{x}}: %{{y:.1f}} dB<extra>{name}</extra>",
        )
        for name, (_, colour, dash) in rows.items()
    ]
    at = names.index(chosen) if chosen in names else 1
    return figure(
        traces,
        alt=f"{heard.name}, error below the signal, from the input to the logits: "
        + " ".join(f"{name}: {v[0]:.1f} to {v[-1]:.1f} dB, lowest {min(v):.1f} dB." for name, v in db.items()),
        x_title="Layer (dw: depthwise, pw: pointwise)",
        y_title="Signal over error (dB)",
        shapes=[
            {"type": "rect", "xref": "x", "x0": at - 0.4, "x1": at + 0.4, "yref": "paper", "y0": 0, "y1": 1}
            | {"fillcolor": "var(--lab-fill)", "line": {"width": 0}, "layer": "below"}
        ],
        xaxis={"type": "category", "tickangle": 0, "tickfont": {"size": 10.5}, "fixedrange": True},
        yaxis={"fixedrange": True},
        dragmode=False,
        margin={**MARGIN, "t": 8, "b": 56},
    )


def scatter(heard: Heard, found: Compared, name: str, n_bits: int, way: str) -> dict[str, Any]:
    """Draw a layer's values in float32 against the same values with simulated bits."""
    exact, coarse = (z[name].ravel() for z in (found.exact, found.simulated[n_bits, way]))
    every = -(-len(exact) // MAX_DOTS)
    x, y = exact[::every], coarse[::every]
    low, high = float(min(exact.min(), coarse.min())), float(max(exact.max(), coarse.max()))
    pad = 0.05 * max(high - low, 1e-6)
    return figure(
        [
            line([low, high], [low, high], color="var(--lab-grid)", hoverinfo="skip"),
            {
                "type": "scatter",
                "mode": "markers",
                "x": x,
                "y": y,
                "marker": {"size": 5, "color": "var(--lab-c2)", "opacity": 0.4},
                "hovertemplate": "32 bits %{x:.2f}<br>coarse %{y:.2f}<extra></extra>",
            },
        ],
        alt=(
            f"{numbers.title(name).capitalize()} of {heard.name}: {len(exact)} values in 32 bits and with {n_bits} "
            f"bits, "
            f"{WAY_NAMES[way]}: signal over error {kws_lens.sqnr_db(exact, coarse):.1f} dB, largest difference "
            f"{np.abs(exact - coarse).max():.2f}."
        ),
        x_title="In 32 bits",
        y_title=f"With {n_bits} bits",
        xaxis={"range": [low - pad, high + pad], "fixedrange": True},
        yaxis={"range": [low - pad, high + pad], "fixedrange": True},
        dragmode=False,
        margin=MARGIN,
    )


def accuracy(size: str, n_bits: int) -> dict[str, Any]:
    """Draw the share of right validation clips against the number of bits (stored counts)."""
    known = bits.stored()
    count = known["clips"]
    weights_count = sum(layer.weights for layer in layers(size))
    axis = [32, *range(kws_lens.MAX_BITS, kws_lens.MIN_BITS - 1, -1)]
    words = [f"{n}<br>{weights_count * n / 8000:.0f}" for n in axis]
    full = known["right"][f"{size}-fp32"] / count
    traces, said = [], []
    for (per_channel, outputs), (colour, dash) in STYLES.items():
        way = WAY_NAMES["channel" if per_channel else "tensor"]
        name = f"{way}, {'everything rounded' if outputs else 'only weights'}"
        right = {
            row["bits"]: row["right"] / count
            for row in known["bits"][size]
            if row["per_channel"] == per_channel and row["outputs"] == outputs
        }
        shares = [100 * full, *(100 * right[n] for n in axis[1:])]
        traces.append(
            line(
                words,
                [round(v, 1) for v in shares],
                color=colour,
                name=name,
                line={"width": 2.5, "dash": dash},
                mode="lines+markers",
                hovertemplate="%{y:.1f} %<extra>" + name + "</extra>",
            )
        )
        said.append(f"{name}: {100 * right[8]:.1f} % at 8 bits, {100 * right[4]:.1f} % at 4.")
    at = axis.index(n_bits)
    return figure(
        traces,
        alt=f"DS-CNN {size.upper()} on {count} clips, {100 * full:.1f} % in 32 bits. " + " ".join(said),
        x_title="Bits, and below them kB of weights",
        y_title="Right (%)",
        shapes=[
            {"type": "rect", "xref": "x", "x0": at - 0.4, "x1": at + 0.4, "yref": "paper", "y0": 0, "y1": 1}
            | {"fillcolor": "var(--lab-fill)", "line": {"width": 0}, "layer": "below"}
        ],
        xaxis={"type": "category", "tickangle": 0, "tickfont": {"size": 10.5}, "fixedrange": True},
        yaxis={"range": [0, 101], "fixedrange": True},
        dragmode=False,
        margin={**MARGIN, "t": 8, "b": 56},
    )


def own_word(heard: Heard, found: Compared, way: str) -> dict[str, Any]:
    """Draw the probabilities of all classes for the heard second, with every number of bits."""
    axis = [32, *range(kws_lens.MAX_BITS, kws_lens.MIN_BITS - 1, -1)]
    ways = [found.exact, *(found.simulated[n, way] for n in axis[1:])]
    p = np.stack([kws_lens.softmax(z["linear"].ravel()) for z in ways], 1)  # [classes, bits]
    names = [label.strip("_") for label in heard.spotter.labels]
    best = ["none" if column.max() - column.min() < 1e-3 else names[column.argmax()] for column in p.T]
    return figure(
        [
            heatmap(
                levels(p, 0, 1),
                0,
                1,
                unit="p",
                rowtext=names,
                hovertemplate="%{text}: p = %{z:.2f}<extra></extra>",
            )
        ],
        alt=f"{heard.name}, {WAY_NAMES[way]}: "
        + ", ".join(f"{n} bits {word} {v:.2f}" for n, word, v in zip(axis, best, p.max(0), strict=True)),
        x_title="Bits (32: nothing is rounded)",
        xaxis={
            "tickvals": list(range(len(axis))),
            "ticktext": [f"{n}<br>{word}" for n, word in zip(axis, best, strict=True)],
            "fixedrange": True,
        },
        yaxis={"tickvals": list(range(len(names))), "ticktext": names, "range": [len(names) - 0.5, -0.5]}
        | {"fixedrange": True},
        dragmode=False,
        margin={**MARGIN, "l": 78, "r": 70, "b": 56},
    )
