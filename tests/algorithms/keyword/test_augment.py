"""Variations of a take: each change does what it says, and nothing else; any mixture stays a sound."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms.keyword import augment as ka
from algorithms.keyword.augment import Change, Ranges

RATE = 16_000


def tone(hz=440.0, start=0.3, end=0.7):
    """A tone of 0.4 s in the middle of a second, float32 [16000]."""
    t = np.arange(RATE) / RATE
    return (0.3 * np.sin(2 * np.pi * hz * t) * ((t >= start) & (t < end))).astype(np.float32)


def apply(how, y=None):
    return ka.change(tone() if y is None else y, how, np.random.default_rng(0))


def extent(y):
    """Start and end in seconds of what is louder than a tenth of the peak."""
    loud = np.flatnonzero(np.abs(y) > 0.1 * np.abs(y).max())
    return loud[0] / RATE, loud[-1] / RATE


def pitch(y):
    return np.argmax(np.abs(np.fft.rfft(y * np.hanning(RATE))))  # one second: bin k is k Hz


def test_no_change_changes_nothing():
    np.testing.assert_array_equal(apply(Change()), tone())
    assert Change().words() == "as recorded"


def test_shift_and_gain():
    np.testing.assert_array_equal(apply(Change(shift_ms=100))[1600:], tone()[:-1600])
    np.testing.assert_array_equal(apply(Change(shift_ms=-50))[:-800], tone()[800:])
    np.testing.assert_allclose(apply(Change(gain_db=-6.0206)), tone() / 2, atol=1e-6)
    assert np.abs(apply(Change(gain_db=40))).max() == 1.0  # clipped, as a microphone does


@pytest.mark.parametrize("tempo", [0.85, 1.15])
def test_tempo_changes_the_length_and_not_the_pitch(tempo):
    y = apply(Change(tempo=tempo))
    start, end = extent(y)
    assert end - start == pytest.approx(0.4 / tempo, abs=0.03)
    assert (start + end) / 2 == pytest.approx(0.5, abs=0.03)
    assert pitch(y) == pytest.approx(440, abs=6)


@pytest.mark.parametrize("semitones", [-2.0, 1.5])
def test_pitch_changes_the_frequency_and_not_the_length(semitones):
    y = apply(Change(pitch_semitones=semitones))
    start, end = extent(y)
    assert end - start == pytest.approx(0.4, abs=0.03)
    assert pitch(y) == pytest.approx(440 * 2 ** (semitones / 12), rel=0.02)


def test_noise_lies_as_far_below_the_word_as_said():
    noise = apply(Change(snr_db=20)) - tone()
    assert 20 * np.log10(np.sqrt(np.mean(tone()[6000:10000] ** 2)) / noise.std()) == pytest.approx(20, abs=0.1)


def test_a_room_adds_a_tail_that_dies_away():
    y = apply(Change(room_s=0.4))

    def level(a, b):
        return np.sqrt(np.mean(y[int(a * RATE) : int(b * RATE)] ** 2))

    assert not y[: int(0.29 * RATE)].any() or level(0, 0.29) < 1e-6  # nothing before the sound
    early, late = level(0.72, 0.76), level(0.86, 0.90)
    assert early > late > 0
    assert 20 * np.log10(early / late) == pytest.approx(60 * 0.14 / 0.4, abs=6)
    assert level(0.4, 0.6) == pytest.approx(0.3 / np.sqrt(2), rel=0.1)


def test_words_name_what_was_done():
    how = Change(-40, 5, 0.9, 1.2, 0.3, 15)
    said = how.words()
    for part in ("40 ms earlier", "5 dB louder", "10 % slower", "1.2 semitones up", "a room of 0.30 s", "15 dB below"):
        assert part in said


def test_variations_are_the_same_for_the_same_seed():
    a, drawn = ka.variations(tone(), 3, (1, 2))
    b, again = ka.variations(tone(), 3, (1, 2))
    np.testing.assert_array_equal(a, b)
    assert drawn == again
    assert len({how.words() for how in drawn}) == 3
    assert not np.array_equal(a, ka.variations(tone(), 3, (1, 3))[0])
    assert ka.variations(tone(), 0, 0)[0].shape == (0, RATE)


def test_what_is_switched_off_does_not_happen():
    off = Ranges(shift_ms=0, gain_db=0, tempo=0, pitch_semitones=0, room_s=0, noise_db=0)
    y, drawn = ka.variations(tone(), 4, 0, off)
    assert drawn == [Change()] * 4
    np.testing.assert_array_equal(y, [tone()] * 4)


def test_draws_stay_within_their_ranges():
    rng, ranges = np.random.default_rng(0), Ranges()
    drawn = [ka.draw(ranges, rng) for _ in range(300)]
    assert max(abs(h.shift_ms) for h in drawn) <= 100
    assert all(0.85 <= h.tempo <= 1.15 for h in drawn)
    assert all(h.snr_db is None or 10 <= h.snr_db <= 30 for h in drawn)
    assert 0.2 < np.mean([h.snr_db is None for h in drawn]) < 0.47
    assert 0.4 < np.mean([h.room_s > 0 for h in drawn]) < 0.6


@pytest.mark.parametrize("ranges", [Ranges(shift_ms=-1), Ranges(tempo=0.6)])
def test_impossible_ranges_are_refused(ranges):
    with pytest.raises(ValueError, match="range"):
        ka.draw(ranges, np.random.default_rng(0))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["silence", "full", "click", "short"]))
def test_any_variation_is_a_second_of_sound(seed, kind):
    y = {
        "silence": np.zeros(RATE),
        "full": np.sign(np.sin(np.arange(RATE))),
        "click": np.eye(1, RATE, RATE // 2)[0],
        "short": np.full(100, 0.2),
    }[kind]
    (out,), _ = ka.variations(y.astype(np.float32), 1, seed)
    assert (out.shape, out.dtype) == ((RATE,), np.float32)
    assert np.isfinite(out).all()
    assert np.abs(out).max() <= 1
