"""Files that were joined end to end: where each of them lies, for formats whose decoders end with the first."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from algorithms.sound.sniff import wav_sizes

MAX_PARTS = 10_000  # a web radio's recording has a part for each song

_FLAC_HEAD = re.compile(rb"fLaC[\x00\x80]\x00\x00\x22")  # with the header of its STREAMINFO, always 34 bytes
_FIRST_PAGE = b"OggS\x00\x02"  # a page, version 0, that begins a logical stream


def parts(path: Path, kind: str) -> list[tuple[int, int]]:
    """Return where each of the files joined in `path` begins and ends, in bytes; one part for an ordinary file.

    An Ogg file may be a chain of others (RFC 3533, section 4: "chaining"); WAV and FLAC files are joined by mistake,
    with `cat`. MP3 and AAC are rows of frames, which FFmpeg goes on reading by itself.
    """
    size = path.stat().st_size
    starts = [0]
    if kind == "OGG":
        starts += _chain(path)
    elif kind == "FLAC":
        starts += [m.start() for m in islice(_found(path, _FLAC_HEAD), 1, MAX_PARTS)]
    elif kind == "WAV":
        while len(starts) < MAX_PARTS and (sizes := wav_sizes(path, starts[-1])) and sizes.after == b"RIFF":
            starts.append(sizes.end)
    return list(zip(starts, [*starts[1:], size], strict=True))


def _found(path: Path, pattern: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield from pattern.finditer(data)


def _chain(path: Path) -> list[int]:
    """Positions of the pages that begin a new link of the chain, the first one aside."""
    starts = []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        position, expected = data.find(_FIRST_PAGE), 0
        while position >= 0 and len(starts) < MAX_PARTS:
            if position != expected:  # pages that begin streams side by side (sound and picture) follow one another
                starts.append(position)
            n_segments = data[position + 26] if position + 26 < len(data) else 0
            expected = position + 27 + n_segments + sum(data[position + 27 : position + 27 + n_segments])
            position = data.find(_FIRST_PAGE, position + 1)
    return starts
