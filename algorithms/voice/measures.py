"""How well a changed voice kept what it should: its pitch, its formants, its clean tone. NumPy only, not for streams.

All take whole sounds at 48 kHz, already aligned (the chain's latency cut off), and a track of the unchanged voice's
pitch from an independent tracker, one value each 10 ms, NaN where there is none.
"""

from __future__ import annotations

import numpy as np

RATE = 48000
HOP = 480  # samples from one value of a track to the next


def local_pitch(y: np.ndarray, expected_hz: np.ndarray, tolerance: float = 0.15) -> tuple[np.ndarray, np.ndarray]:
    """Find the pitch near an expected one, and how periodic the sound is there.

    The lag near one period at which two stretches of two periods look most alike (normalised cross-correlation).

    Parameters
    ----------
    y : float [n]
        The sound at 48 kHz.
    expected_hz : float [frames]
        One value each 10 ms, the first at time 0; NaN where nothing is to be looked for.
    tolerance : float
        How far from the expected period is looked, as a part of it.

    Returns
    -------
    pitch_hz, likeness : float [frames]
        NaN where nothing was looked for, or where the best lag lies at the edge. A likeness r means a
        harmonics-to-noise ratio of 10 log10(r / (1 - r)) dB (P. Boersma 1993).
    """
    y = np.asarray(y, np.float64)
    pitch = np.full(len(expected_hz), np.nan)
    likeness = np.full(len(expected_hz), np.nan)
    for frame, hertz in enumerate(expected_hz):
        if not np.isfinite(hertz):
            continue
        period = RATE / hertz
        width, low, high = int(2 * period), int(period * (1 - tolerance)), int(period * (1 + tolerance)) + 1
        start = frame * HOP - (width + high) // 2
        if start < 0 or start + width + high > len(y):
            continue
        piece = y[start : start + width]
        after = y[start + low : start + width + high]
        energy = np.concatenate([[0], np.cumsum(after**2)])
        norm = np.sqrt((piece @ piece) * (energy[width:] - energy[:-width]) + 1e-12)
        found = np.correlate(after, piece, "valid") / norm
        k = int(np.argmax(found))
        likeness[frame] = found[k]
        if 0 < k < len(found) - 1:
            a, b, c = found[k - 1 : k + 2]
            pitch[frame] = RATE / (low + k + 0.5 * (a - c) / (a - 2 * b + c))
    return pitch, likeness


def harmonics_to_noise_db(likeness: np.ndarray) -> float:
    """Return the median harmonics-to-noise ratio in dB of the frames whose likeness is known."""
    r = np.clip(likeness[np.isfinite(likeness)], 0.01, 0.9999)
    return float(np.median(10 * np.log10(r / (1 - r))))


def formant_shift(x: np.ndarray, y: np.ndarray, voiced: np.ndarray) -> float:
    """Measure by how many semitones the formants of y lie above those of x.

    Each frame's envelope is a linear prediction of order 16 at 12 kHz; that of y is compared with that of x from 300 to
    3600 Hz, moved by -9 to 9 semitones along a logarithmic axis; the move at which they agree best over the voiced
    frames (median correlation) is the answer.

    Parameters
    ----------
    x, y : float [n]
        The voice at 48 kHz before and after, aligned.
    voiced : bool [frames]
        One value each 10 ms.

    Returns
    -------
    float
        Semitones, in steps of a quarter.
    """
    hertz = np.geomspace(300, 3600, 160)
    semitones = np.arange(-9, 9.01, 0.25)
    first, second = _predictors(x), _predictors(y)
    frames = np.flatnonzero(voiced[: min(len(first), len(second))])
    before = _centred(_log_envelope(first[frames], hertz))
    agreement = [
        np.median((before * _centred(_log_envelope(second[frames], hertz * 2 ** (move / 12)))).sum(1))
        for move in semitones
    ]
    return float(semitones[int(np.argmax(agreement))])


def _predictors(y: np.ndarray, order: int = 16) -> np.ndarray:
    """Return the prediction filters [frames, order + 1] at 12 kHz, frames of 43 ms each 10 ms."""
    from scipy.linalg import solve_toeplitz
    from scipy.signal import resample_poly

    low = np.pad(resample_poly(np.asarray(y, np.float64), 1, 4), 256)
    frames = np.lib.stride_tricks.sliding_window_view(low, 512)[::120] * np.hanning(512)
    r = np.fft.irfft(np.abs(np.fft.rfft(frames, 1024)) ** 2)[:, : order + 1]
    r[:, 0] = r[:, 0] * 1.001 + 1e-9
    return np.array([np.r_[1, -solve_toeplitz(row[:-1], row[1:])] for row in r])


def _log_envelope(predictors: np.ndarray, hertz: np.ndarray) -> np.ndarray:
    turns = np.exp(-2j * np.pi * np.outer(np.arange(predictors.shape[1]), hertz) / 12000)
    return -np.log(np.abs(predictors @ turns))


def _centred(rows: np.ndarray) -> np.ndarray:
    rows = rows - rows.mean(1, keepdims=True)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def delay_of(x: np.ndarray, y: np.ndarray, most: int = 4800) -> int:
    """Return the delay in samples (0 to `most`) at which y looks most like x: the peak of their cross-correlation."""
    from scipy.signal import fftconvolve

    return int(np.argmax(np.abs(fftconvolve(y, x[::-1])[len(x) - 1 : len(x) + most])))
