"""A keyword of one's own: the last layers of a DS-CNN trained anew on a few takes, in NumPy, with gradients by hand.

The body (everything up to the last depthwise convolution) keeps what it learned from other words. What is trained is
the last pointwise convolution W, b and a new linear layer V, c; with x_p the body's 64 values at place p of P:

    z_p = W x_p + b,   f = (1 / P) sum_p max(z_p, 0),   logits = V f + c,

so the gradients are dV = d f^T, dW = sum_p (V^T d / P * [z_p > 0]) x_p^T with d = softmax(logits) - target. Transfer of
the last layers: Yosinski et al., *How transferable are features in deep neural networks?* (2014); few-shot keywords on
a frozen embedding: Mazumder et al., *Few-shot keyword spotting in any language* (2021). Adam with decoupled weight
decay: Loshchilov and Hutter (2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

LABEL_SMOOTHING = 0.02
DROPOUT = 0.1  # of the averaged features, in training
WEIGHT_DECAY = 0.01
BATCH = 64
ALARM_COST = 10.0  # a false alarm on a stranger's word counts as much as so many misses: such words come all day
THRESHOLDS = np.arange(1, 100) / 100


@dataclass(frozen=True)
class Tail:
    """The trained layers.

    Attributes
    ----------
    weight, bias : np.ndarray
        float32 [64, 64] (out, in) and [64]: the last pointwise convolution.
    head_weight, head_bias : np.ndarray
        float32 [labels, 64] and [labels]: the linear layer.
    """

    weight: np.ndarray
    bias: np.ndarray
    head_weight: np.ndarray
    head_bias: np.ndarray

    def pooled(self, maps: np.ndarray) -> np.ndarray:
        """Averaged features float32 [n, 64] of the body's maps [n, places, 64]."""
        return np.maximum(maps @ self.weight.T + self.bias, 0).mean(1)

    def logits(self, maps: np.ndarray) -> np.ndarray:
        """float32 [n, labels]."""
        return self.pooled(maps) @ self.head_weight.T + self.head_bias

    def probs(self, maps: np.ndarray, batch: int = 128) -> np.ndarray:
        """Probabilities float32 [n, labels], `batch` clips at a time."""
        parts = [softmax(self.logits(maps[i : i + batch])) for i in range(0, len(maps), batch)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.head_bias)), np.float32)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities along the last axis."""
    p = np.exp(logits - logits.max(-1, keepdims=True))
    return p / p.sum(-1, keepdims=True)


def new_tail(weight: np.ndarray, bias: np.ndarray, n_labels: int, seed: int = 0) -> Tail:
    """The old pointwise convolution with a new, small random linear layer on it."""
    rng = np.random.default_rng(seed)
    channels = len(bias)
    head = rng.uniform(-1, 1, (n_labels, channels)) / np.sqrt(channels)
    return Tail(
        weight.astype(np.float32), bias.astype(np.float32), head.astype(np.float32), np.zeros(n_labels, np.float32)
    )


def loss_and_gradients(
    tail: Tail, maps: np.ndarray, label: np.ndarray, keep: np.ndarray | None = None, *, both: bool = True
) -> tuple[float, float, dict[str, np.ndarray]]:
    """Mean cross-entropy, accuracy, and the loss's gradient for each field of `tail`.

    Parameters
    ----------
    maps : float32 [n, places, 64]
    label : int [n]
    keep : float32 [n, 64], dropout's factors; None keeps all
    both : without it only the linear layer gets gradients
    """
    n, places, _ = maps.shape
    # A product a clip, not one large one: OpenBLAS would split that among threads, which on a busy machine wait for
    # each other (eight times the processor time with two threads).
    z = maps @ tail.weight.T
    z += tail.bias  # [n, places, 64]; in place, for memory is what this step waits for
    np.maximum(z, 0, out=z)
    f = z.mean(1)
    if keep is not None:
        f = f * keep
    p = softmax(f @ tail.head_weight.T + tail.head_bias)
    target = np.full_like(p, LABEL_SMOOTHING / p.shape[1])
    target[np.arange(n), label] += 1 - LABEL_SMOOTHING
    loss = float(-(target * np.log(np.maximum(p, 1e-12))).sum(1).mean())
    d = (p - target) / n
    gradients = {"head_weight": d.T @ f, "head_bias": d.sum(0)}
    if both:
        df = d @ tail.head_weight
        if keep is not None:
            df = df * keep
        dz = (z > 0) * (df / places)[:, None]
        gradients |= {"weight": (dz.transpose(0, 2, 1) @ maps).sum(0), "bias": dz.sum((0, 1))}
    return loss, float((p.argmax(1) == label).mean()), gradients


class Trainer:
    """Trains a tail step by step, so that a page can draw the curve while it goes on.

    Parameters
    ----------
    maps : float32 [n, places, 64], the body's output
    label : int [n]
    share : float [n], how often each is drawn; they need not add up to 1
    tail : where to begin
    steps : in all; the rate falls to zero along half a cosine
    both : train the pointwise convolution too, else the linear layer alone
    rate : of Adam for the pointwise convolution; the linear layer learns four times as fast when alone
    seed : of the draws
    """

    def __init__(
        self,
        maps: np.ndarray,
        label: np.ndarray,
        share: np.ndarray,
        tail: Tail,
        *,
        steps: int = 300,
        both: bool = True,
        rate: float = 5e-3,
        seed: int = 0,
    ) -> None:
        self.maps, self.label, self.tail = maps, label, tail
        self.steps, self.both, self.step = steps, both, 0
        self.rate = rate if both else 4 * rate
        self._edges = np.cumsum(share / share.sum())
        self._rng = np.random.default_rng(seed)
        names = ("weight", "bias", "head_weight", "head_bias") if both else ("head_weight", "head_bias")
        self._moments = {
            name: (np.zeros_like(getattr(tail, name)), np.zeros_like(getattr(tail, name))) for name in names
        }
        self._pooled = None if both else tail.pooled(maps)  # nothing before the linear layer changes

    @property
    def done(self) -> bool:
        """Whether all steps are made."""
        return self.step >= self.steps

    def advance(self, count: int) -> tuple[float, float]:
        """Make up to `count` steps; returns the mean loss and accuracy of their batches."""
        losses, right = [], []
        for _ in range(min(count, self.steps - self.step)):
            rows = np.minimum(np.searchsorted(self._edges, self._rng.random(BATCH)), len(self._edges) - 1)
            channels = self.tail.weight.shape[0]
            keep = (self._rng.random((BATCH, channels)) >= DROPOUT).astype(np.float32) / (1 - DROPOUT)
            if self.both:
                loss, accuracy, gradients = loss_and_gradients(self.tail, self.maps[rows], self.label[rows], keep)
            else:
                loss, accuracy, gradients = _head_gradients(self.tail, self._pooled[rows] * keep, self.label[rows])
            self._update(gradients)
            losses.append(loss)
            right.append(accuracy)
        return float(np.mean(losses)), float(np.mean(right))

    def _update(self, gradients: dict[str, np.ndarray]) -> None:
        rate = self.rate * 0.5 * (1 + np.cos(np.pi * self.step / self.steps))
        self.step += 1
        changed = {}
        for name, gradient in gradients.items():
            value, (first, second) = getattr(self.tail, name), self._moments[name]
            first += 0.1 * (gradient - first)
            second += 0.001 * (gradient**2 - second)
            unbiased = first / (1 - 0.9**self.step) / (np.sqrt(second / (1 - 0.999**self.step)) + 1e-8)
            decay = WEIGHT_DECAY if name.endswith("weight") else 0.0
            changed[name] = (value - rate * (unbiased + decay * value)).astype(np.float32)
        self.tail = replace(self.tail, **changed)


def _head_gradients(tail: Tail, f: np.ndarray, label: np.ndarray) -> tuple[float, float, dict[str, np.ndarray]]:
    """`loss_and_gradients` for the linear layer alone, from averaged features [n, 64]."""
    # ReLU of an identity: the features are positive and lie at a single place.
    alone = replace(tail, weight=np.eye(f.shape[1], dtype=np.float32), bias=np.zeros(f.shape[1], np.float32))
    return loss_and_gradients(alone, f[:, None], label, both=False)


# ---------------------------------------------------------------- how good it is, and where to put the threshold


@dataclass(frozen=True)
class Held:
    """Scores (probability of the keyword) of sounds that the scoring network did not learn from.

    Attributes
    ----------
    takes : np.ndarray
        float [n], the keyword's own takes, each by the network that was trained without it.
    others : np.ndarray
        float [m], other words in the same voice (another keyword's takes too), each by a network that was trained
        without it; m may be 0.
    strangers : np.ndarray
        float [k], words of speakers that no network learned from.
    """

    takes: np.ndarray
    others: np.ndarray
    strangers: np.ndarray

    def misses(self, threshold: float) -> float:
        """Share of the takes below the threshold."""
        return float((self.takes < threshold).mean()) if len(self.takes) else 0.0

    def alarms(self, threshold: float) -> tuple[float, float]:
        """Shares of others and strangers that reach the threshold."""
        return tuple(float((s >= threshold).mean()) if len(s) else 0.0 for s in (self.others, self.strangers))

    def cost(self, threshold: float) -> float:
        """Misses + 10 x false alarms on strangers' words + false alarms on other words in the same voice."""
        others, strangers = self.alarms(threshold)
        return self.misses(threshold) + ALARM_COST * strangers + others


def choose_threshold(held: Held) -> float:
    """The threshold of least `Held.cost`, 0.01 to 0.99; of several the middle one."""
    cost = np.array([held.cost(t) for t in THRESHOLDS])
    best = np.flatnonzero(cost <= cost.min() + 1e-9)
    runs = np.split(best, np.flatnonzero(np.diff(best) > 1) + 1)
    longest = max(runs, key=len)
    return float(THRESHOLDS[longest[len(longest) // 2]])


def folds(n_takes: int, most: int = 5) -> list[np.ndarray]:
    """Which takes each network is kept from hearing: every take once, one alone where there are at most `most`."""
    if n_takes < 2:
        raise ValueError("One take can't be held out: with it gone there is nothing to learn from. Record four more.")
    return [np.arange(n_takes)[i :: min(n_takes, most)] for i in range(min(n_takes, most))]


def alike(a: np.ndarray, b: np.ndarray) -> float:
    """How well two words can be told apart by their features: share of takes that are nearer to their own word's mean.

    Each take is compared with the mean of the *other* takes of its word. 1 is a clear difference, 0.5 none.

    Parameters
    ----------
    a, b : float [n, 64] and [m, 64], averaged features; n and m at least 2
    """
    right = []
    for own, other in ((a, b), (b, a)):
        for i, x in enumerate(own):
            mean = np.delete(own, i, 0).mean(0)
            right.append(np.linalg.norm(x - mean) < np.linalg.norm(x - other.mean(0)))
    return float(np.mean(right))


def outliers(pooled: np.ndarray) -> list[int]:
    """Takes that are unlike the rest: twice as far from the others' mean as takes usually are. Needs four or more."""
    if len(pooled) < 4:
        return []
    apart = np.array([np.linalg.norm(x - np.delete(pooled, i, 0).mean(0)) for i, x in enumerate(pooled)])
    return np.flatnonzero(apart > 2.0 * np.median(apart)).tolist()


def shares(label: Sequence[int] | np.ndarray, own: np.ndarray) -> np.ndarray:
    """How often each example is drawn in training.

    A third of the batch is keywords; where the visitor recorded other words, a fifth is these; the rest is strangers'
    words and noise.

    Parameters
    ----------
    label : int [n]: 0 silence, 1 other words, 2 and up keywords
    own : bool [n], in the visitor's voice
    """
    label = np.asarray(label)
    out = np.zeros(len(label))
    others = own & (label < 2)
    rest = 2 / 3 - (0.2 if others.any() else 0.0)
    for mask, part in ((others, 0.2), (~own, rest)):
        if mask.any():
            out[mask] = part / mask.sum()
    words = [k for k in np.unique(label) if k >= 2]
    for k in words:
        out[label == k] = 1 / 3 / len(words) / (label == k).sum()
    return out
