"""What the models of voices take for sound."""

from __future__ import annotations

import numpy as np


def check_audio(y: np.ndarray, what: str = "recording") -> np.ndarray:
    """`y` as float32, or a `ValueError` that says what is wrong with it."""
    y = np.asarray(y)
    if y.ndim != 1:
        raise ValueError(f"The {what} must have one channel, shape [n], not {y.shape}: mix the channels down first.")
    if not len(y):
        raise ValueError(f"The {what} is empty: record or choose some sound.")
    y = y.astype(np.float32)
    if not np.isfinite(y).all():
        raise ValueError(f"The {what} holds values that aren't numbers (NaN or infinity): decode it again.")
    return y
