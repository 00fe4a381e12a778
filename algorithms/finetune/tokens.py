"""Whisper's control tokens as fine-tuning needs them, and how long a text may get."""

from __future__ import annotations

from dataclasses import dataclass

MAX_TOKENS = 448  # of Whisper's decoder, prompt included
TOKENS_A_SECOND = 30  # more than anyone speaks, also where a letter is two tokens: who repeats itself is stopped there


@dataclass(frozen=True)
class Vocabulary:
    """The numbers of Whisper's control tokens that fine-tuning needs."""

    prompt: tuple[int, ...]  # start of transcript, language, task, no timestamps
    end: int
    suppressed: tuple[int, ...] = ()  # never written when decoding


def most_tokens(seconds: float) -> int:
    """How many tokens the text of a clip may get."""
    return min(round(20 + TOKENS_A_SECOND * seconds), MAX_TOKENS - 4)
