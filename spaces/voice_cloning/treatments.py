"""What may happen to a saved clone before somebody asks whether it is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from algorithms.augmentation import codec, noise, rate, room
from algorithms.provenance.find import Found, find
from algorithms.provenance.mark import BITS
from models.cloning.knn import SAMPLE_RATE

TRIM_S = 5.0


class Treatment(NamedTuple):
    """One of them.

    Attributes
    ----------
    slug, title : str
    treat
        Changes a sound: float32 [n] at 16 kHz to float32 [m].
    """

    slug: str
    title: str
    treat: Callable[[np.ndarray], np.ndarray]


class Outcome(NamedTuple):
    """How the mark fared: the detector's score, and how many of the bits were read wrong."""

    slug: str
    score: float
    wrong: int


def _noisy(y: np.ndarray) -> np.ndarray:
    return noise.add_noise(y, noise.coloured(len(y), np.random.default_rng(0)), 20.0)


def _in_a_room(y: np.ndarray) -> np.ndarray:
    return room.reverberate(y, room.random_shoebox(np.random.default_rng(0), 0.4))


def _trimmed(y: np.ndarray) -> np.ndarray:
    middle, half = len(y) // 2, round(TRIM_S * SAMPLE_RATE / 2)
    return y[max(0, middle - half) : middle + half]


TREATMENTS = (
    Treatment("none", "nothing", lambda y: y),
    Treatment("mp3", "MP3, 64 kb/s", lambda y: codec.mp3(y, 64)),
    Treatment("low", "MP3, 24 kb/s", lambda y: codec.mp3(y, 24)),
    Treatment("opus", "Opus, 16 kb/s", lambda y: codec.opus(y, 16)),
    Treatment("phone", "a telephone line", codec.telephone),
    Treatment("noise", "noise at 20 dB", _noisy),
    Treatment("trim", f"cut to {TRIM_S:.0f} s", _trimmed),
    Treatment("fast", "a tape 10 % faster", lambda y: rate.speed(y, 1.1)),
    Treatment("slow", "a tape 10 % slower", lambda y: rate.speed(y, 0.9)),
    Treatment("room", "played in a room", _in_a_room),
    Treatment("tempo", "10 % faster, same pitch", lambda y: rate.tempo(y, 1.1)),
)
BY_SLUG = {one.slug: one for one in TREATMENTS}


def wrong_bits(found: Found, tag: int) -> int:
    """Return how many of the `BITS` bits that were read are not those of the tag."""
    return (found.payload ^ tag).bit_count()


def try_one(y: np.ndarray, slug: str, tag: int) -> Outcome:
    """Treat a marked sound and look for its mark. Of a sound that has become too short all bits are lost."""
    try:
        found = find(BY_SLUG[slug].treat(y))
    except ValueError:
        return Outcome(slug, 0.0, BITS)
    return Outcome(slug, round(found.score, 2), wrong_bits(found, tag))
