"""The sizes of the network. The paper's are named beside; `reduction` is Tacotron 1's (Wang et al. 2017)."""

from __future__ import annotations

from dataclasses import dataclass

from .tokens import SYMBOLS


@dataclass(frozen=True, kw_only=True)
class TacotronShape:
    """Sizes."""

    symbols: int = len(SYMBOLS)
    encoder: int = 192  # channels of the embedding, the three convolutions and the BLSTM's two halves (paper: 512)
    encoder_kernel: int = 5
    attention: int = 96  # in which query, memory and location are added (128)
    location_filters: int = 16  # (32)
    location_kernel: int = 21  # tokens (31)
    prenet: int = 128  # (256)
    decoder: int = 256  # of both LSTMs (1024)
    reduction: int = 4  # frames a step (1)
    postnet: int = 96  # channels of its five convolutions (512)
    postnet_kernel: int = 5
    mels: int = 80
    blind: float = 0.4  # share of steps that are not told their last frame in training, so that they use the text
    dropout: float = 0.5  # of prenet, at inference too, and of the convolutions, in training only
