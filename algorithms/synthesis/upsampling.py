"""A transposed convolution of one channel: how it makes a signal longer, and the tone that it may add."""

from __future__ import annotations

import numpy as np


def transposed(x: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Lay the kernel down at every `stride`-th output, scaled by one input each, and add up where copies overlap.

    y[n] = sum over i of x[i] kernel[n - i stride]

    Parameters
    ----------
    x : np.ndarray
        [T].
    kernel : np.ndarray
        [K].
    stride : int
        At least 1.

    Returns
    -------
    np.ndarray
        [(T - 1) stride + K].
    """
    y = np.zeros((len(x) - 1) * stride + len(kernel), np.result_type(x, kernel, np.float32))
    for k, weight in enumerate(kernel):
        y[k : k + (len(x) - 1) * stride + 1 : stride] += weight * x
    return y


def coverage(kernel: int, stride: int) -> list[int]:
    """How many inputs reach each of `stride` successive outputs, away from the ends; their sum is the kernel's length.

    All are equal only where the kernel is a multiple of the stride (Odena, Dumoulin & Olah 2016).
    """
    return [len(range(phase, kernel, stride)) for phase in range(stride)]


def gains(kernel: np.ndarray, stride: int) -> np.ndarray:
    """What each of `stride` successive outputs becomes for a constant input of 1, away from the ends: [stride].

    If they differ, a constant becomes a tone with the period of the stride, and so does every bias.
    """
    return np.array([kernel[phase::stride].sum() for phase in range(stride)])
