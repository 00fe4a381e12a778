"""Speed, tempo and pitch: three words that are often mixed up.

====== ========= ===== ========
change duration  pitch formants
====== ========= ===== ========
speed  divided   times times
tempo  divided   kept  kept
pitch  kept      times times
====== ========= ===== ========

Formants are the vocal tract's resonances: where they move, the speaker seems to have a longer or shorter throat. A
pitch change that keeps them is possible (PSOLA, a vocoder) and is not what the usual augmentation does.
"""

from __future__ import annotations

import numpy as np

from algorithms.augmentation.checks import SAMPLE_RATE, between, sound
from algorithms.sound.failures import faster


def speed(y: np.ndarray, factor: float) -> np.ndarray:
    """Play it `factor` times as fast, as a record player does: resample, and keep the nominal rate.

    x(t) becomes x(factor t): shorter by `factor`, and every frequency higher by it (Ko et al. 2015 use 0.9, 1, 1.1).

    Parameters
    ----------
    y : float [n]
    factor : 0.5 to 2

    Returns
    -------
    float32 [round(n / factor)]
    """
    import soxr

    factor = between(factor, 0.5, 2, "Speed", "times")
    y = sound(y)
    if factor == 1:
        return y.astype(np.float32)
    out = soxr.resample(y, SAMPLE_RATE * factor, SAMPLE_RATE)  # pretend that it was sampled `factor` times as fast
    length = max(1, round(len(y) / factor))
    return np.pad(out, (0, max(0, length - len(out))))[:length].astype(np.float32)


def tempo(y: np.ndarray, factor: float) -> np.ndarray:
    """Speak `factor` times as fast at the same pitch, by WSOLA: windows of 40 ms are moved closer together or apart.

    Parameters
    ----------
    y : float [n] at 16 kHz
    factor : 0.5 to 2

    Returns
    -------
    float32 [about n / factor]
    """
    return faster(sound(y).astype(np.float32), between(factor, 0.5, 2, "Tempo", "times"))


def pitch(y: np.ndarray, semitones: float) -> np.ndarray:
    """Higher or lower in the same time: stretch by r = 2^(semitones / 12) at the same pitch, then play r times as fast.

    Parameters
    ----------
    y : float [n] at 16 kHz
    semitones : -12 to 12

    Returns
    -------
    float32 [n]
    """
    ratio = 2 ** (between(semitones, -12, 12, "Pitch", "semitones") / 12)
    y = sound(y)
    out = speed(tempo(y, 1 / ratio), ratio)
    return np.pad(out, (0, max(0, len(y) - len(out))))[: len(y)]
