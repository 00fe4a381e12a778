"""How somebody's pitch moves and how fast they talk, and how to give that to another's speech."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from algorithms.cloning.world import FRAME_S

MIN_VOICED = 20  # frames of 5 ms: with less, nothing is known about a voice's pitch
USUAL_SPREAD = 0.12  # of log pitch, where a recording does not tell
SLOWEST, FASTEST = 0.7, 1.3  # how far the speaking rate is moved
SMALLEST_PEAK_DB = 2.0  # a dip between two syllables is at least this deep


@dataclass(frozen=True)
class Pitch:
    """A speaker's pitch in log Hz: where its middle is, and how far it goes from there.

    Attributes
    ----------
    middle : float
        Median of the natural logarithm of the pitch in Hz.
    spread : float
        Half the distance from its 16th to its 84th percentile: a standard deviation that octave errors don't move.
    """

    middle: float
    spread: float

    @property
    def middle_hz(self) -> float:
        """The median in Hz."""
        return float(np.exp(self.middle))


def pitch_of(f0: np.ndarray) -> Pitch | None:
    """Measure a pitch track [T] in Hz (0: unvoiced); None where next to nothing is voiced."""
    voiced = np.log(f0[f0 > 0])
    if len(voiced) < MIN_VOICED:
        return None
    low, middle, high = np.percentile(voiced, (16, 50, 84))
    return Pitch(float(middle), float(max((high - low) / 2, 0.02)))


def move_pitch(f0: np.ndarray, source: Pitch | None, target: Pitch | None) -> np.ndarray:
    """Give a pitch track [T] the middle and the spread of another speaker; unvoiced frames stay unvoiced.

    In the logarithm of the pitch a linear map: equal musical intervals stay equal. It goes no further than a factor of
    two of the target's middle, and never stretches by more than two.
    """
    if source is None or target is None:
        return f0.copy()
    stretch = np.clip(target.spread / source.spread, 0.5, 2.0)
    moved = (np.log(np.maximum(f0, 1.0)) - source.middle) * stretch + target.middle
    moved = np.clip(moved, target.middle - np.log(2), target.middle + np.log(2))
    return np.where(f0 > 0, np.exp(moved), 0.0)


def syllable_rate(level_db: np.ndarray, voiced: np.ndarray) -> float:
    """Estimate syllables a second of speaking time: peaks of the level in voiced sound (de Jong & Wempe 2009).

    Parameters
    ----------
    level_db : float [T], a frame each 5 ms
    voiced : bool [T]

    Returns
    -------
    float
        0 where nothing is spoken. Pauses longer than 0.3 s do not count as speaking time.
    """
    from scipy.signal import find_peaks

    if not len(level_db) or not voiced.any():
        return 0.0
    width = round(0.05 / FRAME_S)
    smooth = np.convolve(np.pad(level_db, width, mode="edge"), np.hanning(2 * width + 1) / width, "same")[width:-width]
    floor = np.percentile(smooth, 95) - 25
    peaks, _ = find_peaks(smooth, height=floor, prominence=SMALLEST_PEAK_DB, distance=round(0.08 / FRAME_S))
    syllables = int(voiced[peaks].sum())
    spoken = smooth > floor
    edges = np.flatnonzero(np.diff(np.concatenate([[1], spoken.astype(int), [1]])))
    pauses = edges[1::2] - edges[::2]
    seconds = (len(spoken) - pauses[pauses > round(0.3 / FRAME_S)].sum()) * FRAME_S
    return syllables / seconds if seconds > 0.5 else 0.0


def tempo(source_rate: float, target_rate: float) -> float:
    """How many times as fast the source must be to talk at the target's rate, kept within 0.7 to 1.3."""
    if source_rate <= 0 or target_rate <= 0:
        return 1.0
    return float(np.clip(target_rate / source_rate, SLOWEST, FASTEST))
