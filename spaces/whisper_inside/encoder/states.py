"""Numbers behind part 2's pictures: states of any layer, what is said there, attention of all heads, neighbours."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from algorithms.whisper.maps import attention_rows, cosine_matrix, pca
from components.audio_input import on_forget

from .. import spoken
from ..sound import Heard

POSITION_S = 0.02
MAX_ROWS = 260  # of a map that are computed: more would not fit its picture
FAR_S = 1.0  # neighbours nearer than this would mostly be the same sound


def layers_of(heard: Heard) -> int:
    """How many layers the encoder has."""
    return len(heard.model.net.encoder.layers)


def stage_names(heard: Heard) -> dict[str, str]:
    """Slug and title of everything whose states can be compared, from the log-mel to what the decoder gets."""
    middle = {str(i): f"layer {i}" for i in range(1, layers_of(heard) + 1)}
    return {"mel": "log-mel", "0": "after the convolutions", **middle, "out": "after the last norm"}


def stage_of(heard: Heard, asked: str) -> str:
    """The stage that is shown for what the page asks: tiny.en has no layer 6."""
    return str(min(int(asked), layers_of(heard))) if asked.isdigit() else asked


@lru_cache(maxsize=24)
def states(heard: Heard, stage: str) -> np.ndarray:
    """States of the sound's positions (not of the filling): float32 [positions, width]."""
    n, s = heard.listened.positions, heard.listened.states
    if stage == "mel":
        return s.mel.numpy()[:, : 2 * n].reshape(80, n, 2).mean(2).T
    return (s.out if stage == "out" else s.layers[int(stage)])[:n].numpy()


@lru_cache(maxsize=8)
def flat(heard: Heard, stage: str) -> tuple[np.ndarray, np.ndarray, tuple[int, float]]:
    """Coordinates [n, 2] on the plane, their share of the variance [2], and (number, share) of the liveliest value."""
    x = states(heard, stage)
    scores, share = pca(x)
    spread = x.var(0)
    whole = float(spread.sum())
    return scores, share, (int(spread.argmax()), float(spread.max()) / whole if whole else 0.0)


@lru_cache(maxsize=4)
def likeness(heard: Heard, stage: str) -> np.ndarray:
    """Cosine of every two moments of the sound, the mean state taken away: float32 [n, n]."""
    return cosine_matrix(states(heard, stage))


def positions(heard: Heard) -> np.ndarray:
    """Positions that the maps have a column for: evenly spread over the sound, at most `MAX_ROWS`."""
    n = heard.listened.positions
    return np.arange(0, n, -(-n // MAX_ROWS))


@lru_cache(maxsize=8)
def attention(heard: Heard, layer: int) -> np.ndarray:
    """Self-attention of all heads of a layer (from 0), of `positions`: float32 [heads, rows, 1500]."""
    return attention_rows(heard.model.net, heard.listened.states, layer, positions(heard))


def habits(heard: Heard, layer: int) -> list[tuple[float, float]]:
    """For each head: how far away it looks on average (s, within the sound), and the share that goes to the filling."""
    weights, rows, n = attention(heard, layer), positions(heard), heard.listened.positions
    inside = weights[:, :, :n]
    mass = inside.sum(-1)  # [heads, rows]
    away = np.abs(np.arange(n)[None] - rows[:, None]) * POSITION_S
    far = (inside * away).sum(-1) / np.maximum(mass, 1e-9)
    return [(float(f), float(1 - m)) for f, m in zip(far.mean(1), mass.mean(1), strict=True)]


def said_at(heard: Heard, kind: str = "word") -> np.ndarray:
    """What is said at each position: object [n] of texts, "" where nothing is known."""
    spans = spoken.words(heard) if kind == "word" else spoken.letters(heard)
    said = np.full(heard.listened.positions, "", object)
    for span in spans:
        first, last = round(span.start_s / POSITION_S), round(span.end_s / POSITION_S)
        said[max(first, 0) : max(last, first + 1)] = span.text
    return said


def neighbours(heard: Heard, stage: str, at: int, count: int = 5) -> list[tuple[int, float]]:
    """The moments most like one, at least 0.5 s from it and 0.2 s from one another: (position, cosine)."""
    row = likeness(heard, stage)[at].copy()
    row[max(0, at - 25) : at + 26] = -2
    found = []
    while len(found) < count and row.max() > -2:
        best = int(row.argmax())
        found.append((best, float(row[best])))
        row[max(0, best - 10) : best + 11] = -2
    return found


def same_letter(heard: Heard, stage: str) -> float | None:
    """Share of moments whose most similar moment, `FAR_S` or more away, holds the same letter; None without letters."""
    said = said_at(heard, "letter")
    known = np.flatnonzero((said != "") & (said != "·"))
    if len(known) < 50:
        return None
    alike = likeness(heard, stage)[np.ix_(known, known)].copy()
    alike[np.abs(known[:, None] - known[None]) * POSITION_S < FAR_S] = -2
    best = alike.argmax(1)
    usable = alike[np.arange(len(known)), best] > -2
    return float((said[known][usable] == said[known][best][usable]).mean()) if usable.any() else None


def repeated(heard: Heard) -> tuple[int, int] | None:
    """Two moments of the longest word that is said twice: where layer 2 finds them most alike; None without one."""
    first: dict[str, spoken.Spoken] = {}
    pairs = []
    for word in spoken.words(heard):
        bare = word.text.lower().strip(".,!?;:")
        if bare in first:
            pairs.append((len(bare), first[bare], word))
        first.setdefault(bare, word)
    if not pairs:
        return None
    _, a, b = max(pairs, key=lambda pair: pair[0])
    alike = likeness(heard, stage_of(heard, "2"))
    n = len(alike)
    spans = [(min(round(w.start_s / POSITION_S), n - 1), min(round(w.end_s / POSITION_S) + 1, n)) for w in (a, b)]
    part = alike[spans[0][0] : spans[0][1], spans[1][0] : spans[1][1]]
    i, j = np.unravel_index(part.argmax(), part.shape)
    return spans[0][0] + int(i), spans[1][0] + int(j)


@on_forget
def drop(_path: str) -> None:
    """Forget what was computed: a visitor has gone."""
    for kept in (states, flat, likeness, attention):
        kept.cache_clear()
