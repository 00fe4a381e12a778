"""Dynamic time warping: the cheapest monotonic path through a cost matrix.

Sakoe & Chiba, *Dynamic Programming Algorithm Optimization for Spoken Word Recognition* (1978), symmetric form without
slope limit; Whisper uses it to lay tokens over time (`openai/whisper`, timing.py).
"""

from __future__ import annotations

import numpy as np


def accumulated(cost: np.ndarray) -> np.ndarray:
    """The smallest sum of costs with which each cell can be reached from the first.

    ``D[i, j] = cost[i, j] + min(D[i-1, j-1], D[i-1, j], D[i, j-1])``, what lies outside being infinite.

    Parameters
    ----------
    cost : float [n, m]

    Returns
    -------
    float64 [n, m]

    Raises
    ------
    ValueError
        The matrix is empty, or holds NaN or infinity.
    """
    cost = np.asarray(cost, np.float64)
    if cost.ndim != 2 or not cost.size:
        raise ValueError("Dynamic time warping needs a matrix with at least one row and one column.")
    if not np.isfinite(cost).all():
        raise ValueError("The cost matrix holds NaN or infinity: find out where it was computed.")
    total = np.empty_like(cost)
    total[0] = np.cumsum(cost[0])
    for i in range(1, len(cost)):
        above = total[i - 1]
        entered = cost[i] + np.minimum(above, np.append(np.inf, above[:-1]))  # from above or diagonally
        # From the left: D[j] = min(entered[j], D[j-1] + cost[j]). With the row's running sum taken off it is a running
        # minimum, so the row needs no loop.
        along = np.cumsum(cost[i])
        total[i] = along + np.minimum.accumulate(entered - along)
    return total


def dtw(cost: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """The path from the first cell to the last with the smallest sum of costs.

    Each step goes one row down, one column right, or both; of equally cheap ones the diagonal is taken.

    Parameters
    ----------
    cost : float [n, m]

    Returns
    -------
    rows, columns : int [k]
        The cells of the path in order, ``max(n, m) <= k < n + m``.
    total : float
        Sum of the costs on it.

    Raises
    ------
    ValueError
        As for `accumulated`.
    """
    total = accumulated(cost)
    i, j = total.shape[0] - 1, total.shape[1] - 1
    path = [(i, j)]
    while i or j:
        if not i or not j:
            i, j = max(i - 1, 0), max(j - 1, 0)
        else:
            steps = ((i - 1, j - 1), (i - 1, j), (i, j - 1))
            i, j = min(steps, key=lambda cell: total[cell])  # the first of equals: the diagonal
        path.append((i, j))
    rows, columns = np.array(path[::-1]).T
    return rows, columns, float(total[-1, -1])
