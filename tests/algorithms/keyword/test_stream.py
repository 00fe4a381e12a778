"""Keyword spotting in a stream: the window, the mean, detections, words by loudness; and sound rebuilt from MFCCs."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import models
from algorithms.keyword.features import LOG_OFFSET, MEAN, STD, dct_matrix, log_mel, mfcc
from algorithms.keyword.resynth import envelope, rebuild
from algorithms.keyword.stream import (
    Detection,
    KeywordStream,
    Rule,
    detect,
    is_keyword,
    latency_s,
    loud_frames,
    smooth,
    steps_of,
    word_spans,
)
from algorithms.sound import load
from algorithms.sound.clips import clip

PROBS = st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), max_size=30).map(
    lambda rows: np.array(rows, np.float64).reshape(-1, 3)
)


@pytest.fixture(scope="module")
def spotter():
    return models.get("kws/ds-cnn-int8")


@pytest.fixture(scope="module")
def sound():
    return load(clip("word_stream").path, sample_rate=16_000).y[: 5 * 16_000]


@given(PROBS, st.integers(1, 9))
def test_mean_is_that_of_each_row_with_those_before(probs, width):
    expected = [probs[max(0, i + 1 - width) : i + 1].mean(0) for i in range(len(probs))]
    np.testing.assert_allclose(smooth(probs, width), np.array(expected).reshape(-1, 3), atol=1e-9)


def test_mean_needs_a_window():
    with pytest.raises(ValueError, match="at least one"):
        smooth(np.zeros((2, 3)), 0)


@given(PROBS, st.floats(0.05, 1), st.integers(1, 6))
def test_detections_are_those_of_the_definition(probs, threshold, refractory):
    keyword = np.array([False, True, True])
    expected, deaf_until = [], 0
    for step, row in enumerate(probs):
        best = 1 if row[1] >= row[2] else 2
        if step >= deaf_until and row[best] >= threshold:
            expected.append(Detection(step, best, float(row[best])))
            deaf_until = step + refractory
    assert detect(probs, keyword, threshold, refractory) == expected


def test_silence_and_unknown_are_never_detected():
    keyword = is_keyword(("_silence_", "_unknown_", "yes"))
    assert keyword.tolist() == [False, False, True]
    assert detect(np.array([[0.9, 0.05, 0.05]]), keyword, 0.1, 1) == []
    assert detect(np.ones((3, 2)), np.array([False, False]), 0.1, 1) == []


def test_steps_of_a_duration():
    assert [steps_of(ms, 0.04) for ms in (0, 40, 200, 1000)] == [1, 1, 5, 25]


def tone_bursts(*spans):
    """Levels of 6 s of noise at -60 dB with tones at -20 dB."""
    level = np.full(300, -60.0)
    for first, after in spans:
        level[first:after] = -20.0
    return level


def spans(level):
    return word_spans(loud_frames(level))


def test_words_by_loudness():
    assert spans(tone_bursts((50, 80), (150, 190))) == [(50, 80), (150, 190)]
    assert spans(tone_bursts((50, 80), (84, 100))) == [(50, 100)]  # the closure of a t, 80 ms
    assert spans(tone_bursts((50, 80), (90, 120))) == [(50, 80), (90, 120)]
    assert spans(tone_bursts((50, 52))) == []  # a click
    assert spans(np.full(200, -30.0)) == []  # even noise, however loud
    assert spans(np.zeros(0)) == []


def test_an_echo_ends_the_word():
    level = tone_bursts((50, 80))
    level[80:120] = -20 - np.arange(40) * 1.0  # dies away by 1 dB a frame
    ((first, after),) = spans(level)
    assert first == 50
    assert after == pytest.approx(80 + 28, abs=2)  # where it is 12 dB over the noise of -60


@given(st.lists(st.floats(-100, 0), max_size=260), st.integers(1, 90))
@settings(max_examples=30, deadline=None)
def test_loud_frames_are_those_of_the_definition_in_any_pieces(level, piece):
    level, past = np.array(level), 40
    expected = []
    for i in range(len(level)):
        before = level[max(0, i + 1 - past) : i + 1]
        expected.append(level[i] > max(np.percentile(before, 20) + 12, before.max() - 30))
    got = np.zeros(0, bool)
    for end in [*range(piece, len(level), piece), len(level)]:
        got = np.concatenate([got, loud_frames(level[:end], len(got), past=past)])
    assert got.tolist() == expected


def test_latency_belongs_to_the_last_word_begun():
    words = [(1.0, 1.5), (3.0, 3.4)]
    assert latency_s(1.7, words) == pytest.approx(0.2)
    assert latency_s(3.3, words) == pytest.approx(-0.1)
    assert latency_s(0.5, words) is None
    assert latency_s(2.9, words) is None  # 1.4 s after a word: hardly its


def test_stream_answers_as_the_file_does(spotter, sound):
    stream = KeywordStream(spotter, 3)
    assert stream.probs.shape == (0, 12)
    assert stream.detections(Rule()) == []
    stream.push(sound)
    frames = mfcc(sound)
    windows = np.stack([frames[s : s + 49] for s in range(0, len(frames) - 48, 3)])
    np.testing.assert_allclose(stream.probs, spotter.predict_features(windows), atol=1e-6)
    assert stream.time_s(0) == 1.0
    assert stream.step_s == pytest.approx(0.06)
    last = 1 + (len(sound) / 16_000 - 1) // stream.step_s * stream.step_s
    assert stream.time_s(stream.steps - 1) == pytest.approx(last)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(0, 9000), min_size=1, max_size=12), st.integers(1, 5))
def test_blocks_of_any_size_give_the_same(spotter, sound, sizes, every):
    whole, parts = KeywordStream(spotter, every), KeywordStream(spotter, every)
    edges = np.minimum(np.cumsum([0, *sizes, len(sound)]), len(sound))
    whole.push(sound)
    added = sum(parts.push(sound[a:b]) for a, b in itertools.pairwise(edges))
    assert added == whole.steps
    np.testing.assert_allclose(parts.probs, whole.probs, atol=1e-6)
    np.testing.assert_allclose(parts.level_db, whole.level_db, atol=1e-4)
    assert parts.words() == whole.words()


def test_levels_are_decibels_below_full_scale(spotter):
    stream = KeywordStream(spotter)
    stream.push(np.sin(2 * np.pi * 400 * np.arange(16_000) / 16_000).astype(np.float32))
    np.testing.assert_allclose(stream.level_db, -3.01, atol=0.01)
    silent = KeywordStream(spotter)
    silent.push(np.zeros(16_000, np.float32))
    np.testing.assert_allclose(silent.level_db, -100)
    assert len(silent.level_db) == 49


def test_stream_finds_the_words_of_the_example(spotter, sound):
    stream = KeywordStream(spotter)
    stream.push(sound)
    found = stream.detections(Rule(200, 0.7, 1000))
    assert [spotter.labels[d.label] for d in found] == ["yes", "stop"]
    assert stream.time_s(found[0].step) == pytest.approx(1.6, abs=0.15)
    assert len(stream.detections(Rule(200, 0.7, 100))) > 4  # one word counts many times without a pause


def test_stream_refuses_no_step(spotter):
    with pytest.raises(ValueError, match="1 or more"):
        KeywordStream(spotter, 0)


# --- Rebuilt sound ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def word():
    return load(clip("word_stop").path, sample_rate=16_000).y


def test_envelope_is_the_projection_on_ten_cosines(word):
    y = word + 1e-3 * np.random.default_rng(0).standard_normal(len(word)).astype(np.float32)
    basis = dct_matrix()
    expected = log_mel(y) @ basis.T @ basis  # least squares: the rows are orthonormal
    np.testing.assert_allclose(envelope(mfcc(y)), expected, atol=1e-4)
    np.testing.assert_allclose((envelope(mfcc(y)) @ basis.T - MEAN) / STD, mfcc(y), atol=1e-4)


def test_rebuilt_word_has_the_same_mfccs_and_the_same_answer(spotter, word):
    y = rebuild(mfcc(word))
    assert y.shape == (16_000,)
    assert y.dtype == np.float32
    assert np.abs(y).max() <= 1
    loud = mfcc(word)[:, 0] > 0
    assert np.abs(mfcc(y) - mfcc(word))[loud, :2].mean() < 0.5  # in standard deviations
    assert spotter.labels[spotter.predict(y).argmax()] == "stop"


def test_rebuilt_silence_is_silent():
    assert np.abs(rebuild(mfcc(np.zeros(16_000, np.float32)))).max() < 10 * np.sqrt(LOG_OFFSET)


@pytest.mark.parametrize("shape", [(49, 9), (48, 10), (490,)])
def test_rebuild_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match=r"49|10"):
        rebuild(np.zeros(shape))


def test_rebuild_of_wild_numbers_stays_a_sound():
    y = rebuild(np.full((49, 10), 50.0))
    assert np.isfinite(y).all()
    assert np.abs(y).max() <= 1
