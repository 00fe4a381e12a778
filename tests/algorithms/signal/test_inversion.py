"""Sound back from features, against librosa and by going round in a circle."""

from dataclasses import replace

import hypothesis.strategies as st
import librosa
import numpy as np
import pytest
from hypothesis import given, settings

from algorithms.signal import features, inversion, stft
from algorithms.signal.features import FeatureConfig


def speech_like(n=12000, rate=16000):
    """Harmonics with a falling spectrum, a pause and a little noise."""
    t = np.arange(n) / rate
    voiced = sum(np.sin(2 * np.pi * 130 * k * t + k) / k**1.5 for k in range(1, 20))
    noise = np.random.default_rng(0).standard_normal(n)
    return (0.2 * voiced * (np.sin(2 * np.pi * 3 * t) > -0.3) + 1e-3 * noise).astype(np.float32)


CONFIG = FeatureConfig(n_fft=512, n_mels=64, n_mfcc=20)
Y = speech_like(12000)


def convergence(y, target, config):
    """Spectral convergence || |STFT(y)| - target || / ||target||: 0 is perfect."""
    return np.linalg.norm(np.abs(features.stft(y, config)) - target) / np.linalg.norm(target)


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(1, 4000),
    window=st.sampled_from(features.WINDOWS),
    n_fft=st.sampled_from([256, 512, 1024]),
    window_part=st.floats(0.2, 1),
    hop_part=st.floats(0.1, 0.5),
)
def test_istft_undoes_stft(n, window, n_fft, window_part, hop_part):
    window_ms = 1000 * window_part * n_fft / 16000
    config = FeatureConfig(window=window, window_ms=window_ms, hop_ms=window_ms * hop_part, n_fft=n_fft)
    y = speech_like(n)
    back = inversion.istft(features.stft(y, config), config, n)
    assert back.dtype == np.float32
    # A frame's float32 rounding (1e-7) is divided by the window that weighs it: near the end of a sound the only
    # window that covers a sample may be almost 0 there.
    w = stft.window(config.window, config.window_length).astype(float)
    covered = np.zeros(n + 2 * n_fft)
    for start in range(n_fft - len(w) // 2, n_fft + n + 1 - len(w) // 2, config.hop_length):
        covered[start : start + len(w)] += w**2
    allowed = np.maximum(2e-5, 1e-7 / np.sqrt(np.maximum(covered[n_fft : n_fft + n], 1e-12)))
    assert np.all(np.abs(back - y) <= allowed)


def test_istft_without_centring_leaves_uncovered_ends_at_zero():
    config = replace(CONFIG, center=False)
    back = inversion.istft(features.stft(Y, config), config, len(Y))
    np.testing.assert_allclose(back[200:-600], Y[200:-600], atol=1e-5)
    assert not back[:56].any()  # the 400-sample window sits in the middle of 512


@pytest.mark.parametrize("momentum", [0.0, 0.99])
@pytest.mark.parametrize("config", [CONFIG, replace(CONFIG, window="hamming", window_ms=32, hop_ms=8)])
def test_griffin_lim_takes_the_same_steps_as_librosa(config, momentum):
    target = np.abs(features.stft(Y, config))
    ours = inversion.griffin_lim(target, config, length=len(Y), n_iter=8, momentum=momentum, seed=None)
    theirs = librosa.griffinlim(
        target,
        n_iter=8,
        hop_length=config.hop_length,
        win_length=config.window_length,
        n_fft=config.n_fft,
        window=config.window,
        momentum=momentum,
        length=len(Y),
        init=None,
    )
    np.testing.assert_allclose(ours, theirs, atol=2e-3)
    assert convergence(ours, target, config) == pytest.approx(convergence(theirs, target, config), rel=0.01)


def test_griffin_lim_converges_repeats_and_gains_from_momentum():
    target = np.abs(features.stft(Y, CONFIG))
    few, many, slow = (
        inversion.griffin_lim(target, CONFIG, length=len(Y), n_iter=n, momentum=m)
        for n, m in [(2, 0.99), (60, 0.99), (60, 0)]
    )
    assert convergence(many, target, CONFIG) < 0.1 < convergence(few, target, CONFIG)
    assert convergence(many, target, CONFIG) < convergence(slow, target, CONFIG)
    np.testing.assert_array_equal(few, inversion.griffin_lim(target, CONFIG, length=len(Y), n_iter=2))
    assert (few != inversion.griffin_lim(target, CONFIG, length=len(Y), n_iter=2, seed=1)).any()


def test_griffin_lim_does_not_depend_on_loudness():
    target = np.abs(features.stft(Y, CONFIG))
    loud = inversion.griffin_lim(target, CONFIG, length=len(Y), n_iter=4, seed=None)
    faint = inversion.griffin_lim(target * 2.0**-20, CONFIG, length=len(Y), n_iter=4, seed=None)
    np.testing.assert_allclose(faint * 2.0**20, loud, atol=1e-4)


@pytest.mark.parametrize(
    "config", [CONFIG, replace(CONFIG, mel_scale="htk", mel_norm=None, f_min_hz=80, f_max_hz=7600)]
)
@pytest.mark.parametrize("power", [1, 2])
def test_stft_from_mel_fits_better_than_librosa(config, power):
    config = replace(config, power=power)
    spectrum = np.abs(features.stft(Y, config))
    mel = features.mel_from_stft(spectrum, config)
    ours = inversion.stft_from_mel(mel, config)
    theirs = librosa.feature.inverse.mel_to_stft(
        mel,
        sr=16000,
        n_fft=512,
        power=power,
        fmin=config.f_min_hz,
        fmax=config.f_max_hz,
        htk=config.mel_scale == "htk",
        norm=config.mel_norm,
    )

    def misfit(estimate):
        return np.linalg.norm(features.mel_from_stft(estimate, config) - mel) / np.linalg.norm(mel)

    def error(estimate):
        return np.linalg.norm(estimate - spectrum) / np.linalg.norm(spectrum)

    assert ours.min() >= 0
    assert misfit(ours) <= max(misfit(theirs), 1e-4)
    assert error(ours) <= 1.02 * error(theirs)


def test_stft_from_mel_survives_empty_and_doubled_filters():
    config = FeatureConfig(n_fft=128, window_ms=8, n_mels=128, n_mfcc=20)
    assert len(features.empty_filters(config))
    mel = features.mel_spectrogram(Y, config)
    estimate = inversion.stft_from_mel(mel, config)
    assert np.linalg.norm(features.mel_from_stft(estimate, config) - mel) < 0.01 * np.linalg.norm(mel)


@pytest.mark.parametrize("lifter", [0, 22])
def test_mel_from_mfcc_equals_librosa_and_is_exact_with_all_coefficients(lifter):
    config = replace(CONFIG, lifter=lifter)
    mel = features.mel_spectrogram(Y, config)
    mfcc = features.mfcc_from_mel(mel, config)
    theirs = librosa.feature.inverse.mfcc_to_mel(mfcc, n_mels=64, lifter=lifter)
    np.testing.assert_allclose(inversion.mel_from_mfcc(mfcc, config), theirs, rtol=1e-3)
    everything = replace(config, n_mfcc=64, lifter=0)
    back = inversion.mel_from_mfcc(features.mfcc_from_mel(mel, everything), everything)
    np.testing.assert_allclose(features.power_to_db(back), features.power_to_db(mel), atol=0.01)


def test_coefficient_erased_by_the_lifter_comes_back_as_zero():
    config = replace(CONFIG, lifter=2)  # k = 3: 1 + sin(3 pi / 2) = 0
    assert abs(features.lifter_weights(20, 2)[2]) < 1e-6
    assert np.isfinite(inversion.mel_from_mfcc(features.mfcc(Y, config), config)).all()


@settings(deadline=None)
@given(
    values=st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=60),
    coef=st.sampled_from([0.0, 0.5, 0.9, 0.97]),
)
def test_de_emphasis_undoes_pre_emphasis(values, coef):
    y = np.array(values, dtype=np.float32)
    np.testing.assert_allclose(inversion.de_emphasis(features.pre_emphasis(y, coef), coef), y, atol=2e-5)


@pytest.mark.parametrize("pre_emphasis", [0, 0.97])
def test_each_step_throws_more_away(pre_emphasis):
    config = replace(CONFIG, pre_emphasis=pre_emphasis)
    target = np.abs(features.stft(Y, config))
    errors = []
    for source in inversion.REPRESENTATIONS:
        rebuilt = inversion.reconstruct(Y, config, from_=source, n_iter=40)
        assert rebuilt.dtype == np.float32
        assert rebuilt.shape == Y.shape
        assert 0.3 < np.std(rebuilt) / np.std(Y) < 1.5
        errors.append(convergence(rebuilt, target, config))
    assert errors[0] < errors[1] < errors[2]
    assert errors[0] < 0.15


@pytest.mark.parametrize("source", inversion.REPRESENTATIONS)
@pytest.mark.parametrize("n", [1, 2, 159, 700])
def test_silence_and_shortest_clips(source, n):
    silent = inversion.reconstruct(np.zeros(n), CONFIG, from_=source, n_iter=2)
    assert silent.shape == (n,)
    assert np.abs(silent).max() < 1e-3  # MFCCs know no silence, only their floor of -100 dB
    assert np.isfinite(inversion.reconstruct(speech_like(n), CONFIG, from_=source, n_iter=2)).all()


def test_bad_input_is_refused_with_a_sentence():
    with pytest.raises(ValueError, match="'wave'"):
        inversion.reconstruct(Y, CONFIG, from_="wave")
    with pytest.raises(ValueError, match="NaN"):
        inversion.reconstruct(np.array([np.nan, 0.0]), CONFIG)
    with pytest.raises(ValueError, match="hop at most as long"):
        inversion.reconstruct(Y, replace(CONFIG, hop_ms=30))
    with pytest.raises(ValueError, match="257 rows"):
        inversion.griffin_lim(np.ones((10, 5)), CONFIG, length=100)
    with pytest.raises(ValueError, match="magnitudes"):
        inversion.griffin_lim(-np.ones((257, 5)), CONFIG, length=100)
    with pytest.raises(ValueError, match="NaN"):
        inversion.griffin_lim(np.full((257, 5), np.nan), CONFIG, length=100)
    with pytest.raises(ValueError, match="at least 1 iteration"):
        inversion.griffin_lim(np.ones((257, 5)), CONFIG, length=100, n_iter=0)
    with pytest.raises(ValueError, match="decibels must be undone"):
        inversion.stft_from_mel(-np.ones((64, 5)), CONFIG)
    with pytest.raises(ValueError, match="64 rows"):
        inversion.stft_from_mel(np.ones((63, 5)), CONFIG)
    with pytest.raises(ValueError, match="20 rows"):
        inversion.mel_from_mfcc(np.ones((19, 5)), CONFIG)
    with pytest.raises(ValueError, match="NaN"):
        inversion.mel_from_mfcc(np.full((20, 5), np.nan), CONFIG)
