"""k-means (Lloyd 1982) with k-means++ starts, which makes HuBERT's units."""

from __future__ import annotations

import numpy as np


def nearest(x: np.ndarray, centres: np.ndarray, block: int = 4096) -> np.ndarray:
    """Return for each row of `x` [n, D] the index of the nearest centre [K, D]: int64 [n]."""
    found = [np.argmin(_distances(x[i : i + block], centres), 1) for i in range(0, len(x), block)]
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def _distances(x: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Squared distances [n, K] but for |x|^2, which is the same for all centres: |c|^2 - 2 x.c."""
    return np.square(centres).sum(1) - 2 * (x @ centres.T)


def starts(x: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """Choose `k` rows of `x` far apart: each with a probability in proportion to its squared distance to those before.

    This is k-means++ (Arthur & Vassilvitskii 2007).
    """
    chosen = [x[rng.integers(len(x))]]
    far = np.square(x - chosen[0]).sum(1)
    for _ in range(1, k):
        total = far.sum()
        at = rng.choice(len(x), p=far / total) if total > 0 else rng.integers(len(x))
        chosen.append(x[at])
        far = np.minimum(far, np.square(x - x[at]).sum(1))
    return np.stack(chosen)


def kmeans(x: np.ndarray, k: int, rng: np.random.Generator, rounds: int = 30) -> np.ndarray:
    """Return `k` centres [k, D] of the rows of `x` [n, D].

    Two steps take turns: every row goes to its nearest centre, every centre moves to the mean of its rows. The sum of
    squared distances never rises; it stops when no row changes its centre, or after `rounds`. A centre that has lost
    all its rows stays where it is.

    Raises
    ------
    ValueError
        For fewer rows than centres.
    """
    if not 1 <= k <= len(x):
        raise ValueError(f"{len(x)} rows can't be parted into {k} clusters.")
    centres = starts(x, k, rng)
    before = None
    for _ in range(rounds):
        to = nearest(x, centres)
        if before is not None and np.array_equal(to, before):
            break
        before = to
        count = np.bincount(to, minlength=k)
        total = np.zeros((k, x.shape[1]), np.float64)
        np.add.at(total, to, x)
        centres = np.where(count[:, None] > 0, total / np.maximum(count, 1)[:, None], centres).astype(x.dtype)
    return centres
