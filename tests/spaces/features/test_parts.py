"""The parts below the Feature Explorer's pictures: steps, windows, mel, aliasing, bits, sizes, downloads, code."""

from __future__ import annotations

import json

import gradio as gr
import librosa
import numpy as np
import pytest

from components.audio_input import OWN
from spaces.features import aliasing, analysis, sizes, steps, why_mel
from tests.helpers.features_page import (
    cursor,
    draw,
    librosa_of,
    scene,
    ten_seconds,
    visit,
)


def test_steps_end_in_librosas_mfcc():
    s = scene(clip="vowels", t=1.2, lift=22, pre=0.97, mfcc=20)
    shown = steps.show(s, s.fields)
    cepstrum, table = shown["cepstrum"], shown["coefficients"]
    frame = analysis.frame_at(s.sound, s.config, 1.2)
    want = librosa_of(s.sound.y, s.config)[2][:, frame]
    np.testing.assert_allclose(cepstrum["data"][1]["y"], want, atol=0.02)
    assert f"<strong>{cepstrum['data'][1]['y'][5]:.3f}</strong>" in table
    assert f"Frame {frame}" in table


def test_cursor_follows_and_leaves_closed_parts_alone():
    shown = cursor(2.0, clip="vowels", see="steps")
    assert "at 2.00 s" in shown["spectrum"]["data"][0]["name"]
    assert "2.000 s" in shown["coefficients"]
    assert set(shown) == {"t", "spectrum", *steps.TITLES, "coefficients"}
    assert set(cursor(2.0, clip="vowels", see="out")) == {"t", "spectrum"}


def peak_hz(y, rate):
    return np.argmax(np.abs(np.fft.rfft(y * np.hanning(len(y))))) * rate / len(y)


@pytest.mark.parametrize(("tone_hz", "fs", "heard_hz"), [(5000, 8000, 3000), (9000, 8000, 1000), (6000, 7500, 1500)])
def test_a_tone_folds_without_the_filter_and_vanishes_with_it(tone_hz, fs, heard_hz):
    rate = 32_000
    y = np.sin(2 * np.pi * tone_hz * np.arange(rate) / rate).astype(np.float32)
    folded = aliasing.sampled(y, rate, fs, with_filter=False)
    assert peak_hz(folded, rate) == pytest.approx(heard_hz, abs=2)
    filtered = aliasing.sampled(y, rate, fs, with_filter=True)[2000:-2000]
    assert np.sqrt(np.mean(filtered**2)) < 1e-3


def test_aliasing_table_and_marks_agree_with_the_sound():
    s = scene(src="tone", fs=8000, see="alias")
    shown = aliasing.show(s, s.fields)
    without, zigzag, table = shown["without_player"], shown["zigzag"], shown["partials"]
    assert shown["alias_note"] == ""
    assert "<strong>3800</strong>" in table
    marks = zigzag["data"][2]
    assert marks["y"][5] == 3800
    assert marks["x"][5] == 4200
    spectrum = np.abs(np.fft.rfft(without.y * np.hanning(len(without.y))))
    hz = np.fft.rfftfreq(len(without.y), 1 / without.sample_rate)
    for lands in marks["y"]:  # every predicted partial is in the sound
        near = spectrum[np.abs(hz - lands) < 5].max()
        assert near > 20 * np.median(spectrum[hz < 4000])
    assert "8000 Hz" in zigzag["alt"]
    assert shown["without_picture"]["data"]


def test_aliasing_refuses_a_higher_rate_in_a_sentence():
    s = scene(clip="french", src="sound", fs=16_000)
    shown = aliasing.show(s, s.fields)
    assert "choose a new rate below" in shown.pop("alias_note")
    assert not shown


@pytest.mark.parametrize("bits", [6, 8, 12])
def test_bit_depth_formula_holds_for_the_sine(bits):
    table = draw(see="bits", bits=bits)["snr"]
    measured, formula = (float(row.split(" dB")[0].split(">")[-1]) for row in table.split("<tr>")[-2:])
    assert formula == pytest.approx(6.02 * bits + 1.76, abs=0.06)
    assert measured == pytest.approx(formula, abs=0.4)  # it is half a step smaller than full scale


def test_resolution_table_is_above_gabors_limit():
    shown = draw(see="res", wa=5, wb=50)
    products = [float(part.split("<")[0]) for part in shown["spreads"].split("<strong>")[1:]]
    assert all(p >= 1 / (4 * np.pi) for p in products)
    assert products[0] == pytest.approx(products[1], rel=0.05)  # the shape of the window decides, not its length
    assert "5 ms" in shown["stft_a"]["alt"]
    assert "50 ms" in shown["stft_b"]["alt"]


def test_why_mel_numbers():
    shown = draw(see="mel", hz=1000)
    axis, widths = shown["axis"], shown["widths"]
    assert "<strong>1000.0</strong>" in shown["scales"]
    assert "<strong>15.00</strong>" in shown["scales"]
    edges = librosa.mel_frequencies(n_mels=82, fmin=0, fmax=8000)
    np.testing.assert_allclose(widths["data"][0]["y"], (edges[2:] - edges[:-2]) / 2, rtol=1e-5)
    assert axis["data"][3]["y"][1] == pytest.approx(15 / librosa.hz_to_mel(8000))


def test_rebuilt_sounds_keep_what_they_should():
    s = scene(clip="vowels", mels=40)
    states = list(why_mel.rebuilt(s))
    assert len(states) == 4
    assert "Done" in states[-1]["audible"]
    assert set(states[0]) == set(why_mel.NOT_YET)
    rebuilt = [state[f"from_{kind}"].y for state, kind in zip(states[1:], ("stft", "mel", "mfcc"), strict=True)]

    def distance(y):  # of STFT magnitudes, dB
        return np.abs(librosa_of(y, s.config)[0].clip(-60) - librosa_of(s.sound.y, s.config)[0].clip(-60)).mean()

    stft, mel, mfcc = (distance(y) for y in rebuilt)
    assert stft < mel < mfcc
    assert all(np.abs(y).max() <= 1 for y in rebuilt)


def test_rebuild_says_why_it_cannot():
    *_, last = why_mel.rebuild(visit(win=5, hop=20))
    assert "make the hop at most as long as the window" in last["audible"]


def test_another_sound_takes_away_what_was_rebuilt_whichever_part_is_open():
    shown = draw("clip", clip="noise", see="bits")
    assert shown | why_mel.NOT_YET == shown
    assert not draw("see", see="bits").keys() & why_mel.NOT_YET.keys()


def test_sizes_table():
    table = draw(clip="speech", see="out")["sizes"]
    y = analysis.load(None, "speech").y
    assert f"80 × {1 + len(y) // 160}" in table
    assert "512" not in table
    assert sizes.bytes_words(999) == "999 B"
    assert sizes.bytes_words(1_234_567) == "1.23 MB"


@pytest.mark.parametrize("which", [slug for _, slug in sizes.REPRESENTATIONS])
def test_downloads_hold_the_numbers(which):
    s = scene(clip="french")
    asked = visit(clip="french")
    asked.taken["which"] = which
    array = np.load(sizes.saved("npy", asked)["npy_file"])
    stft_db, mel_db, mfcc = librosa_of(s.sound.y, s.config)
    want = {
        "waveform": s.sound.y,
        "stft": stft_db.clip(stft_db.max() - 80),
        "mel": mel_db.clip(mel_db.max() - 80),
        "mfcc": mfcc,
        "complex": librosa.stft(s.sound.y, n_fft=s.config.n_fft, hop_length=s.config.hop_length, win_length=200),
    }[which]
    np.testing.assert_allclose(array, want, atol=0.02)
    rows = np.loadtxt(sizes.save(s, which, "csv"), delimiter=",", skiprows=1)
    values = rows[:, 1] if which == "waveform" else rows[:, 1:].T
    if which == "complex":
        values = values[0::2] + 1j * values[1::2]
    np.testing.assert_allclose(values, array, rtol=1e-5, atol=1e-5)
    assert rows[1, 0] - rows[0, 0] == pytest.approx(1 / s.sound.sample_rate if which == "waveform" else 0.01)


def test_a_csv_of_millions_is_refused(tmp_path):
    asked = visit(own=ten_seconds(tmp_path), clip=OWN, hop=2, fft="4096")
    asked.taken["which"] = "stft"
    with pytest.raises(gr.Error, match="take the NPY file"):
        sizes.saved("csv", asked)


@pytest.mark.filterwarnings("ignore:.*(aifc|audioop|sunau).*:DeprecationWarning")  # librosa.load's audioread
def test_the_code_shown_runs_and_gives_the_same_numbers(tmp_path):
    s = scene(clip="vowels", mels=40, pre=0.97, scale="htk")
    text = sizes.code(s)
    compile(text, "shown", "exec")
    calculation = text.split("import matplotlib")[0].replace("'vowels.flac'", repr(s.sound.path))
    scope: dict = {}
    exec(calculation, scope)
    np.testing.assert_allclose(scope["mfcc"], analysis.mfcc(s.sound, s.config), atol=0.02)
    np.testing.assert_allclose(scope["mel_db"], sizes.values(s, "mel"), atol=0.02)
    assert json.dumps(text)
