"""Every sound enters by algorithms.sound.io: each kind of file gives a right result or one clear sentence."""

import re
import socket
import tracemalloc

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from algorithms.sound import AudioError, from_array, load, probe, stream
from algorithms.sound import condition as audio_condition
from algorithms.sound import decode as audio_decode
from algorithms.sound import io as audio_io
from algorithms.sound.sniff import sniff
from tests.helpers.audio_files import LEVEL, TONE_HZ, encode_av, sine, wav_bytes, write_audio_files, write_sparse_wav

relaxed = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    return write_audio_files(tmp_path_factory.mktemp("audio"))


def is_one_sentence(text):
    # A sentence may hold file names with dots, never a second sentence or a traceback.
    starts_well = text[0].isupper() or text[0].isdigit() or text[0] == "'"
    return starts_well and text.endswith(".") and not re.search(r"[.!?] [A-Z]|\n|0x", text)


def tone_level(y, sample_rate):
    """Amplitude of the TONE_HZ component and the RMS of everything else."""
    t = np.arange(len(y)) / sample_rate
    basis = np.stack([np.sin(2 * np.pi * TONE_HZ * t), np.cos(2 * np.pi * TONE_HZ * t)], axis=1)
    parts = np.linalg.lstsq(basis, y, rcond=None)[0]
    return np.hypot(*parts), np.sqrt(np.mean((y - basis @ parts) ** 2))


def test_every_good_file_gives_its_sound(cases):
    for case in (c for c in cases if c.good):
        audio = load(case.path)
        assert (audio.y.dtype, audio.y.ndim) == (np.float32, 1), case.id
        assert np.isfinite(audio.y).all(), case.id
        assert np.abs(audio.y).max() <= 1, case.id
        assert audio.sample_rate == case.sample_rate == audio.info.sample_rate, case.id
        assert audio.info.channels == case.channels, case.id
        assert audio.duration_s == len(audio.y) / audio.sample_rate
        assert audio.duration_s == pytest.approx(case.duration_s, abs=0.12 if "truncated" in case.id else 0.03), case.id
        assert re.search(case.note, "\n".join(audio.notes), re.MULTILINE), (case.id, audio.notes)
        assert all(is_one_sentence(note) for note in audio.notes), audio.notes
        if case.tone:
            inner = audio.y[len(audio.y) // 10 : -len(audio.y) // 10]  # codecs may soften the edges
            level, rest = tone_level(inner, audio.sample_rate)
            assert level == pytest.approx(LEVEL, rel=0.03 if case.lossy else 0.005), case.id
            # libsndfile truncates to 8 bits: half a step (1/256) of offset beside the rounding noise.
            assert rest < (0.02 if case.lossy else 0.006 if case.id == "pcm_u8.wav" else 0.003), case.id


def test_every_bad_file_gives_one_sentence(cases):
    for case in (c for c in cases if not c.good):
        with pytest.raises(AudioError, match=case.error) as caught:
            load(case.path)
        assert is_one_sentence(str(caught.value)), caught.value
        assert isinstance(caught.value, ValueError)


def test_plain_files_carry_no_notes(cases):
    for case in cases:
        if case.good and not case.note and case.channels == 1:
            assert load(case.path).notes == (), case.id


def test_stream_gives_what_load_gives(cases):
    for case in (c for c in cases if c.good and c.duration_s < 60):
        notes = []
        blocks = list(stream(case.path, sample_rate=22_050, block_s=0.3, notes=notes))
        whole = load(case.path, sample_rate=22_050)
        assert all(len(b) == round(0.3 * 22_050) for b in blocks[:-1])
        assert 0 < len(blocks[-1]) <= round(0.3 * 22_050)
        assert np.array_equal(np.concatenate(blocks), whole.y), case.id
        assert notes == [n for n in whole.notes if "silent" not in n]


def test_stream_refuses_what_load_refuses(cases):
    for case in (c for c in cases if not c.good and c.id != "short.wav"):
        with pytest.raises(AudioError, match=case.error):
            list(stream(case.path, sample_rate=16_000))


def test_probe_tells_the_length_without_decoding(cases):
    for case in (c for c in cases if c.good and "truncated" not in c.id):
        info = probe(case.path)
        assert info.duration_s == pytest.approx(case.duration_s, abs=0.08), case.id
        assert (info.sample_rate, info.channels) == (case.sample_rate, case.channels)
        assert info.frames is None or info.frames == pytest.approx(case.duration_s * case.sample_rate, rel=0.05)
    names = {c.id: (probe(c.path).container, probe(c.path).codec) for c in cases if c.good}
    assert names["pcm_16.wav"] == ("WAV", "PCM_16")
    assert names["sound.m4a"] == ("MP4", "aac")
    assert names["recorder.webm"] == ("WebM", "opus")
    assert names["lie.wav"][0] == "MP3"


@pytest.mark.parametrize(
    ("name", "subtype"),
    [
        ("a.mp3", "MPEG_LAYER_III"),
        ("a.ogg", "VORBIS"),
        ("b.ogg", "OPUS"),
        ("a.flac", "PCM_24"),
        ("a.wav", "PCM_24"),
        ("b.wav", "DOUBLE"),
        ("c.wav", "IMA_ADPCM"),
        ("d.wav", "ULAW"),
    ],
)
def test_both_decoders_agree_and_blocks_lose_nothing(tmp_path, name, subtype):
    path = tmp_path / name
    t = np.arange(3 * 48_000) / 48_000
    sweep = 0.4 * np.sin(2 * np.pi * (100 * t + 800 * t**2))  # an aperiodic tone: a codec keeps it, a shift shows
    soundfile.write(path, sweep, 48_000, subtype=subtype)
    blocks = list(audio_decode._open_soundfile(path, sniff(path.read_bytes()[:100])).blocks([]))
    one = np.concatenate(blocks)[:, 0]
    assert len(blocks) > 2
    # In one go soundfile does not seek; block by block its seeking once dropped a tenth of an MP3.
    np.testing.assert_array_equal(one, soundfile.read(path, dtype="float32")[0])
    two = np.concatenate(list(audio_decode.open_av(path, "").blocks([])))[:, 0]
    # FFmpeg drops the first block of Vorbis: find the shift, then compare.
    edge, n = 2000, min(len(one), len(two)) - 4000
    errors = [np.abs(one[edge : edge + n] - two[edge + s : edge + s + n]).max() for s in range(-1500, 1501)]
    assert min(errors) < 2e-3
    assert abs(int(np.argmin(errors)) - 1500) <= 128
    assert abs(len(one) - len(two)) <= (1024 if "ADPCM" in subtype else 128)


def test_resampling_agrees_with_soxr_and_keeps_the_tone(tmp_path):
    y = sine(2.0, 44_100)[:, 0]
    soundfile.write(tmp_path / "a.wav", y, 44_100, subtype="FLOAT")
    for rate in (8_000, 16_000, 48_000, 192_000):
        audio = load(tmp_path / "a.wav", sample_rate=rate)
        expected = soxr.resample(y, 44_100, rate, quality="HQ")
        assert len(audio.y) == len(expected)
        np.testing.assert_allclose(audio.y, expected, atol=1e-5)
        assert any(f"from 44100 Hz to {rate} Hz" in note for note in audio.notes)


def test_two_hours_need_the_memory_of_a_block(tmp_path):
    path = tmp_path / "two_hours.wav"
    write_sparse_wav(path, 7200.0)
    tracemalloc.start()
    try:
        assert probe(path).duration_s == 7200
        first = load(path, sample_rate=16_000, max_s=10)
        total = sum(len(block) for block in stream(path, sample_rate=16_000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert first.duration_s == 10
    assert any(note == "Only the first 10 s of 7200.0 s were used." for note in first.notes)
    assert total == 7200 * 16_000
    assert peak < 16e6  # a block of 30 s is 1.9 MB; the whole sound would be 460 MB


def test_load_refuses_what_does_not_fit_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(audio_io, "MAX_LOAD_SAMPLES", 30_000)
    soundfile.write(tmp_path / "a.wav", sine(2.0), 16_000)
    with pytest.raises(AudioError, match="more than fits in memory"):
        load(tmp_path / "a.wav")
    assert load(tmp_path / "a.wav", max_s=1.5).duration_s == 1.5


def test_size_limit_is_in_bytes(tmp_path, monkeypatch):
    soundfile.write(tmp_path / "a.wav", sine(), 16_000)
    size = (tmp_path / "a.wav").stat().st_size
    monkeypatch.setattr(audio_io, "MAX_BYTES", size)
    assert load(tmp_path / "a.wav").duration_s == 1
    monkeypatch.setattr(audio_io, "MAX_BYTES", size - 1)
    with pytest.raises(AudioError, match="are accepted"):
        load(tmp_path / "a.wav")


def test_max_s_longer_than_the_sound_changes_nothing(tmp_path):
    soundfile.write(tmp_path / "a.wav", sine(), 16_000)
    for max_s in (1.0, 1.5, 1e6):
        audio = load(tmp_path / "a.wav", max_s=max_s)
        assert audio.duration_s == 1
        assert audio.notes == ()


def test_a_peak_after_max_s_does_not_scale(tmp_path):
    y = sine(2.0)
    y[-1] = 4.0
    soundfile.write(tmp_path / "a.wav", y, 16_000, subtype="FLOAT")
    assert np.array_equal(load(tmp_path / "a.wav", max_s=1).y, y[:16_000, 0])
    whole = load(tmp_path / "a.wav")
    np.testing.assert_allclose(whole.y, y[:, 0] / 4, atol=1e-7)
    assert "Samples reached 4, beyond full scale (1.0): the whole sound was scaled down by 12.0 dB." in whole.notes


def test_truncated_compressed_files(tmp_path):
    rng = np.random.default_rng(0)
    y = 0.1 * rng.standard_normal((48_000 * 4, 1)).astype(np.float32)
    soundfile.write(tmp_path / "a.ogg", y, 48_000)
    soundfile.write(tmp_path / "a.mp3", y, 48_000)
    encode_av(tmp_path / "a.webm", y, 48_000, "libopus", "webm")
    for name in ("a.ogg", "a.mp3", "a.webm"):
        data = (tmp_path / name).read_bytes()
        (tmp_path / f"t_{name}").write_bytes(data[: len(data) // 2])
        assert 1.0 < load(tmp_path / f"t_{name}").duration_s < 3.0, name
    # MP4 keeps its index at the end: without it nothing can be decoded.
    encode_av(tmp_path / "a.m4a", y, 48_000, "aac", "ipod")
    data = (tmp_path / "a.m4a").read_bytes()
    (tmp_path / "t_a.m4a").write_bytes(data[: len(data) // 2])
    with pytest.raises(AudioError, match="not a sound file"):
        load(tmp_path / "t_a.m4a")


def test_an_empty_wav_with_tags_is_empty(tmp_path):
    tags = b"LIST" + (26).to_bytes(4, "little") + b"INFOISFT" + (14).to_bytes(4, "little") + b"Lavf58.45.100\0"
    (tmp_path / "a.wav").write_bytes(wav_bytes(np.zeros(0), riff=36 + len(tags)) + tags)
    with pytest.raises(AudioError, match="no sound that can be decoded"):
        load(tmp_path / "a.wav")


def test_a_playlist_never_reaches_the_network_or_other_files(tmp_path):
    soundfile.write(tmp_path / "secret.mp3", sine(1.0, 44_100), 44_100)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/a.mp3"
        for name, text in {
            "a.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{url}\n#EXT-X-ENDLIST\n",
            "a.mp4": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{tmp_path}/secret.mp3\n#EXT-X-ENDLIST\n",
            "b.mp3": "ffconcat version 1.0\nfile secret.mp3\n",
            "a.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
        }.items():
            (tmp_path / name).write_text(text)
            with pytest.raises(AudioError, match="not a sound file"):
                load(tmp_path / name)
        with pytest.raises(TimeoutError):
            server.accept()
    for name in ("http://127.0.0.1/a.wav", "concat:a|b", "a\0b"):
        with pytest.raises(AudioError):
            load(name)


def test_names_with_odd_characters(tmp_path):
    for name in ("tab le & ünï ⌘.wav", "100%.wav", "a:b.webm", "-i.wav"):
        (tmp_path / name).write_bytes(wav_bytes(sine()))
        assert load(tmp_path / name).duration_s == 1


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_given(nothing):
    with pytest.raises(AudioError, match="no sound yet"):
        load(nothing)


def test_bad_arguments(tmp_path):
    soundfile.write(tmp_path / "a.wav", sine(), 16_000)
    for rate in (0, -1, 16_000.5, 1e9, float("nan")):
        with pytest.raises(AudioError, match="sample rate"):
            load(tmp_path / "a.wav", sample_rate=rate)
        with pytest.raises(AudioError):
            stream(tmp_path / "a.wav", sample_rate=rate)
    for max_s in (0, -1, float("nan"), float("inf")):
        with pytest.raises(AudioError, match="longest part"):
            load(tmp_path / "a.wav", max_s=max_s)
    with pytest.raises(AudioError, match="holds no sample"):
        stream(tmp_path / "a.wav", sample_rate=16_000, block_s=0)


# --- Arrays ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dtype", "zero", "half"),
    [("int8", 0, 64), ("int16", 0, 16384), ("int32", 0, 2**30), ("uint8", 128, 192), ("uint16", 32768, 49152)],
)
def test_integer_arrays_are_scaled_by_their_full_scale(dtype, zero, half):
    limits = np.iinfo(dtype)
    y = np.array([zero, half, limits.min, limits.max] * 200, dtype)
    audio = from_array(y, 8_000)
    assert audio.y[:3].tolist() == [0.0, 0.5, -1.0]
    assert 0.99 < audio.y[3] <= 1.0
    assert audio.info.container == "array"
    assert audio.info.codec == dtype


def test_channels_are_averaged_and_cancelling_ones_are_not():
    left, right = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 4000)).astype(np.float32)
    np.testing.assert_allclose(from_array(np.stack([left, right], 1), 8_000).y, (left + right) / 2, atol=1e-7)
    for other, note in ((-left, "channel 1 was"), (-0.999 * left, "channel 1 was"), (-0.8 * left, "channel 1 was")):
        audio = from_array(np.stack([left, other], 1), 8_000)
        assert note in audio.notes[0]
    silent_first = from_array(np.stack([0 * left, left, -left], 1), 8_000)
    assert np.array_equal(silent_first.y, left)
    assert "channel 2 was" in silent_first.notes[0]


def test_float_arrays_beyond_full_scale():
    y = np.linspace(-3, 2, 1000)
    np.testing.assert_allclose(from_array(y, 8_000).y, y / 3, atol=1e-6)
    huge = from_array(np.r_[np.full(500, 1e38), np.full(500, -3e38)].astype(np.float32), 8_000)
    assert huge.y.min() == -1
    assert np.isfinite(huge.y).all()
    lost = from_array(np.r_[1e300, np.zeros(999)], 8_000)  # beyond float32: counts as infinite
    assert "1 of the 1000 samples were NaN or infinite" in lost.notes[0]


def test_bad_arrays():
    good = np.zeros(1000, np.float32)
    for y, rate, message in (
        (good.astype(complex), 8_000, "integer or floating-point"),
        (good > 0, 8_000, "integer or floating-point"),
        (np.array(["a"]), 8_000, "integer or floating-point"),
        (np.zeros((2, 2, 2)), 8_000, "shape"),
        (np.float32(1), 8_000, "shape"),
        (np.zeros((2, 1000)), 8_000, "transpose"),
        (np.zeros((1000, 0)), 8_000, "no channel"),
        (np.zeros((1000, 33)), 8_000, "33 channels"),
        (np.zeros(0), 8_000, "no sound"),
        (np.zeros(1), 8_000, "lasts 0.125 ms"),
        (np.full(1000, np.nan), 8_000, "1000 of the 1000"),
        (good, 0, "samples a second"),
        (good, 8_000.5, "whole number"),
        (good, float("nan"), "whole number"),
        (good, "8000", "whole number"),
    ):
        with pytest.raises(AudioError, match=message) as caught:
            from_array(y, rate)
        assert is_one_sentence(str(caught.value)), caught.value


# --- Properties -----------------------------------------------------------------------------------------------------


@relaxed
@given(
    subtype=st.sampled_from(["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"]),
    rate=st.sampled_from([8_000, 11_025, 16_000, 44_100, 48_000, 192_000]),
    channels=st.integers(1, 8),
    n=st.integers(1, 30_000),
    seed=st.integers(0, 2**32 - 1),
    target=st.sampled_from([None, 8_000, 16_000, 22_050]),
    block_s=st.floats(0.001, 1.0),
)
def test_arrays_come_back_and_stream_equals_load(tmp_path, subtype, rate, channels, n, seed, target, block_s):
    rng = np.random.default_rng(seed)
    # One sign for all channels of a frame: otherwise a few frames may cancel by chance, and rightly not be mixed.
    y = rng.uniform(0.01, 0.99, (n, channels)) * rng.choice([-1, 1], (n, 1))
    path = tmp_path / "x.wav"
    soundfile.write(path, y, rate, subtype=subtype)
    audio = load(path, min_s=0)
    assert len(audio.y) == n
    step = {"PCM_U8": 2**-6, "PCM_16": 2**-14}.get(subtype, 2**-20)
    np.testing.assert_allclose(audio.y, y.mean(axis=1), atol=step)
    target = target or rate
    whole = load(path, sample_rate=target, min_s=0)
    assert np.isfinite(whole.y).all()
    assert np.abs(whole.y).max(initial=0) <= 1
    assert abs(len(whole.y) - n * target / rate) <= 1
    blocks = list(stream(path, sample_rate=target, block_s=block_s))
    assert np.array_equal(np.concatenate([np.zeros(0, np.float32), *blocks]), whole.y)
    np.testing.assert_array_equal(from_array(soundfile.read(path, dtype="float32")[0], rate, min_s=0).y, audio.y)


@relaxed
@given(st.binary(max_size=3000), st.sampled_from(["a.wav", "a.mp3", "a.m4a", "a.webm", "a", "a.raw", "a.vox", "a.txt"]))
def test_random_bytes_raise_nothing_but_audio_error(tmp_path, data, name):
    path = tmp_path / name
    path.write_bytes(data)
    _only_audio_error(path)


@settings(relaxed, max_examples=150)
@given(st.data())
def test_damaged_files_raise_nothing_but_audio_error(cases, tmp_path, data):
    names = ["pcm_16.wav", "float.wav", "sound.flac", "vorbis.ogg", "sound.mp3", "sound.m4a", "sound.webm", "video.mp4"]
    name = data.draw(st.sampled_from(names))
    content = bytearray(next(c.path for c in cases if c.id == name).read_bytes())
    # Half of the damage goes to the first bytes, where headers are.
    places = st.one_of(st.integers(0, 120), st.integers(0, len(content) - 1))
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=20)):
        content[place] = value
    path = tmp_path / name
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    _only_audio_error(path)


def _only_audio_error(path):
    try:
        audio = load(path, sample_rate=16_000, max_s=5)
    except AudioError as error:
        sentence = str(error)
    else:
        sentence = "Fine."
        assert np.isfinite(audio.y).all()
        assert np.abs(audio.y).max() <= 1
        assert len(audio.y) >= 0.02 * 16_000
    assert is_one_sentence(sentence), sentence


def test_constants_are_what_the_page_says():
    assert audio_io.MAX_BYTES == 512 * 2**20
    assert 0 < audio_condition.NONFINITE_LIMIT < 0.5
