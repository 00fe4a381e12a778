"""Conv-TasNet (Luo & Mesgarani 2019), written to be read; its weights have the names that asteroid's have.

    sound -> encoder -> [how loud each filter is in each frame] -> separator -> a mask for each voice
                                      |                                            |
                                      +------------------- times -----------------+-> decoder -> the voices

There is no Fourier transform: the encoder's filters are learned, a few milliseconds long and real, and the decoder adds
up its own learned filters. So a mask acts on magnitude and phase alike.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .shape import Shape


class GlobalNorm(nn.Module):
    """gLN: all values of a mixture get mean 0 and variance 1 together, then each channel its own gain and offset."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels))
        self.beta = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """[batch, channels, frames] -> the same shape."""
        mean = x.mean((1, 2), keepdim=True)
        variance = x.var((1, 2), keepdim=True, unbiased=False)
        return self.gamma[:, None] * (x - mean) / (variance + 1e-8).sqrt() + self.beta[:, None]


class Block(nn.Module):
    """Widen, look at three frames that lie `dilation` apart (each channel for itself), narrow, add to what came in."""

    def __init__(self, shape: Shape, dilation: int) -> None:
        super().__init__()
        inside, between = shape.hid_chan, shape.bn_chan
        reach = (shape.conv_kernel_size - 1) * dilation
        self.shared_block = nn.Sequential(
            nn.Conv1d(between, inside, 1),
            nn.PReLU(),
            GlobalNorm(inside),
            nn.Conv1d(inside, inside, shape.conv_kernel_size, padding=reach // 2, dilation=dilation, groups=inside),
            nn.PReLU(),
            GlobalNorm(inside),
        )
        self.res_conv = nn.Conv1d(inside, between, 1)

    def forward(self, x: Tensor) -> Tensor:
        """[batch, B, frames] -> the same shape."""
        return x + self.res_conv(self.shared_block(x))


class Separator(nn.Module):
    """From the encoder's frames to one mask for each voice."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.bottleneck = nn.Sequential(GlobalNorm(shape.n_filters), nn.Conv1d(shape.n_filters, shape.bn_chan, 1))
        dilations = [2**x for _ in range(shape.n_repeats) for x in range(shape.n_blocks)]
        self.TCN = nn.ModuleList(Block(shape, dilation) for dilation in dilations)
        self.mask_net = nn.Sequential(nn.PReLU(), nn.Conv1d(shape.bn_chan, shape.n_src * shape.n_filters, 1))

    def forward(self, frames: Tensor) -> Tensor:
        """[batch, N, frames] -> [batch, C, N, frames], 0 to 1."""
        x = self.bottleneck(frames)
        for block in self.TCN:
            x = block(x)
        scores = self.mask_net(x)
        return torch.sigmoid(scores).unflatten(1, (self.shape.n_src, self.shape.n_filters))


class Filters(nn.Module):
    """The learned filters of the encoder or decoder, [N, 1, L]."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self._filters = nn.Parameter(torch.empty(shape.n_filters, 1, shape.kernel_size))
        nn.init.xavier_normal_(self._filters)


class Bank(nn.Module):
    """Holds `Filters` under the name that asteroid gives them."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.filterbank = Filters(shape)


class ConvTasNet(nn.Module):
    """Two voices (or C) out of one sound."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.encoder, self.masker, self.decoder = Bank(shape), Separator(shape), Bank(shape)

    def encode(self, y: Tensor) -> Tensor:
        """[batch, samples] -> [batch, N, frames]: how well each filter fits each frame; what is negative becomes 0."""
        filters = self.encoder.filterbank._filters
        return F.relu(F.conv1d(y[:, None], filters, stride=self.shape.stride))

    def decode(self, frames: Tensor) -> Tensor:
        """[batch, N, frames] -> [batch, samples]: every frame adds its filters where it lies."""
        filters = self.decoder.filterbank._filters
        return F.conv_transpose1d(frames, filters, stride=self.shape.stride)[:, 0]

    def forward(self, y: Tensor) -> Tensor:
        """[batch, samples] -> [batch, C, samples]."""
        frames = self.encode(y)
        masks = self.masker(frames)
        voices = torch.stack([self.decode(masks[:, c] * frames) for c in range(self.shape.n_src)], dim=1)
        return F.pad(voices, (0, y.shape[-1] - voices.shape[-1]))  # the last samples that fill no frame stay silent
