"""A table of good and bad sound files, written into a temporary folder; several tests feed it to different doors."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

TONE_HZ = 440.0
LEVEL = 0.5


@dataclass(frozen=True)
class AudioCase:
    """One file. A good one holds a sine of TONE_HZ and amplitude LEVEL, unless `tone` is False."""

    id: str
    path: Path
    duration_s: float | None = None  # None: the file must be refused
    sample_rate: int | None = None
    channels: int = 1
    tone: bool = True
    lossy: bool = False
    error: str = ""  # regular expressions that the sentence must match
    note: str = ""

    @property
    def good(self) -> bool:
        return self.duration_s is not None


def sine(duration_s: float = 1.0, sample_rate: int = 16_000, channels: int = 1, level: float = LEVEL) -> np.ndarray:
    t = np.arange(round(duration_s * sample_rate)) / sample_rate
    return np.tile((level * np.sin(2 * np.pi * TONE_HZ * t))[:, None], (1, channels)).astype(np.float32)


def encode_av(path: Path, y: np.ndarray, sample_rate: int, codec: str, container: str, **options: str) -> None:
    """Write with FFmpeg's encoders through PyAV. y: float32 [n, channels]."""
    import av

    layout = {1: "mono", 2: "stereo"}[y.shape[1]]
    with av.open(str(path), "w", format=container, options=options) as out:
        stream = out.add_stream(codec, rate=sample_rate, layout=layout)
        resampler = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=sample_rate)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(y.reshape(1, -1)), format="flt", layout=layout)
        frame.sample_rate = sample_rate
        fifo = av.AudioFifo()
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            part.pts = None
            fifo.write(part)
        size = stream.codec_context.frame_size or 1024
        while (part := fifo.read(size, partial=True)) is not None:
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))


def encode_video(path: Path, y: np.ndarray | None, sample_rate: int = 48_000) -> None:
    """An MP4 of five grey pictures, with a sound track (float32 [n, 1]) or without."""
    import av

    with av.open(str(path), "w", format="mp4") as out:
        video = out.add_stream("mpeg4", rate=5, width=64, height=64, pix_fmt="yuv420p")
        sound = None if y is None else out.add_stream("aac", rate=sample_rate, layout="mono", bit_rate=128_000)
        for _ in range(5):
            out.mux(video.encode(av.VideoFrame.from_ndarray(np.full((64, 64, 3), 128, np.uint8), format="rgb24")))
        out.mux(video.encode(None))
        if sound is not None:
            for start in range(0, len(y), 1024):
                part = av.AudioFrame.from_ndarray(np.ascontiguousarray(y[start : start + 1024].T), "fltp", "mono")
                part.sample_rate, part.pts = sample_rate, start
                out.mux(sound.encode(part))
            out.mux(sound.encode(None))


def wav_bytes(y: np.ndarray, sample_rate: int = 16_000, *, riff: int | None = None, data: int | None = None) -> bytes:
    """A 16-bit mono WAV whose two size fields can be made to lie."""
    samples = np.round(32767 * y.ravel()).astype("<i2").tobytes()
    riff = 36 + len(samples) if riff is None else riff
    data = len(samples) if data is None else data
    head = struct.pack(
        "<4sI4s4sIHHIIHH", b"RIFF", riff, b"WAVE", b"fmt ", 16, 1, 1, sample_rate, 2 * sample_rate, 2, 16
    )
    return head + struct.pack("<4sI", b"data", data) + samples


def write_sparse_wav(path: Path, duration_s: float, sample_rate: int = 16_000) -> None:
    """Hours of 16-bit silence that take no room on the disk."""
    size = 2 * round(duration_s * sample_rate)
    path.write_bytes(wav_bytes(np.zeros(0), sample_rate, riff=36 + size, data=size))
    with path.open("r+b") as file:
        file.truncate(44 + size)


def write_audio_files(folder: Path) -> list[AudioCase]:
    """Write every case into `folder` (about 6 MB, one second of work) and return the table."""
    cases: list[AudioCase] = []

    def good(name: str, duration_s: float, sample_rate: int, **more) -> Path:
        case = AudioCase(name, folder / name, duration_s, sample_rate, **more)
        cases.append(case)
        return case.path

    def bad(name: str, error: str, content: bytes | None = None) -> Path:
        cases.append(AudioCase(name, folder / name, error=error))
        if content is not None:
            (folder / name).write_bytes(content)
        return folder / name

    for subtype in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"):
        soundfile.write(good(f"{subtype.lower()}.wav", 1.0, 16_000), sine(), 16_000, subtype=subtype)
    for rate in (8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000):
        soundfile.write(good(f"rate_{rate}.wav", 1.0, rate), sine(1.0, rate), rate, subtype="PCM_16")
    for channels in range(2, 9):
        path = good(f"channels_{channels}.wav", 1.0, 16_000, channels=channels, note=f"from {channels} channels")
        soundfile.write(path, sine(channels=channels), 16_000)
    opposite = sine(channels=2) * np.float32([1, -1])
    soundfile.write(good("opposite.wav", 1.0, 16_000, channels=2, note="cancel each other"), opposite, 16_000)

    soundfile.write(good("sound.flac", 1.0, 44_100), sine(1.0, 44_100), 44_100, subtype="PCM_24")
    soundfile.write(good("sound.aiff", 1.0, 44_100), sine(1.0, 44_100), 44_100)
    soundfile.write(good("vorbis.ogg", 1.0, 44_100, lossy=True), sine(1.0, 44_100), 44_100)
    soundfile.write(good("opus.ogg", 1.0, 48_000, lossy=True), sine(1.0, 48_000), 48_000, subtype="OPUS")
    soundfile.write(good("sound.mp3", 1.0, 44_100, lossy=True), sine(1.0, 44_100), 44_100)
    stereo = sine(1.0, 48_000, 2)
    encode_av(good("sound.m4a", 1.0, 48_000, channels=2, lossy=True), stereo, 48_000, "aac", "ipod")
    encode_av(good("adts.aac", 1.0, 48_000, channels=2, lossy=True), stereo, 48_000, "aac", "adts")
    encode_av(good("sound.webm", 1.0, 48_000, channels=2, lossy=True), stereo, 48_000, "libopus", "webm")
    path = good("recorder.webm", 1.0, 48_000, channels=2, lossy=True)  # as a browser writes it: no length
    encode_av(path, stereo, 48_000, "libopus", "webm", live="1")
    encode_video(good("video.mp4", 1.0, 48_000, lossy=True), sine(1.0, 48_000))
    (good("lie.wav", 1.0, 44_100, lossy=True, note="holds MP3")).write_bytes((folder / "sound.mp3").read_bytes())
    (good("raw.raw", 1.0, 44_100)).write_bytes((folder / "sound.flac").read_bytes())

    full = wav_bytes(sine())
    good("sizes_zero.wav", 1.0, 16_000, note="does not state").write_bytes(wav_bytes(sine(), riff=0, data=0))
    good("sizes_header.wav", 1.0, 16_000, note="does not state").write_bytes(wav_bytes(sine(), riff=36, data=0))
    ones = 0xFFFF_FFFF
    good("sizes_ones.wav", 1.0, 16_000).write_bytes(wav_bytes(sine(), riff=ones, data=ones))
    good("truncated.wav", 0.5, 16_000, note="cut short").write_bytes(full[: 44 + 16_000])
    flac = (folder / "sound.flac").read_bytes()
    good("truncated.flac", 0.55, 44_100, note="damaged").write_bytes(flac[: len(flac) * 6 // 10])

    soundfile.write(good("silent.wav", 1.0, 16_000, tone=False, note="silent"), np.zeros(16_000), 16_000)
    loud = sine(level=2.5)
    soundfile.write(good("loud.wav", 1.0, 16_000, tone=False, note="scaled down"), loud, 16_000, subtype="FLOAT")
    few = sine()
    few[[5, 50, 500]] = [[np.nan], [np.inf], [-np.inf]]
    soundfile.write(good("few_nan.wav", 1.0, 16_000, note="^3 of the 16000 samples"), few, 16_000, subtype="FLOAT")
    write_sparse_wav(good("two_hours.wav", 7200.0, 8_000, tone=False, note="silent"), 7200.0, 8_000)

    many = sine()
    many[: len(many) // 2] = np.nan
    soundfile.write(bad("many_nan.wav", "8000 of the 16000 samples are NaN"), many, 16_000, subtype="FLOAT")
    soundfile.write(bad("short.wav", "lasts 10 ms, and at least 20 ms"), sine(0.01), 16_000)
    bad("empty.wav", "empty file", b"")
    bad("text.wav", "not a sound file .*text", b"This is not a sound at all.\n" * 40)
    bad("page.mp3", "not a sound file .*text", b"<!doctype html><title>404</title>" * 40)
    bad("picture.wav", "PNG picture", b"\x89PNG\r\n\x1a\n" + bytes(500))
    bad("header_only.wav", "no sound", full[:44])
    bad("half_header.wav", "starts like WAV", full[:20])
    bad("rate_zero.wav", "starts like WAV|samples a second", full[:24] + bytes(4) + full[28:])
    bad("rate_absurd.wav", "samples a second", full[:24] + struct.pack("<I", 2_000_000_000) + full[28:])
    bad("no_channel.wav", "no channel", full[:22] + bytes(2) + full[24:])
    bad("playlist.m3u8", "not a sound file", b"#EXTM3U\n#EXTINF:1,\nsound.mp3\n#EXT-X-ENDLIST\n")
    encode_video(bad("mute.mp4", "no sound track"), None)
    bad("missing.wav", "no file")
    bad("folder.wav", "is a folder").mkdir()
    with bad("too_large.wav", "at most 512 MB").open("wb") as file:
        file.truncate(512 * 2**20 + 1)
    return cases
