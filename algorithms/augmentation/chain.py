"""Several changes in a row, each with a probability and an amount drawn at random: what a training really sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from algorithms.augmentation.table import apply, find
from algorithms.augmentation.transform import Material

# A talker changes first, then the room, then what the microphone and the line add; SpecAugment acts on features.
ORDER = (
    "speed", "tempo", "pitch", "mixup", "room", "noise", "gain", "clip", "invert", "low_pass", "high_pass",
    "drop_bands", "drop_time", "telephone", "mp3", "opus", "spec",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One change of a chain and how probable it is, 0 to 1."""

    slug: str
    probability: float


@dataclass(frozen=True)
class Drawn:
    """One change as it was drawn."""

    slug: str
    amounts: dict[str, float | str]
    seed: tuple[int, ...]

    def words(self) -> str:
        """It in a few words."""
        return find(self.slug).words(self.amounts)


def in_order(slugs: Sequence[str], probability: float) -> tuple[Step, ...]:
    """Steps for these changes in the order in which they happen between a mouth and a file."""
    for slug in slugs:
        find(slug)
    return tuple(Step(slug, probability) for slug in ORDER if slug in slugs)


def draw(steps: Sequence[Step], strength: float, seed: tuple[int, ...]) -> tuple[Drawn, ...]:
    """Which of the steps happen this time, and how much.

    Parameters
    ----------
    strength : 0 (hardly anything) to 1
    seed : the same seed draws the same
    """
    if not 0 <= strength <= 1 or any(not 0 <= step.probability <= 1 for step in steps):
        raise ValueError("Strength and probabilities lie between 0 and 1.")
    rng = np.random.default_rng(seed)
    found = []
    for i, step in enumerate(steps):
        happens, amounts = rng.random() < step.probability, find(step.slug).draw(rng, strength)
        if happens:
            found.append(Drawn(step.slug, amounts, (*seed, i)))
    return tuple(found)


def run(y: np.ndarray, drawn: Sequence[Drawn], material: Material) -> np.ndarray:
    """Do what was drawn, one after the other; float32 [m]."""
    y = np.asarray(y, np.float32)
    for one in drawn:
        y = apply(one.slug, y, one.amounts, one.seed, material)
    return y
