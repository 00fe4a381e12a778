"""A moment of the sound is the same moment of the film: silence stands where a track starts late or has a gap."""

import re

import numpy as np
import pytest

from algorithms.sound import load, probe, stream
from algorithms.sound.timeline import JITTER_S, MAX_GAP_S, Timeline
from tests.helpers.made_by_ffmpeg import PICTURE, beeps, ffmpeg, starts

CODECS = {
    "mp4": ("-c:v", "mpeg4", "-c:a", "aac"),
    "mov": ("-c:v", "mpeg4", "-c:a", "alac"),
    "mkv": ("-c:v", "mpeg4", "-c:a", "flac"),
    "webm": ("-c:v", "libvpx", "-c:a", "libopus"),
    "ts": ("-c:v", "mpeg4", "-c:a", "aac"),
    "ogv": ("-c:v", "libtheora", "-c:a", "libvorbis"),
    "flv": ("-c:v", "flv", "-c:a", "aac"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("timed")
    beeps(folder / "a.wav", 4)
    beeps(folder / "long.wav", 8)
    return folder


@pytest.mark.parametrize("suffix", CODECS)
def test_a_track_that_starts_late(made, suffix):
    path = made / f"late.{suffix}"
    ffmpeg(*PICTURE, "-itsoffset", 5, "-i", made / "a.wav", *CODECS[suffix], path)
    audio = load(path)
    assert starts(audio.y, audio.sample_rate) == pytest.approx([5.5, 6.5, 7.5, 8.5], abs=0.06)
    assert probe(path).duration_s == pytest.approx(9, abs=0.06)
    assert [bool(re.match(r"The sound starts (4\.9|5\.0)\d s after the beginning", n)) for n in audio.notes] == [True]
    assert np.array_equal(np.concatenate(list(stream(path, sample_rate=audio.sample_rate, block_s=1.0))), audio.y)


def test_a_stream_whose_sound_comes_after_what_is_looked_at_first(made):
    path = made / "late_30.ts"
    picture = ("-f", "lavfi", "-i", "testsrc=d=34:s=64x64:r=5")
    ffmpeg(*picture, "-itsoffset", 30, "-i", made / "a.wav", *CODECS["ts"], path)
    audio = load(path)
    assert starts(audio.y, audio.sample_rate) == pytest.approx([30.5, 31.5, 32.5, 33.5], abs=0.06)


@pytest.mark.parametrize("suffix", [s for s in CODECS if s != "ogv"])  # Ogg gives times to pages, not to packets
def test_gaps(made, suffix):
    path = made / f"gap.{suffix}"
    for kept, places, note in (
        ("lt(t,2)+gte(t,5)", [0.5, 1.5, 5.5, 6.5, 7.5], r"a gap of (2\.9|3\.0)\d s at (1\.9|2\.0)"),
        ("lt(t,2)+between(t,4,5)+gte(t,7)", [0.5, 1.5, 4.5, 7.5], r"2 gaps of (3\.9|4\.0)"),
    ):
        ffmpeg(*PICTURE, "-i", made / "long.wav", "-af", f"aselect='{kept}'", *CODECS[suffix], path)
        audio = load(path)
        assert starts(audio.y, audio.sample_rate) == pytest.approx(places, abs=0.06)
        assert audio.duration_s == pytest.approx(8, abs=0.12)
        assert probe(path).duration_s == pytest.approx(8, abs=0.12)
        assert len(audio.notes) == 1
        assert re.search(note, audio.notes[0]), audio.notes


@pytest.mark.parametrize("suffix", CODECS)
def test_a_whole_track_from_the_beginning_has_nothing_put_in(made, suffix):
    path = made / f"whole.{suffix}"
    ffmpeg(*PICTURE, "-i", made / "a.wav", *CODECS[suffix], path)
    audio = load(path)
    assert audio.notes == ()
    assert starts(audio.y, audio.sample_rate) == pytest.approx([0.5, 1.5, 2.5, 3.5], abs=0.06)


def test_a_cut_that_keeps_its_old_times_starts_at_once(made):
    """No picture, no subtitles: nothing comes before the sound, whatever its first time is."""
    for suffix in ("mka", "webm", "ts", "m4a"):
        ffmpeg("-i", made / "a.wav", "-output_ts_offset", 1000, made / f"cut.{suffix}")
        audio = load(made / f"cut.{suffix}")
        assert audio.notes == ()
        assert starts(audio.y, audio.sample_rate) == pytest.approx([0.5, 1.5, 2.5, 3.5], abs=0.06), suffix


def test_silence_keeps_to_a_small_memory_and_to_max_s(made):
    import tracemalloc

    path = made / "quarter.mkv"
    ffmpeg("-f", "lavfi", "-i", "color=s=16x16:r=0.1:d=1000", "-itsoffset", 900, "-i", made / "a.wav", path)
    assert probe(path).duration_s == pytest.approx(904, abs=1)
    assert load(path, max_s=10).duration_s == 10
    tracemalloc.start()
    try:
        total = sum(len(block) for block in stream(path, sample_rate=16_000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total / 16_000 == pytest.approx(904, abs=1)
    assert peak < 16e6


def test_jitter_is_no_gap_and_times_may_start_anew():
    timeline = Timeline(10.0, timed=True)
    for k in range(100):
        assert timeline.gap_s(10 + k * 0.02 + 0.9 * JITTER_S * (k % 2)) == 0
        timeline.done_s += 0.02
    assert timeline.gap_s(3.0) == 0, "a joined file counts from another time again"
    timeline.done_s += 1
    assert timeline.gap_s(4.5) == pytest.approx(0.5)
    timeline.done_s += 0.5
    assert timeline.gap_s(4.5 + 2 * MAX_GAP_S) == 0
    assert timeline.gap_s(None) == 0
    assert timeline.notes() == ["The sound has a gap of 0.50 s at 3.00 s; silence was put there."]
    assert Timeline(0.0, timed=False).gap_s(100.0) == 0
