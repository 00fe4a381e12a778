"""The made-up stream on which a trained word is tried: what is in it, and that it is judged rightly."""

import numpy as np
import pytest

from algorithms.keyword.features import mfcc
from spaces.keyword_spotting.own import stream as own_stream
from spaces.keyword_spotting.own.takes import Kept, ready_made


class Ear:
    """Knows the word by a tone at 1 kHz, which the takes carry."""

    labels = ("_silence_", "_unknown_", "beep")

    def predict_features(self, features):
        far = np.abs(features - TONE).mean((1, 2))
        p = np.where(far < 0.6, 0.95, 0.02).astype(np.float32)
        return np.stack([np.zeros_like(p), 1 - p, p], 1)


def beep():
    t = np.arange(16_000) / 16_000
    return (0.3 * np.sin(2 * np.pi * 1000 * t) * ((t > 0.3) & (t < 0.7))).astype(np.float32)


TONE = mfcc(beep() + np.random.default_rng(0).normal(0, 1e-3, 16_000).astype(np.float32))


def test_the_stream_takes_turns_and_is_always_the_same():
    kept = ready_made("sesame")
    y, spoken = own_stream.compose(kept, ("sesame",))
    again, _ = own_stream.compose(kept, ("sesame",))
    np.testing.assert_array_equal(y, again)
    words = [s.word for s in spoken]
    assert words[::2] == ["sesame"] * 6
    assert "sesame" not in words[1::2]
    assert len(set(words[1::2])) == 6
    assert np.abs(y).max() <= 1
    assert spoken[-1].end_s < len(y) / 16_000
    for s in spoken:  # every word is there
        inside = y[round(s.start_s * 16_000) : round(s.end_s * 16_000)]
        assert np.abs(inside).max() > 0.02


def test_two_words_keep_their_names():
    _, spoken = own_stream.compose(ready_made("alike"), ("flower", "flour"))
    assert {s.word for s in spoken[::2]} == {"flower", "flour"}


def test_what_the_spotter_misses_and_invents_is_counted():
    kept, _ = Kept().added([(beep(), 0.4, "beep", "recorded")] * 3, "first")
    sound, stream, rule, outcome = own_stream.heard(Ear(), kept, ("beep",), 2.0)  # a threshold out of reach
    assert outcome.found == ()
    assert [s.word for s in outcome.missed] == ["beep"] * 3
    assert "0 of 3 found, 0 false alarms" in own_stream.summary(outcome, Ear.labels)
    assert len(sound.y) / 16_000 == pytest.approx(outcome.heard_s, abs=0.05)
    assert (rule.threshold, stream.every) == (2.0, 2)

    class Everything(Ear):
        def predict_features(self, features):
            return np.tile(np.float32([0, 0, 1]), (len(features), 1))

    *_, outcome = own_stream.heard(Everything(), kept, ("beep",), 0.5)
    assert not outcome.missed
    assert sum(f.verdict != "right" for f in outcome.found) > 0
