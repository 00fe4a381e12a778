"""What a file is, told from its first bytes (never from its name)."""

from __future__ import annotations

import struct
from pathlib import Path

LIBSNDFILE_KINDS = {"WAV", "FLAC", "OGG", "MP3", "AIFF", "AU", "CAF", "W64"}

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


def wav_sizes(path: Path) -> tuple[int, int, int] | None:
    """(RIFF size stated, data size stated, data bytes present) of a little-endian WAV; None if it has no data chunk."""
    with path.open("rb") as file:
        size = path.stat().st_size
        head = file.read(12)
        if head[:4] != b"RIFF":
            return None
        riff_size = struct.unpack("<I", head[4:8])[0]
        while len(chunk := file.read(8)) == 8:
            name, length = struct.unpack("<4sI", chunk)
            if name == b"data":
                return riff_size, length, size - file.tell()
            file.seek(length + length % 2, 1)  # chunks are padded to an even length
    return None
