"""The sizes of a Conv-TasNet (Luo & Mesgarani 2019)."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Shape:
    """The paper's letters are in brackets."""

    n_src: int = 2  # (C) voices
    n_filters: int = 256  # (N) of the encoder, and of the decoder
    kernel_size: int = 40  # (L) samples of a filter
    stride: int = 20  # samples between frames
    bn_chan: int = 128  # (B) channels between the blocks
    hid_chan: int = 256  # (H) channels inside a block
    conv_kernel_size: int = 3  # (P) frames that a block's convolution looks at
    n_blocks: int = 7  # (X) blocks with dilations 1, 2, 4, ...
    n_repeats: int = 2  # (R) times that the dilations begin again
    sample_rate: int = 8000  # Hz

    def names(self) -> dict[str, int]:
        """As a dictionary."""
        return asdict(self)
