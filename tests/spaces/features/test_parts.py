"""The parts below the Feature Explorer's pictures: steps, windows, mel, aliasing, bits, sizes, downloads, code."""

from __future__ import annotations

import json

import gradio as gr
import librosa
import numpy as np
import pytest

from components.audio_input import OWN
from spaces.features import aliasing, analysis, resolution, sizes, steps, view, why_mel
from tests.helpers.features_page import (
    fields,
    is_skip,
    librosa_of,
    scene,
    section_of,
    ten_seconds,
)


def test_steps_end_in_librosas_mfcc():
    s = scene(clip="vowels", t=1.2, lift=22, pre=0.97, mfcc=20)
    *_, cepstrum, table = steps.content(s)
    frame = analysis.frame_at(s.sound, s.config, 1.2)
    want = librosa_of(s.sound.y, s.config)[2][:, frame]
    np.testing.assert_allclose(cepstrum["data"][1]["y"], want, atol=0.02)
    assert f"<strong>{cepstrum['data'][1]['y'][5]:.3f}</strong>" in table
    assert f"Frame {frame}" in table


def test_cursor_follows_and_leaves_closed_parts_alone():
    spectrum, *inner = view.follow(2.0, None, fields(clip="vowels", see="steps"))
    assert "at 2.00 s" in spectrum["data"][0]["name"]
    assert "2.000 s" in inner[-1]
    spectrum, *inner = view.follow(2.0, None, fields(clip="vowels", see="out"))
    assert all(is_skip(x) for x in inner)


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
    note, _, without, _, picture, zigzag, table = aliasing.content(s)
    assert note == ""
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
    assert picture["data"]


def test_aliasing_refuses_a_higher_rate_in_a_sentence():
    note, *rest = aliasing.content(scene(clip="french", src="sound", fs=16_000))
    assert "choose a new rate below" in note
    assert all(is_skip(x) for x in rest)


@pytest.mark.parametrize("bits", [6, 8, 12])
def test_bit_depth_formula_holds_for_the_sine(bits):
    table = section_of(view.draw(None, None, **fields(see="bits", bits=bits)), "bits")[2]
    measured, formula = (float(row.split(" dB")[0].split(">")[-1]) for row in table.split("<tr>")[-2:])
    assert formula == pytest.approx(6.02 * bits + 1.76, abs=0.06)
    assert measured == pytest.approx(formula, abs=0.4)  # it is half a step smaller than full scale


def test_resolution_table_is_above_gabors_limit():
    a, b, table = resolution.content(scene(see="res", wa=5, wb=50))
    products = [float(part.split("<")[0]) for part in table.split("<strong>")[1:]]
    assert all(p >= 1 / (4 * np.pi) for p in products)
    assert products[0] == pytest.approx(products[1], rel=0.05)  # the shape of the window decides, not its length
    assert "5 ms" in a["alt"]
    assert "50 ms" in b["alt"]


def test_why_mel_numbers():
    axis, widths, table = why_mel.content(scene(hz=1000))
    assert "<strong>1000.0</strong>" in table
    assert "<strong>15.00</strong>" in table
    edges = librosa.mel_frequencies(n_mels=82, fmin=0, fmax=8000)
    np.testing.assert_allclose(widths["data"][0]["y"], (edges[2:] - edges[:-2]) / 2, rtol=1e-5)
    assert axis["data"][3]["y"][1] == pytest.approx(15 / librosa.hz_to_mel(8000))


def test_rebuilt_sounds_keep_what_they_should():
    s = scene(clip="vowels", mels=40)
    states = list(why_mel.rebuild(s))
    assert len(states) == 4
    assert "Done" in states[-1][0]
    rebuilt = [states[i][i + 1].y for i in range(1, 4)]

    def distance(y):  # of STFT magnitudes, dB
        return np.abs(librosa_of(y, s.config)[0].clip(-60) - librosa_of(s.sound.y, s.config)[0].clip(-60)).mean()

    stft, mel, mfcc = (distance(y) for y in rebuilt)
    assert stft < mel < mfcc
    assert all(np.abs(y).max() <= 1 for y in rebuilt)


def test_rebuild_says_why_it_cannot():
    f = fields(win=5, hop=20)
    *_, last = view.rebuild(None, *(f[n] for n in view.FIELDS))
    assert "make the hop at most as long as the window" in last[0]


def test_sizes_table():
    table, _ = sizes.content(scene(clip="speech"))
    y = analysis.load(None, "speech").y
    assert f"80 × {1 + len(y) // 160}" in table
    assert "512" not in table
    assert sizes.bytes_words(999) == "999 B"
    assert sizes.bytes_words(1_234_567) == "1.23 MB"


@pytest.mark.parametrize("which", [slug for _, slug in sizes.REPRESENTATIONS])
def test_downloads_hold_the_numbers(which):
    s = scene(clip="french")
    path = view.saved("npy")(None, which, *(s.fields[n] for n in view.FIELDS))
    array = np.load(path)
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
    f = fields(clip=OWN, hop=2, fft="4096")
    with pytest.raises(gr.Error, match="take the NPY file"):
        view.saved("csv")(ten_seconds(tmp_path), "stft", *(f[n] for n in view.FIELDS))


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
