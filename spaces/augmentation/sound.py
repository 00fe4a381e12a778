"""The sound that is changed, and the noises, rooms and voices that it is changed with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from algorithms.augmentation.checks import SAMPLE_RATE
from algorithms.augmentation.transform import Material
from algorithms.sound import AudioError
from algorithms.sound import io as audio_io
from algorithms.sound.clips import clip as get_clip
from components.audio_input import OwnSound, on_forget, sound_of
from components.player import Sound

PRECOMPUTED = Path(__file__).resolve().parents[2] / "assets" / "precomputed"
CLIPS = ("sentence", "speech", "word_yes", "word_stop", "french", "tone", "vowels")
DEFAULT_CLIP = "sentence"
VOICES = ("russian", "italian", "speech_long")  # talk in the background, and are mixed in
MAX_S = 10.0


@dataclass(frozen=True, eq=False)
class Heard:
    """A sound as it is before any change.

    Attributes
    ----------
    y : np.ndarray
        float32 [n], mono, 16 kHz, at most 10 s.
    name : str
    notes : tuple of str
        What was changed on the way in, one sentence each.
    """

    y: np.ndarray
    name: str
    notes: tuple[str, ...]

    def sound(self) -> Sound:
        """What a player plays."""
        return Sound(f"Before: {self.name}", y=self.y, sample_rate=SAMPLE_RATE)


def hear(own: OwnSound | None, clip: str) -> Heard:
    """Read the chosen sound; an `AudioError` says why there is none."""
    chosen = sound_of(own, clip)
    path = Path(chosen.path)
    return _hear(str(path), path.stat().st_mtime_ns, chosen.title)


# A visitor's own sound has a path that only that visitor's session knows, so nothing passes to another one.
@lru_cache(maxsize=16)
def _hear(path: str, changed_ns: int, title: str) -> Heard:
    audio = audio_io.load(path, sample_rate=SAMPLE_RATE, max_s=MAX_S)
    if not np.any(audio.y):
        raise AudioError(
            "The sound is digital silence: there is nothing in it to change. Record or choose another one."
        )
    return Heard(audio.y, title, tuple(audio.notes))


@on_forget
def drop(_path: str) -> None:
    """Forget the few sounds that are kept: a visitor has gone, and the others' are soon read again."""
    _hear.cache_clear()


@lru_cache(maxsize=64)
def packaged(clip_id: str) -> np.ndarray:
    """An example clip, float32 [n] at 16 kHz."""
    return audio_io.load(str(get_clip(clip_id).path), sample_rate=SAMPLE_RATE).y


@lru_cache(maxsize=1)
def material() -> Material:
    """The recorded noises, measured rooms and other voices that ship with the room."""
    with np.load(PRECOMPUTED / "augmentation-sounds.npz") as held:
        found = {name: held[name].astype(np.float64) / 32768 for name in held.files}

    def of(kind: str) -> dict[str, np.ndarray]:
        return {name.removeprefix(kind): y for name, y in found.items() if name.startswith(kind)}

    return Material(of("noise_"), of("room_"), tuple(packaged(name) for name in VOICES))
