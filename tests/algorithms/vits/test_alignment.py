"""Monotonic alignment search against every alignment there is, and against an independent implementation."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from algorithms.vits.alignment import count_paths, log_likelihood, search


def every_alignment(tokens: int, frames: int):
    """Yield the token of each frame, for all ways to choose the frames at which one moves on."""
    for moves in combinations(range(1, frames), tokens - 1):
        yield np.searchsorted(moves, np.arange(frames), side="right")


def random_table(seed: int, tokens: int, frames: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(-20, 10, (tokens, frames))


@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(0, 5))
def test_the_best_of_all_alignments(seed, tokens, spare):
    frames = tokens + spare
    log_p = random_table(seed, tokens, frames)
    scores = [log_p[path, np.arange(frames)].sum() for path in every_alignment(tokens, frames)]
    assert len(scores) == count_paths(tokens, frames)
    found = search(log_p)
    assert found.score == pytest.approx(max(scores))
    assert log_p[found.token_of, np.arange(frames)].sum() == pytest.approx(found.score)


@given(st.integers(0, 10_000), st.integers(1, 20), st.integers(0, 40))
def test_every_path_is_monotonic_and_complete(seed, tokens, spare):
    found = search(random_table(seed, tokens, tokens + spare))
    assert found.token_of[0] == 0
    assert found.token_of[-1] == tokens - 1
    assert set(np.diff(found.token_of)) <= {0, 1}
    assert found.frames.sum() == tokens + spare
    assert found.frames.min() >= 1


def test_like_the_packaged_implementation():
    import torch
    from monotonic_alignment_search import maximum_path

    for seed, tokens, frames in ((1, 7, 30), (2, 40, 90), (3, 12, 12)):
        log_p = random_table(seed, tokens, frames)
        mask = torch.ones(1, tokens, frames)
        theirs = maximum_path(torch.tensor(log_p, dtype=torch.float32)[None], mask)[0].numpy()
        ours = search(log_p)
        assert np.array_equal(theirs.argmax(0), ours.token_of)


def test_log_likelihood_is_that_of_normal_distributions():
    rng = np.random.default_rng(0)
    z, mean, log_sigma = rng.normal(size=(6, 9)), rng.normal(size=(6, 4)), rng.normal(0, 0.5, (6, 4))
    theirs = norm.logpdf(z[:, None, :], mean[:, :, None], np.exp(log_sigma)[:, :, None]).sum(0)
    np.testing.assert_allclose(log_likelihood(z, mean, log_sigma), theirs, rtol=1e-10)


def test_frames_that_were_drawn_from_distant_priors_are_found_again():
    rng = np.random.default_rng(1)
    frames = np.array([3, 1, 5, 2])
    mean = 10 * rng.normal(size=(8, 4))
    z = np.repeat(mean, frames, axis=1) + rng.normal(size=(8, 11))
    assert search(log_likelihood(z, mean, np.zeros_like(mean))).frames.tolist() == frames.tolist()


def test_bad_tables_are_refused():
    for shape in ((0, 3), (3, 2), (3, 0)):
        with pytest.raises(ValueError, match="frame of its own"):
            search(np.zeros(shape))
    for odd in (np.nan, np.inf):
        with pytest.raises(ValueError, match="finite"):
            search(np.full((2, 3), odd))
    with pytest.raises(ValueError, match="same channels"):
        log_likelihood(np.zeros((3, 4)), np.zeros((2, 2)), np.zeros((2, 2)))
    assert count_paths(3, 2) == 0
