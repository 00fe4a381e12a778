"""How Whisper goes through a long sound: 30-second windows whose starts its own timestamp tokens set.

`openai/whisper`, transcribe.py (`seek`); Radford et al. 2022, sections 3.8 and 4.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from algorithms.whisper.decode import SpecialTokens

WINDOW_S = 30.0


@dataclass(frozen=True)
class Segment:
    """A stretch of text between two timestamp tokens."""

    start_s: float  # from the window's start
    end_s: float
    tokens: tuple[int, ...]  # of the text, timestamps left out


@dataclass(frozen=True)
class Window:
    """What one window has given."""

    segments: tuple[Segment, ...]  # those that are kept
    advance_s: float  # the next window starts so much later
    dropped: tuple[int, ...]  # text of an unfinished last segment: the next window hears it again
    why: str  # what set the advance, one sentence


def read_window(tokens: Sequence[int], special: SpecialTokens, sound_s: float = WINDOW_S) -> Window:
    """Cut one window's tokens at the timestamps and say where the next window starts.

    Parameters
    ----------
    tokens
        As chosen by the decoder; the end of text may stand last.
    special
        Says which tokens are timestamps.
    sound_s
        Seconds of sound in the window: the advance where no timestamp sets one.
    """
    tokens = [t for t in tokens if t != special.end]
    times = [special.time_s(t) for t in tokens]
    pairs = [i for i in range(1, len(tokens)) if times[i] is not None and times[i - 1] is not None]
    single_end = bool(tokens) and times[-1] is not None and (len(tokens) < 2 or times[-2] is None)
    cuts = [*pairs, len(tokens)] if single_end and pairs else pairs
    if not cuts:  # one segment, or none
        given = [t for t in times if t is not None]
        end = given[-1] if given and given[-1] > 0 else sound_s
        text = tuple(t for t, at in zip(tokens, times, strict=True) if at is None)
        start = given[0] if given else 0.0
        if start >= end:
            start = 0.0
        why = "No two timestamps stand together, so no place to go on from is given: on by the whole window."
        return Window((Segment(start, min(end, sound_s), text),) if text else (), sound_s, (), why)
    segments, before = [], 0
    for cut in cuts:
        part, at = tokens[before:cut], times[before:cut]
        text = tuple(t for t, time in zip(part, at, strict=True) if time is None)
        start, end = at[0] or 0.0, at[-1] if at[-1] is not None else sound_s
        if text:
            segments.append(Segment(start, end, text))
        before = cut
    if single_end:
        why = "The text ends with one closing timestamp, so nothing more is said: on by the whole window."
        return Window(tuple(segments), sound_s, (), why)
    last = times[cuts[-1] - 1]
    dropped = tuple(t for t, at in zip(tokens[cuts[-1] :], times[cuts[-1] :], strict=True) if at is None)
    if not last:  # a timestamp of 0 would not move on at all
        return Window(tuple(segments), sound_s, dropped, "The last timestamp is 0.00: on by the whole window.")
    why = f"The last closed segment ends at <|{last:.2f}|>: the next window starts there."
    return Window(tuple(segments), last, dropped, why)


def chunk_spans(total_s: float, chunk_s: float, overlap_s: float = 0.0) -> list[tuple[float, float]]:
    """Cut a sound at fixed places: (start, end) of each chunk in seconds; neighbours share `overlap_s`.

    Raises
    ------
    ValueError
        The overlap is not smaller than the chunk.
    """
    if not 0 <= overlap_s < chunk_s:
        raise ValueError("The overlap must be shorter than a chunk: shorten it, or make the chunks longer.")
    spans, start = [], 0.0
    while True:
        spans.append((round(start, 3), round(min(start + chunk_s, total_s), 3)))
        if start + chunk_s >= total_s:
            return spans
        start += chunk_s - overlap_s
