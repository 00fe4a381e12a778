"""A network small enough to train while one watches: why the order of the truths matters.

Each example is one frame of two "voices": two sets of harmonics with different pitches, added up. The network must say,
for each of its two outputs, how much of each frequency is in it. Nothing in the sound says which voice is the first, so
what matters is how training pairs outputs with truths:

- "fixed": the list order, which is arbitrary
- "pitch": the lower voice first, a rule that the network can learn from the sound
- "pit": whichever order is better (permutation invariant training)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

BINS = 64  # frequencies, 62.5 Hz apart up to 4 kHz
BIN_HZ = 62.5
HIDDEN = 64
BATCH = 32  # with 64 hidden units: products this small run on one thread, wherever NumPy comes from
WAYS = ("fixed", "pitch", "pit")
RATE = 0.004


def voice(pitch_hz: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Magnitudes [batch, BINS] of harmonics of `pitch_hz` [batch], 300 Hz and up, under a random slope."""
    at = np.arange(BINS) * BIN_HZ
    nearest = np.round(at / pitch_hz[:, None])
    off = (at - nearest * pitch_hz[:, None]) / 45.0  # a harmonic is as broad as its window makes it
    slope = rng.uniform(0.3, 1.2, (len(pitch_hz), 1))
    level = (1 + nearest) ** -slope * (nearest >= 1)
    return np.exp(-0.5 * off**2) * level


def examples(size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(truths [size, 2, BINS] in arbitrary order, pitches in Hz [size, 2])."""
    pitch = rng.uniform(220, 560, (size, 2))
    clash = np.abs(pitch[:, 0] - pitch[:, 1]) < 60  # nearly one pitch: move one of them away
    pitch[clash, 1] = np.where(pitch[clash, 1] > 390, pitch[clash, 0] - 90, pitch[clash, 0] + 90)
    return np.stack([voice(pitch[:, k], rng) for k in (0, 1)], axis=1), pitch


@dataclass
class Net:
    """Log-magnitudes [batch, BINS] to two masks [batch, 2, BINS] through two hidden layers; trained by Adam."""

    weights: list[np.ndarray]
    moments: list[np.ndarray]
    squares: list[np.ndarray]
    step: int = 0

    @classmethod
    def new(cls, rng: np.random.Generator) -> Net:
        """Random weights (He et al. 2015)."""
        shapes = [(BINS, HIDDEN), (HIDDEN,), (HIDDEN, HIDDEN), (HIDDEN,), (HIDDEN, 2 * BINS), (2 * BINS,)]
        weights = [rng.normal(0, (2 / s[0]) ** 0.5, s) if len(s) == 2 else np.zeros(s) for s in shapes]
        return cls(weights, [np.zeros(s) for s in shapes], [np.zeros(s) for s in shapes])

    def forward(self, mixture: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        """Return the masks, and what `learn` needs."""
        w1, b1, w2, b2, w3, b3 = self.weights
        x = np.log(mixture + 0.05)
        first = np.maximum(x @ w1 + b1, 0)
        second = np.maximum(first @ w2 + b2, 0)
        mask = 1 / (1 + np.exp(-np.clip(second @ w3 + b3, -30, 30)))
        return mask.reshape(-1, 2, BINS), [x, first, second, mask]

    def learn(self, slope: np.ndarray, kept: list[np.ndarray]) -> None:
        """One step of Adam, given the loss's slope with respect to the masks [batch, 2, BINS]."""
        x, first, second, mask = kept
        d3 = slope.reshape(len(x), -1) * mask * (1 - mask)
        d2 = (d3 @ self.weights[4].T) * (second > 0)
        d1 = (d2 @ self.weights[2].T) * (first > 0)
        gradients = [x.T @ d1, d1.sum(0), first.T @ d2, d2.sum(0), second.T @ d3, d3.sum(0)]
        self.step += 1
        for w, m, v, g in zip(self.weights, self.moments, self.squares, gradients, strict=True):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            w -= RATE * (m / (1 - 0.9**self.step)) / (np.sqrt(v / (1 - 0.999**self.step)) + 1e-8)


def arranged(way: str, outputs: np.ndarray, truths: np.ndarray, pitch: np.ndarray) -> np.ndarray:
    """The truths [batch, 2, BINS] in the order in which a way of training pairs them with the outputs."""
    if way == "fixed":
        return truths
    swapped = truths[:, ::-1]
    if way == "pitch":
        swap = pitch[:, 0] > pitch[:, 1]
    elif way == "pit":
        swap = ((outputs - swapped) ** 2).sum((1, 2)) < ((outputs - truths) ** 2).sum((1, 2))
    else:
        raise ValueError(f"There is no way {way!r} to pair outputs with truths: take one of {', '.join(WAYS)}.")
    return np.where(swap[:, None, None], swapped, truths)


def left_over(outputs: np.ndarray, truths: np.ndarray) -> float:
    """Error of the better order, as a share of the truths' energy, mean of a batch: 0 is perfect.

    One half is what equal outputs, half of the mixture each, come near to when the voices do not overlap.
    """
    errors = [((outputs - t) ** 2).sum((1, 2)) for t in (truths, truths[:, ::-1])]
    return float((np.minimum(*errors) / (truths**2).sum((1, 2))).mean())


def train(way: str, steps: int, *, seed: int = 0, every: int = 20) -> Iterator[tuple[int, float, Net]]:
    """Train and yield (step, `left_over` on kept examples, the network) every so many steps, the first before any."""
    rng = np.random.default_rng(seed)
    net = Net.new(rng)
    kept, _ = examples(256, np.random.default_rng(seed + 1000))
    mixture = kept.sum(1)
    for step in range(steps + 1):
        if step % every == 0:
            yield step, left_over(net.forward(mixture)[0] * mixture[:, None], kept), net
        truths, pitch = examples(BATCH, rng)
        mix = truths.sum(1)
        masks, caches = net.forward(mix)
        outputs = masks * mix[:, None]
        wanted = arranged(way, outputs, truths, pitch)
        net.learn(2 * (outputs - wanted) * mix[:, None] / BATCH, caches)
