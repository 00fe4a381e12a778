"""The mixtures that the separator is trained on."""

from __future__ import annotations

import json

import numpy as np
import pytest

from training.recordings import DEVELOPMENT, TRAIN
from training.separation.mixing import Mixtures, Voices, kept_mixtures
from training.separation.voices import RATE, trimmed


@pytest.fixture
def voices(tmp_path):
    """A cache of four voices, two to train with, each a steady number that tells it apart."""
    rng = np.random.default_rng(0)
    rows, sounds, at = [], [], 0
    for k, split in enumerate((TRAIN, TRAIN, DEVELOPMENT, DEVELOPMENT)):
        spans = []
        for seconds in (0.7, 3.0):
            n = int(seconds * RATE)
            sounds.append(rng.normal(0, 3000, n).astype(np.int16))
            spans.append((at, at + n))
            at += n
        rows.append({"set": "librispeech_devclean_mp3", "voice": str(k), "split": split, "spans": spans})
    np.save(tmp_path / "voices.npy", np.concatenate(sounds))
    (tmp_path / "voices.json").write_text(json.dumps(rows), encoding="utf-8")
    return Voices(tmp_path)


def test_a_mixture_is_the_sum_of_its_voices(voices):
    mixture, sources = Mixtures(voices, 1.0, seed=0).batch(3)
    assert mixture.shape == (3, RATE)
    assert sources.shape == (3, 2, RATE)
    np.testing.assert_allclose(sources.sum(1), mixture, atol=1e-6)
    assert np.isfinite(mixture).all()
    assert (np.abs(sources).max(-1) > 0).all()


def test_training_draws_training_voices_only_and_never_one_twice(voices):
    mixtures = Mixtures(voices, 1.0, seed=0)
    drawn = {mixtures.draw()["voice"] for _ in range(40)}
    assert drawn == {"0", "1"}
    for _ in range(5):
        _, (first, second) = mixtures.one()
        assert abs(np.corrcoef(first, second)[0, 1]) < 0.2


def test_kept_mixtures_are_the_same_each_time_and_of_other_voices(voices):
    one, two = (kept_mixtures(voices, 4, seconds=2.0) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    energies = (one**2).mean(-1)
    np.testing.assert_allclose(energies[:, 0], energies[:, 1], rtol=1e-4)


def test_silence_at_the_ends_is_cut(voices):
    y = np.concatenate([np.zeros(4000), np.sin(np.arange(1600)), np.zeros(2400)])
    assert len(trimmed(y)) == 1600
    assert not len(trimmed(np.zeros(4000)))
    assert not len(trimmed(np.zeros(3)))
