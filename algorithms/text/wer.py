"""Word and character error rate, with the alignment that explains them.

WER = (S + D + I) / N: substitutions, deletions and insertions of the cheapest word alignment, over the N words of the
reference (Levenshtein 1966; Jurafsky & Martin, *Speech and Language Processing*, "Word error"). It can exceed 1.

>>> edits = align("the cat sat".split(), "the cat sat down".split())
>>> count(edits).rate
0.3333333333333333
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import dropwhile
from typing import NamedTuple

import numpy as np

from algorithms.text.letters import folded, is_mark

MAX_CELLS = 36_000_000  # of the alignment table: 6,000 words against 6,000, 144 MB


class Edit(NamedTuple):
    """One step of an alignment; `ref` is None for an insertion, `hyp` for a deletion."""

    kind: str  # "hit", "substitution", "deletion", "insertion"
    ref: str | None
    hyp: str | None


class ErrorCounts(NamedTuple):
    """Counts of an alignment, by kind."""

    hits: int
    substitutions: int
    deletions: int
    insertions: int

    @property
    def errors(self) -> int:
        """S + D + I."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def n_ref(self) -> int:
        """Length of the reference, N = hits + S + D."""
        return self.hits + self.substitutions + self.deletions

    @property
    def rate(self) -> float:
        """(S + D + I) / N; `ValueError` where the reference is empty, for then it is not defined."""
        if self.n_ref == 0:
            raise ValueError("The reference has no words, so an error rate is not defined: type what was said.")
        return self.errors / self.n_ref

    def __add__(self, other: ErrorCounts) -> ErrorCounts:  # type: ignore[override]
        """Pool two clips: errors and lengths add up, so the rate weighs every word the same."""
        return ErrorCounts(*(a + b for a, b in zip(self, other, strict=True)))


def normalize(text: str) -> str:
    """Text as compared: lower case, no punctuation, single spaces; numbers left as they are written.

    Follows Whisper's `BasicTextNormalizer` (openai/whisper, normalizers/basic.py: NFKC, bracketed asides such as
    "[music]" dropped, symbols and punctuation to spaces) with two changes: an apostrophe inside a word stays, however
    it is written, so "don't" is one word; and marks belong to their letter, where Whisper makes spaces of them, so
    that Hindi words stay whole. "1455" and "fourteen fifty-five" stay different.
    """
    text = folded(folded(text, "NFKC").lower(), "NFKC")
    text = re.sub(r"[<\[][^>\]]*[>\]]|\([^)]*\)", " ", text)
    text = re.sub(r"(?<=\w)'(?=\w)", "\ue000", text)  # a private character carries apostrophes past the next line
    text = "".join(" " if unicodedata.category(c)[0] in "SP" else c for c in text)
    words = ("".join(dropwhile(is_mark, word)) for word in text.replace("\ue000", "'").split())  # marks need a letter
    return " ".join(word for word in words if word)


def align(ref: Sequence[str], hyp: Sequence[str]) -> list[Edit]:
    """The cheapest alignment of two sequences of words (or characters), every edit costing one.

    Parameters
    ----------
    ref, hyp
        What was said and what was recognised, already normalised and split.

    Returns
    -------
    list of Edit
        In reading order. Of the alignments with the fewest errors, one with the most hits.

    Raises
    ------
    ValueError
        The table would have more than `MAX_CELLS` cells.
    """
    n, m = len(ref), len(hyp)
    if (n + 1) * (m + 1) > MAX_CELLS:
        raise ValueError(f"Aligning {n} with {m} words takes too much memory: compare shorter parts.")
    ids = {w: i for i, w in enumerate(dict.fromkeys([*ref, *hyp]))}
    hyp_ids = np.array([ids[w] for w in hyp], dtype=np.int64)
    # One edit costs `step`, a substitution one more: the least total has the fewest edits, and of those the most hits.
    step = np.int32(min(n, m) + 1)
    columns = np.arange(m + 1, dtype=np.int32) * step
    cost = np.empty((n + 1, m + 1), dtype=np.int32)  # cost[i, j]: ref[:i] into hyp[:j]
    cost[0] = columns
    for i, word in enumerate(ref, start=1):
        kept = cost[i - 1, :-1] + np.where(hyp_ids == ids[word], 0, step + 1)
        best = np.append(i * step, np.minimum(kept, cost[i - 1, 1:] + step)).astype(np.int32)
        # Insertions run along the row: cost[j] = min over k <= j of best[k] + (j - k) steps, a running minimum.
        cost[i] = np.minimum.accumulate(best - columns) + columns

    edits: list[Edit] = []
    i, j = n, m
    while i or j:
        if i and j and cost[i, j] == cost[i - 1, j - 1] + (0 if ref[i - 1] == hyp[j - 1] else step + 1):
            i, j = i - 1, j - 1
            edits.append(Edit("hit" if ref[i] == hyp[j] else "substitution", ref[i], hyp[j]))
        elif i and cost[i, j] == cost[i - 1, j] + step:
            i -= 1
            edits.append(Edit("deletion", ref[i], None))
        else:
            j -= 1
            edits.append(Edit("insertion", None, hyp[j]))
    return edits[::-1]


def count(edits: Iterable[Edit]) -> ErrorCounts:
    """Edits by kind."""
    kinds = [e.kind for e in edits]
    return ErrorCounts(*(kinds.count(k) for k in ("hit", "substitution", "deletion", "insertion")))


def word_errors(reference: str, hypothesis: str) -> ErrorCounts:
    """Word errors of two raw texts, normalised first; `.rate` is the WER."""
    return count(align(normalize(reference).split(), normalize(hypothesis).split()))


def character_errors(reference: str, hypothesis: str) -> ErrorCounts:
    """Character errors of two raw texts, normalised first, spaces counted as characters; `.rate` is the CER."""
    return count(align(normalize(reference), normalize(hypothesis)))
