"""What several tests of the decoder use."""

from __future__ import annotations

import pytest

from tests.helpers.small_whisper import VOCAB


@pytest.fixture(scope="module")
def tiny():
    """A network with random weights and what it heard."""
    import torch

    from algorithms.whisper.net import WhisperNet

    torch.manual_seed(5)
    net = WhisperNet(80, 64, 1, 1, VOCAB).eval().requires_grad_(False)
    net.decoder.embed_tokens.weight.mul_(0.35)
    return net, net.cross_keys_values(net.encode(torch.randn(80, 3000)))
