"""Settings and signals that are refused with a sentence; the uncertainty product of the windows."""

import math
from dataclasses import fields

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from algorithms.signal import features
from algorithms.signal.features import FeatureConfig

RATE = 16000


def test_uncertainty_of_a_hann_window_in_closed_form():
    """sigma_t by integration of the window sin^2, whose square is sin^4; sigma_f = 1 / (sqrt(3) T)."""
    u = features.uncertainty(FeatureConfig(sample_rate=48000, window_ms=25, n_fft=2048))
    t = (np.arange(1_000_000) + 0.5) / 1e6 - 0.5
    energy = np.cos(np.pi * t) ** 4
    assert u.time_spread_s == pytest.approx(0.025 * math.sqrt((energy * t**2).sum() / energy.sum()), rel=1e-4)
    assert u.frequency_spread_hz == pytest.approx(1 / (math.sqrt(3) * 0.025), rel=1e-3)
    assert u.product / u.gabor_limit == pytest.approx(1.026, abs=1e-3)


@given(length=st.integers(50, 1000), name=st.sampled_from(features.WINDOWS), rate=st.sampled_from([8000, 44100]))
@settings(deadline=None, max_examples=30)
def test_uncertainty_product_never_beats_gabor_and_ignores_length(length, name, rate):
    u = features.uncertainty(FeatureConfig(sample_rate=rate, window=name, window_ms=1000 * length / rate, n_fft=1024))
    assert u.product >= u.gabor_limit
    assert u.window_s == pytest.approx(length / rate)
    if name in ("hann", "blackman"):  # smooth ends: the product is the window's own
        assert u.product == pytest.approx({"hann": 0.08167, "blackman": 0.07990}[name], rel=0.01)


@pytest.mark.parametrize("name", features.WINDOWS)
def test_main_lobe_ends_at_the_first_zero_of_the_spectrum(name):
    config = FeatureConfig(window=name)
    spectrum = np.abs(np.fft.rfft(features.window(name, 400).astype(float), 400 * 64))
    first_zero = np.flatnonzero(np.diff(spectrum) > 0)[0] / 64 * RATE / 400
    assert features.uncertainty(config).main_lobe_hz == pytest.approx(2 * first_zero, rel=0.01)


@pytest.mark.parametrize(
    ("y", "sentence"),
    [
        (np.zeros(0, np.float32), "empty"),
        (np.zeros((2, 100), np.float32), "mono"),
        (np.zeros(100, np.int16), "int16"),
        (np.array([0.0, np.nan, 1.0]), "NaN"),
        (np.array([0.0, np.inf]), "NaN or infinite"),
        (np.array([-np.inf, np.nan]), "NaN or infinite"),
        (np.array([0.0, 1e30]), r"\[-1, 1\]"),
    ],
)
def test_unusable_signals_are_refused_with_a_sentence(y, sentence):
    for analyse in (features.stft, features.mel_spectrogram, features.mfcc):
        with pytest.raises(ValueError, match=sentence):
            analyse(y, FeatureConfig())


def test_too_short_without_centring_says_so():
    with pytest.raises(ValueError, match="centre padding"):
        features.stft(np.zeros(511), FeatureConfig(center=False))


@pytest.mark.parametrize(
    ("settings_", "sentence"),
    [
        ({"window_ms": 33}, "longer than the FFT of 512.*at most 32 ms"),
        ({"window_ms": 0.05}, "fewer than 2 samples"),
        ({"window_ms": -1}, "longer than 0 ms"),
        ({"hop_ms": 0.01}, "less than one sample"),
        ({"n_fft": 511}, "even number"),
        ({"n_fft": 10**6}, "even number"),
        ({"n_fft": 512.5}, "whole number"),
        ({"n_mels": 0}, "from 1 to 256"),
        ({"f_max_hz": 9000}, "half the sample rate"),
        ({"f_min_hz": -1}, "half the sample rate"),
        ({"f_min_hz": 4000, "f_max_hz": 4000}, "must be below"),
        ({"f_min_hz": math.nan}, "finite number"),
        ({"window": "kaiser"}, "window called 'kaiser'"),
        ({"mel_scale": "bark"}, "mel scale called"),
        ({"mel_norm": "l2"}, "mel norm"),
        ({"power": 3}, "exponent"),
        ({"pre_emphasis": 1}, "pre-emphasis"),
        ({"n_mfcc": 81}, "81 MFCCs cannot come out of 80"),
        ({"lifter": -1}, "lifter"),
        ({"sample_rate": 0}, "sample rate"),
        ({"hop_ms": "10"}, "must be a number"),
        ({"n_mels": True}, "must be a number"),
    ],
)
def test_config_refuses_with_a_sentence(settings_, sentence):
    with pytest.raises(ValueError, match=sentence):
        FeatureConfig(**settings_)


def test_config_takes_what_sliders_give():
    config = FeatureConfig(n_mels=80.0, window_ms=25, f_max_hz=None)
    assert config == FeatureConfig()
    assert hash(config) == hash(FeatureConfig())
    assert isinstance(config.n_mels, int)
    assert config.f_max_hz == 8000
    assert all(field.name in FeatureConfig.__doc__ for field in fields(config))
