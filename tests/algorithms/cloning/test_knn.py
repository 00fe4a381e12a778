"""Neighbours against scikit-learn, the path against every path there is."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from algorithms.cloning import knn


def features(rows: int, seed: int, width: int = 6) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, width)).astype(np.float32)


def test_rows_have_unit_length_and_lose_what_all_have_in_common():
    rows = knn.normalised(features(50, 0) + 7)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert np.allclose(rows, knn.normalised(features(50, 0) - 3), atol=1e-4)
    assert np.isfinite(knn.normalised(np.ones((3, 4)))).all(), "a constant has no direction left, and no NaN either"


@pytest.mark.parametrize("k", [1, 3, 40, 100])
def test_neighbours_are_scikit_learns(k):
    source, reference = knn.normalised(features(30, 1)), knn.normalised(features(40, 2))
    found = knn.nearest(source, reference, k)
    k = min(k, 40)
    distance, _ = NearestNeighbors(n_neighbors=k, metric="cosine", algorithm="brute").fit(reference).kneighbors(source)
    assert found.frames.shape == (30, k)
    assert np.allclose(found.similarity, 1 - distance, atol=1e-5)
    assert np.allclose(np.einsum("td,tkd->tk", source, reference[found.frames]), found.similarity, atol=1e-5)


@pytest.mark.parametrize("continuity", [0.0, 0.05, 0.5, 5.0])
@pytest.mark.parametrize("seed", range(4))
def test_the_path_is_the_cheapest_of_all(seed, continuity):
    spectra = features(12, seed + 10, 3)
    found = knn.nearest(knn.normalised(features(6, seed)), knn.normalised(features(12, seed + 20)), 3)
    path = knn.smoothest_path(found, spectra, continuity)
    every = [knn.path_cost(found, np.array(p), spectra, continuity) for p in product(range(3), repeat=6)]
    assert knn.path_cost(found, path, spectra, continuity) == pytest.approx(min(every), abs=1e-5)
    if not continuity:
        assert path.tolist() == [0] * 6


def test_going_on_in_the_reference_is_free_and_a_jump_costs_what_is_heard():
    spectra = features(10, 5, 4)
    costs = knn.join_costs(np.array([2, 9]), np.array([3, 7]), spectra)
    assert costs[0, 0] == pytest.approx(0, abs=1e-3)
    assert costs[0, 1] == pytest.approx(np.sqrt(np.mean((spectra[3] - spectra[7]) ** 2)), rel=1e-4)
    assert costs[1, 1] == pytest.approx(np.sqrt(np.mean((spectra[9] - spectra[7]) ** 2)), rel=1e-4), (
        "after the last row"
    )


def test_one_moment_has_a_path_of_one():
    found = knn.nearest(knn.normalised(features(2, 0))[:1], knn.normalised(features(5, 1)), 2)
    assert knn.smoothest_path(found, features(5, 2), 1.0).tolist() == [0]
