"""A small WaveNet (van den Oord et al. 2016): the next sample from the samples before it and from a mel spectrogram.

    samples so far -> 1x1 -> [dilated convolution -> tanh x sigmoid -> 1x1 -> +] x layers
                                     ^ mel                              |
                                                                        +-> sum -> ReLU, 1x1 -> ReLU, 1x1 -> 256 scores

A sample is one of 256 mu-law levels, and the network gives each of them a probability. Written for training, where all
samples are known and all predictions are made at once; `wavenet_sampling` generates.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from algorithms.signal.synthesis_mel import SYNTHESIS_MEL

from .wavenet_shape import WaveNetShape

MEL_MEAN, MEL_SPREAD = -5.0, 2.5  # brings a log mel of speech to about -2..2


class Layer(nn.Module):
    """One dilated causal convolution with its gate: z = tanh(W_f x + V_f h) sigmoid(W_g x + V_g h) (equation 3)."""

    def __init__(self, shape: WaveNetShape, dilation: int) -> None:
        super().__init__()
        self.past = (shape.kernel - 1) * dilation
        self.dilated = nn.Conv1d(shape.residual, 2 * shape.residual, shape.kernel, dilation=dilation)
        self.mel = nn.Conv1d(shape.condition, 2 * shape.residual, 1, bias=False)
        self.out = nn.Conv1d(shape.residual, shape.residual + shape.skip, 1)

    def forward(self, x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        """Take x [B, residual, n] and h [B, condition, n]; return the next layer's x and a skip [B, skip, n]."""
        # padding on the left alone: output n has seen inputs up to n and none later
        filtered, gate = (self.dilated(F.pad(x, (self.past, 0))) + self.mel(h)).chunk(2, 1)
        out = self.out(torch.tanh(filtered) * torch.sigmoid(gate))
        return x + out[:, : x.shape[1]], out[:, x.shape[1] :]


class WaveNet(nn.Module):
    """The whole network; its parameters are random until weights are loaded."""

    def __init__(self, shape: WaveNetShape | None = None) -> None:
        super().__init__()
        self.shape = shape = shape or WaveNetShape()
        self.mel = nn.Sequential(
            nn.Conv1d(SYNTHESIS_MEL.n_mels, 64, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv1d(64, shape.condition, 3, padding=1),
        )
        self.enter = nn.Conv1d(1, shape.residual, 1)
        self.layers = nn.ModuleList(Layer(shape, dilation) for dilation in shape.dilations)
        self.head = nn.Sequential(
            nn.ReLU(), nn.Conv1d(shape.skip, shape.skip, 1), nn.ReLU(), nn.Conv1d(shape.skip, shape.levels, 1)
        )

    def condition(self, mel: Tensor, first: Tensor, n: int) -> Tensor:
        """The mel at every sample: its two convolutions, then straight lines between the frames.

        Parameters
        ----------
        mel : [B, 80, T], natural log, as `synthesis_mel` gives it
        first : int64 [B], the number of the first sample wanted, counted from frame 0's centre
        n : samples wanted

        Returns
        -------
        [B, condition, n]
        """
        h = self.mel((mel - MEL_MEAN) / MEL_SPREAD)
        frames_a_sample = SYNTHESIS_MEL.sample_rate / SYNTHESIS_MEL.hop_length / self.shape.sample_rate
        at = (first[:, None] + torch.arange(n, device=h.device)).double() * frames_a_sample  # [B, n]
        at = at.clamp(0, h.shape[2] - 1)
        before = at.floor().long().clamp(max=max(h.shape[2] - 2, 0))
        part = (at - before)[:, None].to(h.dtype)
        take = before[:, None].expand(-1, h.shape[1], -1)
        after = (take + 1).clamp(max=h.shape[2] - 1)
        return torch.lerp(h.gather(2, take), h.gather(2, after), part)

    def forward(self, past: Tensor, h: Tensor) -> Tensor:
        """Scores of every level for every next sample.

        Parameters
        ----------
        past : float [B, n], samples as mu-law values in [-1, 1]; past[:, k] is the sample *before* the one predicted
        h : [B, condition, n], the mel at the samples predicted

        Returns
        -------
        [B, levels, n], scores (logits)
        """
        x, total = self.enter(past[:, None]), 0
        for layer in self.layers:
            x, skip = layer(x, h)
            total = total + skip
        return self.head(total)
