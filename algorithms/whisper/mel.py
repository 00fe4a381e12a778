"""Whisper's log-mel window step by step in NumPy, so that a page can show it before PyTorch is loaded.

The same numbers as `algorithms.whisper.net.log_mel_window` (`openai/whisper`, audio.py, `log_mel_spectrogram`; Radford
et al. 2022, section 2.2) to float32 rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from algorithms.signal.feature_config import FeatureConfig
from algorithms.signal.mel import mel_filterbank, mel_frequencies

SAMPLE_RATE = 16_000  # Hz
N_FFT, HOP = 400, 160  # samples: 25 ms and 10 ms
N_SAMPLES, N_COLUMNS, N_MELS = 480_000, 3000, 80
FLOOR = 1e-10  # of the mel power, before the logarithm
DECADES = 8.0  # kept under the loudest value


@lru_cache(maxsize=1)
def _config() -> FeatureConfig:
    return FeatureConfig(sample_rate=SAMPLE_RATE, n_fft=N_FFT, n_mels=N_MELS)


def band_frequencies() -> np.ndarray:
    """Frequency in Hz at which each of the 80 triangles peaks, float64 [80]."""
    return mel_frequencies(_config())


@dataclass(frozen=True, eq=False)
class MelSteps:
    """The window after each step; `sound` columns are sound, those after them are filled up."""

    power: np.ndarray  # float32 [80, 3000]: energy in each band; the filling holds 0 where it is silence, else NaN
    log: np.ndarray  # log10 of it, at least -10
    clamped: np.ndarray  # not below the loudest value - 8
    scaled: np.ndarray  # (x + 4) / 4: what the encoder is given
    loudest: float  # largest value of `log`
    sound: int  # columns of 10 ms that are sound
    filling: float  # value of the columns behind them, after the scaling
    lifted: float  # share of the sound's cells that the clamp has lifted


def mel_power(y: np.ndarray) -> np.ndarray:
    """Energy in 80 mel bands every 10 ms: float32 [80, 2 * (n // 320)].

    Parameters
    ----------
    y : float [n], 16 kHz, n >= 320; mirrored by 200 samples at both ends, so that column t is centred on sample 160 t
    """
    y = np.asarray(y, np.float32)[: len(y) // 320 * 320]
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(y, N_FFT // 2, mode="reflect"), N_FFT)[::HOP][:-1]
    hann = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)).astype(np.float32)
    spectrum = np.fft.rfft(frames * hann)
    return mel_filterbank(_config()) @ (spectrum.real**2 + spectrum.imag**2).T.astype(np.float32)


def mel_steps(y: np.ndarray, pad_sound: bool = False, decades: float = DECADES) -> MelSteps:
    """Make the 80 x 3000 window and keep every step.

    Parameters
    ----------
    y : float [n], 16 kHz
        What lies after 30 s is left out.
    pad_sound : bool
        True: silence follows the sound (OpenAI's low-level example). False: zeros follow the scaled spectrogram
        (both ``transcribe`` functions).
    decades : float
        Powers of ten kept under the loudest value; Whisper keeps 8.

    Raises
    ------
    ValueError
        There are no samples.
    """
    y = np.asarray(y, np.float32)[:N_SAMPLES]
    if not len(y):
        raise ValueError("There is no sound to look at: the clip holds no samples.")
    sound = min(N_COLUMNS, -(-len(y) // HOP))
    behind = N_SAMPLES - len(y) if pad_sound else 480
    power = mel_power(np.pad(y, (0, behind)))[:, :N_COLUMNS]
    log = np.log10(np.maximum(power, FLOOR))
    loudest = float(log.max())
    clamped = np.maximum(log, loudest - decades)
    scaled = (clamped + 4) / 4
    filling = 0.0
    lifted = float((log[:, :sound] < loudest - decades).mean())
    if pad_sound:
        filling = (max(loudest - decades, float(np.log10(FLOOR))) + 4) / 4
    else:
        wide = ((0, 0), (0, N_COLUMNS - sound))
        power, log, clamped = (np.pad(x[:, :sound], wide, constant_values=np.nan) for x in (power, log, clamped))
        scaled = np.pad(scaled[:, :sound], wide)
    return MelSteps(power, log, clamped, scaled.astype(np.float32), loudest, sound, filling, lifted)
