"""What both parts compute with; in a real room such formulas are in ``algorithms/``."""

from __future__ import annotations

import numpy as np

SAMPLE_RATE = 16_000  # Hz


def tone(frequency_hz: float) -> np.ndarray:
    """Return one second of a tone, float32 [16000] in [-0.4, 0.4]."""
    t = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    return (0.4 * np.sin(2 * np.pi * frequency_hz * t)).astype(np.float32)
