"""Noise at a chosen signal-to-noise ratio (SNR)."""

from __future__ import annotations

import numpy as np

from algorithms.augmentation.checks import SAMPLE_RATE, between, sound


def coloured(n: int, rng: np.random.Generator, slope_db: float = 0.0, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """Gaussian noise whose power changes by `slope_db` with every octave: 0 is white, -3 pink, -6 brown.

    Parameters
    ----------
    n : number of samples, 1 or more
    slope_db : -12 to 6 dB an octave, above 50 Hz; below, the spectrum is flat

    Returns
    -------
    float64 [n], RMS 1
    """
    slope_db = between(slope_db, -12, 6, "The slope", "dB an octave")
    spectrum = np.fft.rfft(rng.standard_normal(max(2, n)))
    octaves = np.log2(np.maximum(np.fft.rfftfreq(max(2, n), 1 / sample_rate), 50.0) / 50.0)
    y = np.fft.irfft(spectrum * 10 ** (slope_db * octaves / 20), max(2, n))[:n]
    return y / np.sqrt(np.mean(y**2))


def babble(n: int, rng: np.random.Generator, voices: list[np.ndarray]) -> np.ndarray:
    """Many people talking: each of `voices` (float [any]) from a random moment on, all equally loud, added up.

    Returns
    -------
    float64 [n], RMS 1
    """
    total = np.zeros(n)
    for voice in voices:
        v = sound(voice)
        v = np.resize(np.roll(v, -int(rng.integers(len(v)))), n)
        total += v / max(np.sqrt(np.mean(v**2)), 1e-9)
    return total / max(np.sqrt(np.mean(total**2)), 1e-9)


def add_noise(y: np.ndarray, noise: np.ndarray, snr_db: float) -> np.ndarray:
    """Add noise so that speech power over noise power is `snr_db`.

    y + g noise, where g = sqrt(P_y / P_noise) 10^(-snr_db / 20) and P is the mean of the squared samples over the whole
    clip, pauses included. Noise that is too short is repeated.

    Parameters
    ----------
    y : float [n], not silent
    noise : float [any], not silent
    snr_db : -30 to 60 dB; at 0 dB both are equally strong

    Returns
    -------
    float32 [n]
    """
    y, noise = sound(y), np.resize(sound(noise), len(y))
    snr_db = between(snr_db, -30, 60, "The signal-to-noise ratio", "dB")
    speech_power, noise_power = np.mean(y**2), np.mean(noise**2)
    if not speech_power > 0:
        raise ValueError("The sound is silent, so no signal-to-noise ratio is defined: choose speech.")
    if not noise_power > 0:
        raise ValueError("The noise is silent, so no signal-to-noise ratio is defined: choose another one.")
    g = np.sqrt(speech_power / noise_power) * 10 ** (-snr_db / 20)
    return (y + g * noise).astype(np.float32)
