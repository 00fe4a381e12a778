"""Sounds on which speech recognisers fail: nothing, noise, music, loops, and speech that is buried, cut or hurried.

Every function is deterministic: where chance is needed, a seed decides. Sound is mono float32, shape [n], in [-1, 1].

>>> y = white_noise(1.0, level_dbfs=-20.0)
>>> len(y), round(20 * float(np.log10(np.sqrt(np.mean(y**2)))))
(16000, -20)
"""

from __future__ import annotations

import numpy as np

SAMPLE_RATE = 16_000  # Hz, of every Whisper model
MAX_S = 600.0  # no made sound is longer

# I-V-vi-IV in C major, the commonest progression of popular music; MIDI notes, root first.
CHORDS = ((48, 64, 67, 72), (43, 62, 67, 71), (45, 60, 64, 69), (41, 60, 65, 69))
MELODY = (72, 74, 76, 79, 81)  # C major pentatonic: no note clashes with any of the four chords
HARMONICS = (1.0, 0.5, 0.33, 0.2, 0.12)  # amplitudes of a plucked string's first partials
BEAT_S = 0.5  # 120 beats a minute


def _length(duration_s: float, sample_rate: int) -> int:
    if not 0 < duration_s <= MAX_S:
        raise ValueError(f"A sound can last more than 0 and at most {MAX_S:.0f} s, not {duration_s!r}.")
    return max(1, round(duration_s * sample_rate))


def _speech(y: np.ndarray) -> np.ndarray:
    y = np.asarray(y)
    if y.ndim != 1 or not np.issubdtype(y.dtype, np.floating):
        raise ValueError("Give mono sound: one row of floating-point samples.")
    if not len(y) or not np.isfinite(y).all():
        raise ValueError("The sound must hold samples, all of them finite: record or choose another one.")
    return y.astype(np.float32)


def silence(duration_s: float, *, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """Digital silence, all zeros.

    Parameters
    ----------
    duration_s
        Seconds, more than 0, at most 600.
    sample_rate
        Hz.

    Returns
    -------
    float32 [n]
    """
    return np.zeros(_length(duration_s, sample_rate), np.float32)


def white_noise(duration_s: float, *, level_dbfs: float, seed: int = 0, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """Gaussian white noise of a given level.

    Parameters
    ----------
    duration_s
        Seconds, more than 0, at most 600.
    level_dbfs
        20 log10 of the root mean square over full scale (1.0), at most -12, so that peaks stay below full scale.
    seed
        Chooses the noise.

    Returns
    -------
    float32 [n]
    """
    if not level_dbfs <= -12:
        raise ValueError(f"Noise above -12 dBFS is clipped: choose a lower level than {level_dbfs:g} dBFS.")
    noise = np.random.default_rng(seed).standard_normal(_length(duration_s, sample_rate))
    noise *= 10 ** (level_dbfs / 20) / np.sqrt(np.mean(noise**2))
    return np.clip(noise, -1, 1).astype(np.float32)


def music(duration_s: float, *, seed: int = 0, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """A plucked chord progression (I-V-vi-IV, one chord every two seconds) under a pentatonic melody.

    Each note is a sum of five partials with amplitudes 1 to 0.12 that decay exponentially, higher ones faster.

    Parameters
    ----------
    duration_s
        Seconds, more than 0, at most 600.
    seed
        Chooses the melody, one note a beat (half a second).

    Returns
    -------
    float32 [n]
        Peak 0.5.
    """
    n = _length(duration_s, sample_rate)
    y = np.zeros(n)
    beats = int(np.ceil(duration_s / BEAT_S))
    melody = np.random.default_rng(seed).choice(MELODY, size=beats)
    for beat in range(beats):
        notes = [(int(melody[beat]), 0.6, 2 * BEAT_S)]
        if beat % 4 == 0:
            notes += [(note, 0.5, 4 * BEAT_S) for note in CHORDS[beat // 4 % len(CHORDS)]]
        start = round(beat * BEAT_S * sample_rate)
        for midi, amplitude, length_s in notes:
            end = min(n, start + round(length_s * sample_rate))
            y[start:end] += amplitude * _pluck(midi, end - start, sample_rate)
    return (0.5 * y / np.abs(y).max()).astype(np.float32) if y.any() else y.astype(np.float32)


def _pluck(midi: int, n: int, sample_rate: int) -> np.ndarray:
    """One note, float64 [n]: partials below half the sample rate, with a 5 ms attack and 20 ms of fading out."""
    t = np.arange(n) / sample_rate
    f0_hz = 440 * 2 ** ((midi - 69) / 12)
    y = np.zeros(n)
    for k, amplitude in enumerate(HARMONICS, start=1):
        if k * f0_hz < sample_rate / 2:
            y += amplitude * np.exp(-(1.5 + 0.8 * k) * t) * np.sin(2 * np.pi * k * f0_hz * t)
    fade = np.minimum(1, (n - np.arange(n)) / (0.02 * sample_rate))
    return y * np.minimum(1, t / 0.005) * fade


def repeated(y: np.ndarray, times: int, *, gap_s: float = 0.15, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """The same phrase over and over.

    Parameters
    ----------
    y
        The phrase, float [n].
    times
        How often, 1 to 100.
    gap_s
        Silence between two of them.

    Returns
    -------
    float32 [times * n + (times - 1) * gap]
    """
    y = _speech(y)
    if not 1 <= times <= 100 or gap_s < 0:
        raise ValueError("A phrase can be repeated 1 to 100 times, with a gap of 0 s or more.")
    gap = np.zeros(round(gap_s * sample_rate), np.float32)
    return np.concatenate([y, *[np.concatenate([gap, y])] * (times - 1)])


def in_noise(y: np.ndarray, snr_db: float, *, seed: int = 0) -> np.ndarray:
    """Speech under white noise at a given signal-to-noise ratio.

    The noise is scaled to ``mean(noise**2) = mean(y**2) / 10**(snr_db / 10)``, over the whole clip, pauses included.

    Parameters
    ----------
    y
        float [n]; not silent, for then no ratio is defined.
    snr_db
        10 log10 of speech power over noise power; -40 to 80.
    seed
        Chooses the noise.

    Returns
    -------
    float32 [n]
        Scaled down as a whole where it would pass full scale, which leaves the ratio as it is.
    """
    y = _speech(y).astype(np.float64)
    if not -40 <= snr_db <= 80:
        raise ValueError(f"Choose a signal-to-noise ratio between -40 and 80 dB, not {snr_db!r}.")
    power = float(np.mean(y**2))
    if power == 0:
        raise ValueError("The sound is silent, so no signal-to-noise ratio is defined: choose speech.")
    noise = np.random.default_rng(seed).standard_normal(len(y))
    mixed = y + noise * np.sqrt(power / 10 ** (snr_db / 10) / np.mean(noise**2))
    return (mixed / max(1.0, float(np.abs(mixed).max()))).astype(np.float32)


def cut(y: np.ndarray, end_s: float, *, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """Speech that breaks off: the first `end_s` seconds, without any fading.

    Returns
    -------
    float32 [min(n, end_s * sample_rate)]
        At least one sample.
    """
    y = _speech(y)
    if not end_s > 0:
        raise ValueError(f"The cut must come after the beginning, not at {end_s!r} s.")
    return y[: max(1, round(end_s * sample_rate))]


def faster(y: np.ndarray, rate: float, *, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """Speech at another speed with its pitch kept, by WSOLA (Verhelst & Roelands 1993).

    Hann windows of 40 ms are overlapped by half. The k-th is taken near ``k * hop * rate``: at the place, at most 10 ms
    away, that is most like what followed the window before it, so that periods of the voice join without a break.

    Parameters
    ----------
    y
        float [n].
    rate
        0.5 (half as fast) to 4.

    Returns
    -------
    float32 [about n / rate]
        Unchanged where `rate` is 1 or the sound is shorter than two windows.
    """
    y = _speech(y)
    if not 0.5 <= rate <= 4:
        raise ValueError(f"Speech can be played 0.5 to 4 times as fast, not {rate!r} times.")
    hop = round(0.02 * sample_rate)
    reach = round(0.01 * sample_rate)
    size = 2 * hop
    if rate == 1 or len(y) < 2 * size:
        return y
    n_out = int(len(y) / rate)
    frames = int(np.ceil(n_out / hop)) + 1
    window = np.hanning(size + 1)[:-1]  # periodic: two of them, shifted by half, add up to one
    padded = np.pad(y.astype(np.float64), (hop + reach, size + hop + 2 * reach + int(hop * rate)))
    out = np.zeros((frames + 1) * hop)
    position = None
    for k in range(frames):
        wanted = round(k * hop * rate) + reach  # in `padded`: the window is centred on the nominal moment
        if position is None:
            position = wanted
        else:
            like = padded[position + hop : position + hop + size]
            around = padded[wanted - reach : wanted + reach + size]
            position = wanted - reach + int(np.argmax(np.correlate(around, like, mode="valid")))
        position = min(position, len(padded) - size - hop)
        out[k * hop : k * hop + size] += window * padded[position : position + size]
    return np.clip(out[hop : hop + n_out], -1, 1).astype(np.float32)
