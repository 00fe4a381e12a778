"""The coupling layers between prior and latent: what each leaves alone and how far it moves the rest.

VITS's flow is four residual coupling layers with a reversal of the channels before each (Kim et al. 2021, section
2.5.2; Dinh et al. 2017). With the scale fixed to one, a layer only shifts:

    x0, x1 = halves of the channels;   y0 = x0;   y1 = x1 - shift(x0)

`shift` is a WaveNet without causality, which nobody can undo, and nobody has to: y0 = x0 gives shift(y0) back, so
x1 = y1 + shift(y0). The Jacobian is a triangle of ones; its logarithm, zero, drops out of the likelihood.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Coupling(NamedTuple):
    """One layer as it was seen to work.

    Attributes
    ----------
    kept : float
        Largest difference in the half that it must not change: 0.
    moved : float
        Root mean square of what it added to the other half.
    spread : float
        Standard deviation of all channels afterwards.
    """

    kept: float
    moved: float
    spread: float


def couple(x: np.ndarray, shift: Callable[[np.ndarray], np.ndarray], *, inverse: bool = False) -> np.ndarray:
    """Apply a shift-only coupling layer to ``x`` [C, F], from text to sound; `inverse` is the way of training.

    Parameters
    ----------
    shift
        Takes the first half of the channels [C/2, F] and returns what the second half is moved by.
    """
    half = len(x) // 2
    kept = x[:half]
    return np.concatenate([kept, x[half:] + (1 if inverse else -1) * shift(kept)])


def reverse(x: np.ndarray) -> np.ndarray:
    """Turn the order of the channels around, so that the next layer changes the other half."""
    return x[::-1]


def inspect(before: np.ndarray, after: np.ndarray) -> Coupling:
    """Compare the input of a reversal and a coupling layer with its output, both [C, F]."""
    turned, half = reverse(before), len(before) // 2
    kept = float(np.abs(after[:half] - turned[:half]).max())
    moved = float(np.sqrt(np.mean((after[half:] - turned[half:]) ** 2)))
    return Coupling(kept, moved, float(after.std()))


def without_the_rest(stage: np.ndarray, left: int) -> np.ndarray:
    """Return a stage with its channels as the decoder expects them, as if the `left` layers after it moved nothing."""
    return reverse(stage) if left % 2 else stage
