"""HiFi-GAN's generator (Kong et al. 2020, section 2.2): a mel spectrogram becomes a waveform, all samples at once.

    mel -> convolution -> [transposed convolution -> mean of residual blocks] x stages -> convolution -> tanh

A leaky ReLU stands before every convolution but the first. `hifigan_shape` has the sizes and counts what they cost.
The weights are random until some are loaded.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .hifigan_shape import V3, GeneratorShape

SLOPE = 0.1  # of the leaky ReLUs
LAST_SLOPE = 0.01  # of the one before the last convolution: the paper's code takes PyTorch's default there


class ResidualBlock(nn.Module):
    """Dilated convolutions that each add to what they got: together they see far with small kernels."""

    def __init__(self, channels: int, kernel: int, dilations: tuple[int, ...], pairs: bool) -> None:
        super().__init__()
        self.dilated = nn.ModuleList(
            nn.Conv1d(channels, channels, kernel, dilation=d, padding="same") for d in dilations
        )
        self.plain = nn.ModuleList(nn.Conv1d(channels, channels, kernel, padding="same") for _ in dilations if pairs)

    def forward(self, x: Tensor) -> Tensor:
        """Take and return [B, channels, n]."""
        for i, dilated in enumerate(self.dilated):
            y = dilated(F.leaky_relu(x, SLOPE))
            if self.plain:
                y = self.plain[i](F.leaky_relu(y, SLOPE))
            x = x + y
        return x


class Generator(nn.Module):
    """The whole generator.

    Parameters
    ----------
    shape : GeneratorShape
        Every kernel minus its stride must be even, as in the paper's, so that the output is `rate` times as long.
    """

    def __init__(self, shape: GeneratorShape = V3) -> None:
        super().__init__()
        self.shape = shape
        self.first = nn.Conv1d(shape.in_channels, shape.channels, shape.edge_kernel, padding="same")
        self.ups, self.fusions = nn.ModuleList(), nn.ModuleList()
        channels = shape.channels
        for rate, kernel in zip(shape.rates, shape.kernels, strict=True):
            pad = (kernel - rate) // 2
            self.ups.append(nn.ConvTranspose1d(channels, channels // 2, kernel, rate, padding=pad))
            channels //= 2
            blocks = zip(shape.block_kernels, shape.dilations, strict=True)
            self.fusions.append(nn.ModuleList(ResidualBlock(channels, k, ds, shape.pairs) for k, ds in blocks))
        self.last = nn.Conv1d(channels, 1, shape.edge_kernel, padding="same", bias=shape.last_bias)

    def before_tanh(self, mel: Tensor) -> Tensor:
        """Return the waveform before it is bent into [-1, 1], [B, 1, n]."""
        x = self.first(mel)
        for up, blocks in zip(self.ups, self.fusions, strict=True):
            x = up(F.leaky_relu(x, SLOPE))
            x = torch.stack([block(x) for block in blocks]).mean(0)  # multi-receptive-field fusion
        return self.last(F.leaky_relu(x, LAST_SLOPE))

    def forward(self, mel: Tensor) -> Tensor:
        """Take mel [B, in_channels, T], return a waveform [B, 1, T * product of rates]."""
        return torch.tanh(self.before_tanh(mel))
