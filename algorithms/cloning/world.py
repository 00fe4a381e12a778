"""The WORLD vocoder: a sound as pitch, spectral envelope and aperiodicity every 5 ms, and back.

Morise, Yokomori & Ozawa, *WORLD: A Vocoder-Based High-Quality Speech Synthesis System* (2016). The analysis is the
authors' own code (package `pyworld`); what is ours is the compact form: the envelope as 60 mel-cepstral coefficients,
whose averages and distances are those of log spectra on a mel scale.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

SAMPLE_RATE = 16_000  # Hz
FRAME_S = 0.005
HOP = 80  # samples
N_FFT = 1024  # of CheapTrick at 16 kHz with its lowest pitch of 71 Hz
COEFFICIENTS = 60
LOWEST_HZ, HIGHEST_HZ = 65.0, 500.0  # pitches that are looked for


@dataclass(frozen=True, eq=False)
class Frames:
    """A sound in frames of 5 ms; frame i is centred on sample 80 i.

    Attributes
    ----------
    f0 : np.ndarray
        float64 [T], pitch in Hz, 0 where the voice has none (unvoiced).
    cepstrum : np.ndarray
        float32 [T, 60], mel-cepstrum of the spectral envelope; coefficient 0 follows the level.
    aperiodicity : np.ndarray
        float32 [T, B], how much of each band is noise, in dB (0: all of it); one band at 16 kHz.
    """

    f0: np.ndarray
    cepstrum: np.ndarray
    aperiodicity: np.ndarray

    def __len__(self) -> int:
        return len(self.f0)

    def __getitem__(self, chosen: slice | np.ndarray) -> Frames:
        """Return some of the frames."""
        return Frames(self.f0[chosen], self.cepstrum[chosen], self.aperiodicity[chosen])


def _world() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it asks pkg_resources, which is deprecated, for its version
        import pyworld

    return pyworld


def analyse(y: np.ndarray) -> Frames:
    """Take a sound apart.

    Parameters
    ----------
    y : float [n], 16 kHz, n >= 1

    Returns
    -------
    Frames
        n // 80 + 1 of them. Pitch by DIO with StoneMask, envelope by CheapTrick, aperiodicity by D4C.
    """
    world = _world()
    y = np.ascontiguousarray(y, np.float64)
    if len(y) < N_FFT:
        y = np.pad(y, (0, N_FFT - len(y)))
    rough, t = world.dio(y, SAMPLE_RATE, f0_floor=LOWEST_HZ, f0_ceil=HIGHEST_HZ, frame_period=1000 * FRAME_S)
    f0 = world.stonemask(y, rough, t, SAMPLE_RATE)
    envelope = world.cheaptrick(y, f0, t, SAMPLE_RATE, fft_size=N_FFT)
    aperiodicity = world.d4c(y, f0, t, SAMPLE_RATE, fft_size=N_FFT)
    cepstrum = world.code_spectral_envelope(envelope, SAMPLE_RATE, COEFFICIENTS)
    coded = world.code_aperiodicity(aperiodicity, SAMPLE_RATE)
    return Frames(f0, cepstrum.astype(np.float32), coded.astype(np.float32))


def synthesise(frames: Frames) -> np.ndarray:
    """Put a sound together again: float32 [80 T], 16 kHz. It may lie beyond [-1, 1]."""
    world = _world()
    envelope = world.decode_spectral_envelope(np.ascontiguousarray(frames.cepstrum, np.float64), SAMPLE_RATE, N_FFT)
    aperiodicity = world.decode_aperiodicity(np.ascontiguousarray(frames.aperiodicity, np.float64), SAMPLE_RATE, N_FFT)
    f0 = np.ascontiguousarray(frames.f0, np.float64)
    return world.synthesize(f0, envelope, aperiodicity, SAMPLE_RATE, 1000 * FRAME_S).astype(np.float32)
