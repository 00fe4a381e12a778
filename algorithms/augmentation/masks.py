"""SpecAugment (Park et al. 2019): holes in the log-mel spectrogram, drawn anew for every batch.

It changes features, not sound: nothing has to be decoded or resampled, so it costs next to nothing. A mask takes away
what a network leans on and forces it to use the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Mask:
    """One hole: rows or columns [start, end) of a spectrogram."""

    axis: str  # "time" (frames) or "frequency" (bands)
    start: int
    end: int


def draw_masks(
    frames: int,
    bands: int,
    rng: np.random.Generator,
    *,
    time_masks: int = 2,
    longest: int = 20,
    frequency_masks: int = 2,
    widest: int = 8,
    most: float = 1.0,
) -> tuple[Mask, ...]:
    """Draw where the holes are.

    A width is drawn evenly from 0 to the greatest one, then a start at which it still fits (section 2 of the paper).

    Parameters
    ----------
    frames, bands : the spectrogram's size
    time_masks, frequency_masks : how many of each, 0 to 20
    longest, widest : greatest width of one, in frames and in bands (T and F in the paper)
    most : greatest share of all frames that one time mask may cover (p in the paper), 0 to 1
    """
    if not (0 <= time_masks <= 20 and 0 <= frequency_masks <= 20) or min(longest, widest) < 0 or not 0 <= most <= 1:
        raise ValueError("Give 0 to 20 masks of each kind, widths of 0 or more, and a share between 0 and 1.")
    found = []
    for axis, count, length, width in (
        ("time", time_masks, frames, min(longest, int(most * frames))),
        ("frequency", frequency_masks, bands, widest),
    ):
        for _ in range(count):
            w = int(rng.integers(0, min(width, length) + 1))
            start = int(rng.integers(0, length - w + 1))
            found.append(Mask(axis, start, start + w))
    return tuple(found)


def apply_masks(log_mel: np.ndarray, masks: Sequence[Mask]) -> np.ndarray:
    """Fill the holes with the spectrogram's mean, which is zero once features are normalised.

    Parameters
    ----------
    log_mel : float [frames, bands]

    Returns
    -------
    the same shape and type; the input stays as it is
    """
    out = np.array(log_mel)
    mean = log_mel.mean()
    for mask in masks:
        if mask.axis == "time":
            out[mask.start : mask.end] = mean
        else:
            out[:, mask.start : mask.end] = mean
    return out


def warp_time(log_mel: np.ndarray, shift: float, middle: int) -> np.ndarray:
    """Move frame `middle` by `shift` frames and stretch what lies before and after it to fit (the paper's time warp).

    The paper found that it helps least of the three and costs most; most recipes leave it out.

    Parameters
    ----------
    log_mel : float [frames, bands]
    shift : frames, positive is later; the moved frame must stay inside
    middle : 1 to frames - 2
    """
    frames = len(log_mel)
    if not 0 < middle < frames - 1 or not 0 < middle + shift < frames - 1:
        raise ValueError("The frame that is moved must lie inside the spectrogram, before and after the move.")
    at = np.interp(np.arange(frames), [0, middle + shift, frames - 1], [0, middle, frames - 1])
    low = np.minimum(at.astype(int), frames - 2)
    share = (at - low)[:, None]
    return ((1 - share) * log_mel[low] + share * log_mel[low + 1]).astype(log_mel.dtype)
