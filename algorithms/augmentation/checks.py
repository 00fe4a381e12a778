"""What every transform asks of its input."""

from __future__ import annotations

import numpy as np

SAMPLE_RATE = 16_000  # Hz


def sound(y: np.ndarray) -> np.ndarray:
    """`y` as float64 [n].

    Raises
    ------
    ValueError
        It has several channels, whole numbers, no samples, or some that are no finite numbers.
    """
    y = np.asarray(y)
    if y.ndim != 1 or not np.issubdtype(y.dtype, np.floating):
        raise ValueError("Give mono sound: one row of floating-point samples.")
    if not len(y) or not np.isfinite(y).all():
        raise ValueError("The sound must hold samples, all of them finite: record or choose another one.")
    return y.astype(np.float64)


def between(value: float, low: float, high: float, what: str, unit: str = "") -> float:
    """`value`, if it lies in [low, high].

    Raises
    ------
    ValueError
        A sentence with the limits.
    """
    if not low <= value <= high:
        raise ValueError(f"{what} goes from {low:g} to {high:g}{unit and ' ' + unit}, not {value!r}.")
    return float(value)
