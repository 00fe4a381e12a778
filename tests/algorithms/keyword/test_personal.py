"""Training the last layers by hand: gradients against PyTorch's, what is learned, thresholds, likeness of two words."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from algorithms.keyword import personal as kp

CHANNELS, PLACES = 64, 10


@pytest.fixture
def tail():
    rng = np.random.default_rng(0)
    return kp.new_tail(rng.normal(0, 0.3, (CHANNELS, CHANNELS)), rng.normal(0, 0.1, CHANNELS), 3)


def problem(n=90, seed=1):
    """Maps of three classes that differ in eight channels each."""
    rng = np.random.default_rng(seed)
    label = np.arange(n) % 3
    maps = rng.random((n, PLACES, CHANNELS)).astype(np.float32)
    for k in range(3):
        maps[label == k, :, 8 * k : 8 * k + 8] += 0.7
    return maps, label


@pytest.mark.parametrize("dropped", [False, True])
def test_gradients_are_those_of_pytorch(tail, dropped):
    maps, label = problem(12)
    keep = (np.random.default_rng(2).random((12, CHANNELS)) > 0.1).astype(np.float32) / 0.9 if dropped else None
    loss, accuracy, gradients = kp.loss_and_gradients(tail, maps, label, keep)
    names = ("weight", "bias", "head_weight", "head_bias")
    w, b, v, c = (torch.tensor(getattr(tail, name), requires_grad=True) for name in names)
    f = (torch.tensor(maps) @ w.T + b).relu().mean(1)
    if keep is not None:
        f = f * torch.tensor(keep)
    logits = f @ v.T + c
    expected = F.cross_entropy(logits, torch.tensor(label), label_smoothing=kp.LABEL_SMOOTHING)
    expected.backward()
    assert loss == pytest.approx(expected.item(), rel=1e-5)
    assert accuracy == (logits.argmax(1).numpy() == label).mean()
    for name, theirs in zip(names, (w, b, v, c), strict=True):
        np.testing.assert_allclose(gradients[name], theirs.grad, rtol=1e-3, atol=1e-6)


def test_logits_are_pointwise_relu_mean_and_linear(tail):
    maps, _ = problem(4)
    with torch.no_grad():
        x = torch.tensor(maps).permute(0, 2, 1)[..., None]
        f = F.conv2d(x, torch.tensor(tail.weight)[:, :, None, None], torch.tensor(tail.bias)).relu().mean((2, 3))
        expected = F.linear(f, torch.tensor(tail.head_weight), torch.tensor(tail.head_bias)).softmax(1)
    np.testing.assert_allclose(tail.probs(maps, batch=3), expected, rtol=1e-4, atol=1e-6)
    assert tail.probs(maps[:0]).shape == (0, 3)


@pytest.mark.parametrize("both", [True, False])
def test_it_learns_and_says_how(tail, both):
    maps, label = problem()
    trainer = kp.Trainer(maps, label, np.ones(len(label)), tail, steps=60, both=both)
    first, _ = trainer.advance(10)
    while not trainer.done:
        last, right = trainer.advance(25)
    assert trainer.step == 60
    assert last < first / 2
    assert right > 0.9
    fresh, truth = problem(seed=9)
    assert (trainer.tail.logits(fresh).argmax(1) == truth).mean() > 0.9
    assert np.array_equal(trainer.tail.weight, tail.weight) is not both
    assert not np.array_equal(trainer.tail.head_weight, tail.head_weight)


def test_the_same_seed_trains_the_same(tail):
    maps, label = problem()
    tails = []
    for seed in (3, 3, 4):
        trainer = kp.Trainer(maps, label, np.ones(len(label)), tail, steps=10, seed=seed)
        trainer.advance(99)
        tails.append(trainer.tail.weight)
    np.testing.assert_array_equal(tails[0], tails[1])
    assert not np.array_equal(tails[0], tails[2])


def test_what_has_no_share_is_never_drawn(tail):
    maps, label = problem()
    share = (label != 2).astype(float)
    maps[label == 2] = np.nan  # would turn the loss into NaN
    loss, _ = kp.Trainer(maps, label, share, tail, steps=30).advance(30)
    assert np.isfinite(loss)


def test_the_threshold_lies_in_the_middle_of_a_clean_gap():
    held = kp.Held(np.array([0.8, 0.9]), np.array([0.1]), np.array([0.2, 0.4]))
    assert kp.choose_threshold(held) == pytest.approx(0.6, abs=0.011)
    assert (held.misses(0.85), held.alarms(0.3)) == (0.5, (0.0, 0.5))


def test_a_strangers_alarm_costs_ten_misses():
    strangers = np.concatenate([np.zeros(98), [0.85, 0.88]])  # 2 %, as dear as a fifth of the takes
    few = kp.Held(np.array([0.7] * 1 + [0.95] * 9), np.zeros(0), strangers)
    assert kp.choose_threshold(few) > 0.88  # one take in ten is given up
    many = kp.Held(np.array([0.7] * 3 + [0.95] * 7), np.zeros(0), strangers)
    assert kp.choose_threshold(many) <= 0.7


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=12),
    st.lists(st.floats(0, 1), max_size=12),
    st.lists(st.floats(0, 1), min_size=1, max_size=30),
)
def test_no_threshold_is_cheaper_than_the_chosen_one(takes, others, strangers):
    held = kp.Held(np.array(takes), np.array(others), np.array(strangers))
    chosen = kp.choose_threshold(held)
    assert held.cost(chosen) <= min(held.cost(t) for t in kp.THRESHOLDS) + 1e-9


@given(st.integers(2, 30))
def test_every_take_is_held_out_once(n):
    parts = kp.folds(n)
    assert sorted(np.concatenate(parts).tolist()) == list(range(n))
    assert len(parts) == min(n, 5)


def test_one_take_cannot_be_held_out():
    with pytest.raises(ValueError, match="Record four more"):
        kp.folds(1)


def test_two_words_far_apart_and_two_the_same():
    rng = np.random.default_rng(0)
    a = rng.normal(0, 0.1, (5, 64))
    assert kp.alike(a, a + 1) == 1.0
    same = [kp.alike(*rng.normal(0, 1, (2, 5, 64))) for _ in range(40)]
    assert np.mean(same) < 0.65


def test_an_odd_take_is_found_and_four_are_needed():
    takes = np.random.default_rng(0).normal(0, 0.1, (6, 64))
    takes[4] += 1
    assert kp.outliers(takes) == [4]
    assert kp.outliers(takes[:3]) == []
    assert kp.outliers(np.zeros((5, 64))) == []


def test_shares_of_a_batch():
    label = np.array([2, 2, 3, 1, 0, 1, 1])
    own = np.array([True, True, True, True, False, False, False])
    share = kp.shares(label, own)
    assert share[label >= 2].sum() == pytest.approx(1 / 3)
    assert share[:2].sum() == pytest.approx(share[2])  # both words alike, however many takes they have
    assert share[3] == pytest.approx(0.2)
    assert share.sum() == pytest.approx(1)
    assert kp.shares(label[[0, 4]], own[[0, 4]]).sum() == pytest.approx(1)
