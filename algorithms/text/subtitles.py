"""A transcript as a file: SRT, WebVTT, plain text, JSON, Praat TextGrid.

Sources: WebVTT (W3C, https://www.w3.org/TR/webvtt1/: cue text escapes, timestamp tags), SubRip as players read it,
Praat manual ("TextGrid file formats", long text form); for the layout the usual 42 characters by two lines.

Times are whole milliseconds here. Whatever the recogniser said, cues never start before zero, never end before they
start and never overlap: a cue that would begin before the last one ended begins where it ended.
"""

from __future__ import annotations

import json
import math
import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from algorithms.text.transcript import Segment, Transcript, Word

MAX_LINE = 42  # characters a line
MAX_LINES = 2  # lines a cue
_ARROW = re.compile("(?<!-)-->")


class Cue(NamedTuple):
    """One subtitle: `0 <= start_ms < end_ms`, its lines, and the words in it (empty where no times are known)."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    words: tuple[Word, ...]


def cues(transcript: Transcript, *, max_line: int = MAX_LINE, max_lines: int = MAX_LINES) -> list[Cue]:
    """Split segments into subtitles that fit.

    A segment that needs more than `max_lines` lines of `max_line` characters becomes several cues, each timed by its
    words or, where words have no times, by its share of the segment's characters. Only a word longer than a line is cut
    (as happens in languages written without spaces). Segments without text are left out.
    """
    if max_line < 1 or max_lines < 1:
        raise ValueError("A subtitle needs at least one character a line and one line.")
    pieces = [p for s in transcript.segments for p in _pieces(s, max_line, max_lines)]
    times = _in_order([(start_s, end_s) for start_s, end_s, _, _ in pieces])
    return [Cue(a, b, lines, words) for (a, b), (_, _, lines, words) in zip(times, pieces, strict=True)]


def to_srt(transcript: Transcript) -> str:
    """SubRip: numbered cues, `00:00:01,000 --> 00:00:02,500`, at most two lines of 42 characters.

    SubRip has no escapes; the arrow `-->`, which would break the file, becomes `->`. A longer one stays as it is.
    """
    blocks = (
        f"{number}\n{_clock(c.start_ms, ',')} --> {_clock(c.end_ms, ',')}\n"
        + "\n".join(_ARROW.sub("->", line) for line in c.lines)
        + "\n"
        for number, c in enumerate(cues(transcript), start=1)
    )
    return "\n".join(blocks)


def to_vtt(transcript: Transcript, *, karaoke: bool = False) -> str:
    """WebVTT; `karaoke=True` tags each word with its start, `<00:00:01.000><c>word</c>`, so that players light it up.

    A time tag must lie strictly inside its cue and after the tag before it (W3C WebVTT, "cue timestamp"); a word for
    which that does not hold, such as the first, has no time of its own.
    """
    blocks = ["WEBVTT\n"]
    for c in cues(transcript):
        lines = _karaoke_lines(c) if karaoke and c.words else [_escape(line) for line in c.lines]
        blocks.append(f"{_clock(c.start_ms, '.')} --> {_clock(c.end_ms, '.')}\n" + "\n".join(lines) + "\n")
    return "\n".join(blocks)


def to_txt(transcript: Transcript) -> str:
    """Plain text, one segment a line."""
    return "".join(f"{line}\n" for s in transcript.segments if (line := _clean(s.text)))


def to_json(transcript: Transcript, **about: object) -> str:
    """JSON in openai/whisper's layout: text, language, segments of start, end, text, words (start, end, probability).

    `about` (model="asr/whisper-tiny.en", ...) is added at the top level. Numbers JSON can't hold (NaN) become null.
    """
    segments = [
        {
            "id": i,
            "start": _number(s.start_s),
            "end": _number(s.end_s),
            "text": s.text,
            "temperature": _number(s.temperature),
            "avg_logprob": _number(s.avg_logprob),
            "compression_ratio": _number(s.compression_ratio),
            "no_speech_prob": _number(s.no_speech_prob),
            "words": [
                {"word": w.text, "start": _number(w.start_s), "end": _number(w.end_s), "probability": _number(w.prob)}
                for w in s.words
            ],
        }
        for i, s in enumerate(transcript.segments)
    ]
    whole = {**about, "text": transcript.text, "language": transcript.language, "segments": segments}
    return json.dumps(whole, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def to_textgrid(transcript: Transcript, *, duration_s: float | None = None) -> str:
    """Praat TextGrid (long text form) with the interval tiers `words` and `segments`.

    Intervals of a tier cover 0 to the end without gaps or overlaps, as Praat demands; silence is an empty label. The
    end is `duration_s`, or where that is missing or too short the last time in the transcript.
    """
    words = [(w.start_s, w.end_s, _clean(w.text)) for w in transcript.words()]
    segments = [(s.start_s, s.end_s, _clean(s.text)) for s in transcript.segments]
    tiers = {}
    for name, spans in (("words", words), ("segments", segments)):
        times = _in_order([(a, b) for a, b, _ in spans])
        tiers[name] = [(a, b, text) for (a, b), (_, _, text) in zip(times, spans, strict=True) if text]
    ends = [b for spans in tiers.values() for _, b, _ in spans]
    x_max = max([1, _ms(duration_s or 0.0), *ends])
    out = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0",
        f"xmax = {x_max / 1000}",
        "tiers? <exists>",
        f"size = {len(tiers)}",
        "item []:",
    ]
    for i, (name, spans) in enumerate(tiers.items(), start=1):
        intervals = list(_without_gaps(spans, x_max))
        out += [f"    item [{i}]:", '        class = "IntervalTier"', f'        name = "{name}"']
        out += ["        xmin = 0", f"        xmax = {x_max / 1000}", f"        intervals: size = {len(intervals)}"]
        for k, (a, b, text) in enumerate(intervals, start=1):
            label = text.replace('"', '""')  # Praat doubles quotes inside a string
            out += [f"        intervals [{k}]:", f"            xmin = {a / 1000}", f"            xmax = {b / 1000}"]
            out.append(f'            text = "{label}"')
    return "\n".join(out) + "\n"


def _ms(time_s: float) -> int:
    """Milliseconds, never negative."""
    if not math.isfinite(time_s):
        raise ValueError("A time in the transcript is not a number, so it can't be written to a subtitle file.")
    return max(0, round(time_s * 1000))


def _in_order(spans_s: Sequence[tuple[float, float]]) -> list[tuple[int, int]]:
    """Spans in ms: each at least 1 ms long and starting no earlier than the last one ended."""
    spans, last_ms = [], 0
    for start_s, end_s in spans_s:
        start_ms = max(_ms(start_s), last_ms)
        last_ms = max(_ms(end_s), start_ms + 1)
        spans.append((start_ms, last_ms))
    return spans


def _without_gaps(spans: Sequence[tuple[int, int, str]], x_max: int) -> Iterator[tuple[int, int, str]]:
    last = 0
    for a, b, text in spans:
        if a > last:
            yield last, a, ""
        yield a, b, text
        last = b
    if last < x_max:
        yield last, x_max, ""


def _clean(text: str) -> str:
    """One line: control characters and runs of white space (a blank line would end a cue) become single spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(time_ms: int, mark: str) -> str:
    """`hh:mm:ss` and milliseconds; hours grow past 99 where they must."""
    seconds, milliseconds = divmod(time_ms, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{mark}{milliseconds:03d}"


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(float(value), 6)


def _wrap(text: str, max_line: int) -> list[str]:
    return textwrap.wrap(text, max_line, break_on_hyphens=False)


def _pieces(
    segment: Segment, max_line: int, max_lines: int
) -> Iterator[tuple[float, float, tuple[str, ...], tuple[Word, ...]]]:
    """Cut one segment into (start_s, end_s, lines, words), each piece fitting one cue."""
    text = _clean(segment.text)
    lines = _wrap(text, max_line)
    words = tuple(segment.words)
    # Words are used only where they spell the text, or a cue would show something else than was recognised.
    if _clean("".join(w.text for w in words)) != text:
        words = ()
    if not lines:
        return
    if len(lines) <= max_lines:
        yield segment.start_s, segment.end_s, tuple(lines), words
        return
    if words:
        pieces = list(_word_pieces(words, max_line, max_lines))
        if all(len(piece_lines) <= max_lines for _, _, piece_lines, _ in pieces):
            yield from pieces
            return
    groups = [tuple(lines[i : i + max_lines]) for i in range(0, len(lines), max_lines)]
    total, done = sum(map(len, lines)), 0
    for group_lines in groups:
        start = segment.start_s + (segment.end_s - segment.start_s) * done / total
        done += sum(map(len, group_lines))
        yield start, segment.start_s + (segment.end_s - segment.start_s) * done / total, group_lines, ()


def _word_pieces(
    words: Sequence[Word], max_line: int, max_lines: int
) -> Iterator[tuple[float, float, tuple[str, ...], tuple[Word, ...]]]:
    """Groups of words, each as long as fits one cue."""
    has_spaces = any(w.text[:1].isspace() for w in words[1:])  # then a piece without one continues the word before it

    def lines_of(group: Sequence[Word]) -> tuple[str, ...]:
        return tuple(_wrap(_clean("".join(w.text for w in group)), max_line))

    group: list[Word] = []
    for i, word in enumerate(words):
        if not has_spaces or word.text[:1].isspace():
            rest = next((k for k in range(i + 1, len(words)) if words[k].text[:1].isspace()), len(words))
            whole = words[i:rest] if has_spaces else words[i : i + 1]
            if group and len(lines_of([*group, *whole])) > max_lines:
                yield group[0].start_s, group[-1].end_s, lines_of(group), tuple(group)
                group = []
        group.append(word)
    yield group[0].start_s, group[-1].end_s, lines_of(group), tuple(group)


def _karaoke_lines(cue: Cue) -> list[str]:
    """The cue's words with time tags, broken where its plain lines break."""
    out, line, last_ms = [], "", cue.start_ms
    used, breaks = 0, [len(line.replace(" ", "")) for line in cue.lines]  # characters a line holds, spaces aside
    for word in cue.words:
        text = _clean(word.text)
        if not text:
            continue
        if used >= breaks[len(out)] and len(out) < len(breaks) - 1:
            out, line, used = [*out, line], "", 0
        space = " " if line and word.text[:1].isspace() else ""
        start_ms = _ms(word.start_s)
        if last_ms < start_ms < cue.end_ms:
            line += f"{space}<{_clock(start_ms, '.')}><c>{_escape(text)}</c>"
            last_ms = start_ms
        else:
            line += f"{space}<c>{_escape(text)}</c>"
        used += len(text.replace(" ", ""))
    return [*out, line]
