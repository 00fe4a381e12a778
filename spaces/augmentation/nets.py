"""The six small keyword networks that ship with the room, and the sounds of part 3's conditions."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms.augmentation import recipes, spotter
from algorithms.augmentation.recipes import KINDS, Surroundings
from algorithms.keyword.speech_commands import middle_second

from .sound import PRECOMPUTED, material, packaged

if TYPE_CHECKING:
    import torch

MODEL = "kws/augmented"  # and what it was trained with
WEIGHTS = Path(__file__).resolve().parents[2] / "assets" / "weights" / "kws-augmented.npz"
FILE = PRECOMPUTED / "augmentation-matrix.json"
WORDS = spotter.LABELS[1:]


@lru_cache(maxsize=1)
def measured() -> dict[str, Any]:
    """What `training.augmentation.export` and `precompute` have written: cells, pairs of clips, synthetic rows."""
    return json.loads(FILE.read_text(encoding="utf-8"))


@lru_cache(maxsize=len(KINDS))
def net(kind: str) -> torch.nn.Module:
    """The network that was trained with `kind` (the first of its trainings), 78 thousand weights."""
    with np.load(WEIGHTS) as held:
        own = {name.removeprefix(f"{kind}/"): held[name] for name in held.files if name.startswith(f"{kind}/")}
    return spotter.restored(own)


@lru_cache(maxsize=1)
def surroundings() -> Surroundings:
    """What the room has to test in: its café and its three measured rooms."""
    held = material()
    return Surroundings([held.noises["cafe"]], list(held.rooms.values()))


def changed(y: np.ndarray, kind: str, seed: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """A sound in a condition, float32 [16000], and its features [49, 40]; for "spec" only these have holes."""
    rng = np.random.default_rng((17, KINDS.index(kind), *seed))
    changed_y = recipes.for_testing(middle_second(y), kind, surroundings(), rng)
    return changed_y, recipes.with_holes(spotter.log_mels(changed_y[None])[0].astype(np.float32), kind, rng)


def word_in(word: str, kind: str, draw: int) -> tuple[np.ndarray, np.ndarray]:
    """A packaged word, which no network was trained on, in a draw of a condition: sound and features."""
    return changed(packaged(f"word_{word}"), kind, (draw, WORDS.index(word)))


def answers(kind: str, mel: np.ndarray) -> np.ndarray:
    """Probabilities float32 [11] that one network gives for features [49, 40]."""
    return spotter.probabilities(net(kind), mel[None])[0]


def answer(p: np.ndarray) -> list:
    """The likeliest word of probabilities [11], and its probability: what is kept of an answer."""
    return [spotter.LABELS[int(p.argmax())].strip("_"), round(float(p.max()), 2)]
