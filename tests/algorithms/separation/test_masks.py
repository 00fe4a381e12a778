"""Oracle masks with known answers, and long sound in chunks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms import separation as sep
from algorithms.separation.masks import KINDS

RATE = 8000


def tone(hz: float, n: int = 4000) -> np.ndarray:
    return 0.2 * np.sin(2 * np.pi * hz * np.arange(n) / RATE)


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, shape)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 2000), st.integers(0, 100))
def test_the_transform_and_back_is_the_sound(n, seed):
    y = noise(n, seed=seed)
    np.testing.assert_allclose(sep.istft(sep.stft(y), n), y, atol=1e-9)


def test_the_transform_is_pytorchs():
    import torch

    y = noise(3000)
    padded = torch.from_numpy(np.pad(y, (256, 512)))
    window = torch.hann_window(256, dtype=torch.float64)
    theirs = torch.stft(padded, 256, 64, window=window, center=False, return_complex=True).numpy()
    ours = sep.stft(y)
    np.testing.assert_allclose(ours, theirs[:, : ours.shape[1]], atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_tones_that_do_not_overlap_are_taken_apart(kind):
    sources = np.stack([tone(500), tone(2500)])
    masks = sep.ideal_mask(kind, sources)
    assert masks.min() >= 0
    assert masks.max() <= 1
    for mask, source in zip(masks, sources, strict=True):
        assert sep.si_sdr_db(sep.masked(mask, sources.sum(0), "mixture", source), source) > 25


def test_equal_sources_share_every_cell():
    sources = np.stack([tone(500)] * 2)
    middle = np.s_[:, 16, 10:40]  # 500 Hz, away from the edges
    np.testing.assert_allclose(sep.ideal_mask("ratio", sources)[middle], 0.5, atol=1e-6)
    np.testing.assert_allclose(sep.ideal_mask("phase-sensitive", sources)[middle], 0.5, atol=1e-6)


def test_opposite_sources_cancel_and_the_phase_sensitive_mask_knows_the_direction():
    sources = np.stack([tone(500), -0.5 * tone(500)])  # the mixture is half of the first
    first, second = sep.ideal_mask("phase-sensitive", sources)[:, 16, 10:40]
    np.testing.assert_allclose(first, 1, atol=1e-6)  # 2, cut to 1
    np.testing.assert_allclose(second, 0, atol=1e-6)  # -1, cut to 0


def test_phase_matters():
    sources = noise(2, 8000)
    mask = sep.ideal_mask("ratio", sources)[0]
    scores = {
        phase: sep.si_sdr_db(sep.masked(mask, sources.sum(0), phase, sources[0]), sources[0]) for phase in sep.PHASES
    }
    assert scores["true"] > scores["mixture"] + 2
    assert scores["random"] < scores["mixture"] - 10


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="no ideal mask 'soft'"):
        sep.ideal_mask("soft", noise(2, 600))
    with pytest.raises(ValueError, match="no phase 'none'"):
        sep.masked(np.ones((129, 1)), noise(600), "none", noise(600))
    with pytest.raises(ValueError, match="one channel"):
        sep.stft(noise(2, 600))


def split(y: np.ndarray) -> np.ndarray:
    """A separator that knows nothing but its own chunk: what is slow and what is quick, five samples wide."""
    slow = np.convolve(y, np.ones(5) / 5, mode="same")
    return np.stack([slow, y - slow])


@settings(max_examples=30, deadline=None)
@given(st.integers(5, 4000), st.integers(0, 50))
def test_chunks_are_the_whole_away_from_the_edges(n, seed):
    y = noise(n, seed=seed)
    swaps = np.random.default_rng(seed)

    def any_order(piece):
        found = split(piece)
        return found[::-1] if swaps.random() < 0.5 else found

    whole = split(y)
    found = sep.separate_in_chunks(any_order, y, chunk=1000, overlap=300)
    assert found.shape == (2, n)
    np.testing.assert_allclose(found.sum(0), y, atol=1e-6)
    if np.abs(found[0] - whole[0]).max() > np.abs(found[0] - whole[1]).max():
        whole = whole[::-1]  # the first chunk's order is kept, whatever it was
    # a chunk's edge is wrong by two samples, and counts little there
    assert np.abs(found - whole).max() < 0.01
    places = np.array([*range(0, n + 1000, 100), n - 1000, n - 700])  # the last chunk ends with the sound
    edges = np.abs(np.subtract.outer(np.arange(n), places)).min(1) < 3
    np.testing.assert_allclose(found[:, ~edges], whole[:, ~edges], atol=1e-6)


def test_progress_rises_to_one_and_may_stop_the_work():
    shares: list[float] = []
    sep.separate_in_chunks(split, noise(5000), chunk=1000, overlap=300, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1

    class Enough(Exception):
        pass

    def stop(share):
        raise Enough

    with pytest.raises(Enough):
        sep.separate_in_chunks(split, noise(5000), chunk=1000, overlap=300, progress=stop)


def test_chunks_that_overlap_too_much_are_refused():
    with pytest.raises(ValueError, match="can't overlap by 600"):
        sep.separate_in_chunks(split, noise(5000), chunk=1000, overlap=600)
