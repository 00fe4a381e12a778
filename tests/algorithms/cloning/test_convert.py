"""Pitch, rate, WORLD and the whole conversion on signals whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms.cloning import convert, prosody, world
from algorithms.cloning.convert import Options
from algorithms.cloning.prosody import Pitch
from algorithms.sound import load
from algorithms.sound.clips import clip

RATE = world.SAMPLE_RATE


def buzz(hz: float, seconds: float = 1.0) -> np.ndarray:
    t = np.arange(round(seconds * RATE)) / RATE
    return sum(np.sin(2 * np.pi * hz * k * t) / k for k in range(1, int(7000 / hz))) * 0.2


@pytest.fixture(scope="module")
def glide() -> convert.Voice:
    """A buzz that rises from 120 to 240 Hz, with random content, so that every row is like no other."""
    t = np.arange(2 * RATE) / RATE
    phase = 2 * np.pi * np.cumsum(120 * 2 ** (t / 2)) / RATE
    y = sum(np.sin(k * phase) / k for k in range(1, 25)) * 0.2
    frames = world.analyse(y)
    return convert.voice(frames, np.random.default_rng(0).normal(size=(200, 16)).astype(np.float32))


@pytest.mark.parametrize("hz", [90, 150, 300])
def test_world_finds_the_pitch_and_gives_it_back(hz):
    frames = world.analyse(buzz(hz))
    assert len(frames) == RATE // world.HOP + 1
    assert np.median(frames.f0[20:-20]) == pytest.approx(hz, rel=0.01)
    again = world.analyse(world.synthesise(frames))
    assert np.median(again.f0[20:-20]) == pytest.approx(hz, rel=0.01)


def test_world_keeps_the_envelopes_of_speech():
    frames = world.analyse(load(clip("sentence").path, sample_rate=RATE).y)
    again = world.analyse(world.synthesise(frames))[: len(frames)]
    spoken = frames.cepstrum[:, 0] > np.median(frames.cepstrum[:, 0])
    for k in range(6):
        assert np.corrcoef(frames.cepstrum[spoken, k], again.cepstrum[spoken, k])[0, 1] > 0.8, k


@pytest.mark.parametrize("y", [np.zeros(RATE), np.zeros(1), np.random.default_rng(0).normal(size=RATE) * 0.1])
def test_what_has_no_pitch_is_unvoiced(y):
    frames = world.analyse(y)
    assert (frames.f0 > 0).mean() < 0.2
    assert np.isfinite(world.synthesise(frames)).all()
    if not y.any():
        assert prosody.pitch_of(frames.f0) is None


def test_pitch_moves_to_the_middle_and_the_spread_of_the_other():
    rng = np.random.default_rng(1)
    f0 = np.exp(np.log(200) + 0.1 * rng.normal(size=4000))
    f0[::4] = 0
    source, target = prosody.pitch_of(f0), Pitch(np.log(110), 0.15)
    moved = prosody.move_pitch(f0, source, target)
    assert (moved[::4] == 0).all()
    found = prosody.pitch_of(moved)
    assert found.middle_hz == pytest.approx(110, rel=1e-3)
    assert found.spread == pytest.approx(0.15, rel=1e-3)
    assert np.array_equal(prosody.move_pitch(f0, None, target), f0)


@given(st.floats(70, 400), st.floats(0.02, 0.4), st.floats(70, 400), st.floats(0.02, 0.4))
@settings(max_examples=40, deadline=None)
def test_no_pitch_is_moved_more_than_an_octave_from_the_target(middle, spread, wanted, wanted_spread):
    f0 = np.exp(np.linspace(np.log(60), np.log(500), 50))
    target = Pitch(np.log(wanted), wanted_spread)
    moved = prosody.move_pitch(f0, Pitch(np.log(middle), spread), target)
    assert (np.abs(np.log(moved / wanted)) <= np.log(2) + 1e-9).all()
    assert (np.diff(moved) >= 0).all(), "what was higher stays at least as high"


def test_syllables_are_counted_and_pauses_are_not_speaking_time():
    t = np.arange(800) * world.FRAME_S  # 4 s
    level = 10 * np.cos(2 * np.pi * 4 * t + np.pi)  # four peaks a second
    voiced = np.ones(800, bool)
    assert prosody.syllable_rate(level, voiced) == pytest.approx(4, rel=0.1)
    paused = np.concatenate([level, np.full(400, -60.0), level])
    assert prosody.syllable_rate(paused, np.ones(2000, bool)) == pytest.approx(4, rel=0.15)
    assert prosody.syllable_rate(level, np.zeros(800, bool)) == 0
    assert prosody.syllable_rate(np.zeros(0), np.zeros(0, bool)) == 0


def test_the_tempo_follows_the_rates_within_bounds():
    assert prosody.tempo(4.0, 4.0) == 1
    assert prosody.tempo(4.0, 3.8) == pytest.approx(0.95)
    assert prosody.tempo(4.0, 1.0) == prosody.SLOWEST
    assert prosody.tempo(2.0, 8.0) == prosody.FASTEST
    assert prosody.tempo(0.0, 5.0) == 1


@pytest.mark.parametrize("continuity", [0.0, 0.1])
def test_a_voice_converted_into_itself_stays_what_it_is(glide, continuity):
    made = convert.convert(glide, glide, Options(continuity=continuity, candidates=5, consonants=0))
    assert made.reference_rows.tolist() == list(range(200))
    assert np.allclose(made.similarity, 1, atol=1e-5)
    assert np.allclose(made.frames.f0, glide.frames.f0[:400], rtol=1e-6)
    assert np.abs(made.frames.cepstrum - glide.frames.cepstrum[:400]).max() < 0.02  # the level's percentile


def test_twice_the_tempo_takes_half_the_time(glide):
    made = convert.convert(glide, glide, Options(), tempo=2.0)
    assert len(made.frames) == 200
    assert len(made.reference_rows) == 100
    assert np.allclose(made.frames.f0[20:180], glide.frames.f0[40:360:2], rtol=0.02)


def test_a_voiced_moment_prefers_a_voiced_neighbour():
    rng = np.random.default_rng(3)
    base = world.analyse(buzz(150, 0.5))
    rows = len(base) // 2
    content = rng.normal(size=(rows, 8)).astype(np.float32)
    hiss = world.Frames(np.zeros(len(base)), base.cepstrum, base.aperiodicity)
    both = world.Frames(
        np.concatenate([hiss.f0[: 2 * rows], base.f0[: 2 * rows]]),
        np.concatenate([base.cepstrum[: 2 * rows]] * 2),
        np.concatenate([base.aperiodicity[: 2 * rows]] * 2),
    )
    reference = convert.voice(both, np.concatenate([content, content]))  # everything once unvoiced and once voiced
    made = convert.convert(convert.voice(base, content), reference, Options(continuity=0.0, voicing=0.1))
    voiced = base.f0[::2][:rows] > 0
    assert (made.reference_rows[voiced] >= rows).all()


def test_the_beginning_of_a_voice_is_what_it_would_be_alone(glide):
    part = convert.beginning(glide, 1.0)
    assert part.duration_s == 1.0
    assert len(part.frames) == 200
    assert part.pitch.middle_hz < glide.pitch.middle_hz
