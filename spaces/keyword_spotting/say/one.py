"""One second: the network's answer as bars, the sound, and what it answers while its window slides over it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import numpy as np

from algorithms.keyword.features import CLIP_SAMPLES, SAMPLE_RATE
from algorithms.keyword.stream import KeywordStream
from components.figure import figure, heatmap, line

from ..sound import Heard

EVERY = 1  # the window of the slide moves by one frame of 20 ms


def shown(label: str) -> str:
    """A class as people read it: "silence" for ``_silence_``."""
    return label.strip("_")


def bars(labels: Sequence[str], probs: np.ndarray, said: str = "") -> str:
    """Probabilities of all classes as HTML; the class `said` is marked."""
    best = int(probs.argmax())
    rows = "".join(
        f'<li class="{"best" if i == best else ""}{" said" if label == said else ""}"><span>{html.escape(shown(label))}'
        f'</span><i style="width:{100 * p:.1f}%"></i><em>{p:.2f}</em></li>'
        for i, (label, p) in enumerate(zip(labels, probs, strict=True))
    )
    return f'<ol class="kws-bars">{rows}</ol>'


def sentence(labels: Sequence[str], probs: np.ndarray) -> str:
    """What the answer means, in one or two plain sentences."""
    first, second = np.argsort(-probs)[:2]
    name, p = labels[first], probs[first]
    rival = f"{shown(labels[second])} comes second with {probs[second]:.2f}"
    if name == "_silence_":
        return f"It hears no word in this second ({p:.2f}); {rival}."
    if name == "_unknown_":
        return f"It takes this for speech, but for none of its words ({p:.2f}); {rival}."
    if p < 0.4:
        return f"It cannot decide: “{name}” is just ahead; {rival}."
    if p < 0.6:
        return f"It leans to “{name}” but is not sure; {rival}."
    return f"It is sure of “{name}”; {rival}." if p > 0.9 else f"It hears “{name}”; {rival}."


def answer(spotter: Any, probs: np.ndarray, whose: str) -> str:
    """The card with the word, the sentence and the bars."""
    best = int(probs.argmax())
    name = shown(spotter.labels[best])
    kind = "" if spotter.labels[best] not in ("_silence_", "_unknown_") else " none"
    return (
        f'<section class="kws-answer"><p class="kws-word{kind}"><strong>{html.escape(name)}</strong> '
        f"<span>{probs[best]:.2f}</span></p><p>{html.escape(sentence(spotter.labels, probs))} "
        f"<small>{html.escape(whose)}</small></p>{bars(spotter.labels, probs)}</section>"
    )


def outline(y: np.ndarray, columns: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest sample of each of `columns` stretches: (time in s, value), each [2 columns]."""
    step = max(1, len(y) // columns)
    pieces = y[: len(y) // step * step].reshape(-1, step)
    t = (np.arange(len(pieces)) + 0.5) * step / SAMPLE_RATE
    return np.repeat(t, 2), np.stack([pieces.min(1), pieces.max(1)], axis=1).ravel()


def wave(heard: Heard) -> dict:
    """The second itself."""
    t, y = outline(heard.y)
    peak = float(np.abs(heard.y).max())
    top = max(0.05, 1.05 * peak)
    return figure(
        [line(t, y, line={"width": 1})],
        alt=f"The sound {heard.name}: one second, its peak is {peak:.2f}.",
        x_title="Time (s)",
        y_title="",
        x_range=(0, 1),
        y_range=(-top, top),
        home=heard.name,
        margin={"b": 34},
    )


def slid(heard: Heard, spotter: Any) -> tuple[np.ndarray, np.ndarray]:
    """Middle of each window (s, on the clip's axis) and the answer there, [n] and [n, classes]."""
    stream = KeywordStream(spotter, EVERY)
    silence = np.zeros(CLIP_SAMPLES, np.float32)
    stream.push(np.concatenate([silence, heard.y, silence]))
    middles = stream.time_s(0) - 1.5 + stream.step_s * np.arange(stream.steps)  # the clip begins after 1 s of silence
    keep = (middles >= -0.41) & (middles <= 1.41)
    return middles[keep], stream.probs[keep]


def slide(heard: Heard, spotter: Any) -> dict:
    """Probabilities of all classes while the one-second window slides over the clip, silence before and after it."""
    middles, probs = slid(heard, spotter)
    labels = [shown(label) for label in spotter.labels]
    columns = [i for i, label in enumerate(spotter.labels) if not label.startswith("_")]
    best = int(probs[:, columns].max(0).argmax())
    word, track = labels[columns[best]], probs[:, columns[best]]
    sure = middles[track >= 0.5]
    where = f"for windows from {sure.min():.2f} to {sure.max():.2f} s" if len(sure) else "nowhere"
    rows = np.round(255 * probs[:, ::-1].T).astype(np.uint8)
    data = [
        heatmap(
            rows, 0.0, 1.0, unit="p", x0=float(middles[0]), dx=float(middles[1] - middles[0]), y=labels[::-1],
            hovertemplate="window around %{x:.2f} s<br>%{y}: %{z:.2f}<extra></extra>", showscale=False,
        )
    ]  # fmt: skip
    mark = {"type": "line", "x0": 0.5, "x1": 0.5, "y0": 0, "y1": 1, "yref": "paper"}
    return figure(
        data,
        alt=f"As the window slides, {word} is above one half {where}; the answer above is for the window around 0.5 s.",
        x_title="Middle of the window (s)",
        x_range=(-0.41, 1.41),
        home=heard.name,
        shapes=[{**mark, "line": {"color": "var(--lab-cursor)", "width": 1.5, "dash": "dot"}}],
        yaxis={"type": "category", "tickfont": {"size": 11}},
        margin={"l": 66},
    )
