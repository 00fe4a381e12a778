"""What is done to a text before its words are counted: nothing, the usual, or Whisper's English normaliser."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from algorithms.text.letters import folded
from algorithms.text.wer import normalize

LEVELS = {"none": "Off", "basic": "Basic", "english": "Whisper’s English"}
Steps = list[tuple[str, str]]  # (what was done, the text after it)


@lru_cache(maxsize=1)
def _english() -> Any:
    """Whisper's `EnglishTextNormalizer` as transformers carries it, without its table of British spellings.

    transformers keeps that table with each model's tokenizer, not in its code; "colour" and "color" stay different.
    """
    from transformers.models.whisper.english_normalizer import EnglishTextNormalizer

    return EnglishTextNormalizer({})


def normalise(text: str, level: str) -> str:
    """Return a text as it is compared.

    Parameters
    ----------
    text
        As written or recognised.
    level
        A key of `LEVELS`: "none" only tidies spaces, "basic" is `algorithms.text.wer.normalize`, "english" is the
        normaliser of Radford et al. 2022, Appendix C.
    """
    if level == "english":
        return _english()(text).strip()
    return normalize(text) if level == "basic" else " ".join(text.split())


def steps(text: str, level: str) -> Steps:
    """Return the text after every step; the last one is what `normalise` returns."""
    done: Steps = [("as written", " ".join(text.split()))]
    if level == "none":
        return done
    lower = folded(text, "NFKC").lower() if level == "basic" else text.lower()
    done.append(("lower case", lower))
    bare = re.sub(r"[<\[][^>\]]*[>\]]|\([^)]*\)", " ", lower)
    done.append(("asides in brackets dropped", bare))
    if level == "basic":
        return [*done, ("punctuation to spaces, inner apostrophes kept", normalize(text))]
    english = _english()
    spoken = re.sub(r"\s+'", "'", re.sub(english.ignore_patterns, "", bare))
    done.append(("hesitations dropped (um, uh, hmm)", spoken))
    for pattern, replacement in english.replacers.items():
        spoken = re.sub(pattern, replacement, spoken)
    done.append(("contractions and titles written out", spoken))
    done.append(("punctuation dropped, numbers as digits", normalise(text, level)))
    return [(what, " ".join(after.split())) for what, after in done]
