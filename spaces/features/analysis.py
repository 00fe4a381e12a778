"""Sounds decoded and analysed once and kept for a while: moving a control or the cursor repeats nothing it need not."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from algorithms.signal import features as chain
from algorithms.signal.feature_config import FeatureConfig
from algorithms.sound import io as audio_io
from components.audio_input import OWN, OwnSound, on_forget, sound_of
from components.player import Sound
from components.said import Said, words_of

from .settings import MAX_S

MAX_CELLS = 16_000_000  # of one spectrogram: 64 MB as float32
LESSON_S = 10.0  # of a sound that a part resamples, quantises or rebuilds
CACHE_BYTES = 256 * 2**20
NOTHING_DB = -200.0  # what silence is drawn as; its level below its own maximum does not exist


class Memory:
    """Keeps results by key, up to a number of bytes; the least recently used go first. Safe between threads.

    Keys start with a file's path. Clips are public, and a visitor's own sound has a path that only that visitor's
    session knows, so nothing passes from one visitor to another.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def n_bytes(self) -> int:
        """Bytes held at the moment."""
        return sum(size for _, size in self._kept.values())

    def get(self, key: Hashable, make: Callable[[], Any], size: Callable[[Any], int] = lambda a: a.nbytes) -> Any:
        """Return what is kept under ``key``, or make it."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
        value = make()  # outside the lock: others need not wait
        with self._lock:
            self._kept[key] = (value, size(value))
            while self.n_bytes > self.max_bytes and len(self._kept) > 1:
                self._kept.popitem(last=False)
        return value

    def drop(self, path: str) -> None:
        """Forget everything that was computed from the file at ``path``."""
        with self._lock:
            for key in [key for key in self._kept if path in key]:
                del self._kept[key]


MEMORY = Memory(CACHE_BYTES)
on_forget(MEMORY.drop)


@dataclass(frozen=True, eq=False)
class Loaded:
    """A sound as the page analyses it."""

    key: tuple[str, int]  # path and time of change
    title: str
    is_own: bool
    path: str
    y: np.ndarray  # float32 [n], mono
    sample_rate: int  # Hz
    notes: tuple[str, ...]

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.y) / self.sample_rate

    @property
    def words(self) -> tuple[Said, ...]:
        """What is said in it and when, where that is known."""
        return () if self.is_own else words_of(Path(self.path).stem)

    def sound(self, start_s: float | None = None) -> Sound:
        """Return what the page's player plays: a clip's file, or exactly the samples that are analysed.

        (A visitor's file may be of a kind that the browser can't play, and may be longer.)
        """
        if self.is_own:
            return Sound(self.title, y=self.y, sample_rate=self.sample_rate, start_s=start_s)
        return Sound(self.title, path=self.path, duration_s=self.duration_s, start_s=start_s)


def load(own: OwnSound | None, clip: str) -> Loaded:
    """Decode the chosen sound, at most its first 30 s.

    Raises
    ------
    AudioError
        One sentence: what is wrong with the sound and what to do.
    """
    chosen = sound_of(own, clip)
    key = (str(chosen.path), Path(chosen.path).stat().st_mtime_ns)

    def make() -> Loaded:
        audio = audio_io.load(chosen.path, max_s=MAX_S)
        return Loaded(key, chosen.title, clip == OWN, str(chosen.path), audio.y, audio.sample_rate, audio.notes)

    return MEMORY.get(("sound", *key), make, lambda loaded: loaded.y.nbytes)


def excerpt(sound: Loaded, max_s: float = LESSON_S) -> tuple[np.ndarray, str]:
    """Return the first seconds of a sound, float32 [n], and words for them where that is not all of it."""
    n = round(max_s * sound.sample_rate)
    return sound.y[:n], f" (first {max_s:g} s)" if len(sound.y) > n else ""


def _frame_key(sound: Loaded, c: FeatureConfig) -> tuple:
    return (*sound.key, c.window, c.window_length, c.hop_length, c.n_fft, c.pre_emphasis)


def magnitude(sound: Loaded, config: FeatureConfig) -> np.ndarray:
    """Return the STFT magnitude, float32 [n_fft // 2 + 1, T].

    Raises
    ------
    ValueError
        More than 16 million cells: one sentence that says what to change.
    """
    count = chain.n_frames(len(sound.y), config)
    if count * config.n_bins > MAX_CELLS:
        raise ValueError(
            f"{count} frames of {config.n_bins} frequencies are too many to hold: choose a longer hop or a smaller FFT."
        )
    return MEMORY.get(("stft", *_frame_key(sound, config)), lambda: chain.magnitude(chain.stft(sound.y, config)))


def magnitude_db(sound: Loaded, config: FeatureConfig) -> np.ndarray:
    """Return the STFT magnitude in dB below its loudest cell, float32 [n_fft // 2 + 1, T], with no floor."""

    def make() -> np.ndarray:
        values = magnitude(sound, config)
        if not values.any():
            return np.full_like(values, NOTHING_DB)
        return chain.amplitude_to_db(values, ref=np.max, amin=1e-10, top_db=None)

    return MEMORY.get(("stft dB", *_frame_key(sound, config)), make)


def mel(sound: Loaded, config: FeatureConfig) -> np.ndarray:
    """Return the mel spectrogram, float32 [n_mels, T]."""
    c = config
    bands = (c.n_mels, c.f_min_hz, c.f_max_hz, c.mel_scale, c.mel_norm, c.power)
    return MEMORY.get(("mel", *_frame_key(sound, c), *bands), lambda: chain.mel_from_stft(magnitude(sound, c), c))


def mel_db(sound: Loaded, config: FeatureConfig) -> np.ndarray:
    """Return the mel spectrogram in dB below its loudest cell, float32 [n_mels, T], with no floor."""
    values = mel(sound, config)
    if not values.any():
        return np.full_like(values, NOTHING_DB)
    if config.power == 2:
        return chain.power_to_db(values, ref=np.max, amin=1e-20, top_db=None)
    return chain.amplitude_to_db(values, ref=np.max, amin=1e-10, top_db=None)


def mfcc(sound: Loaded, config: FeatureConfig) -> np.ndarray:
    """Return the MFCCs, float32 [n_mfcc, T]."""
    return chain.mfcc_from_mel(mel(sound, config), config)


def loudest_frame(sound: Loaded, config: FeatureConfig) -> int:
    """Return the frame with the most energy."""
    return int(np.argmax(np.square(magnitude(sound, config)).sum(axis=0)))


def frame_at(sound: Loaded, config: FeatureConfig, t: float) -> int:
    """Return the frame whose middle is nearest to ``t`` seconds; a negative t stands for the loudest frame."""
    if t < 0:
        return loudest_frame(sound, config)
    count = chain.n_frames(len(sound.y), config)
    return min(round(t * config.sample_rate / config.hop_length), count - 1)
