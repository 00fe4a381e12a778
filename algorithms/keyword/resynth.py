"""From the keyword network's 49 x 10 MFCCs back to something that can be heard: what the network knows of a word.

Ten cosine coefficients keep the coarse shape of the spectrum and drop pitch and phase. So the envelope is taken
from them and filled with an invented source: pulses where low frequencies carry the sound, noise elsewhere; the
source-filter model of speech (Fant, *Acoustic Theory of Speech Production*, 1960) as in every vocoder.
"""

from __future__ import annotations

import numpy as np

from algorithms.keyword.features import (
    CLIP_SAMPLES,
    CONFIG,
    FRAME,
    HOP,
    LOG_OFFSET,
    MEAN,
    N_COEFFICIENTS,
    N_FRAMES,
    SAMPLE_RATE,
    STD,
    dct_matrix,
)
from algorithms.signal.mel import mel_filterbank
from algorithms.signal.stft import window

LOW_HZ = 1000.0  # what lies below makes a frame voiced
VOICED_SHARE = 0.6  # of a frame's energy
QUIET = 10**-3.5  # a frame so much below the loudest one (in energy) is not voiced


def envelope(features: np.ndarray) -> np.ndarray:
    """Log-mel energies that the MFCCs stand for, float64 [T, 40]: the inverse of the shortened DCT.

    Parameters
    ----------
    features : np.ndarray [T, 10]
        Normalised MFCCs (`algorithms.keyword.features.mfcc`).

    Returns
    -------
    np.ndarray
        Natural logarithms; smoother than the originals, for 30 of 40 coefficients are missing.
    """
    features = np.asarray(features, np.float64)
    if features.ndim != 2 or features.shape[1] != N_COEFFICIENTS:
        raise ValueError(f"MFCCs of shape [frames, {N_COEFFICIENTS}] are needed, not {list(features.shape)}.")
    return (features * STD + MEAN) @ dct_matrix()


def rebuild(features: np.ndarray, *, pitch_hz: float = 120.0, seed: int = 0) -> np.ndarray:
    """One second of sound with the envelope of 49 x 10 MFCCs.

    Parameters
    ----------
    features : np.ndarray [49, 10]
    pitch_hz : float
        Of the pulses: invented, for MFCCs do not hold it.
    seed : int
        Of the noise.

    Returns
    -------
    np.ndarray
        float32 [16000] in [-1, 1].
    """
    log_mel = envelope(features)
    if len(log_mel) != N_FRAMES:
        raise ValueError(f"One second has {N_FRAMES} frames, not {len(log_mel)}.")
    energy = np.maximum(np.exp(np.minimum(log_mel, 25.0)) - LOG_OFFSET, 0.0)  # [49, 40]
    bank = mel_filterbank(CONFIG).astype(np.float64)  # [40, 321]
    density = energy / bank.sum(1)  # of a band, a bin
    power = density @ bank / np.maximum(bank.sum(0), 1e-3)  # [49, 321]
    hann = window(CONFIG.window, FRAME).astype(np.float64)
    gain = np.sqrt(power / np.sum(hann**2))  # a source of power 1 gets this spectrum
    f_hz = np.fft.rfftfreq(FRAME, 1 / SAMPLE_RATE)
    total = power.sum(1)
    voiced = (power[:, f_hz < LOW_HZ].sum(1) > VOICED_SHARE * total) & (total > QUIET * total.max(initial=0))

    noise = np.random.default_rng(seed).standard_normal(CLIP_SAMPLES)
    cycle = np.floor(np.arange(CLIP_SAMPLES + 1) * pitch_hz / SAMPLE_RATE)
    pulses = np.diff(cycle) * np.sqrt(SAMPLE_RATE / pitch_hz)
    y = np.zeros(CLIP_SAMPLES)
    for t in range(N_FRAMES):
        at = slice(t * HOP, t * HOP + FRAME)
        source = pulses[at] if voiced[t] else noise[at]
        y[at] += np.fft.irfft(gain[t] * np.fft.rfft(hann * source), FRAME)  # Hann windows at half overlap add up to 1
    return (y / max(1.0, np.abs(y).max() / 0.99)).astype(np.float32)  # the pulses may reach beyond full scale
