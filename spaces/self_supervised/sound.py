"""The sound that the page is about, and what the two networks make of it; kept while it is looked at."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import models
from algorithms.sound import load
from algorithms.ssl import letters
from algorithms.ssl.shape import SAMPLE_RATE, SslShape, frames_of, reaches
from components.audio_input import OwnSound, sound_of
from components.of_sounds import OfSounds

RATE = SAMPLE_RATE
SHAPE = SslShape()
REACHES = reaches(SHAPE.kernels, SHAPE.strides)
FRAME_S = REACHES[-1].hop / RATE
FIELD_S = REACHES[-1].field / RATE
LONGEST_S = 8.0
QUIET = 10 ** (-60 / 20)  # a peak below this is called silence
HUBERT, WAV2VEC, CTC = "ssl/hubert-tiny", "ssl/wav2vec2-tiny", "ctc/whisper-tiny"
CLIPS = ("sentence", "speech", "french", "italian", "russian", "tone")
DEFAULT = "sentence"
PRECOMPUTED = Path(__file__).parents[2] / "assets" / "precomputed"
KEPT_SOURCES = 4
COLUMNS = 600  # of a picture: more would not be seen
STORED = ("conv7", "units", "mfcc_units", "targets", "letters", "codes")


@dataclass(eq=False)
class Source:
    """The recording, with what was made of it.

    Attributes
    ----------
    y : np.ndarray
        float32 [n], 16 kHz, at most 8 s.
    notes : tuple of str
        What was changed on the way in.
    clip : str
        The example's id; "" for a sound of the visitor's.
    made : dict
        Results by name, see `ways`.
    """

    key: str
    title: str
    y: np.ndarray
    notes: tuple[str, ...]
    clip: str = ""
    made: dict[str, np.ndarray] = field(default_factory=dict)
    lock: Any = field(default_factory=threading.Lock)

    @property
    def duration_s(self) -> float:
        """Seconds."""
        return len(self.y) / RATE

    @property
    def frames(self) -> int:
        """Frames of the networks."""
        return frames_of(len(self.y), SHAPE)

    def get(self, name: str) -> np.ndarray:
        """Return a result, made now where it is not known."""
        with self.lock:  # two visitors may look at one example
            if name not in self.made:
                self.made[name] = _ways()[name](self.y)
            return self.made[name]

    def frame_at(self, seconds: float) -> int:
        """Return the frame whose middle is nearest to a time."""
        return int(np.clip(round((seconds - FIELD_S / 2) / FRAME_S), 0, self.frames - 1))


def middle_s(frame: float) -> float:
    """Return the middle of a frame in seconds."""
    return frame * FRAME_S + FIELD_S / 2


def _ways() -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """How each result is made of the sound [n].

    "conv1" to "conv7": float16 [channels, columns], the size of a layer's outputs; "units", "mfcc_units", "targets",
    "letters": int [T]; "codes": int [T, 2]; "layers": float32 [6, T, 192], the convolutions and layers 0 to 4.
    """
    return {
        **{f"conv{at}": lambda y, at=at: convolved(y, at) for at in range(1, len(REACHES) + 1)},
        "units": lambda y: models.get(HUBERT).units(y),
        "mfcc_units": lambda y: models.get(HUBERT).mfcc_units(y),
        "targets": lambda y: models.get(HUBERT).targets(y),
        "layers": lambda y: np.stack(models.get(HUBERT).all_layers(y)),
        "codes": lambda y: models.get(WAV2VEC).codes(y),
        "letters": letters_of,
    }


def convolved(y: np.ndarray, layer: int) -> np.ndarray:
    """Return what convolution 1 to 7 gives of a sound, the largest of what shares a column: float16 [C, columns]."""
    import torch
    from torch.nn.functional import adaptive_max_pool1d

    from models.ssl.tiny import normed

    front = models.get(HUBERT).net.body.front
    with torch.inference_mode():
        x = front(torch.from_numpy(normed(y))[None], layer).transpose(1, 2)
        if x.shape[-1] > COLUMNS:
            x = adaptive_max_pool1d(x, COLUMNS)
    return x[0].numpy().astype(np.float16)


def letters_of(y: np.ndarray) -> np.ndarray:
    """Return the letter of each frame as the CTC model hears it, int64 [T]; all pause where it hears none."""
    from algorithms import ctc

    model = models.get(CTC)
    log_probs = model.log_probs(y)
    tokens = ctc.greedy(log_probs)
    aligned = ctc.forced_align(log_probs, tokens) if tokens else []
    spans = [(model.vocab[one.token], one.start_frame, one.end_frame) for one in aligned]
    return letters.on_frames(spans, frames_of(len(y), SHAPE))


_sources: OfSounds[Source] = OfSounds(KEPT_SOURCES)


def source_of(own: OwnSound | None, clip: str) -> Source:
    """Return the sound that the fields ask for.

    Raises
    ------
    ValueError
        The sound is gone, damaged, silent, or too short for a frame: one sentence.
    """
    chosen = sound_of(own, clip)
    path, changed_ns = str(chosen.path), Path(chosen.path).stat().st_mtime_ns
    if (kept := _sources.get(path, changed_ns)) is not None:
        return kept
    audio = load(chosen.path, RATE, max_s=LONGEST_S)
    if frames_of(len(audio.y), SHAPE) < 10:
        raise ValueError("This sound is too short: the games need ten frames, which is a good fifth of a second.")
    if float(np.abs(audio.y).max()) < QUIET:
        raise ValueError(
            f"The first {len(audio.y) / RATE:.1f} s of this sound are silent: there is nothing to hide and to guess. "
            "Choose one with a voice in it."
        )
    notes = list(audio.notes)
    if audio.info.sample_rate < RATE:
        notes.append(
            f"It was recorded with {audio.info.sample_rate:,} samples a second, so it holds nothing above "
            f"{audio.info.sample_rate / 2:,.0f} Hz; the networks learned mostly from speech with 16,000."
        )
    source = Source(f"{path}|{changed_ns}", chosen.title, audio.y, tuple(notes), clip=clip if clip in CLIPS else "")
    if source.clip and file_of(source.clip).is_file():
        with np.load(file_of(source.clip)) as stored:
            source.made |= {name: stored[name] for name in stored.files}
    return _sources.put(path, changed_ns, source)


def file_of(clip: str) -> Path:
    """Where an example's results are stored."""
    return PRECOMPUTED / f"ssl-{clip}.npz"


def store(source: Source) -> Path:
    """Write what `source_of` reads."""
    source.made.clear()
    small = {name: np.asarray(source.get(name)) for name in STORED}
    halves = {name: x.astype(np.float16 if x.dtype.kind == "f" else np.int16) for name, x in small.items()}
    np.savez_compressed(file_of(source.clip), **halves)
    return file_of(source.clip)


@dataclass(frozen=True)
class Facts:
    """What `training/ssl/measure.py` measured on readers that no training has heard."""

    about: dict[str, Any]
    arrays: dict[str, np.ndarray]


_facts: list[Facts] = []


def facts() -> Facts:
    """Return the stored measurements."""
    if not _facts:
        with np.load(PRECOMPUTED / "ssl-facts.npz") as stored:
            arrays = {name: stored[name] for name in stored.files if name != "about"}
            _facts.append(Facts(json.loads(str(stored["about"])), arrays))
    return _facts[0]


def warm_up() -> None:
    """Load the networks, so that the first answer is quick."""
    for name in (HUBERT, WAV2VEC):
        models.get(name)
