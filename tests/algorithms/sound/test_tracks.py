"""Of several sound tracks the main one is used, unless it is silent or cannot be decoded; a note says which and why."""

import pytest

from algorithms.sound import AudioError, load, probe
from tests.helpers.made_by_ffmpeg import PICTURE, beeps, ffmpeg, starts

SILENCE = ("-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo:d=6")
AAC = ("-c:v", "mpeg4", "-c:a", "aac")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tracks")
    beeps(folder / "two.wav", 2)
    beeps(folder / "three.wav", 3, rate=22_050)
    return folder


def used(path, beeping, note):
    audio = load(path)
    assert len(starts(audio.y, audio.sample_rate)) == beeping
    assert note in audio.notes[0], audio.notes
    assert probe(path).duration_s == pytest.approx(audio.duration_s, abs=0.1)


def unknown(path, codes):
    """Rename the codec of the first sound track to one that nobody knows."""
    data = path.read_bytes()
    place = data.find(codes[0])
    assert place > 0
    path.write_bytes(data[:place] + codes[1] + data[place + len(codes[0]) :])


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov"])
def test_a_silent_first_track(made, suffix):
    path = made / f"silent.{suffix}"
    ffmpeg(*SILENCE, "-i", made / "two.wav", "-map", 0, "-map", 1, *AAC, path)
    used(path, 2, "2 sound tracks: the first is silent, so the second was used.")
    faint = ("-f", "lavfi", "-i", "anoisesrc=a=0.0001:d=6")
    ffmpeg(*faint, *SILENCE, "-i", made / "two.wav", "-map", 0, "-map", 1, "-map", 2, *AAC, path)
    used(path, 2, "3 sound tracks: the first and the second are silent, so the third was used.")


def test_the_track_that_is_marked_as_default(made):
    path = made / "default.mkv"
    both = ("-i", made / "two.wav", "-i", made / "three.wav", "-map", 0, "-map", 1, "-map", 2, *AAC)
    ffmpeg(*PICTURE, *both, "-disposition:a:0", "0", "-disposition:a:1", "default", path)
    used(path, 3, "2 sound tracks: the second, which is marked as the main one, was used.")
    ffmpeg(*PICTURE, *both, "-disposition:a:0", "default", "-disposition:a:1", "0", path)
    used(path, 2, "2 sound tracks: the first was used.")
    ffmpeg(*PICTURE, *both, "-disposition:a:0", "comment", "-disposition:a:1", "0", path)
    used(path, 3, "2 sound tracks: the second")


def test_a_track_that_cannot_be_decoded(made):
    path = made / "unknown.mov"
    pcm = ("-c:a", "pcm_s16le")  # in MOV nothing but the code tells it
    ffmpeg("-i", made / "two.wav", "-i", made / "three.wav", "-map", 0, "-map", 1, *pcm, path)
    unknown(path, (b"sowt", b"zz9z"))
    used(path, 3, "2 sound tracks: the first cannot be decoded, so the second was used.")
    ffmpeg("-i", made / "two.wav", *pcm, path)
    unknown(path, (b"sowt", b"zz9z"))
    with pytest.raises(AudioError, match="coded in a way that cannot be decoded here"):
        load(path)


def test_a_silent_track_that_is_the_only_one_stays(made):
    path = made / "only.mp4"
    ffmpeg(*SILENCE, *AAC, path)
    assert load(path).notes[-1] == "The sound is silent: every sample is zero."
    ffmpeg(*SILENCE, *SILENCE, "-map", 0, "-map", 1, *AAC, path)
    assert load(path).notes[0] == "The file has 2 sound tracks: all are silent, so the first was used."
