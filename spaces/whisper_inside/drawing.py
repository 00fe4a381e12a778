"""What the pictures of all parts share: the time axis of a window, and arrays made small enough to send."""

from __future__ import annotations

from typing import Any

import numpy as np

from .sound import WINDOW_S, Window


def time_axis(window: Window, end_s: float = WINDOW_S) -> dict[str, Any]:
    """Layout of the time axis that the pictures of a window share."""
    return {"uirevision": "|".join(map(str, window.key)), "range": [0, end_s], "automargin": False}


def pooled(z: np.ndarray, columns: int) -> tuple[np.ndarray, int]:
    """Average groups of columns until at most `columns` are left; returns them and how many each holds."""
    group = -(-z.shape[1] // columns)
    starts = np.arange(0, z.shape[1], group)
    sizes = np.diff(np.append(starts, z.shape[1]))
    return np.add.reduceat(z, starts, axis=1) / sizes, group


def levels(z: np.ndarray, low: float, high: float) -> np.ndarray:
    """Values to uint8: `low` to 0, `high` to 255."""
    return np.round(np.clip((z - low) / max(high - low, 1e-12), 0, 1) * 255).astype(np.uint8)
