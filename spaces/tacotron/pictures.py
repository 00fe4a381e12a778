"""What the pictures of several parts share: the alignment, mels, sentences about them."""

from __future__ import annotations

from typing import Any

import numpy as np

from algorithms.signal.mel import mel_frequencies
from algorithms.signal.synthesis_mel import SYNTHESIS_MEL
from components.figure import figure, heatmap, line
from components.player import Sound
from components.words import count

from .speech import FRAME_S, RATE, Spoken

MARGIN = {"l": 62, "r": 84, "t": 8, "b": 38}
CLOCK = "taco"
NAMES_UP, NAMES_ACROSS = 20, 48  # of tokens that an axis has room for


def levels(z: np.ndarray, low: float, high: float) -> np.ndarray:
    """Values to uint8: `low` to 0, `high` to 255."""
    return np.round(np.clip((z - low) / max(high - low, 1e-12), 0, 1) * 255).astype(np.uint8)


def token_axis(spoken: Spoken, most: int) -> dict[str, Any]:
    """Return the layout of the axis of tokens, with at most `most` names."""
    ticks = list(range(0, len(spoken.names), max(1, -(-len(spoken.names) // most))))
    return {"tickvals": ticks, "ticktext": [spoken.names[i] for i in ticks], "tickfont": {"size": 11}, "tickangle": 0}


def time_axis(spoken: Spoken) -> dict[str, Any]:
    """Return the layout of the axis of time, and a zoom that another result forgets."""
    return {"range": [0, round(spoken.duration_s, 3)], "automargin": False, "uirevision": str(spoken.wish)}


def alignment(spoken: Spoken, *, steps: int | None = None, at: tuple[int, int] | None = None) -> dict[str, Any]:
    """Draw how much each step (across, in seconds) looks at each token (up); only the first `steps` of them."""
    weights = spoken.got.weights
    shown = weights if steps is None else np.where(np.arange(len(weights))[:, None] < steps, weights, 0)
    shapes = []
    if at is not None:
        x, y, w = (at[0] + 0.5) * spoken.step_s, at[1], spoken.step_s / 2
        box = {"type": "rect", "x0": x - w, "x1": x + w, "y0": y - 0.5, "y1": y + 0.5}
        shapes = [{**box, "line": {"color": "#37c1b1", "width": 2}}]
    return figure(
        [
            heatmap(
                levels(shown.T, 0, 1),
                0,
                1,
                unit="weight",
                x0=spoken.step_s / 2,
                dx=spoken.step_s,
                rowtext=list(spoken.names),
                hovertemplate="%{x:.2f} s looks at %{text}: %{z:.2f}<extra></extra>",
            )
        ],
        alt=told(spoken) if steps is None or steps >= len(weights) else f"The first {steps} of {len(weights)} steps.",
        x_title="Time written (s)",
        y_title="Token",
        home=str(spoken.wish),
        xaxis=time_axis(spoken),
        yaxis=token_axis(spoken, NAMES_UP),
        shapes=shapes,
        margin=MARGIN,
    )


def told(spoken: Spoken) -> str:
    """Say in words how the attention went."""
    order, weights = spoken.order, spoken.got.weights
    steps = f"{count(len(weights), 'step')} over {count(weights.shape[1], 'token')}"
    if order.right:
        how = "the attention goes through the text in order and reaches the end"
    else:
        wrong = [
            words
            for words, is_so in (
                ("it never reaches the end of the text", not order.reached),
                (f"it goes back {count(order.repeats, 'time')}", order.repeats),
                (f"it jumps ahead {count(order.skips, 'time')}", order.skips),
                ("the stop token never fires, so a limit of steps ends it", not order.ended),
            )
            if is_so
        ]
        how = "; ".join(wrong)
    return f"{steps}: {how}. The largest weight of a step is {weights.max(1).mean():.2f} on average."


def mel(
    spoken: Spoken, z: np.ndarray, *, alt: str, limits: tuple[float, float], unit: str = "ln", **trace: Any
) -> dict:
    """Draw a mel or a difference of mels [80, T]."""
    hz = mel_frequencies(SYNTHESIS_MEL)
    rows = [int(np.abs(hz - f).argmin()) for f in (250, 1000, 2000, 4000, 7000)]
    low, high = limits
    return figure(
        [
            heatmap(
                levels(z, low, high),
                low,
                high,
                unit=unit,
                x0=0,
                dx=FRAME_S,
                rowtext=[f"{f:.0f} Hz" for f in hz],
                hovertemplate="%{x:.2f} s, %{text}: %{z:.1f}<extra></extra>",
                **trace,
            )
        ],
        alt=alt,
        y_title="Mel band (Hz)",
        home=str(spoken.wish),
        xaxis={"range": [0, round(z.shape[1] * FRAME_S, 3)], "automargin": False},
        yaxis={"tickvals": rows, "ticktext": ["250", "1k", "2k", "4k", "7k"]},
        margin={**MARGIN, "b": 24},
    )


def stop(spoken: Spoken) -> dict[str, Any]:
    """Draw the stop token's probability at every step."""
    p = spoken.got.stop
    x = (np.arange(len(p)) + 0.5) * spoken.step_s
    above = np.flatnonzero(p > 0.5)
    said = f"first above one half at {x[above[0]]:.2f} s" if len(above) else "never above one half"
    return figure(
        [line(x, p, mode="lines+markers", marker={"size": 4})],
        alt=f"Probability that this step is the last: {said}.",
        y_title="P(stop)",
        home=str(spoken.wish),
        xaxis=time_axis(spoken),
        yaxis={"range": [-0.05, 1.05]},
        shapes=[{"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": 0.5, "y1": 0.5, "line": {"dash": "dot"}}],
        margin={**MARGIN, "b": 24},
    )


def sound(title: str, y: np.ndarray) -> Sound:
    """Return what a player plays, turned down where it would clip."""
    peak = float(np.abs(y).max(initial=0))
    return Sound(title, y=y * np.float32(0.95 / peak) if peak > 0.95 else y, sample_rate=RATE)


def short(text: str, most: int = 60) -> str:
    """Return a title that fits a player."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def sentence(*html: str) -> str:
    """Return paragraphs of HTML."""
    return "".join(f'<p class="taco-sentence">{one}</p>' for one in html)
