"""The example sounds: files, index, credits and the script that makes them agree."""

import json
import re
import shutil

import numpy as np
import pytest
import soundfile

from algorithms.sound import load
from algorithms.sound.clips import CLIPS_FOLDER, clip, clips
from assets import make_clips, synth
from assets import words as spoken_words

CREDITS = (CLIPS_FOLDER.parent / "CREDITS.md").read_text(encoding="utf-8")
ALL = (*clips(), *clips("word"))
IDS = [c.id for c in ALL]


def test_index_lists_exactly_the_files():
    assert len(set(IDS)) == len(IDS)
    assert {c.path.name for c in ALL} == {
        p.name for p in CLIPS_FOLDER.iterdir() if p.is_file() and p.name != "clips.json"
    }
    assert set(IDS) == set(make_clips.ABOUT)
    assert set(IDS) == set(make_clips.RECORDED) | set(synth.SYNTHESISED) | set(make_clips.SPOKEN)
    assert {c.id for c in clips("word")} == set(make_clips.SPOKEN)
    assert {"speech", "speech_long", "tone", "chirp", "noise", "clicks", "vowels"} <= set(IDS)


def test_all_files_together_are_small():
    assert sum(p.stat().st_size for p in CLIPS_FOLDER.iterdir()) < 2e6


@pytest.mark.parametrize("clip_id", IDS)
def test_clip_is_what_the_index_says(clip_id):
    entry = clip(clip_id)
    audio = load(entry.path)
    assert audio.notes == ()  # mono, 16 bit, nothing to repair
    assert audio.info.container == "FLAC"
    assert audio.sample_rate == entry.sample_rate
    assert audio.duration_s == pytest.approx(entry.duration_s, abs=1e-3)
    peak = np.abs(audio.y).max()
    assert 10 ** (-12 / 20) < peak <= 10 ** (-1 / 20)
    assert np.sum(np.abs(audio.y) == peak) < (2 if entry.text else 1000)  # recorded speech has no flat, clipped tops
    assert bool(entry.text) == bool(entry.language)
    for words in (entry.title, entry.source, entry.licence, entry.what_to_listen_for):
        assert words.strip()
    assert entry.what_to_listen_for.endswith(".")


@pytest.mark.parametrize("clip_id", IDS)
def test_credits_name_the_file_and_its_licence(clip_id):
    entry = clip(clip_id)
    section = next(s for s in re.split(r"^## ", CREDITS, flags=re.MULTILINE) if f"`{entry.path.name}`" in s)
    assert entry.licence.lower() in section.lower()


def test_prompts_are_credited_to_their_speakers():
    for clip_id, name in {
        "french": "June Wallack",
        "spanish": "Allison Smith",
        "italian": "Carlo Flora",
        "russian": "Maxim Topal",
    }.items():
        assert name in CREDITS
        assert name in clip(clip_id).source


@pytest.mark.parametrize("clip_id", sorted(synth.SYNTHESISED))
def test_computed_clips_come_out_the_same(clip_id):
    y, sample_rate = make_clips.synthesised(clip_id)
    shipped, shipped_rate = soundfile.read(clip(clip_id).path, dtype="int16")
    assert sample_rate == shipped_rate
    assert np.array_equal(y, shipped)


@pytest.mark.skipif(shutil.which("flite") is None, reason="needs Debian's flite")
@pytest.mark.parametrize("clip_id", ["word_yes", "word_marvin", "word_stream"])
def test_words_come_out_the_same(clip_id):
    y, sample_rate = make_clips.spoken(clip_id)
    shipped, shipped_rate = soundfile.read(clip(clip_id).path, dtype="int16")
    assert sample_rate == shipped_rate
    assert np.array_equal(y, shipped)


@pytest.mark.skipif(shutil.which("flite") is None, reason="needs Debian's flite")
def test_times_of_the_streams_words():
    assert json.loads(make_clips.STREAM_WORDS.read_text()) == spoken_words.stream_words()
    assert [w["word"] for w in spoken_words.stream_words()] == clip("word_stream").text.split()


def test_index_is_what_the_script_writes(tmp_path, monkeypatch):
    for path in CLIPS_FOLDER.glob("*.flac"):
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.setattr(make_clips, "CLIPS", tmp_path)
    make_clips.write_index()
    written = (tmp_path / "clips.json").read_text(encoding="utf-8")
    assert json.loads(written) == json.loads((CLIPS_FOLDER / "clips.json").read_text(encoding="utf-8"))


def test_recorded_clips_come_from_their_packages(tmp_path):
    """With stand-ins for the packages' files: joined in order, with the pause between."""
    for pattern, names, _ in make_clips.RECORDED.values():
        for name in names:
            path = tmp_path / pattern.format(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, np.full(8000, 0.25), 8000)
    y, sample_rate = make_clips.recorded("italian", tmp_path)
    assert sample_rate == 8000
    assert len(y) == 8000 + 3600 + 8000
    assert not y[8000:11600].any()
    assert y.max() == round(32767 * 10 ** (-3 / 20))


def test_unknown_clip():
    with pytest.raises(ValueError, match="no example clip 'song': choose one of speech, "):
        clip("song")


# --- The synthesised sounds are what their descriptions claim -------------------------------------------------------


def spectrum_db(y, sample_rate):
    power = np.abs(np.fft.rfft(y * np.hanning(len(y)))) ** 2
    return np.fft.rfftfreq(len(y), 1 / sample_rate), 10 * np.log10(power + 1e-12)


def test_chirp_rises_linearly_to_nyquist():
    y = synth.chirp(22_050)
    for at_s in (0.5, 1.5, 3.0, 5.0):
        start = round(at_s * 22_050)
        f_hz, level_db = spectrum_db(y[start - 256 : start + 256], 22_050)
        assert f_hz[level_db.argmax()] == pytest.approx(50 + (11_025 - 50) * at_s / 6, abs=60)


def test_noise_is_white_then_pink():
    y, sample_rate = synth.noise(16_000), 16_000
    slopes = []
    for half in (y[:40_000], y[40_000:]):
        f_hz, level_db = spectrum_db(half, sample_rate)
        band = (f_hz > 60) & (f_hz < 7000)
        slopes.append(np.polyfit(np.log2(f_hz[band]), level_db[band], 1)[0])
    assert slopes[0] == pytest.approx(0, abs=0.3)  # dB an octave
    assert slopes[1] == pytest.approx(-3.01, abs=0.3)


def test_clicks_accelerate_from_2_to_200_a_second():
    times_s = np.flatnonzero(synth.clicks(16_000)) / 16_000
    rates = 1 / np.diff(times_s)
    assert rates[0] == pytest.approx(2, rel=0.6)
    assert rates[-1] == pytest.approx(200, rel=0.03)
    assert (np.diff(times_s) > 0).all()
    expected = 2 * 100 ** ((times_s[:-1] + times_s[1:]) / 2 / 6)
    np.testing.assert_allclose(rates, expected, rtol=0.12)


def test_tone_plays_the_notes_it_names():
    y, sample_rate = synth.tone(22_050), 22_050
    for start_s, f0_hz in ((0.0, 261.63), (0.5, 329.63), (1.0, 392.0), (1.5, 523.25)):
        start = round((start_s + 0.02) * sample_rate)
        f_hz, level_db = spectrum_db(y[start : start + 8192], sample_rate)
        near = np.abs(f_hz - f0_hz) < 8
        assert level_db[near].max() > level_db.max() - 6


@pytest.mark.parametrize("vowel", synth.VOWEL_FORMANTS_HZ)
def test_vowels_have_their_formants(vowel):
    """Linear prediction, a method that shares nothing with the synthesis, finds the resonances again."""
    import librosa

    sample_rate = 16_000
    start = round((0.9 * list(synth.VOWEL_FORMANTS_HZ).index(vowel) + 0.2) * sample_rate)
    part = synth.vowels(sample_rate)[start : start + 6400]
    part = np.append(part[0], part[1:] - 0.97 * part[:-1]) * np.hamming(len(part))
    roots = np.roots(librosa.lpc(part, order=14))
    roots = roots[(roots.imag > 0) & (np.abs(roots) > 0.9)]
    found_hz = np.sort(np.angle(roots)) * sample_rate / (2 * np.pi)
    for formant_hz in synth.VOWEL_FORMANTS_HZ[vowel]:
        assert np.abs(found_hz - formant_hz).min() < max(60, 0.06 * formant_hz)
