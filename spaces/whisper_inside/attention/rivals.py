"""Who else says when the words were: faster-whisper by the same method, a CTC model by its letters, other recipes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from .reading import STAGES, WIDTH, Head, Reading, Recipe, lay, spans_of, whispers_own, worked

if TYPE_CHECKING:
    from models.registry import Progress

CTC = "ctc/whisper-tiny"
FASTER = {"tiny.en": "asr/whisper-tiny.en", "base": "asr/whisper-base"}
MODELS = (CTC, *FASTER.values())

Span = tuple[float, float]  # seconds


@dataclass(frozen=True, eq=False)
class Rivals:
    """Times of the same words by others; one entry a word."""

    faster: tuple[Span, ...]  # faster-whisper, 8-bit weights
    ctc: tuple[Span | None, ...]  # None where the model has no letters for a word; empty where it can't be asked
    ctc_prob: float  # mean probability that the CTC model gives the letters where it puts them
    why_no_ctc: str
    recipes: Mapping[tuple[str, str], tuple[Span, ...]]  # by heads ("aligned", "all") and stage
    alone_ms: Mapping[Head, float]  # how far word starts lie from Whisper's own where one head makes them


_found: WeakKeyDictionary[Reading, Rivals] = WeakKeyDictionary()


def known(reading: Reading) -> Rivals | None:
    """What has been found for a reading; None where nobody has asked yet."""
    return _found.get(reading)


def find(reading: Reading, progress: Progress | None = None) -> Rivals:
    """Ask the others; takes a second or two, and longer where their models must be loaded.

    Raises
    ------
    ModelUnavailable
        A packaged model is missing.
    """
    if reading in _found:
        return _found[reading]
    import models
    from algorithms.whisper.word_times import times_on
    from models.whisper.inside import faster_whisper_starts

    heard = reading.heard
    told = progress or (lambda share, what: None)
    transcriber = models.get(FASTER[heard.name], told)
    told(0.5, "faster-whisper finds the starts of the words")
    starts = faster_whisper_starts(transcriber, heard.window.y, reading.tokens, heard.language)
    ctc, prob, why = _by_ctc(reading, told)
    told(0.9, "Comparing the heads")
    made = {"aligned": heard.model.alignment_heads, "all": tuple(reading.all_heads)}
    recipes = {
        (heads, stage): tuple(lay(reading, Recipe(made[heads], stage, WIDTH)).spans(reading))
        for heads in made
        for stage in STAGES
    }
    own = own_spans(reading)
    alone = {}
    for one in reading.all_heads:
        spans = spans_of(reading, times_on(worked(reading, Recipe((one,), "median", WIDTH))).starts_s)
        alone[one] = median_ms(own, spans, 0)
    _found[reading] = Rivals(tuple(spans_of(reading, starts)), ctc, prob, why, recipes, alone)
    return _found[reading]


def _by_ctc(reading: Reading, told: Progress) -> tuple[tuple[Span | None, ...], float, str]:
    """Put the words' letters on the sound by forced alignment; says why not where that can't be done."""
    import models
    from algorithms import ctc

    if reading.heard.language != "en":
        return (), 0.0, "The CTC model knows English letters only."
    model = models.get(CTC, told)
    told(0.8, "The CTC model reads the sound")
    letters = [ctc.spellable(w.text, model.vocab)[0].replace(" ", "") for w in reading.words]
    text = " ".join(filter(None, letters))
    if not text:
        return (), 0.0, "The CTC model has no letters for this text."
    try:
        aligned = ctc.forced_align(model.log_probs(reading.heard.window.y), ctc.encode(text, model.vocab))
    except ctc.CtcError as wrong:
        return (), 0.0, f"The CTC model can't place this text. {wrong}"
    words = iter(ctc.group_words(aligned, model.vocab))
    found: list[Span | None] = []
    for spelt in letters:
        word = next(words) if spelt else None
        found.append((word.start_frame * model.frame_s, word.end_frame * model.frame_s) if word else None)
    return tuple(found), float(np.mean([item.prob for item in aligned])), ""


def apart_ms(one: Sequence[Span | None], other: Sequence[Span | None], side: int | None = None) -> np.ndarray:
    """Distances of starts (`side` 0), ends (1) or both between two sets of word times, in ms, where both have one."""
    sides = (0, 1) if side is None else (side,)
    pairs = [(a, b) for a, b in zip(one, other, strict=True) if a and b]
    return np.array([abs(a[k] - b[k]) * 1000 for a, b in pairs for k in sides])


def median_ms(one: Sequence[Span | None], other: Sequence[Span | None], side: int | None = None) -> float | None:
    """Return the median of `apart_ms`; None where there is nothing to compare."""
    apart = apart_ms(one, other, side)
    return float(np.median(apart)) if len(apart) else None


def own_spans(reading: Reading) -> list[Span]:
    """Word times by Whisper's own recipe, whatever the page shows."""
    return lay(reading, whispers_own(reading)).spans(reading)
