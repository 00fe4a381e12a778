"""Sampling and quantisation: what a lower rate folds, and what fewer bits add.

Oppenheim and Schafer, Discrete-Time Signal Processing, chapter 4 (sampling, changing the rate, quantisation).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from algorithms.signal.feature_config import check_audio

# Zero crossings of the sinc kept on each side of an interpolated sample, and its Kaiser taper.
_SINC_HALF_WIDTH = 32
_SINC_KAISER_BETA = 8.0


def _check_rate(hz: int, what: str) -> int:
    if not math.isfinite(hz) or hz != int(hz) or hz < 1:
        raise ValueError(f"The {what} is {hz} Hz, but it must be a whole number of at least 1 Hz.")
    return int(hz)


def resampled_length(n_samples: int, sample_rate: int, target_hz: int) -> int:
    """Samples of a clip at its new rate: every sample time k / target_hz that falls inside the clip."""
    return -(-n_samples * target_hz // sample_rate)


def decimate_without_filter(y: np.ndarray, sample_rate: int, target_hz: int) -> np.ndarray:
    """Sample the sound again at a lower rate with *no* low-pass: what lies above target_hz / 2 folds down.

    Parameters
    ----------
    y : np.ndarray [n], float, mono
    sample_rate, target_hz : int, Hz; target_hz at most sample_rate

    Returns
    -------
    np.ndarray [ceil(n * target_hz / sample_rate)], float32: the sound's value at the times k / target_hz

    Raises
    ------
    ValueError
        If the signal is unusable (see `check_audio`) or target_hz is above sample_rate.

    Notes
    -----
    At a whole ratio this keeps every r-th sample, exactly. Otherwise the times fall between samples, and the values are
    read from the continuous sound those samples stand for: sinc interpolation over 64 samples (Kaiser taper) whose
    cut-off is the *original* Nyquist frequency. It only rebuilds the curve between the samples, so it removes nothing
    that could alias (linear interpolation, the obvious alternative, would: it is itself a low-pass). Only in the last
    6 % below the original Nyquist frequency does the finite sinc fade the sound (by 6 dB at its very end) and leave a
    mirror image of it.
    """
    y = check_audio(y)
    sample_rate, target_hz = _check_rate(sample_rate, "sample rate"), _check_rate(target_hz, "new rate")
    if target_hz > sample_rate:
        raise ValueError(
            f"{target_hz} Hz is above the clip's {sample_rate} Hz: choose a lower rate to hear aliasing, "
            "since a higher one cannot fold anything."
        )
    if sample_rate % target_hz == 0:
        return y[:: sample_rate // target_hz].copy()
    from scipy.signal import firwin, upfirdn  # 0.8 s to import

    common = math.gcd(sample_rate, target_hz)
    up, down = target_hz // common, sample_rate // common
    half = _SINC_HALF_WIDTH * up
    sinc = firwin(2 * half + 1, 1 / up, window=("kaiser", _SINC_KAISER_BETA)) * up
    # The filter delays by `half` steps of the fine grid; zeros in front make that a multiple of `down`, so that
    # output `skip` is the sample at time 0.
    lead = -half % down
    skip = (half + lead) // down
    fine = upfirdn(np.concatenate([np.zeros(lead), sinc]).astype(np.float32), y, up, down)
    return fine[skip : skip + resampled_length(len(y), sample_rate, target_hz)].astype(np.float32, copy=False)


def resample(y: np.ndarray, sample_rate: int, target_hz: int) -> np.ndarray:
    """Change the sample rate the right way: low-pass below both Nyquist frequencies, then sample again.

    Parameters
    ----------
    y : np.ndarray [n], float, mono
    sample_rate, target_hz : int, Hz

    Returns
    -------
    np.ndarray [ceil(n * target_hz / sample_rate)], float32

    Notes
    -----
    soxr's "HQ" filter (flat to 91 % of the lower Nyquist frequency, more than 120 dB down past it): what `librosa.load`
    and `librosa.resample` use by default, and equal to them.
    """
    y = check_audio(y)
    sample_rate, target_hz = _check_rate(sample_rate, "sample rate"), _check_rate(target_hz, "new rate")
    if target_hz == sample_rate:
        return y.copy()
    import soxr

    length = resampled_length(len(y), sample_rate, target_hz)
    out = np.zeros(length, dtype=np.float32)
    converted = soxr.resample(y, sample_rate, target_hz, quality="HQ")[:length]
    out[: len(converted)] = converted  # soxr rounds the length
    return out


def fold_frequency(frequency_hz: np.ndarray | float, sample_rate: float) -> np.ndarray:
    """Where a tone is heard after sampling: |f - fs * round(f / fs)|, between 0 and fs / 2.

    Parameters
    ----------
    frequency_hz : array_like, Hz, finite
    sample_rate : float, Hz, above 0

    Returns
    -------
    np.ndarray, float64, the input's shape, Hz

    Examples
    --------
    >>> float(fold_frequency(5000, 8000))
    3000.0
    """
    if not (math.isfinite(sample_rate) and sample_rate > 0):
        raise ValueError(f"The sample rate is {sample_rate} Hz, but it must be above 0 Hz.")
    f = np.asarray(frequency_hz, dtype=np.float64)
    if not np.isfinite(f).all():
        raise ValueError("A frequency is NaN or infinite: give every partial in Hz.")
    return np.abs(f - sample_rate * np.round(f / sample_rate))


@dataclass(frozen=True, kw_only=True)
class FoldedPartial:
    """One partial before and after sampling."""

    frequency_hz: float
    lands_at_hz: float
    aliased: bool  # above Nyquist, so heard at another frequency
    nyquist_zone: int  # 1: 0 to fs/2 (unchanged); 2: fs/2 to fs (mirrored); 3: fs to 3fs/2 (shifted); ...


def fold_partials(frequencies_hz: Iterable[float], sample_rate: float) -> list[FoldedPartial]:
    """Tell where each partial of a tone lands when it is sampled at `sample_rate` without a filter.

    A partial at exactly Nyquist stays there and is not called aliased (though its amplitude then depends on its phase).
    """
    frequencies = np.abs(np.asarray(list(frequencies_hz), dtype=np.float64))
    landed = fold_frequency(frequencies, sample_rate)
    nyquist_hz = sample_rate / 2
    return [
        FoldedPartial(
            frequency_hz=float(f),
            lands_at_hz=float(lands),
            aliased=bool(f > nyquist_hz),
            nyquist_zone=max(1, math.ceil(f / nyquist_hz)),
        )
        for f, lands in zip(frequencies, landed, strict=True)
    ]


def linear_sweep(
    start_hz: float, end_hz: float, duration_s: float, sample_rate: int, *, amplitude: float = 0.5
) -> np.ndarray:
    """Sine whose frequency moves on a straight line, sampled straight from its formula.

    y(t) = a sin(2 pi (f0 t + (f1 - f0) t^2 / (2 D))). No filter takes part, so an end above sample_rate / 2 folds.

    Parameters
    ----------
    start_hz, end_hz : float, Hz, 0 or more
    duration_s : float, seconds, at least one sample
    sample_rate : int, Hz
    amplitude : float, 0 to 1

    Returns
    -------
    np.ndarray [round(duration_s * sample_rate)], float32
    """
    sample_rate = _check_rate(sample_rate, "sample rate")
    if not (math.isfinite(start_hz) and math.isfinite(end_hz) and start_hz >= 0 and end_hz >= 0):
        raise ValueError(f"The sweep runs from {start_hz} to {end_hz} Hz, but both must be finite and at least 0 Hz.")
    if not (math.isfinite(duration_s) and round(duration_s * sample_rate) >= 1):
        raise ValueError(f"A sweep of {duration_s} s holds no sample at {sample_rate} Hz: make it longer.")
    t = np.arange(round(duration_s * sample_rate)) / sample_rate
    cycles = start_hz * t + (end_hz - start_hz) * t**2 / (2 * duration_s)
    return (amplitude * np.sin(2 * np.pi * cycles)).astype(np.float32)


def quantise(y: np.ndarray, n_bits: int, *, dither: bool = False, seed: int = 0) -> np.ndarray:
    """Round samples to the 2^n_bits levels of PCM, spaced 2 / 2^n_bits from -1 to 1 - 2 / 2^n_bits; beyond, clip.

    Parameters
    ----------
    y : np.ndarray [n], float, mono, nominally in [-1, 1]
    n_bits : int, 2 to 24
    dither : bool
        Add triangular noise of +-1 step before rounding. It makes the error's mean and variance independent of the
        signal (no distortion, faint tones survive) for 4.77 dB more noise: Lipshitz, Wannamaker and Vanderkooy,
        J. AES 40(5), 1992.
    seed : int
        Of the dither.

    Returns
    -------
    np.ndarray [n], float32
    """
    y = check_audio(y)
    if n_bits != int(n_bits) or not 2 <= n_bits <= 24:
        raise ValueError(f"{n_bits} bits a sample is out of range: choose a whole number from 2 to 24.")
    levels = 2 ** (int(n_bits) - 1)  # steps from 0 to 1
    steps = y.astype(np.float64) * levels
    if dither:
        rng = np.random.default_rng(seed)
        steps += rng.random(len(y)) - rng.random(len(y))
    return (np.clip(np.round(steps), -levels, levels - 1) / levels).astype(np.float32)


def snr_db(y: np.ndarray, degraded: np.ndarray) -> float:
    """Signal-to-noise ratio in dB, the noise being degraded - y; infinite if they are equal, -infinite for silence."""
    y, degraded = check_audio(y).astype(np.float64), check_audio(degraded).astype(np.float64)
    if y.shape != degraded.shape:
        raise ValueError(f"The signals have {len(y)} and {len(degraded)} samples: compare signals of one length.")
    signal, noise = float(np.sum(y**2)), float(np.sum((degraded - y) ** 2))
    if noise == 0:
        return math.inf
    return 10 * math.log10(signal / noise) if signal else -math.inf


def quantisation_snr_db(n_bits: int, *, dither: bool = False) -> float:
    """SNR in dB of a full-scale sine rounded to n_bits: 6.02 n + 1.76, that is 10 log10(1.5 * 4^n).

    Comes from a noise power of step^2 / 12 (an error spread evenly over one step); triangular dither triples it.
    """
    return 10 * math.log10(1.5 * 4.0**n_bits / (3 if dither else 1))
