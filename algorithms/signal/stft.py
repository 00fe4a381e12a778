"""From samples to the short-time Fourier transform, and decibels. `algorithms.signal.features` re-exports all of it.

Conventions are librosa's (McFee et al., SciPy 2015; version 0.11): a matrix is [frequency, time], frames are
zero-padded at the ends when centred, windows are periodic. Numbers equal librosa's to float32 rounding.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from algorithms.signal.feature_config import WINDOWS, FeatureConfig, check_audio

# A block of frames of this many rows stays in the cache between windowing and FFT.
_BLOCK_FRAMES = 128

# w[n] = a0 - a1 cos(2 pi n / N) + a2 cos(4 pi n / N): Harris, Proc. IEEE 66(1), 1978.
_COSINE_TERMS = {
    "hann": (0.5, 0.5, 0.0),
    "hamming": (0.54, 0.46, 0.0),
    "blackman": (0.42, 0.5, 0.08),
    "rectangular": (1.0, 0.0, 0.0),
}


@lru_cache(maxsize=64)
def window(name: str, length: int) -> np.ndarray:
    """Periodic window, as `scipy.signal.get_window(name, length, fftbins=True)` ("rectangular" is its "boxcar").

    Periodic means one period of a cosine of `length` samples, without its repeated last sample, which is what an FFT
    of that size supposes.

    Parameters
    ----------
    name : {"hann", "hamming", "blackman", "rectangular"}
    length : int, samples, at least 1

    Returns
    -------
    np.ndarray [length], float32, read-only, 0 to 1
    """
    if name not in _COSINE_TERMS:
        raise ValueError(f"There is no window called {name!r}: choose {', '.join(WINDOWS)}.")
    if length < 1:
        raise ValueError(f"A window of {length} samples cannot hold anything: use at least 1.")
    a0, a1, a2 = _COSINE_TERMS[name]
    angle = 2 * np.pi * np.arange(length) / length
    w = a0 - a1 * np.cos(angle) + a2 * np.cos(2 * angle)
    w = np.ones(1) if length == 1 else w
    w = w.astype(np.float32)
    w.flags.writeable = False
    return w


def frame(y: np.ndarray, frame_length: int, hop_length: int) -> np.ndarray:
    """Overlapping frames of a signal as a strided view: no sample is copied.

    Parameters
    ----------
    y : np.ndarray [n]
    frame_length, hop_length : int, samples

    Returns
    -------
    np.ndarray [frame_length, 1 + (n - frame_length) // hop_length], read-only view: column t starts at t * hop_length

    Raises
    ------
    ValueError
        If the signal is shorter than one frame.
    """
    if frame_length < 1 or hop_length < 1:
        raise ValueError("A frame and the hop between frames need at least one sample each.")
    if len(y) < frame_length:
        raise ValueError(f"The signal has {len(y)} samples, fewer than one frame of {frame_length}: use a longer clip.")
    return np.lib.stride_tricks.sliding_window_view(y, frame_length)[::hop_length].T


def pre_emphasis(y: np.ndarray, coef: float) -> np.ndarray:
    """First-order high-pass y[n] - coef * y[n-1], lifting the weak high end of speech before the analysis.

    The first sample is librosa's: `librosa.effects.preemphasis` starts its filter in the state 2 y[0] - y[1], which
    is *added* (not multiplied by -coef as a true linear extrapolation would be), giving 3 y[0] - y[1]. A lone sample
    is taken as constant (y[1] = y[0]); librosa cannot filter it.

    Parameters
    ----------
    y : np.ndarray [n], float
    coef : float in [0, 1); 0 returns the signal unchanged

    Returns
    -------
    np.ndarray [n], float32
    """
    y = check_audio(y)
    if not 0 <= coef < 1:
        raise ValueError(f"The pre-emphasis is {coef:g}, but it must be 0 (off) or below 1, as 0.97.")
    if coef == 0:
        return y
    out = np.empty_like(y)
    out[0] = 3 * y[0] - y[min(1, len(y) - 1)]
    np.multiply(y[:-1], np.float32(-coef), out=out[1:])
    out[1:] += y[1:]
    return out


def n_frames(n_samples: int, config: FeatureConfig) -> int:
    """Number of frames of a clip of `n_samples`; 0 when it is shorter than one frame and `center` is off."""
    if not config.center and n_samples < config.n_fft:
        return 0
    span = n_samples if config.center else n_samples - config.n_fft
    return 1 + span // config.hop_length


def padded(y: np.ndarray, config: FeatureConfig) -> np.ndarray:
    """Checked, pre-emphasised signal with the zeros of `center` on both ends: frame t starts at t * hop_length.

    Raises
    ------
    ValueError
        As `check_audio`; or the clip is shorter than one frame with `center` off.
    """
    y = pre_emphasis(y, config.pre_emphasis)
    if config.center:
        return np.pad(y, config.n_fft // 2)
    if len(y) < config.n_fft:
        raise ValueError(
            f"The clip has {len(y)} samples, fewer than one FFT frame of {config.n_fft}: "
            "switch centre padding on, or choose a smaller FFT."
        )
    return y


def stft(y: np.ndarray, config: FeatureConfig) -> np.ndarray:
    """Short-time Fourier transform: one complex spectrum for every frame.

    X[k, t] = sum_n w[n] y[n + t hop] exp(-2 pi i k n / n_fft), the window centred among the n_fft samples.

    Parameters
    ----------
    y : np.ndarray [n], float, at least one sample
    config : FeatureConfig (its pre-emphasis is applied first)

    Returns
    -------
    np.ndarray [n_fft // 2 + 1, T], complex64

    Notes
    -----
    Equals `librosa.stft(y, n_fft, hop_length, win_length, window, center)`. Stored frame by frame (Fortran order),
    which is what the next steps read fastest.
    """
    from scipy.fft import rfft  # 0.2 s to import: not before somebody computes

    signal = padded(y, config)
    length = config.window_length
    left = (config.n_fft - length) // 2
    w = window(config.window, length)
    count = 1 + (len(signal) - config.n_fft) // config.hop_length
    frames = frame(signal[left:], length, config.hop_length).T[:count]  # [T, window_length]
    spectrum = np.empty((count, config.n_bins), dtype=np.complex64)
    block = np.zeros((min(_BLOCK_FRAMES, count), config.n_fft), dtype=np.float32)
    for start in range(0, count, _BLOCK_FRAMES):
        part = frames[start : start + _BLOCK_FRAMES]
        np.multiply(part, w, out=block[: len(part), left : left + length])
        spectrum[start : start + len(part)] = rfft(block[: len(part)], axis=-1)
    return spectrum.T


def magnitude(spectrum: np.ndarray) -> np.ndarray:
    """|X|, float32 of the spectrum's shape."""
    return np.abs(spectrum)


def power(spectrum: np.ndarray) -> np.ndarray:
    """|X|^2, float32 of the spectrum's shape."""
    return np.square(np.abs(spectrum))


def frame_times(config: FeatureConfig, count: int) -> np.ndarray:
    """Time in seconds of the middle of each of `count` frames, float64 [count].

    `librosa.frames_to_time` gives the same for centred frames; without centring the middle is n_fft / 2 later.
    """
    shift = 0 if config.center else config.n_fft / 2
    return (np.arange(count) * config.hop_length + shift) / config.sample_rate


def fft_frequencies(config: FeatureConfig) -> np.ndarray:
    """Frequency in Hz of each STFT row, float64 [n_fft // 2 + 1]: 0 to sample_rate / 2."""
    return np.arange(config.n_bins) * (config.sample_rate / config.n_fft)


def power_to_db(
    values: np.ndarray,
    *,
    ref: float | Callable[[np.ndarray], float] = 1.0,
    amin: float = 1e-10,
    top_db: float | None = 80.0,
) -> np.ndarray:
    """10 log10(values / ref), as `librosa.power_to_db`.

    Parameters
    ----------
    values : np.ndarray, real, any shape: energies
    ref : float or callable
        What 0 dB means; `np.max` puts it at the loudest cell.
    amin : float > 0
        Smaller values (and a smaller ref) count as this one: silence has no logarithm.
    top_db : float or None
        Values lower than the maximum of the *whole matrix* minus this many dB are lifted to it.

    Returns
    -------
    np.ndarray, dtype of a float input, dB
    """
    values = np.asarray(values)
    if np.iscomplexobj(values):
        raise ValueError("Decibels need magnitudes: take the absolute value of the complex STFT first.")
    if amin <= 0:
        raise ValueError("amin must be above 0: the logarithm of 0 does not exist.")
    if top_db is not None and top_db < 0:
        raise ValueError(f"A dynamic range of {top_db:g} dB is negative: use 0 or more, or None for no limit.")
    ref_value = ref(values) if callable(ref) else abs(ref)
    db = np.asarray(np.log10(np.maximum(values, amin)))  # of a single number too
    db *= 10.0
    db -= 10.0 * np.log10(np.maximum(amin, ref_value))
    if top_db is not None:
        np.maximum(db, db.max() - top_db, out=db)
    return db


def amplitude_to_db(
    values: np.ndarray,
    *,
    ref: float | Callable[[np.ndarray], float] = 1.0,
    amin: float = 1e-5,
    top_db: float | None = 80.0,
) -> np.ndarray:
    """20 log10(values / ref) of magnitudes, as `librosa.amplitude_to_db`; parameters as `power_to_db`."""
    values = np.asarray(values)
    if np.iscomplexobj(values):
        raise ValueError("Decibels need magnitudes: take the absolute value of the complex STFT first.")
    ref_value = ref(np.abs(values)) if callable(ref) else abs(ref)
    return power_to_db(np.square(values), ref=ref_value**2, amin=amin**2, top_db=top_db)


def db_to_power(db: np.ndarray, *, ref: float = 1.0) -> np.ndarray:
    """Energies ref * 10^(db / 10): undoes `power_to_db` where nothing was clipped."""
    return ref * np.power(10.0, np.asarray(db) / 10)
