"""Mu-law (ITU-T G.711's curve): more levels for quiet samples than for loud ones.

F(x) = sign(x) ln(1 + mu |x|) / ln(1 + mu), mu = levels - 1 (van den Oord et al. 2016, section 2.2). A quiet sample is
rounded as finely, in proportion, as a loud one. The telephone's G.711 approximates the curve by straight pieces.
"""

import numpy as np


def compress(x: np.ndarray, mu: int = 255) -> np.ndarray:
    """[-1, 1] to [-1, 1]: F(x) above."""
    x = np.clip(x, -1, 1)
    return np.sign(x) * np.log1p(mu * np.abs(x)) / np.log1p(mu)


def expand(f: np.ndarray, mu: int = 255) -> np.ndarray:
    """Undo `compress`: x = sign(f) ((1 + mu)^|f| - 1) / mu."""
    return np.sign(f) * np.expm1(np.abs(f) * np.log1p(mu)) / mu


def encode(x: np.ndarray, levels: int = 256, *, mu_law: bool = True) -> np.ndarray:
    """Samples in [-1, 1] to the nearest of `levels` levels, int 0 to levels - 1; even after compression."""
    f = compress(x, levels - 1) if mu_law else np.clip(x, -1, 1)
    return np.round((f + 1) / 2 * (levels - 1)).astype(np.int64)


def decode(index: np.ndarray, levels: int = 256, *, mu_law: bool = True) -> np.ndarray:
    """Levels back to samples, float64 in [-1, 1]."""
    f = 2 * np.asarray(index) / (levels - 1) - 1
    return expand(f, levels - 1) if mu_law else f
