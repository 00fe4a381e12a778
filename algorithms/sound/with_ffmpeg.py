"""Decoding with FFmpeg's libraries (PyAV): films, MP4, WebM, MP3, OGG, FLAC and whatever libsndfile refuses.

What is there is read to its end, whatever a header counts, and samples stand where their timestamps put them: silence
fills the time before a late start and inside gaps, so that a moment of the sound is the same moment of the film.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from algorithms.sound.joined import parts
from algorithms.sound.source import (
    BLOCK_FRAMES,
    FLOAT_CODECS,
    AudioInfo,
    Source,
    check_rate_and_channels,
    to_float,
    undecodable,
)
from algorithms.sound.timeline import Timeline, ToFirstFormat
from algorithms.sound.tracks import chosen_track

# FFmpeg also has demuxers that open *other* files or network addresses named inside the file (HLS, concat, DASH,
# image sequences). An uploaded file must never make the server do that, so only self-contained formats are allowed.
_FORMATS = (
    "mov,mp4,m4a,3gp,matroska,webm,ogg,mp3,aac,wav,w64,flac,aiff,au,caf,amr,asf,avi,flv,mpegts,mpeg,ac3,eac3,wv,ape,tta"
)
_CONTAINERS = {"mov,mp4,m4a,3gp,3g2,mj2": "MP4", "matroska,webm": "WebM"}
# Containers that give each packet a time of its own; in the others times are only counted up.
_TIMED = {"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "ogg", "mpegts", "mpeg", "flv", "asf"}
# Formats whose length is stated exactly where it is stated; elsewhere it is an estimate, or that of the whole film.
_STATED = {"mov,mp4,m4a,3gp,3g2,mj2", "flac", "wav", "w64", "aiff", "au", "caf", "wv", "ape", "tta"}


@dataclass(frozen=True)
class _File:
    """What is opened: a file or one of the files joined in it.

    Attributes
    ----------
    path : Path
    span : tuple of int or None
        First byte and the byte after the last; None: all of the file.
    whole : bool
        Read a WAV to the file's end, not to the length in its header.
    patient : bool
        Look further for what the tracks are than the first seconds: one may start late.
    """

    path: Path
    span: tuple[int, int] | None = None
    whole: bool = False
    patient: bool = False

    def open(self) -> Any:
        """Return PyAV's container."""
        import av

        options = {"format_whitelist": _FORMATS, "protocol_whitelist": "file,subfile"}
        if self.whole:
            options["ignore_length"] = "1"
        if self.patient:
            options |= {"analyzeduration": str(10**6 * 3600), "probesize": str(50 * 2**20)}  # held in memory
        # "file:" keeps a name like "concat:x" or "http:x" from being taken as a protocol.
        url = f"file:{self.path}"
        if self.span is not None:
            url = f"subfile,,start,{self.span[0]},end,{self.span[1]},,:{url}"
        return av.open(url, metadata_errors="replace", options=options)


def open_av(path: Path, kind: str, *, whole: bool = False) -> Source:
    """Return a `Source` read by FFmpeg.

    Parameters
    ----------
    path, kind
        The file, and what `sniff` takes it for.
    whole
        Read a WAV to the file's end, not to the length in its header.

    Raises
    ------
    AudioError
        Nothing in it can be decoded, or it has no sound track.
    """
    import av

    spans = [] if whole else parts(path, kind)
    files = [_File(path, span) for span in spans] if len(spans) > 1 else [_File(path, whole=whole)]
    try:
        with files[0].open() as container:
            unclear = any(
                t.codec_context is not None and not t.codec_context.sample_rate for t in container.streams.audio
            )
        files[0] = replace(files[0], patient=unclear)
        with files[0].open() as container:
            name = _CONTAINERS.get(container.format.name, container.format.name.upper())
            index, notes = chosen_track(path, name, container, lambda i: _frames(files[0], i))
            context = container.streams[index].codec_context
            rate, channels, codec = context.sample_rate, context.channels, context.name.removesuffix("float")
            check_rate_and_channels(rate, channels, f"'{path.name}'")
            duration_s = _stated_s(container, index) if len(files) == 1 else None
        if duration_s is None:
            status = os.stat(path)
            duration_s = sum(_packets_s(file, index, status.st_size, status.st_mtime_ns) for file in files)
    except av.error.FFmpegError as error:
        raise undecodable(path, kind) from error
    if whole:
        notes = (*notes, "The file's header does not state its length; everything after the header was read as sound.")
    if len(files) > 1 and kind == "WAV":
        notes = (*notes, f"The file consists of {len(files)} WAV files joined end to end; all of them were read.")
    stated = codec.startswith("pcm_") or codec == "flac"
    info = AudioInfo(
        max(duration_s, 0.0), rate, channels, name, codec, round(duration_s * rate) or None if stated else None
    )
    return Source(info, lambda n: _blocks(files, index, info, n), codec in FLOAT_CODECS, tuple(notes))


def _timeline(file: _File, done_s: float = 0.0) -> Timeline:
    import av

    with file.open() as container:
        timed = container.format.name in _TIMED
        origin_s = None if container.start_time is None else container.start_time / av.time_base
        if origin_s is None and timed:  # not found in the first seconds: that of the first packet of any track
            times = (float(p.pts * p.time_base) for p in container.demux() if p.pts is not None)
            origin_s = next(times, None)
    return Timeline(origin_s, timed=timed, begins_s=done_s)


def _stated_s(container: Any, index: int) -> float | None:
    """Where the sound ends, in seconds, as the header states it; None where it does not, or cannot be trusted."""
    import av

    stream = container.streams[index]
    if not stream.duration or container.format.name not in _STATED:
        return None
    end_s = float(stream.duration * stream.time_base)
    if container.format.name in _TIMED and stream.start_time is not None and container.start_time is not None:
        end_s += max(0.0, float(stream.start_time * stream.time_base) - container.start_time / av.time_base)
    return end_s


@lru_cache(maxsize=64)
def _packets_s(file: _File, index: int, _size: int, _changed_ns: int) -> float:
    """Where the sound ends by its packets' times and lengths. Reads the file, but decodes nothing."""
    import av

    timeline = Timeline(None, timed=False)
    try:
        timeline = _timeline(file)
        with file.open() as container:
            stream = _track(container, index)
            for packet in container.demux(stream):
                if not packet.size:
                    continue
                time_s = None if packet.pts is None else float(packet.pts * packet.time_base)
                timeline.done_s += timeline.gap_s(time_s)
                timeline.done_s = max(timeline.done_s, timeline.at_s(time_s))  # not every packet knows its length
                timeline.done_s += float((packet.duration or 0) * packet.time_base)
    except av.error.FFmpegError:  # damaged from here on: decoding says so
        pass
    return timeline.done_s


def _track(container: Any, index: int) -> Any:
    """The track of that index; the only one, where a file joined behind the first has others."""
    audio = container.streams.audio
    return next((track for track in audio if track.index == index), audio[0] if audio else None)


def _frames(file: _File, index: int, damage: list[str] | None = None) -> Iterator[Any]:
    """Decoded frames of a track; what cannot be decoded is left out, and the reason appended to `damage`."""
    import av

    with file.open() as container:
        track = _track(container, index)
        packets = iter(()) if track is None or track.codec_context is None else container.demux(track)
        while True:
            packet = None
            try:
                packet = next(packets, None)
                decoded = packet.decode() if packet is not None else []
            except av.error.FFmpegError as error:
                tag = packet is not None and bytes(packet)[:3] in (b"ID3", b"TAG", b"APE")  # between joined MP3s
                if damage is not None and not tag:
                    damage.append(str(error))
                if packet is None or packet.size == 0:
                    return
                continue
            if packet is None:
                return
            yield from decoded


def _blocks(files: list[_File], index: int, info: AudioInfo, notes: list[str]) -> Iterator[np.ndarray]:
    import av

    damage: list[str] = []
    pending: list[np.ndarray] = []  # packets are short (often 20 ms): hand them on in larger blocks
    held, done_s = 0, 0.0
    same = ToFirstFormat(info)
    for file in files:
        try:
            timeline = _timeline(file, done_s)
        except av.error.FFmpegError as error:
            damage.append(str(error))
            continue
        for frame in _frames(file, index, damage):
            silent = round(timeline.gap_s(frame.time) * info.sample_rate)
            while silent > 0:
                part = np.zeros((min(silent, BLOCK_FRAMES), info.channels), np.float32)
                silent -= len(part)
                timeline.done_s += len(part) / info.sample_rate
                pending.append(part)
                held += len(part)
                if held >= BLOCK_FRAMES:
                    yield np.concatenate(pending)
                    pending, held = [], 0
            pending.append(same(_samples(frame), frame.sample_rate, timeline.done_s))
            timeline.done_s += frame.samples / frame.sample_rate
            held += len(pending[-1])
            if held >= BLOCK_FRAMES:
                yield np.concatenate(pending)
                pending, held = [], 0
        done_s = timeline.done_s
        notes.extend(timeline.notes())
    pending.append(same.rest())
    notes.extend(same.notes)
    if damage:
        notes.append(
            f"The file is damaged in {_times(len(damage), 'place')}; what could not be decoded there was left out."
        )
    if any(map(len, pending)):
        yield np.concatenate(pending)


def _times(n: int, what: str) -> str:
    return f"{n} {what}{'s' * (n != 1)}"


def _samples(frame: Any) -> np.ndarray:
    """A decoded FFmpeg frame as float32 [n, channels], integers scaled to [-1, 1)."""
    samples = frame.to_ndarray()  # planar: [channels, n]; packed: [1, n * channels]
    samples = samples.T if frame.format.is_planar else samples.reshape(-1, len(frame.layout.channels))
    return to_float(samples)
