"""Chains draw what their probabilities say, by a seed; the small network learns what it is shown."""

from __future__ import annotations

import numpy as np
import pytest

from algorithms.augmentation import chain, recipes, spotter
from tests.helpers.augmentation import MATERIAL, voice


def test_probabilities_are_what_they_say():
    steps = chain.in_order(["noise", "gain", "speed"], 0.3)
    drawn = [one.slug for seed in range(1000) for one in chain.draw(steps, 0.5, (seed,))]
    for slug in ("noise", "gain", "speed"):
        assert drawn.count(slug) / 1000 == pytest.approx(0.3, abs=0.06)
    assert chain.draw(chain.in_order(chain.ORDER, 0.0), 1, (0,)) == ()
    assert [one.slug for one in chain.draw(chain.in_order(chain.ORDER, 1.0), 1, (0,))] == list(chain.ORDER)


def test_the_order_is_the_worlds_not_the_lists():
    assert [step.slug for step in chain.in_order(["telephone", "noise", "room", "speed"], 1)] == [
        "speed", "room", "noise", "telephone",
    ]  # fmt: skip


def test_the_same_seed_gives_the_same_sound():
    steps = chain.in_order(["speed", "room", "noise", "clip", "drop_time"], 0.8)
    one, two, other = (chain.run(voice(), chain.draw(steps, 0.7, (seed,)), MATERIAL) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert len(one) != len(other) or not np.array_equal(one, other)


def test_what_can_be_no_chain_is_refused():
    with pytest.raises(ValueError, match="There is no change"):
        chain.in_order(["reverse"], 0.5)
    with pytest.raises(ValueError, match="between 0 and 1"):
        chain.draw(chain.in_order(["gain"], 2.0), 0.5, (0,))


@pytest.mark.parametrize("kind", recipes.KINDS)
def test_a_recipe_changes_what_it_names_alone(kind):
    y, around = voice(), recipes.Surroundings([np.random.default_rng(0).standard_normal(9000)], [np.r_[1.0, 0.5]])
    changed = [recipes.for_training(y, kind, around, np.random.default_rng(seed)) for seed in range(20)]
    moved = sum(not np.array_equal(one, y) for one in changed)
    assert all(one.shape == (16000,) for one in changed)
    assert moved == 0 if kind in ("clean", "spec") else 10 <= moved <= 20
    mels = np.random.default_rng(0).standard_normal((30, 49, 40)).astype(np.float32)
    holes = sum(
        not np.array_equal(a, b)
        for a, b in zip(mels, recipes.masked(mels, kind, np.random.default_rng(0)), strict=True)
    )
    assert holes > 5 if kind in ("spec", "all") else holes == 0


def test_the_small_network_learns_and_repeats_itself():
    rng = np.random.default_rng(0)
    label = np.arange(200) % 4
    mels = rng.standard_normal((1, 200, 49, 40))
    for k in range(4):
        mels[:, label == k, :, 10 * k : 10 * k + 10] += 3.0
    losses = {}
    for run in (1, 2):
        for found in spotter.train(mels, label, "spec", epochs=8, seed=3):
            step, total, losses[run, found[0]], net = found
    assert step == total == 16
    assert losses[1, 16] < 0.5 * losses[1, 1]
    assert losses[1, 16] == losses[2, 16]
    p = spotter.probabilities(net, mels[0])
    np.testing.assert_allclose(p.sum(1), 1, rtol=1e-5)
    assert (p.argmax(1) == label).mean() > 0.9
