"""The times as files: Praat TextGrid, SRT, CSV. They travel inside the page, so the server keeps nothing."""

from __future__ import annotations

import csv
import io

from algorithms.text.subtitles import to_srt, to_textgrid
from algorithms.text.transcript import Segment, Transcript, Word
from algorithms.vits import FRAME_S
from components.downloads import cell, in_page

from ..speech import Spoken

STEM = "vits"


def spans(spoken: Spoken) -> tuple[list[Word], list[Word]]:
    """Return words and sounds with their times in seconds; gaps, pauses and edges have none."""
    bounds = spoken.bounds * FRAME_S
    sounds = [
        (u.word, Word(float(bounds[i]), float(bounds[i + 1]), u.text, 1.0))
        for i, u in enumerate(spoken.script.units)
        if u.kind == "sound"
    ]
    words = []
    for number, written in enumerate(spoken.script.words):
        mine = [w for word, w in sounds if word == number]
        if mine:
            said = written or "".join(w.text for w in mine)
            words.append(Word(mine[0].start_s, mine[-1].end_s, said, 1.0))
    return words, [w for _, w in sounds]


def textgrid(spoken: Spoken) -> str:
    """Praat TextGrid with the tiers `phonemes` and `words`."""
    words, sounds = spans(spoken)
    segments = [Segment(w.start_s, w.end_s, w.text) for w in words]
    # The sounds go where the writer expects the words of a segment; the tiers are then called what they hold.
    whole = Transcript("", "en", (*segments[:-1], segments[-1]._replace(words=tuple(sounds))))
    written = to_textgrid(whole, duration_s=spoken.duration_s)
    return written.replace('name = "words"', 'name = "phonemes"').replace('name = "segments"', 'name = "words"')


def srt(spoken: Spoken) -> str:
    """SubRip subtitles."""
    words = [w._replace(text=" " + w.text) for w in spans(spoken)[0]]
    segment = Segment(words[0].start_s, words[-1].end_s, "".join(w.text for w in words), tuple(words))
    return to_srt(Transcript.from_segments([segment], "en"))


def csv_text(spoken: Spoken) -> str:
    """One row a word and a sound: tier, text, start_s, end_s, frames."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("tier", "text", "start_s", "end_s", "frames"))
    for tier, items in zip(("word", "phoneme"), spans(spoken), strict=True):
        for w in items:
            frames = round((w.end_s - w.start_s) / FRAME_S)
            writer.writerow((tier, cell(w.text), f"{w.start_s:.4f}", f"{w.end_s:.4f}", frames))
    return out.getvalue()


FORMATS = (
    ("TextGrid", "TextGrid", textgrid, "text/plain", "for Praat: tiers of words and phonemes"),
    ("csv", "CSV", csv_text, "text/csv", "one row a word and a phoneme"),
    ("srt", "SRT", srt, "application/x-subrip", "subtitles"),
)


def links(spoken: Spoken) -> str:
    """Return the row of download links as HTML."""
    made = [
        (f"{STEM}.{kind}", title, f"{mime};charset=utf-8", what, write(spoken).encode())
        for kind, title, write, mime, what in FORMATS
    ]
    return in_page("Save these times as", made)
