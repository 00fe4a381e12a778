"""Dynamic time warping: every path tried on small matrices, librosa on larger ones, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from algorithms.signal.dtw import accumulated, dtw

COSTS = arrays(np.float64, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=4), elements=st.integers(-9, 9))


def every_path(n, m):
    """All monotonic paths from the first cell to the last."""

    def walk(path):
        i, j = path[-1]
        if (i, j) == (n - 1, m - 1):
            yield path
            return
        for a, b in ((i + 1, j + 1), (i + 1, j), (i, j + 1)):
            if a < n and b < m:
                yield from walk([*path, (a, b)])

    return walk([(0, 0)])


@given(COSTS)
@settings(max_examples=80, deadline=None)
def test_no_path_is_cheaper(cost):
    rows, columns, total = dtw(cost)
    best = min(sum(cost[cell] for cell in path) for path in every_path(*cost.shape))
    assert total == pytest.approx(best, abs=1e-9)
    assert cost[rows, columns].sum() == pytest.approx(best, abs=1e-9)


@given(COSTS)
@settings(max_examples=80, deadline=None)
def test_the_path_is_one(cost):
    rows, columns, _ = dtw(cost)
    assert (rows[0], columns[0]) == (0, 0)
    assert (rows[-1] + 1, columns[-1] + 1) == cost.shape
    steps = set(zip(np.diff(rows).tolist(), np.diff(columns).tolist(), strict=True))
    assert steps <= {(1, 1), (1, 0), (0, 1)}
    assert max(cost.shape) <= len(rows) < sum(cost.shape)


@given(COSTS)
@settings(max_examples=40, deadline=None)
def test_transposing_transposes(cost):
    np.testing.assert_allclose(accumulated(cost.T), accumulated(cost).T, atol=1e-9)


@pytest.mark.parametrize("shape", [(1, 7), (7, 1), (20, 33), (90, 1237)])
def test_librosa_finds_the_same(shape):
    import librosa

    cost = np.random.default_rng(0).normal(size=shape)
    rows, columns, total = dtw(cost)
    theirs, path = librosa.sequence.dtw(C=cost)
    np.testing.assert_allclose(accumulated(cost), theirs, atol=1e-8)
    assert total == pytest.approx(theirs[-1, -1])
    np.testing.assert_array_equal(np.stack([rows, columns], 1), path[::-1])


def test_known_answers():
    rows, columns, total = dtw(np.array([[1, 2, 9], [9, 1, 1]]))
    assert (rows.tolist(), columns.tolist(), total) == ([0, 1, 1], [0, 1, 2], 3.0)
    rows, columns, total = dtw(np.zeros((3, 3)))  # all are equally cheap: the diagonal
    assert (rows.tolist(), columns.tolist(), total) == ([0, 1, 2], [0, 1, 2], 0.0)
    assert dtw(np.array([[5.0]]))[2] == 5.0


@pytest.mark.parametrize("cost", [np.zeros((0, 3)), np.zeros((3, 0)), np.zeros(4), np.zeros((2, 2, 2))])
def test_without_cells_there_is_no_path(cost):
    with pytest.raises(ValueError, match="at least one row and one column"):
        dtw(cost)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_refused(value):
    cost = np.zeros((3, 3))
    cost[1, 2] = value
    with pytest.raises(ValueError, match="NaN or infinity"):
        dtw(cost)
