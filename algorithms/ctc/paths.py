"""Paths, the collapse rule and the states of a target: the part of CTC that needs no probabilities.

Re-exported by `algorithms/ctc/core.py`, whose docstring has the source and the conventions.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Iterator, Sequence
from itertools import groupby, pairwise
from math import comb
from typing import NamedTuple

import numpy as np

from algorithms.text.letters import folded, without_marks

BLANK = 0
_HYPHENS = "-\u2010\u2011"  # they join, as in ill-disposed; dashes part


class CtcError(ValueError):
    """What was asked of CTC is impossible; the message says why and what to do."""


# ---------------------------------------------------------------- the collapse rule


class Run(NamedTuple):
    """A stretch of frames with one symbol: frames `start` to `end`, the end not included."""

    symbol: Hashable
    start: int
    end: int


class Collapse(NamedTuple):
    """The steps of the collapse rule B (section 3.1)."""

    path: list  # one symbol a frame
    runs: list[Run]  # step 1: equal neighbours merged
    labels: list  # step 2: blanks dropped


def collapse(path: Sequence, blank: Hashable = BLANK) -> Collapse:
    """Merge repeats, then drop blanks.

    Parameters
    ----------
    path : sequence of symbols, one a frame: token numbers, or a string such as "HHE-LL-LO"
    blank : the blank among them, "-" for that string

    Examples
    --------
    >>> "".join(collapse("HHE-LL-LO", blank="-").labels)
    'HELLO'
    """
    runs, start = [], 0
    for symbol, group in groupby(path):
        end = start + len(list(group))
        runs.append(Run(symbol, start, end))
        start = end
    return Collapse(list(path), runs, [run.symbol for run in runs if run.symbol != blank])


# ---------------------------------------------------------------- targets and their alignments


def spellable(text: str, vocab: Sequence[str]) -> tuple[str, str]:
    """Split a text into what the vocabulary can spell and the characters it can't.

    Case is folded to the vocabulary's, white space becomes its word separator (a space, or "|" as in wav2vec2), runs of
    separators become one. A letter that the vocabulary lacks is written by those that it is made of ("é" as e, "ﬁ" as
    f and i); other punctuation than a hyphen also separates words ("been—made" is two).

    Returns
    -------
    kept : str
        Ready for `encode`.
    dropped : str
        Each character left out, once, in order of appearance: punctuation, digits, other scripts.
    """
    letters = {symbol for symbol in vocab[1:] if len(symbol) == 1}
    separator = next((s for s in (" ", "|") if s in letters), "")
    kept, dropped = [], []
    for character in folded(text):
        found = [separator] if character.isspace() else _spelt(character, letters)
        if not found:
            dropped.append(character)
            if unicodedata.category(character)[0] in "PSZ" and character not in _HYPHENS:
                found = [separator]
        for symbol in found:
            if symbol != separator or (kept and kept[-1] != separator):
                kept.append(symbol)
    return "".join(kept).strip(separator or None), "".join(dict.fromkeys(dropped))


def _spelt(character: str, letters: set[str]) -> list[str]:
    """The symbols for one character, or for the bare letters that it is made of; empty where there are none."""
    for candidate in (character, without_marks(character)):
        cases = [(c, c.lower(), c.upper()) for c in candidate]
        found = [next((option for option in options if option in letters), "") for options in cases]
        if found and all(found):
            return found
    return []


def encode(text: str, vocab: Sequence[str]) -> list[int]:
    """Turn a text into token numbers, case and white space as in `spellable`.

    Raises
    ------
    CtcError
        The text is empty, or holds characters that the vocabulary lacks.
    """
    kept, dropped = spellable(text, vocab)
    if dropped:
        shown = " ".join(dropped[:12])
        raise CtcError(
            f"The model can't write {shown}: its symbols are {_alphabet(vocab)}. "
            "Leave such characters out and write numbers as words."
        )
    if not kept:
        raise CtcError("The target is empty: type at least one letter for the frames to be aligned to.")
    numbers = {symbol: number for number, symbol in enumerate(vocab)}
    return [numbers[character] for character in kept]


def _alphabet(vocab: Sequence[str]) -> str:
    names = {" ": "space", "'": "apostrophe", "|": "| (space)"}
    letters = sorted(symbol for symbol in vocab[1:] if symbol.isalpha() and len(symbol) == 1)
    others = [names.get(symbol, symbol) for symbol in vocab[1:] if not (symbol.isalpha() and len(symbol) == 1)]
    return ", ".join(([f"{letters[0]} to {letters[-1]}"] if letters else []) + others[:8])


def frames_needed(tokens: Sequence) -> int:
    """The fewest frames that can spell `tokens`: one each, and a blank between equal neighbours."""
    return len(tokens) + sum(a == b for a, b in pairwise(tokens))


def count_alignments(tokens: Sequence, n_frames: int) -> int:
    """How many paths of `n_frames` symbols collapse to `tokens`: binomial(T + L - r, 2L), r equal neighbours.

    Each path is a choice of where the 2L + 1 states begin: put the L tokens' starts and ends on the T frames; a blank
    that must be there (between equal neighbours) takes one frame away from the choice.
    """
    repeats = frames_needed(tokens) - len(tokens)
    free = n_frames + len(tokens) - repeats
    return comb(free, 2 * len(tokens)) if n_frames >= frames_needed(tokens) else 0


def alignments(tokens: Sequence, n_frames: int, blank: Hashable = BLANK) -> Iterator[tuple]:
    """Every path of `n_frames` symbols that collapses to `tokens`, one tuple at a time; there may be very many."""
    states = extend(tokens, blank)
    skips = skip_allowed(states, blank)

    def walk(path: tuple, state: int) -> Iterator[tuple]:
        left = n_frames - len(path)
        if left == 0:
            if state >= len(states) - 2:
                yield path
            return
        if frames_needed(tokens[(state + 1) // 2 :]) > left:  # too few frames for the tokens to come
            return
        steps = (0, 1, 2) if state + 2 < len(states) and skips[state + 2] else (0, 1)
        for following in (state + step for step in steps if state + step < len(states)):
            yield from walk((*path, states[following]), following)

    if n_frames >= frames_needed(tokens):
        for first in range(min(2, len(states)) if n_frames else 0):
            yield from walk((states[first],), first)


def extend(tokens: Sequence, blank: Hashable = BLANK) -> list:
    """The states of a target: a blank before, between and after its tokens, 2L + 1 in all."""
    states = [blank]
    for token in tokens:
        states += [token, blank]
    return states


def skip_allowed(states: Sequence, blank: Hashable = BLANK) -> np.ndarray:
    """Bool [S]: whether state s may be entered from s - 2, past a blank: only a token unlike the token before it."""
    return np.array([s >= 2 and states[s] != blank and states[s] != states[s - 2] for s in range(len(states))], bool)


class Feeder(NamedTuple):
    """One way into a trellis cell."""

    state: int
    kind: str  # "stay", "step" or "skip"
    allowed: bool
    why: str  # why a skip is or is not allowed; empty for stay and step


def feeders(states: Sequence, s: int, blank: Hashable = BLANK) -> list[Feeder]:
    """The two or three cells of the frame before that may feed state `s`, and whether the skip is allowed and why."""
    found = [Feeder(s, "stay", True, "")]
    if s >= 1:
        found.append(Feeder(s - 1, "step", True, ""))
    if s >= 2:
        if states[s] == blank:
            why = "No: it would leave out the token before this blank."
        elif states[s] == states[s - 2]:
            why = "No: without a blank between them, two equal tokens would merge into one."
        else:
            why = "Yes: the blank between two different tokens may be left out."
        found.append(Feeder(s - 2, "skip", why.startswith("Yes"), why))
    return found
