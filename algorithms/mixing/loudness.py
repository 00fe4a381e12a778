"""Integrated loudness in LUFS, after Recommendation ITU-R BS.1770-4 (2015), for one channel."""

from __future__ import annotations

import numpy as np

BLOCK_S, OVERLAP = 0.400, 0.75
SILENCE_LUFS = -70.0  # the absolute gate
RELATIVE_LU = -10.0  # the second gate, below the mean of what passed the first


def k_weighting(sample_rate: int) -> np.ndarray:
    """Return the K-weighting as second-order sections, float64 [2, 6].

    A shelf of +4 dB above some 1.7 kHz (a head in the sound field), then a high-pass at 38 Hz. The standard lists
    coefficients for 48 kHz only; these are the analogue filters behind them, by the bilinear transform (Brecht de Man,
    *Evaluation of implementations of the EBU R128 loudness measurement*, 2018), so any rate will do.
    """

    def shelf(hz: float, gain_db: float, q: float) -> list[float]:
        k = np.tan(np.pi * hz / sample_rate)
        high = 10 ** (gain_db / 20)
        band = high**0.4996667741545416
        norm = 1 + k / q + k * k
        return [
            (high + band * k / q + k * k) / norm,
            2 * (k * k - high) / norm,
            (high - band * k / q + k * k) / norm,
            1.0,
            2 * (k * k - 1) / norm,
            (1 - k / q + k * k) / norm,
        ]

    def high_pass(hz: float, q: float) -> list[float]:
        k = np.tan(np.pi * hz / sample_rate)
        norm = 1 + k / q + k * k
        return [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm]

    return np.array(
        [
            shelf(1681.974450955533, 3.999843853973347, 0.7071752369554196),
            high_pass(38.13547087602444, 0.5003270373238773),
        ]
    )


def loudness(y: np.ndarray, sample_rate: int) -> float:
    """Return the integrated loudness of a mono sound in LUFS; -inf where no block of it is above `SILENCE_LUFS`.

    Parameters
    ----------
    y : np.ndarray
        float [n] in [-1, 1], at least 0.4 s.
    sample_rate : int
        Hz.

    Raises
    ------
    ValueError
        The sound is shorter than one block.
    """
    from scipy.signal import sosfilt

    size = round(BLOCK_S * sample_rate)
    if len(y) < size:
        raise ValueError(
            f"Loudness is measured over {BLOCK_S} s at least; this sound has {len(y) / sample_rate:.2f} s."
        )
    weighted = sosfilt(k_weighting(sample_rate), np.asarray(y, np.float64))
    starts = np.arange(0, len(y) - size + 1, round(size * (1 - OVERLAP)))
    upto = np.concatenate([[0.0], np.cumsum(weighted**2)])
    power = (upto[starts + size] - upto[starts]) / size
    level = _lufs(power)
    heard = level > SILENCE_LUFS
    if not heard.any():
        return -np.inf
    heard &= level > _lufs(power[heard].mean()) + RELATIVE_LU
    return float(_lufs(power[heard].mean()))


def _lufs(power: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return -0.691 + 10 * np.log10(power)
