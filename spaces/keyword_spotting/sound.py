"""The second that the network hears, cut out of the chosen sound, and what the network says of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from algorithms.keyword.features import CLIP_SAMPLES, SAMPLE_RATE, mfcc, one_second
from algorithms.keyword.takes import level_db, without_offset
from algorithms.sound import io as audio_io
from components.audio_input import OwnSound, on_forget, sound_of
from components.player import Sound

from .networks import MODELS

if TYPE_CHECKING:
    from models.keyword.ds_cnn import DsCnnSpotter

MAX_S = 60.0  # of a sound that is searched for its loudest second
QUIET_DB = -50.0  # dBFS, of a fifth of the loudest 20 ms: below it nobody speaks
PAUSE_DB = 20.0  # between a word and its surroundings; a tenth of the validation clips lie below it, most of them noise
CLIPPED_PAIRS = 20  # neighbouring samples at full scale
WORDS = ("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go")
CLIPS = (*(f"word_{word}" for word in WORDS), "word_off2", "word_marvin", "tone", "noise", "french")
DEFAULT_CLIP = "word_yes"


@dataclass(frozen=True, eq=False)
class Heard:
    """One second of sound and the network's answer to it.

    Attributes
    ----------
    y : np.ndarray
        float32 [16000], mono, 16 kHz.
    name : str
        What the sound is called.
    notes : tuple of str
        What was changed on the way in or is worth knowing, one sentence each.
    spotter : models.keyword.ds_cnn.DsCnnSpotter
        The chosen network.
    model_id : str
        "s-int8", "s-fp32", "m-int8" or "m-fp32".
    probs : np.ndarray
        float32 [12], the network's probabilities.
    mfcc : np.ndarray
        float32 [49, 10], its input.
    clip : str
        Id of the clip, or "own".
    """

    y: np.ndarray
    name: str
    notes: tuple[str, ...]
    spotter: DsCnnSpotter
    model_id: str
    probs: np.ndarray
    mfcc: np.ndarray
    clip: str

    def sound(self) -> Sound:
        """What the page's player plays: exactly the second that the network hears."""
        return Sound(self.name, y=self.y, sample_rate=SAMPLE_RATE)


def hear(own: OwnSound | None, clip: str, model: str) -> Heard:
    """Cut the loudest second out of the chosen sound and run the network on it.

    Raises
    ------
    AudioError
        What is wrong with the sound and what to do.
    ModelUnavailable
        The weights are missing.
    """
    chosen = sound_of(own, clip)
    path = Path(chosen.path)
    return _hear(str(path), path.stat().st_mtime_ns, chosen.title, clip, model)


# A visitor's own sound has a path that only that visitor's session knows, so nothing passes to another one.
@lru_cache(maxsize=16)
def _hear(path: str, changed_ns: int, title: str, clip: str, model: str) -> Heard:
    import models

    spotter = models.get(MODELS[model])
    y, notes = _second(path, changed_ns)
    features = mfcc(y)
    return Heard(y, title, notes, spotter, model, spotter.predict_features(features[None])[0], features, clip)


@lru_cache(maxsize=16)
def _second(path: str, changed_ns: int) -> tuple[np.ndarray, tuple[str, ...]]:
    audio = audio_io.load(path, sample_rate=SAMPLE_RATE, max_s=MAX_S)
    start = loudest_start(audio.y)
    y = one_second(audio.y[start : start + CLIP_SAMPLES])
    notes = [note for note in audio.notes if not note.startswith("Resampled")]
    length_s = len(audio.y) / SAMPLE_RATE
    if length_s > 1.02:
        at_s = start / SAMPLE_RATE
        notes.append(f"Of {length_s:.1f} s the network hears the loudest second, {at_s:.2f} to {at_s + 1:.2f} s.")
    elif length_s < 0.98:
        notes.append(f"The sound lasts {length_s:.2f} s: silence was put around it to fill the second.")
    return y, (*notes, *doubts(y, audio.info.sample_rate))


def loudest_start(y: np.ndarray) -> int:
    """First sample of the second with the most energy, its middle counting most (a Hann window of one second).

    The weight puts a word of half a second into the middle instead of somewhere inside. Energy is that around the
    mean of each 10 ms: an offset, also one that comes and goes, is no sound.
    """
    if len(y) <= CLIP_SAMPLES:
        return 0
    step = 160  # 10 ms
    frames = y[: len(y) // step * step].astype(np.float64).reshape(-1, step)
    weighted = np.convolve(frames.var(axis=1), np.hanning(CLIP_SAMPLES // step), "valid")
    return min(int(weighted.argmax()) * step, len(y) - CLIP_SAMPLES)


def doubts(y: np.ndarray, sample_rate: int = SAMPLE_RATE) -> list[str]:
    """What makes this second hard for a keyword spotter, a sentence each, with what to do.

    Parameters
    ----------
    y : np.ndarray
        float32 [16000].
    sample_rate : int
        Hz, of the sound before it was brought to 16 kHz.
    """
    found = []
    level = level_db(without_offset(y))
    loud_db, quiet_db = np.sort(level)[-5], np.percentile(level, 20)
    if loud_db < QUIET_DB:
        return [
            f"There is hardly any sound here (its loudest moments lie {-loud_db:.0f} dB below full scale): speak "
            "closer to the microphone, or look whether it is muted."
        ]
    full = np.abs(y) >= 0.985 * np.abs(y).max()
    if np.abs(y).max() > 0.95 and np.sum(full[1:] & full[:-1]) >= CLIPPED_PAIRS:
        found.append(
            f"It is clipped: {int(full.sum())} samples lie at full scale. The flattened waves put noise into every "
            "band: turn the microphone down or speak from further away."
        )
    if loud_db - quiet_db < PAUSE_DB:
        found.append(
            "This second is full from end to end, as running speech, music and noise are, and a lone word is not: the "
            "answer means little. Say one word with a pause before and after it."
        )
    power = np.abs(np.fft.rfft(y * np.hanning(len(y)))) ** 2  # a bin is 1 Hz
    if sample_rate < 12_000 or power[4300:7600].sum() < 1e-8 * power[300:4000].sum():
        found.append(
            "Nothing lies above 4 kHz, as on a telephone: there the s of yes and the f of off are told apart. The "
            "network learned mostly from 16 kHz: record with that rate or more."
        )
    return found


@on_forget
def drop(_path: str) -> None:
    """Forget the few seconds that are kept: a visitor has gone, and the others' are soon heard again."""
    _hear.cache_clear()
    _second.cache_clear()
