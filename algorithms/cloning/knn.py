"""Nearest neighbours among a reference's frames, and the path among them that hangs together.

kNN-VC (Baas, van Niekerk & Kamper, *Voice Conversion With Just Nearest Neighbors*, 2023) replaces every frame of the
source by the mean of the `k` reference frames with the most similar content. Chosen frame by frame, neighbours jump
about in the reference. So here `k` candidates are kept for each frame, and the Viterbi algorithm finds the sequence
with the smallest sum of content distances and joins, as concatenative synthesis does (Hunt & Black 1996).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np


@dataclass(frozen=True, eq=False)
class Candidates:
    """For each of T source frames, the `k` most similar reference frames, best first.

    Attributes
    ----------
    frames : np.ndarray
        int64 [T, k], indices of reference frames.
    similarity : np.ndarray
        float32 [T, k], cosine similarity, -1 to 1.
    """

    frames: np.ndarray
    similarity: np.ndarray


def normalised(features: np.ndarray) -> np.ndarray:
    """Return rows of unit length after each column has lost its mean: float32 [T, D].

    The mean over a recording is mostly speaker and microphone; without it, equal sounds of two people lie closer.
    """
    features = np.asarray(features, np.float32)
    centred = features - features.mean(0, keepdims=True)
    return centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-8)


def nearest(source: np.ndarray, reference: np.ndarray, k: int) -> Candidates:
    """Find the `k` reference frames that are most similar to each source frame.

    Parameters
    ----------
    source : float32 [T, D], rows of unit length
    reference : float32 [R, D], rows of unit length
    k : int
        At most R are returned.
    """
    k = min(k, len(reference))
    similarity = source @ reference.T  # [T, R]
    part = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
    values = np.take_along_axis(similarity, part, 1)
    order = np.argsort(-values, axis=1, kind="stable")
    return Candidates(np.take_along_axis(part, order, 1), np.take_along_axis(values, order, 1))


def join_costs(before: np.ndarray, after: np.ndarray, spectra: np.ndarray) -> np.ndarray:
    """What it costs to go from each candidate to each candidate of the next frame.

    The frame that follows in the reference is free; another costs the distance of its spectrum from the spectrum that
    would have followed.

    Parameters
    ----------
    before, after : int [k], reference frames
    spectra : float32 [R, C], spectra of the reference's frames, scaled to a spread of about 1

    Returns
    -------
    float32 [k, k], 0 or more
    """
    expected = np.minimum(before + 1, len(spectra) - 1)
    a, b = spectra[expected], spectra[after]
    squared = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    return np.sqrt(np.maximum(squared, 0) / spectra.shape[1])


def smoothest_path(candidates: Candidates, spectra: np.ndarray, continuity: float) -> np.ndarray:
    """Choose one candidate a frame: int64 [T], the column of the chosen candidate in each row.

    Minimises the sum of (1 - similarity) and of `continuity` times the join costs, over all k^T paths, in T k^2 steps
    (Viterbi).

    Parameters
    ----------
    continuity : float
        0 takes the most similar frame everywhere; more prefers stretches that were spoken in one go.
    """
    frames = candidates.frames
    local = 1 - candidates.similarity
    cost = local[0].astype(np.float64)
    came_from = np.zeros(frames.shape, np.int64)
    for t in range(1, len(frames)):
        through = cost[:, None] + continuity * join_costs(frames[t - 1], frames[t], spectra)  # [k before, k after]
        came_from[t] = through.argmin(0)
        cost = through.min(0) + local[t]
    path = np.zeros(len(frames), np.int64)
    path[-1] = cost.argmin()
    for t in range(len(frames) - 1, 0, -1):
        path[t - 1] = came_from[t, path[t]]
    return path


def path_cost(candidates: Candidates, path: np.ndarray, spectra: np.ndarray, continuity: float) -> float:
    """What `smoothest_path` minimises, for any path: what the page's numbers and the tests compare."""
    rows = np.arange(len(path))
    total = float((1 - candidates.similarity[rows, path]).sum())
    chosen = candidates.frames[rows, path]
    for a, b in pairwise(chosen):
        total += continuity * float(join_costs(np.array([a]), np.array([b]), spectra)[0, 0])
    return total
