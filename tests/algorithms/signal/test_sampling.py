"""Sampling, folding and quantisation against formulas, SciPy and librosa."""

import math

import hypothesis.strategies as st
import librosa
import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings

from algorithms.signal import sampling


def sine(hz, rate, seconds=1.0, amplitude=0.5):
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(round(rate * seconds)) / rate)).astype(np.float32)


def strongest_hz(y, rate):
    spectrum = np.abs(np.fft.rfft(y * np.hanning(len(y)), 8 * len(y)))
    return spectrum.argmax() * rate / (8 * len(y))


@pytest.mark.parametrize(
    ("hz", "rate", "lands"),
    [
        (5000, 8000, 3000),
        (3000, 8000, 3000),
        (8000, 8000, 0),
        (9000, 8000, 1000),
        (13000, 8000, 3000),
        (4000, 8000, 4000),
    ],
)
def test_folding_known_answers(hz, rate, lands):
    assert sampling.fold_frequency(hz, rate) == lands
    (partial,) = sampling.fold_partials([hz], rate)
    assert partial.lands_at_hz == lands
    assert partial.aliased == (hz > rate / 2)


@given(f=st.floats(0, 2e5), rate=st.integers(100, 200_000))
def test_folding_equals_a_zigzag_walk(f, rate):
    """Up to Nyquist, back to zero, up again: the same curve as a triangle wave."""
    rest = math.fmod(f, rate)
    assert sampling.fold_frequency(f, rate) == pytest.approx(min(rest, rate - rest), abs=1e-6)


@settings(deadline=None, max_examples=30)
@given(f=st.integers(0, 40000), rate=st.sampled_from([1000, 8000, 11025]))
def test_a_sampled_cosine_is_the_folded_cosine(f, rate):
    n = np.arange(200)
    folded = float(sampling.fold_frequency(f, rate))
    np.testing.assert_allclose(np.cos(2 * np.pi * f * n / rate), np.cos(2 * np.pi * folded * n / rate), atol=1e-6)


def test_zones_of_partials():
    zones = [p.nyquist_zone for p in sampling.fold_partials([0, 100, 4000, 4001, 8000, 8001, -5000], 8000)]
    assert zones == [1, 1, 1, 2, 2, 3, 2]
    with pytest.raises(ValueError, match="above 0"):
        sampling.fold_frequency(100, 0)
    with pytest.raises(ValueError, match="NaN"):
        sampling.fold_frequency(math.nan, 8000)


@pytest.mark.parametrize(
    ("rate", "target"), [(48000, 8000), (44100, 8000), (22050, 8000), (16000, 11025), (48000, 7919)]
)
@pytest.mark.parametrize("hz", [440, 3000, 5000, 7000])
def test_without_a_filter_a_tone_lands_where_the_formula_says_at_full_strength(rate, target, hz):
    out = sampling.decimate_without_filter(sine(hz, rate), rate, target)
    lands = float(sampling.fold_frequency(hz, target))
    assert strongest_hz(out, target) == pytest.approx(lands, abs=0.5)
    assert np.sqrt(np.mean(out[200:-200] ** 2)) == pytest.approx(0.5 / math.sqrt(2), rel=0.02)


@pytest.mark.parametrize(("rate", "target"), [(48000, 16000), (44100, 8000), (22050, 16000), (16000, 15999)])
def test_without_a_filter_equals_the_continuous_sound_at_the_new_times(rate, target):
    """The very samples a converter at the new rate would have taken of the same sound."""
    tones = [(300, 0.2), (0.2 * rate, 0.2), (0.43 * rate, 0.1)]

    def sound(t):
        return sum(a * np.sin(2 * np.pi * f * t + f) for f, a in tones)

    out = sampling.decimate_without_filter(sound(np.arange(rate // 2) / rate).astype(np.float32), rate, target)
    expected = sound(np.arange(len(out)) / target)
    np.testing.assert_allclose(out[100:-100], expected[100:-100], atol=1e-4)


def test_whole_ratio_keeps_samples_exactly():
    y = np.arange(10, dtype=np.float32) / 10
    np.testing.assert_array_equal(sampling.decimate_without_filter(y, 8000, 2000), y[::4])
    np.testing.assert_array_equal(sampling.decimate_without_filter(y, 8000, 8000), y)
    with pytest.raises(ValueError, match="choose a lower rate"):
        sampling.decimate_without_filter(y, 8000, 16000)
    with pytest.raises(ValueError, match="whole number"):
        sampling.decimate_without_filter(y, 8000, 2000.5)
    with pytest.raises(ValueError, match="NaN"):
        sampling.decimate_without_filter(np.array([np.nan]), 8000, 4000)


@pytest.mark.parametrize(
    ("rate", "target"), [(48000, 16000), (44100, 16000), (22050, 8000), (16000, 48000), (8000, 11025)]
)
def test_resample_equals_librosa_and_scipy(rate, target):
    rng = np.random.default_rng(0)
    passband = min(rate, target) * 0.35
    y = scipy.signal.sosfiltfilt(
        scipy.signal.butter(8, passband, fs=rate, output="sos"), 0.3 * rng.standard_normal(rate)
    ).astype(np.float32)
    ours = sampling.resample(y, rate, target)
    np.testing.assert_allclose(ours, librosa.resample(y, orig_sr=rate, target_sr=target), atol=1e-6)
    common = math.gcd(rate, target)
    other = scipy.signal.resample_poly(y, target // common, rate // common, window=("kaiser", 9.0))
    middle = slice(500, -500)
    assert np.abs(ours - other)[middle].max() < 0.02 * np.abs(ours).max()


def test_resample_removes_what_would_fold_and_keeps_the_rest():
    assert np.abs(sampling.resample(sine(5000, 48000), 48000, 8000)[200:-200]).max() < 1e-4
    kept = sampling.resample(sine(3500, 48000), 48000, 8000)
    assert np.abs(kept[200:-200]).max() == pytest.approx(0.5, rel=0.01)


@settings(deadline=None)
@given(n=st.integers(1, 500), rate=st.sampled_from([8000, 22050, 48000]), target=st.sampled_from([4000, 7350, 8000]))
def test_lengths_and_shortest_clips(n, rate, target):
    y = np.full(n, 0.25, dtype=np.float32)
    length = math.ceil(n * target / rate)
    for convert in (sampling.decimate_without_filter, sampling.resample):
        out = convert(y, rate, target)
        assert out.dtype == np.float32
        assert len(out) == length
        assert np.isfinite(out).all()


def test_sweep_equals_scipy_and_folds():
    sweep = sampling.linear_sweep(100, 3900, 2.0, 8000)
    t = np.arange(16000) / 8000
    np.testing.assert_allclose(sweep, 0.5 * scipy.signal.chirp(t, 100, 2.0, 3900, phi=-90), atol=1e-5)
    over = sampling.linear_sweep(0, 8000, 4.0, 8000)  # up to Nyquist in 2 s, then back down
    assert strongest_hz(over[24000 - 200 : 24000 + 200], 8000) == pytest.approx(2000, abs=30)  # 6000 Hz at 3 s
    for bad in [(0, 100, 0.0, 8000), (0, math.inf, 1, 8000), (-1, 5, 1, 8000), (0, 5, 1, 0)]:
        with pytest.raises(ValueError):
            sampling.linear_sweep(*bad)


@pytest.mark.parametrize("n_bits", [4, 6, 8, 12, 16])
def test_quantisation_noise_follows_the_formula(n_bits):
    step = 2 / 2**n_bits
    y = sine(997.13, 48000, 2.0, amplitude=1 - 2 * step)
    loss = 20 * math.log10(1 - 2 * step)
    assert sampling.quantisation_snr_db(n_bits) == pytest.approx(6.02 * n_bits + 1.76, abs=0.02)
    assert sampling.snr_db(y, sampling.quantise(y, n_bits)) == pytest.approx(
        sampling.quantisation_snr_db(n_bits) + loss, abs=0.8 if n_bits == 4 else 0.3
    )
    dithered = sampling.quantise(y, n_bits, dither=True)
    assert sampling.snr_db(y, dithered) == pytest.approx(
        sampling.quantisation_snr_db(n_bits, dither=True) + loss, abs=0.3
    )


def test_dither_saves_a_tone_below_one_step():
    y = sine(500, 8000, 4.0, amplitude=0.4 / 128)  # 8 bits: 0.4 of a step
    assert not sampling.quantise(y, 8).any()
    dithered = sampling.quantise(y, 8, dither=True)
    assert strongest_hz(dithered, 8000) == pytest.approx(500, abs=1)
    np.testing.assert_array_equal(dithered, sampling.quantise(y, 8, dither=True))
    assert (dithered != sampling.quantise(y, 8, dither=True, seed=1)).any()


@given(values=st.lists(st.floats(-1.5, 1.5, width=32), min_size=1, max_size=50), n_bits=st.integers(2, 24))
def test_quantised_values_are_pcm_levels(values, n_bits):
    y = np.array(values, dtype=np.float32)
    q = sampling.quantise(y, n_bits)
    codes = q.astype(np.float64) * 2 ** (n_bits - 1)
    np.testing.assert_array_equal(codes, np.round(codes))
    assert codes.min() >= -(2 ** (n_bits - 1))
    assert codes.max() <= 2 ** (n_bits - 1) - 1
    inside = np.clip(y, -1, 1 - 2.0 ** (1 - n_bits))
    assert np.abs(q - inside).max() <= 2.0**-n_bits + 1e-12
    np.testing.assert_array_equal(sampling.quantise(q, n_bits), q)


def test_snr_edges():
    y = sine(100, 8000)
    assert sampling.snr_db(y, y) == math.inf
    assert sampling.snr_db(np.zeros(3), np.ones(3)) == -math.inf
    assert sampling.snr_db(np.ones(4), np.full(4, 1.1)) == pytest.approx(20, abs=1e-4)
    with pytest.raises(ValueError, match="one length"):
        sampling.snr_db(np.ones(3), np.ones(4))
    with pytest.raises(ValueError, match="bits"):
        sampling.quantise(y, 1)
