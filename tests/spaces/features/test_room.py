"""The Feature Explorer's handlers: what the figures show agrees with librosa, fits the wire, survives bad settings."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from components.audio_input import OWN
from spaces.features import analysis, pictures, spectra
from spaces.features.page import LESSON
from spaces.features.settings import AFFECTS, TOP_MEL_HZ, auto_fft, config_of
from tests.helpers.features_page import (
    FIGURES,
    SENT,
    cursor,
    draw,
    fields,
    image_db,
    librosa_of,
    main,
    own_sound,
    sent,
    ten_seconds,
    zoom,
)

# --- What the figures show -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"win": 40, "hop": 5, "fft": "2048", "window": "blackman"},
        {"mels": 40, "fmin": 100, "fmax": 4000, "scale": "htk", "norm": False, "pre": 0.97},
        {"power": 1, "mfcc": 20, "lift": 22, "window": "rectangular"},
    ],
)
def test_pictures_agree_with_librosa(changed):
    # The sentence lasts 3.3 s: at a 10 ms hop every frame has a column of its own, so nothing is pooled in time.
    f = fields(clip="vowels", **{**changed, "hop": 10})
    sound = analysis.load(None, f["clip"])
    c = config_of(f, sound.sample_rate)
    stft_db, mel_db, mfcc = librosa_of(sound.y, c)
    shown = draw(**f)

    picture = image_db(shown["mel"]["data"][0])
    assert picture.shape == (c.n_mels, mel_db.shape[1])
    np.testing.assert_allclose(picture, np.clip(mel_db, -f["db"], 0), atol=0.5 * f["db"] / 255 + 0.02)

    trace = shown["stft"]["data"][0]
    picture = image_db(trace)
    # Each row is the loudest of the bins whose middle it holds.
    place = (np.arange(c.n_bins) * c.sample_rate / c.n_fft - trace["y0"]) / trace["dy"] + 0.5
    checked = 0
    for row in range(picture.shape[0]):
        inside = (place >= row) & (place < row + 1)
        if not inside.any() or np.abs(place - np.round(place))[(place > row - 0.1) & (place < row + 1.1)].min() < 1e-6:
            continue  # a bin exactly between two rows belongs to either
        loudest = np.clip(stft_db[inside].max(axis=0), -f["db"], 0)
        np.testing.assert_allclose(picture[row], loudest, atol=0.5 * f["db"] / 255 + 0.02)
        checked += 1
    assert checked > 0.9 * min(picture.shape[0], c.n_bins)

    first, rest = (image_db(t) for t in shown["mfccs"]["data"])
    assert first.shape == (1, mfcc.shape[1])
    np.testing.assert_allclose(first[0], mfcc[0], atol=0.5 * np.ptp(mfcc[0]) / 255 + 0.02)
    np.testing.assert_allclose(rest, mfcc[1:], atol=np.abs(mfcc[1:]).max() / 255 + 0.02)


def test_spectrum_is_the_column_of_the_stft():
    f = fields(clip="tone", t=3.7)
    sound = analysis.load(None, "tone")
    c = config_of(f, sound.sample_rate)
    stft_db, mel_db, _ = librosa_of(sound.y, c)
    frame = round(3.7 * c.sample_rate / c.hop_length)
    stft, mel = spectra.spectrum_picture(sound, c, 3.7)["data"]
    # Below -90 dB float32 has no digits left.
    np.testing.assert_allclose(stft["y"].clip(-90), stft_db[:, frame].clip(-90), atol=0.02)
    np.testing.assert_allclose(mel["y"].clip(-90), mel_db[:, frame].clip(-90), atol=0.02)
    np.testing.assert_allclose(mel["x"], librosa.mel_frequencies(n_mels=82, fmin=0, fmax=11025)[1:-1], rtol=1e-5)


def test_spectrum_of_a_huge_fft_keeps_its_peak():
    f = fields(clip="tone", fft="16384")
    sound = analysis.load(None, "tone")
    c = config_of(f, sound.sample_rate)
    picture = spectra.spectrum_picture(sound, c, 3.7)
    column = analysis.magnitude_db(sound, c)[:, analysis.frame_at(sound, c, 3.7)]
    assert len(picture["data"][0]["y"]) <= spectra.SPECTRUM_POINTS
    assert picture["data"][0]["y"].max() == column.max()


@pytest.mark.parametrize("norm", [True, False])
@pytest.mark.parametrize("scale", ["slaney", "htk"])
def test_filterbank_picture_is_librosas(norm, scale):
    c = config_of(fields(mels=40, norm=norm, scale=scale, fmin=60, fmax=7000), 16_000)
    bank = librosa.filters.mel(
        sr=16_000, n_fft=c.n_fft, n_mels=40, fmin=60, fmax=7000, htk=scale == "htk", norm="slaney" if norm else None
    )
    hz = np.arange(c.n_bins) * 16_000 / c.n_fft
    drawn = spectra.filterbank_picture(c)["data"]
    for m in range(40):
        x, y = (np.reshape(drawn[m % 3][axis], (-1, 4))[m // 3][:3] for axis in ("x", "y"))
        np.testing.assert_allclose(np.interp(hz, x, y, left=0, right=0), bank[m], atol=1e-6 + 1e-4 * bank[m].max())


def test_waveform_keeps_every_peak_and_zooms_to_samples():
    sound = analysis.load(None, "clicks")
    high, low = pictures.waveform(sound)["data"]
    assert high["y"].max() == sound.y.max()
    assert len(high["y"]) == len(low["y"]) == pictures.COLUMNS
    near = pictures.waveform(sound, {"key": sound.key, "t": [1.0, 1.05]})["data"]
    assert len(near) == 1
    start = round(near[0]["x0"] * sound.sample_rate)
    np.testing.assert_array_equal(near[0]["y"], sound.y[start : start + len(near[0]["y"])])


def test_log_axis_names_its_rows_in_hz():
    sound = analysis.load(None, "tone")
    c = config_of(fields(), sound.sample_rate)
    picture = pictures.stft_picture(sound, c, y="log")
    trace, axis = picture["data"][0], picture["layout"]["yaxis"]
    ends = 10 ** (trace["y0"] + trace["dy"] * np.array([0, len(trace["rowtext"]) - 1]))
    assert [int(trace["rowtext"][i].split()[0]) for i in (0, -1)] == pytest.approx(ends, rel=0.02)
    for place, words in zip(axis["tickvals"], axis["ticktext"], strict=True):
        assert 10**place == pytest.approx(float(words.replace("k", "")) * (1000 if "k" in words else 1))


def test_mel_axis_puts_frequencies_at_their_filter():
    sound = analysis.load(None, "tone")
    c = config_of(fields(), sound.sample_rate)
    axis = pictures.mel_picture(sound, c)["layout"]["yaxis"]
    centres = librosa.mel_frequencies(n_mels=c.n_mels + 2, fmin=0, fmax=c.f_max_hz)[1:-1]
    for place, words in zip(axis["tickvals"], axis["ticktext"], strict=True):
        hz = float(words.replace("k", "")) * (1000 if "k" in words else 1)
        assert np.interp(place, np.arange(c.n_mels), centres, left=np.nan, right=np.nan) == pytest.approx(
            hz, rel=0.01, nan_ok=True
        )


# --- Zoom ------------------------------------------------------------------------------------------------------------


def test_zoom_sends_the_visible_part_at_full_resolution():
    f = fields(clip="speech")
    sound = analysis.load(None, "speech")
    c = config_of(f, sound.sample_rate)
    shown = zoom("stft", [2.0, 3.0], [0, 2000], view={"key": sound.key}, **f)
    assert set(shown) == {"view", "wave", "stft", "mel", "mfccs"}
    new, wave, stft, mel, mfccs = (shown[name] for name in ("view", "wave", "stft", "mel", "mfccs"))
    assert (new["t"], new["stft"]) == ([2.0, 3.0], [0, 2000])
    trace = stft["data"][0]
    assert trace["dy"] == pytest.approx(c.sample_rate / c.n_fft)  # one row a frequency: the whole picture pools them
    assert trace["dx"] == pytest.approx(0.01)
    assert trace["x0"] == pytest.approx(2.0, abs=0.011)
    for picture in (wave, stft, mel, mfccs):  # home stays the whole sound
        assert picture["layout"]["xaxis"]["range"] == [0, sound.duration_s]
    full = analysis.magnitude_db(sound, c)
    first = round(trace["x0"] * 100)
    picture = image_db(trace)
    want = np.clip(full[: picture.shape[0], first : first + picture.shape[1]], -80, 0)
    np.testing.assert_allclose(picture, want, atol=0.5 * 80 / 255 + 1e-3)


def test_vertical_zoom_redraws_one_picture_and_double_click_all():
    f = fields(clip="speech")
    key = analysis.load(None, "speech").key
    shown = zoom("mel", None, [10, 30], view={"key": key, "t": None}, **f)
    assert set(shown) == {"view", "mel"}
    shown = zoom("mel", None, None, view={**shown["view"], "t": [1, 2]}, **f)
    assert (shown["view"]["t"], shown["view"]["mel"]) == (None, None)
    assert set(shown) == {"view", "wave", "stft", "mel", "mfccs"}


def test_zoom_survives_settings_but_not_another_sound():
    f = fields(clip="speech")
    key = analysis.load(None, "speech").key
    zoomed = {"key": key, "t": [1.0, 1.5]}
    shown = draw("mels", view=zoomed, **{**f, "mels": 40})
    assert shown["mel"]["data"][0]["x0"] == pytest.approx(1.0, abs=0.011)
    shown = draw(view=zoomed, **{**f, "clip": "chirp"})
    assert shown["view"] == {"key": analysis.load(None, "chirp").key}
    assert shown["mel"]["data"][0]["x0"] == pytest.approx(0.0, abs=0.011)


def test_zoom_into_the_pair_of_windows():
    f = fields(clip="speech", see="res", wa=5, wb=60)
    key = analysis.load(None, "speech").key
    shown = zoom("wave", [2.0, 2.5], None, view={"key": key}, **f)
    assert shown["stft_a"]["data"][0]["x0"] == pytest.approx(2.0, abs=0.011)
    assert shown["stft_b"]["data"][0]["x0"] == pytest.approx(2.0, abs=0.011)
    assert "spreads" not in shown, "the numbers do not depend on the zoom"
    shown = zoom("stft_a", [2.0, 2.5], [0, 1000], view=shown["view"], **f)
    assert set(shown) == {"view", "stft_a"}


@pytest.mark.parametrize("x", [[-5, -4], [100, 200], [8.289, 8.29], [3.0, 3.0], [4.0, 3.0]])
def test_absurd_zooms_still_draw(x):
    f = fields(clip="speech")
    key = analysis.load(None, "speech").key
    shown = zoom("stft", x, [9000, 9500], view={"key": key}, **f)
    assert SENT(shown["wave"])
    assert SENT(shown["stft"])


# --- Size and cost ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*AFFECTS, "see"])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_a_redraw_of_ten_seconds_stays_below_300_kB(tmp_path, name, rate):
    # White noise is the worst case: it doesn't compress.
    assert 0 < sent(draw(name, own=ten_seconds(tmp_path, rate), clip=OWN, db=60)) < 300_000


def test_opening_and_zooming_stay_below_300_kB(tmp_path):
    own = ten_seconds(tmp_path, 44_100)
    for shown in (
        draw(own=own, clip=OWN),
        zoom("stft", [0, 9.9], None, own=own, clip=OWN),
        draw(own=own, clip=OWN, mels=256, fft="16384", win=200),
    ):
        assert 0 < sent(shown) < 300_000


def test_only_what_a_control_touches_is_redrawn():
    drawn = {}
    for name in ("win", "mels", "mfcc", "y", "db", "cmn", "hz"):
        drawn[name] = draw(name).keys() & set(FIGURES)
    assert drawn["win"] == {"stft", "mel", "mfccs", "spectrum", "bank"}
    assert drawn["mels"] == {"mel", "mfccs", "spectrum", "bank"}
    assert drawn["mfcc"] == {"mfccs"} == drawn["cmn"]
    assert drawn["y"] == {"stft", "spectrum"}
    assert drawn["db"] == {"stft", "mel", "spectrum"}
    assert drawn["hz"] == set()
    assert "rounded" in draw("bits", see="bits")
    assert set(draw("win", see="bits")) == {"note", *drawn["win"]}, "a rounded sound plays on while the window moves"


def test_memory_is_bounded_and_keeps_the_newest():
    memory = analysis.Memory(1000)
    made = []

    def make(k):
        made.append(k)
        return np.zeros(100, np.float32)  # 400 bytes

    for k in (1, 2, 1, 3, 1, 2):
        memory.get(k, lambda k=k: make(k))
    assert made == [1, 2, 3, 2]
    assert memory.n_bytes <= 1000


# --- Bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"fft": "128", "win": 25}, "choose a larger FFT"),
        ({"fmin": 5000, "fmax": 1000}, "must be below"),
        ({"mfcc": 40, "mels": 20}, "MFCCs cannot come out"),
        ({"fmin": 5000, "clip": "french"}, "must be below"),  # sampled at 8 kHz
    ],
)
def test_settings_that_do_not_fit_give_one_sentence(changed, says):
    f = fields(**changed)
    shown = draw("win", **f)
    assert says in shown.pop("note")
    assert not shown  # the pictures stay
    # Opened from a link, the sound plays and no other sound's picture is left standing.
    shown = draw(**f)
    assert says in shown["note"]
    assert shown["player"]
    assert shown["wave"]["data"]
    assert shown["stft"]["data"] == []
    assert says in shown["stft"]["alt"]
    assert set(cursor(1.0, **f)) == {"t"}
    assert set(zoom("stft", [1, 2], None, **f)) == {"view"}


def test_notes_name_empty_filters_and_gaps():
    assert "stay empty" in draw(mels=200)["note"]
    assert "in no frame" in draw(win=5, hop=10)["note"]


def test_too_many_cells_are_refused_in_a_sentence(tmp_path):
    path = tmp_path / "long.wav"
    soundfile.write(path, np.zeros(30 * 48_000), 48_000)
    shown = draw(own=own_sound(path), clip=OWN, hop=1, fft="4096")
    assert "choose a longer hop" in shown["note"]


def test_a_gone_sound_is_said_and_the_next_clip_works(tmp_path):
    gone = own_sound(tmp_path / "gone.wav")
    shown = draw("clip", own=gone, clip=OWN)
    assert set(main(shown)) == {"note"}
    assert "record or upload it again" in shown["note"]
    assert draw("clip", own=gone, clip="noise")["wave"]
    assert set(cursor(1.0, own=gone, clip=OWN)) == {"t"}
    assert not zoom("stft", [1, 2], None, own=gone, clip=OWN)


def test_a_long_sound_is_cut_and_said(tmp_path):
    path = tmp_path / "long.wav"
    soundfile.write(path, 0.1 * np.sin(np.arange(40 * 8000) / 5), 8000)
    shown = draw(own=own_sound(path), clip=OWN)
    assert "first 30 s" in shown["note"]
    assert shown["player"].y.shape == (30 * 8000,)
    assert shown["wave"]["layout"]["xaxis"]["range"] == [0, 30]


@pytest.mark.parametrize("kind", ["silence", "one click", "20 ms", "8-bit stereo"])
def test_odd_sounds_draw_everywhere(tmp_path, kind):
    path = tmp_path / "odd.wav"
    if kind == "silence":
        soundfile.write(path, np.zeros(16_000), 16_000)
    elif kind == "one click":
        soundfile.write(path, np.eye(1, 9600, 4800)[0], 96_000)
    elif kind == "20 ms":
        soundfile.write(path, 0.5 * np.sin(np.arange(160)), 8000)
    else:
        soundfile.write(path, np.random.default_rng(1).uniform(-1, 1, (22_050, 2)), 22_050, subtype="PCM_U8")
    for see in LESSON.by_slug:
        shown = draw(own=own_sound(path), clip=OWN, see=see, src="sound", fs=4000)
        assert sent(shown)
        assert shown["mel"]["data"]
    if kind == "silence":
        assert "silent" in shown["note"]
        assert image_db(shown["stft"]["data"][0]).max() == -80  # dark, not bright


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.fixed_dictionaries(
        {
            "win": st.integers(2, 200),
            "hop": st.integers(1, 50),
            "fft": st.sampled_from(["auto", "128", "1024", "16384"]),
            "mels": st.integers(4, 256),
            "fmin": st.integers(0, 600).map(lambda n: n * 10),
            "fmax": st.integers(2, 120).map(lambda n: n * 100),
            "mfcc": st.integers(1, 40),
            "lift": st.integers(0, 40),
            "power": st.sampled_from([1, 2]),
            "y": st.sampled_from(["linear", "log"]),
            "clip": st.sampled_from(["vowels", "french"]),
            "see": st.sampled_from(["steps", "res", "mel", "out"]),
            "t": st.floats(-1, 30),
        }
    )
)
def test_no_combination_of_settings_breaks_the_page(changed):
    shown = draw(**changed)
    assert shown["player"]
    assert SENT(shown["stft"])
    assert SENT(shown["spectrum"])
    assert shown["stft"]["data"] or 'role="alert"' in shown["note"]


# --- Settings --------------------------------------------------------------------------------------------------------


def test_auto_fft_is_the_next_power_of_two():
    assert [auto_fft(ms, 16_000) for ms in (2, 25, 32, 33, 200)] == [512, 512, 512, 1024, 4096]
    assert auto_fft(25, 44_100) == 2048


def test_right_end_of_f_max_is_nyquist():
    assert config_of(fields(), 44_100).f_max_hz == 22_050
    assert config_of(fields(fmax=TOP_MEL_HZ - 100), 16_000).f_max_hz == 8000
    assert config_of(fields(fmax=4000), 16_000).f_max_hz == 4000
