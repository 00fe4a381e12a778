"""HuBERT's first teacher: MFCC with their first and second differences, on the frames of the convolutions."""

from __future__ import annotations

import numpy as np

from algorithms.signal.features import FeatureConfig, mel_db, mel_spectrogram, mfcc

STEPS = FeatureConfig(n_fft=400, window_ms=25, hop_ms=10, n_mels=40, n_mfcc=13, center=False)
EVERY = 2  # of these frames, 10 ms apart, every second one is a frame of the network: both cover the same 400 samples
AROUND = 2  # frames on each side that a difference looks at


def differences(x: np.ndarray) -> np.ndarray:
    """Return the slope of a line fitted through 5 frames at each frame; `x` and result are [T, D], edges repeated.

    d_t = sum_n n (x_{t+n} - x_{t-n}) / (2 sum_n n^2), n = 1, 2 (HTK Book, section 5.9).
    """
    padded = np.pad(x, ((AROUND, AROUND), (0, 0)), mode="edge")
    n = len(x)
    total = sum(k * (padded[AROUND + k : AROUND + k + n] - padded[AROUND - k : AROUND - k + n]) for k in (1, 2))
    return total / (2 * sum(k * k for k in (1, 2)))


def mfcc_39(y: np.ndarray) -> np.ndarray:
    """Return 13 MFCC, their differences and the differences of those: float32 [T, 39], one row every 20 ms.

    `y` is a sound [n] at 16 kHz; T is that of `shape.frames_of`.
    """
    static = np.asarray(mfcc(y, STEPS), np.float32).T
    slope = differences(static)
    return np.concatenate([static, slope, differences(slope)], 1)[::EVERY].astype(np.float32)


def log_mel(y: np.ndarray) -> np.ndarray:
    """Return the two log-mel frames of every 20 ms side by side: float32 [T, 80], in dB below the clip's loudest."""
    frames = np.asarray(mel_db(mel_spectrogram(y, STEPS), STEPS), np.float32).T
    later = np.concatenate([frames[1:], frames[-1:]])
    return np.concatenate([frames, later], 1)[::EVERY]
