"""The keyword spotter's front end: against librosa, against its own streaming form, on known and on bad sound."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms.keyword import features as kws_features
from algorithms.keyword.features import CLIP_SAMPLES, CONFIG, FRAME, HOP, StreamingMfcc, log_mel, mfcc, one_second


def noise(samples, seed=0):
    return np.random.default_rng(seed).normal(0, 0.1, samples).astype(np.float32)


def test_one_second_is_49_frames_of_10_coefficients():
    features = mfcc(noise(CLIP_SAMPLES))
    assert features.shape == (kws_features.N_FRAMES, kws_features.N_COEFFICIENTS) == (49, 10)
    assert features.dtype == np.float32


def test_log_mel_and_mfcc_agree_with_librosa():
    import librosa
    from scipy.fft import dct

    y = noise(20000, 3) * np.linspace(0, 1, 20000, dtype=np.float32) ** 2
    mel = librosa.feature.melspectrogram(
        y=y, sr=16000, n_fft=640, hop_length=320, win_length=640, window="hann", center=False, power=2.0,
        n_mels=40, fmin=20.0, fmax=7600.0, htk=True, norm=None,
    )  # fmt: skip
    expected = np.log(mel.T.astype(np.float64) + kws_features.LOG_OFFSET)
    np.testing.assert_allclose(log_mel(y), expected, atol=2e-4)
    coefficients = dct(expected, type=2, norm="ortho", axis=1)[:, :10]
    np.testing.assert_allclose(mfcc(y), (coefficients - kws_features.MEAN) / kws_features.STD, atol=5e-4)


def test_librosa_s_own_mfcc_gives_the_same_coefficients():
    import librosa

    y = noise(CLIP_SAMPLES, 4)
    coefficients = librosa.feature.mfcc(S=log_mel(y).T, n_mfcc=10, dct_type=2, norm="ortho").T
    np.testing.assert_allclose(mfcc(y), (coefficients - kws_features.MEAN) / kws_features.STD, atol=1e-4)


def test_the_dct_is_orthonormal():
    matrix = kws_features.dct_matrix()
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(10), atol=1e-12)


def test_no_mel_band_is_empty():
    from algorithms.signal.mel import empty_filters

    assert not len(empty_filters(CONFIG))


def test_a_tone_is_loudest_in_its_band():
    from algorithms.signal.mel import mel_frequencies

    tone = np.sin(2 * np.pi * 1000 * np.arange(CLIP_SAMPLES) / 16000).astype(np.float32)
    loudest = log_mel(tone).argmax(1)
    assert set(loudest) == {int(np.abs(mel_frequencies(CONFIG) - 1000).argmin())}


def test_digital_silence_is_the_floor_in_every_frame():
    np.testing.assert_allclose(log_mel(np.zeros(CLIP_SAMPLES, np.float32)), np.log(1e-6), atol=1e-5)


@pytest.mark.parametrize("block", [1, 7, 160, 319, 320, 321, 640, 1000, 4096, 16000, 50000])
def test_a_stream_gives_the_same_numbers_whatever_the_block(block):
    y = noise(5000 if block == 1 else 48000, block)
    stream = StreamingMfcc()
    parts = [stream.push(y[start : start + block]) for start in range(0, len(y), block)]
    np.testing.assert_array_equal(np.concatenate(parts), mfcc(y))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 3000), min_size=1, max_size=12), st.integers(0, 1000))
def test_frames_come_as_soon_as_their_last_sample(sizes, seed):
    y, stream, count, there = noise(sum(sizes), seed), StreamingMfcc(), 0, 0
    for size in sizes:
        count += len(stream.push(y[there : there + size]))
        there += size
        assert count == max(0, 1 + (there - FRAME) // HOP)


def test_a_frame_hears_only_its_own_640_samples():
    y = noise(CLIP_SAMPLES)
    changed = y.copy()
    changed[320 * 20 + 640 :] = 0.5
    np.testing.assert_array_equal(mfcc(y)[:21], mfcc(changed)[:21])
    assert (mfcc(y)[22] != mfcc(changed)[22]).all()


def test_a_clip_is_put_in_the_middle_of_a_second():
    y = one_second(np.ones(1000, np.float32))
    assert (len(y), y.sum(), y[7500], y[7499], y[8499], y[8500]) == (16000, 1000, 1, 0, 1, 0)
    assert one_second(noise(16000)).shape == (16000,)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros(639, np.float32), "fewer than one frame"),
        (np.zeros((16000, 2), np.float32), "one channel"),
        (np.zeros(0, np.float32), "empty"),
        (np.full(16000, np.nan, np.float32), "NaN"),
        (np.zeros(16000, np.int16), "floating point"),
    ],
)
def test_bad_sound_is_refused_with_a_sentence(y, message):
    with pytest.raises(ValueError, match=message):
        mfcc(y)


def test_more_than_a_second_is_refused():
    with pytest.raises(ValueError, match="one second"):
        one_second(noise(16001))


def test_a_stream_refuses_nan_and_goes_on_after_it():
    y, stream = noise(2000), StreamingMfcc()
    first = stream.push(y[:1000])
    with pytest.raises(ValueError, match="NaN"):
        stream.push(np.full(10, np.nan, np.float32))
    np.testing.assert_array_equal(np.concatenate([first, stream.push(y[1000:])]), mfcc(y))
