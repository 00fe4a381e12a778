"""The chosen sound as the model hears it: samples, log probabilities, greedy path; made once and kept for a while."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from algorithms import audio_io, ctc
from algorithms.clips import clip as get_clip
from algorithms.feature_config import FeatureConfig
from components.audio_input import OWN, OwnSound, on_forget, sound_of
from components.player import Sound

MODEL = "ctc/whisper-tiny"
SAMPLE_RATE = 16_000  # Hz
MAX_S = 60  # of a sound that the page reads: a trellis of it still fits a screen and 100 MB
MEL_HOP_MS = 10.0
ASSETS = Path(__file__).parent.parent.parent / "assets"
WEIGHTS = ASSETS / "weights" / "ctc-whisper-tiny.safetensors"
PRECOMPUTED = ASSETS / "precomputed"
CLIPS = ("sentence", "speech", "speech_long", "french", "tone", "noise")
DEFAULT = "sentence"


@dataclass(frozen=True, eq=False)
class Heard:
    """A sound and what the CTC model makes of it."""

    key: tuple[str, int]  # path and time of change
    clip: str  # id of the clip, or "own"
    title: str
    path: str
    y: np.ndarray  # float32 [n], 16 kHz, mono
    notes: tuple[str, ...]
    vocab: tuple[str, ...]
    frame_s: float
    log_probs: np.ndarray  # float32 [T, V]
    how: str  # one sentence: which model, and whether it has just run

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.y) / SAMPLE_RATE

    @property
    def greedy_tokens(self) -> list[int]:
        """Token numbers of the greedy transcript."""
        return ctc.greedy(self.log_probs)

    @property
    def greedy_text(self) -> str:
        """The greedy transcript."""
        return "".join(self.vocab[i] for i in self.greedy_tokens)

    @property
    def spoken(self) -> str:
        """What is really said, "" where nobody knows."""
        return "" if self.clip == OWN else get_clip(self.clip).text

    def sound(self) -> Sound:
        """Return what the page's player plays: exactly the samples that the model read."""
        if self.clip == OWN:
            return Sound(self.title, y=self.y, sample_rate=SAMPLE_RATE)
        return Sound(self.title, path=self.path, duration_s=self.duration_s)


def hear(own: OwnSound | None, clip: str) -> Heard:
    """Decode the chosen sound (at most its first minute) and run the model, or take the precomputed result.

    Raises
    ------
    AudioError
        What is wrong with the sound and what to do.
    ModelUnavailable
        The weights are missing.
    """
    chosen = sound_of(own, clip)
    return _hear(str(chosen.path), Path(chosen.path).stat().st_mtime_ns, chosen.title, clip)


# A visitor's own sound has a path that only that visitor's session knows, so nothing passes to another one.
@lru_cache(maxsize=6)
def _hear(path: str, changed_ns: int, title: str, clip: str) -> Heard:
    audio = audio_io.load(path, sample_rate=SAMPLE_RATE, max_s=MAX_S)
    known = precomputed(clip) if clip != OWN else None
    if known is not None:
        vocab, frame_s, log_probs = known["vocab"], known["frame_s"], known["log_probs"]
        how = f"Computed beforehand with {MODEL} on exactly this clip."
    else:
        import models

        model = models.get(MODEL)
        started = time.perf_counter()
        log_probs = model.log_probs(audio.y)
        vocab, frame_s = model.vocab, model.frame_s
        how = f"{MODEL} has just read this sound in {time.perf_counter() - started:.2f} s."
    return Heard((path, changed_ns), clip, title, path, audio.y, audio.notes, vocab, frame_s, log_probs, how)


@lru_cache(maxsize=2)
def _sha256(path: Path, changed_ns: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def weights_sha256() -> str:
    """Hash of the weights that ship: a precomputed result of other weights is not shown."""
    return _sha256(WEIGHTS, WEIGHTS.stat().st_mtime_ns) if WEIGHTS.is_file() else ""


def precomputed(clip: str) -> Mapping[str, Any] | None:
    """Return what `assets/make_precomputed_ctc.py` has stored for a clip, None where there is nothing up to date."""
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
    from algorithms import features as chain
    from algorithms import mel

    config = mel_config()
    values = mel.mel_from_stft(chain.stft(heard.y, config), config)
    if not values.any():
        return np.full_like(values, -80.0)
    return chain.power_to_db(values, ref=np.max, top_db=None)


def mel_config() -> FeatureConfig:
    """Settings of the page's mel spectrogram: those of Whisper (25 ms windows every 10 ms, 80 filters)."""
    return FeatureConfig(sample_rate=SAMPLE_RATE, n_fft=512, hop_ms=MEL_HOP_MS, n_mels=80)


@dataclass(frozen=True, eq=False)
class Aligned:
    """A transcript put on the frames of a sound."""

    text: str  # as the vocabulary spells it
    dropped: str  # characters left out
    own_words: bool  # typed, not greedy's
    tokens: tuple[int, ...]
    trellis: ctc.Trellis
    path: np.ndarray  # int [T], state of each frame
    path_score: float
    letters: tuple[ctc.AlignedToken, ...]
    words: tuple[ctc.AlignedWord, ...]


def align(heard: Heard, typed: str) -> Aligned:
    """Align the typed transcript, or greedy's where nothing is typed.

    Raises
    ------
    CtcError
        Nothing in the text can be written, or the sound has too few frames for it; the sentence says how many it needs.
    """
    return _align(heard, typed.strip())


@lru_cache(maxsize=3)
def _align(heard: Heard, typed: str) -> Aligned:
    kept, dropped = ctc.spellable(typed, heard.vocab) if typed else (heard.greedy_text.strip(), "")
    if typed and not kept:
        raise ctc.CtcError(
            f"Nothing of “{typed[:40]}” can be written with the model's symbols (a to z, space and apostrophe): "
            "type English words, numbers in letters."
        )
    if not kept:
        raise ctc.CtcError(
            "The model hears no letter in this sound: the blank is likeliest in every frame, so there is nothing to "
            "align. Type what is said, or choose a sound in which somebody speaks English."
        )
    tokens = tuple(ctc.encode(kept, heard.vocab))
    found = ctc.trellis(heard.log_probs, tokens)
    path, score = ctc.viterbi(heard.log_probs, tokens)
    letters = tuple(ctc.forced_align(heard.log_probs, tokens))
    words = tuple(ctc.group_words(letters, heard.vocab))
    return Aligned(kept, dropped, bool(typed), tokens, found, path, score, letters, words)


@on_forget
def drop(_path: str) -> None:
    """Forget the few sounds that are kept: a visitor has gone, and the others' are soon read again."""
    for kept in (_hear, mel_db, _align):
        kept.cache_clear()


def symbol(name: str) -> str:
    """Return a vocabulary symbol as the page writes it."""
    return {"-": "–", " ": "␣", "|": "␣"}.get(name, name)
