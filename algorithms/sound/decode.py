"""Opening and decoding sound files block by block, whatever they hold and whatever they are called.

The content decides who decodes, never the file's name: libsndfile (python-soundfile) takes WAV, FLAC, OGG, MP3, AIFF,
AU and CAF; FFmpeg's libraries (PyAV) take everything else (MP4/M4A, WebM, AAC, ...) and whatever libsndfile refuses.
Nothing here holds more than one block, so a two-hour file costs no more memory than a short one.

`algorithms.sound.io` is the door the app uses; this module is its engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from algorithms.sound.sniff import CONTAINERS_OF_SUFFIX, LIBSNDFILE_KINDS, sniff, wav_sizes

MIN_RATE_HZ = 1_000
MAX_RATE_HZ = 768_000
MAX_CHANNELS = 32
BLOCK_FRAMES = 16_384  # small, because a decoder that meets damage loses the block it was reading

_FLOAT_CODECS = {"FLOAT", "DOUBLE", "pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_f64be"}

# FFmpeg also has demuxers that open *other* files or network addresses named inside the file (HLS, concat, DASH,
# image sequences). An uploaded file must never make the server do that, so only self-contained formats are allowed.
_AV_FORMATS = (
    "mov,mp4,m4a,3gp,matroska,webm,ogg,mp3,aac,wav,w64,flac,aiff,au,caf,amr,asf,avi,flv,mpegts,mpeg,ac3,eac3,wv,ape,tta"
)

_AV_CONTAINERS = {"mov,mp4,m4a,3gp,3g2,mj2": "MP4", "matroska,webm": "WebM"}
_PRETTY_CONTAINER = {"WAVEX": "WAV"}


class AudioError(ValueError):
    """A sound cannot be used. The message is one sentence: what is wrong and what to do."""


@dataclass(frozen=True)
class AudioInfo:
    """What a sound file says about itself.

    Attributes
    ----------
    duration_s : float
        Length in seconds as the header or the packets' times state it; decoding may find less in a damaged file.
    sample_rate : int
        Samples a second of each channel, Hz.
    channels : int
        1 is mono, 2 is stereo.
    container : str
        The wrapping: "WAV", "FLAC", "OGG", "MP3", "MP4", "WebM", ... ("array" for samples given in memory).
    codec : str
        How samples are coded inside: libsndfile's subtype ("PCM_16", "VORBIS") or FFmpeg's name ("aac", "opus").
    frames : int or None
        Samples in each channel, None where the container does not state it exactly.
    """

    duration_s: float
    sample_rate: int
    channels: int
    container: str
    codec: str
    frames: int | None


@dataclass(frozen=True)
class Source:
    """A sound that can be read from its beginning as often as needed.

    Attributes
    ----------
    info : AudioInfo
    blocks : callable
        ``blocks(notes)`` starts a new reading: it yields float32 arrays [n, channels] and appends to the list
        `notes` a sentence about each defect it met on the way.
    is_float : bool
        True where samples are stored as floating-point numbers, which may lie beyond [-1, 1] or be NaN or Inf.
    notes : tuple of str
        What was noticed at opening.
    """

    info: AudioInfo
    blocks: Callable[[list[str]], Iterator[np.ndarray]]
    is_float: bool
    notes: tuple[str, ...] = field(default=())


def check_rate_and_channels(sample_rate: float, channels: int, name: str) -> None:
    """Raise `AudioError` unless the rate (Hz) and the channel count are ones a sound can have."""
    if not MIN_RATE_HZ <= sample_rate <= MAX_RATE_HZ:
        raise AudioError(
            f"{name} says it has {sample_rate:g} samples a second, which no sound has "
            f"({MIN_RATE_HZ} to {MAX_RATE_HZ} Hz are accepted): its header is wrong, save or export it again."
        )
    if channels < 1:
        raise AudioError(f"{name} says it has no channel at all: its header is wrong, save or export it again.")
    if channels > MAX_CHANNELS:
        raise AudioError(f"{name} has {channels} channels, and at most {MAX_CHANNELS} are accepted: mix it down first.")


def open_source(path: Path) -> Source:
    """Find out what a file holds and return a `Source` that decodes it.

    Parameters
    ----------
    path : Path
        An existing, non-empty regular file (`algorithms.sound.io` checks that).

    Raises
    ------
    AudioError
        The content is no sound that can be decoded, or it has no sound track.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    kind = sniff(head)
    source = None
    # soundfile takes a file named .raw as headerless whatever it holds, so such a file goes to PyAV.
    if kind in LIBSNDFILE_KINDS and path.suffix.lower() != ".raw":
        source = _open_soundfile(path, kind)
    if source is None:
        source = _open_av(path, kind)
    check_rate_and_channels(source.info.sample_rate, source.info.channels, f"'{path.name}'")
    expected = CONTAINERS_OF_SUFFIX.get(path.suffix.lower())
    if expected and source.info.container not in expected:
        lie = f"The file is named {path.suffix} but holds {source.info.container}; it was read as what it is."
        source = Source(source.info, source.blocks, source.is_float, (*source.notes, lie))
    return source


def _undecodable(path: Path, kind: str) -> AudioError:
    if kind in LIBSNDFILE_KINDS:
        return AudioError(
            f"'{path.name}' starts like {kind} but cannot be decoded: it is damaged or cut short, "
            "save or export it again."
        )
    looks = f"it looks like {kind}" if kind else "no decoder recognises it"
    return AudioError(
        f"'{path.name}' is not a sound file ({looks}): choose a WAV, MP3, OGG, FLAC, M4A or WebM recording."
    )


# --- libsndfile ---------------------------------------------------------------------------------------------------


def _open_soundfile(path: Path, kind: str) -> Source | None:
    """A `Source` read by libsndfile, or None where PyAV should try instead."""
    import soundfile

    try:
        found = soundfile.info(str(path))
    except soundfile.SoundFileError:
        return None
    notes = []
    if kind == "WAV" and (sizes := wav_sizes(path)):
        riff_size, stated, present = sizes
        # Recorders that write while they record cannot go back to fill in the sizes: they leave 0 or 0xFFFFFFFF.
        # An honest empty file has a RIFF size that agrees with the file, and then libsndfile's answer stands.
        if stated == 0 and present > 0 and riff_size + 8 < path.stat().st_size:
            return None
        if present < stated < 0x7FFF_0000:
            there_s = found.duration
            notes.append(
                f"The file is cut short: its header promises {there_s * stated / max(present, 1):.2f} s and "
                f"{there_s:.2f} s are there."
            )
    # libsndfile reports a length beyond any file for streams that do not state one.
    frames = found.frames if found.frames < 2**56 else None
    rate, channels = found.samplerate, found.channels
    check_rate_and_channels(rate, channels, f"'{path.name}'")
    info = AudioInfo(
        duration_s=(frames or 0) / rate,
        sample_rate=rate,
        channels=channels,
        container=_PRETTY_CONTAINER.get(found.format, found.format),
        codec=found.subtype,
        frames=frames,
    )
    return Source(info, lambda n: _soundfile_blocks(path, n), found.subtype in _FLOAT_CODECS, tuple(notes))


def _soundfile_blocks(path: Path, notes: list[str]) -> Iterator[np.ndarray]:
    import soundfile

    class StraightThrough(soundfile.SoundFile):
        """soundfile seeks to where it already is after every read, which makes its MP3 decoder drop frames."""

        def seekable(self) -> bool:
            return False

    done = 0
    with StraightThrough(str(path)) as file:
        while True:
            try:
                block = file.read(BLOCK_FRAMES, dtype="float32", always_2d=True)
            except soundfile.SoundFileError:
                notes.append(f"The file is damaged after {done / file.samplerate:.2f} s; the sound before was used.")
                return
            if not len(block):
                return
            done += len(block)
            yield block


# --- FFmpeg's libraries through PyAV --------------------------------------------------------------------------------


def _av_open(path: Path):
    import av

    options = {"format_whitelist": _AV_FORMATS, "protocol_whitelist": "file"}
    # "file:" keeps a name like "concat:x" or "http:x" from being taken as a protocol.
    return av.open(f"file:{path}", metadata_errors="replace", options=options)


def _open_av(path: Path, kind: str) -> Source:
    import av

    try:
        with _av_open(path) as container:
            name = _AV_CONTAINERS.get(container.format.name, container.format.name.upper())
            if not container.streams.audio:
                raise AudioError(
                    f"'{path.name}' ({name}) has no sound track: choose a recording or a video that has sound."
                )
            stream = container.streams.audio[0]
            context = stream.codec_context
            if context is None:  # FFmpeg knows the container but has no decoder for what is in it
                raise _undecodable(path, kind)
            rate, channels, codec = context.sample_rate, context.channels, context.name.removesuffix("float")
            check_rate_and_channels(rate, channels, f"'{path.name}'")
            if stream.duration and stream.time_base:
                duration_s = float(stream.duration * stream.time_base)
            elif container.duration:
                duration_s = container.duration / av.time_base
            else:
                duration_s = _packets_duration_s(container, stream)
    except av.error.FFmpegError as error:
        raise _undecodable(path, kind) from error
    notes = ()
    if kind == "WAV" and (sizes := wav_sizes(path)) and sizes[1] == 0 and sizes[2] > 0:
        notes = ("The file's header does not state its length; everything after the header was read as sound.",)
    frames = round(duration_s * rate) if codec.startswith("pcm_") else None
    info = AudioInfo(max(duration_s, 0.0), rate, channels, name, codec, frames)
    return Source(info, lambda n: _av_blocks(path, info, n), codec in _FLOAT_CODECS, notes)


def _packets_duration_s(container, stream) -> float:
    """Length from the packets' times: browsers' recorders write WebM without one. Reads, but decodes nothing."""
    end = 0
    for packet in container.demux(stream):
        if packet.pts is not None:
            end = max(end, packet.pts + (packet.duration or 0))
    return float(end * stream.time_base) if stream.time_base else 0.0


def _av_blocks(path: Path, info: AudioInfo, notes: list[str]) -> Iterator[np.ndarray]:
    import av

    done = damaged = 0
    pending: list[np.ndarray] = []  # packets are short (often 20 ms): hand them on in larger blocks
    with _av_open(path) as container:
        packets = container.demux(container.streams.audio[0])
        while True:
            try:
                packet = next(packets, None)
                decoded = packet.decode() if packet is not None else []
            except av.error.FFmpegError:
                damaged += 1
                if packet is None or packet.size == 0:
                    break
                continue
            if packet is None:
                break
            for frame in decoded:
                if frame.sample_rate != info.sample_rate or len(frame.layout.channels) != info.channels:
                    notes.append(
                        f"The file changes its format after {done / info.sample_rate:.2f} s; only the part before "
                        "was used."
                    )
                    yield from pending
                    return
                pending.append(_frame_to_float(frame))
                done += frame.samples
            if sum(map(len, pending)) >= BLOCK_FRAMES:
                yield np.concatenate(pending)
                pending = []
    if damaged:
        notes.append(f"The file is damaged in {damaged} places, which were left out.")
    if pending:
        yield np.concatenate(pending)


def _frame_to_float(frame) -> np.ndarray:
    """A decoded FFmpeg frame as float32 [n, channels], integers scaled to [-1, 1)."""
    samples = frame.to_ndarray()  # planar: [channels, n]; packed: [1, n * channels]
    samples = samples.T if frame.format.is_planar else samples.reshape(-1, len(frame.layout.channels))
    return to_float(samples)


def to_float(samples: np.ndarray) -> np.ndarray:
    """Convert integer or floating samples of any width to float32, full scale being 1.

    Unsigned integers are centred on half their range (as 8-bit WAV is), signed ones on zero.
    """
    kind, bits = samples.dtype.kind, 8 * samples.dtype.itemsize
    if kind == "f":
        with np.errstate(over="ignore"):  # a float64 beyond float32 becomes Inf, which is counted and named later
            return samples.astype(np.float32)
    half = 2.0 ** (bits - 1)
    offset = half if kind == "u" else 0.0
    return ((samples.astype(np.float64) - offset) / half).astype(np.float32)
