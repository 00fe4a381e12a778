"""Whisper's cross-attention on the same sound: where its decoder listens while it writes each token.

Whisper tiny.en writes the sound greedily; one more pass over those tokens gives the attention of all of them at once.
Eight of its heads follow the speech (the *alignment heads*); their weights are averaged. Times come from dynamic
time warping over them, as in `openai/whisper`, timing.py, `find_alignment`.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from algorithms import ctc
from algorithms.signal.dtw import dtw
from components.audio_input import on_forget
from components.parts import Progress

from . import spelling
from .alignment import Aligned, align
from .sound import PRECOMPUTED, Heard

MODEL = "inside/whisper-tiny.en"
FRAME_S = 0.02  # of Whisper's encoder
LONGEST_S = 30.0  # Whisper's window
SMOOTHED = 7  # encoder frames: the median filter before the warping
KEPT = 4


class Word(NamedTuple):
    """A word as Whisper wrote it, and the tokens it is made of: `first` to `last`, both included."""

    text: str
    first: int
    last: int


@dataclass(frozen=True, eq=False)
class Attention:
    """What Whisper wrote, and where it listened for each token."""

    tokens: tuple[str, ...]
    words: tuple[Word, ...]
    weights: np.ndarray  # float32 [tokens, frames of 20 ms]: mean of the alignment heads, rows sum to 1 over 30 s
    starts: np.ndarray  # int [tokens + 1]: frame in which each token begins by warping, and where the last one ends

    @property
    def text(self) -> str:
        """The transcript."""
        return "".join(self.tokens).strip()


def warp(score: np.ndarray) -> np.ndarray:
    """Frame in which each row begins on the best path that only goes forwards through `score` [rows, frames].

    Returns
    -------
    int [rows + 1]
        The last entry is the number of frames.
    """
    rows, frames, _ = dtw(-score)
    starts = frames[np.flatnonzero(np.diff(rows, prepend=-1))]
    return np.append(starts, score.shape[1])


def compute(heard: Heard, progress: Progress) -> Attention:
    """Let Whisper tiny.en write the sound (at most its first 30 s) and return where it listened.

    Raises
    ------
    ModelUnavailable
        The packaged weights are missing.
    ValueError
        It wrote no word.
    """
    from scipy.ndimage import median_filter

    import models
    from algorithms.whisper.decode import decode

    model = models.get(MODEL, progress)
    progress(0.2, "Whisper's encoder hears the sound")
    listened = model.listen(heard.y)
    progress(0.5, "Whisper's decoder writes")
    prompt = model.prompt(timestamps=False)
    written = decode(model.net, listened.sound, model.rules(timestamps=False), prompt)
    tokens = [t for t in written.tokens if t < model.special.end]
    if not tokens:
        raise ValueError("Whisper writes nothing for this sound: choose one in which somebody speaks English.")
    progress(0.8, "Looking where it listened")
    maps = model.cross_attention(listened, prompt, tokens)
    heads = np.stack([maps[layer, head] for layer, head in model.alignment_heads])
    # Row i is the attention while the token after i is chosen: the prompt's last row belongs to the first token.
    heads = heads[:, len(prompt) - 1 :, : listened.positions]
    spread = heads.std(axis=1, keepdims=True)
    score = (heads - heads.mean(axis=1, keepdims=True)) / np.maximum(spread, 1e-9)
    score = median_filter(score, (1, 1, SMOOTHED)).mean(axis=0)
    words = tuple(Word(w.text.strip(), w.first, w.last) for w in model.words(tokens))
    weights = heads.mean(axis=0)[: len(tokens)].astype(np.float32)
    # One row more than tokens: the last is that of the end of the text.
    return Attention(tuple(model.token_name(t) for t in tokens), words, weights, warp(score)[: len(tokens) + 1])


_kept: OrderedDict[tuple, Attention] = OrderedDict()


def _key(heard: Heard) -> tuple:
    return (*heard.key[:2], heard.start_s)  # whichever CTC model has read it


def known(heard: Heard) -> Attention | None:
    """Return what has been computed for a sound, now or beforehand; None where it has not."""
    if _key(heard) in _kept:
        return _kept[_key(heard)]
    return load(file_of(heard.clip)) if heard.whole is None else None


def listen(heard: Heard, progress: Progress) -> Attention:
    """Compute it and keep it for a while; see `compute`."""
    made = known(heard) or compute(heard, progress)
    _kept[_key(heard)] = made
    while len(_kept) > KEPT:
        _kept.pop(next(iter(_kept)), None)
    return made


@on_forget
def drop(path: str) -> None:
    """Forget what was computed from a visitor's sound that is deleted."""
    for key in [key for key in list(_kept) if key[0] == path]:
        _kept.pop(key, None)
    _alone.cache_clear()


def file_of(clip: str) -> Path:
    """Where `spaces/ctc/precompute.py` stores the attention of a clip."""
    return PRECOMPUTED / f"ctc-attention-{clip}.npz"


def save(found: Attention, file: Path) -> None:
    """Store an attention, its weights in 8 bits."""
    top = float(found.weights.max())
    np.savez_compressed(
        file,
        tokens=np.array(found.tokens),
        words=np.array([w.text for w in found.words]),
        spans=np.array([(w.first, w.last) for w in found.words], np.int16),
        weights=np.round(found.weights / top * 255).astype(np.uint8),
        top=top,
        starts=found.starts.astype(np.int16),
    )


def load(file: Path) -> Attention | None:
    """Read what `save` stored, None where there is nothing."""
    if not file.is_file():
        return None
    with np.load(file, allow_pickle=False) as stored:
        words = tuple(
            Word(str(text), int(a), int(b)) for text, (a, b) in zip(stored["words"], stored["spans"], strict=True)
        )
        weights = stored["weights"].astype(np.float32) * (float(stored["top"]) / 255)
        return Attention(tuple(map(str, stored["tokens"])), words, weights, stored["starts"].astype(int))


class Compared(NamedTuple):
    """One word by both: seconds from the start of the sound, None where CTC has no letters for it."""

    text: str
    first: int  # its tokens
    last: int
    ctc_s: tuple[float, float] | None
    attention_s: tuple[float, float]


def compare(heard: Heard, found: Attention) -> tuple[Aligned | None, list[Compared]]:
    """Put Whisper's words on the frames with CTC, and say when each word is by CTC and by attention.

    Returns
    -------
    Aligned or None
        Whisper's text aligned by CTC; None where the model can't spell it or has too few frames.
    list of Compared
    """
    spelt = [bool(spelling.tokens_of(w.text, heard.vocab)[0]) for w in found.words]
    aligned, spans = None, iter(())
    if spelling.by_letter(heard.vocab) and spelling.separator(heard.vocab) and any(spelt):
        text = " ".join(w.text for w, ok in zip(found.words, spelt, strict=True) if ok)
        try:
            # The stretch is a sound of its own here: Whisper has heard no more than it.
            aligned = align(_alone(heard), text)
            spans = iter(aligned.words)
        except ctc.CtcError:
            aligned = None
    rows = []
    for word, ok in zip(found.words, spelt, strict=True):
        span = next(spans, None) if ok else None
        frame = heard.frame_s
        by_ctc = (heard.start_s + span.start_frame * frame, heard.start_s + span.end_frame * frame) if span else None
        a, b = (heard.start_s + FRAME_S * int(found.starts[i]) for i in (word.first, word.last + 1))
        rows.append(Compared(word.text, word.first, word.last, by_ctc, (a, b)))
    return aligned, rows


@lru_cache(maxsize=4)
def _alone(heard: Heard) -> Heard:
    return heard if heard.whole is None else replace(heard, whole=None)
