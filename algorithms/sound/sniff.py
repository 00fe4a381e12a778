"""What a file is, told from its first bytes (never from its name)."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

BYTES_COUNT_KINDS = {"WAV", "AIFF", "AU", "CAF", "W64"}  # their length follows from their size
KINDS = {*BYTES_COUNT_KINDS, "FLAC", "OGG", "MP3"}

CONTAINERS_OF_SUFFIX = {  # what a name promises, to say so where the content differs
    ".wav": {"WAV", "RF64", "W64"},
    ".flac": {"FLAC", "OGG"},
    ".ogg": {"OGG"},
    ".oga": {"OGG"},
    ".opus": {"OGG"},
    ".mp3": {"MP3"},
    ".m4a": {"MP4"},
    ".mp4": {"MP4"},
    ".webm": {"WebM"},
    ".aif": {"AIFF"},
    ".aiff": {"AIFF"},
}

_NOT_SOUND = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "a gzip archive"),
)


def sniff(head: bytes) -> str:
    """Name the kind of file from its first bytes: "WAV", "MP3", ..., "a text file", or "" where unknown."""
    if head[:4] in (b"RIFF", b"RIFX", b"RF64") and head[8:12] == b"WAVE":
        return "WAV"
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "AIFF"
    for magic, kind in ((b"fLaC", "FLAC"), (b"OggS", "OGG"), (b".snd", "AU"), (b"caff", "CAF"), (b"riff", "W64")):
        if head.startswith(magic):
            return kind
    # An MPEG audio frame starts with 11 set bits; layer bits 00 would be AAC in ADTS, which libsndfile cannot read.
    if head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06):
        return "MP3"
    for magic, kind in _NOT_SOUND:
        if head.startswith(magic):
            return kind
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return "a text file" if all(c.isprintable() or c in "\r\n\t" for c in text) else ""


class WavSizes(NamedTuple):
    """Sizes in a WAV, in bytes."""

    riff: int  # of the whole, as stated
    stated: int  # of the samples, as stated
    present: int  # from the first sample to the end of the file
    end: int  # where the stated samples end
    after: bytes  # the name of the chunk that follows them, b"" where nothing does


def wav_sizes(path: Path, start: int = 0) -> WavSizes | None:
    """Sizes of the little-endian WAV that begins at byte `start`; None if it has no data chunk."""
    with path.open("rb") as file:
        size = path.stat().st_size
        file.seek(start)
        head = file.read(12)
        if head[:4] != b"RIFF":
            return None
        riff_size = struct.unpack("<I", head[4:8])[0]
        while len(chunk := file.read(8)) == 8:
            name, length = struct.unpack("<4sI", chunk)
            if name == b"data":
                present = size - file.tell()
                end = file.tell() + length + length % 2  # chunks are padded to an even length
                file.seek(end)
                after = file.read(8)
                return WavSizes(riff_size, length, present, end, after[:4] if len(after) == 8 else b"")
            file.seek(length + length % 2, 1)
    return None
