"""Mel scale and filters, decibels, lifter: against librosa and known answers."""

from dataclasses import replace

import hypothesis.strategies as st
import librosa
import numpy as np
import pytest
from hypothesis import given, settings

from algorithms.signal import features
from algorithms.signal.features import FeatureConfig


@given(hz=st.floats(0, 96000), scale=st.sampled_from(features.MEL_SCALES))
def test_mel_scale_equals_librosa_and_inverts(hz, scale):
    mel = features.hz_to_mel(hz, scale)
    assert mel == pytest.approx(librosa.hz_to_mel(hz, htk=scale == "htk"), abs=1e-9)
    assert features.mel_to_hz(mel, scale) == pytest.approx(hz, abs=1e-6)
    assert features.mel_to_hz(mel, scale) == pytest.approx(librosa.mel_to_hz(mel, htk=scale == "htk"), abs=1e-6)


def test_mel_scale_known_points():
    assert features.hz_to_mel(1000, "slaney") == pytest.approx(15)
    assert features.hz_to_mel(6400, "slaney") == pytest.approx(42)
    assert features.hz_to_mel(1000, "htk") == pytest.approx(1000, abs=0.1)
    with pytest.raises(ValueError, match="mel scale"):
        features.hz_to_mel(1000, "bark")


@pytest.mark.parametrize(("norm", "scale"), [("slaney", "slaney"), (None, "htk")])
def test_mel_filterbank_triangles(norm, scale):
    config = FeatureConfig(n_fft=16384, n_mels=20, mel_norm=norm, mel_scale=scale, f_min_hz=100, f_max_hz=7000)
    filters = features.mel_filterbank(config)
    freqs, peaks = features.fft_frequencies(config), features.mel_frequencies(config)
    np.testing.assert_allclose(freqs[filters.argmax(axis=1)], peaks, atol=1)
    edges = features.mel_edges(config)
    area = 1 if norm else (edges[2:] - edges[:-2]) / 2  # half of width times height 1
    np.testing.assert_allclose(filters.sum(axis=1) * freqs[1], area, rtol=1e-3)
    assert not filters[:, (freqs < 99.9) | (freqs > 7000.1)].any()


def test_empty_filters_are_named():
    config = FeatureConfig(n_fft=512, n_mels=200)
    empty = features.empty_filters(config)
    assert len(empty)
    noise = np.random.default_rng(0).uniform(-1, 1, 4000)
    assert not features.mel_spectrogram(noise, config)[empty].any()
    assert not len(features.empty_filters(replace(config, n_mels=40)))


@settings(deadline=None)
@given(
    values=st.lists(st.floats(0, 1e6, width=32), min_size=1, max_size=20),
    top_db=st.sampled_from([None, 0, 20, 80]),
    ref=st.sampled_from([1.0, 0.01, 0.0, -5.0, np.max]),
)
def test_decibels_equal_librosa(values, top_db, ref):
    values = np.array(values, dtype=np.float32)
    np.testing.assert_allclose(
        features.power_to_db(values, ref=ref, top_db=top_db),
        librosa.power_to_db(values, ref=ref, top_db=top_db),
        atol=1e-4,
    )
    np.testing.assert_allclose(
        features.amplitude_to_db(values, ref=ref, top_db=top_db),
        librosa.amplitude_to_db(values, ref=ref, top_db=top_db),
        atol=1e-4,
    )


def test_decibels_refuse_what_has_none():
    with pytest.raises(ValueError, match="complex"):
        features.power_to_db(np.ones(2, complex))
    with pytest.raises(ValueError, match="complex"):
        features.amplitude_to_db(np.ones(2, complex))
    with pytest.raises(ValueError, match="amin"):
        features.power_to_db(np.ones(2), amin=0)
    with pytest.raises(ValueError, match="negative"):
        features.power_to_db(np.ones(2), top_db=-1)
    assert features.db_to_power(features.power_to_db(0.3)) == pytest.approx(0.3)


def test_mel_db_of_amplitudes_and_energies():
    config = FeatureConfig(n_mels=2, n_mfcc=1)
    mel = np.array([[1.0], [0.1]], dtype=np.float32)
    np.testing.assert_allclose(features.mel_db(mel, config), [[0], [-10]], atol=1e-5)
    np.testing.assert_allclose(features.mel_db(mel, replace(config, power=1)), [[0], [-20]], atol=1e-5)


def test_lifter_known_answer():
    np.testing.assert_array_equal(features.lifter_weights(5, 0), 1)
    assert features.lifter_weights(13, 22)[10] == pytest.approx(12)  # k = 11 = L / 2: 1 + L / 2
    with pytest.raises(ValueError, match="lifter"):
        features.lifter_weights(5, -1)
