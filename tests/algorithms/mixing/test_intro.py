"""Loudness against FFmpeg's own measurement, music of a length, ducking where somebody speaks, and the limiter."""

from __future__ import annotations

import re
import subprocess

import numpy as np
import pytest
import soundfile
import soxr

from algorithms.mixing.bed import MOODS, RATE, bed
from algorithms.mixing.intro import ATTACK_S, BEFORE_S, HOLD_S, PEAK, RELEASE_S, ducking, limited, mix
from algorithms.mixing.loudness import loudness
from algorithms.sound import load
from algorithms.sound.clips import clip


@pytest.fixture(scope="module")
def voice() -> np.ndarray:
    sound = load(clip("sentence").path)
    return soxr.resample(sound.y, sound.sample_rate, RATE)


def tone(hz: float, seconds: float, peak: float, rate: int = RATE) -> np.ndarray:
    return peak * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)


def test_the_standards_own_case():
    """BS.1770-4, annex 1: a sine of 0 dBFS at 997 Hz in one front channel reads -3.01 LKFS."""
    for rate in (48_000, 44_100, 16_000):
        assert loudness(tone(997, 3, 1.0, rate), rate) == pytest.approx(-3.01, abs=0.06)


def test_pauses_do_not_count_and_silence_has_no_loudness():
    loud = tone(997, 5, 0.1)
    with_pauses = np.concatenate([loud, np.zeros(10 * RATE), loud * 1e-3, loud])
    assert loudness(with_pauses, RATE) == pytest.approx(loudness(loud, RATE), abs=0.5)
    assert loudness(np.zeros(RATE), RATE) == -np.inf
    with pytest.raises(ValueError, match=r"over 0\.4 s at least"):
        loudness(np.zeros(100), RATE)


def test_ffmpeg_measures_the_same(voice, tmp_path):
    for i, y in enumerate((voice, bed("urgent", 8))):
        path = tmp_path / f"{i}.wav"
        soundfile.write(path, y, RATE, subtype="FLOAT")
        command = ["ffmpeg", "-hide_banner", "-i", str(path), "-af", "ebur128", "-f", "null", "-"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
        theirs = float(re.findall(r"I:\s+(-?[\d.]+) LUFS", said)[-1])
        assert loudness(y, RATE) == pytest.approx(theirs, abs=0.15)


@pytest.mark.parametrize("mood", MOODS)
def test_music_has_its_length_begins_and_ends_softly_and_is_the_same_each_time(mood):
    y = bed(mood, 6.3)
    assert y.shape == (round(6.3 * RATE),)
    assert np.abs(y).max() == pytest.approx(0.5, abs=1e-3)
    assert np.abs(y[:200]).max() < 0.01
    assert np.abs(y[-200:]).max() < 0.01
    assert (y == bed(mood, 6.3)).all()


def test_ducking_begins_before_the_voice_lasts_over_pauses_and_ends():
    voice = np.zeros(8 * RATE)
    voice[2 * RATE : 3 * RATE] = tone(200, 1, 0.3)
    voice[round(3.4 * RATE) : 4 * RATE] = tone(200, 0.6, 0.3)
    gain = ducking(voice, 12)

    def at(seconds: float) -> float:
        return float(gain[round(seconds * RATE)])

    assert at(2 - ATTACK_S - 0.1) == 0
    assert at(2.05) == pytest.approx(-12, abs=0.5)
    assert at(3.2) == pytest.approx(-12, abs=0.01), "a pause shorter than the hold"
    assert at(4 + HOLD_S + RELEASE_S + 0.2) == 0
    assert np.abs(np.diff(gain)).max() < 0.01, "moved by hand, not by a switch"
    assert not ducking(np.zeros(RATE), 12).any()


def test_the_limiter_holds_its_peak_and_leaves_the_rest_alone():
    rng = np.random.default_rng(0)
    y = 0.1 * rng.standard_normal(RATE)
    y[5000] = 3.0
    out = limited(y)
    assert np.abs(out).max() <= PEAK + 1e-6
    far = np.abs(np.arange(len(y)) - 5000) > 0.03 * RATE
    assert np.allclose(out[far], y[far], atol=1e-6)


def test_an_intro_has_its_loudness_and_makes_room_for_the_voice(voice):
    made = mix(voice, "calm", music_db=-4, depth_db=14)
    assert made.lufs == pytest.approx(-16, abs=1)
    assert made.peak <= PEAK + 1e-6
    speaks = slice(round((BEFORE_S + 0.5) * RATE), round((BEFORE_S + 1.5) * RATE))
    assert made.gain_db[speaks].max() == pytest.approx(-14, abs=0.01)
    assert np.abs(made.music[speaks]).max() < np.abs(made.voice[speaks]).max() / 2
    plain = mix(voice, None, music_db=0, depth_db=0)
    assert len(plain.y) == len(voice)
    assert not plain.music.any()
    with pytest.raises(ValueError, match="silent"):
        mix(np.zeros(RATE), "calm", music_db=0, depth_db=0)
