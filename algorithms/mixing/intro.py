"""An intro: music begins, makes room while somebody speaks, comes back and ends."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .bed import RATE, bed
from .loudness import loudness

BEFORE_S, AFTER_S = 2.5, 4.0  # of music alone
ATTACK_S, RELEASE_S = 0.25, 0.8  # of the ducking; it begins that much before the voice does
OPEN_DB = -35.0  # below the voice's loudest 20 ms: what is louder is speech
HOLD_S = 0.6  # a pause between words is no reason to come back
PEAK = 10 ** (-1.5 / 20)  # what a codec may still add to must stay below full scale
LIMIT_S = 0.005  # before and after a peak in which the limiter goes down and comes back


class Intro(NamedTuple):
    """What was mixed.

    Attributes
    ----------
    y : np.ndarray
        float32 [n] at `RATE`, mono.
    voice, music : np.ndarray
        float32 [n], the two before the limiter.
    gain_db : np.ndarray
        float32 [n], by how much the music was turned down at each moment.
    lufs, peak : float
        Loudness and largest sample of `y`.
    """

    y: np.ndarray
    voice: np.ndarray
    music: np.ndarray
    gain_db: np.ndarray
    lufs: float
    peak: float


def ducking(voice: np.ndarray, depth_db: float) -> np.ndarray:
    """Return the music's gain in dB under a voice: float32 [n], 0 where nobody speaks, -depth_db where somebody does.

    The level of the voice opens a gate; the gate is held over pauses, begins `ATTACK_S` early (the mixer has heard the
    voice before) and its edges are smoothed, so that the music is moved by hand and not by a switch.
    """
    size = RATE // 50
    frames = np.pad(voice, (0, -len(voice) % size)).reshape(-1, size)
    level = np.sqrt((frames.astype(np.float64) ** 2).mean(1))
    open_ = level > level.max() * 10 ** (OPEN_DB / 20) if level.max() > 0 else np.zeros(len(level), bool)
    ahead, hold = round(ATTACK_S * 50), round(HOLD_S * 50)
    reach = np.convolve(open_, np.ones(ahead + hold + 1))[ahead : ahead + len(open_)] > 0.5
    gain = np.zeros(len(reach))
    now = 0.0
    for i, speaks in enumerate(reach):
        step = 0.02 / (ATTACK_S if speaks else RELEASE_S)
        now = min(1.0, now + step) if speaks else max(0.0, now - step)
        gain[i] = now
    smooth = 0.5 - 0.5 * np.cos(np.pi * gain)
    times = (np.arange(len(gain)) + 0.5) * size
    return np.float32(-depth_db * np.interp(np.arange(len(voice)), times, smooth))


def limited(y: np.ndarray, peak: float = PEAK) -> np.ndarray:
    """Turn a sound down around each sample that is above `peak`, smoothly, so that none is: float32 [n].

    The gain that each sample needs, the least of it within `LIMIT_S`, then its weighted mean over the same stretch:
    the mean of values that are all low enough is low enough.
    """
    from scipy.ndimage import convolve1d, minimum_filter1d

    size = 2 * round(LIMIT_S * RATE) + 1
    needed = np.minimum(1.0, peak / np.maximum(np.abs(y), 1e-9))
    window = np.hanning(size + 2)[1:-1]
    gain = convolve1d(minimum_filter1d(needed, size, mode="nearest"), window / window.sum(), mode="nearest")
    return np.float32(y * gain)


def mix(voice: np.ndarray, mood: str | None, *, music_db: float, depth_db: float, target_lufs: float = -16.0) -> Intro:
    """Put a voice over a bed and bring both to a loudness.

    Parameters
    ----------
    voice : np.ndarray
        float [n] at `RATE`, mono, 0.4 s or more, not silent.
    mood : str or None
        Of the bed, see `algorithms.mixing.bed.MOODS`; None: no music, and none of its time before and after.
    music_db : float
        Loudness of the music alone against the voice.
    depth_db : float
        How far the music goes down under the voice.
    target_lufs : float
        Loudness of the whole; -16 is what podcasts are usually brought to. Peaks are limited to -1.5 dB of full scale.

    Raises
    ------
    ValueError
        The voice is silent or too short.
    """
    loud = loudness(voice, RATE)
    if not np.isfinite(loud):
        raise ValueError("The voice is silent: there is nothing to put over music.")
    if mood is None:
        voice = np.asarray(voice, np.float32)
        music, gain_db = np.zeros_like(voice), np.zeros_like(voice)
    else:
        before, after = (round(s * RATE) for s in (BEFORE_S, AFTER_S))
        voice = np.pad(np.asarray(voice, np.float32), (before, after))
        alone = bed(mood, len(voice) / RATE)[: len(voice)]
        gain_db = ducking(voice, depth_db)
        level = 10 ** ((loud + music_db - loudness(alone, RATE)) / 20)
        music = np.float32(alone * level * 10 ** (gain_db / 20))
    y = voice + music
    gain_of_all, made = 1.0, y
    for _ in range(4):  # what the limiter takes away is made up for
        gain_of_all *= 10 ** ((target_lufs - loudness(made, RATE)) / 20)
        made = limited(gain_of_all * y)
    voice, music = (np.float32(gain_of_all * one) for one in (voice, music))
    return Intro(made, voice, music, gain_db, loudness(made, RATE), float(np.abs(made).max()))
