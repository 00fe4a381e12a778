"""Between a mel spectrogram and a sound lie two guesses: magnitudes for 513 frequencies out of 80 bands, and phases."""

from __future__ import annotations

import numpy as np

from algorithms.signal.feature_config import FeatureConfig
from algorithms.signal.inversion import istft, stft_from_mel
from algorithms.signal.mel import mel_filterbank
from algorithms.signal.stft import stft

INVERSIONS = ("pseudo-inverse", "nnls")
PHASES = ("true", "zero", "random")


def magnitude_from_mel(mel: np.ndarray, config: FeatureConfig, how: str = "nnls") -> np.ndarray:
    """Magnitudes whose mel spectrogram is close to a given one.

    Parameters
    ----------
    mel : float [n_mels, T], amplitudes (no logarithm)
    how : "pseudo-inverse": the shortest of all solutions of A X = mel, negative values set to 0; "nnls": the best
        solution among those without negative values

    Returns
    -------
    float32 [n_fft // 2 + 1, T], at least 0
    """
    if how not in INVERSIONS:
        raise ValueError(f"A mel is turned back by one of {', '.join(INVERSIONS)}, not by {how!r}.")
    if how == "nnls":
        return stft_from_mel(mel, config)
    return np.maximum(np.linalg.pinv(mel_filterbank(config).astype(np.float64)) @ mel, 0).astype(np.float32)


def with_phase(magnitude: np.ndarray, how: str, true: np.ndarray | None = None, seed: int = 0) -> np.ndarray:
    """Give magnitudes [F, T] a phase: that of the complex spectrogram `true`, 0, or random; complex64 [F, T]."""
    if how == "true" and true is not None:
        size = np.abs(true)
        turn = np.divide(true, size, out=np.ones_like(true), where=size > 0)
    elif how == "zero":
        turn = np.ones(magnitude.shape)
    elif how == "random":
        turn = np.exp(2j * np.pi * np.random.default_rng(seed).random(magnitude.shape))
    else:
        raise ValueError(f"There is no phase {how!r} here: take one of {', '.join(PHASES)}.")
    return (magnitude * turn).astype(np.complex64)


def inconsistency(spectrum: np.ndarray, config: FeatureConfig, length: int) -> float:
    """How far a complex matrix is from being the STFT of any sound: ||STFT(iSTFT(X)) - X|| / ||X||.

    0 for the STFT of a sound of `length` samples. Griffin-Lim lowers it (Le Roux et al. 2008).
    """
    size = float(np.linalg.norm(spectrum))
    if size == 0:
        return 0.0
    return float(np.linalg.norm(stft(istft(spectrum, config, length), config) - spectrum)) / size


def spectral_convergence(true: np.ndarray, found: np.ndarray) -> float:
    """Error of magnitudes [F, T] as a share of the true ones: || |X| - |Y| || / ||X||; 0 where both are silent."""
    size = float(np.linalg.norm(true))
    return float(np.linalg.norm(true - found)) / size if size > 0 else 0.0


def log_spectral_distance(true: np.ndarray, found: np.ndarray, floor_db: float = -80.0) -> float:
    """Mean over the frames of the RMS difference in dB of two magnitude matrices [F, T].

    Cells more than 80 dB below the loudest true one count as that quiet. Frames that are silent in both count as 0.
    """
    floor = max(float(true.max(initial=0)), 1e-9) * 10 ** (floor_db / 20)
    apart = 20 * np.log10(np.maximum(true, floor) / np.maximum(found, floor))
    return float(np.sqrt((apart**2).mean(0)).mean())
