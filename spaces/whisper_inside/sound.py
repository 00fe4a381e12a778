"""The chosen 30 s as Whisper hears them: samples, encoder states, the decoder's text; kept for a while."""

from __future__ import annotations

import html
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

import models
from algorithms.sound import AudioError
from algorithms.sound import io as audio_io
from components.audio_input import OWN, OwnSound, on_forget, sound_of
from components.parts import Visit
from components.player import Sound

from . import MODELS

if TYPE_CHECKING:
    from algorithms.whisper.decode import Decoded
    from models.registry import Progress
    from models.whisper.inside import Listened, WhisperInside

SAMPLE_RATE = 16_000  # Hz
WINDOW_S = 30.0
MAX_S = 630.0  # of a sound that is read; a note says so where it goes on
CLIPS = ("speech", "sentence", "speech_long", "french", "spanish", "tone", "noise")
FIELDS = ("clip", "model", "pad", "lang", "at")  # of the page: they decide which window is heard, and by whom


@dataclass(frozen=True, eq=False)
class Window:
    """Up to 30 s of a sound: what Whisper sees at once."""

    key: tuple  # path, time of change, start
    clip: str  # id of the clip, or "own"
    title: str
    path: str
    y: np.ndarray  # float32 [n], 16 kHz, mono, n <= 480,000
    start_s: float  # where the window begins in the sound
    total_s: float  # length of the whole sound
    notes: tuple[str, ...]

    @property
    def duration_s(self) -> float:
        """Length of the part that is sound, in seconds."""
        return len(self.y) / SAMPLE_RATE

    def sound(self) -> Sound:
        """What the page's player plays: exactly the samples of the window."""
        if self.clip != OWN and self.start_s == 0 and self.total_s <= WINDOW_S:
            return Sound(self.title, path=self.path, duration_s=self.duration_s)
        cut = f"{self.title}, {self.start_s:.0f} to {self.start_s + self.duration_s:.0f} s"
        return Sound(cut if self.total_s > WINDOW_S else self.title, y=self.y, sample_rate=SAMPLE_RATE)


def window(own: OwnSound | None, clip: str, at_s: float) -> Window:
    """Cut 30 s out of the chosen sound, from `at_s` on (moved back where the sound ends earlier).

    Raises
    ------
    AudioError
        What is wrong with the sound and what to do.
    """
    chosen = sound_of(own, clip)
    path = Path(chosen.path)
    return _window(str(path), path.stat().st_mtime_ns, chosen.title, clip, round(at_s, 2))


# A visitor's own sound has a path that only that visitor's session knows, so nothing passes to another one.
@lru_cache(maxsize=6)
def _window(path: str, changed_ns: int, title: str, clip: str, at_s: float) -> Window:
    audio = _decoded(path, changed_ns)
    total_s = len(audio.y) / SAMPLE_RATE
    start_s = min(at_s, max(0.0, total_s - 1.0))
    first = round(start_s * SAMPLE_RATE)
    y = audio.y[first : first + round(WINDOW_S * SAMPLE_RATE)]
    return Window((path, changed_ns, start_s), clip, title, path, y, start_s, total_s, audio.notes)


@lru_cache(maxsize=2)
def _decoded(path: str, changed_ns: int) -> audio_io.Audio:
    return audio_io.load(path, sample_rate=SAMPLE_RATE, max_s=MAX_S)


@dataclass(frozen=True, eq=False)
class Heard:
    """A window, the model that has heard it, and what its encoder made of it."""

    window: Window
    model: WhisperInside
    name: str  # "tiny.en" or "base"
    listened: Listened
    language: str  # the one that the decoder is told: given, or detected by base
    language_probs: tuple[tuple[str, float], ...]  # empty for tiny.en


def loading(name: str) -> str:
    """Return what is said while a model is loaded; "" where it is there."""
    return "" if models.is_loaded(MODELS[name]) else f"Loading {name} to look inside it, a few seconds, once"


def hear(window: Window, fields: Mapping[str, Any], progress: Progress | None = None) -> Heard:
    """Run the encoder on a window, or take what it gave a moment ago.

    `fields` holds ``model`` ("tiny.en", "base"), ``pad`` ("zeros", "silence") and ``lang`` (a code or "auto").

    Raises
    ------
    ModelUnavailable
        The weights are missing.
    ValueError
        The model does not know the language.
    """
    name, told = fields["model"], progress or (lambda share, what: None)
    if words := loading(name):
        told(0.0, words)
    models.get(MODELS[name])  # without `told`, which may end this visitor's work: others may wait for the same load
    told(0.7, f"{name} hears the sound")
    with _hearing:  # who asks for what another thread is at waits for it instead of doing it twice
        return _hear(window, name, fields["pad"] == "silence", fields["lang"])


_hearing = threading.Lock()


def warm_up(fields: Mapping[str, Any]) -> None:
    """Load the model that a page's state asks for and have it hear the example sound.

    What is wrong with either is said where it is used.
    """
    fields = {"model": "tiny.en", "clip": CLIPS[0], "pad": "zeros", "lang": "auto", "at": "0", **fields}
    with suppress(models.ModelUnavailable, ValueError, KeyError):
        models.get(MODELS[fields["model"]])
        if fields["clip"] in CLIPS:
            hear(window(None, fields["clip"], float(fields["at"])), fields)


@lru_cache(maxsize=4)
def _hear(window: Window, name: str, pad_sound: bool, language: str) -> Heard:
    model = models.get(MODELS[name])
    listened = model.listen(window.y, pad_sound=pad_sound)
    probs = tuple(model.language_probs(listened)) if model.multilingual else ()
    if not model.multilingual:
        language = "en"
    elif language == "auto":
        language = probs[0][0]
    return Heard(window, model, name, listened, language, probs)


@contextmanager
def said() -> Iterator[None]:
    """Say on the page what is wrong with a sound or a model."""
    try:
        yield
    except (AudioError, models.ModelUnavailable, ValueError) as wrong:
        raise gr.Error(html.escape(str(wrong)), print_exception=False) from wrong  # Gradio takes a message for HTML


def heard_in(visit: Visit) -> Heard:
    """Return the window as the model has heard it, for a click on a picture of it; what is wrong is said."""
    with said():
        return hear(visit.scene.window, visit.fields)


@lru_cache(maxsize=8)
def greedy(heard: Heard, task: str = "transcribe", timestamps: bool = True) -> Decoded:
    """What the model writes when it always takes the likeliest token."""
    from algorithms.whisper.decode import decode

    task = task if heard.model.multilingual else "transcribe"
    prompt = heard.model.prompt(heard.language, task, timestamps=timestamps)
    return decode(heard.model.net, heard.listened.sound, heard.model.rules(timestamps=timestamps), prompt)


@on_forget
def drop(_path: str) -> None:
    """Forget the few windows that are kept: a visitor has gone, and the others' are soon heard again."""
    for kept in (_decoded, _window, _hear, greedy):
        kept.cache_clear()
