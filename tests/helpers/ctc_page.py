"""What the tests of the CTC page share: its frame, its state, a small hub model that they make themselves."""

from __future__ import annotations

import json
from pathlib import Path

import gradio as gr
import numpy as np

from components.state_links import StateLinks
from spaces.ctc import SPACE
from spaces.ctc import view as handlers

LETTERS = {"<pad>": 0, "<s>": 1, "</s>": 2, "<unk>": 3, "|": 4, **{c: i + 5 for i, c in enumerate("ETAOINSHRD'")}}
PHONEMES = {"<pad>": 0, "<s>": 1, "</s>": 2, "<unk>": 3, "n": 4, "s": 5, "ɑː": 6, "dʒ": 7, "d": 8, "ə": 9, "ʒ": 10}


def page_frame():
    """Return the page's frame, which holds its state, its outputs and its draw function."""
    with gr.Blocks() as demo:
        SPACE.build()
    return next(block for block in demo.blocks.values() if isinstance(block, StateLinks)).lesson


PAGE = page_frame()
USUAL = dict(PAGE.state.defaults)


def random_log_probs(n_frames: int, n_symbols: int, seed: int = 0) -> np.ndarray:
    """Return log probabilities [n_frames, n_symbols] whose rows sum to one."""
    return np.log(np.random.default_rng(seed).dirichlet(np.ones(n_symbols), n_frames))


def by_name(values) -> dict:
    """Return the drawn outputs by the title or label of their component."""
    assert len(values) == len(PAGE.outputs)
    return {
        getattr(c, "title", None) or getattr(c, "label", "") or str(i): v
        for i, (c, v) in enumerate(zip(PAGE.outputs, values, strict=True))
    }


def shared(values) -> handlers.Shared:
    """Return what stands beside the open part, by name."""
    return handlers.Shared(*values[: len(handlers.Shared._fields)])


def save_checkpoint(folder: Path, symbols: dict[str, int], *, sample_rate: int = 16000) -> Path:
    """Write a tiny wav2vec 2.0 with a CTC head as `save_pretrained` leaves it: random weights, frames of 20 ms."""
    from models import torchaudio_guard

    torchaudio_guard.install()
    import torch
    from transformers import Wav2Vec2Config, Wav2Vec2ForCTC

    torch.manual_seed(1)
    config = Wav2Vec2Config(
        vocab_size=len(symbols),
        pad_token_id=symbols["<pad>"],
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        conv_dim=(8, 8),
        conv_stride=(20, sample_rate // 1000),
        conv_kernel=(40, sample_rate // 500),
        num_feat_extract_layers=2,
        num_conv_pos_embeddings=4,
        num_conv_pos_embedding_groups=2,
        initializer_range=1.0,
    )
    Wav2Vec2ForCTC(config).eval().save_pretrained(folder)
    (folder / "vocab.json").write_text(json.dumps(symbols), encoding="utf-8")
    sound = {"sampling_rate": sample_rate, "do_normalize": True}
    (folder / "preprocessor_config.json").write_text(json.dumps(sound))
    return folder
