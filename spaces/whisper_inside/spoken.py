"""What is said where in a window, for the colours of the pictures: words by cross-attention, letters by CTC."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from components.audio_input import on_forget

from .sound import Heard, greedy

LETTERS = "ctc/whisper-tiny"  # the model that lays letters over the sound


@dataclass(frozen=True)
class Spoken:
    """A word or a letter and its time in the window."""

    text: str
    start_s: float
    end_s: float


@lru_cache(maxsize=8)
def words(heard: Heard) -> tuple[Spoken, ...]:
    """The words that greedy decoding writes, with their times from the alignment heads; empty where nothing is said."""
    from algorithms.whisper.word_times import token_times

    model, found = heard.model, greedy(heard)
    text = [t for t in found.tokens if t < model.special.end]
    if not text:
        return ()
    prompt = model.prompt(heard.language, timestamps=False)
    weights = model.cross_attention(heard.listened, prompt, [*text, model.special.end])
    chosen = weights[[layer for layer, _ in model.alignment_heads], [head for _, head in model.alignment_heads]]
    times = token_times(chosen, heard.listened.positions, len(prompt))
    return tuple(
        Spoken(w.text.strip(), float(times.starts_s[w.first]), float(times.ends_s[w.last]))
        for w in model.words(text, heard.language)
    )


@lru_cache(maxsize=8)
def letters(heard: Heard) -> tuple[Spoken, ...]:
    """The letters of those words, laid over the sound by the CTC model's best path; a space is "·".

    A spike of CTC says *where*, not *how long*: each letter lasts until half-way to its neighbours, 0.1 s at most.
    """
    import models
    from algorithms import ctc

    model = models.get(LETTERS)
    spelled = " ".join(w.text for w in words(heard)).lower()
    tokens = [model.vocab.index(c) for c in " ".join(spelled.split()) if c in model.vocab[1:]]
    log_probs = model.log_probs(heard.window.y) if tokens else []
    if not tokens or ctc.frames_needed(tokens) > len(log_probs):
        return ()
    found = ctc.forced_align(log_probs, tokens)
    centres = [(a.start_frame + a.end_frame) / 2 * model.frame_s for a in found]
    spans = []
    for i, (a, at) in enumerate(zip(found, centres, strict=True)):
        before = (centres[i - 1] + at) / 2 if i else -math.inf
        after = (centres[i + 1] + at) / 2 if i + 1 < len(centres) else math.inf
        name = model.vocab[a.token]
        spans.append(Spoken("·" if name == " " else name, max(before, at - 0.1), min(after, at + 0.1)))
    return tuple(spans)


@on_forget
def drop(_path: str) -> None:
    """Forget what was said: a visitor has gone."""
    words.cache_clear()
    letters.cache_clear()
