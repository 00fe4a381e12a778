"""Prefix beam search for CTC, with a character language model, an insertion bonus and hot words.

The search sums the paths of each labelling (prefix) as it goes, which greedy decoding does not, and can ask a language
model about each new letter. Sources: Graves, *Supervised Sequence Labelling with Recurrent Neural Networks* (2012),
section 7.5; Hannun, Maas, Jurafsky and Ng, *First-Pass Large Vocabulary Continuous Speech Recognition using
Bi-Directional Recurrent DNNs* (2014), algorithm 1, from where the language model's weight and the insertion bonus come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import exp, inf, log, log1p
from typing import NamedTuple

import numpy as np

from algorithms.ctc.core import check_log_probs
from algorithms.ctc.paths import BLANK, CtcError


class Beam(NamedTuple):
    """One prefix after some frames; its parent in the tree of prefixes is `tokens[:-1]`."""

    tokens: tuple[int, ...]
    log_blank: float  # log probability of all its paths that end in the blank
    log_token: float  # log probability of all its paths that end in its last token
    extra: float  # what language model, insertion bonus and hot words add

    @property
    def log_prob(self) -> float:
        """Log probability that the frames so far collapse to these tokens."""
        return _add(self.log_blank, self.log_token)

    @property
    def score(self) -> float:
        """What beams are ranked by."""
        return self.log_prob + self.extra


def _add(a: float, b: float) -> float:
    """log(e^a + e^b) of two floats; math's functions are ten times faster here than NumPy's."""
    if a < b:
        a, b = b, a
    return a if b == -inf else a + log1p(exp(b - a))


class CharNgram:
    """A character n-gram language model with Witten-Bell smoothing (Bell, Cleary and Witten 1990).

    p(c | h) = (count(h c) + n(h) p(c | h without its first letter)) / (count(h) + n(h)), where n(h) is how many
    different letters were seen after h; below the unigrams all of the alphabet is equally likely.

    Parameters
    ----------
    texts : sentences in the letters of the model; each is read as a line of its own, with a space before it
    order : letters that a prediction looks at, the predicted one included
    """

    def __init__(self, texts: Iterable[str], order: int = 5):
        if order < 1:
            raise ValueError(f"An n-gram looks at 1 letter or more, not {order}: choose an order from 1 to 8.")
        self.order = order
        self.after: dict[str, Counter] = {}
        for text in texts:
            line = " " + text.strip()
            for i in range(1, len(line)):
                for n in range(order):
                    if n <= i:
                        self.after.setdefault(line[i - n : i], Counter())[line[i]] += 1
        if not self.after:
            raise ValueError("A language model needs text to count letters in: give at least one sentence.")
        self.total = {history: sum(counts.values()) for history, counts in self.after.items()}
        self.alphabet = max(27, len(self.after[""]))

    def prob(self, history: str, letter: str) -> float:
        """Probability of `letter` after `history`, above 0 and below 1."""
        history = (" " + history)[-(self.order - 1) :] if self.order > 1 else ""
        p = 1 / (self.alphabet + 1)  # one place for letters never seen
        for start in range(len(history), -1, -1):
            counts = self.after.get(history[start:])
            if counts is None:
                break
            total = self.total[history[start:]]
            p = (counts[letter] + len(counts) * p) / (total + len(counts))
        return p


def beam_search(
    log_probs: np.ndarray,
    vocab: Sequence[str],
    width: int = 8,
    *,
    language_model: CharNgram | None = None,
    lm_weight: float = 0.5,
    insertion_bonus: float = 0.0,
    hot_words: Sequence[str] = (),
    hot_bonus: float = 1.0,
    min_prob: float = 1e-5,
    blank: int = BLANK,
) -> list[list[Beam]]:
    """Search for the likeliest labellings, keeping every step.

    Parameters
    ----------
    log_probs : float [T, V], natural logarithms, rows sum to one
    vocab : the V symbols; the language model and the hot words read prefixes as the text they spell
    width : prefixes kept after each frame, 1 or more
    language_model, lm_weight : each new letter adds `lm_weight` times its log probability
    insertion_bonus : added for each letter; makes up for what the language model takes
    hot_words, hot_bonus
        Each letter of a hot word adds `hot_bonus`; a beginning of one counts while it may still become the word, and no
        longer once the text goes elsewhere or ends.
    min_prob : symbols less likely than this in a frame are not tried there; 0 tries all

    Returns
    -------
    list of T lists of Beam
        The beams after each frame, best first. `result[-1][0].tokens` is the transcript.

    Raises
    ------
    CtcError
        The emissions are no log probabilities, or the width is below 1.
    """
    log_probs = check_log_probs(log_probs)
    if width < 1:
        raise CtcError(f"A beam {width} wide keeps nothing: choose a width of 1 or more.")
    if len(vocab) != log_probs.shape[1]:
        raise CtcError(f"The emissions have {log_probs.shape[1]} symbols and the vocabulary {len(vocab)}: use its own.")
    floor = log(min_prob) if min_prob > 0 else -inf
    hot = {word.strip() for word in hot_words if word.strip()}
    beginnings = {word[:n] for word in hot for n in range(1, len(word) + 1)}
    texts: dict[tuple[int, ...], str] = {(): ""}
    lm_sums: dict[tuple[int, ...], float] = {(): 0.0}

    def extra(prefix: tuple[int, ...], final: bool) -> float:
        if not prefix:
            return 0.0
        if prefix not in texts:
            before, letter = texts[prefix[:-1]], vocab[prefix[-1]]
            texts[prefix] = before + letter
            lm_sums[prefix] = lm_sums[prefix[:-1]] + (log(language_model.prob(before, letter)) if language_model else 0)
        total = lm_weight * lm_sums[prefix] + insertion_bonus * len(prefix)
        if hot:
            *words, last = texts[prefix].replace("|", " ").split(" ")
            total += hot_bonus * sum(len(word) for word in words if word in hot)
            total += hot_bonus * len(last) * (last in (hot if final else beginnings))
        return total

    beams = {(): (0.0, -inf)}  # prefix -> (log_blank, log_token)
    steps = []
    for t, row in enumerate(log_probs.tolist()):
        final = t == len(log_probs) - 1
        tried = [(symbol, lp) for symbol, lp in enumerate(row) if lp > floor and symbol != blank]
        ends: dict[tuple[int, ...], list[float]] = {}
        for prefix, (log_blank, log_token) in beams.items():
            both = _add(log_blank, log_token)
            own = ends.setdefault(prefix, [-inf, -inf])
            own[0] = _add(own[0], both + row[blank])
            if prefix:  # the last token goes on: the prefix stays
                own[1] = _add(own[1], log_token + row[prefix[-1]])
            for symbol, lp in tried:
                longer = ends.setdefault((*prefix, symbol), [-inf, -inf])
                # A token again makes a new letter only after a blank, else it merges into the last one.
                came = log_blank if prefix and symbol == prefix[-1] else both
                longer[1] = _add(longer[1], came + lp)
        ranked = [Beam(prefix, *logs, extra(prefix, final)) for prefix, logs in ends.items() if max(logs) > -inf]
        ranked.sort(key=lambda beam: -beam.score)
        steps.append(ranked[:width])
        beams = {beam.tokens: (beam.log_blank, beam.log_token) for beam in steps[-1]}
    return steps
