"""Pictures of "Look inside" about the answer: what each moment and each channel adds to a class."""

from __future__ import annotations

from typing import Any

import numpy as np

from components.figure import figure

from ..sound import Heard
from . import numbers
from .numbers import Look
from .pictures import MARGIN, frame, signed, time_axis


def answer(heard: Heard, seen: Look, label: int) -> dict[str, Any]:
    """Draw what each moment adds to each class's logit; the chosen class is framed."""
    maps = numbers.class_maps(seen).sum(2)  # [classes, T]
    logits = maps.sum(1)
    x0, dx = seen.times(seen.before("pool"))
    probs, names = heard.probs, list(seen.labels)
    best = int(logits.argmax())
    peak = x0 + int(maps[best].argmax()) * dx
    return figure(
        [
            signed(
                maps,
                float(np.abs(maps).max()),
                x0=x0,
                dx=dx,
                unit="added",
                rowtext=names,
                hovertemplate="%{text}, %{x:.2f} s<br>adds %{z:+.2f} to its logit<extra></extra>",
            )
        ],
        alt=(
            f"{heard.name}: {names[best]} collects {logits[best]:+.2f}, most of it near {peak:.2f} s. "
            + " ".join(f"{n} {v:+.1f} (p = {p:.2f})." for n, v, p in zip(names, logits, probs, strict=True))
        ),
        home=heard.name,
        xaxis=time_axis(heard),
        yaxis={
            "tickvals": list(range(len(names))),
            "ticktext": [f"{n.strip('_')} {v:+.1f}" for n, v in zip(names, logits, strict=True)],
            "range": [len(names) - 0.5, -0.5],
            "fixedrange": True,
        },
        margin={**MARGIN, "l": 96},
        shapes=[{**frame(0, 1, label - 0.5, label + 0.5), "xref": "paper"}],
    )


def channel_votes(seen: Look, label: int) -> dict[str, Any]:
    """Draw what each channel of the last map adds to the chosen class, the largest first."""
    votes = numbers.contributions(seen, label)
    order = np.argsort(-votes)
    bias = float(seen.bias["linear"][label])
    colours = ["var(--lab-c2)" if votes[i] >= 0 else "var(--lab-c3)" for i in order]
    top = ", ".join(f"channel {i} {votes[i]:+.2f}" for i in order[:3])
    return figure(
        [
            {
                "type": "bar",
                "x": [str(i) for i in order],
                "y": votes[order].astype(np.float32),
                "marker": {"color": colours},
                "hovertemplate": "channel %{x}<br>%{y:+.3f}<extra>click to see its map</extra>",
            }
        ],
        alt=(
            f"{seen.labels[label].strip('_')}: {len(votes)} channels and a bias of {bias:+.2f} add up to "
            f"{votes.sum() + bias:+.2f}. Most for it: {top}; most against it: channel {order[-1]} "
            f"{votes[order[-1]]:+.2f}."
        ),
        x_title="Channel of the last map, the largest first",
        y_title="Adds to the logit",
        xaxis={"type": "category", "showticklabels": False, "showgrid": False, "fixedrange": True},
        yaxis={"fixedrange": True},
        dragmode=False,
        margin={**MARGIN, "r": 16},
    )
