"""A configuration that asks for gigabytes: refused before memory is taken, whatever else is in the folder."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import save_file

import models
from models import ModelUnavailable

HUGE = {
    "Transcriber": {
        "model_type": "whisper",
        "encoder_layers": 64,
        "encoder_attention_heads": 64,
        "decoder_attention_heads": 64,
        "decoder_layers": 64,
        "d_model": 4096,
        "encoder_ffn_dim": 16384,
        "decoder_ffn_dim": 16384,
    },
    "CtcModel": {
        "model_type": "wav2vec2",
        "num_hidden_layers": 64,
        "hidden_size": 4096,
        "num_attention_heads": 64,
        "intermediate_size": 16384,
    },
}


def folder(path, config: object):
    (path / "config.json").write_text(json.dumps(config))
    for name in ("tokenizer.json", "vocab.json"):
        (path / name).write_text(json.dumps({"a": 0}))
    (path / "preprocessor_config.json").write_text("{}")
    save_file({"a": np.zeros(3, np.float32)}, path / "model.safetensors")
    return path


@pytest.mark.parametrize("task", HUGE)
def test_more_weights_than_the_file_holds(task, tmp_path):
    resource = pytest.importorskip("resource")  # not on Windows
    spec = models.resolve(str(folder(tmp_path, HUGE[task])), task)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ModelUnavailable, match=r"asks for \d{4,5} million weights, and its files hold 0\.0 million\."):
        models.get(spec)
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000
    assert grown_mb < 1000, "importing transformers takes some hundreds; the model would take 50 GB"


@pytest.mark.parametrize("task", HUGE)
@pytest.mark.parametrize(
    "change",
    [
        {"encoder_layers": 10**9, "num_hidden_layers": 10**9},
        {"vocab_size": 10**12},
        {"hidden_size": -4, "d_model": -4},
        {"hidden_size": "64", "d_model": "many"},
        {"encoder_attention_heads": 0, "num_attention_heads": 0},
        {"conv_dim": [10**9], "decoder_layers": [3]},
    ],
    ids=str,
)
def test_configurations_out_of_all_proportion(task, change, tmp_path):
    spec = models.resolve(str(folder(tmp_path, {**HUGE[task], **change})), task)
    with pytest.raises(ModelUnavailable, match=r"\.$"):
        models.get(spec)


def test_weights_that_are_loaded_wider_than_they_lie_in_the_file(tmp_path, monkeypatch):
    """A file in half precision whose configuration asks for double precision takes four times the memory."""
    import torch
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    monkeypatch.setenv("SPEECH_LAB_MODEL_MB", "100")
    small = {
        "encoder_layers": 1,
        "decoder_layers": 1,
        "d_model": 64,
        "encoder_attention_heads": 1,
        "decoder_attention_heads": 1,
        "vocab_size": 200_000,
        "pad_token_id": 0,
    }
    small |= {"bos_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 3, "model_type": "whisper"}
    with torch.device("meta"):
        wanted = WhisperForConditionalGeneration(WhisperConfig(**small))
    count = sum(weights.numel() for weights in wanted.parameters())
    assert 2 * count < 50e6 < 100e6 < 8 * count, "half precision fits twice, double precision does not"
    folder(tmp_path, small | {"dtype": "float64"})
    save_file({"a": np.zeros(count, np.float16)}, tmp_path / "model.safetensors")
    with pytest.raises(ModelUnavailable, match=r"would take 1\d\d MB of memory, and models may take 100 MB"):
        models.get(models.resolve(str(tmp_path), "Transcriber"))


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", "1", '"a"', "{", '{"model_type": {"a": []}}'])
@pytest.mark.parametrize("task", HUGE)
def test_configurations_that_are_none(task, text, tmp_path):
    folder(tmp_path, {})
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ModelUnavailable, match=r"\.$"):
        models.get(models.resolve(str(tmp_path), task))
