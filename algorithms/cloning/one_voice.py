"""Whether a recording holds one voice or two: its windows' embeddings, split in two as well as they can be."""

from __future__ import annotations

import numpy as np

ROUNDS = 20
SMALLEST = 0.15  # share of the windows: a smaller group is a cough or a name in another tone, no second speaker
TOO_FAR = 0.65


def apart(embeddings: np.ndarray) -> float:
    """Return how alike the two halves of a recording are that differ most: cosine, 1 where it can't be split.

    Spherical k-means with two means, begun at the two windows that are least alike.

    Parameters
    ----------
    embeddings : np.ndarray
        [W, D], rows of length 1: one for each window of 1.6 s.
    """
    if len(embeddings) < 4:
        return 1.0
    alike = embeddings @ embeddings.T
    means = embeddings[list(np.unravel_index(alike.argmin(), alike.shape))]
    first = np.zeros(len(embeddings), bool)
    for _ in range(ROUNDS):
        first = embeddings @ means[0] > embeddings @ means[1]
        if first.all() or not first.any():
            return 1.0
        means = np.stack([embeddings[first].mean(0), embeddings[~first].mean(0)])
        means /= np.linalg.norm(means, axis=1, keepdims=True)
    share = min(first.mean(), 1 - first.mean())
    return float(means[0] @ means[1]) if share >= SMALLEST else 1.0


def sounds_like_two(embeddings: np.ndarray) -> bool:
    """Whether its halves are further apart than those of one reader.

    `TOO_FAR` was chosen on eleven LibriSpeech readers of dev-clean (2026-11-28, 30 s each): none of 22 recordings of
    one reader lies below it, 15 of 24 of two readers (20 s and 10 s) do. Readers who act a novel's voices come near.
    """
    return apart(embeddings) < TOO_FAR
