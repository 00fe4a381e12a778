"""Mel scale, mel filterbank, mel spectrogram and MFCC. `algorithms.signal.features` re-exports all of it.

Equal to `librosa.filters.mel`, `librosa.feature.melspectrogram` and `librosa.feature.mfcc` (0.11) to float32 rounding.
"""

from functools import lru_cache

import numpy as np

from algorithms.signal.feature_config import MEL_SCALES, FeatureConfig
from algorithms.signal.stft import amplitude_to_db, power_to_db, stft

# Slaney, Auditory Toolbox (Interval Research TR 1998-010): 200/3 Hz a mel up to 1 kHz, then 27 mels a factor of 6.4.
_SLANEY_HZ_PER_MEL = 200.0 / 3
_SLANEY_BREAK_HZ = 1000.0
_SLANEY_BREAK_MEL = _SLANEY_BREAK_HZ / _SLANEY_HZ_PER_MEL  # 15
_SLANEY_LOG_STEP = np.log(6.4) / 27


def hz_to_mel(hz: np.ndarray | float, scale: str = "slaney") -> np.ndarray:
    """Frequency in Hz to mels.

    htk: 2595 log10(1 + f / 700) (O'Shaughnessy 1987; the HTK Book, section 5.4).
    slaney: 3 f / 200 below 1 kHz, 15 + 27 ln(f / 1000) / ln 6.4 above.

    Parameters
    ----------
    hz : array_like, 0 Hz or more
    scale : {"slaney", "htk"}

    Returns
    -------
    np.ndarray, float64, the input's shape
    """
    _check_scale(scale)
    hz = np.asarray(hz, dtype=np.float64)
    if scale == "htk":
        return 2595.0 * np.log10(1.0 + hz / 700.0)
    above = _SLANEY_BREAK_MEL + np.log(np.maximum(hz, _SLANEY_BREAK_HZ) / _SLANEY_BREAK_HZ) / _SLANEY_LOG_STEP
    return np.where(hz < _SLANEY_BREAK_HZ, hz / _SLANEY_HZ_PER_MEL, above)


def mel_to_hz(mel: np.ndarray | float, scale: str = "slaney") -> np.ndarray:
    """Mels to frequency in Hz, the inverse of `hz_to_mel`; float64, the input's shape."""
    _check_scale(scale)
    mel = np.asarray(mel, dtype=np.float64)
    if scale == "htk":
        return 700.0 * (np.power(10.0, mel / 2595.0) - 1.0)
    above = _SLANEY_BREAK_HZ * np.exp(_SLANEY_LOG_STEP * (np.maximum(mel, _SLANEY_BREAK_MEL) - _SLANEY_BREAK_MEL))
    return np.where(mel < _SLANEY_BREAK_MEL, mel * _SLANEY_HZ_PER_MEL, above)


def _check_scale(scale: str):
    if scale not in MEL_SCALES:
        raise ValueError(f"There is no mel scale called {scale!r}: choose {' or '.join(MEL_SCALES)}.")


def mel_edges(config: FeatureConfig) -> np.ndarray:
    """Corners of the triangles in Hz, equally spaced in mels, float64 [n_mels + 2].

    Filter m rises from edges[m] to its peak at edges[m + 1] and falls to edges[m + 2].
    """
    low, high = hz_to_mel([config.f_min_hz, config.f_max_hz], config.mel_scale)
    return mel_to_hz(np.linspace(low, high, config.n_mels + 2), config.mel_scale)


def mel_frequencies(config: FeatureConfig) -> np.ndarray:
    """Peak frequency in Hz of each filter, float64 [n_mels], ascending."""
    return mel_edges(config)[1:-1]


def mel_filterbank(config: FeatureConfig) -> np.ndarray:
    """Triangular filters on the FFT's frequencies.

    Returns
    -------
    np.ndarray [n_mels, n_fft // 2 + 1], float32, >= 0, read-only and cached

    Notes
    -----
    As `librosa.filters.mel(htk=mel_scale == "htk", norm=mel_norm)`. With many filters and a short FFT the lowest
    triangles fall between two FFT frequencies and stay zero: see `empty_filters`.
    """
    return _filterbank(
        config.sample_rate,
        config.n_fft,
        config.n_mels,
        config.f_min_hz,
        config.f_max_hz,
        config.mel_scale,
        config.mel_norm,
    )


@lru_cache(maxsize=16)
def _filterbank(sample_rate, n_fft, n_mels, f_min_hz, f_max_hz, mel_scale, mel_norm) -> np.ndarray:
    # Only what shapes the filters is in the key, so a change of hop or window finds them in the cache.
    low, high = hz_to_mel([f_min_hz, f_max_hz], mel_scale)
    edges = mel_to_hz(np.linspace(low, high, n_mels + 2), mel_scale)
    freqs = np.arange(n_fft // 2 + 1) * (sample_rate / n_fft)
    widths = np.diff(edges)
    rising = (freqs - edges[:-2, None]) / widths[:-1, None]  # [n_mels, n_bins]
    falling = (edges[2:, None] - freqs) / widths[1:, None]
    filters = np.maximum(0.0, np.minimum(rising, falling))
    if mel_norm == "slaney":
        filters *= 2.0 / (edges[2:] - edges[:-2])[:, None]
    filters = filters.astype(np.float32)
    filters.flags.writeable = False
    return filters


def empty_filters(config: FeatureConfig) -> np.ndarray:
    """Indices of filters that touch no FFT frequency, int [k]: their mel rows are always zero.

    Fewer mels, a larger FFT or a higher f_min_hz removes them.
    """
    return np.flatnonzero(~mel_filterbank(config).any(axis=1))


def mel_from_stft(spectrum: np.ndarray, config: FeatureConfig) -> np.ndarray:
    """Mel spectrogram of an STFT: the filterbank times |X|^power.

    Parameters
    ----------
    spectrum : np.ndarray [n_fft // 2 + 1, T], complex STFT or its magnitude

    Returns
    -------
    np.ndarray [n_mels, T], float32, >= 0
    """
    if spectrum.ndim != 2 or spectrum.shape[0] != config.n_bins:
        raise ValueError(f"The spectrum has shape {spectrum.shape}, but {config.n_bins} rows (frequencies) are needed.")
    values = np.abs(spectrum)
    if config.power == 2:
        np.square(values, out=values)
    # [T, n_bins] @ [n_bins, n_mels]: both operands contiguous as they lie in memory.
    return (values.T @ mel_filterbank(config).T).T


def mel_spectrogram(y: np.ndarray, config: FeatureConfig) -> np.ndarray:
    """Mel spectrogram of a signal [n]: `mel_from_stft(stft(y))`, float32 [n_mels, T]."""
    return mel_from_stft(stft(y, config), config)


def mel_db(mel: np.ndarray, config: FeatureConfig, *, top_db: float | None = 80.0) -> np.ndarray:
    """Mel spectrogram in dB below its loudest cell, float32 [n_mels, T] (20 log10 where `power` is 1)."""
    to_db = power_to_db if config.power == 2 else amplitude_to_db
    return to_db(mel, ref=np.max, top_db=top_db)


def lifter_weights(n_mfcc: int, lifter: float) -> np.ndarray:
    """Cepstral lifter 1 + L/2 sin(pi k / L), k = 1 ... n_mfcc (the HTK Book, chapter 5), float32 [n_mfcc].

    Evens out the size of the coefficients, which falls quickly with k. L = 0 gives ones.
    """
    if lifter < 0:
        raise ValueError(f"The lifter is {lifter:g}, but it must be 0 (off) or positive, as 22.")
    k = np.arange(1, n_mfcc + 1)
    weights = 1 + lifter / 2 * np.sin(np.pi * k / lifter) if lifter else np.ones(n_mfcc)
    return weights.astype(np.float32)


def lift(coefficients: np.ndarray, lifter: float) -> np.ndarray:
    """Coefficients [n_mfcc, ...] times `lifter_weights`, row by row."""
    weights = lifter_weights(coefficients.shape[0], lifter)
    return coefficients * weights.reshape(-1, *[1] * (coefficients.ndim - 1))


def mfcc_from_mel(mel: np.ndarray, config: FeatureConfig) -> np.ndarray:
    """MFCCs of a mel spectrogram: log (dB), DCT, keep the first n_mfcc, lifter.

    Parameters
    ----------
    mel : np.ndarray [n_mels, T], >= 0

    Returns
    -------
    np.ndarray [n_mfcc, T], float32: one short vector for *every frame*, not one for the clip

    Notes
    -----
    c[k, t] = s_k sum_m L[m, t] cos(pi k (2 m + 1) / (2 M)), s_0 = sqrt(1/M), s_k = sqrt(2/M): the orthonormal DCT-II
    of the frame's log-mel energies L = `power_to_db(mel)`, whose floor lies 80 dB below the loudest cell of the clip.
    As `librosa.feature.mfcc`, the logarithm is 10 log10 also when `power` is 1 (then c is about half as large).
    Davis and Mermelstein, IEEE Trans. ASSP 28(4), 1980.
    """
    from scipy.fft import dct

    log_mel = power_to_db(mel)
    return lift(dct(log_mel, axis=0, type=2, norm="ortho")[: config.n_mfcc], config.lifter)


def mfcc(y: np.ndarray, config: FeatureConfig) -> np.ndarray:
    """MFCCs of a signal [n]: `mfcc_from_mel(mel_spectrogram(y))`, float32 [n_mfcc, T], one vector for every frame."""
    return mfcc_from_mel(mel_spectrogram(y, config), config)
