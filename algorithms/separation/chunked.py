"""Long sound in overlapping chunks: each is separated alone, put in the order of the one before, and faded over."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .permutation import best_order_by_assignment


def _likeness(new: np.ndarray, old: np.ndarray) -> np.ndarray:
    """Cosines between outputs of two chunks over the samples that they share: [k, k]; 0 where one is silent."""
    new, old = new - new.mean(1, keepdims=True), old - old.mean(1, keepdims=True)
    norms = np.linalg.norm(new, axis=1)[:, None] * np.linalg.norm(old, axis=1)[None]
    return (new @ old.T) / np.maximum(norms, 1e-12)


def separate_in_chunks(
    separate: Callable[[np.ndarray], np.ndarray],
    y: np.ndarray,
    *,
    chunk: int,
    overlap: int,
    progress: Callable[[float], object] | None = None,
) -> np.ndarray:
    """Separate `y` [n] piece by piece: float32 [k, n].

    A chunk's outputs may come in another order than those of the chunk before. Over the `overlap` samples that both
    heard, each output resembles its own continuation most, which tells the order: unless a voice is silent there.

    Parameters
    ----------
    separate
        [m] to [k, m], for any m up to `chunk`.
    chunk, overlap
        Samples; `overlap` is at most half of `chunk`.
    progress
        Told the share that is done after each chunk; may raise to stop.
    """
    if not 0 < overlap <= chunk // 2:
        raise ValueError(f"Chunks of {chunk} samples can't overlap by {overlap}: take 1 to {chunk // 2}.")
    n, out, start = len(y), None, 0
    rise = (np.arange(overlap) + 0.5) / overlap
    while True:
        end = min(n, start + chunk)
        piece = separate(y[start:end])
        if out is None:
            out = np.zeros((len(piece), n), np.float32)
            out[:, :end] = piece
        else:
            shared = min(overlap, end - start)
            old = out[:, start : start + shared]
            # the order in which new outputs continue the old ones: order[j] continues old output j
            piece = piece[list(best_order_by_assignment(_likeness(piece[:, :shared], old)))]
            out[:, start : start + shared] = old * (1 - rise[:shared]) + piece[:, :shared] * rise[:shared]
            out[:, start + shared : end] = piece[:, shared:]
        if progress is not None:
            progress(end / n)
        if end == n:
            return out
        # the last chunk is as long as the others, so that it is not judged by a few samples
        start = (
            min(start + chunk - overlap, max(0, n - chunk))
            if start + 2 * chunk - overlap > n
            else start + chunk - overlap
        )
