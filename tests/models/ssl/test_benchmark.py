"""The benchmark takes any model of transformers: a tiny checkpoint made here stands for those of the hub."""

from __future__ import annotations

import numpy as np
import pytest

from algorithms.ssl.shape import SslShape, frames_of
from benchmarks.ssl import of_hub
from models import torchaudio_guard


@pytest.mark.parametrize("kind", ["Wav2Vec2", "Hubert"])
def test_layers_of_a_checkpoint_of_transformers(tmp_path, kind):
    torchaudio_guard.install()  # transformers imports torchaudio
    import transformers

    config = getattr(transformers, f"{kind}Config")(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
        conv_dim=(8,) * 7,
        num_conv_pos_embeddings=8,
        num_conv_pos_embedding_groups=2,
    )
    getattr(transformers, f"{kind}Model")(config).save_pretrained(tmp_path / "tiny")
    layers = of_hub(str(tmp_path / "tiny"))
    assert list(layers) == ["tiny: layer 0", "tiny: layer 1", "tiny: layer 2"]
    y = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    for layer in layers.values():
        assert layer(y).shape == (frames_of(len(y), SslShape()), 16)
