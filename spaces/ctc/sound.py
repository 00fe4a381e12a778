"""The chosen sound as a CTC model hears it: samples, log probabilities, greedy path; made once and kept for a while."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

import models
from algorithms import ctc
from algorithms.signal.feature_config import FeatureConfig
from algorithms.sound import io as audio_io
from algorithms.sound.clips import clip as get_clip
from components.audio_input import OWN, OwnSound, on_forget, sound_of
from components.of_sounds import OfSounds
from components.parts import Progress
from components.player import Sound

from . import spelling

MODEL = "ctc/whisper-tiny"
SAMPLE_RATE = 16_000  # Hz, of the pictures and the player
MAX_S = 600  # of a sound that the page reads
WINDOW_S = 30.0  # of a longer sound that the pictures show at a time: what fits a screen, and a trellis in 50 MB
MEL_HOP_MS = 10.0
ASSETS = Path(__file__).parent.parent.parent / "assets"
WEIGHTS = ASSETS / "weights" / "ctc-whisper-tiny.safetensors"
PRECOMPUTED = ASSETS / "precomputed"
CLIPS = ("sentence", "speech", "speech_long", "french", "tone", "noise")
DEFAULT = "sentence"
KEPT = 4  # sounds whose results are kept; ten minutes take 45 MB (with 400 phonemes 90 MB)


@dataclass(frozen=True, eq=False)
class Heard:
    """A sound, or a stretch of a longer one, and what a CTC model makes of it."""

    key: tuple  # path, time of change, model, start
    clip: str  # id of the clip, or "own"
    title: str
    path: str
    y: np.ndarray  # float32 [n], 16 kHz, mono
    notes: tuple[str, ...]
    vocab: tuple[str, ...]
    frame_s: float
    log_probs: np.ndarray  # float32 [T, V]
    model: str  # id of the model that ran
    how: str  # one sentence: which model, and whether it has just run
    start_s: float = 0.0  # of the stretch in the sound
    whole: Heard | None = None  # what this is a stretch of

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.y) / SAMPLE_RATE

    @property
    def end_s(self) -> float:
        """End of the stretch in the sound."""
        return self.start_s + self.duration_s

    @property
    def greedy_tokens(self) -> list[int]:
        """Token numbers of the greedy transcript."""
        return ctc.greedy(self.log_probs)

    @property
    def greedy_text(self) -> str:
        """The greedy transcript."""
        return spelling.written(spelling.stripped(self.greedy_tokens, self.vocab), self.vocab)

    @property
    def spoken(self) -> str:
        """What is really said, "" where nobody knows."""
        return "" if self.clip == OWN else get_clip(self.clip).text

    def sound(self) -> Sound:
        """Return what the page's player plays: exactly the samples that the model read, from the first to the last."""
        if self.clip == OWN:
            return Sound(self.title, y=(self.whole or self).y, sample_rate=SAMPLE_RATE)
        return Sound(self.title, path=self.path, duration_s=self.duration_s)


_kept: OfSounds[Heard] = OfSounds(KEPT)


def _key(own: OwnSound | None, clip: str, spec: models.ModelSpec | None) -> tuple[Sound, tuple]:
    chosen = sound_of(own, clip)
    return chosen, (str(chosen.path), Path(chosen.path).stat().st_mtime_ns, spec.id if spec else MODEL)


def is_heard(own: OwnSound | None, clip: str, spec: models.ModelSpec | None) -> bool:
    """Whether `hear` would answer at once."""
    chosen, key = _key(own, clip, spec)
    return _kept.get(str(chosen.path), key) is not None


def hear(
    own: OwnSound | None, clip: str, spec: models.ModelSpec | None = None, progress: Progress | None = None
) -> Heard:
    """Decode the chosen sound (at most ten minutes) and run the model, or take the precomputed result.

    Parameters
    ----------
    spec : the model, `ctc/whisper-tiny` if None
    progress : told (share, what is being done); may raise to stop the work

    Raises
    ------
    AudioError
        What is wrong with the sound and what to do.
    ModelUnavailable
        The model can't be had.
    """
    chosen, key = _key(own, clip, spec)
    path = str(chosen.path)
    if (known := _kept.get(path, key)) is not None:
        return known
    return _kept.put(path, key, _hear(chosen, key, clip, spec, progress or (lambda share, what: None)))


def _hear(chosen: Sound, key: tuple, clip: str, spec: models.ModelSpec | None, progress: Progress) -> Heard:
    known = precomputed(clip) if clip != OWN and key[2] == MODEL else None
    progress(0.0, "Reading the sound")
    audio = audio_io.load(chosen.path, sample_rate=SAMPLE_RATE, max_s=MAX_S)
    made = {"key": (*key, 0.0), "clip": clip, "title": chosen.title, "path": str(chosen.path), "y": audio.y}
    if known is not None:
        how = f"Computed beforehand with {MODEL} on exactly this clip."
        return Heard(**made, **known, notes=audio.notes, model=MODEL, how=how)
    spec = spec or models.spec(MODEL)
    model = models.get(spec, progress)
    progress(0.0, f"{model_name(spec.id)} reads the sound")
    rate = getattr(model, "sample_rate", spec.sample_rate)
    y = audio.y if rate == SAMPLE_RATE else audio_io.from_array(audio.y, SAMPLE_RATE, target_rate=rate).y
    started = time.perf_counter()
    log_probs = model.log_probs(y, lambda share: progress(share, f"{model_name(spec.id)} reads the sound"))
    spent_s = time.perf_counter() - started
    name = model_name(spec.id)
    how = f"{name[0].upper() if name.startswith('the ') else name[0]}{name[1:]} has just read "
    how += f"{_length(audio.duration_s)} in {spent_s:.2f} s."
    return Heard(
        **made,
        notes=audio.notes,
        vocab=tuple(model.vocab),
        frame_s=model.frame_s,
        log_probs=log_probs,
        model=spec.id,
        how=how,
    )


def model_name(id: str) -> str:
    """Write a model's id as people read it: without "hub:", the commit or a folder's parents."""
    kind, _, rest = id.partition(":")
    if kind == "local":
        return f"the folder {Path(rest).name}"
    return rest.split("@")[0] if kind == "hub" else id


def _length(seconds: float) -> str:
    return f"{seconds:.1f} s of sound" if seconds < 60 else f"{clock_text(seconds)} minutes of sound"


def clock_text(seconds: float) -> str:
    """Write a time as 2:05."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def is_long(heard: Heard) -> bool:
    """Whether the pictures can show only a stretch of this sound."""
    return len(heard.log_probs) > round(WINDOW_S / heard.frame_s)


@lru_cache(maxsize=8)
def window(heard: Heard, start_s: float) -> Heard:
    """Return the stretch of `WINDOW_S` from about `start_s` on; a short sound as it is."""
    if not is_long(heard):
        return heard
    n = round(WINDOW_S / heard.frame_s)
    first = min(max(round(start_s / heard.frame_s), 0), len(heard.log_probs) - n)
    begin = first * heard.frame_s
    from_sample, to_sample = round(begin * SAMPLE_RATE), round((first + n) * heard.frame_s * SAMPLE_RATE)
    return replace(
        heard,
        key=(*heard.key[:3], begin),
        y=heard.y[from_sample:to_sample],
        log_probs=heard.log_probs[first : first + n],
        start_s=begin,
        whole=heard,
    )


@lru_cache(maxsize=2)
def _sha256(path: Path, changed_ns: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def weights_sha256() -> str:
    """Hash of the weights that ship: a precomputed result of other weights is not shown."""
    return _sha256(WEIGHTS, WEIGHTS.stat().st_mtime_ns) if WEIGHTS.is_file() else ""


def precomputed(clip: str) -> Mapping[str, Any] | None:
    """Return what `spaces/ctc/precompute.py` has stored for a clip, None where there is nothing up to date."""
    file = PRECOMPUTED / f"ctc-{clip}.npz"
    if not file.is_file():
        return None
    with np.load(file, allow_pickle=False) as stored:
        if str(stored["weights_sha256"]) != weights_sha256():
            return None
        levels = stored["log_probs"].astype(np.float32)
        vocab = tuple(str(stored["vocab"]))
        # Stored in half the bits; made to sum to one again.
        log_probs = levels - np.logaddexp.reduce(levels, axis=1, keepdims=True)
        return {"vocab": vocab, "frame_s": float(stored["frame_s"]), "log_probs": log_probs}


@lru_cache(maxsize=6)
def mel_db(heard: Heard) -> np.ndarray:
    """Mel spectrogram in dB below its loudest cell, float32 [80, frames of 10 ms]."""
    from algorithms.signal import features as chain
    from algorithms.signal import mel

    config = mel_config()
    values = mel.mel_from_stft(chain.stft(heard.y, config), config)
    if not values.any():
        return np.full_like(values, -80.0)
    return chain.power_to_db(values, ref=np.max, top_db=None)


def mel_config() -> FeatureConfig:
    """Settings of the page's mel spectrogram: those of Whisper (25 ms windows every 10 ms, 80 filters)."""
    return FeatureConfig(sample_rate=SAMPLE_RATE, n_fft=512, hop_ms=MEL_HOP_MS, n_mels=80)


@on_forget
def drop(_path: str) -> None:
    """Forget the few pictures that are kept: a visitor has gone, and the others' are soon drawn again."""
    for kept in (window, mel_db):
        kept.cache_clear()


def symbol(name: str) -> str:
    """Return a vocabulary symbol as the page writes it."""
    return {"-": "–", "<pad>": "–", "[PAD]": "–", " ": "␣", "|": "␣"}.get(name, name)
