"""Pictures of part 3: the sound with the bounds of its units, and the hard alignment."""

from __future__ import annotations

from typing import Any

import numpy as np

from algorithms.vits import FRAME_S, durations
from components.figure import figure, heatmap

from ..drawing import MARGIN, levels, mel_axis, mel_trace, time_axis, token_names
from ..speech import Spoken


def sounded(spoken: Spoken) -> dict[str, Any]:
    """Draw the log-mel of the sound with a line at every bound of the strip and the units' names."""
    bounds = spoken.bounds * FRAME_S
    middles = (bounds[1:] + bounds[:-1]) / 2
    units = spoken.script.units
    shown = [i for i, u in enumerate(units) if u.kind in ("sound", "pause")]
    names = {
        "type": "scatter",
        "mode": "text",
        "thin": True,
        "x": [float(middles[i]) for i in shown],
        "y": [84] * len(shown),
        "text": [units[i].text for i in shown],
        "textfont": {"size": 13, "color": "var(--body-text-color)"},
        "hoverinfo": "skip",
    }
    lines = [
        {
            "type": "line",
            "x0": x,
            "x1": x,
            "y0": -0.5,
            "y1": 79.5,
            "line": {"color": "#37c1b1", "width": 1, "dash": "dot"},
        }
        for x in bounds[1:-1].tolist()
    ]
    return figure(
        [mel_trace(spoken.y), names],
        alt=(
            f"Log-mel spectrogram of {spoken.duration_s:.2f} s with {len(units)} units. "
            + ", ".join(f"{units[i].text} to {bounds[i + 1]:.2f} s" for i in shown[:12])
            + ("." if len(shown) <= 12 else ", and so on.")
        ),
        x_title="Time (s)",
        y_title="Frequency (Hz)",
        home=spoken.wish.text,
        xaxis=time_axis(spoken),
        yaxis={"range": [-0.5, 88], "fixedrange": True, **mel_axis()},
        shapes=lines,
        margin=MARGIN,
    )


def alignment(spoken: Spoken) -> dict[str, Any]:
    """Draw the matrix of tokens and frames: each column has one token, each row as many columns as the token lasts."""
    names, frames = token_names(spoken), spoken.frames
    path = durations.alignment(frames)
    blank = np.array([s == "_" for s in spoken.script.tokens.symbols])
    z = np.where(path, np.where(blank[:, None], 0.55, 1.0), 0.0)
    share = 100 * frames[blank].sum() / frames.sum()
    longest = int(np.argmax(np.where(blank, 0, frames)))
    shown = [u for u in spoken.script.units if u.kind != "gap"]
    every = max(1, len(shown) // 30)
    return figure(
        [
            heatmap(
                levels(z, 0, 1),
                0,
                1,
                unit="",
                showscale=False,
                x0=FRAME_S / 2,
                dx=FRAME_S,
                rowtext=[
                    f"token {i}: {name} for {n} frames" for i, (name, n) in enumerate(zip(names, frames, strict=True))
                ],
                hovertemplate="%{x:.2f} s<br>%{text}<extra></extra>",
            )
        ],
        alt=(
            f"{len(frames)} tokens by {frames.sum()} frames of {1000 * FRAME_S:.1f} ms. The path rises from the first "
            f"token to the last and never goes back. Blanks (darker) own {share:.0f} % of the frames; the longest "
            f"token is {names[longest]} with {frames[longest]} frames."
        ),
        x_title="Time (s)",
        y_title="Token",
        home=spoken.wish.text,
        xaxis=time_axis(spoken),
        yaxis={
            "tickvals": [(u.start + u.end - 1) / 2 for u in shown[::every]],
            "ticktext": [u.text for u in shown[::every]],
            "tickfont": {"size": 10},
        },
        margin=MARGIN,
    )
