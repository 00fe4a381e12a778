"""A clip as another microphone in another room might have recorded it: what the network was trained on."""

from collections.abc import Sequence

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

RATE = 16000
SHIFT_S = 0.1  # a word lies up to this much earlier or later than in its recording


def coloured_noise(rng: np.random.Generator) -> np.ndarray:
    """A second of noise with a random slope (0 to -9 dB an octave) and perhaps a hum; its RMS is 1. float32 [16000]."""
    spectrum = rfft(rng.standard_normal(RATE).astype(np.float32))
    hz = np.arange(len(spectrum), dtype=np.float32)  # one second: bin k is k Hz
    y = irfft(spectrum * np.maximum(hz, 20) ** -rng.uniform(0, 1.5), RATE)
    if rng.random() < 0.2:
        hum_hz = rng.uniform(45, 400)
        y = y + y.std() * rng.uniform(0.3, 3) * np.sin(2 * np.pi * hum_hz * np.arange(RATE) / RATE)
    return (y / max(1e-9, y.std())).astype(np.float32)


def disturb(
    y: np.ndarray,
    noises: np.ndarray,
    rng: np.random.Generator,
    *,
    silence: bool = False,
    rooms: Sequence[np.ndarray] = (),
) -> np.ndarray:
    """A random recording of the same word: speed, shift, room, band, noise and gain.

    Parameters
    ----------
    y : float32 [16000]
    noises : int16 [n, 16000], recorded backgrounds
    silence : the clip holds no word, so nothing needs to stand out of the noise
    rooms : measured room responses, float32 [any length] at 16 kHz, of which every second room is then one

    Returns
    -------
    float32 [16000] in [-1, 1]
    """
    if rng.random() < 0.3:  # the recording as it is, but for where it starts and how loud it is
        shift = int(rng.uniform(-SHIFT_S, SHIFT_S) * RATE)
        y = np.pad(y, RATE)[RATE + shift : 2 * RATE + shift]
        return np.clip(y * 10 ** (rng.uniform(-12, 6) / 20), -1, 1).astype(np.float32)
    size = next_fast_len(RATE + 4000, real=True)
    spectrum = rfft(y.astype(np.float32), size)
    hz = np.arange(len(spectrum), dtype=np.float32) * (RATE / size)
    if rng.random() < 0.5:  # tilt and one broad resonance: another microphone
        spectrum *= (np.maximum(hz, 60) / 1000) ** rng.uniform(-0.3, 0.3)
        centre, width = rng.uniform(150, 6000), rng.uniform(150, 1200)
        spectrum *= 1 + rng.uniform(-0.6, 2) * np.exp(-0.5 * ((hz - centre) / width) ** 2)
    kind = rng.random()
    if kind < 0.04:  # telephone
        spectrum /= 1 + (rng.uniform(200, 350) / np.maximum(hz, 1)) ** 6
        spectrum /= 1 + (hz / rng.uniform(3200, 3800)) ** 16
    elif kind < 0.2:  # a dull microphone or a low sample rate
        spectrum /= 1 + (hz / rng.uniform(3300, 7500)) ** 12
    if rng.random() < 0.25:  # a room: the direct sound, then noise that dies away by 60 dB in `decay` seconds
        decay = rng.uniform(0.1, 0.5)
        tail = rng.standard_normal(int(min(decay, 0.24) * RATE)).astype(np.float32)
        tail *= np.exp(-6.9 / (decay * RATE) * np.arange(len(tail), dtype=np.float32))
        tail *= rng.uniform(0.1, 0.8) / np.sqrt((tail**2).sum())
        tail[0] = 1.0
        if rooms and rng.random() < 0.5:
            tail = rooms[rng.integers(len(rooms))]
            tail = tail[np.abs(tail).argmax() :][:4000]  # from the direct sound on
        spectrum *= rfft(tail, size)
    speed = np.exp(rng.uniform(-0.16, 0.16)) if rng.random() < 0.85 else 1.0
    length = next_fast_len(int(size / speed), real=True)
    y = irfft(spectrum, length) * (length / size)  # resampled: pitch, formants and tempo together
    middle = int(RATE / 2 * length / size)  # where the middle of the second now is
    start = middle - RATE // 2 + int(rng.uniform(-SHIFT_S, SHIFT_S) * RATE)
    y = np.pad(y, (RATE, RATE))[RATE + start : 2 * RATE + start].astype(np.float32)
    level = np.sqrt((y**2).mean()) + 1e-5
    if rng.random() < 0.65:
        recorded = len(noises) > 0 and rng.random() < 0.6
        noise = noises[rng.integers(len(noises))].astype(np.float32) if recorded else coloured_noise(rng)
        noise = np.roll(noise, rng.integers(RATE)) / max(1e-6, np.sqrt((noise**2).mean()))
        snr_db = rng.uniform(-20 if silence else 5, 45)
        y = y + noise * (level * 10 ** (-snr_db / 20))
    if silence or rng.random() < 0.8:
        y = y * 10 ** (rng.uniform(-30 if silence else -18, 8) / 20)
    return np.clip(y, -1, 1)
