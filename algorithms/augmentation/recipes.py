"""Six ways to train a small keyword network, and six conditions to test it in: the two sides of the room's matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from algorithms.augmentation.masks import apply_masks, draw_masks
from algorithms.augmentation.noise import add_noise, coloured
from algorithms.augmentation.rate import speed
from algorithms.augmentation.room import random_shoebox, reverberate
from algorithms.keyword.features import CLIP_SAMPLES
from algorithms.keyword.speech_commands import middle_second

KINDS = ("clean", "noise", "room", "speed", "spec", "all")
TITLES = {
    "clean": "Clean",
    "noise": "Noise",
    "room": "Room",
    "speed": "Speed",
    "spec": "SpecAugment",
    "all": "All of them",
}
CHANGED = 0.8  # of the training clips; the rest stay as they are, so that clean speech is not forgotten
IN_ALL = 0.5  # how probable each change is where all are in use
TRAIN_SNR_DB, TEST_SNR_DB = (0.0, 20.0), 5.0
TRAIN_DECAY_S = (0.15, 0.8)
TRAIN_SPEED, TEST_SPEEDS = (0.8, 1.25), (0.75, 1.35)
MASKS = {"time_masks": 2, "longest": 8, "frequency_masks": 2, "widest": 8}
TEST_MASKS = {"time_masks": 2, "longest": 12, "frequency_masks": 2, "widest": 12}


@dataclass(frozen=True)
class Surroundings:
    """What clips are mixed with and put into.

    Attributes
    ----------
    noises : sequence of float [any]
    rooms : sequence of float [any]
        Impulse responses.
    """

    noises: Sequence[np.ndarray]
    rooms: Sequence[np.ndarray]


def simulated_rooms(count: int, seed: int) -> list[np.ndarray]:
    """Impulse responses of random shoeboxes with reverberation times of `TRAIN_DECAY_S`."""
    rng = np.random.default_rng(seed)
    return [random_shoebox(rng, float(rng.uniform(*TRAIN_DECAY_S))) for _ in range(count)]


def _some_noise(around: Surroundings, rng: np.random.Generator) -> np.ndarray:
    """A second from a random place of a random noise; every fourth time computed noise of a random colour."""
    if not around.noises or rng.random() < 0.25:
        return coloured(CLIP_SAMPLES, rng, slope_db=float(rng.uniform(-6, 0)))
    noise = around.noises[rng.integers(len(around.noises))]
    return np.resize(np.roll(noise, -int(rng.integers(len(noise)))), CLIP_SAMPLES)


def for_training(y: np.ndarray, kind: str, around: Surroundings, rng: np.random.Generator) -> np.ndarray:
    """One clip as a network of this kind hears it in training, before its features are computed.

    Speed comes first, then the room, then the noise: a talker speaks, the room answers, the microphone adds noise.

    Parameters
    ----------
    y : float [16000], not silent
    kind : one of `KINDS`; for "spec" nothing changes here (see `masked`)

    Returns
    -------
    float32 [16000]
    """
    chance = {"all": IN_ALL}.get(kind, CHANGED)
    if kind in ("speed", "all") and rng.random() < chance:
        y = middle_second(speed(y, float(rng.uniform(*TRAIN_SPEED))))
    if kind in ("room", "all") and rng.random() < chance:
        y = reverberate(y, around.rooms[rng.integers(len(around.rooms))])
    if kind in ("noise", "all") and rng.random() < chance:
        y = add_noise(y, _some_noise(around, rng), float(rng.uniform(*TRAIN_SNR_DB)))
    return np.asarray(y, np.float32)


def masked(mels: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Training features [n, 49, 40] with SpecAugment's holes, drawn anew each time, where the kind has them."""
    chance = {"spec": CHANGED, "all": IN_ALL}.get(kind, 0.0)
    if not chance:
        return mels
    return np.stack([apply_masks(m, draw_masks(*m.shape, rng, **MASKS)) if rng.random() < chance else m for m in mels])


def for_testing(y: np.ndarray, kind: str, around: Surroundings, rng: np.random.Generator) -> np.ndarray:
    """One clip in a condition of the test: fixed strengths, in surroundings that no training has heard.

    "all" is speed, room and noise together (without holes). the holes of "spec" are made by `with_holes`.
    """
    if kind in ("speed", "all"):
        y = middle_second(speed(y, float(rng.choice(TEST_SPEEDS))))
    if kind in ("room", "all"):
        y = reverberate(y, around.rooms[rng.integers(len(around.rooms))])
    if kind in ("noise", "all"):
        noise = around.noises[rng.integers(len(around.noises))]
        y = add_noise(y, np.resize(np.roll(noise, -int(rng.integers(len(noise)))), len(y)), TEST_SNR_DB)
    return np.asarray(y, np.float32)


def with_holes(mel: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Test features [49, 40]; in the condition "spec" with holes of a fixed number, drawn by `rng`."""
    return apply_masks(mel, draw_masks(*mel.shape, rng, **TEST_MASKS)) if kind == "spec" else mel
