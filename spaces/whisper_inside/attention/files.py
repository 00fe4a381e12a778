"""Word times as files: Praat TextGrid, CSV, JSON, SRT. They travel inside the page, so the server keeps nothing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from urllib.parse import quote

from algorithms.text.subtitles import to_srt, to_textgrid
from algorithms.text.transcript import Segment, Transcript, Word
from components.downloads import cell

from .reading import Laid, Reading
from .rivals import Rivals, Span


def transcript(reading: Reading, spans: Sequence[Span]) -> Transcript:
    """Return the words with their times in the whole sound and mean token probability, as one segment."""
    offset = reading.heard.window.start_s
    words = [
        Word(round(offset + a, 3), round(offset + b, 3), w.text, float(reading.probs[w.first : w.last + 1].mean()))
        for w, (a, b) in zip(reading.words, spans, strict=True)
    ]
    if not words:
        return Transcript("", reading.heard.language, ())
    segment = Segment(words[0].start_s, words[-1].end_s, "".join(w.text for w in words), words)
    return Transcript.from_segments([segment], reading.heard.language)


def _rows(reading: Reading, spans: Sequence[Span], rivals: Rivals | None) -> list[dict]:
    offset = reading.heard.window.start_s

    def times(name: str, span: Span | None) -> dict:
        a, b = (round(offset + s, 3) for s in span) if span else (None, None)
        return {f"{name}start_s": a, f"{name}end_s": b}

    found = []
    for k, word in enumerate(transcript(reading, spans).words()):
        row = {"word": word.text.strip(), **times("", spans[k]), "probability": round(word.prob, 4)}
        if rivals:
            row |= times("faster_whisper_", rivals.faster[k])
            row |= times("ctc_", rivals.ctc[k] if rivals.ctc else None)
        found.append(row)
    return found


def csv_text(reading: Reading, laid: Laid, rivals: Rivals | None) -> str:
    """One row a word: by attention, and by the others where they have been asked."""
    rows, out = _rows(reading, laid.spans(reading), rivals), io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]) if rows else ["word"], lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: cell(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def json_text(reading: Reading, laid: Laid, rivals: Rivals | None) -> str:
    """Words, tokens, the path and the recipe that made them."""
    heard, offset = reading.heard, reading.heard.window.start_s
    tokens = zip(reading.names, laid.starts_s.tolist(), reading.probs.tolist(), strict=True)
    about = {
        "model": heard.model.name,
        "language": heard.language,
        "typed": reading.typed,
        "heads": [list(one) for one in laid.recipe.heads],
        "stage": laid.recipe.stage,
        "median_width": laid.recipe.width,
        "path_cost": round(float(laid.cost[-1, -1]), 4),
        "words": _rows(reading, laid.spans(reading), rivals),
        "tokens": [
            {"token": name, "start_s": round(offset + start, 3), "probability": round(p, 4)}
            for name, start, p in tokens
        ],
    }
    return json.dumps(about, ensure_ascii=False, indent=1)


def textgrid(reading: Reading, laid: Laid, rivals: Rivals | None) -> str:
    """Praat TextGrid with the tiers `words` and `segments`."""
    window = reading.heard.window
    return to_textgrid(transcript(reading, laid.spans(reading)), duration_s=window.start_s + window.duration_s)


def srt(reading: Reading, laid: Laid, rivals: Rivals | None) -> str:
    """SubRip subtitles."""
    return to_srt(transcript(reading, laid.spans(reading)))


FORMATS = (
    ("TextGrid", textgrid, "text/plain", "for Praat: tiers of words and segments"),
    ("csv", csv_text, "text/csv", "one row a word, with the others' times"),
    ("json", json_text, "application/json", "words, tokens, recipe"),
    ("srt", srt, "application/x-subrip", "subtitles"),
)


def links(reading: Reading, laid: Laid, rivals: Rivals | None) -> str:
    """Return the row of download links as HTML."""
    title = reading.heard.window.title.lower()
    stem = "".join(c if c.isalnum() else "-" for c in title).strip("-") or "sound"
    made = "".join(
        f'<a class="lab-file" download="{stem}-words.{kind}" title="{what}" '
        f'href="data:{mime};charset=utf-8,{quote(write(reading, laid, rivals))}">'
        f"{kind.upper() if len(kind) < 5 else kind}</a>"
        for kind, write, mime, what in FORMATS
    )
    return f'<div class="lab-files"><span>Save the word times as</span>{made}</div>'
