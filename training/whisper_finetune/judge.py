"""What a network makes of clips, and how wrong it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from algorithms.finetune.features import batch
from algorithms.finetune.run import Example, transcribed
from algorithms.text.wer import ErrorCounts, align, character_errors, count, normalize, word_errors


def rates(references: Sequence[str], hypotheses: Sequence[str]) -> dict[str, float]:
    """CER and WER over all clips together, normalised and as written; may exceed 1."""
    pairs = list(zip(references, hypotheses, strict=True))

    def pooled(found: list[ErrorCounts]) -> float:
        return round(sum(found, start=ErrorCounts(0, 0, 0, 0)).rate, 4)

    return {
        "cer": pooled([character_errors(r, h) for r, h in pairs]),
        "wer": pooled([word_errors(r, h) for r, h in pairs]),
        "cer_as_written": pooled([count(align(r, h)) for r, h in pairs]),
        "wer_as_written": pooled([count(align(r.split(), h.split())) for r, h in pairs]),
    }


def judged(network: Any, vocabulary: Any, examples: Sequence[Example], decode: Any, at_once: int = 16) -> dict:
    """Rates over the examples and each clip's text: {"cer", ..., "clips": [{"name", "said", "written", "cer"}]}."""
    written = transcribed(network, vocabulary, examples, decode, at_once=at_once)
    clips = []
    for one, text in zip(examples, written, strict=True):
        own = round(character_errors(one.text, text).rate, 4) if normalize(one.text) else None
        clips.append({"name": one.name, "speaker": one.speaker, "said": one.text, "written": text, "cer": own})
    return {**rates([e.text for e in examples], written), "clips": clips}


def in_full_windows(examples: Sequence[Example]) -> list[Example]:
    """The same examples followed by silence up to Whisper's own 30 s."""
    full = np.zeros((80, 3000), np.float32)
    return [replace(e, mel=batch([e.mel, full])[0], heard=None) for e in examples]
