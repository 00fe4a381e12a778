"""Louder, upside down, cut off: what happens to samples one by one."""

from __future__ import annotations

import numpy as np

from algorithms.augmentation.checks import between, sound


def gain(y: np.ndarray, gain_db: float) -> np.ndarray:
    """Louder or softer: y times 10^(gain_db / 20).

    Parameters
    ----------
    y : float [n]
    gain_db : -60 to 40 dB; +6 is about twice the amplitude, and may pass full scale

    Returns
    -------
    float32 [n]
    """
    factor = 10 ** (between(gain_db, -60, 40, "Gain", "dB") / 20)
    return (sound(y) * factor).astype(np.float32)


def invert(y: np.ndarray) -> np.ndarray:
    """Turn the polarity around: -y, as a cable with swapped poles does.

    The magnitude of every spectrum stays exactly as it is, so no network behind a magnitude spectrogram can notice.

    Returns
    -------
    float32 [n]
    """
    return (-sound(y)).astype(np.float32)


def clip(y: np.ndarray, clip_db: float) -> np.ndarray:
    """Cut the waves off, as a microphone amplifier that is turned up too far does, at the same peak level as before.

    Everything above a ceiling of 10^(-clip_db / 20) times the peak is flattened. Then the sound is made louder until
    its peak is what it was.

    Parameters
    ----------
    y : float [n]
    clip_db : how far the ceiling lies below the peak, 0 (nothing is cut) to 40 dB

    Returns
    -------
    float32 [n]
    """
    y = sound(y)
    ratio = 10 ** (-between(clip_db, 0, 40, "Clipping", "dB") / 20)
    ceiling = np.abs(y).max() * ratio
    return (np.clip(y, -ceiling, ceiling) / ratio).astype(np.float32)
