"""Many recordings out of one: a take of a word, said again quicker, higher, further away, in noise, in a room.

Five takes are too few to learn a word from, but what may change without changing the word is known beforehand. Each
variation draws a random amount of each change: Ko et al., *Audio augmentation for speech recognition* (2015: tempo and
pitch), Ko et al., *A study on data augmentation of reverberant speech* (2017: rooms), Warden, *Speech Commands* (2018),
section 7.2 (shift and noise).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from algorithms.keyword.features import CLIP_SAMPLES, SAMPLE_RATE, one_second
from algorithms.sound.failures import faster


@dataclass(frozen=True)
class Ranges:
    """How far each change may go, 0 switches it off; amounts are drawn evenly, and with either sign where one fits."""

    shift_ms: float = 100.0  # earlier or later
    gain_db: float = 10.0  # louder or softer
    tempo: float = 0.15  # quicker or slower at the same pitch, as a share
    pitch_semitones: float = 1.5  # higher or lower at the same tempo, formants too
    room_s: float = 0.4  # longest reverberation time (to -60 dB); half of the variations are dry
    noise_db: float = 20.0  # the noise lies 10 dB and up to so much more below the word; a third stay clean


@dataclass(frozen=True)
class Change:
    """What was done to one take; the fields are those of `Ranges`, as drawn."""

    shift_ms: float = 0.0
    gain_db: float = 0.0
    tempo: float = 1.0
    pitch_semitones: float = 0.0
    room_s: float = 0.0
    snr_db: float | None = None  # None: no noise added

    def words(self) -> str:
        """The change in a few words, what is small left out.

        Examples
        --------
        >>> Change(shift_ms=-40.0, tempo=1.08).words()
        '40 ms earlier, 8 % quicker'
        """
        said = []
        if abs(self.shift_ms) >= 1:
            said.append(f"{abs(self.shift_ms):.0f} ms {'later' if self.shift_ms > 0 else 'earlier'}")
        if abs(self.gain_db) >= 0.5:
            said.append(f"{abs(self.gain_db):.0f} dB {'louder' if self.gain_db > 0 else 'softer'}")
        if abs(self.tempo - 1) >= 0.01:
            said.append(f"{abs(self.tempo - 1) * 100:.0f} % {'quicker' if self.tempo > 1 else 'slower'}")
        if abs(self.pitch_semitones) >= 0.1:
            said.append(f"{abs(self.pitch_semitones):.1f} semitones {'up' if self.pitch_semitones > 0 else 'down'}")
        if self.room_s:
            said.append(f"a room of {self.room_s:.2f} s")
        if self.snr_db is not None:
            said.append(f"noise {self.snr_db:.0f} dB below")
        return ", ".join(said) or "as recorded"


def draw(ranges: Ranges, rng: np.random.Generator) -> Change:
    """A random change within `ranges`.

    Raises
    ------
    ValueError
        A range is negative, or tempo is above 0.5.
    """
    if any(getattr(ranges, field.name) < 0 for field in fields(ranges)) or ranges.tempo > 0.5:
        raise ValueError("Each range of the variations is zero or more, and tempo changes by at most 0.5.")

    def both(most):
        return float(rng.uniform(-most, most))

    return Change(
        shift_ms=both(ranges.shift_ms),
        gain_db=both(ranges.gain_db),
        tempo=1 + both(ranges.tempo),
        pitch_semitones=both(ranges.pitch_semitones),
        room_s=float(rng.uniform(0.1, max(0.1, ranges.room_s))) if ranges.room_s and rng.random() < 0.5 else 0.0,
        snr_db=10 + float(rng.uniform(0, ranges.noise_db)) if ranges.noise_db and rng.random() < 2 / 3 else None,
    )


def change(y: np.ndarray, how: Change, rng: np.random.Generator) -> np.ndarray:
    """One second, changed.

    Parameters
    ----------
    y : float32 [16000] at 16 kHz, in [-1, 1]
    how : Change
    rng : for the noise and the room's echoes

    Returns
    -------
    float32 [16000] in [-1, 1], the word still about its place
    """
    y = one_second(y).astype(np.float64)
    ratio = 2 ** (how.pitch_semitones / 12)
    if ratio != 1 or how.tempo != 1:
        # Resampling by `ratio` raises pitch and tempo; stretching beforehand sets the tempo right.
        y = _centred(_resampled(faster(y.astype(np.float32), how.tempo / ratio).astype(np.float64), ratio))
    if how.room_s:
        y = _in_room(y, how.room_s, rng)
    shift = round(how.shift_ms / 1000 * SAMPLE_RATE)
    y = np.pad(y, CLIP_SAMPLES)[CLIP_SAMPLES - shift : 2 * CLIP_SAMPLES - shift]
    if how.snr_db is not None:
        y = y + coloured_noise(rng) * _word_level(y) * 10 ** (-how.snr_db / 20)
    return np.clip(y * 10 ** (how.gain_db / 20), -1, 1).astype(np.float32)


def variations(
    y: np.ndarray, count: int, seed: int | tuple[int, ...], ranges: Ranges | None = None
) -> tuple[np.ndarray, list[Change]]:
    """`count` variations of one take, float32 [count, 16000], and what was done; the same for the same seed."""
    rng = np.random.default_rng(seed)
    drawn, made = [], np.empty((count, CLIP_SAMPLES), np.float32)
    for target in made:
        drawn.append(draw(ranges or Ranges(), rng))
        target[:] = change(y, drawn[-1], rng)
    return made, drawn


def coloured_noise(rng: np.random.Generator) -> np.ndarray:
    """A second of noise that falls by 0 to 6 dB an octave above 50 Hz, float64 [16000]; its RMS is 1."""
    spectrum = np.fft.rfft(rng.standard_normal(CLIP_SAMPLES))
    hz = np.maximum(np.arange(len(spectrum)), 50)  # one second: bin k is k Hz
    y = np.fft.irfft(spectrum * hz ** -rng.uniform(0, 1.0), CLIP_SAMPLES)
    return y / np.sqrt(np.mean(y**2))


def _word_level(y: np.ndarray) -> float:
    """RMS of the loudest tenth of a second: a word's level, whatever the silence around it."""
    power = (y[: len(y) // 160 * 160].reshape(-1, 160) ** 2).mean(1)
    return float(np.sqrt(np.convolve(power, np.ones(10) / 10, "valid").max()))


def _resampled(y: np.ndarray, ratio: float) -> np.ndarray:
    """`y` played `ratio` times as fast: band-limited interpolation by its spectrum, float64 [about n / ratio]."""
    length = round(len(y) / ratio)
    return np.fft.irfft(np.fft.rfft(y), length) * (length / len(y))


def _centred(y: np.ndarray) -> np.ndarray:
    """The middle second, zeros around it where it is shorter."""
    missing = max(0, CLIP_SAMPLES - len(y))
    y = np.pad(y, (missing // 2, missing - missing // 2))
    start = (len(y) - CLIP_SAMPLES) // 2
    return y[start : start + CLIP_SAMPLES]


def _in_room(y: np.ndarray, room_s: float, rng: np.random.Generator) -> np.ndarray:
    """The direct sound and noise that dies away by 60 dB in `room_s` seconds (Polack's model), as loud as before."""
    tail = rng.standard_normal(round(room_s * SAMPLE_RATE)) * 10 ** (
        -3 * np.linspace(0, 1, round(room_s * SAMPLE_RATE))
    )
    tail *= rng.uniform(0.2, 0.7) / np.sqrt(np.sum(tail**2))
    tail[0] = 1.0
    size = 24_000  # 2^6 · 3 · 5^3: at least both lengths together, and quick to transform
    wet = np.fft.irfft(np.fft.rfft(y, size) * np.fft.rfft(tail, size), size)[: len(y)]
    return wet * (_word_level(y) / max(_word_level(wet), 1e-9))
