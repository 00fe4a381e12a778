"""Features of speech: STFT, mel spectrogram and MFCC, one frame of them step by step, their size, and librosa's code.

This module is the one to import. The chain itself is in `algorithms.signal.stft` (samples to spectrum, decibels) and
`algorithms.signal.mel` (spectrum to mel and MFCC); the settings are a `FeatureConfig`.

A common mistake: an MFCC is not one vector for a clip. It is a short vector for every *frame*, the DCT of that frame's
log-mel energies; a clip gives a matrix [n_mfcc, T].
"""

import math
from dataclasses import dataclass

import numpy as np

from algorithms.signal.feature_config import MEL_SCALES, WINDOWS, FeatureConfig, check_audio
from algorithms.signal.mel import (
    empty_filters,
    hz_to_mel,
    lift,
    lifter_weights,
    mel_db,
    mel_edges,
    mel_filterbank,
    mel_frequencies,
    mel_from_stft,
    mel_spectrogram,
    mel_to_hz,
    mfcc,
    mfcc_from_mel,
)
from algorithms.signal.stft import (
    amplitude_to_db,
    db_to_power,
    fft_frequencies,
    frame,
    frame_times,
    magnitude,
    n_frames,
    padded,
    power,
    power_to_db,
    pre_emphasis,
    stft,
    window,
)

__all__ = [
    "MEL_SCALES",
    "WINDOWS",
    "FeatureConfig",
    "FrameSteps",
    "Representation",
    "Uncertainty",
    "amplitude_to_db",
    "check_audio",
    "db_to_power",
    "empty_filters",
    "fft_frequencies",
    "frame",
    "frame_times",
    "hz_to_mel",
    "librosa_code",
    "lift",
    "lifter_weights",
    "magnitude",
    "mel_db",
    "mel_edges",
    "mel_filterbank",
    "mel_frequencies",
    "mel_from_stft",
    "mel_spectrogram",
    "mel_to_hz",
    "mfcc",
    "mfcc_from_mel",
    "n_frames",
    "power",
    "power_to_db",
    "pre_emphasis",
    "representations",
    "steps_of_frame",
    "stft",
    "uncertainty",
    "window",
]


@dataclass(frozen=True, kw_only=True)
class FrameSteps:
    """Every intermediate of the MFCCs of one frame, in the order in which they are computed. Arrays are float32."""

    frame: int  # t
    time_s: float  # middle of the frame
    samples: np.ndarray  # [window_length] under the window, after pre-emphasis, zeros beyond the clip's ends
    window: np.ndarray  # [window_length]
    windowed: np.ndarray  # [window_length] samples * window
    zero_padded: np.ndarray  # [n_fft] what the FFT sees
    spectrum: np.ndarray  # [n_bins] |X|^power
    mel: np.ndarray  # [n_mels] filterbank @ spectrum
    log_mel_db: np.ndarray  # [n_mels] 10 log10, floored
    floor_db: float  # 80 dB below the loudest mel cell of the whole clip: lower values are lifted to it
    dct: np.ndarray  # [n_mfcc] first coefficients of the orthonormal DCT-II of log_mel_db
    lifter: np.ndarray  # [n_mfcc] weights
    mfcc: np.ndarray  # [n_mfcc] dct * lifter


def steps_of_frame(y: np.ndarray, config: FeatureConfig, t: int, *, mel: np.ndarray | None = None) -> FrameSteps:
    """Compute the MFCCs of frame t with all intermediate numbers; they agree with column t of `mfcc(y, config)`.

    Parameters
    ----------
    y : np.ndarray [n], float
    config : FeatureConfig
    t : int
        Frame, 0 to n_frames - 1.
    mel : np.ndarray [n_mels, T], optional
        `mel_spectrogram(y, config)` if it is at hand. The whole clip's maximum sets the floor of the logarithm,
        the one number that a frame cannot know by itself.

    Raises
    ------
    ValueError
        As `stft`; or the clip has no frame t.
    """
    from scipy.fft import dct, rfft

    signal = padded(y, config)
    count = 1 + (len(signal) - config.n_fft) // config.hop_length
    if not 0 <= t < count:
        raise ValueError(f"The clip has frames 0 to {count - 1}, so there is no frame {t}.")
    mel = mel_spectrogram(y, config) if mel is None else mel
    if mel.shape != (config.n_mels, count):
        raise ValueError(f"The mel spectrogram has shape {mel.shape}, not {(config.n_mels, count)}: compute it anew.")
    left = (config.n_fft - config.window_length) // 2
    start = t * config.hop_length + left
    samples = signal[start : start + config.window_length].copy()
    w = window(config.window, config.window_length)
    zero_padded = np.zeros(config.n_fft, dtype=np.float32)
    zero_padded[left : left + config.window_length] = samples * w
    spectrum = magnitude(rfft(zero_padded)) ** config.power
    filtered = mel_filterbank(config) @ spectrum
    floor_db = float(power_to_db(mel.max(), top_db=None)) - 80.0
    log_mel_db = np.maximum(power_to_db(filtered, top_db=None), np.float32(floor_db))
    coefficients = dct(log_mel_db, type=2, norm="ortho")[: config.n_mfcc]
    return FrameSteps(
        frame=t,
        time_s=float(frame_times(config, t + 1)[t]),
        samples=samples,
        window=w,
        windowed=samples * w,
        zero_padded=zero_padded,
        spectrum=spectrum,
        mel=filtered,
        log_mel_db=log_mel_db,
        floor_db=floor_db,
        dct=coefficients,
        lifter=lifter_weights(config.n_mfcc, config.lifter),
        mfcc=lift(coefficients, config.lifter),
    )


def librosa_code(config: FeatureConfig, clip_name: str) -> str:
    """Return the lines of librosa (0.11) that compute the same STFT, mel spectrogram and MFCCs.

    Parameters
    ----------
    config : FeatureConfig
    clip_name : str
        File that the code loads, written as a Python string whatever it holds.

    Returns
    -------
    str
        Runs as it is; leaves `spectrum`, `spectrum_db`, `mel`, `mel_db` and `mfcc` behind.
    """
    boxcar = {"rectangular": "boxcar"}
    to_db = "power_to_db" if config.power == 2 else "amplitude_to_db"
    lines = [
        "import librosa",
        "import numpy as np",
        "",
        f"y, sr = librosa.load({clip_name!r}, sr={config.sample_rate})",
    ]
    if config.pre_emphasis:
        lines.append(f"y = librosa.effects.preemphasis(y, coef={config.pre_emphasis!r})")
    lines += [
        f"spectrum = librosa.stft(y, n_fft={config.n_fft}, hop_length={config.hop_length}, "
        f"win_length={config.window_length},",
        f"                        window={boxcar.get(config.window, config.window)!r}, center={config.center})",
        "spectrum_db = librosa.amplitude_to_db(np.abs(spectrum), ref=np.max)",
        f"mel = librosa.feature.melspectrogram(S=np.abs(spectrum) ** {config.power}, sr=sr, n_mels={config.n_mels},",
        f"                                     fmin={config.f_min_hz!r}, fmax={config.f_max_hz!r}, "
        f"htk={config.mel_scale == 'htk'}, norm={config.mel_norm!r})",
        f"mel_db = librosa.{to_db}(mel, ref=np.max)",
        f"mfcc = librosa.feature.mfcc(S=librosa.power_to_db(mel), n_mfcc={config.n_mfcc}, lifter={config.lifter:g})",
    ]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, kw_only=True)
class Representation:
    """Size of one way to hold a clip."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    n_bytes: int
    frames_per_s: float  # columns a second; for the waveform, samples a second
    values_per_s: float  # numbers a second (a complex one counts twice)


def representations(config: FeatureConfig, n_samples: int) -> list[Representation]:
    """Shape, bytes and rate of the waveform, complex STFT, magnitude, mel spectrogram and MFCCs of a clip.

    Parameters
    ----------
    config : FeatureConfig
    n_samples : int, length of the clip, at least 1
    """
    if n_samples < 1:
        raise ValueError("The signal is empty: record or choose a clip with at least one sample.")
    count = n_frames(n_samples, config)
    frame_rate = config.sample_rate / config.hop_length
    rows = [
        ("Waveform", (n_samples,), "float32", float(config.sample_rate)),
        ("STFT (complex)", (config.n_bins, count), "complex64", frame_rate),
        ("STFT magnitude", (config.n_bins, count), "float32", frame_rate),
        ("Mel spectrogram", (config.n_mels, count), "float32", frame_rate),
        ("MFCC", (config.n_mfcc, count), "float32", frame_rate),
    ]
    return [
        Representation(
            name=name,
            shape=shape,
            dtype=dtype,
            n_bytes=math.prod(shape) * np.dtype(dtype).itemsize,
            frames_per_s=rate,
            values_per_s=rate * math.prod(shape[:-1]) * (2 if dtype == "complex64" else 1),
        )
        for name, shape, dtype, rate in rows
    ]


@dataclass(frozen=True, kw_only=True)
class Uncertainty:
    """How finely a window resolves time and frequency."""

    window_s: float  # length of the window
    time_spread_s: float  # standard deviation of |w(t)|^2 as a distribution over time
    frequency_spread_hz: float  # standard deviation of |W(f)|^2 as a distribution over frequency
    product: float  # time_spread_s * frequency_spread_hz
    gabor_limit: float  # 1 / (4 pi) = 0.0796: no window goes below, a Gaussian reaches it
    main_lobe_hz: float  # null to null: two tones closer than about half of it merge
    bin_hz: float  # distance of two FFT points; zero-padding shrinks it without resolving more


# Null-to-null width of the main lobe in units of 1 / window length: Harris, Proc. IEEE 66(1), 1978.
_MAIN_LOBE_BINS = {"rectangular": 2, "hann": 4, "hamming": 4, "blackman": 6}


def uncertainty(config: FeatureConfig) -> Uncertainty:
    """Time spread, frequency spread and their product for the window in use, against Gabor's limit 1 / (4 pi).

    Gabor, "Theory of communication", J. IEE 93, 1946; definitions as Mallat, A Wavelet Tour, section 2.3.2. Computed
    from the sampled window on a zero-padded FFT over -sample_rate/2 ... sample_rate/2.

    Notes
    -----
    A window that jumps at its ends (rectangular, and Hamming by 0.08) has a spectrum that falls off so slowly that
    its spread has no bound: the number is then set by the sample rate, and grows with it.
    """
    from scipy.fft import fft, fftfreq

    length, rate = config.window_length, config.sample_rate
    w = window(config.window, length).astype(np.float64)
    size = 1 << max(14, (8 * length - 1).bit_length())
    time_spread_s = _spread(np.arange(length) / rate, w**2)
    frequency_spread_hz = _spread(fftfreq(size, 1 / rate), np.abs(fft(w, size)) ** 2)
    return Uncertainty(
        window_s=length / rate,
        time_spread_s=time_spread_s,
        frequency_spread_hz=frequency_spread_hz,
        product=time_spread_s * frequency_spread_hz,
        gabor_limit=1 / (4 * math.pi),
        main_lobe_hz=_MAIN_LOBE_BINS[config.window] * rate / length,
        bin_hz=rate / config.n_fft,
    )


def _spread(positions: np.ndarray, weights: np.ndarray) -> float:
    weights = weights / weights.sum()
    mean = weights @ positions
    return math.sqrt(weights @ (positions - mean) ** 2)
