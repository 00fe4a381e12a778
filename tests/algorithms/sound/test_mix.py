"""A voice whose channels are of opposite phase survives the mix: exact or lossy, in noise, in a part of the sound."""

import numpy as np
import pytest
import soundfile

from algorithms.sound import from_array, load
from algorithms.sound.clips import clip
from tests.helpers.made_by_ffmpeg import ffmpeg

RATE = 16_000


@pytest.fixture(scope="module")
def voice() -> np.ndarray:
    return load(clip("sentence").path, sample_rate=RATE).y


def noise(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(n).astype(np.float32)


def heard(mixed: np.ndarray, voice: np.ndarray) -> tuple[float, float]:
    """Correlation with the voice, and its level in the mix in dB."""
    n = min(len(mixed), len(voice))
    a, b = mixed[:n].astype(np.float64), voice[:n].astype(np.float64)
    return float(a @ b / np.sqrt((a @ a) * (b @ b))), float(20 * np.log10(abs(a @ b) / (b @ b)))


@pytest.mark.parametrize("codec", [("aac", "m4a"), ("libmp3lame", "mp3"), ("libopus", "opus"), ("libvorbis", "ogg")])
@pytest.mark.parametrize("level", [1.0, 0.6])
def test_lossy(tmp_path, voice, codec, level):
    soundfile.write(tmp_path / "a.wav", np.stack([voice, -level * voice], 1), RATE)
    path = tmp_path / f"a.{codec[1]}"
    ffmpeg("-i", tmp_path / "a.wav", "-c:a", codec[0], "-b:a", "64k", path)
    audio = load(path, sample_rate=RATE)
    lags = range(-40, 41)  # some decoders delay by a few samples
    correlation, level_db = max(heard(np.roll(audio.y, lag), voice) for lag in lags)
    assert correlation > 0.9
    assert level_db == pytest.approx(0, abs=2)
    assert any("opposite phase" in note for note in audio.notes)


@pytest.mark.parametrize("snr_db", [30, 20, 10, 6])
def test_in_noise_of_its_own_in_each_channel(voice, snr_db):
    power = np.sqrt(np.mean(voice**2) / 10 ** (snr_db / 10))
    left, right = voice + power * noise(len(voice), 1), -voice + power * noise(len(voice), 2)
    audio = from_array(0.5 * np.stack([left, right], 1), RATE)
    correlation, level_db = heard(audio.y, 0.5 * voice)
    alone, _ = heard(left, voice)
    assert correlation > 0.95 * alone, "as clear as in one channel"
    assert level_db == pytest.approx(0, abs=1.5)


def test_a_part_of_the_sound(voice):
    silent = np.zeros(62 * RATE, np.float32)
    for before, after in (
        (np.tile(voice, 25)[: 62 * RATE], voice),  # upright for a minute, then inverted
        (silent, voice),
        (noise(62 * RATE, 3) * 0.05, voice),
    ):
        left = np.concatenate([before, after])
        right = np.concatenate([before, -after])
        audio = from_array(np.stack([left, right], 1), RATE)
        correlation, level_db = heard(audio.y[len(before) :], voice)
        assert correlation > 0.97
        assert level_db == pytest.approx(0, abs=0.7)
        assert np.abs(np.diff(audio.y)).max() <= np.abs(np.diff(left)).max() * 1.05, "no clicks where it changes"
        np.testing.assert_allclose(audio.y[: 61 * RATE], left[: 61 * RATE], atol=1e-6)
    there_and_back = np.concatenate([voice, voice, voice])
    sign = np.repeat([1, -1, 1], len(voice))
    audio = from_array(np.stack([there_and_back, sign * there_and_back], 1), RATE)
    assert heard(audio.y, there_and_back)[0] > 0.98
    assert audio.notes[0].startswith("Mixed down from 2 channels to one: their mean, and channel 1 alone for the ")


def test_two_people_one_on_each_side_are_both_kept(voice):
    other = np.roll(voice[::-1], 7_000)
    audio = from_array(np.stack([voice, other], 1), RATE)
    np.testing.assert_allclose(audio.y, (voice + other) / 2, atol=1e-6)
    assert audio.notes == ("Mixed down from 2 channels to one (their mean).",)
    in_turn = from_array(np.concatenate([np.stack([voice, 0 * voice], 1), np.stack([0 * voice, -voice], 1)]), RATE)
    assert heard(in_turn.y[: len(voice)], voice)[0] > 0.999
    assert heard(in_turn.y[len(voice) :], voice)[0] < -0.999


def test_whoever_speaks_into_the_other_channel_while_phases_are_opposite(voice):
    """The channel that is used may fall silent: then the one that carries the sound is used."""
    a = np.stack([voice, -voice, 0 * voice], 1)
    b = np.stack([0 * voice, voice, -voice], 1)
    audio = from_array(np.concatenate([a, b]), RATE)
    assert abs(heard(audio.y[: len(voice)], voice)[0]) > 0.97
    assert abs(heard(audio.y[len(voice) :], voice)[0]) > 0.97
    assert "channel 1 and channel 2" in audio.notes[0]
