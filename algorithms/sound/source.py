"""What decoders hand on, and what they have in common: `Source`, `AudioInfo`, `AudioError`, sample formats."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from algorithms.sound.sniff import KINDS

MIN_RATE_HZ = 1_000
MAX_RATE_HZ = 768_000
MAX_CHANNELS = 32
BLOCK_FRAMES = 16_384  # small, because a decoder that meets damage loses the block it was reading
FLOAT_CODECS = {"FLOAT", "DOUBLE", "pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_f64be"}


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


def undecodable(path: Path, kind: str) -> AudioError:
    """Return what to raise for a file that no decoder takes; `kind` is what `sniff` takes it for."""
    if kind in KINDS:
        return AudioError(
            f"'{path.name}' starts like {kind} but cannot be decoded: it is damaged or cut short, "
            "save or export it again."
        )
    looks = f"it looks like {kind}" if kind else "no decoder recognises it"
    return AudioError(
        f"'{path.name}' is not a sound file ({looks}): choose a WAV, MP3, OGG, FLAC, M4A or WebM recording."
    )


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
