"""A transcript put on the frames of a sound: all of it, and the stretch that the pictures show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from algorithms import ctc
from algorithms.ctc import long as ctc_long
from components.audio_input import on_forget

from . import spelling
from .sound import Heard


@dataclass(frozen=True, eq=False)
class Aligned:
    """A transcript put on the frames of a sound or of a stretch of it; frames count from the stretch's first."""

    text: str  # as people write it
    dropped: str  # characters left out
    own_words: bool  # typed, not greedy's
    tokens: tuple[int, ...]
    trellis: ctc.Trellis | None  # None for the whole of a long sound: it would not fit
    path: np.ndarray  # int [T], state of each frame
    path_score: float
    letters: tuple[ctc.AlignedToken, ...]
    words: tuple[ctc.AlignedWord, ...]
    whole: Aligned | None = None  # what this is a stretch of


def align(heard: Heard, typed: str) -> Aligned:
    """Align the typed transcript, or greedy's where nothing is typed.

    Parameters
    ----------
    heard : a sound, or a stretch of a long one; then the text is aligned to the whole sound and the stretch cut out

    Raises
    ------
    CtcError
        Nothing in the text can be written, or the sound has too few frames for it; the sentence says how many it needs.
    """
    typed = typed.strip()
    return _align(heard, typed) if heard.whole is None else _cut(heard, _align(heard.whole, typed, True))


def place(heard: Heard, typed: str, *, long: bool = False) -> Aligned:
    """Align a text, or greedy's where it is "", to all of a sound, and keep nothing; raises as `align`.

    Parameters
    ----------
    long : in little memory, without the trellis
    """
    dropped = ""
    if typed:
        tokens, dropped = spelling.tokens_of(typed, heard.vocab)
        if not tokens:
            hint = "numbers in letters" if spelling.by_letter(heard.vocab) else "phonemes, as greedy's line shows them"
            raise ctc.CtcError(
                f"Nothing of “{typed[:40]}” can be written with the model's symbols "
                f"({spelling.alphabet(heard.vocab)}): type words in these, {hint}."
            )
    else:
        tokens = spelling.stripped(heard.greedy_tokens, heard.vocab)
        if not tokens:
            raise ctc.CtcError(
                "The model hears no letter in this sound: the blank is likeliest in every frame, so there is nothing "
                "to align. Type what is said, or choose a sound in which somebody speaks English."
            )
    search = ctc_long.viterbi if long else ctc.viterbi
    path, score = search(heard.log_probs, tokens)
    return Aligned(
        spelling.written(tokens, heard.vocab),
        dropped,
        bool(typed),
        tuple(tokens),
        None if long else ctc.trellis(heard.log_probs, tokens),
        path,
        score,
        *_spans(heard, path, tokens),
    )


@lru_cache(maxsize=4)
def _align(heard: Heard, typed: str, long: bool = False) -> Aligned:
    return place(heard, typed, long=long)


def _spans(heard: Heard, path: np.ndarray, tokens: list[int]) -> tuple[tuple, tuple]:
    letters = tuple(ctc_long.tokens_on(path, tokens, heard.log_probs))
    return letters, tuple(spelling.words(letters, heard.vocab))


@lru_cache(maxsize=3)
def _cut(heard: Heard, whole: Aligned) -> Aligned:
    """Take a stretch out of an alignment: its frames, the tokens that lie on them, and the trellis of just these."""
    first = round(heard.start_s / heard.frame_s)
    path = whole.path[first : first + len(heard.log_probs)]
    low, high = int(path[0]) // 2, (int(path[-1]) + 1) // 2  # tokens before the stretch, and up to its end
    tokens = list(whole.tokens[low:high])
    path = path - 2 * low
    rows = np.arange(len(path))
    trellis = ctc.trellis(heard.log_probs, tokens)
    score = float(heard.log_probs[rows, trellis.states[path]].sum())
    return Aligned(
        spelling.written(tokens, heard.vocab).strip(),
        whole.dropped,
        whole.own_words,
        tuple(tokens),
        trellis,
        path,
        score,
        *_spans(heard, path, tokens),
        whole=whole,
    )


@on_forget
def drop(_path: str) -> None:
    """Forget what was aligned: a visitor has gone, and the others' is soon made again."""
    for kept in (_align, _cut):
        kept.cache_clear()
