"""The packaged separator: what it takes, gives and refuses."""

from __future__ import annotations

import json

import numpy as np
import pytest

import models
from models.protocols import Separator
from models.separation import conv_tasnet


@pytest.fixture(scope="module")
def model():
    return models.get("separation/conv-tasnet")


def noise(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, n).astype(np.float32)


def test_it_is_the_default_separator(model):
    assert models.default("Separator").id == "separation/conv-tasnet"
    assert isinstance(model, Separator)
    assert (model.sample_rate, model.n_sources) == (8000, 2)


@pytest.mark.parametrize("n", [1, 39, 40, 41, 1003])
def test_two_voices_as_long_as_the_mixture(model, n):
    found = model.separate(noise(n))
    assert found.shape == (2, n)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


def test_loudness_does_not_matter_and_silence_stays(model):
    y = noise(4000)
    np.testing.assert_allclose(model.separate(0.01 * y), 0.01 * model.separate(y), atol=1e-6)
    assert not model.separate(np.zeros(4000, np.float32)).any()


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (np.zeros(0, np.float32), "empty"),
        (np.zeros((2, 100), np.float32), "one channel"),
        (np.array([np.nan] * 100, np.float32), "aren't numbers"),
    ],
)
def test_what_it_can_not_take_is_refused(model, y, words):
    with pytest.raises(ValueError, match=words):
        model.separate(y)


def test_a_long_sound_comes_in_chunks_with_progress(model):
    shares: list[float] = []
    n = int(17.3 * 8000)
    found = model.separate(noise(n), shares.append)
    assert found.shape == (2, n)
    assert shares[-1] == 1
    assert len(shares) > 1


def test_masks_are_shares_of_every_filter(model):
    masks = model.masks(noise(4000))
    assert masks.shape[:2] == (2, model.net.shape.n_filters)
    assert masks.min() >= 0
    assert masks.max() <= 1


def test_weights_of_another_shape_are_refused(tmp_path):
    from safetensors.numpy import load_file, save_file

    state = load_file(conv_tasnet.WEIGHTS)
    from safetensors import safe_open

    with safe_open(conv_tasnet.WEIGHTS, "np") as file:
        shape = json.loads(file.metadata()["shape"])
    save_file(state, tmp_path / "w.safetensors", {"shape": json.dumps({**shape, "n_filters": 8})})
    with pytest.raises(RuntimeError, match="size mismatch"):
        conv_tasnet.load_weights(tmp_path / "w.safetensors")
