"""Misses against false alarms: what a spotter in a stream costs."""

import numpy as np
import pytest

from algorithms.keyword.ds_cnn import LABELS
from algorithms.keyword.trade import alarms, alarms_at, in_noise, joined, listened, peak

YES, NO = LABELS.index("yes"), LABELS.index("no")


class Loudness:
    """Hears "yes" as far as the middle of the window is loud, else silence."""

    labels = LABELS

    def __init__(self, most=1.0):
        self.most = most

    def predict_features(self, features):
        p = np.zeros((len(features), len(LABELS)), np.float32)
        p[:, YES] = self.most * (features[:, 22:27, 0].mean(1) > 0)
        p[:, 0] = 1 - p[:, YES]
        return p


def beeps(count, every_s=2.0):
    """`count` loud half seconds, float32."""
    y = 1e-4 * np.random.default_rng(0).standard_normal(round((count + 1) * every_s * 16000)).astype(np.float32)
    for i in range(count):
        start = round((i + 0.75) * every_s * 16000)
        y[start : start + 8000] += 0.5 * np.random.default_rng(i).standard_normal(8000).astype(np.float32)
    return np.clip(y, -1, 1)


def test_each_loud_half_second_is_one_alarm_up_to_what_the_spotter_gives():
    stream = listened(Loudness(0.8), beeps(7))
    counts = alarms(stream, 200, np.array([0.1, 0.5, 0.79, 0.81]))
    assert counts.tolist() == [7, 7, 7, 0]
    assert peak(stream, YES, 200) == pytest.approx(0.8, abs=1e-5)
    assert peak(stream, NO, 200) == 0


def test_listening_by_the_minute_changes_nothing():
    y = np.tile(beeps(3), 10)[: 65 * 16000]
    stream = listened(Loudness(), y)
    assert len(stream.probs) == 1 + (1 + (len(y) - 640) // 320 - 49) // 2


def test_the_threshold_for_a_share_of_misses():
    peaks = np.arange(100) / 100 + 0.005  # a threshold t misses a share of t of them
    thresholds = np.arange(1, 100) / 100
    counts = np.arange(99)[::-1]
    assert alarms_at(0.15, peaks, counts, thresholds) == (0.15, 0.15, 84)
    assert alarms_at(0.0, peaks - 1, counts, thresholds)[0] == 0.01  # even the lowest misses more


def test_joined_speech_is_as_long_as_its_parts_and_their_pauses():
    assert len(joined([np.zeros(1000, np.float32)] * 3)) == 3 * (1000 + 4800)
    assert joined([]).shape == (0,)


def test_a_clip_in_noise_is_whole_and_its_noise_as_quiet_as_its_quietest_part():
    y = 0.3 * np.sin(np.arange(16000) / 5).astype(np.float32)
    y[:1600] *= 0.01
    out = in_noise(y, np.random.default_rng(0))
    np.testing.assert_array_equal(out[16000:32000], y)
    quiet = np.sqrt(np.mean(y[:1600] ** 2))
    assert np.sqrt(np.mean(out[:16000] ** 2)) == pytest.approx(quiet, rel=0.05)
