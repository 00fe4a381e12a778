"""A bed of music to speak over, computed note by note: nobody's recording, so nobody's licence."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

RATE = 44_100


class Mood(NamedTuple):
    """How a bed sounds.

    Attributes
    ----------
    title : str
    bpm : float
        Beats a minute; a chord lasts four.
    chords : tuple of tuple of int
        MIDI notes of each chord.
    bright : float
        How many times its frequency a partial may lie above the root before it is 20 dB down.
    plucked : bool
        Broken chords in eighths above the pad.
    beat : bool
        A soft drum on every beat.
    """

    title: str
    bpm: float
    chords: tuple[tuple[int, ...], ...]
    bright: float
    plucked: bool
    beat: bool


MOODS = {
    "calm": Mood(
        title="calm",
        bpm=72,
        chords=((48, 55, 64, 67), (45, 52, 60, 64), (41, 53, 57, 64), (43, 55, 59, 62)),
        bright=3.0,
        plucked=False,
        beat=False,
    ),
    "bright": Mood(
        title="bright",
        bpm=104,
        chords=((50, 57, 62, 66), (55, 59, 62, 67), (47, 54, 62, 66), (45, 57, 61, 64)),
        bright=6.0,
        plucked=True,
        beat=True,
    ),
    "urgent": Mood(
        title="urgent",
        bpm=120,
        chords=((45, 52, 57, 60), (45, 53, 57, 60), (48, 55, 60, 64), (43, 55, 59, 62)),
        bright=5.0,
        plucked=True,
        beat=True,
    ),
}


def bed(mood: str, seconds: float) -> np.ndarray:
    """Return music of a length: float32 [seconds * RATE], faded in and out, peak 0.5.

    Each note is a sum of partials that get softer upwards, twice, a few cents apart, so that it beats like two players.
    """
    how = MOODS[mood]
    n = round(seconds * RATE)
    beat_s = 60 / how.bpm
    out = np.zeros(n + RATE)
    note = lru_cache(maxsize=None)(_note)  # chords come back; forgotten with this bed
    for bar in range(int(np.ceil(seconds / (4 * beat_s)))):
        chord = how.chords[bar % len(how.chords)]
        start = bar * 4 * beat_s
        for midi in chord:
            _add(out, start, note(midi, 4 * beat_s + 0.4, how.bright, 0.35, 0.5))
        for eighth in range(8 if how.plucked else 0):
            midi = chord[(0, 2, 1, 3, 2, 3, 1, 2)[eighth]] + 12
            _add(out, start + eighth * beat_s / 2, 0.5 * note(midi, 0.6, how.bright, 0.005, 0.55))
        for beat in range(4 if how.beat else 0):
            _add(out, start + beat * beat_s, 1.2 * _drum())
    out = out[:n]
    fade = min(round(1.5 * RATE), n // 3)
    ramp = np.sin(np.linspace(0, np.pi / 2, fade)) ** 2
    out[:fade] *= ramp
    out[n - fade :] *= ramp[::-1]
    return np.float32(out * (0.5 / max(np.abs(out).max(), 1e-9)))


def _add(out: np.ndarray, start_s: float, sound: np.ndarray) -> None:
    first = round(start_s * RATE)
    part = sound[: max(0, len(out) - first)]
    out[first : first + len(part)] += part


def _note(midi: int, seconds: float, bright: float, attack_s: float, release_s: float) -> np.ndarray:
    """Return one note: float64 [seconds * RATE]."""
    t = np.arange(round(seconds * RATE)) / RATE
    hz = 440 * 2 ** ((midi - 69) / 12)
    wave = np.zeros(len(t))
    for partial in range(1, 9):
        strength = 10 ** (-(partial - 1) / bright) / partial
        for cents in (-4, 4):
            wave += strength * np.sin(2 * np.pi * hz * partial * 2 ** (cents / 1200) * t + partial)
    rise = np.minimum(t / attack_s, 1)
    fall = np.minimum((t[-1] - t) / release_s, 1)
    return wave * rise * fall * np.exp(-t / (4 * release_s) * (attack_s < 0.1))


def _drum() -> np.ndarray:
    """Return a soft stroke: a tone that falls from 110 to 50 Hz and dies within a fifth of a second."""
    t = np.arange(round(0.25 * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(50 + 60 * np.exp(-t / 0.03)) / RATE
    return np.sin(phase) * np.exp(-t / 0.06)
