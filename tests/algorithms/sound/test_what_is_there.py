"""A file is read to its end, whatever its header counts: piped, joined, chained, with lengths that are no lengths."""

import struct

import pytest

from algorithms.sound import load, probe
from tests.helpers.audio_files import sine, wav_bytes
from tests.helpers.made_by_ffmpeg import beeps, ffmpeg, joined, starts


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """`a.wav`: 4 s, 44.1 kHz, mono; `b.wav`: 3 s, 22.05 kHz, stereo."""
    folder = tmp_path_factory.mktemp("made")
    beeps(folder / "a.wav", 4)
    beeps(folder / "b.wav", 3, hz=660, rate=22_050, channels=2)
    return folder


def check(path, seconds, *, probed=True):
    """All of the sound is there, with every beep at its place; returns the notes."""
    audio = load(path)
    assert audio.duration_s == pytest.approx(seconds, abs=0.12), path.name
    assert starts(audio.y, audio.sample_rate) == pytest.approx([k + 0.5 for k in range(seconds)], abs=0.14), path.name
    if probed:
        assert probe(path).duration_s == pytest.approx(seconds, abs=0.15), path.name
    return audio.notes


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("vbr.mp3", ("-q:a", 5, "-f", "mp3")),
        ("piped.ogg", ("-f", "ogg")),
        ("piped.flac", ("-f", "flac")),
        ("piped.wav", ("-f", "wav")),
        ("piped.aac", ("-f", "adts")),
        ("piped.mp4", ("-f", "mp4", "-movflags", "frag_keyframe+empty_moov")),
        ("piped.mka", ("-f", "matroska")),
    ],
)
def test_written_to_a_pipe(made, name, options):
    ffmpeg("-i", made / "a.wav", *options, output=made / name)
    assert check(made / name, 4) == ()


def test_whole_mp3s_are_not_called_cut_short(made):
    for name, options in (("abr.mp3", ("-abr", 1, "-b:a", "64k")), ("cbr.mp3", ("-b:a", "48k"))):
        for no_count in ((), ("-write_xing", 0)):
            ffmpeg("-i", made / "a.wav", *options, *no_count, made / name)
            assert check(made / name, 4) == ()


@pytest.mark.parametrize("count", [0, 10, 100_000])
def test_a_wrong_count_of_frames_in_an_mp3(made, count):
    ffmpeg("-i", made / "a.wav", "-q:a", 5, made / "xing.mp3")
    data = (made / "xing.mp3").read_bytes()
    place = max(data.find(b"Xing"), data.find(b"Info"))
    assert place > 0
    (made / "xing.mp3").write_bytes(data[: place + 8] + struct.pack(">I", count) + data[place + 12 :])
    assert check(made / "xing.mp3", 4) == ()


@pytest.mark.parametrize(
    ("suffix", "options"),
    [("mp3", ("-q:a", 5)), ("ogg", ()), ("opus", ("-c:a", "libopus")), ("flac", ()), ("wav", ()), ("aac", ())],
)
def test_joined_files_are_read_to_the_end(made, suffix, options):
    a, b = (made / f"{name}_part.{suffix}" for name in "ab")
    for file in (a, b):
        ffmpeg("-i", made / f"{file.name[0]}.wav", *options, file)
    assert not [n for n in check(joined(made / f"aa.{suffix}", a, a), 8) if "WAV files" not in n]
    notes = check(joined(made / f"ab.{suffix}", a, b), 7, probed=suffix != "aac")
    assert any("changes its format after 4.0" in note for note in notes), notes
    assert not any("damaged" in note for note in notes)
    # The other way round: the first decides the format, and the channels of both are mixed.
    assert (
        len([n for n in check(joined(made / f"ba.{suffix}", b, a), 7, probed=suffix != "aac") if "changes" in n]) == 1
    )


def test_an_ogg_film_is_no_chain(made):
    ffmpeg("-f", "lavfi", "-i", "testsrc=d=4:s=64x64:r=5", "-i", made / "a.wav", made / "film.ogv")
    assert check(made / "film.ogv", 4) == ()


@pytest.mark.parametrize(
    "stated", [1_000_000_000, 2_000_000_000, 0x7FFF_FFFF, 0x7FFF_F000, 0xFFFF_FFFF, 0xFFFF_FFDC, 0]
)
def test_a_wav_that_states_no_true_length_is_not_cut_short(tmp_path, stated):
    (tmp_path / "a.wav").write_bytes(wav_bytes(sine(1.5), riff=min(stated + 36, 0xFFFF_FFFF), data=stated))
    audio = load(tmp_path / "a.wav")
    assert audio.duration_s == 1.5 == probe(tmp_path / "a.wav").duration_s
    assert not any("cut short" in note or "damaged" in note for note in audio.notes), audio.notes


def test_a_wav_that_counts_too_little_is_read_to_its_end(tmp_path):
    (tmp_path / "a.wav").write_bytes(wav_bytes(sine(1.5), riff=36 + 10_001, data=10_001 - 1))
    audio = load(tmp_path / "a.wav")
    assert audio.duration_s == pytest.approx(1.5)
    assert "does not state its length" in audio.notes[0]


def test_a_cut_off_wav_is_still_said_to_be(tmp_path):
    (tmp_path / "a.wav").write_bytes(wav_bytes(sine(1.0), riff=36 + 320_000, data=320_000))
    assert load(tmp_path / "a.wav").notes[0].startswith("The file is cut short: its header promises 10.00 s and 1.00 s")


def test_a_flac_of_unknown_length(made):
    ffmpeg("-i", made / "a.wav", made / "unknown.flac")
    data = bytearray((made / "unknown.flac").read_bytes())
    data[21] &= 0xF0  # the count: the last 36 bits before the checksum in STREAMINFO (RFC 9639, section 8.2)
    data[22:26] = bytes(4)
    (made / "unknown.flac").write_bytes(data)
    assert check(made / "unknown.flac", 4) == ()
