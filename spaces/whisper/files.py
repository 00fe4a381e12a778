"""A transcript as files to save."""

from __future__ import annotations

from algorithms.text.subtitles import to_json, to_srt, to_textgrid, to_txt, to_vtt
from components import downloads
from models.whisper.result import Result, about

FORMATS = (
    ("srt", "SRT", "subtitles"),
    ("vtt", "VTT", "subtitles with a time for each word"),
    ("txt", "TXT", "plain text"),
    ("json", "JSON", "everything, with word times and probabilities"),
    ("TextGrid", "TextGrid", "words and segments as tiers, for Praat"),
)


def write(result: Result) -> str:
    """Write the five files into a folder of this visitor's own and return it."""
    texts = {
        "srt": to_srt(result.transcript),
        "vtt": to_vtt(result.transcript, karaoke=True),
        "txt": to_txt(result.transcript),
        "json": to_json(result.transcript, **about(result)),
        "TextGrid": to_textgrid(result.transcript, duration_s=result.duration_s),
    }
    return downloads.write("transcript", file_stem(result.title), texts)


def links(result: Result | None) -> str:
    """Return the row of download links; without a transcript they lead nowhere and say so."""
    if result is None or not result.transcript.segments:
        return downloads.links(FORMATS, "", "")
    return downloads.links(FORMATS, result.folder, file_stem(result.title))


def forget(result: Result | None) -> None:
    """Delete a visitor's downloads; Gradio calls this when the session ends or the result is an hour old."""
    if result is not None:
        downloads.delete(result.folder)


def file_stem(title: str) -> str:
    """Return a file name for a sound's title."""
    stem = "".join(c if c.isalnum() else "-" for c in title.rsplit(".", 1)[0].lower())
    return "-".join(part for part in stem.split("-") if part)[:60] or "transcript"
