"""Separation by masks on the spectrogram, with masks that know the truth: the best that masking can do.

An *oracle* or *ideal* mask is computed from the true sources, so it is no method but a bound. How high it lies depends
on the phase that goes with the masked magnitudes.
"""

from __future__ import annotations

import numpy as np

WINDOW = 256  # samples: 32 ms at 8 kHz
HOP = 64
KINDS = ("binary", "ratio", "phase-sensitive")
PHASES = ("mixture", "true", "random")


def _frame_starts(n: int) -> np.ndarray:
    return np.arange(0, n + WINDOW, HOP)


def _hann() -> np.ndarray:
    return np.sin(np.pi * np.arange(WINDOW) / WINDOW) ** 2


def stft(y: np.ndarray) -> np.ndarray:
    """Short-time Fourier transform of `y` [n]: complex [129, frames], Hann windows of 256 samples, hop 64.

    A window of zeros lies before and after the sound, so every sample is in four windows and `istft` is exact.
    """
    y = np.asarray(y, np.float64)
    if y.ndim != 1 or not len(y):
        raise ValueError(f"The spectrogram takes one channel of sound, [n], not {y.shape}.")
    padded = np.pad(y, (WINDOW, 2 * WINDOW))
    frames = np.stack([padded[start : start + WINDOW] for start in _frame_starts(len(y))], axis=1)
    return np.fft.rfft(frames * _hann()[:, None], axis=0)


def istft(spectrum: np.ndarray, n: int) -> np.ndarray:
    """Back to `n` samples: window again, overlap, divide by the sum of the squared windows (Griffin & Lim 1984)."""
    window = _hann()
    frames = np.fft.irfft(spectrum, WINDOW, axis=0) * window[:, None]
    out, weight = np.zeros(n + 3 * WINDOW), np.zeros(n + 3 * WINDOW)
    for column, start in enumerate(_frame_starts(n)):
        out[start : start + WINDOW] += frames[:, column]
        weight[start : start + WINDOW] += window**2
    return (out / np.maximum(weight, 1e-8))[WINDOW : WINDOW + n]


def ideal_mask(kind: str, sources: np.ndarray) -> np.ndarray:
    """The oracle mask of each source: float [k, 129, frames], 0 to 1.

    Parameters
    ----------
    kind : str
        "binary": 1 where this source is the loudest, else 0. "ratio": its magnitude over the sum of all magnitudes.
        "phase-sensitive": |S| cos(its phase - the mixture's) / |X|, cut to 0..1 (Erdogan et al. 2015): smaller than the
        ratio where its phase and the mixture's disagree.
    sources : np.ndarray
        [k, n]; the mixture is their sum.
    """
    spectra = np.stack([stft(source) for source in sources])
    magnitudes = np.abs(spectra)
    if kind == "binary":
        return (np.arange(len(spectra))[:, None, None] == magnitudes.argmax(0)).astype(float)
    if kind == "ratio":
        return magnitudes / np.maximum(magnitudes.sum(0), 1e-12)
    if kind == "phase-sensitive":
        mixture = spectra.sum(0)
        # |S| cos(s - x) / |X| = Re(S conj(X)) / |X|²
        return np.clip((spectra * mixture.conj()).real / np.maximum(np.abs(mixture) ** 2, 1e-12), 0, 1)
    raise ValueError(f"There is no ideal mask {kind!r}: take one of {', '.join(KINDS)}.")


def masked(mask: np.ndarray, mixture: np.ndarray, phase: str, source: np.ndarray, *, seed: int = 0) -> np.ndarray:
    """The mixture's magnitudes times `mask` [129, frames], with some phase, as sound: [n].

    `phase`: "mixture" (all that a real system of this kind has), "true" (that of `source`), "random" (by `seed`).
    """
    spectrum = stft(mixture)
    if phase == "mixture":
        angle = np.angle(spectrum)
    elif phase == "true":
        angle = np.angle(stft(source))
    elif phase == "random":
        angle = np.random.default_rng(seed).uniform(-np.pi, np.pi, spectrum.shape)
    else:
        raise ValueError(f"There is no phase {phase!r}: take one of {', '.join(PHASES)}.")
    return istft(mask * np.abs(spectrum) * np.exp(1j * angle), len(mixture))
