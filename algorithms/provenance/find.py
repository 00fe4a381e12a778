"""Find the mark of `algorithms.provenance.mark` in a sound, wherever it begins and however fast it is played.

The detector measures the level of every band in every tile, takes off what the tiles before and after have on average,
lays all periods of the pattern over each other and correlates the sum with the signs that say where the pattern begins:
at every place, and at every speed from 0.88 to 1.12, as of a tape whose pitch follows. What stands out of all these
tries is the mark.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .mark import BANDS, BITS, PERIOD_S, SAMPLE_RATE, TILE_S, TILES, edges_hz, pattern

HOP, SIZE = 80, 512  # samples: 5 and 32 ms
PHASES = 4  # places within a tile where the pattern may begin
SPEEDS = np.round(np.arange(0.88, 1.1201, 0.004), 3)
FINER = np.arange(-0.004, 0.00401, 0.0004)  # about the best of them, in the whole sound
COARSE_S = 12.0  # of sound for the first search: in a longer one a speed that is 0.2 % off loses its place
MIN_S, MAX_S = PERIOD_S, 60.0
THRESHOLD = 6.0  # standard deviations


class Found(NamedTuple):
    """What was found.

    Attributes
    ----------
    score : float
        How far the best of all places and speeds stands out, in standard deviations of all of them. Without a mark it
        is what the luckiest of some 32,000 tries reaches.
    payload : int
        The number that the mark carries, if there is one.
    sure : np.ndarray
        float [BITS], for each bit the standard deviations by which it is a 1 (or, below 0, a 0).
    speed : float
        How many times as fast as when it was marked.
    scores : np.ndarray
        float32 [SPEEDS, PHASES * TILES]: of the coarse search, the score at every speed and place.
    """

    score: float
    payload: int
    sure: np.ndarray
    speed: float
    scores: np.ndarray

    @property
    def marked(self) -> bool:
        """Whether the sound carries a mark."""
        return self.score >= THRESHOLD


def find(y: np.ndarray) -> Found:
    """Look for a mark.

    Parameters
    ----------
    y : np.ndarray
        float [n], mono, at `SAMPLE_RATE`, at least `MIN_S` long; of a longer one than `MAX_S` the beginning counts.

    Raises
    ------
    ValueError
        The sound is too short to hold one period of the pattern, or silent.
    """
    if len(y) < MIN_S * SAMPLE_RATE:
        raise ValueError(f"A mark needs {MIN_S:.1f} s of sound to be found; this has {len(y) / SAMPLE_RATE:.1f} s.")
    if not np.abs(y).max() > 1e-4:
        raise ValueError("This sound is silent, and a mark lies in what sounds.")
    power = _power(np.asarray(y[: round(MAX_S * SAMPLE_RATE)], np.float32))
    coarse = _search(power[: round(COARSE_S * SAMPLE_RATE / HOP)], SPEEDS)
    spread = coarse.std()
    fine = SPEEDS[coarse.max(1).argmax()] + FINER
    values = _search(power, fine)
    best, place = np.unravel_index(values.argmax(), values.shape)
    phase, shift = divmod(int(place), TILES)
    tiles, seen = _folded(_levels(power, fine[best]), TILE_S / fine[best], phase / PHASES)
    sure = _bits(np.roll(tiles, -shift, axis=1), np.roll(seen, -shift))
    return Found(
        score=float(values.max() / spread),
        payload=sum(1 << k for k in range(BITS) if sure[k] > 0),
        sure=sure,
        speed=float(fine[best]),
        scores=np.float32(coarse / spread),
    )


def _power(y: np.ndarray) -> np.ndarray:
    """Return the power up to each frequency bin, summed from the lowest: float64 [frames, bins + 1]."""
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(y, SIZE // 2), SIZE)[::HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(SIZE).astype(np.float32))) ** 2
    return np.concatenate([np.zeros((len(power), 1)), np.cumsum(power, axis=1, dtype=np.float64)], axis=1)


def _search(power: np.ndarray, speeds: np.ndarray) -> np.ndarray:
    """Return the correlation at each speed and place: float64 [speeds, PHASES * TILES]."""
    signs, bit = pattern()
    start = np.where(bit < 0, signs, 0)
    found = np.zeros((len(speeds), PHASES, TILES))
    for i, speed in enumerate(speeds):
        level = _levels(power, speed)
        for phase in range(PHASES):
            found[i, phase] = _correlations(*_folded(level, TILE_S / speed, phase / PHASES), start)
    return found.reshape(len(speeds), -1)


def _levels(power: np.ndarray, speed: float) -> np.ndarray:
    """Return each band's level in dB, summed over time from the start: float64 [frames + 1, BANDS].

    At another speed all frequencies have moved by that factor, and the bands with them.
    """
    place = np.minimum(edges_hz() * speed / SAMPLE_RATE * SIZE + 0.5, power.shape[1] - 1.001)
    low, share = place.astype(int), place % 1
    upto = power[:, low] * (1 - share) + power[:, low + 1] * share
    band = np.diff(upto, axis=1)
    level = 10 * np.log10(band + 1e-7 * band.mean() + 1e-12)
    level -= level.mean(1, keepdims=True)  # louder and softer syllables move all bands
    return np.concatenate([np.zeros((1, BANDS)), np.cumsum(level, axis=0)])


def _folded(level: np.ndarray, tile_s: float, phase: float) -> tuple[np.ndarray, np.ndarray]:
    """Lay the periods of a sound over each other: sums [BANDS, TILES], and how many tiles each column has [TILES]."""
    frames = tile_s * SAMPLE_RATE / HOP
    edges = np.arange(phase, (len(level) - 1) / frames) * frames
    at, share = edges.astype(int), (edges % 1)[:, None]
    upto = level[at] * (1 - share) + level[np.minimum(at + 1, len(level) - 1)] * share
    tiles = np.diff(upto, axis=0).T / frames  # [BANDS, n]: the mean level of each tile
    change = np.zeros_like(tiles)
    change[:, 1:-1] = tiles[:, 1:-1] - (tiles[:, :-2] + tiles[:, 2:]) / 2
    spread = np.median(np.abs(change)) * 1.4826 + 1e-9
    change = np.clip(change / spread, -2, 2)  # a click counts no more than any other tile
    n = change.shape[1]
    sums = np.pad(change, ((0, 0), (0, -n % TILES))).reshape(BANDS, -1, TILES).sum(1)
    return sums, np.pad(np.ones(n), (0, -n % TILES)).reshape(-1, TILES).sum(0)


def _correlations(tiles: np.ndarray, seen: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Return the correlation with the pattern begun at each tile, of equal spread by chance: float64 [TILES]."""

    def slid(one: np.ndarray, over: np.ndarray) -> np.ndarray:
        return np.fft.irfft(np.fft.rfft(one) * np.fft.rfft(over).conj(), TILES).reshape(-1, TILES).sum(0)

    return slid(tiles, start) / np.sqrt(np.maximum(slid(seen, (start**2).sum(0)), 1.0))


def _bits(tiles: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return for each bit by how many standard deviations it is a 1: float64 [BITS]."""
    signs, bit = pattern()
    carries = bit >= 0
    sums = np.bincount(bit[carries], (tiles * signs)[carries], BITS)
    counts = np.bincount(bit[carries], np.broadcast_to(seen, bit.shape)[carries], BITS)
    return sums / np.sqrt(np.maximum(counts, 1.0))
