"""Which of a film's sound tracks is used: the default one, unless it is silent or cannot be decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from algorithms.sound.source import AudioError, to_float

HEARD = 1e-3  # -60 dB: a track that stays below this peak is silent
SURVEY_S = 600.0  # of each track that are searched for something to hear, where there are several
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")


def chosen_track(
    path: Path, name: str, container: Any, frames: Callable[[int], Iterator[Any]]
) -> tuple[int, tuple[str, ...]]:
    """Return a track's stream index, and a sentence where there was a choice.

    Parameters
    ----------
    path, name, container
        The file, its kind, and the file opened by PyAV.
    frames
        ``frames(index)`` decodes a track.

    Raises
    ------
    AudioError
        There is no track, or none that can be decoded.
    """
    from av.stream import Disposition

    tracks = list(container.streams.audio)
    if not tracks:
        raise AudioError(f"'{path.name}' ({name}) has no sound track: choose a recording or a video that has sound.")
    # FFmpeg knows the container but has no decoder for what is in it: then there is no codec context.
    known = [t for t in tracks if t.codec_context is not None and t.codec_context.sample_rate]
    not_main = Disposition.comment | Disposition.hearing_impaired | Disposition.visual_impaired
    known.sort(key=lambda t: (not t.disposition & Disposition.default, bool(t.disposition & not_main)))
    if len(tracks) == 1 and known:
        return known[0].index, ()
    peaks: dict[int, float | None] = {}
    for track in known:
        peaks[track.index] = _peak(frames(track.index))
        if (peaks[track.index] or 0) > HEARD:
            break
    heard = [index for index, peak in peaks.items() if peak is not None]
    if not heard:
        raise AudioError(
            f"The sound in '{path.name}' ({name}) is coded in a way that cannot be decoded here: save it as M4A (AAC), "
            "MP3 or WAV."
        )
    index = next((i for i in heard if peaks[i] > HEARD), heard[0])
    if len(tracks) == 1:
        return index, ()
    ordinals = {t.index: _ordinal(n) for n, t in enumerate(tracks)}
    mute = [ordinals[t.index] for t in tracks if t not in known or peaks.get(t.index, 0.0) is None]
    silent = [ordinals[i] for i in heard if i != index and peaks[i] <= HEARD]
    why = [f"the {' and the '.join(mute)} cannot be decoded"] if mute else []
    why += [f"the {' and the '.join(silent)} {'is' if len(silent) == 1 else 'are'} silent"] if silent else []
    used = f"the {ordinals[index]} was used"
    if not why and index != tracks[0].index:
        used = f"the {ordinals[index]}, which is marked as the main one, was used"
    if not mute and len(silent) == len(tracks) - 1 and peaks[index] <= HEARD:
        why = ["all are silent"]
    told = f"{', '.join(why)}, so {used}" if why else used
    return index, (f"The file has {len(tracks)} sound tracks: {told}.",)


def _ordinal(n: int) -> str:
    return _ORDINALS[n] if n < len(_ORDINALS) else f"{n + 1}th"


def _peak(frames: Iterator[Any]) -> float | None:
    """Largest sample up to the first that can be heard; None where nothing can be decoded."""
    peak, done_s = None, 0.0
    for frame in frames:
        y = to_float(frame.to_ndarray())
        peak = max(peak or 0.0, float(np.nan_to_num(np.abs(y)).max(initial=0.0)))
        done_s += frame.samples / frame.sample_rate
        if peak > HEARD or done_s > SURVEY_S:
            break
    return peak
