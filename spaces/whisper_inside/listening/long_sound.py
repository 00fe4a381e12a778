"""What becomes of a long sound: windows that follow one another, or chunks cut at fixed places and joined again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

import models
from algorithms.sound import io as audio_io
from algorithms.sound.clips import clip
from algorithms.text.wer import normalize
from components.audio_input import on_forget

from .. import MODELS
from ..sound import SAMPLE_RATE, WINDOW_S, Window, _decoded
from . import long_known

if TYPE_CHECKING:
    from models.registry import Progress

MADE_OF = ("speech_long", "speech", "sentence", "speech_long")  # for sounds that fit one window
MAX_S = 120.0  # of an own sound that are followed
MIN_ADVANCE_S = 0.5  # a window that moves on by less would be heard for ever


@dataclass(frozen=True, eq=False)
class Long:
    """A sound longer than a window."""

    title: str
    y: np.ndarray  # float32 [n], 16 kHz
    said: str  # what is really said, "" where not known
    key: tuple

    @property
    def duration_s(self) -> float:
        """Its length in seconds."""
        return len(self.y) / SAMPLE_RATE


@dataclass(frozen=True)
class Turn:
    """One window of a sequence."""

    start_s: float
    segments: tuple[tuple[float, float, str], ...]  # start and end in the whole sound, text
    next_s: float  # where the next window starts
    dropped: str  # text that this window began and the next one writes
    why: str
    written: str  # all of it, timestamps as <|1.00|>


@dataclass(frozen=True)
class Chunk:
    """A piece cut at a fixed place."""

    start_s: float
    end_s: float
    text: str


def long_of(window: Window) -> Long:
    """The sound that the page is about, or where that fits one window, example clips joined to a minute."""
    if window.total_s > WINDOW_S:
        y = _decoded(window.path, window.key[1]).y[: round(MAX_S * SAMPLE_RATE)]
        return Long(window.title, y, "", window.key[:2])
    return _made()


@lru_cache(maxsize=1)
def _made() -> Long:
    parts = [audio_io.load(str(clip(i).path), sample_rate=SAMPLE_RATE).y for i in MADE_OF]
    said = " ".join(clip(i).text for i in MADE_OF)
    return Long("Four of the English clips in a row", np.concatenate(parts), said, ("made",))


def known(long: Long, fields: Mapping[str, Any]) -> tuple[tuple[Turn, ...], tuple[Chunk, ...]]:
    """Windows and chunks that were computed beforehand with tiny.en for the joined clips; empty where there are none.

    So the page teaches before any weight is loaded; a test computes them anew.
    """
    if long.key != ("made",) or fields["model"] != "tiny.en" or fields["pad"] != "zeros":
        return (), ()
    chunks = long_known.CHUNKS.get((int(fields["i_chunk"]), int(fields["i_overlap"])), ())
    return tuple(Turn(*turn) for turn in long_known.TURNS), tuple(Chunk(*chunk) for chunk in chunks)


def _language(model: Any, listened: Any, wanted: str) -> str:
    if not model.multilingual:
        return "en"
    return model.language_probs(listened)[0][0] if wanted == "auto" else wanted


def follow(long: Long, fields: Mapping[str, Any], progress: Progress | None = None) -> tuple[Turn, ...]:
    """Go through a sound as Whisper does: each window starts where the timestamps of the one before say.

    Greedy, without the text of before as a prompt. `fields` holds ``model``, ``pad`` and ``lang``.
    """
    return _follow(long, fields["model"], fields["pad"], fields["lang"], _Told(progress))


class _Told:
    """A progress function that caches don't tell apart."""

    def __init__(self, tell: Progress | None):
        self.tell = tell or (lambda done, text: None)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Told)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=4)
def _follow(long: Long, name: str, pad: str, lang: str, told: _Told) -> tuple[Turn, ...]:
    from algorithms.whisper.decode import decode
    from algorithms.whisper.windows import read_window

    model = models.get(MODELS[name], told.tell)
    turns, start = [], 0.0
    while start < long.duration_s - 0.1:
        told.tell(start / long.duration_s, f"Window {len(turns) + 1}, from {start:.2f} s")
        y = long.y[round(start * SAMPLE_RATE) : round((start + WINDOW_S) * SAMPLE_RATE)]
        heard = model.listen(y, pad_sound=pad == "silence")
        prompt = model.prompt(_language(model, heard, lang))
        tokens = decode(model.net, heard.sound, model.rules(), prompt).tokens
        read = read_window(tokens, model.special, len(y) / SAMPLE_RATE)
        segments = tuple((start + s.start_s, start + s.end_s, model.text(s.tokens)) for s in read.segments)
        written = "".join(model.token_name(t) for t in tokens if t != model.special.end)
        after = start + max(read.advance_s, MIN_ADVANCE_S)
        turns.append(Turn(start, segments, min(after, long.duration_s), model.text(read.dropped), read.why, written))
        start = after
    return tuple(turns)


def chunked(long: Long, fields: Mapping[str, Any], progress: Progress | None = None) -> tuple[Chunk, ...]:
    """Cut a sound every ``i_chunk`` seconds, neighbours sharing ``i_overlap``, and transcribe each piece by itself."""
    given = (fields[name] for name in ("model", "pad", "lang", "i_chunk", "i_overlap"))
    return _chunked(long, *given, _Told(progress))


@lru_cache(maxsize=8)
def _chunked(
    long: Long, name: str, pad: str, lang: str, chunk_s: float, overlap_s: float, told: _Told
) -> tuple[Chunk, ...]:
    from algorithms.whisper.decode import decode
    from algorithms.whisper.windows import chunk_spans

    model = models.get(MODELS[name], told.tell)
    rules = model.rules(timestamps=False)
    chunks = []
    for a, b in chunk_spans(long.duration_s, chunk_s, overlap_s):
        told.tell(a / long.duration_s, f"Chunk {len(chunks) + 1}, {a:.1f} to {b:.1f} s")
        heard = model.listen(long.y[round(a * SAMPLE_RATE) : round(b * SAMPLE_RATE)], pad_sound=pad == "silence")
        prompt = model.prompt(_language(model, heard, lang), timestamps=False)
        tokens = decode(model.net, heard.sound, rules, prompt).tokens
        chunks.append(Chunk(a, b, model.text(tokens).strip()))
    return tuple(chunks)


@lru_cache(maxsize=4096)
def _bare(word: str) -> str:
    return normalize(word).replace(" ", "")


def overlap_words(left: list[str], right: list[str]) -> tuple[int, int]:
    """Where to join two texts that share some words: keep `left` up to the first number, `right` from the second.

    Every overlap of the left end with the right beginning is tried, and the one with the largest share of equal words
    (a little more for longer ones) taken; the cut lies in its middle (transformers, `_find_longest_common_sequence`).
    """
    best, place = 0.0, (len(left), 0)
    for n in range(1, min(len(left), len(right)) + 1):
        pairs = zip(left[-n:], right[:n], strict=True)
        equal = sum(_bare(a) == _bare(b) for a, b in pairs)
        score = equal / n + n / 10_000
        if equal > min(1, n - 1) and score > best:
            best, place = score, (len(left) - n + n // 2, n // 2)
    return place


def joined(chunks: tuple[Chunk, ...], overlap_s: float) -> str:
    """The text of all chunks: one after the other, or where they overlap, joined at the words that they share."""
    words: list[str] = []
    for chunk in chunks:
        new = chunk.text.split()
        if not overlap_s or not words:
            words += new
            continue
        keep, skip = overlap_words(words, new)
        words = [*words[:keep], *new[skip:]]
    return " ".join(words)


@on_forget
def drop(_path: str) -> None:
    """Forget what was heard: a visitor has gone."""
    _follow.cache_clear()
    _chunked.cache_clear()
