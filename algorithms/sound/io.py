"""The one door by which sound enters the app: files, recordings and arrays become mono float32 in [-1, 1].

`load` reads a whole sound, `stream` reads it in blocks with constant memory (its concatenation is `load`'s result),
`from_array` takes samples that are in memory already and `probe` only looks. Whatever was changed on the way is said
in plain sentences (`Audio.notes`); whatever cannot be used raises `AudioError` with one sentence.
"""

from __future__ import annotations

import math
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from algorithms.sound.condition import conditioned
from algorithms.sound.decode import open_source
from algorithms.sound.mix import rebuffer
from algorithms.sound.source import (
    BLOCK_FRAMES,
    MAX_CHANNELS,
    MAX_RATE_HZ,
    MIN_RATE_HZ,
    AudioError,
    AudioInfo,
    Source,
    check_rate_and_channels,
    to_float,
)

__all__ = ["MAX_BYTES", "Audio", "AudioError", "AudioInfo", "from_array", "load", "probe", "stream"]

MAX_BYTES = 512 * 2**20  # of a file, as uploaded
MAX_LOAD_SAMPLES = 2**28  # `load` holds everything: 1 GiB of float32, 4.6 h at 16 kHz; `stream` has no such limit


@dataclass(frozen=True)
class Audio:
    """A sound, ready for every algorithm in the lab.

    Attributes
    ----------
    y : np.ndarray
        float32 [n], mono, finite, in [-1, 1].
    sample_rate : int
        Hz.
    duration_s : float
        ``len(y) / sample_rate``.
    info : AudioInfo
        What the file was before it was changed.
    notes : tuple of str
        One plain sentence about each thing that was changed or is worth knowing (mixed down, resampled, silent, ...).
    """

    y: np.ndarray
    sample_rate: int
    duration_s: float
    info: AudioInfo
    notes: tuple[str, ...]


def probe(path: str | os.PathLike) -> AudioInfo:
    """Read what a sound file says about itself, without decoding it.

    Parameters
    ----------
    path : str or os.PathLike

    Returns
    -------
    AudioInfo

    Raises
    ------
    AudioError
        Not a sound file, too large, missing, ...: one sentence.
    """
    return _open(path).info


def load(
    path: str | os.PathLike, sample_rate: int | None = None, *, max_s: float | None = None, min_s: float = 0.02
) -> Audio:
    """Read a sound file of any kind as mono float32.

    Parameters
    ----------
    path : str or os.PathLike
    sample_rate : int, optional
        Resample to this rate in Hz (soxr, high quality); by default the file's own rate is kept.
    max_s : float, optional
        Read only the first `max_s` seconds; a note says so.
    min_s : float
        The shortest sound that is accepted, in seconds.

    Returns
    -------
    Audio

    Raises
    ------
    AudioError
        One sentence: the file is missing, empty, too large, no sound, damaged from the start, too short, ...
    """
    return _load(_open(path), sample_rate, max_s, min_s)


def stream(
    path: str | os.PathLike, *, sample_rate: int, block_s: float = 30.0, notes: list[str] | None = None
) -> Iterator[np.ndarray]:
    """Read a sound file of any length block by block: the memory used does not grow with the file.

    The concatenation of the blocks equals ``load(path, sample_rate=sample_rate).y``. A file of floating-point samples
    is read twice, since its peak decides the gain of its first sample.

    Parameters
    ----------
    path : str or os.PathLike
    sample_rate : int
        Rate of the blocks, Hz.
    block_s : float
        Length of every block but the last, seconds.
    notes : list of str, optional
        Receives the sentences that `Audio.notes` would hold; complete once the iterator has ended.

    Returns
    -------
    iterator of np.ndarray
        float32 [round(block_s * sample_rate)], the last one shorter.

    Raises
    ------
    AudioError
        At the call, where the file cannot be opened; at the first block, where nothing in it can be decoded.
    """
    if not (math.isfinite(block_s) and block_s * sample_rate >= 1):
        raise AudioError(f"A block of {block_s:g} s holds no sample: choose a block length above zero.")
    _check_target_rate(sample_rate)
    source = _open(path)
    notes = [] if notes is None else notes
    return rebuffer(conditioned(source, sample_rate, None, notes), round(block_s * sample_rate))


def from_array(
    y: np.ndarray,
    sample_rate: int,
    *,
    target_rate: int | None = None,
    max_s: float | None = None,
    min_s: float = 0.02,
) -> Audio:
    """Take samples that are in memory already, such as the (rate, array) pair of a browser's microphone.

    Parameters
    ----------
    y : np.ndarray
        [n] or [n, channels]. Integers (int8, int16, int32, int64, uint8, ...) are scaled by their type's full scale,
        floating-point samples count 1.0 as full scale.
    sample_rate : int
        Rate of `y`, Hz.
    target_rate : int, optional
        Resample to this rate, Hz.
    max_s, min_s : float
        As in `load`.

    Returns
    -------
    Audio

    Raises
    ------
    AudioError
        Wrong type or shape, too short, mostly NaN, ...: one sentence.
    """
    y = np.asarray(y)
    if y.dtype.kind not in "iuf":
        raise AudioError(f"Samples must be integer or floating-point numbers, and these are {y.dtype}: convert them.")
    if y.ndim not in (1, 2):
        raise AudioError(f"Samples must have the shape [n] or [n, channels], and this one is {list(y.shape)}.")
    if not isinstance(sample_rate, (int, float, np.integer, np.floating)) or sample_rate != sample_rate // 1:
        raise AudioError(f"The sample rate must be a whole number of Hz, and this is {sample_rate}.")
    y = y[:, None] if y.ndim == 1 else y
    if y.shape[1] > max(MAX_CHANNELS, y.shape[0]) and y.shape[0] > 0:
        raise AudioError(
            f"The array has {y.shape[1]} channels of {y.shape[0]} samples: it seems to be [channels, n], transpose it."
        )
    rate, channels = int(sample_rate), y.shape[1]
    check_rate_and_channels(rate, channels, "The array")

    def blocks(notes: list[str]) -> Iterator[np.ndarray]:
        for start in range(0, len(y), BLOCK_FRAMES):
            yield to_float(y[start : start + BLOCK_FRAMES])

    info = AudioInfo(len(y) / rate, rate, channels, "array", str(y.dtype), len(y))
    return _load(Source(info, blocks, is_float=y.dtype.kind == "f"), target_rate, max_s, min_s)


# --- Before decoding ------------------------------------------------------------------------------------------------


def _open(path: str | os.PathLike) -> Source:
    """Check that the file can be read at all, then open it."""
    if path is None or path == "":
        raise AudioError("There is no sound yet: record one, choose a file or pick an example.")
    path = Path(path)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise AudioError(f"'{path.name}' is a folder: choose one sound file in it.")
        if not stat.S_ISREG(status.st_mode):
            raise AudioError(f"'{path.name}' is not an ordinary file: choose a sound file.")
        if status.st_size == 0:
            raise AudioError(f"'{path.name}' is an empty file (0 bytes): record or save it again.")
        if status.st_size > MAX_BYTES:
            raise AudioError(
                f"'{path.name}' has {status.st_size / 2**20:.0f} MB and at most {MAX_BYTES / 2**20:.0f} MB are "
                "accepted: cut it, or save it as MP3, OGG or FLAC."
            )
        return open_source(path)
    except FileNotFoundError as error:
        raise AudioError(f"There is no file '{path.name}': choose or record it again.") from error
    except (OSError, ValueError) as error:
        if isinstance(error, AudioError):
            raise
        # ValueError: a name with a NUL in it. What the system says goes to the log through `from`, not to the page.
        raise AudioError(f"'{path.name}' cannot be opened: check its name and its permissions.") from error


def _check_target_rate(sample_rate: int) -> None:
    if not (MIN_RATE_HZ <= sample_rate <= MAX_RATE_HZ and sample_rate == int(sample_rate)):
        raise AudioError(
            f"A sample rate of {sample_rate:g} Hz cannot be made: choose a whole number from {MIN_RATE_HZ} to "
            f"{MAX_RATE_HZ} Hz."
        )


# --- From decoded blocks to the app's sound -------------------------------------------------------------------------


def _load(source: Source, sample_rate: int | None, max_s: float | None, min_s: float) -> Audio:
    sample_rate = source.info.sample_rate if sample_rate is None else sample_rate
    _check_target_rate(sample_rate)
    if max_s is not None and not (math.isfinite(max_s) and max_s > 0):
        raise AudioError(f"The longest part to read must be above 0 s, and {max_s} was asked for.")
    notes: list[str] = []
    parts, total = [], 0
    for block in conditioned(source, int(sample_rate), max_s, notes):
        parts.append(block)
        total += len(block)
        if total > MAX_LOAD_SAMPLES:
            raise AudioError(
                f"The sound is longer than {MAX_LOAD_SAMPLES / sample_rate / 3600:.1f} h, more than fits in memory at "
                f"{sample_rate} Hz: use a part of it or a lower sample rate."
            )
    y = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    duration_s = len(y) / sample_rate
    if duration_s < min_s:
        raise AudioError(
            f"The sound lasts {_short_time(duration_s)}, and at least {_short_time(min_s)} are needed: "
            "record or choose a longer one."
        )
    if not y.any():
        notes.append("The sound is silent: every sample is zero.")
    return Audio(y, int(sample_rate), duration_s, source.info, tuple(notes))


def _short_time(seconds: float) -> str:
    return f"{1000 * seconds:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"
