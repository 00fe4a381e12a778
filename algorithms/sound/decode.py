"""Opening and decoding sound files block by block, whatever they hold and whatever they are called.

The content decides who decodes, never the file's name. libsndfile (python-soundfile) takes WAV, AIFF, AU and CAF, whose
length is a matter of bytes. FFmpeg's libraries (`with_ffmpeg`) take everything else, because they read what is there:
libsndfile ends at the count in the header of an MP3, OGG or FLAC, which is wrong or missing wherever files were
streamed, piped or joined. FFmpeg also gets whatever libsndfile refuses.
Nothing here holds more than one block, so a two-hour file costs no more memory than a short one.

`algorithms.sound.io` is the door the app uses; this module is its engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from algorithms.sound.sniff import BYTES_COUNT_KINDS, CONTAINERS_OF_SUFFIX, sniff, wav_sizes
from algorithms.sound.source import BLOCK_FRAMES, FLOAT_CODECS, AudioInfo, Source, check_rate_and_channels
from algorithms.sound.with_ffmpeg import open_av

_PRETTY_CONTAINER = {"WAVEX": "WAV"}
PLACEHOLDER = 1_000_000_000  # bytes: a WAV that states more than this, twice what is accepted, states no length


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
    if kind in BYTES_COUNT_KINDS and path.suffix.lower() != ".raw":
        source = _open_soundfile(path, kind)
    if source is None:
        source = open_av(path, kind)
    check_rate_and_channels(source.info.sample_rate, source.info.channels, f"'{path.name}'")
    expected = CONTAINERS_OF_SUFFIX.get(path.suffix.lower())
    if expected and source.info.container not in expected:
        lie = f"The file is named {path.suffix} but holds {source.info.container}; it was read as what it is."
        source = Source(source.info, source.blocks, source.is_float, (*source.notes, lie))
    return source


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
        riff_size, stated, present, _, after = sizes
        # Recorders that write while they record cannot go back to fill in the sizes: they leave 0, a small or a huge
        # number. An honest empty file has a RIFF size that agrees with the file: then libsndfile's answer stands.
        if stated == 0 and present > 0 and riff_size + 8 < path.stat().st_size:
            return open_av(path, kind, whole=True)
        if after == b"RIFF":  # joined files: FFmpeg's reader takes them one by one
            return None
        if after and not after.decode("latin-1").isprintable():  # no chunk follows: the count is too small
            return open_av(path, kind, whole=True)
        promised_s = found.duration * stated / max(present, 1)
        if present < stated < PLACEHOLDER:
            notes.append(
                f"The file is cut short: its header promises {promised_s:.2f} s and {found.duration:.2f} s are there."
            )
        elif present < stated < 0x7FFF_0000:
            notes.append(
                f"The file's header states {promised_s:.0f} s, as recorders write that do not know the length yet; "
                f"the file holds {found.duration:.2f} s, and all of it was read."
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
    return Source(info, lambda n: _soundfile_blocks(path, n), found.subtype in FLOAT_CODECS, tuple(notes))


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
