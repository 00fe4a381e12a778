"""Tokens, the units that one hears, whole frames, edits, and noise that stays where it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from algorithms.vits import durations
from algorithms.vits.tokens import encode, units

NUMBERS = {s: [i] for i, s in enumerate("_^$ ,.ˈˌːabdeətʃɪɜhlo")}
IPA = st.text("".join(NUMBERS), min_size=1, max_size=30)


def test_a_blank_after_every_symbol():
    found = encode("hˈa, b", NUMBERS)
    assert "".join(found.symbols) == "^_h_ˈ_a_,_ _b_$"
    assert found.ids == tuple(NUMBERS[s][0] for s in found.symbols)
    assert encode("hx9a", NUMBERS).left_out == "x9"


def test_what_can_not_be_said():
    for text in ("", " ", ",.", "^_$", "x9"):
        with pytest.raises(ValueError, match="nothing to say"):
            encode(text, NUMBERS)


def test_units_are_what_one_hears():
    found = units(encode("bˈɜːtʃ, ˈaɪ.", NUMBERS).symbols)
    assert [(u.text, u.kind, u.word) for u in found] == [
        ("^", "edge", -1),
        ("b", "sound", 0),
        ("ˈɜː", "sound", 0),
        ("tʃ", "sound", 0),
        (",", "pause", -1),
        (" ", "gap", -1),
        ("ˈaɪ", "sound", 1),
        (".", "pause", -1),
        ("$", "edge", -1),
    ]


@given(IPA)
def test_every_token_belongs_to_one_unit(ipa):
    try:
        symbols = encode(ipa, NUMBERS).symbols
    except ValueError:
        return
    found = units(symbols)
    assert [found[0].start, *(u.end for u in found)] == [*(u.start for u in found), len(symbols)]
    assert all(u.end > u.start for u in found)


def test_frames_are_whole_and_never_none():
    assert durations.frames(np.log([0.2, 1.0, 2.1]), 1.0).tolist() == [1, 1, 3]
    assert durations.frames(np.log([0.2, 1.0, 2.1]), 2.0).tolist() == [1, 2, 5]


@given(st.lists(st.integers(1, 50), min_size=1, max_size=8), st.integers(0, 200))
def test_sharing_keeps_the_sum(had, spare):
    given_ = durations.share(had, len(had) + spare)
    assert given_.sum() == len(had) + spare
    assert given_.min() >= 1
    assert durations.share(had, sum(had)).sum() == sum(had)


def test_too_few_frames_to_share():
    with pytest.raises(ValueError, match="one each"):
        durations.share([1, 1], 1)


def test_an_edit_changes_one_unit():
    symbols = encode("bˈɜːtʃ", NUMBERS).symbols
    found, had = units(symbols), np.arange(1, len(symbols) + 1)
    changed = durations.edited(had, found, {2: 40, 99: 5, -1: 5})
    assert durations.of_units(changed, found).tolist() == [3, 7, 40, 50, 15]
    assert durations.of_units(durations.edited(had, found, {2: 0}), found)[2] == found[2].end - found[2].start
    assert durations.of_units(durations.edited(had, found, {2: 10**9}), found)[2] == durations.MAX_UNIT_FRAMES


def test_the_alignment_is_what_repeats_the_priors():
    frames, values = np.array([2, 1, 4]), np.random.default_rng(0).normal(size=(5, 3))
    path = durations.alignment(frames)
    assert path.sum(0).tolist() == [1] * 7
    assert path.sum(1).tolist() == frames.tolist()
    np.testing.assert_array_equal(durations.expand(values, frames), values @ path)


def test_a_longer_token_leaves_the_noise_of_the_others():
    a, b = durations.noise([2, 3, 2], 4, seed=7), durations.noise([2, 5, 2], 4, seed=7)
    np.testing.assert_array_equal(a[:, :5], b[:, :5])
    np.testing.assert_array_equal(a[:, 5:], b[:, 7:])
    assert not np.array_equal(a, durations.noise([2, 3, 2], 4, seed=8))


def test_prior_samples_have_the_priors_mean_and_spread():
    mean, log_sigma = np.array([[3.0], [-1.0]]), np.log([[0.5], [2.0]])
    z = durations.prior_sample(mean, log_sigma, [20_000], noise_scale=0.5, seed=0)
    np.testing.assert_allclose(z.mean(1), [3, -1], atol=0.05)
    np.testing.assert_allclose(z.std(1), [0.25, 1.0], rtol=0.05)
    still = durations.prior_sample(mean, log_sigma, [3], noise_scale=0, seed=0)
    np.testing.assert_array_equal(still, np.repeat(mean, 3, 1).astype(np.float32))
