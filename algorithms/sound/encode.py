"""Write a sound in a compressed format, in memory, with FFmpeg's libraries (PyAV)."""

from __future__ import annotations

import io

import numpy as np

FORMATS = {"mp3": ("mp3", "libmp3lame", "fltp"), "opus": ("ogg", "libopus", "flt")}


def encode(y: np.ndarray, sample_rate: int, name: str, kbps: float, *, comment: str = "") -> bytes:
    """Return a whole file.

    Parameters
    ----------
    y : np.ndarray
        [n], mono; above full scale it is clipped.
    sample_rate : int
        Hz; one that the format knows: 16,000, 44,100, ... for MP3, 48,000 for Opus.
    name : str
        "mp3" (LAME) or "opus" (libopus in Ogg, RFC 6716).
    kbps : float
        Thousand bits a second; LAME takes the next one that it has for this rate.
    comment : str
        Stands in the file's metadata.
    """
    import av

    container, codec, layout = FORMATS[name]
    file = io.BytesIO()
    with av.open(file, "w", format=container) as written:
        if comment:
            written.metadata["comment"] = comment
        stream = written.add_stream(codec, rate=sample_rate)
        stream.layout = "mono"
        stream.format = layout
        stream.bit_rate = int(kbps * 1000)
        frame = av.AudioFrame.from_ndarray(np.clip(y, -1, 1)[None].astype(np.float32), format=layout, layout="mono")
        frame.sample_rate = sample_rate
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            written.mux(packet)
    return file.getvalue()
