"""What the tests of the CTC page share: its wiring, its state, a small hub model that they make themselves."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np

from components.lesson import On, Visit
from spaces.ctc import SPACE
from spaces.ctc.page import LESSON

LETTERS = {"<pad>": 0, "<s>": 1, "</s>": 2, "<unk>": 3, "|": 4, **{c: i + 5 for i, c in enumerate("ETAOINSHRD'")}}
PHONEMES = {"<pad>": 0, "<s>": 1, "</s>": 2, "<unk>": 3, "n": 4, "s": 5, "ɑː": 6, "dʒ": 7, "d": 8, "ə": 9, "ʒ": 10}


with gr.Blocks():
    PAGE = LESSON.build(SPACE)  # the page's wiring, which holds its state and its components
USUAL = dict(PAGE.state.defaults)


def random_log_probs(n_frames: int, n_symbols: int, seed: int = 0) -> np.ndarray:
    """Return log probabilities [n_frames, n_symbols] whose rows sum to one."""
    return np.log(np.random.default_rng(seed).dirichlet(np.ones(n_symbols), n_frames))


def visit_of(own: Any = None, *, zoom: Any = None, history: Any = None, moved: str = "", **fields: Any) -> Visit:
    """Return the visit of a page at its defaults except for what is given."""
    return PAGE.default_visit(own=own, kept={"zoom": zoom, "history": history}, moved=moved, **fields)


def drawn(own: Any = None, **given: Any) -> dict[str, Any]:
    """Return what such a visit draws, by name; every name is a component's."""
    values = LESSON.drawn(visit_of(own, **given))
    PAGE.named(values)
    return values


def after(on: On, visit: Visit, **event: Any) -> dict[str, Any]:
    """Return what an event leaves on the page, by name."""
    visit.event = SimpleNamespace(**event)
    values: dict[str, Any] = {}
    for step in PAGE.happened(on, visit):
        values |= step
    PAGE.named(values)
    return values


def event_of(part: str, component: str, event: str = "") -> On:
    """Return a part's event, or with "" as the part a shared one, by its component and the event's name."""
    ons = LESSON.by_slug[part].on if part else LESSON.on
    return next(on for on in ons if on.component == component and event in ("", on.event))


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
