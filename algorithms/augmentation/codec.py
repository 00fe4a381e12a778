"""What a codec leaves: the telephone's eight bits, MP3, Opus."""

from __future__ import annotations

import io

import numpy as np

from algorithms.augmentation.checks import SAMPLE_RATE, between, sound
from algorithms.signal import mu_law
from algorithms.sound.encode import encode

TELEPHONE_HZ = 8_000
TELEPHONE_BAND_HZ = (300.0, 3400.0)


def telephone(y: np.ndarray) -> np.ndarray:
    """A telephone line: 300 to 3400 Hz, 8,000 samples a second, eight bits mu-law; 64 kb/s. Back at 16 kHz afterwards.

    Parameters
    ----------
    y : float [n] at 16 kHz; above full scale it is clipped, as on the line

    Returns
    -------
    float32 [n]
    """
    import soxr
    from scipy.signal import butter, sosfilt

    y = sound(y)
    band = butter(4, TELEPHONE_BAND_HZ, "bandpass", fs=SAMPLE_RATE, output="sos")
    line = mu_law.decode(mu_law.encode(soxr.resample(sosfilt(band, y), SAMPLE_RATE, TELEPHONE_HZ)))
    return _as_long(soxr.resample(line, TELEPHONE_HZ, SAMPLE_RATE), len(y))


def mp3(y: np.ndarray, kbps: float) -> np.ndarray:
    """Through LAME's MP3 at 16 kHz mono and back.

    Parameters
    ----------
    y : float [n] at 16 kHz
    kbps : 8 to 160 thousand bits a second; what LAME has for this rate is the next one of 8, 16, 24, 32, ..., 160

    Returns
    -------
    float32 [n], in time with `y`
    """
    return _through(y, "mp3", between(kbps, 8, 160, "The bit rate", "kb/s"), SAMPLE_RATE)


def opus(y: np.ndarray, kbps: float) -> np.ndarray:
    """Through Opus (RFC 6716), the codec of internet calls, as libopus writes it, mono, and back.

    Parameters
    ----------
    y : float [n] at 16 kHz
    kbps : 6 to 128 thousand bits a second

    Returns
    -------
    float32 [n], in time with `y`
    """
    return _through(y, "opus", between(kbps, 6, 128, "The bit rate", "kb/s"), 48_000)


def _through(y: np.ndarray, name: str, kbps: float, rate: int) -> np.ndarray:
    """Encode in memory, decode, and undo the coder's delay."""
    import av
    import soxr

    y = sound(y)
    given = soxr.resample(y, SAMPLE_RATE, rate) if rate != SAMPLE_RATE else y
    with av.open(io.BytesIO(encode(given, rate, name, kbps))) as read:
        blocks = [frame.to_ndarray().reshape(-1) for frame in read.decode(audio=0)]
    out = np.concatenate(blocks).astype(np.float64)
    if np.issubdtype(blocks[0].dtype, np.integer):
        out /= 32768
    if rate != SAMPLE_RATE:
        out = soxr.resample(out, rate, SAMPLE_RATE)
    return _as_long(_aligned(out, y), len(y))


def _aligned(out: np.ndarray, y: np.ndarray, most: int = 2400) -> np.ndarray:
    """`out`, moved to where it is most like `y`: what is left of a coder's delay, at most 150 ms."""
    size = 1 << (len(y) + len(out)).bit_length()
    like = np.fft.irfft(np.fft.rfft(out, size) * np.conj(np.fft.rfft(y, size)), size)
    lags = np.r_[0:most, -most:0]
    lag = int(lags[np.argmax(like[lags])])
    return out[lag:] if lag >= 0 else np.concatenate([np.zeros(-lag), out])


def _as_long(y: np.ndarray, n: int) -> np.ndarray:
    return np.pad(y, (0, max(0, n - len(y))))[:n].astype(np.float32)
