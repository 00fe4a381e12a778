"""The mark in synthetic speech: it is found where it is, and only there, after what files go through."""

from __future__ import annotations

import numpy as np
import pytest
import soxr

from algorithms.provenance.find import MIN_S, SPEEDS, THRESHOLD, find
from algorithms.provenance.mark import BANDS, BITS, PERIOD_S, SAMPLE_RATE, TILES, mark, pattern, signs_of
from algorithms.sound import load
from algorithms.sound.clips import clip

PAYLOAD = 0xA5C3


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    return load(clip("speech_long").path, sample_rate=SAMPLE_RATE).y


@pytest.fixture(scope="module")
def marked(speech) -> np.ndarray:
    return mark(speech, SAMPLE_RATE, PAYLOAD)


def test_the_pattern_makes_no_sound_louder_and_every_bit_has_its_tiles():
    signs, bit = pattern()
    assert signs.shape == bit.shape == (BANDS, TILES)
    assert (signs.reshape(BANDS, -1, 2).sum(2) == 0).all(), "each tile is followed by one of the other sign"
    counts = np.bincount(bit.ravel() + 1, minlength=BITS + 1)
    assert counts[0] == pytest.approx(BANDS * TILES / 3, abs=4)
    assert counts[1:].min() > 0.9 * counts[1:].max()


def test_a_bit_flips_the_signs_of_its_tiles_alone():
    _, bit = pattern()
    differs = signs_of(0b1010) != signs_of(0b1000)
    assert (differs == (bit == 1)).all()


def test_a_mark_of_no_strength_changes_nothing(speech):
    assert np.abs(mark(speech, SAMPLE_RATE, PAYLOAD, strength_db=0) - speech).max() < 1e-6


def test_a_mark_is_small_keeps_silence_and_has_its_own_strength_in_each_tile(speech, marked):
    power = float((speech.astype(float) ** 2).mean())
    below = 10 * np.log10(power / float(((marked - speech).astype(float) ** 2).mean()))
    assert 18 < below < 26, "1.5 dB are a change of a sixth: 16 dB below at most"
    assert not mark(np.zeros(SAMPLE_RATE, np.float32), SAMPLE_RATE, PAYLOAD).any()
    noise = np.random.default_rng(0).standard_normal(12 * SAMPLE_RATE).astype(np.float32) / 10
    assert np.std(mark(noise, SAMPLE_RATE, PAYLOAD)) == pytest.approx(np.std(noise), rel=0.03)


def test_found_with_every_bit_and_only_where_it_is(speech, marked):
    found = find(marked)
    assert found.marked
    assert found.score > 2 * THRESHOLD
    assert found.payload == PAYLOAD
    assert found.speed == pytest.approx(1, abs=0.001)
    for other in (speech, load(clip("noise").path, sample_rate=SAMPLE_RATE).y, marked[::-1]):
        if len(other) >= MIN_S * SAMPLE_RATE:
            assert not find(other).marked


@pytest.mark.parametrize("speed", [0.9, 1.0337, 1.1])
def test_found_at_another_speed_and_from_another_beginning(marked, speed):
    found = find(soxr.resample(marked[3333:], SAMPLE_RATE * speed, SAMPLE_RATE))
    assert found.marked
    assert found.payload == PAYLOAD
    assert found.speed == pytest.approx(speed, abs=0.001)
    assert found.scores.shape[0] == len(SPEEDS)


def test_put_in_at_another_rate_and_found_after_resampling(speech):
    at_44 = mark(soxr.resample(speech, SAMPLE_RATE, 44_100), 44_100, 77)
    found = find(soxr.resample(at_44, 44_100, SAMPLE_RATE))
    assert found.marked
    assert found.payload == 77


def test_what_can_not_be_marked_or_looked_through_gets_a_sentence(speech):
    with pytest.raises(ValueError, match="at least 16,000 Hz"):
        mark(speech, 8000, 0)
    with pytest.raises(ValueError, match="from 0 to 65,535"):
        mark(speech, SAMPLE_RATE, 1 << BITS)
    with pytest.raises(ValueError, match=r"3\.2 s of sound"):
        find(speech[: int(PERIOD_S * SAMPLE_RATE) - 10])
    with pytest.raises(ValueError, match="silent"):
        find(np.zeros(5 * SAMPLE_RATE, np.float32))
