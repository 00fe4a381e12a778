"""Takes out of a recording: words are found where they are, and what is wrong with one is named."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms.keyword.takes import Span, find_words, level_db, narrow_band, problems, second_around

RATE = 16_000


def recording(spans, total_s=6.0, level=0.2, noise_db=-60.0, seed=0):
    """Bursts of noise, which stand for words, in softer noise."""
    rng = np.random.default_rng(seed)
    y = rng.normal(0, 10 ** (noise_db / 20), round(total_s * RATE))
    for start, end in spans:
        a, b = round(start * RATE), round(end * RATE)
        y[a:b] += rng.normal(0, level, b - a)
    return np.clip(y, -1, 1).astype(np.float32)


def second(word=(0.3, 0.7), **kwargs):
    return recording([word], 1.0, **kwargs)


def test_five_words_are_found_where_they_are():
    spans = [(0.5 + 1.1 * i, 0.9 + 1.1 * i) for i in range(5)]
    found = find_words(recording(spans))
    assert len(found) == 5
    for span, (start, end) in zip(found, spans, strict=True):
        assert span.start_s == pytest.approx(start, abs=0.021)
        assert span.end_s == pytest.approx(end, abs=0.021)


def test_a_closure_does_not_cut_a_word_and_a_pause_does():
    assert len(find_words(recording([(1.0, 1.3), (1.42, 1.7)]))) == 1
    assert len(find_words(recording([(1.0, 1.3), (1.8, 2.1)]))) == 2


def test_clicks_and_silence_are_no_words():
    assert find_words(recording([(1.0, 1.05)])) == []
    assert find_words(np.zeros(RATE, np.float32)) == []
    assert find_words(recording([])) == []
    assert find_words(np.zeros(100, np.float32)) == []


def test_a_recording_without_a_pause_is_one_word():
    (span,) = find_words(recording([(0.0, 0.4)], total_s=0.4))
    assert span.duration_s == pytest.approx(0.4, abs=0.03)


def test_a_second_holds_its_word_in_the_middle():
    y = recording([(0.05, 0.45), (2.0, 2.4)], total_s=3.0)
    cut = second_around(y, Span(2.0, 2.4))
    np.testing.assert_array_equal(cut, y[round(1.7 * RATE) : round(2.7 * RATE)])
    early = second_around(y, Span(0.05, 0.45))
    assert not early[: RATE // 4].any()  # the recording had not begun
    assert find_words(early)[0].start_s == pytest.approx(0.3, abs=0.03)


def test_a_good_take_has_no_problems():
    assert problems(second(), 0.4) == ()


@pytest.mark.parametrize(
    ("y", "duration_s", "said"),
    [
        (np.zeros(RATE), 0.4, "silent"),
        (np.clip(second(level=1.0), -0.7, 0.7), 0.4, "clipped"),
        (second(level=0.003, noise_db=-90), 0.4, "soft"),
        (second(), 1.4, "1.4 s long"),
        (second(level=0.1, noise_db=-26), 0.4, "background"),
    ],
)
def test_what_is_wrong_is_named(y, duration_s, said):
    found = problems(np.asarray(y, np.float32), duration_s)
    assert any(said in problem for problem in found), found


def test_telephone_sound_is_named_and_others_are_not():
    import soxr

    wide = second()
    narrow = soxr.resample(soxr.resample(wide, RATE, 8000), 8000, RATE)
    assert narrow_band(narrow)
    assert not narrow_band(wide)
    assert any("8 kHz" in problem for problem in problems(narrow))


def test_levels_in_decibels():
    np.testing.assert_allclose(level_db(np.full(640, 0.1)), [-20, -20], atol=1e-6)
    assert level_db(np.zeros(320)) == pytest.approx([-120])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 40_000), st.floats(0, 1), st.integers(0, 1000))
def test_any_sound_can_be_searched(n, level, seed):
    y = (np.random.default_rng(seed).normal(0, level, n)).clip(-1, 1).astype(np.float32)
    for span in find_words(y):
        assert 0 <= span.start_s < span.end_s <= n / RATE
        cut = second_around(y, span)
        assert cut.shape == (RATE,)
        assert all(isinstance(problem, str) for problem in problems(cut, span.duration_s))
