"""Sounds that are known to be hard: levels, ratios and lengths are what was asked for, and chance is seeded."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms.sound import failures
from algorithms.sound import io as audio_io
from algorithms.sound.clips import clip

RATE = failures.SAMPLE_RATE


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    return audio_io.load(clip("sentence").path, sample_rate=RATE).y


def level_dbfs(y: np.ndarray) -> float:
    return 10 * np.log10(np.mean(y.astype(np.float64) ** 2))


def test_silence_is_zeros():
    y = failures.silence(2.5)
    assert y.shape == (40_000,)
    assert y.dtype == np.float32
    assert not y.any()


@pytest.mark.parametrize("wanted", [-80.0, -60.0, -26.0, -12.0])
def test_white_noise_has_its_level_and_a_flat_spectrum(wanted):
    y = failures.white_noise(4.0, level_dbfs=wanted)
    assert level_dbfs(y) == pytest.approx(wanted, abs=0.05)
    power = np.abs(np.fft.rfft(y)) ** 2
    octaves = [power[a:b].mean() for a, b in ((100, 2000), (2000, 8000), (8000, 32000))]
    assert max(octaves) / min(octaves) < 1.3
    assert np.array_equal(y, failures.white_noise(4.0, level_dbfs=wanted)), "the same seed, the same noise"
    assert not np.array_equal(y, failures.white_noise(4.0, level_dbfs=wanted, seed=1))


def test_music_has_the_notes_of_its_chords():
    y = failures.music(8.0)
    assert y.shape == (128_000,)
    assert np.abs(y).max() == pytest.approx(0.5)
    for bar, root in enumerate((48, 43, 45, 41)):  # C, G, A, F: the I-V-vi-IV progression
        part = y[bar * 2 * RATE : bar * 2 * RATE + RATE]
        spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part))))
        low = spectrum[: 2 * 131].copy()  # up to the octave above the lowest root; one bin is 1 Hz
        root_hz = 440 * 2 ** ((root - 69) / 12)
        strongest = np.argmax(low[60:160]) + 60
        assert strongest == pytest.approx(root_hz, abs=1.5)
    assert not np.array_equal(y, failures.music(8.0, seed=3)), "the seed chooses the melody"
    assert np.abs(np.diff(y)).max() < 0.3, "no clicks"


def test_music_of_one_sample_and_of_half_a_beat():
    assert failures.music(1 / RATE).shape == (1,)
    assert np.isfinite(failures.music(0.25)).all()


def test_repeated_holds_the_phrase_so_many_times(speech):
    y = failures.repeated(speech, 3, gap_s=0.5)
    gap = RATE // 2
    assert len(y) == 3 * len(speech) + 2 * gap
    for i in range(3):
        start = i * (len(speech) + gap)
        assert np.array_equal(y[start : start + len(speech)], speech)
    assert not y[len(speech) : len(speech) + gap].any()
    assert np.array_equal(failures.repeated(speech, 1), speech)


@given(snr_db=st.floats(-40, 80), seed=st.integers(0, 5), n=st.integers(2000, 5000))
@settings(max_examples=25, deadline=None)
def test_noise_stands_at_its_ratio(snr_db, seed, n):
    y = (0.5 * np.sin(np.arange(n) / 7)).astype(np.float32)
    mixed = failures.in_noise(y, snr_db, seed=seed).astype(np.float64)
    assert np.abs(mixed).max() <= 1
    # What is left after the speech is taken out again is the noise; the scale is found by least squares. Signal and
    # noise are not quite orthogonal in so few samples, hence the tolerance, and under much noise it can't be found.
    scale = mixed @ y / (y @ y)
    noise = mixed - scale * y
    if -10 <= snr_db <= 40:
        assert 20 * np.log10(scale) + level_dbfs(y) - level_dbfs(noise) == pytest.approx(
            snr_db, abs=1.5 + abs(snr_db) / 8
        )


def test_noise_keeps_the_exact_ratio_below_full_scale(speech):
    quiet = 0.05 * speech
    mixed = failures.in_noise(quiet, 10.0, seed=2)
    assert level_dbfs(quiet) - level_dbfs(mixed - quiet) == pytest.approx(10.0, abs=0.01)
    assert np.array_equal(mixed, failures.in_noise(quiet, 10.0, seed=2))


def test_a_cut_is_a_cut(speech):
    assert np.array_equal(failures.cut(speech, 1.0), speech[:RATE])
    assert np.array_equal(failures.cut(speech, 100.0), speech)
    assert len(failures.cut(speech, 1e-9)) == 1


@pytest.mark.parametrize("rate", [0.5, 1.5, 2.0, 3.0])
def test_faster_keeps_the_pitch(rate):
    f0_hz = 200.0
    t = np.arange(2 * RATE) / RATE
    y = (0.4 * np.sin(2 * np.pi * f0_hz * t) + 0.2 * np.sin(2 * np.pi * 3 * f0_hz * t)).astype(np.float32)
    out = failures.faster(y, rate)
    assert len(out) == int(len(y) / rate)
    middle = out[len(out) // 4 : 3 * len(out) // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 4 * RATE))
    assert np.argmax(spectrum) / 4 == pytest.approx(f0_hz, abs=1.0)
    assert level_dbfs(middle) == pytest.approx(level_dbfs(y), abs=0.3), "periods join in phase: nothing cancels"


def test_faster_keeps_the_words_in_their_order():
    """Two tones one after the other are still in that order, each half as long."""
    t = np.arange(RATE) / RATE
    y = np.concatenate([np.sin(2 * np.pi * 300 * t), np.sin(2 * np.pi * 900 * t)]).astype(np.float32) * 0.5
    out = failures.faster(y, 2.0)
    for part, hz in ((out[: RATE // 2], 300), (out[RATE // 2 :], 900)):
        spectrum = np.abs(np.fft.rfft(part[1000:-1000], RATE))
        assert np.argmax(spectrum) == pytest.approx(hz, abs=3)


def test_faster_by_one_and_short_sounds_stay_as_they_are(speech):
    assert np.array_equal(failures.faster(speech, 1.0), speech)
    assert np.array_equal(failures.faster(speech[:100], 2.0), speech[:100])
    assert not failures.faster(np.zeros(RATE, np.float32), 2.0).any()


@given(n=st.integers(1, 6000), rate=st.floats(0.5, 4))
@settings(max_examples=30, deadline=None)
def test_faster_never_fails_on_any_length(n, rate):
    y = np.random.default_rng(n).uniform(-1, 1, n).astype(np.float32)
    out = failures.faster(y, rate)
    assert len(out) in (n, int(n / rate))
    assert np.isfinite(out).all()
    assert np.abs(out).max() <= 1


@pytest.mark.parametrize(
    "make",
    [
        lambda y: failures.silence(0),
        lambda y: failures.silence(1e6),
        lambda y: failures.music(-1),
        lambda y: failures.white_noise(1, level_dbfs=0),
        lambda y: failures.white_noise(1, level_dbfs=float("nan")),
        lambda y: failures.repeated(y, 0),
        lambda y: failures.repeated(y, 2, gap_s=-1),
        lambda y: failures.in_noise(y, float("nan")),
        lambda y: failures.in_noise(0 * y, 10),
        lambda y: failures.cut(y, 0),
        lambda y: failures.cut(y, float("nan")),
        lambda y: failures.faster(y, 5),
        lambda y: failures.faster(y, float("nan")),
        lambda y: failures.faster(np.stack([y, y]), 2),
        lambda y: failures.cut(np.zeros(0, np.float32), 1),
        lambda y: failures.repeated(np.full(10, np.nan, np.float32), 2),
        lambda y: failures.in_noise(np.arange(100), 10),
    ],
)
def test_bad_requests_are_sentences(make, speech):
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$"):
        make(speech)
