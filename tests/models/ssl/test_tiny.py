"""The two networks as they are shipped: their protocol, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

import models
from models.protocols import SpeechUnits

Y = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)


@pytest.fixture(scope="module", params=["ssl/hubert-tiny", "ssl/wav2vec2-tiny"])
def model(request):
    return models.get(request.param)


def test_it_keeps_the_protocol(model):
    assert isinstance(model, SpeechUnits)
    assert model.frame_s == 0.02
    units = model.units(Y)
    assert units.shape == (49,)
    for layer in range(model.n_layers + 1):
        assert model.features(Y, layer).shape == (49, 192)
    with pytest.raises(ValueError, match="no layer"):
        model.features(Y, model.n_layers + 1)


def test_loudness_and_offset_do_not_matter(model):
    np.testing.assert_allclose(model.features(Y, 2), model.features(0.1 * Y + 0.2, 2), atol=2e-3)


@pytest.mark.parametrize(
    ("y", "problem"),
    [
        (Y[None], "one channel"),
        (Y[:399], "first frame needs 400"),
        (np.zeros(16_000 * 31, np.float32), "longer than 30 s"),
        (np.where(np.arange(1000) == 5, np.nan, 0.1), "NaN"),
    ],
)
def test_what_it_cannot_take_is_said(model, y, problem):
    with pytest.raises(ValueError, match=problem):
        model.units(y)


def test_silence_has_units_too(model):
    assert len(model.units(np.zeros(1000, np.float32))) == 2


def test_hubert_names_frames_and_guesses_hidden_ones():
    hubert = models.get("ssl/hubert-tiny")
    mask = np.zeros(49, bool)
    mask[10:20] = True
    chance = hubert.guess(Y, mask)
    assert chance.shape == (49, 100)
    np.testing.assert_allclose(chance.sum(1), 1, atol=1e-4)
    other = Y.copy()
    other[320 * 13 : 320 * 16 + 400] = 0  # heard by hidden frames only
    assert np.abs(chance[14] - hubert.guess(other, mask)[14]).max() < 0.05
    assert hubert.targets(Y).shape == hubert.mfcc_units(Y).shape == (49,)


def test_wav2vec_gives_targets_from_two_codebooks():
    wav2vec = models.get("ssl/wav2vec2-tiny")
    codes = wav2vec.codes(Y)
    assert codes.shape == (49, 2)
    assert codes.max() < wav2vec.entries
    np.testing.assert_array_equal(wav2vec.units(Y), codes[:, 0] * wav2vec.entries + codes[:, 1])
    context, targets = wav2vec.game(Y, np.arange(49) % 20 < 10)
    assert context.shape == targets.shape
    same = (codes[:, None] == codes[None]).all(-1)
    for a, b in np.argwhere(np.triu(same, 1))[:5]:
        np.testing.assert_allclose(targets[a], targets[b], atol=1e-5)
