"""Connectionist temporal classification (CTC): from one probability row a frame to letters, and letters to frames.

Source of everything here: Graves, Fernández, Gomez and Schmidhuber, *Connectionist Temporal Classification: Labelling
Unsegmented Sequence Data with Recurrent Neural Networks* (ICML 2006), section numbers below.

Conventions: `log_probs` is float [T, V], natural logarithms, one row a frame, each row summing to one after `exp`; its
column `blank` (0) is the blank. A *target* of L tokens becomes S = 2L + 1 *states*, blanks between and around the
tokens (section 4.1): blank, t1, blank, t2, ..., blank. A path may stay in a state, go on by one, or skip a blank
between two different tokens. What needs no probabilities is in `paths`, prefix beam search in `beam`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np

from algorithms.ctc.paths import BLANK, CtcError, collapse, extend, frames_needed, skip_allowed

MAX_TRELLIS_CELLS = 20_000_000  # forward and backward in float64: 320 MB
MAX_VITERBI_CELLS = 250_000_000  # one byte a cell; ten minutes with 4,000 letters
# A network names a letter only once its sound has begun. Against the times that a synthetic voice keeps of its sounds,
# `ctc/whisper-tiny` puts the first letter of a word 18 ms late (median of 356 words by flite's untrained voice awb).
LATE_FRAMES = 1


# ---------------------------------------------------------------- checks


def check_log_probs(log_probs: np.ndarray) -> np.ndarray:
    """`log_probs` as float64, or a `CtcError` that says what is wrong with its shape or values."""
    log_probs = np.asarray(log_probs, np.float64)
    if log_probs.ndim != 2 or not len(log_probs) or log_probs.shape[1] < 2:
        raise CtcError(
            f"Emissions must be frames x symbols, at least 1 x 2, not {log_probs.shape}: record a longer clip."
        )
    if np.isnan(log_probs).any() or log_probs.max() > 1e-3:
        raise CtcError("Emissions must be log probabilities (numbers up to 0, none of them NaN): apply log-softmax.")
    return log_probs


def _check_target(log_probs: np.ndarray, tokens: Sequence[int], blank: int, max_cells: int) -> None:
    frames, symbols = log_probs.shape
    wrong = [token for token in tokens if not 0 <= token < symbols or token == blank]
    if wrong:
        raise CtcError(
            f"Token {wrong[0]} can't be in a target: tokens are 0 to {symbols - 1} without the blank, {blank}."
        )
    needed = frames_needed(tokens)
    if needed > frames:
        repeats = needed - len(tokens)
        why = f"{len(tokens)} symbols take one frame each"
        why += f", and {repeats} equal neighbours need a blank between them" if repeats else ""
        raise CtcError(
            f"The target needs at least {needed} frames ({why}), but the clip has {frames}: "
            "use a longer clip, a shorter text, or a model with finer frames."
        )
    cells = frames * (2 * len(tokens) + 1)
    if cells > max_cells:
        raise CtcError(
            f"{frames} frames x {2 * len(tokens) + 1} states are {cells / 1e6:.0f} million cells, and at most "
            f"{max_cells / 1e6:.0f} million fit here: cut the clip into shorter pieces, each with its own text."
        )


def greedy(log_probs: np.ndarray, blank: int = BLANK) -> list[int]:
    """Best path decoding (section 3.2.1): the likeliest symbol of each frame, collapsed.

    It finds the likeliest *path*; the likeliest *labelling* may be another one, whose many paths add up to more.
    """
    return collapse(check_log_probs(log_probs).argmax(1).tolist(), blank).labels


# ---------------------------------------------------------------- forward, backward, occupancy, gradient


@dataclass(frozen=True)
class Trellis:
    """Forward-backward over the states of one target (section 4.1), all values natural logarithms.

    Attributes
    ----------
    states : int [S], the symbol of each state
    forward : float64 [T, S]
        log alpha: all ways from the start to state s at frame t, the emission of frame t included.
    backward : float64 [T, S]
        log beta: all ways on from there to the end, the emission of frame t not included (Graves includes it).
    log_likelihood : float
        log p(target | emissions), the sum over all alignments; -inf where none is possible.
    """

    states: np.ndarray
    forward: np.ndarray
    backward: np.ndarray
    log_likelihood: float

    @property
    def occupancy(self) -> np.ndarray:
        """Probability of being in state s at frame t given the target, float64 [T, S]; each row sums to one."""
        if self.log_likelihood == -np.inf:
            raise CtcError("No alignment of this target has any probability, so no state is occupied.")
        return np.exp(self.forward + self.backward - self.log_likelihood)


def trellis(log_probs: np.ndarray, tokens: Sequence[int], blank: int = BLANK) -> Trellis:
    """Forward and backward variables of `tokens`; an empty target is all blanks.

    Raises
    ------
    CtcError
        The target needs more frames than there are, or names a symbol that does not exist.
    """
    log_probs = check_log_probs(log_probs)
    _check_target(log_probs, tokens, blank, MAX_TRELLIS_CELLS)
    states = np.array(extend(tokens, blank))
    emission = log_probs[:, states]  # [T, S]
    skip = skip_allowed(states, blank)
    forward, backward = _forward(emission, skip), _backward(emission, skip)
    return Trellis(states, forward, backward, float(np.logaddexp.reduce(forward[-1, -2:])))


def _forward(emission: np.ndarray, skip: np.ndarray) -> np.ndarray:
    frames, n_states = emission.shape
    out = np.full((frames, n_states), -np.inf)
    out[0, :2] = emission[0, :2]
    for t in range(1, frames):
        before = out[t - 1]
        now = before.copy()
        np.logaddexp(now[1:], before[:-1], out=now[1:])
        np.logaddexp(now[2:], before[:-2], out=now[2:], where=skip[2:])
        out[t] = now + emission[t]
    return out


def _backward(emission: np.ndarray, skip: np.ndarray) -> np.ndarray:
    out = np.full(emission.shape, -np.inf)
    out[-1, -2:] = 0.0
    for t in range(len(emission) - 2, -1, -1):
        after = out[t + 1] + emission[t + 1]
        now = after.copy()
        np.logaddexp(now[:-1], after[1:], out=now[:-1])
        np.logaddexp(now[:-2], after[2:], out=now[:-2], where=skip[2:])
        out[t] = now
    return out


def log_likelihood(log_probs: np.ndarray, tokens: Sequence[int], blank: int = BLANK) -> float:
    """Log probability of the target; its negative is the CTC loss."""
    return trellis(log_probs, tokens, blank).log_likelihood


def symbol_occupancy(log_probs: np.ndarray, tokens: Sequence[int], blank: int = BLANK) -> np.ndarray:
    """Probability of emitting each symbol at each frame given the target, [T, V]: occupancy summed by symbol."""
    found = trellis(log_probs, tokens, blank)
    out = np.zeros(np.shape(log_probs))
    np.add.at(out, (slice(None), found.states), found.occupancy)
    return out


def gradient(log_probs: np.ndarray, tokens: Sequence[int], blank: int = BLANK) -> np.ndarray:
    """Gradient of the CTC loss with respect to the logits whose log-softmax is `log_probs` (equation 16), [T, V].

    What the network says less what the alignments, weighted by how likely it finds them, say it should: each row sums
    to zero, and it vanishes where the two agree.
    """
    return np.exp(check_log_probs(log_probs)) - symbol_occupancy(log_probs, tokens, blank)


# ---------------------------------------------------------------- the best alignment


class AlignedToken(NamedTuple):
    """One token of a forced alignment, on frames `start_frame` to `end_frame`, the end not included."""

    token: int
    start_frame: int
    end_frame: int
    prob: float  # mean probability of the token over its frames


class AlignedWord(NamedTuple):
    """Tokens between two separators, on frames `start_frame` to `end_frame`, the end not included."""

    text: str
    start_frame: int
    end_frame: int
    prob: float  # mean probability over its tokens' frames


def viterbi(log_probs: np.ndarray, tokens: Sequence[int], blank: int = BLANK) -> tuple[np.ndarray, float]:
    """The likeliest alignment of a target.

    Returns
    -------
    path : int [T]
        State of each frame, as numbered by `extend`; never falls, and rises by at most 2.
    score : float
        Its log probability, at most `log_likelihood`.

    Notes
    -----
    Time and memory grow with T x L; what is kept is one byte a cell (which way was best).
    """
    log_probs = check_log_probs(log_probs)
    _check_target(log_probs, tokens, blank, MAX_VITERBI_CELLS)
    states = np.array(extend(tokens, blank))
    n_frames, n_states = len(log_probs), len(states)
    # A skip that is not allowed costs infinity, so that one maximum over three rows does the step.
    no_skip = np.where(skip_allowed(states, blank), 0.0, -np.inf)
    ways = np.full((3, n_states), -np.inf)
    back = np.zeros((n_frames, n_states), np.int8)
    score = np.full(n_states, -np.inf)
    score[:2] = log_probs[0, states[:2]]
    for t in range(1, n_frames):
        ways[0] = score
        ways[1, 1:] = score[:-1]
        ways[2, 2:] = score[:-2] + no_skip[2:]
        back[t] = ways.argmax(0)
        score = ways.max(0) + log_probs[t, states]
    state = n_states - 1 if n_states == 1 or score[-1] >= score[-2] else n_states - 2
    best = float(score[state])
    if best == -np.inf:
        raise CtcError("Every alignment of this target meets a frame of probability zero: soften the emissions.")
    path = np.empty(n_frames, int)
    for t in range(n_frames - 1, -1, -1):
        path[t] = state
        state -= int(back[t, state])
    return path, best


def forced_align(log_probs: np.ndarray, tokens: Sequence[int], blank: int = BLANK) -> list[AlignedToken]:
    """When each token of a known target is said: the tokens of the likeliest alignment with their frames.

    Parameters
    ----------
    log_probs : float [T, V], see the module's docstring
    tokens : the target as token numbers (`encode` makes them from text)

    Returns
    -------
    list of AlignedToken
        In order, one for each token, at least a frame long and never overlapping; blank frames belong to none.

    Raises
    ------
    CtcError
        The target is empty, needs more frames than there are, or names a symbol that does not exist.
    """
    if not len(tokens):
        raise CtcError("The target is empty: type at least one letter for the frames to be aligned to.")
    path, _ = viterbi(log_probs, tokens, blank)
    starts = np.flatnonzero(np.diff(path, prepend=-1))
    ends = [*starts[1:], len(path)]
    found = []
    for start, end in zip(starts.tolist(), ends, strict=True):
        if path[start] % 2:  # odd states are tokens, even ones blanks
            token = int(tokens[path[start] // 2])
            prob = float(np.exp(np.asarray(log_probs)[start:end, token]).mean())
            found.append(AlignedToken(token, start, int(end), prob))
    return found


def group_words(aligned: Sequence[AlignedToken], vocab: Sequence[str], separator: str = " ") -> list[AlignedWord]:
    """Join aligned letters into words at the separator token, which belongs to no word.

    A word starts `LATE_FRAMES` before its first letter, but not before the sound; the frame is free, for a separator
    stands before each word but the first.
    """
    words = []
    for is_word, group in groupby(aligned, lambda item: vocab[item.token] != separator):
        if is_word:
            items = list(group)
            lengths = [item.end_frame - item.start_frame for item in items]
            prob = float(np.average([item.prob for item in items], weights=lengths))
            text = "".join(vocab[item.token] for item in items)
            words.append(AlignedWord(text, max(0, items[0].start_frame - LATE_FRAMES), items[-1].end_frame, prob))
    return words
