"""Mixup (Zhang et al. 2018): two clips and their labels, blended in the same proportion."""

from __future__ import annotations

import numpy as np

from algorithms.augmentation.checks import between, sound


def mixup(
    y: np.ndarray,
    other: np.ndarray,
    share: float,
    label: np.ndarray | None = None,
    other_label: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Blend two examples: share x_1 + (1 - share) x_2, and their labels likewise.

    The label is the point: without it this is only another voice as noise. In training `share` is drawn from
    Beta(a, a), with a small (0.2 in the paper) so that most blends are nearly one of the two.

    Parameters
    ----------
    y, other : float [n], float [m]; `other` is repeated or cut to n samples and set to the level (RMS) of `y`
    share : 0 to 1, of `y`
    label, other_label : float [classes], one-hot or already soft

    Returns
    -------
    (float32 [n], float [classes] or None)
    """
    y, other = sound(y), sound(other)
    share = between(share, 0, 1, "The share")
    other = np.resize(other, len(y))
    level = np.sqrt(np.mean(other**2))
    if level > 0:
        other = other * np.sqrt(np.mean(y**2)) / level
    mixed = (share * y + (1 - share) * other).astype(np.float32)
    if label is None or other_label is None:
        return mixed, None
    return mixed, share * np.asarray(label, float) + (1 - share) * np.asarray(other_label, float)
