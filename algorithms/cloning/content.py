"""What is said, frame by frame, with little of who says it: the first layers of Whisper's encoder.

Radford et al. 2022, section 2.2. The lower layers still follow the sound closely and already group sounds of one phone
from many people, because recognising words asks for that. Whisper gives a row each 20 ms; read twice, the second
time half a row later, it gives one each 10 ms.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from algorithms.ctc.net import MAX_FRAMES, EncoderLayer, log_mel
from algorithms.whisper.net import computing

SAMPLE_RATE = 16_000  # Hz
FRAME_S = 0.010
HOP = 160  # samples from one row to the next
WINDOW, CONTEXT = 1000, 100  # rows of 20 ms that are read at once, and those beside them that are read along


class ContentNet(nn.Module):
    """Whisper's convolutions and its first transformer layers.

    Parameters
    ----------
    layers : int
        How many; the last one's output is the content.
    """

    def __init__(self, layers: int = 2, width: int = 384, heads: int = 6) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(80, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.register_buffer("positions", torch.zeros(MAX_FRAMES, width))
        self.layers = nn.ModuleList(EncoderLayer(width, heads) for _ in range(layers))

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        """Map Whisper's log-mel [batch, 80, 2 T] to content [batch, T, width], 20 ms a row; T at most 1500."""
        x = F.gelu(self.conv1(mel))
        x = F.gelu(self.conv2(x)).transpose(1, 2)
        x = x + self.positions[: x.shape[1]]
        for layer in self.layers:
            x = layer(x, None)
        return x


def _rows(net: ContentNet, y: torch.Tensor, count: int) -> np.ndarray:
    """Content of a sound every 20 ms, row i centred on sample 320 i: float32 [count, width]."""
    y = F.pad(y, (0, max(2, count) * 2 * HOP - len(y)))
    found = []
    for start in range(0, count, WINDOW):
        first, last = max(0, start - CONTEXT), min(count, start + WINDOW + CONTEXT)
        piece = log_mel(y[first * 2 * HOP : max(last, first + 2) * 2 * HOP])
        found.append(net(piece[None])[0, start - first : min(start + WINDOW, count) - first].numpy())
    return np.concatenate(found)


def content(net: ContentNet, y: np.ndarray) -> np.ndarray:
    """Content of a sound [n] at 16 kHz: float32 [2 ceil(n / 320), width]; row i is centred on sample 160 i."""
    sound = torch.from_numpy(np.asarray(y, np.float32))
    count = -(-len(sound) // (2 * HOP))
    with computing():
        even, odd = _rows(net, sound, count), _rows(net, sound[HOP:], count)
    return np.stack([even, odd], 1).reshape(2 * count, -1)
