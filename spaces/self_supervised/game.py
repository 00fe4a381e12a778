"""One game of wav2vec 2.0 on a sound: what is hidden, the target, its distractors, the loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import models
from algorithms.ssl.masking import span_mask
from components.lesson import Fields

from .sound import WAV2VEC, Source

DISTRACTORS = 100


@dataclass(frozen=True, eq=False)
class Game:
    """One frame's game.

    Attributes
    ----------
    mask : bool [T]
    frame : int
        The hidden frame that is looked at.
    others : int64 [100]
        The frames of its distractors.
    similarities : float [101]
        Of its context to its target (0) and to the distractors.
    codes : int [T, 2]
    same : bool [100]
        Distractors with the same code as the target; they don't count.
    accuracy : float
        Share of the hidden frames of this sound whose target is the nearest of 101.
    mean_loss : float
        Nats, over all hidden frames, at the chosen temperature.
    """

    mask: np.ndarray
    frame: int
    others: np.ndarray
    similarities: np.ndarray
    codes: np.ndarray
    same: np.ndarray
    accuracy: float
    mean_loss: float


def cosines(context: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Cosine of each row of `context` [M, D] with each row of `targets` [N, D]: [M, N]."""
    a = context / np.maximum(np.linalg.norm(context, axis=1, keepdims=True), 1e-8)
    b = targets / np.maximum(np.linalg.norm(targets, axis=1, keepdims=True), 1e-8)
    return a @ b.T


def loss_at(similarities: np.ndarray, kappa: float) -> np.ndarray:
    """Equation 3 for similarities [..., 101] whose first is the target's; minus infinity does not count."""
    scores = similarities / kappa
    top = scores.max(-1, keepdims=True)
    return np.log(np.exp(scores - top).sum(-1)) + top[..., 0] - scores[..., 0]


def play(source: Source, fields: Fields) -> Game:
    """Hide frames, let the network look for their targets, and return the game of one of them.

    Raises
    ------
    ValueError
        Fewer than two frames are hidden.
    """
    seed = int(fields["seed"])
    mask = span_mask(source.frames, np.random.default_rng(seed), float(fields["start"]), int(fields["span"]))
    hidden = np.flatnonzero(mask)
    if len(hidden) < 2:
        raise ValueError("Only one frame is hidden, so there are no distractors: take longer spans or more of them.")
    context, targets = models.get(WAV2VEC).game(source.y, mask)
    codes = source.get("codes")
    rng = np.random.default_rng(seed + 1)
    drawn = rng.integers(len(hidden) - 1, size=(len(hidden), DISTRACTORS))
    others = hidden[drawn + (drawn >= np.arange(len(hidden))[:, None])]  # never the frame itself
    table = cosines(context[hidden], targets)  # [M, T]
    same = (codes[others] == codes[hidden][:, None]).all(-1)
    own = table[np.arange(len(hidden)), hidden]
    rivals = np.where(same, -np.inf, np.take_along_axis(table, others, 1))
    every = np.concatenate([own[:, None], rivals], 1)
    at = nearest_hidden(hidden, source, float(fields["hidden_s"]))
    return Game(
        mask,
        int(hidden[at]),
        others[at],
        every[at],
        codes,
        same[at],
        float((every.argmax(1) == 0).mean()),
        float(loss_at(every, float(fields["kappa"])).mean()),
    )


def nearest_hidden(hidden: np.ndarray, source: Source, seconds: float) -> int:
    """Return the place in `hidden` of the frame nearest to a time; below 0 that of the middle one."""
    if seconds < 0:
        return len(hidden) // 2
    return int(np.abs(hidden - source.frame_at(seconds)).argmin())
