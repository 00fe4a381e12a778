"""The toy's numbers: probabilities that travel in the address, every path one by one, gradient steps."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from algorithms import ctc

from .collapse import BLANK, clean_target

MAX_FRAMES, MAX_LETTERS = 12, 5
SCALE = 10_000  # probabilities travel in the address as whole numbers of 1/10000
STEP_SIZE = 1.0  # of a gradient step on the logits


def setting(fields: Mapping[str, Any]) -> tuple[str, list[int], tuple[str, ...], int]:
    """Return target, its tokens, the vocabulary (blank first) and the number of frames."""
    target = clean_target(fields["toy"])[:MAX_LETTERS]
    vocab = (BLANK, *dict.fromkeys(target))
    return target, [vocab.index(c) for c in target], vocab, int(fields["tf"])


def random_probs(n_frames: int, n_symbols: int, seed: int = 6) -> np.ndarray:
    """Return soft random probabilities, [T, V]; the same for the same seed."""
    return np.random.default_rng(seed).dirichlet(np.full(n_symbols, 1.2), n_frames)


def parse(written: str, n_frames: int, n_symbols: int) -> np.ndarray:
    """Read probabilities [T, V] from the address; where none are written for this shape, random ones."""
    try:
        rows = [[int(number) for number in row.split(",")] for row in written.split(";")]
    except ValueError:
        rows = []
    if len(rows) != n_frames or any(len(row) != n_symbols for row in rows):
        return floor(random_probs(n_frames, n_symbols))
    return floor(np.array(rows, float))


def floor(probs: np.ndarray) -> np.ndarray:
    """Return rows that sum to one with nothing below 1/10000, so that every logarithm is finite."""
    probs = np.maximum(np.nan_to_num(np.asarray(probs, float)), 0)
    probs = np.maximum(probs / np.maximum(probs.sum(1, keepdims=True), 1e-12), 1 / SCALE)
    return probs / probs.sum(1, keepdims=True)


def write(probs: np.ndarray) -> str:
    """Write probabilities for the address."""
    return ";".join(",".join(str(max(1, round(p * SCALE))) for p in row) for row in probs)


@lru_cache(maxsize=8)
def _paths(tokens: tuple[int, ...], n_frames: int) -> np.ndarray:
    return np.array(list(ctc.alignments(tokens, n_frames)), np.int8).reshape(-1, n_frames)


def enumerated(log_probs: np.ndarray, tokens: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return every path of the target, [N, T], and its probability, [N], likeliest first: no recursion is used."""
    paths = _paths(tuple(tokens), len(log_probs))
    logs = log_probs[np.arange(len(log_probs)), paths].sum(1)
    order = np.argsort(-logs, kind="stable")
    return paths[order], np.exp(logs[order])


def step(log_probs: np.ndarray, tokens: list[int], count: int) -> tuple[np.ndarray, list[tuple[float, float, float]]]:
    """Take gradient steps on the logits.

    Returns
    -------
    log_probs : the new ones
    history : (loss, mean of each frame's largest probability, mean probability of the blank) after each step
    """
    history = []
    for _ in range(count):
        logits = log_probs - STEP_SIZE * ctc.gradient(log_probs, tokens)
        log_probs = np.log(floor(np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))))
        history.append(measured(log_probs, tokens))
    return log_probs, history


def measured(log_probs: np.ndarray, tokens: list[int]) -> tuple[float, float, float]:
    """Return loss, mean largest probability and mean probability of the blank."""
    p = np.exp(log_probs)
    return -ctc.log_likelihood(log_probs, tokens), float(p.max(1).mean()), float(p[:, 0].mean())
