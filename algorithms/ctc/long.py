"""The likeliest alignment of a long target on many frames: the same answer as `ctc.viterbi`, in little memory.

`ctc.viterbi` keeps a byte for every cell, 480 MB for ten minutes with 8,000 letters. Here a row of scores is kept every
few hundred frames and the rest is computed again on the way back (checkpointing, as in Grice, Hughey and Speck,
*Reduced space sequence alignment*, 1997). A path rises by at most two states a frame, so going back over a block of
`BLOCK` frames needs no more than 2 x BLOCK states: the second computation costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from algorithms.ctc.core import AlignedToken, _check_target, check_log_probs
from algorithms.ctc.paths import BLANK, CtcError, extend, skip_allowed

BLOCK = 200  # frames between two kept rows
MAX_CELLS = 2_000_000_000  # about ten seconds of work; ten minutes with 8,000 letters are a quarter of it

Progress = Callable[[float], object]
"""Called with the share done, 0 to 1; may raise to stop the work."""


def viterbi(
    log_probs: np.ndarray, tokens: Sequence[int], blank: int = BLANK, progress: Progress | None = None
) -> tuple[np.ndarray, float]:
    """The likeliest alignment of a target; see `ctc.viterbi`, whose result it equals.

    Parameters
    ----------
    log_probs : float [T, V], natural logarithms, rows sum to one
    tokens : L token numbers
    progress : told how far it is

    Returns
    -------
    path : int32 [T]
        State of each frame, as numbered by `ctc.extend`.
    score : float
        Its log probability.

    Raises
    ------
    CtcError
        As `ctc.viterbi`, but for eight times as many cells.

    Notes
    -----
    Time grows with T x L, memory with (T / BLOCK) x L.
    """
    log_probs = check_log_probs(log_probs)
    _check_target(log_probs, tokens, blank, MAX_CELLS)
    states = np.array(extend(tokens, blank))
    no_skip = np.where(skip_allowed(states, blank), 0.0, -np.inf)
    n_frames, n_states = len(log_probs), len(states)
    score = np.full(n_states, -np.inf)
    score[:2] = log_probs[0, states[:2]]
    kept = [score]  # row k is the scores after frame k * BLOCK
    for start in range(0, n_frames - 1, BLOCK):
        score = _forward(log_probs[start + 1 : start + 1 + BLOCK], states, no_skip, score)
        kept.append(score)
        if progress is not None:
            progress(min(1.0, (start + BLOCK) / n_frames))
    state = n_states - 1 if n_states == 1 or score[-1] >= score[-2] else n_states - 2
    best = float(score[state])
    if best == -np.inf:
        raise CtcError("Every alignment of this target meets a frame of probability zero: soften the emissions.")
    path = np.empty(n_frames, np.int32)
    path[-1] = state
    for block in range(len(kept) - 2, -1, -1):
        start = block * BLOCK
        rows = log_probs[start + 1 : start + 1 + BLOCK]
        low = max(0, state - 2 * len(rows))  # no path to `state` comes from lower down
        back = _pointers(rows, states[low : state + 1], no_skip[low : state + 1], kept[block][low : state + 1])
        for i in range(len(rows) - 1, -1, -1):
            path[start + 1 + i] = state
            state -= int(back[i, state - low])
        path[start] = state
    return path, best


def _step(score: np.ndarray, no_skip: np.ndarray, ways: np.ndarray) -> np.ndarray:
    """Fill `ways` [3, S] with what staying, a step and a skip bring; its rows' unreachable beginnings stay -inf."""
    ways[0] = score
    ways[1, 1:] = score[:-1]
    np.add(score[:-2], no_skip[2:], out=ways[2, 2:])
    return ways


def _forward(rows: np.ndarray, states: np.ndarray, no_skip: np.ndarray, score: np.ndarray) -> np.ndarray:
    ways = np.full((3, len(states)), -np.inf)
    emission = np.empty(len(states))
    for row in rows:
        _step(score, no_skip, ways)
        score = np.maximum(ways[0], ways[1])
        np.maximum(score, ways[2], out=score)
        np.take(row, states, out=emission, mode="clip")
        score += emission
    return score


def _pointers(rows: np.ndarray, states: np.ndarray, no_skip: np.ndarray, score: np.ndarray) -> np.ndarray:
    """By how many states the best way into each cell rose, int8 [frames, S]."""
    ways = np.full((3, len(states)), -np.inf)
    back = np.empty((len(rows), len(states)), np.int8)
    for i, row in enumerate(rows):
        back[i] = _step(score, no_skip, ways).argmax(0)
        score = ways.max(0) + row[states]
    return back


def tokens_on(path: np.ndarray, tokens: Sequence[int], log_probs: np.ndarray) -> list[AlignedToken]:
    """The tokens of a path of states with their frames and mean probability, as `ctc.forced_align` returns them."""
    starts = np.flatnonzero(np.diff(path, prepend=-1))
    found = []
    for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(path)], strict=True):
        if path[start] % 2:  # odd states are tokens, even ones blanks
            token = int(tokens[path[start] // 2])
            found.append(AlignedToken(token, start, end, float(np.exp(log_probs[start:end, token]).mean())))
    return found
