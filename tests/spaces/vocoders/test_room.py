"""The room's handlers, called directly: what stands behind the letters, phases, WaveNet's numbers, bad input."""

from __future__ import annotations

from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
import soundfile

from components.audio_input import OWN, OwnSound
from spaces.vocoders import SPACE, hifigan, phase, side, sound, upsampling, wavenet
from spaces.vocoders.page import LESSON
from spaces.vocoders.scene import LETTERS, is_slow
from spaces.vocoders.sound import BEST, RECORDING, WORLD

with gr.Blocks():
    PAGE = LESSON.build(SPACE)


def visit_of(own=None, moved="", event=None, **fields):
    return PAGE.default_visit(own=own, moved=moved, event=event, **fields)


def drawn(own=None, moved="", **fields):
    values = LESSON.drawn(visit_of(own, moved, **fields))
    PAGE.named(values)
    return values


def own_sound(tmp_path, y, rate=22_050, name="mine.wav"):
    path = tmp_path / name
    soundfile.write(path, y, rate)
    return OwnSound(str(path), name, len(y) / rate)


def voice(n: int, rate: int) -> np.ndarray:
    t = np.arange(n) / rate
    return (0.2 * np.sign(np.sin(2 * np.pi * 120 * t)) * (1 + np.sin(2 * np.pi * 3 * t)) / 2).astype(np.float32)


def test_the_page_opens_with_stored_sounds_and_without_names():
    visit = visit_of()
    assert not is_slow(visit)
    values = drawn()
    titles = [values[f"player_{letter}"].title for letter in LETTERS]
    assert titles == [f"{letter}: {visit.scene.source.title}" for letter in LETTERS]
    assert values["answer"] == ""
    assert set(visit.scene.methods) == {RECORDING, BEST, WORLD, sound.Method("gl", 10, 0.0)}
    assert all(result.y.shape == visit.scene.source.y.shape for result in visit.scene.results)


def test_stored_sounds_are_what_is_computed():
    source = visit_of().scene.source
    for method in (sound.Method("gl", 10, 0.0), WORLD):
        stored = sound.Source("fresh", "", source.y, ()).make(method)
        assert stored.scores["mel_l1"] == pytest.approx(source.known(method).scores["mel_l1"], rel=0.05)
    best = source.known(BEST).scores
    assert best["pesq"] > source.known(sound.Method("gl", 10, 0.0)).scores["pesq"]
    assert source.known(RECORDING).scores["convergence"] == 0


def test_names_come_when_asked_for_and_the_guess_is_judged():
    scene = visit_of(named=True).scene
    right = LETTERS[scene.methods.index(RECORDING)]
    wrong = next(letter for letter in LETTERS if letter != right)
    assert f"and {right} is the recording" in drawn(named=True, guess=right)["answer"]
    assert f"The recording is {right}" in drawn(named=True, guess=wrong)["answer"]
    assert "WORLD" in " ".join(drawn(named=True)[f"player_{letter}"].title for letter in LETTERS)
    again = side.shuffled(visit_of(named=True))
    assert again == {"order": 1, "named": False, "guess": None}


def test_speed_is_measured_when_asked():
    visit = visit_of(named=True)
    assert "beforehand" in side.answer(visit.scene, None)
    side.timed(visit)
    assert "measured on this machine" in side.answer(visit_of(named=True).scene, None)


def test_true_magnitudes_with_the_true_phase_are_the_recording_and_other_phases_are_not():
    visit = visit_of(part="phase")
    source = visit.scene.source
    _, y, apart = phase.rebuilt(source, "true", "true", visit.fields)
    np.testing.assert_allclose(y, source.y, atol=1e-4)
    assert apart < 1e-4
    apart = {how: phase.rebuilt(source, "true", how, visit.fields)[2] for how in ("zero", "random", "griffin-lim")}
    assert apart["griffin-lim"] < min(apart["zero"], apart["random"])
    values = drawn(part="phase", at=1.0)
    assert "1.00 s" in values["slice"]["alt"]
    event = SimpleNamespace(x=1.2345, y=0)
    assert phase.picked(visit_of(part="phase", event=event)) == {"at": 1.234}
    assert phase.frame_of(source, 1e9) == source.magnitude.shape[1] - 1


def test_wavenets_numbers_follow_the_settings():
    values = drawn(part="wavenet", layers=10)
    assert "1,024 samples" in values["reach"]
    assert "1,024 samples" in values["stack_picture"]["alt"]
    many = drawn(part="wavenet", layers=10, stacks=4, kernel="3")["stack_picture"]
    assert "too many to see" in many["alt"]
    first = drawn(part="wavenet", hidden=2)
    assert "After 2 layers one sample depends on 4 samples" in first["stack_picture"]["alt"]
    assert first["hidden"]["maximum"] == 3, "of four layers, one stays"
    smaller = drawn(part="wavenet", layers=2, hidden=9)
    assert (smaller["hidden"]["maximum"], smaller["hidden"]["value"]) == (1, 1)
    assert "After 1 layer one" in smaller["stack_picture"]["alt"]
    assert "Timed just now" in wavenet.timed(visit_of(part="wavenet", layers=2))["speed"]


def test_mu_law_keeps_more_of_a_quiet_voice_than_even_levels():
    source = visit_of().scene.source
    for bits in (6, 8):
        even, bent = (wavenet.snr_db(source, wavenet.in_levels(source, bits, c)) for c in ("even", "mu-law"))
        assert bent > even
    assert len(np.unique(wavenet.in_levels(source, 2, "even"))) <= 4


def test_a_constant_becomes_a_tone_unless_the_copies_balance():
    drawn_tone = drawn(part="hifigan")
    assert "2,756 Hz" in drawn_tone["up_facts"]
    tone = drawn_tone["up_sound"].y
    power = np.abs(np.fft.rfft(tone * np.hanning(len(tone)))) ** 2
    assert np.argmax(power) * sound.RATE / len(tone) == pytest.approx(sound.RATE / 8, abs=2)
    silent = drawn(part="hifigan", up_kernel=16)
    assert "nothing to hear" in silent["up_facts"]
    assert np.abs(silent["up_sound"].y).max() < 1e-6
    untrained = drawn(part="hifigan", up_kernel=16, up_shape="random")["up_facts"]
    assert "multiple of 8" in untrained, "covered evenly"
    assert "a tone of" in untrained, "and still uneven"
    # a triangle of twice the stride is linear interpolation
    weights = upsampling.weights("triangle", 16, 8)
    assert np.ptp(upsampling.up.gains(weights, 8)) < 1e-12
    for kernel in (1, 7, upsampling.LONGEST):
        for stride in ("2", "4", "8"):
            values = drawn(part="hifigan", up_kernel=kernel, stride=stride, up_input="sound")
            assert np.isfinite(values["up_sound"].y).all()
            assert f"{sound.RATE / int(stride):,.0f} samples a second" in values["up_facts"]


def test_generators_are_counted_and_timed_and_a_moment_is_folded():
    for size, millions in (("V1", "13.93"), ("V2", "0.93"), ("V3", "1.46"), ("joe", "1.66")):
        assert f"{millions} million weights" in drawn(part="hifigan", size=size)["cost"]
    assert hifigan.in_a_row(hifigan.SIZES["V3"][1]) == 2 + 3 * (1 + 2)
    assert hifigan.in_a_row(hifigan.SIZES["V1"][1]) == 2 + 4 * (1 + 6)
    assert "Timed just now" in hifigan.timed(visit_of(part="hifigan", size="V2"))["generator_speed"]
    y = np.arange(11)
    np.testing.assert_array_equal(hifigan.fold(y, 5), [[0, 5], [1, 6], [2, 7], [3, 8], [4, 9]])
    source = visit_of().scene.source
    for period in hifigan.PERIODS:
        for at in (0, 100):
            values = drawn(part="hifigan", period=str(period), seen_at=at)
            assert f"in columns of {period} samples" in values["folded"]["alt"]
            assert len(values["row_sound"].y) == len(source.y)


def test_a_half_hour_is_cut_silence_refused_and_a_telephone_named(tmp_path):
    long = own_sound(tmp_path, np.tile(voice(8000, 8000), 1800), 8000, "long.wav")
    visit = visit_of(long, clip=OWN, part="phase")
    assert visit.scene.source.duration_s == pytest.approx(sound.LONGEST_S, abs=0.01)
    note = drawn(long, clip=OWN, part="phase")["note"]
    assert "8,000 samples a second" in note
    silent = own_sound(tmp_path, np.zeros(30_000, np.float32), name="silent.wav")
    assert "silent, so there is nothing to rebuild" in drawn(silent, clip=OWN)["note"]
    assert sound._sources.count(long.path) == 1
    sound._sources.drop(long.path)
    assert sound._sources.count(long.path) == 0


def test_music_and_a_very_short_sound_have_a_result(tmp_path):
    short = own_sound(tmp_path, voice(900, 22_050), name="short.wav")
    assert "–" in drawn(short, clip=OWN, named=True, n_iter=2)["answer"]
    assert drawn(short, clip=OWN, part="phase")["phase_sound"].y.shape == (900,)
    assert drawn(short, clip=OWN, part="wavenet")["level_sound"].y.shape == (900,)
    assert drawn(short, clip=OWN, part="hifigan", up_input="sound")["up_sound"].y.shape == (900,)
