"""The alignment as files: Praat TextGrid, CSV, JSON, SRT. They travel inside the page, so the server keeps nothing."""

from __future__ import annotations

import base64
import csv
import io
import json
import zlib
from urllib.parse import quote

from algorithms.text.subtitles import to_srt, to_textgrid
from algorithms.text.transcript import Segment, Transcript, Word
from components.downloads import cell

from .alignment import Aligned
from .sound import Heard
from .spelling import SEPARATORS


def spans(heard: Heard, aligned: Aligned) -> tuple[list[Word], list[Word]]:
    """Return words and letters with their times in seconds and mean probability, without the spaces."""
    step = heard.frame_s
    words = [Word(w.start_frame * step, w.end_frame * step, w.text, w.prob) for w in aligned.words]
    letters = [
        Word(a.start_frame * step, a.end_frame * step, heard.vocab[a.token], a.prob)
        for a in aligned.letters
        if heard.vocab[a.token] not in SEPARATORS
    ]
    return words, letters


def textgrid(heard: Heard, aligned: Aligned) -> str:
    """Praat TextGrid with the tiers `letters` and `words`."""
    words, letters = spans(heard, aligned)
    segments = [Segment(w.start_s, w.end_s, w.text) for w in words]
    # The letters go where the writer expects the words of a segment; the tiers are then called what they hold.
    whole = Transcript("", "en", (*segments[:-1], segments[-1]._replace(words=tuple(letters))))
    written = to_textgrid(whole, duration_s=heard.duration_s)
    return written.replace('name = "words"', 'name = "letters"').replace('name = "segments"', 'name = "words"')


def srt(heard: Heard, aligned: Aligned) -> str:
    """SubRip subtitles."""
    words = [w._replace(text=" " + w.text) for w in spans(heard, aligned)[0]]
    segment = Segment(words[0].start_s, words[-1].end_s, "".join(w.text for w in words), words)
    return to_srt(Transcript.from_segments([segment], "en"))


def csv_text(heard: Heard, aligned: Aligned) -> str:
    """One row a word and a letter: tier, text, start_s, end_s, probability."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("tier", "text", "start_s", "end_s", "probability"))
    for tier, items in zip(("word", "letter"), spans(heard, aligned), strict=True):
        writer.writerows((tier, cell(w.text), f"{w.start_s:.3f}", f"{w.end_s:.3f}", f"{w.prob:.4f}") for w in items)
    return out.getvalue()


def json_text(heard: Heard, aligned: Aligned) -> str:
    """Words with their letters, the scores and what made them."""

    def plain(w: Word) -> dict:
        return {"text": w.text, "start_s": round(w.start_s, 3), "end_s": round(w.end_s, 3), "prob": round(w.prob, 4)}

    words, letters = spans(heard, aligned)
    about = {
        "model": heard.model,
        "frame_s": heard.frame_s,
        "duration_s": round(heard.duration_s, 3),
        "text": aligned.text,
        "typed": aligned.own_words,
        "log_likelihood": round(aligned.trellis.log_likelihood, 4) if aligned.trellis else None,
        "best_path_log_prob": round(aligned.path_score, 4),
    }
    return json.dumps({**about, "words": [plain(w) for w in words], "letters": [plain(w) for w in letters]}, indent=1)


FORMATS = (
    ("TextGrid", textgrid, "text/plain", "for Praat: tiers of words and letters"),
    ("csv", csv_text, "text/csv", "one row a word and a letter"),
    ("json", json_text, "application/json", "everything, with the scores"),
    ("srt", srt, "application/x-subrip", "subtitles"),
)


MOST_PLAIN = 300_000  # characters of links that travel as they are; more are packed
# Packed files are inflated in the browser when they are clicked.
JS = """
element.addEventListener('click', async (event) => {
  const link = event.target.closest('a[data-packed]');
  if (!link) return;
  event.preventDefault();
  const bytes = Uint8Array.from(atob(link.dataset.packed), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  const file = new Blob([await new Response(stream).arrayBuffer()], { type: link.dataset.mime });
  const save = Object.assign(document.createElement('a'), { href: URL.createObjectURL(file), download: link.download });
  save.click();
  setTimeout(() => URL.revokeObjectURL(save.href), 1000);
});
"""


def links(heard: Heard, aligned: Aligned | None) -> str:
    """Return the row of download links as HTML, empty where there is no alignment."""
    if aligned is None:
        return ""
    stem = "".join(c if c.isalnum() else "-" for c in heard.title.lower()).strip("-") or "sound"
    texts = [write(heard, aligned) for _, write, _, _ in FORMATS]
    packed = sum(map(len, texts)) > MOST_PLAIN
    made = "".join(
        f'<a class="lab-file" download="{stem}.{kind}" title="{what}" {_target(text, mime, packed)}>'
        f"{kind.upper() if len(kind) < 5 else kind}</a>"
        for (kind, _, mime, what), text in zip(FORMATS, texts, strict=True)
    )
    return f'<div class="lab-files"><span>Save the alignment as</span>{made}</div>'


def _target(text: str, mime: str, packed: bool) -> str:
    if not packed:
        return f'href="data:{mime};charset=utf-8,{quote(text)}"'
    deflated = base64.b64encode(zlib.compress(text.encode(), 9)).decode()
    return f'href="#" data-mime="{mime}" data-packed="{deflated}"'
