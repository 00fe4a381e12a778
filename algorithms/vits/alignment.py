"""Monotonic alignment search: which frames belong to which token, found in training without any label.

Kim et al. 2020 (Glow-TTS) and 2021 (VITS, section 2.2.1). Given log p(frame j | token i) for every pair, find
the alignment with the largest sum that begins with the first token at the first frame, ends with the last token at the
last frame, and with each frame stays at its token or moves on by one. It is the Viterbi recursion of a left-to-right
hidden Markov model without transition probabilities:

    Q[i, j] = max(Q[i - 1, j - 1], Q[i, j - 1]) + log p(frame j | token i)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Search(NamedTuple):
    """What the search found, with its table.

    Attributes
    ----------
    table : np.ndarray
        Q, float64 [T, F]; minus infinity where no path can be.
    token_of : np.ndarray
        int [F]: the token of each frame; never falls and never skips.
    frames : np.ndarray
        int [T]: how many frames each token got, at least one.
    score : float
        Sum of the log likelihoods along the path: the table's last cell.
    """

    table: np.ndarray
    token_of: np.ndarray
    frames: np.ndarray
    score: float


def log_likelihood(z: np.ndarray, mean: np.ndarray, log_sigma: np.ndarray) -> np.ndarray:
    """Log density of each frame under each token's normal distribution, float64 [T, F].

    Parameters
    ----------
    z : float [C, F]
        Latent frames.
    mean, log_sigma : float [C, T]
        The prior of each token, its channels independent.

    Notes
    -----
    ``(z - m)^2 / s^2`` is multiplied out, so that no array of shape [C, T, F] is needed:
    z^2 / s^2 - 2 z m / s^2 + m^2 / s^2, each a product of two matrices.
    """
    z, m, log_s = (np.asarray(a, np.float64) for a in (z, mean, log_sigma))
    if z.shape[0] != m.shape[0] or m.shape != log_s.shape:
        raise ValueError(f"Frames {z.shape} and priors {m.shape}, {log_s.shape} must have the same channels.")
    precision = np.exp(-2 * log_s)  # 1 / sigma^2, [C, T]
    square = precision.T @ z**2 - 2 * (m * precision).T @ z + (m**2 * precision).sum(0)[:, None]  # [T, F]
    return -0.5 * square - log_s.sum(0)[:, None] - 0.5 * len(z) * np.log(2 * np.pi)


def search(log_p: np.ndarray) -> Search:
    """Find the best monotonic alignment.

    Parameters
    ----------
    log_p : float [T, F]
        log p(frame j | token i), with T <= F.

    Raises
    ------
    ValueError
        No token, more tokens than frames, or values that are no numbers.
    """
    log_p = np.asarray(log_p, np.float64)
    if log_p.ndim != 2 or not log_p.size or log_p.shape[0] > log_p.shape[1]:
        raise ValueError(f"Every token needs a frame of its own: {log_p.shape} are not tokens by as many frames.")
    if not np.isfinite(log_p).all():
        raise ValueError("A log likelihood is not a finite number, so no alignment can be compared with another.")
    tokens, n = log_p.shape
    table = np.full((tokens, n), -np.inf)
    table[0, 0] = log_p[0, 0]
    for j in range(1, n):
        stay = table[:, j - 1]
        move = np.concatenate([[-np.inf], table[:-1, j - 1]])
        table[:, j] = np.maximum(stay, move) + log_p[:, j]
    token_of = np.zeros(n, int)
    i = tokens - 1
    for j in range(n - 1, -1, -1):  # from the last cell back along the choices
        token_of[j] = i
        if i and (i == j or table[i - 1, j - 1] > table[i, j - 1]):
            i -= 1
    return Search(table, token_of, np.bincount(token_of, minlength=tokens), float(table[-1, -1]))


def count_paths(tokens: int, frames: int) -> int:
    """Return how many alignments there are: the ways to choose the T - 1 frames, of F - 1, at which one moves on."""
    from math import comb

    return comb(frames - 1, tokens - 1) if frames >= tokens >= 1 else 0
