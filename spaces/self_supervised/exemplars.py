"""How a unit sounds: stretches of the lab's own clips that carry it. No network needs to run to hear them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from algorithms.sound import load
from algorithms.sound.clips import clip
from algorithms.ssl.units import merged

from .sound import FIELD_S, FRAME_S, PRECOMPUTED, RATE

CORPUS = ("speech_long", "french", "spanish", "italian", "russian")
FILE = PRECOMPUTED / "ssl-corpus.npz"
LONGEST = 6  # stretches that are played one after another
PAUSE_S, AROUND_S, FADE_S = 0.12, 0.05, 0.005
KINDS = ("units", "mfcc_units", "codes")
# The longest clip is a reading of which two others are parts: where they lie in it, from and to second.
SAME = {"sentence": ("speech_long", 21.44, 24.73), "speech": ("speech_long", 7.1, 15.39)}


@dataclass(frozen=True)
class Stretch:
    """Where a unit lasts for some frames: clip, first frame, and the one after the last."""

    clip: str
    start: int
    end: int


@lru_cache(maxsize=len(CORPUS))
def samples(clip_id: str) -> np.ndarray:
    """Return a clip at 16 kHz, float32 [n]."""
    return load(clip(clip_id).path, RATE).y


@lru_cache(maxsize=1)
def strings() -> dict[str, np.ndarray]:
    """Return the stored strings of units, named kind-clip: int16 [T]."""
    with np.load(FILE) as stored:
        return {name: stored[name] for name in stored.files}


def is_of(one: Stretch, recording: str) -> bool:
    """Tell whether a stretch is cut from a clip, or from the same recording where another clip has it."""
    name, start_s, end_s = SAME.get(recording, (recording, 0.0, np.inf))
    return one.clip == name and one.end * FRAME_S + FIELD_S > start_s and one.start * FRAME_S < end_s


def of(kind: str, unit: int, without: str = "") -> list[Stretch]:
    """Return where a unit is heard, longest first, but not in the recording `without`; `kind` is one of KINDS."""
    found = [
        Stretch(name, run.start, run.end)
        for name in CORPUS
        for run in merged(strings()[f"{kind}-{name}"])
        if run.unit == unit
    ]
    found = [one for one in found if not is_of(one, without)]
    return sorted(found, key=lambda one: one.start - one.end)


def cut(one: Stretch, around_s: float = 0.0) -> np.ndarray:
    """Return the sound of a stretch, the middles of its frames and half a frame on each side, with short fades."""
    y = samples(one.clip)
    a = one.start * FRAME_S + (FIELD_S - FRAME_S) / 2 - around_s
    b = one.end * FRAME_S + (FIELD_S - FRAME_S) / 2 + around_s
    piece = y[max(0, int(a * RATE)) : int(b * RATE)].copy()
    ramp = np.linspace(0, 1, min(int(FADE_S * RATE), len(piece) // 2), dtype=np.float32)
    piece[: len(ramp)] *= ramp
    piece[len(piece) - len(ramp) :] *= ramp[::-1]
    return piece


def joined(found: list[Stretch], around_s: float = AROUND_S) -> np.ndarray:
    """Return some stretches one after another, each with a little of what is around it; silence where there is none."""
    pause = np.zeros(int(PAUSE_S * RATE), np.float32)
    pieces = [x for one in found[:LONGEST] for x in (cut(one, around_s), pause)]
    return np.concatenate(pieces) if pieces else np.concatenate([pause, pause])


def said_again(string: np.ndarray, kind: str, without: str = "") -> np.ndarray:
    """Say a string of units [T] in pieces of other clips: for each run its longest stretch there, cut or repeated.

    `without` is a clip whose recording may not be used. A unit that is nowhere else is silence.
    """
    pieces = []
    for run in merged(string):
        n = int((run.end - run.start) * FRAME_S * RATE)
        others = of(kind, run.unit, without)
        piece = cut(others[0]) if others else np.zeros(n, np.float32)
        pieces.append(np.tile(piece, -(-n // max(len(piece), 1)))[:n] if len(piece) else np.zeros(n, np.float32))
    return np.concatenate(pieces)
