"""GE2E: the network that turns a voice into a direction, so that an angle says how alike two voices are.

Wan, Wang, Papir & Lopez Moreno, *Generalized End-to-End Loss for Speaker Verification* (2018). Three LSTM layers read a
mel spectrogram; the last state, projected and scaled to length 1, is the embedding. A long recording is read in windows
of 1.6 s, whose embeddings are averaged. Weights and details are those of Resemblyzer (Jemine 2019).
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from algorithms.signal.feature_config import FeatureConfig
from algorithms.signal.mel import mel_filterbank
from algorithms.whisper.net import computing

SAMPLE_RATE = 16_000  # Hz
N_FFT, HOP, N_MELS = 400, 160, 40
WINDOW = 160  # mel columns a window: 1.6 s
STEP = round(SAMPLE_RATE / 1.3 / HOP)  # columns from one window to the next: 1.3 windows a second
COVERED = 0.75  # a last window of which less is sound is left out
LOUDNESS_DBFS = -30.0  # a quieter recording is brought up to it


class SpeakerNet(nn.Module):
    """Mel spectrogram to embedding."""

    def __init__(self, width: int = 256, layers: int = 3) -> None:
        super().__init__()
        self.lstm = nn.LSTM(N_MELS, width, layers, batch_first=True)
        self.linear = nn.Linear(width, width)

    def forward(self, mels: torch.Tensor) -> torch.Tensor:
        """Map mel power [batch, columns, 40] to unit vectors [batch, 256]; no component is negative (ReLU)."""
        _, (hidden, _) = self.lstm(mels)
        return nn.functional.normalize(torch.relu(self.linear(hidden[-1])), dim=1)


def mel_power(y: np.ndarray) -> np.ndarray:
    """Return the power in 40 mel bands every 10 ms, float32 [1 + n // 160, 40]; not its logarithm."""
    y = np.pad(np.asarray(y, np.float32), N_FFT // 2)
    frames = np.lib.stride_tricks.sliding_window_view(y, N_FFT)[::HOP]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)
    spectrum = np.fft.rfft(frames * hann)
    filters = mel_filterbank(FeatureConfig(sample_rate=SAMPLE_RATE, n_fft=N_FFT, n_mels=N_MELS))
    return (np.abs(spectrum) ** 2 @ filters.T).astype(np.float32)


def window_starts(n: int) -> list[int]:
    """Return the first mel column of every window over a sound of `n` samples."""
    columns = int(np.ceil((n + 1) / HOP))
    starts = list(range(0, max(1, columns - WINDOW + STEP + 1), STEP))
    covered = (n - starts[-1] * HOP) / (WINDOW * HOP)
    return starts[:-1] if covered < COVERED and len(starts) > 1 else starts


def without_pauses(y: np.ndarray, keep_s: float = 0.1) -> np.ndarray:
    """Return the sound [m] without what is 30 dB below its loud parts, but for `keep_s` around speech.

    Resemblyzer cuts pauses with WebRTC's detector; a threshold on the level does the same in clean recordings.
    """
    size = HOP * 2
    frames = np.pad(y, (0, -len(y) % size)).reshape(-1, size).astype(np.float64)
    level = 10 * np.log10((frames**2).mean(1) + 1e-12)
    spoken = level > np.percentile(level, 95) - 30
    reach = round(keep_s * SAMPLE_RATE / size)
    spoken = np.convolve(spoken, np.ones(2 * reach + 1), "same") > 0
    return y[np.repeat(spoken, size)[: len(y)]]


def windows(y: np.ndarray) -> np.ndarray:
    """Return the mel windows that the network reads, float32 [W, 160, 40]."""
    starts = window_starts(len(y))
    y = np.pad(y, (0, max(0, (starts[-1] + WINDOW) * HOP - len(y))))
    mel = mel_power(y)
    return np.stack([mel[start : start + WINDOW] for start in starts])


def embed_windows(net: SpeakerNet, y: np.ndarray) -> np.ndarray:
    """Embed every window of a recording [n] at 16 kHz, pauses left out: float32 [W, 256], rows of length 1."""
    y = np.asarray(y, np.float32)
    level = 10 * np.log10(np.mean(y.astype(np.float64) ** 2) + 1e-12)
    if level < LOUDNESS_DBFS:
        y = y * np.float32(10 ** ((LOUDNESS_DBFS - level) / 20))
    y = without_pauses(y)
    with computing():
        return net(torch.from_numpy(windows(y))).numpy()


def embed(net: SpeakerNet, y: np.ndarray) -> np.ndarray:
    """Embed a recording [n] at 16 kHz: float32 [256], length 1; the mean of its windows' embeddings, scaled."""
    mean = embed_windows(net, y).mean(0)
    return mean / np.linalg.norm(mean)
