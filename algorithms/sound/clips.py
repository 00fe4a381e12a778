"""The example sounds that ship with the app, as `assets/clips/clips.json` lists them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CLIPS_FOLDER = Path(__file__).resolve().parents[2] / "assets" / "clips"


@dataclass(frozen=True)
class Clip:
    """One example sound.

    Attributes
    ----------
    id : str
        Its name in URLs and code: "speech", "chirp", ...
    kind : str
        "sound", or "word" for the short words that only keyword spotting offers.
    path : Path
        The FLAC file.
    title : str
        What a menu shows.
    text : str
        The words that are spoken, "" where nobody speaks.
    language : str
        Whisper's code of the language ("en", "fr", ...), "" where nobody speaks.
    duration_s : float
        Seconds.
    sample_rate : int
        Hz.
    source, licence : str
        Where it comes from and under which terms; assets/CREDITS.md has the long form.
    what_to_listen_for : str
        One sentence for the page.
    """

    id: str
    kind: str
    path: Path
    title: str
    text: str
    language: str
    duration_s: float
    sample_rate: int
    source: str
    licence: str
    what_to_listen_for: str


@cache
def clips(kind: str = "sound") -> tuple[Clip, ...]:
    """The example sounds of a kind, in the order a menu shows them."""
    entries = json.loads((CLIPS_FOLDER / "clips.json").read_text(encoding="utf-8"))
    return tuple(Clip(path=CLIPS_FOLDER / entry.pop("file"), **entry) for entry in entries if entry["kind"] == kind)


def clip(clip_id: str) -> Clip:
    """The example sound of that id.

    Raises
    ------
    ValueError
        No clip has that id; the sentence lists those there are.
    """
    for candidate in (*clips(), *clips("word")):
        if candidate.id == clip_id:
            return candidate
    raise ValueError(f"There is no example clip '{clip_id}': choose one of {', '.join(c.id for c in clips())}.")
