"""Less bandwidth, and pieces that are missing: filters, spans of time and bands of frequency dropped from the sound."""

from __future__ import annotations

import numpy as np

from algorithms.augmentation.checks import SAMPLE_RATE, between, sound

FFT, HOP = 512, 128  # of the analysis in which bands are dropped: 32 and 8 ms


def low_pass(y: np.ndarray, cutoff_hz: float) -> np.ndarray:
    """Take away what lies above `cutoff_hz`: a Butterworth filter of order 8, -3 dB at the cutoff, -48 dB an octave.

    Parameters
    ----------
    y : float [n] at 16 kHz
    cutoff_hz : 200 to 7800 Hz

    Returns
    -------
    float32 [n]
    """
    return _butterworth(y, between(cutoff_hz, 200, 7800, "The cutoff", "Hz"), "lowpass")


def high_pass(y: np.ndarray, cutoff_hz: float) -> np.ndarray:
    """Take away what lies below `cutoff_hz` (20 to 4000 Hz), as `low_pass` does above it."""
    return _butterworth(y, between(cutoff_hz, 20, 4000, "The cutoff", "Hz"), "highpass")


def _butterworth(y: np.ndarray, cutoff_hz: float, kind: str) -> np.ndarray:
    from scipy.signal import butter, sosfilt

    sections = butter(8, cutoff_hz, kind, fs=SAMPLE_RATE, output="sos")  # second-order sections: stable at any cutoff
    return sosfilt(sections, sound(y)).astype(np.float32)


def drop_time(y: np.ndarray, spans: int, longest_ms: float, rng: np.random.Generator) -> np.ndarray:
    """Silence `spans` stretches, each of a random length up to `longest_ms`, as lost packets of a call are.

    Parameters
    ----------
    y : float [n] at 16 kHz
    spans : 0 to 50
    longest_ms : 0 to 1000 ms

    Returns
    -------
    float32 [n]
    """
    out = sound(y)
    spans = int(between(spans, 0, 50, "The number of gaps"))
    longest = int(between(longest_ms, 0, 1000, "A gap", "ms") / 1000 * SAMPLE_RATE)
    for _ in range(spans):
        length = min(int(rng.integers(0, longest + 1)), len(out))
        start = int(rng.integers(0, len(out) - length + 1))
        out[start : start + length] = 0.0
    return out.astype(np.float32)


def drop_bands(y: np.ndarray, bands: int, widest_hz: float, rng: np.random.Generator) -> np.ndarray:
    """Silence `bands` bands of frequency, each of a random width up to `widest_hz`, from beginning to end.

    In the short-time Fourier transform the rows of the band become zero; the rest is put together again as it was.

    Parameters
    ----------
    y : float [n] at 16 kHz
    bands : 0 to 20
    widest_hz : 0 to 4000 Hz

    Returns
    -------
    float32 [n]
    """
    bands = int(between(bands, 0, 20, "The number of bands"))
    widest_hz = between(widest_hz, 0, 4000, "A band", "Hz")
    keep = np.ones(FFT // 2 + 1)
    hz = np.fft.rfftfreq(FFT, 1 / SAMPLE_RATE)
    for _ in range(bands):
        width = rng.uniform(0, widest_hz)
        start = rng.uniform(0, SAMPLE_RATE / 2 - width)
        keep[(hz >= start) & (hz < start + width)] = 0.0
    return filtered(y, lambda frames: np.broadcast_to(keep, (frames, len(keep))))


def filtered(y: np.ndarray, gains) -> np.ndarray:
    """Multiply the short-time spectrum by gains and put it together again by weighted overlap-add.

    Parameters
    ----------
    y : float [n] at 16 kHz
    gains : function of the number of frames, returns float [frames, 257]: frame k is around sample 128 k, row i at
        31.25 i Hz

    Returns
    -------
    float32 [n]; with gains of 1 it is `y`
    """
    y = sound(y)
    window = np.hanning(FFT + 1)[:-1]
    padded = np.pad(y, (FFT // 2, FFT))
    frames = 1 + (len(padded) - FFT) // HOP
    starts = HOP * np.arange(frames)
    pieces = padded[starts[:, None] + np.arange(FFT)] * window
    pieces = np.fft.irfft(np.fft.rfft(pieces) * gains(frames), FFT) * window
    out, weight = np.zeros(len(padded)), np.zeros(len(padded))
    for start, piece in zip(starts, pieces, strict=True):
        out[start : start + FFT] += piece
        weight[start : start + FFT] += window**2
    return (out / np.maximum(weight, 1e-9))[FFT // 2 : FFT // 2 + len(y)].astype(np.float32)
