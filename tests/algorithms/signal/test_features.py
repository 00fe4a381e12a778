"""FeatureConfig, STFT, mel, MFCC and what explains them, against librosa, NumPy's DFT and known answers."""

import math
import warnings
from dataclasses import replace

import hypothesis.strategies as st
import librosa
import numpy as np
import pytest
import scipy.signal
import soundfile as sf
from hypothesis import given, settings

from algorithms.signal import features
from algorithms.signal.features import FeatureConfig

RATE = 16000
LIBROSA_WINDOW = {"hann": "hann", "hamming": "hamming", "blackman": "blackman", "rectangular": "boxcar"}


def speech_like(n=8000, rate=RATE, seed=0):
    """Harmonics with a falling spectrum, a pause and a little noise: 60 dB of dynamics as in speech."""
    rng = np.random.default_rng(seed)
    t = np.arange(n) / rate
    voiced = sum(np.sin(2 * np.pi * 130 * k * t + k) / k**1.5 for k in range(1, 20))
    y = 0.2 * voiced * (np.sin(2 * np.pi * 3 * t) > -0.3) + 1e-3 * rng.standard_normal(n)
    return y.astype(np.float32)


def librosa_features(y, c):
    """Complex STFT, mel and MFCC by librosa with the settings of c."""
    if c.pre_emphasis:
        y = librosa.effects.preemphasis(y, coef=c.pre_emphasis)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="n_fft=.* is too large for input signal")
        warnings.filterwarnings("ignore", message="Empty filters detected in mel frequency basis")
        spectrum = librosa.stft(
            y,
            n_fft=c.n_fft,
            hop_length=c.hop_length,
            win_length=c.window_length,
            window=LIBROSA_WINDOW[c.window],
            center=c.center,
        )
        mel = librosa.feature.melspectrogram(
            S=np.abs(spectrum) ** c.power,
            sr=c.sample_rate,
            n_mels=c.n_mels,
            fmin=c.f_min_hz,
            fmax=c.f_max_hz,
            htk=c.mel_scale == "htk",
            norm=c.mel_norm,
        )
    mfcc = librosa.feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=c.n_mfcc, lifter=c.lifter)
    return spectrum, mel, mfcc


def assert_same_as_librosa(y, c):
    """Compare within float32: 1e-6 of the largest STFT value, and what that becomes further down the chain."""
    spectrum, mel, mfcc = librosa_features(y, c)
    ours = features.stft(y, c)
    assert ours.dtype == np.complex64
    assert ours.shape == spectrum.shape == (c.n_bins, features.n_frames(len(y), c))
    error = 1e-6 * np.abs(spectrum).max() + 1e-30
    np.testing.assert_allclose(ours, spectrum, rtol=0, atol=error)

    our_mel = features.mel_from_stft(ours, c)
    assert our_mel.dtype == np.float32
    spectrum_error = error if c.power == 1 else 2 * np.abs(spectrum) * error + error**2
    mel_error = features.mel_filterbank(c) @ np.broadcast_to(spectrum_error, spectrum.shape) + 1e-5 * mel
    assert (np.abs(our_mel - mel) <= mel_error).all()

    our_mfcc = features.mfcc_from_mel(our_mel, c)
    assert our_mfcc.dtype == np.float32
    floored = np.maximum(mel, max(1e-10, 1e-8 * mel.max()))
    db_error = 10 * np.log10((floored + mel_error) / floored) + 1e-3
    # An orthonormal transform makes no error vector longer.
    mfcc_error = np.linalg.norm(db_error, axis=0) * np.abs(features.lifter_weights(c.n_mfcc, c.lifter)).max()
    assert (np.abs(our_mfcc - mfcc) <= mfcc_error).all()
    np.testing.assert_allclose(features.mfcc(y, c), our_mfcc, rtol=1e-6)


@st.composite
def configs(draw):
    rate = draw(st.sampled_from([8000, 11025, 16000, 22050, 44100, 48000]))
    n_fft = draw(st.sampled_from([64, 256, 400, 512, 1024, 2048]))
    n_mels = draw(st.integers(2, 128))
    low = draw(st.floats(0, 0.3))
    return FeatureConfig(
        sample_rate=rate,
        window=draw(st.sampled_from(features.WINDOWS)),
        window_ms=1000 * draw(st.floats(0.1, 1)) * n_fft / rate,
        hop_ms=1000 * draw(st.floats(0.1, 1.2)) * n_fft / rate,
        n_fft=n_fft,
        n_mels=n_mels,
        f_min_hz=low * rate,
        f_max_hz=draw(st.floats(low + 0.05, 0.5)) * rate,
        mel_scale=draw(st.sampled_from(features.MEL_SCALES)),
        mel_norm=draw(st.sampled_from(["slaney", None])),
        power=draw(st.sampled_from([1, 2])),
        pre_emphasis=draw(st.sampled_from([0.0, 0.5, 0.97])),
        n_mfcc=draw(st.integers(1, n_mels)),
        lifter=draw(st.sampled_from([0, 10, 22])),
        center=draw(st.booleans()),
    )


@settings(max_examples=60, deadline=None)
@given(config=configs(), extra=st.integers(0, 3000), seed=st.integers(0, 100))
def test_whole_chain_equals_librosa(config, extra, seed):
    shortest = 2 if config.center else config.n_fft
    assert_same_as_librosa(speech_like(shortest + extra, config.sample_rate, seed), config)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 48000, 192000])
@pytest.mark.parametrize("window", features.WINDOWS)
def test_rates_and_windows_equal_librosa(rate, window):
    config = FeatureConfig(sample_rate=rate, window=window, n_fft=8192, lifter=22, pre_emphasis=0.97)
    assert_same_as_librosa(speech_like(rate // 2, rate), config)


@pytest.mark.parametrize("length", [1, 2, 3, 10, 400, 551, 1200])
@pytest.mark.parametrize("name", features.WINDOWS)
def test_window_equals_scipy(name, length):
    expected = scipy.signal.get_window(LIBROSA_WINDOW[name], length)
    np.testing.assert_allclose(features.window(name, length), expected, atol=1e-7)


def test_cached_arrays_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        features.window("hann", 400)[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        features.mel_filterbank(FeatureConfig())[0] = 1


def test_frame_is_a_view_and_equals_librosa():
    y = speech_like(1003)
    frames = features.frame(y, 100, 30)
    assert np.shares_memory(frames, y)
    np.testing.assert_array_equal(frames, librosa.util.frame(y, frame_length=100, hop_length=30))
    with pytest.raises(ValueError, match="fewer than one frame"):
        features.frame(y, 2000, 30)


def test_stft_is_the_dft_of_the_windowed_samples():
    """Brute force from the definition, with a window shorter than the FFT."""
    config = FeatureConfig(sample_rate=1000, window_ms=20, hop_ms=7, n_fft=32, n_mels=4, n_mfcc=2, center=False)
    y = speech_like(100)
    w = np.zeros(32)
    w[6:26] = scipy.signal.get_window("hann", 20)
    n, k = np.arange(32), np.arange(17)
    for t in range(features.n_frames(100, config)):
        expected = (np.exp(-2j * np.pi * np.outer(k, n) / 32) * (w * y[7 * t : 7 * t + 32])).sum(axis=1)
        np.testing.assert_allclose(features.stft(y, config)[:, t], expected, atol=1e-6)


def test_sine_on_a_bin_has_amplitude_times_half_the_window_sum():
    config = FeatureConfig(window_ms=32, n_fft=512)
    y = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE).astype(np.float32)  # bin 32
    column = features.magnitude(features.stft(y, config))[:, 50]
    assert column.argmax() == 32
    assert column[32] == pytest.approx(0.5 * 256 / 2, rel=1e-5)  # a Hann window sums to N / 2
    assert column[31] == pytest.approx(column[32] / 2, rel=1e-5)  # a Hann window's spectrum: 1/2, 1, 1/2
    assert features.fft_frequencies(config)[32] == 1000
    np.testing.assert_allclose(features.power(column), column**2)


def test_impulse_has_a_flat_spectrum_in_the_frames_that_see_it():
    config = FeatureConfig(window="rectangular", window_ms=25, hop_ms=10)
    y = np.zeros(RATE, dtype=np.float32)
    y[8000] = 1
    magnitude = features.magnitude(features.stft(y, config))
    times = features.frame_times(config, magnitude.shape[1])
    sees = (times > 0.5 - 0.0125) & (times <= 0.5 + 0.0125)
    np.testing.assert_allclose(magnitude[:, sees], 1, atol=1e-6)
    assert not magnitude[:, ~sees].any()


def test_hundred_frames_a_second_and_their_times():
    config = FeatureConfig()
    count = features.n_frames(RATE, config)
    assert count == 101  # the last one is centred on the end
    np.testing.assert_allclose(
        features.frame_times(config, count), librosa.frames_to_time(range(count), sr=RATE, hop_length=160)
    )
    uncentred = replace(config, center=False)
    assert features.n_frames(RATE, uncentred) == features.stft(speech_like(RATE), uncentred).shape[1]
    assert features.frame_times(uncentred, 1)[0] == 256 / RATE
    assert features.n_frames(511, uncentred) == 0


@settings(deadline=None)
@given(values=st.lists(st.floats(-1, 1, width=32), min_size=2, max_size=50), coef=st.floats(0.01, 0.99))
def test_pre_emphasis_equals_librosa(values, coef):
    y = np.array(values, dtype=np.float32)
    np.testing.assert_allclose(features.pre_emphasis(y, coef), librosa.effects.preemphasis(y, coef=coef), atol=1e-6)


def test_pre_emphasis_edges():
    y = speech_like(100)
    assert features.pre_emphasis(y, 0) is y
    np.testing.assert_allclose(features.pre_emphasis(np.array([0.5]), 0.97), [1.0])
    with pytest.raises(ValueError, match="pre-emphasis"):
        features.pre_emphasis(y, 1.0)


@settings(max_examples=30, deadline=None)
@given(config=configs(), seed=st.integers(0, 100), at=st.floats(0, 1))
def test_steps_of_one_frame_equal_the_batch(config, seed, at):
    y = speech_like(4000, config.sample_rate, seed)
    spectrum = features.stft(y, config)
    mel = features.mel_from_stft(spectrum, config)
    t = round(at * (spectrum.shape[1] - 1))
    steps = features.steps_of_frame(y, config, t, mel=mel if seed % 2 else None)
    batch = np.abs(spectrum[:, t]) ** config.power
    np.testing.assert_allclose(steps.spectrum, batch, rtol=1e-3, atol=1e-6 * batch.max())
    np.testing.assert_allclose(steps.mel, mel[:, t], rtol=1e-4, atol=1e-6 * mel.max())
    np.testing.assert_allclose(steps.log_mel_db, features.power_to_db(mel)[:, t], atol=0.02)
    np.testing.assert_allclose(
        steps.mfcc, features.mfcc_from_mel(mel, config)[:, t], rtol=2e-4, atol=0.02 * (1 + config.lifter / 2)
    )
    assert steps.time_s == pytest.approx(features.frame_times(config, t + 1)[-1])


def test_steps_are_consistent_with_each_other():
    config = FeatureConfig(n_mels=20, lifter=22, n_mfcc=13)
    steps = features.steps_of_frame(speech_like(), config, 7)
    np.testing.assert_array_equal(steps.windowed, steps.samples * steps.window)
    np.testing.assert_array_equal(steps.zero_padded[56:456], steps.windowed)
    assert not steps.zero_padded[:56].any()
    assert not steps.zero_padded[456:].any()
    np.testing.assert_array_equal(steps.samples, speech_like()[7 * 160 - 200 : 7 * 160 + 200])
    m = np.arange(20)
    dct = [
        math.sqrt((1 if k == 0 else 2) / 20) * (steps.log_mel_db * np.cos(np.pi * k * (2 * m + 1) / 40)).sum()
        for k in range(13)
    ]
    np.testing.assert_allclose(steps.dct, dct, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(steps.mfcc, steps.dct * steps.lifter, rtol=1e-6)
    assert steps.log_mel_db.min() >= steps.floor_db - 1e-4


def test_steps_refuse_a_missing_frame_and_a_wrong_mel():
    config = FeatureConfig()
    with pytest.raises(ValueError, match="no frame 51"):
        features.steps_of_frame(speech_like(), config, 51)
    with pytest.raises(ValueError, match="no frame -1"):
        features.steps_of_frame(speech_like(), config, -1)
    with pytest.raises(ValueError, match="compute it anew"):
        features.steps_of_frame(speech_like(), config, 0, mel=np.ones((80, 3), np.float32))


# librosa.load asks audioread for its backends, which imports modules deprecated in Python 3.11.
@pytest.mark.filterwarnings("ignore:'(aifc|audioop|sunau)' is deprecated:DeprecationWarning")
@pytest.mark.parametrize(
    "config",
    [
        FeatureConfig(),
        FeatureConfig(sample_rate=22050, window="rectangular", n_fft=1024, mel_scale="htk", mel_norm=None, power=1),
        FeatureConfig(sample_rate=8000, pre_emphasis=0.97, lifter=22.5, f_min_hz=64.5, f_max_hz=3800, center=False),
    ],
)
def test_librosa_code_runs_and_gives_our_numbers(config, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = 'it\'s "a" clip.wav'
    y = speech_like(config.sample_rate, config.sample_rate)
    sf.write(name, y, config.sample_rate, subtype="FLOAT")
    found = {}
    exec(features.librosa_code(config, name), found)
    np.testing.assert_allclose(features.stft(y, config), found["spectrum"], atol=1e-4)
    spectrum_db = features.amplitude_to_db(features.magnitude(features.stft(y, config)), ref=np.max)
    np.testing.assert_allclose(spectrum_db, found["spectrum_db"], atol=0.05)
    mel = features.mel_spectrogram(y, config)
    np.testing.assert_allclose(mel, found["mel"], rtol=1e-4, atol=1e-6 * mel.max())
    np.testing.assert_allclose(features.mel_db(mel, config), found["mel_db"], atol=0.05)
    np.testing.assert_allclose(features.mfcc(y, config), found["mfcc"], rtol=2e-4, atol=0.05)


@pytest.mark.parametrize("center", [True, False])
def test_representations_tell_true_sizes(center):
    config = FeatureConfig(center=center)
    y = speech_like(RATE)
    spectrum = features.stft(y, config)
    made = [
        y,
        spectrum,
        features.magnitude(spectrum),
        features.mel_spectrogram(y, config),
        features.mfcc(y, config),
    ]
    for row, array in zip(features.representations(config, len(y)), made, strict=True):
        assert (row.shape, row.dtype, row.n_bytes) == (array.shape, str(array.dtype), array.nbytes), row.name
    rows = {row.name: row for row in features.representations(config, len(y))}
    assert rows["MFCC"].frames_per_s == 100
    assert rows["MFCC"].values_per_s == 1300
    assert rows["STFT (complex)"].values_per_s == 2 * 257 * 100
    assert rows["Waveform"].values_per_s == RATE
    with pytest.raises(ValueError, match="empty"):
        features.representations(config, 0)


def test_silence_is_zero_and_its_mfcc_constant():
    config = FeatureConfig()
    silence = np.zeros(RATE, dtype=np.float32)
    assert not features.stft(silence, config).any()
    mfcc = features.mfcc(silence, config)
    np.testing.assert_allclose(mfcc[0], -100 * math.sqrt(80), rtol=1e-5)  # log floor 1e-10 in all 80 bands
    np.testing.assert_allclose(mfcc[1:], 0, atol=1e-3)


@pytest.mark.parametrize("pre_emphasis", [0, 0.97])
def test_one_sample_makes_one_frame(pre_emphasis):
    config = FeatureConfig(pre_emphasis=pre_emphasis)
    assert features.stft(np.array([0.5]), config).shape == (257, 1)
    assert np.isfinite(features.mfcc(np.array([0.5]), config)).all()
    assert features.steps_of_frame(np.array([0.5]), config, 0).samples[200] == pytest.approx(
        1.0 if pre_emphasis else 0.5
    )
