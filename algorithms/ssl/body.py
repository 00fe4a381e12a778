"""The body that both networks share: seven convolutions on the waveform, then a small Transformer.

Sources: Baevski et al. 2020, section 2 and figure 1; Hsu et al. 2021, section III-C. As there, positions come from a
convolution over the frames, and a masked frame is replaced by one learned vector *after* the convolutions: what hides
it is not silence but "something was here".
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .shape import SslShape


class FrontEnd(nn.Module):
    """Waveform [B, n] to one vector every 20 ms [B, T, C]."""

    def __init__(self, shape: SslShape) -> None:
        super().__init__()
        into = (1, *shape.channels[:-1])
        self.convs = nn.ModuleList(
            nn.Conv1d(i, o, k, s) for i, o, k, s in zip(into, shape.channels, shape.kernels, shape.strides, strict=True)
        )
        for conv in self.convs:  # no signal is lost on the way through seven layers, and no bias outshouts it
            nn.init.kaiming_normal_(conv.weight)
            nn.init.zeros_(conv.bias)
        self.norms = nn.ModuleList(
            nn.LayerNorm(c) if layer >= shape.normed_from else nn.Identity() for layer, c in enumerate(shape.channels)
        )

    def forward(self, y: Tensor, layers: int | None = None) -> Tensor:
        """Return [B, T, channels] of the last layer, or after the first few `layers`, for sounds [B, n]."""
        x = y[:, None]  # [B, 1, n]
        for conv, norm in list(zip(self.convs, self.norms, strict=True))[:layers]:
            x = conv(x)
            if isinstance(norm, nn.LayerNorm):
                x = norm(x.transpose(1, 2)).transpose(1, 2)  # over the channels of each frame
            x = F.gelu(x)
        return x.transpose(1, 2)


class Layer(nn.Module):
    """One Transformer layer with the norms first: x + attention(norm(x)), then x + feed-forward(norm(x))."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Frames [B, T, width] to frames [B, T, width]."""
        batch, frames, width = x.shape
        split = self.qkv(self.norm_1(x)).view(batch, frames, 3, self.heads, width // self.heads)
        q, k, v = split.permute(2, 0, 3, 1, 4)  # each [B, heads, T, width / heads]
        seen = F.scaled_dot_product_attention(q, k, v)  # every frame sees every frame
        x = x + self.out(seen.transpose(1, 2).reshape(batch, frames, width))
        return x + self.down(F.gelu(self.up(self.norm_2(x))))


class Body(nn.Module):
    """Front end, mask, positions and Transformer.

    `frames` gives what the convolutions heard, `layers` what the Transformer makes of it; a game adds its own head.
    """

    def __init__(self, shape: SslShape) -> None:
        super().__init__()
        self.shape = shape
        self.front = FrontEnd(shape)
        self.front_norm = nn.LayerNorm(shape.channels[-1])
        self.project = nn.Linear(shape.channels[-1], shape.width)
        self.masked = nn.Parameter(0.1 * torch.randn(shape.width))
        self.position = nn.Conv1d(
            shape.width, shape.width, shape.positions, padding=shape.positions // 2, groups=shape.position_groups
        )
        self.stack = nn.ModuleList(Layer(shape.width, shape.heads) for _ in range(shape.layers))
        self.last_norm = nn.LayerNorm(shape.width)

    def frames(self, y: Tensor) -> Tensor:
        """Waveform [B, n], mean 0 and variance 1, to the normed output of the convolutions [B, T, C]."""
        return self.front_norm(self.front(y))

    def layers(self, frames: Tensor, mask: Tensor | None = None) -> list[Tensor]:
        """Frames [B, T, C] to what enters the Transformer and each layer's output: layers + 1 times [B, T, width].

        Where `mask` (bool [B, T]) is true, the frame is replaced by the learned vector `masked` first.
        """
        x = self.project(frames)
        if mask is not None:
            x = torch.where(mask[..., None], self.masked, x)
        x = x + F.gelu(self.position(x.transpose(1, 2)).transpose(1, 2))
        found = [x]
        for layer in self.stack:
            x = layer(x)
            found.append(x)
        return found

    def forward(self, y: Tensor, mask: Tensor | None = None) -> Tensor:
        """Waveform [B, n] to the normed last layer [B, T, width]."""
        return self.last_norm(self.layers(self.frames(y), mask)[-1])
