"""Scores and orders: hand cases, asteroid, brute force."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms import separation as sep


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, shape)


def test_an_error_at_a_right_angle_counts_as_its_energy():
    source, error = np.array([1.0, -1, 1, -1]), np.array([1.0, 1, -1, -1])
    assert sep.si_sdr_db(source + 0.1 * error, source) == pytest.approx(20)
    assert sep.sdr_db(source + 0.1 * error, source) == pytest.approx(20)
    found = sep.parts_of(3 * source + error, source)
    assert found.scale == pytest.approx(3)
    np.testing.assert_allclose(found.error, error, atol=1e-12)


def test_a_gain_changes_sdr_only():
    source = noise(800)
    estimate = source + 0.3 * noise(800, seed=1)
    assert sep.si_sdr_db(-5 * estimate, source) == pytest.approx(sep.si_sdr_db(estimate, source))
    assert sep.sdr_db(2 * source, source) == pytest.approx(0)
    assert sep.sdr_db(-source, source) == pytest.approx(-20 * np.log10(2))
    assert sep.sdr_db(estimate, source) > sep.sdr_db(5 * estimate, source)


def test_perfect_and_hopeless_stay_finite_and_silence_has_no_score():
    source = noise(800)
    assert sep.si_sdr_db(source, source) == pytest.approx(120)
    assert sep.si_sdr_db(np.array([1.0, 1, -1, -1]), np.array([1.0, -1, 1, -1])) == pytest.approx(-120)
    assert np.isnan(sep.si_sdr_db(np.zeros(800), source))
    assert np.isnan(sep.si_sdr_db(source, np.zeros(800)))
    assert np.isnan(sep.sdr_db(source, np.zeros(800)))


def test_asteroid_gives_the_same_numbers():
    from models import torchaudio_guard

    torchaudio_guard.install()
    import torch
    from asteroid.losses import PITLossWrapper, pairwise_neg_sisdr

    sources = noise(3, 1600)
    estimates = sources[[2, 0, 1]] + 0.5 * noise(3, 1600, seed=1) + 0.2
    ours = sep.pairwise(estimates, sources)
    both = [torch.from_numpy(x)[None] for x in (estimates, sources)]
    theirs = -pairwise_neg_sisdr(*both)[0].numpy()
    np.testing.assert_allclose(10 ** (ours / 10), 10 ** (theirs / 10), rtol=1e-5, atol=1e-7)  # it adds 1e-8 to ratios
    order, loss = sep.all_orders(ours)[0]
    assert order == (1, 2, 0)
    assert loss == pytest.approx(float(PITLossWrapper(pairwise_neg_sisdr)(*both)), abs=1e-4)


def test_the_improvement_is_over_the_mixture():
    sources = noise(2, 1600)
    mixture = sources.sum(0)
    gain = sep.improvement_db(sources[0], sources[0], mixture)
    assert gain == pytest.approx(120 - sep.si_sdr_db(mixture, sources[0]))


@pytest.mark.parametrize(
    ("estimate", "source"), [(np.ones(3), np.ones(4)), (np.ones((2, 4)), np.ones((2, 4))), (np.ones(0), np.ones(0))]
)
def test_sounds_that_do_not_fit_are_refused(estimate, source):
    with pytest.raises(ValueError, match="two sounds of one length"):
        sep.si_sdr_db(estimate, source)


def test_values_that_are_no_numbers_are_refused():
    with pytest.raises(ValueError, match="no numbers"):
        sep.si_sdr_db(np.array([np.nan, 1.0]), np.ones(2))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5), st.integers(0, 10**6))
def test_both_ways_find_the_best_order(k, seed):
    scores = np.random.default_rng(seed).normal(0, 8, (k, k))
    means = [np.mean([scores[order[j], j] for j in range(k)]) for order in permutations(range(k))]
    for order in (sep.best_order(scores), sep.best_order_by_assignment(scores)):
        assert np.mean([scores[order[j], j] for j in range(k)]) == pytest.approx(max(means))
    losses = [loss for _, loss in sep.all_orders(scores)]
    assert losses == sorted(losses)
    assert losses[0] == pytest.approx(-max(means))


def test_a_silent_output_is_as_wrong_as_can_be():
    scores = np.array([[np.nan, np.nan], [3.0, 9.0]])
    assert sep.best_order(scores) == sep.best_order_by_assignment(scores) == (0, 1)


def test_more_outputs_than_sources_are_refused():
    with pytest.raises(ValueError, match="as many outputs as sources"):
        sep.all_orders(np.zeros((2, 3)))
