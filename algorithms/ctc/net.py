"""A character CTC network on the Whisper audio encoder, in plain PyTorch.

The encoder is the one of Radford et al., *Robust Speech Recognition via Large-Scale Weak Supervision* (2022): two
convolutions turn a log-mel spectrogram at 100 frames a second into 50, and transformer layers with sinusoidal positions
mix them. Whisper pads every clip to 30 s; here a clip keeps its own length, which costs less and changes little.
On top stand a few more layers of the same kind and one linear layer that scores the blank and the characters.
"""

from functools import lru_cache

import torch
from torch import nn
from torch.nn import functional as F

from algorithms.signal.feature_config import FeatureConfig
from algorithms.signal.mel import mel_filterbank

BLANK = "-"
VOCAB = (BLANK, " ", "'", *"abcdefghijklmnopqrstuvwxyz")
MAX_FRAMES = 1500  # Whisper's table of positions ends after 30 s of 20 ms frames


@lru_cache(maxsize=1)
def _filters() -> torch.Tensor:
    config = FeatureConfig(sample_rate=16000, n_fft=400, n_mels=80)
    return torch.tensor(mel_filterbank(config))  # [80, 201]


def log_mel(y: torch.Tensor) -> torch.Tensor:
    """Whisper's log-mel spectrogram (`openai/whisper`, `audio.py`), without padding to 30 s.

    Parameters
    ----------
    y : float32 [..., n], 16 kHz, n > 200

    Returns
    -------
    float32 [..., 80, 2 * (n // 320)], about -1 to 1: log10 power floored at 8 decades under the clip's loudest value
    """
    y = y[..., : y.shape[-1] // 320 * 320]  # an even number of 10 ms columns, so that 20 ms frames come out whole
    window = torch.hann_window(400, device=y.device)
    spectrum = torch.stft(y, 400, 160, window=window, return_complex=True)
    power = spectrum[..., :-1].abs() ** 2
    log = (_filters().to(y.device) @ power).clamp(min=1e-10).log10()
    log = torch.maximum(log, log.amax((-2, -1), keepdim=True) - 8.0)
    return (log + 4.0) / 4.0


class EncoderLayer(nn.Module):
    """One pre-norm transformer layer: x + attention(norm(x)), then x + mlp(norm(x))."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.mlp_norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor, keep: torch.Tensor | None, dropout: float = 0.0) -> torch.Tensor:
        """Mix frames.

        Parameters
        ----------
        x : [batch, frames, width]
        keep : bool [batch, 1, 1, frames] or None
            False where a frame is padding that no frame may look at.
        dropout : probability of zeroing a value that a branch adds, while training.
        """
        batch, frames, width = x.shape
        qkv = self.qkv(self.attention_norm(x)).view(batch, frames, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # each [batch, heads, frames, width / heads]
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=keep)
        mixed = mixed.transpose(1, 2).reshape(batch, frames, width)
        x = x + F.dropout(self.out(mixed), dropout, self.training)
        return x + F.dropout(self.down(F.gelu(self.up(self.mlp_norm(x)))), dropout, self.training)


class CtcNet(nn.Module):
    """Log-mel spectrogram to log probabilities of blank and characters, one row each 20 ms.

    Parameters
    ----------
    width, heads, layers : size of the Whisper encoder (tiny: 384, 6, 4)
    extra_layers : layers added above it
    vocab_size : outputs, the blank first
    """

    def __init__(
        self, width: int = 384, heads: int = 6, layers: int = 4, extra_layers: int = 1, vocab_size: int = len(VOCAB)
    ):
        super().__init__()
        self.conv1 = nn.Conv1d(80, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.register_buffer("positions", torch.zeros(MAX_FRAMES, width))
        self.layers = nn.ModuleList(EncoderLayer(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.extra = nn.ModuleList(EncoderLayer(width, heads) for _ in range(extra_layers))
        self.head_norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocab_size)
        self.dropout = 0.0

    def encode(self, mel: torch.Tensor, mel_lengths: torch.Tensor | None = None) -> torch.Tensor:
        """Whisper's own encoder: [batch, 80, 2 * frames] to [batch, frames, width]; see `forward`."""
        x = F.gelu(self.conv1(mel))
        x = F.gelu(self.conv2(x)).transpose(1, 2)  # [batch, frames, width]
        x = x + self.positions[: x.shape[1]].to(x.dtype)
        keep = self._keep(x, mel_lengths)
        for layer in self.layers:
            x = layer(x, keep, self.dropout)
        return self.norm(x)

    def forward(self, mel: torch.Tensor, mel_lengths: torch.Tensor | None = None) -> torch.Tensor:
        """Score characters.

        Parameters
        ----------
        mel : [batch, 80, 2 * frames], Whisper's log-mel spectrogram, 10 ms a column, at most 30 s
        mel_lengths : int [batch] or None
            Columns that are sound in each row; None when no row is padded.

        Returns
        -------
        float32 [batch, frames, vocab_size], log probabilities, 20 ms a row
        """
        x = self.encode(mel, mel_lengths)
        keep = self._keep(x, mel_lengths)
        for layer in self.extra:
            x = layer(x, keep, self.dropout)
        return self.head(self.head_norm(x)).float().log_softmax(-1)

    @staticmethod
    def _keep(x: torch.Tensor, mel_lengths: torch.Tensor | None) -> torch.Tensor | None:
        if mel_lengths is None:
            return None
        frames = (mel_lengths + 1) // 2
        return (torch.arange(x.shape[1], device=x.device) < frames[:, None])[:, None, None, :]
