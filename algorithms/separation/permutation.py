"""Which output is which speaker? A network that separates has no way to know the order in which we list the truths.

Permutation invariant training (Yu et al. 2017; Kolbæk et al. 2017) tries every order and lets the best one count.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np

from .metrics import si_sdr_db


def pairwise(estimates: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """SI-SDR in dB of each estimate [k, n] against each source [k, n]: float [k estimates, k sources]."""
    return np.array([[si_sdr_db(estimate, source) for source in sources] for estimate in estimates])


def _square(scores: np.ndarray) -> np.ndarray:
    scores = np.asarray(scores, np.float64)
    if scores.ndim != 2 or scores.shape[0] != scores.shape[1] or not len(scores):
        raise ValueError(f"There must be as many outputs as sources, not {scores.shape}.")
    return np.where(np.isnan(scores), -120.0, scores)  # a silent output is as wrong as can be


def all_orders(scores: np.ndarray) -> list[tuple[tuple[int, ...], float]]:
    """Every order with its loss, the best first: k! of them.

    Parameters
    ----------
    scores : np.ndarray
        [k, k] SI-SDR in dB, row: output, column: source.

    Returns
    -------
    list of (order, loss)
        ``order[j]`` is the output that is taken for source j; the loss is the negative mean SI-SDR in dB.
    """
    scores = _square(scores)
    k = len(scores)
    found = [(order, -float(np.mean([scores[order[j], j] for j in range(k)]))) for order in permutations(range(k))]
    return sorted(found, key=lambda one: one[1])


def best_order(scores: np.ndarray) -> tuple[int, ...]:
    """The order with the least loss, found by trying all (see `all_orders`)."""
    return all_orders(scores)[0][0]


def best_order_by_assignment(scores: np.ndarray) -> tuple[int, ...]:
    """The same by the Hungarian method, in about k³ steps instead of k! (Dovrat et al. 2021)."""
    from scipy.optimize import linear_sum_assignment

    sources, outputs = linear_sum_assignment(-_square(scores).T)
    return tuple(int(output) for _, output in sorted(zip(sources, outputs, strict=True)))
