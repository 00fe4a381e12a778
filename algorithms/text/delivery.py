"""How something was said, from the times of its words: pace, pauses, fillers."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

PAUSE_S = 1.0  # a silence between words that a listener notices
FILLERS = ("um", "umm", "uh", "uhm", "er", "erm", "hmm", "mm")
PHRASES = ("you know", "i mean", "sort of", "kind of", "or something")


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Numbers of a spoken answer.

    Attributes
    ----------
    words : int
        Those that were recognised.
    seconds : float
        From the first word's beginning to the last one's end.
    pauses : tuple of (float, float)
        Beginning and length in seconds of each silence between words of at least a second.
    fillers : tuple of str
        What was said to fill time, in order.
    """

    words: int
    seconds: float
    pauses: tuple[tuple[float, float], ...]
    fillers: tuple[str, ...]

    @property
    def words_a_minute(self) -> float:
        """Words a minute, pauses included; 0 for less than two words."""
        return 60 * self.words / self.seconds if self.words > 1 and self.seconds > 0 else 0.0


def fillers(text: str) -> tuple[str, ...]:
    """Return the fillers of a text in order. Recognisers leave most of "um" and "uh" out, so speech has more."""
    every = sorted((*FILLERS, *PHRASES), key=len, reverse=True)
    return tuple(re.findall(rf"\b(?:{'|'.join(every)})\b", text.casefold()))


def delivery(words: Sequence[tuple[float, float, str]]) -> Delivery:
    """Return how something was said.

    Parameters
    ----------
    words
        Beginning and end in seconds, and the text, of each word, in order; more items of each are ignored.
    """
    pauses = tuple(
        (round(before[1], 2), round(after[0] - before[1], 2))
        for before, after in itertools.pairwise(words)
        if after[0] - before[1] >= PAUSE_S
    )
    text = " ".join(word[2].strip() for word in words)
    return Delivery(
        words=len(words),
        seconds=words[-1][1] - words[0][0] if words else 0.0,
        pauses=pauses,
        fillers=fillers(re.sub(r"[^\w' ]", "", text)),
    )
