"""What the page's controls mean: from the values of sliders to a `FeatureConfig`, and which part follows which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from algorithms.signal.feature_config import FeatureConfig

MAX_S = 30.0  # of a sound that the page analyses
TOP_MEL_HZ = 12_000  # right end of the f_max slider: stands for half the sample rate
MIN_AUTO_FFT = 512  # a finer grid than very short windows need, so that narrow mel filters still find FFT points
FFT_SIZES = (128, 256, 512, 1024, 2048, 4096, 8192, 16384)
FREQUENCY_AXES = ("linear", "log")

# Which pictures follow which control. "section" is whatever is open below the pictures.
FRAMES = frozenset({"stft", "mel", "mfcc", "spectrum", "bank", "section"})
BANDS = frozenset({"mel", "mfcc", "spectrum", "bank", "section"})
CEPSTRUM = frozenset({"mfcc", "section"})
AFFECTS: dict[str, frozenset[str]] = {
    "win": FRAMES,
    "hop": FRAMES,
    "window": FRAMES,
    "fft": FRAMES,
    "pre": FRAMES,
    "mels": BANDS,
    "fmin": BANDS,
    "fmax": BANDS,
    "scale": BANDS,
    "norm": BANDS,
    "power": BANDS,
    "mfcc": CEPSTRUM,
    "lift": CEPSTRUM,
    "cmn": frozenset({"mfcc"}),
    "y": frozenset({"stft", "spectrum", "section"}),
    "db": frozenset({"stft", "mel", "spectrum", "section"}),
}


def auto_fft(window_ms: float, sample_rate: int) -> int:
    """Return the FFT size that "auto" stands for: the next power of two that holds the window, at least 512."""
    length = round(window_ms * sample_rate / 1000)
    return max(MIN_AUTO_FFT, 1 << max(length - 1, 0).bit_length())


def fft_size(fields: Mapping[str, Any], sample_rate: int, window_ms: float | None = None) -> int:
    """Return the FFT size for the page's settings (for another window, where ``window_ms`` is given)."""
    if fields["fft"] != "auto" and window_ms is None:
        return int(fields["fft"])
    return auto_fft(fields["win"] if window_ms is None else window_ms, sample_rate)


def config_of(fields: Mapping[str, Any], sample_rate: int) -> FeatureConfig:
    """Turn the page's settings into the chain's.

    Parameters
    ----------
    fields
        ``win, hop`` in ms, ``window``, ``fft`` ("auto" or a size), ``pre``, ``mels``, ``fmin, fmax`` in Hz (fmax at its
        right end or above half the sample rate stands for half the sample rate), ``scale``, ``norm``, ``power``,
        ``mfcc``, ``lift``.
    sample_rate
        Of the sound, Hz.

    Raises
    ------
    ValueError
        One sentence: which settings don't go together and what to do.
    """
    nyquist_hz = sample_rate / 2
    f_max_hz = nyquist_hz if fields["fmax"] >= TOP_MEL_HZ else min(fields["fmax"], nyquist_hz)
    return FeatureConfig(
        sample_rate=sample_rate,
        window=fields["window"],
        window_ms=fields["win"],
        hop_ms=fields["hop"],
        n_fft=fft_size(fields, sample_rate),
        n_mels=fields["mels"],
        f_min_hz=fields["fmin"],
        f_max_hz=f_max_hz,
        mel_scale=fields["scale"],
        mel_norm="slaney" if fields["norm"] else None,
        power=fields["power"],
        pre_emphasis=fields["pre"],
        n_mfcc=fields["mfcc"],
        lifter=fields["lift"],
    )
