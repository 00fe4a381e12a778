"""What a keyword of one's own is learned from: takes, ready-made ones too, and what it must not be taken for."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from algorithms.keyword.features import CLIP_SAMPLES, N_COEFFICIENTS, N_FRAMES, mfcc
from models.keyword.own_net import OTHER, SILENCE

OWN_FILE = Path(__file__).parents[2] / "assets" / "precomputed" / "kws_own.npz"


@dataclass(frozen=True, eq=False)
class Take:
    """One second in which a word was said.

    Attributes
    ----------
    y : np.ndarray
        float32 [16000].
    kind : str
        "first" or "second" for the keywords, "others" for words that must not be taken for them.
    word : str
        What was said.
    """

    y: np.ndarray
    kind: str
    word: str


@lru_cache(maxsize=1)
def _packaged() -> tuple[dict, np.ndarray, np.ndarray, np.ndarray]:
    """The shipped file: about, MFCCs [500, 49, 10], silence [500], sounds float32 [takes, 16000]."""
    import soundfile

    with np.load(OWN_FILE) as held:
        about = json.loads(str(held["about"]))
        features = (held["mfcc"].astype(np.float32) - about["zero"]) * np.float32(about["scale"])
        silent = held["silent"]
        y, _ = soundfile.read(io.BytesIO(held["flac"].tobytes()), dtype="float32")
    noise = np.random.default_rng(1).normal(0, 10 ** (-66 / 20), len(y))  # no microphone is digitally silent
    return about, features, silent, (y + noise).astype(np.float32).reshape(-1, CLIP_SAMPLES)


def example(name: str) -> list[Take]:
    """A ready-made set of takes: "sesame", "alike" or "single" (`spaces/keyword_spotting/precompute/own.py`)."""
    about, _, _, sounds = _packaged()
    found = [
        Take(y, row["kind"], row["word"]) for row, y in zip(about["takes"], sounds, strict=True) if row["set"] == name
    ]
    if not found:
        raise ValueError(f"There is no ready-made set {name!r}.")
    return found


def background(*, words: bool = True, speech: bool = True, noise: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Features float32 [n, 49, 10] and labels int [n] of what is no keyword; the same for everybody.

    Parameters
    ----------
    words : 500 words and noises of Speech Commands by 127 speakers
    speech : a novel read aloud, a second every 160 ms
    noise : noise of many colours and levels, digital silence, music

    Raises
    ------
    ValueError
        Nothing is chosen.
    """
    parts = [(np.zeros((0, N_FRAMES, N_COEFFICIENTS), np.float32), np.zeros(0, int))]
    if words:
        _, features, silent, _ = _packaged()
        parts.append((features, np.where(silent, SILENCE, OTHER)))
    if speech:
        features = windows("speech_long", 8)
        parts.append((features, np.full(len(features), OTHER)))
    if noise:
        parts.append(_noises())
    features, label = (np.concatenate(column) for column in zip(*parts, strict=True))
    if not len(label):
        raise ValueError("Nothing is left to tell the word from: choose other people's words, speech or noise.")
    return features, label


@lru_cache(maxsize=8)
def windows(clip_id: str, every: int) -> np.ndarray:
    """MFCCs of all seconds of a clip, one every `every` frames of 20 ms, float32 [n, 49, 10]."""
    from algorithms.sound import io as audio_io
    from algorithms.sound.clips import clip

    frames = mfcc(audio_io.load(clip(clip_id).path, sample_rate=16_000).y)
    starts = np.arange(0, len(frames) - N_FRAMES + 1, every)
    return frames[starts[:, None] + np.arange(N_FRAMES)]


@lru_cache(maxsize=1)
def _noises() -> tuple[np.ndarray, np.ndarray]:
    """Forty seconds of noise of several colours and levels, one of digital silence, and music."""
    from algorithms.keyword.augment import coloured_noise
    from algorithms.sound.failures import music

    rng = np.random.default_rng(3)
    noises = [coloured_noise(rng) * 10 ** (db / 20) for db in np.linspace(-75, -25, 40)]
    tune = music(12.0).reshape(-1, CLIP_SAMPLES)
    found = [mfcc(np.clip(y, -1, 1).astype(np.float32)) for y in (np.zeros(CLIP_SAMPLES, np.float32), *noises, *tune)]
    return np.stack(found), np.array([SILENCE] * (1 + len(noises)) + [OTHER] * len(tune))


def grid() -> Callable[[np.ndarray], np.ndarray]:
    """MFCCs on the eight-bit grid on which the shipped negatives lie: the grid itself must not tell them apart."""
    about = _packaged()[0]
    scale, zero = np.float32(about["scale"]), about["zero"]
    return lambda x: (np.clip(np.rint(x / scale) + zero, -128, 127).astype(np.float32) - zero) * scale
