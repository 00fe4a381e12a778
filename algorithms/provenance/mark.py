"""A watermark for synthetic speech: tiny, secret changes of loudness in tiles of time and frequency.

The idea is the patchwork of Bender et al., *Techniques for data hiding* (1996, section "Patchwork"), with the tiles of
a spread-spectrum mark (Kirovski & Malvar, *Spread-spectrum watermarking of audio signals*, 2003): the spectrum is cut
into `BANDS` bands and the time into tiles of `TILE_S`; a secret pattern of signs says which tiles get `STRENGTH_DB`
louder and which softer. Each tile changes in proportion to what sounds there, so that silence stays silence and the
change lies under the sound that hides it. One tile tells nothing: speech itself changes by several dB from tile to
tile. The sum over thousands, each times its sign, does.

The pattern repeats every `PERIOD_S`. A third of its tiles say *where it begins* (always the same signs); each of the
others carries one of `BITS` bits, whose value flips the signs. `algorithms.provenance.find` reads it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

SAMPLE_RATE = 16_000  # Hz, of the detector; a mark can be put into a sound of any rate from here on
LOW_HZ, HIGH_HZ, BANDS = 400.0, 6000.0, 24
TILE_S, TILES = 0.024, 134
PERIOD_S = TILE_S * TILES
BITS = 16
STRENGTH_DB = 1.5
SECRET = 2718  # seeds the pattern: who knows it can read the mark, and take it out

_WINDOW_S = 0.020  # of the frames that are made louder or softer; a quarter of it is the step


class Pattern(NamedTuple):
    """What is done to each tile of a period.

    Attributes
    ----------
    signs : np.ndarray
        float32 [BANDS, TILES], +1 or -1.
    bit : np.ndarray
        int [BANDS, TILES]: the bit that a tile carries, or -1 where it says where the pattern begins.
    """

    signs: np.ndarray
    bit: np.ndarray


@lru_cache(maxsize=1)
def pattern(secret: int = SECRET) -> Pattern:
    """Return the secret pattern.

    Every tile is followed by one of the opposite sign, so that a sound gets no louder and slow changes of its level
    cancel in the detector's sum.
    """
    chance = np.random.default_rng(secret)
    halves = chance.choice(np.float32([-1, 1]), (BANDS, TILES // 2))
    signs = np.stack([halves, -halves], axis=2).reshape(BANDS, TILES)
    order = chance.permutation(BANDS * TILES // 2).reshape(BANDS, TILES // 2)
    first = BANDS * TILES // 6  # pairs of tiles that say where the pattern begins: a third
    bit = np.where(order < first, -1, (order - first) % BITS)
    return Pattern(signs, np.repeat(bit, 2, axis=1))


def signs_of(payload: int) -> np.ndarray:
    """Return the signs of all tiles for a payload of `BITS` bits: float32 [BANDS, TILES]."""
    signs, bit = pattern()
    values = np.float32([1.0 if payload >> i & 1 else -1.0 for i in range(BITS)] + [1.0])  # bit -1 is the last
    return signs * values[bit]


def edges_hz() -> np.ndarray:
    """Return the bands' edges in Hz, equally far apart in the logarithm: float64 [BANDS + 1]."""
    return np.geomspace(LOW_HZ, HIGH_HZ, BANDS + 1)


def mark(y: np.ndarray, sample_rate: int, payload: int, *, strength_db: float = STRENGTH_DB) -> np.ndarray:
    """Put a mark into a sound.

    Parameters
    ----------
    y : np.ndarray
        float [n] in [-1, 1], mono.
    sample_rate : int
        Hz, at least `SAMPLE_RATE`.
    payload : int
        A number of `BITS` bits that is read back with the mark.
    strength_db : float
        How much louder or softer a tile gets. More is found in shorter and worse sounds, and heard sooner.

    Returns
    -------
    np.ndarray
        float32 [n]. The largest sample may grow by up to `strength_db`: leave room, or limit afterwards.

    Raises
    ------
    ValueError
        The rate is too low for the bands, or the payload has more bits.
    """
    if sample_rate < SAMPLE_RATE:
        raise ValueError(f"A mark needs at least {SAMPLE_RATE:,} Hz; this sound has {sample_rate:,}.")
    if not 0 <= payload < 2**BITS:
        raise ValueError(f"A mark carries a number from 0 to {2**BITS - 1:,}, not {payload:,}.")
    hop = round(_WINDOW_S * sample_rate) // 4
    size = 4 * hop
    window = np.sqrt(np.hanning(size + 1)[:-1]).astype(np.float32)  # before and after: together a Hann window
    padded = np.pad(np.asarray(y, np.float32), (size, size + hop))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    middles_s = (np.arange(len(frames)) * hop - size / 2) / sample_rate
    gains = 10 ** (_decibels(payload, middles_s, np.fft.rfftfreq(size, 1 / sample_rate)) * strength_db / 20)
    changed = np.fft.irfft(np.fft.rfft(frames * window) * gains, size).astype(np.float32) * window
    out = np.zeros(len(padded), np.float32)
    for i, frame in enumerate(changed):
        out[i * hop : i * hop + size] += frame
    return out[size : size + len(y)] / 2  # Hann windows a quarter apart add up to 2


def _decibels(payload: int, times_s: np.ndarray, hz: np.ndarray) -> np.ndarray:
    """Return the pattern at moments and frequencies, from -1 to 1, without steps: float32 [times, hz]."""
    signs = signs_of(payload)
    column = times_s / TILE_S - 0.5  # of a tile's middle
    left, share = np.floor(column).astype(int), np.float32(column - np.floor(column))[:, None]
    share = np.clip(2.5 * share - 0.75, 0, 1)  # hold each tile, then move to the next within 10 ms
    rows = signs.T
    in_time = (1 - share) * rows[left % TILES] + share * rows[(left + 1) % TILES]  # [times, BANDS]
    with np.errstate(divide="ignore"):
        band = np.log(hz / LOW_HZ) / np.log(HIGH_HZ / LOW_HZ) * BANDS
    inside = (band >= 0) & (band < BANDS)
    return np.where(inside, in_time[:, np.clip(band, 0, BANDS - 1).astype(int)], 0).astype(np.float32)
