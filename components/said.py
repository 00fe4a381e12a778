"""Which words an example clip says, and when: what stands under its pictures."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from algorithms.sound.clips import clip

PRECOMPUTED = Path(__file__).parent.parent / "assets" / "precomputed"
MODELS = ("base", "tiny.en")  # whose word times are taken, the first that heard exactly what is said


class Said(NamedTuple):
    """A word and the seconds of the sound in which it is said."""

    word: str
    start_s: float
    end_s: float


@lru_cache(maxsize=32)
def words_of(clip_id: str) -> tuple[Said, ...]:
    """Return a clip's words in order; () where its text or the times of its words are not known.

    The times are those of Whisper (``python -m spaces.whisper.precompute``), if it heard every letter of the text.
    """
    try:
        text = clip(clip_id).text
    except ValueError:
        return ()
    for model in MODELS if text else ():
        path = PRECOMPUTED / f"whisper-{clip_id}-{model}.json"
        if not path.is_file():
            continue
        heard = json.loads(path.read_text(encoding="utf-8"))
        if _letters(heard["text"]) == _letters(text):
            return tuple(
                Said(word["word"].strip(), word["start"], word["end"])
                for segment in heard["segments"]
                for word in segment["words"]
            )
    return ()


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
