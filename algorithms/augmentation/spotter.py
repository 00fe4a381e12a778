"""The small keyword network that the matrix trains thirty times and more: convolutions along time only.

Choi et al., *Temporal Convolution for Real-time Keyword Spotting on Mobile Devices* (TC-ResNet, 2019): the mel bands
are the channels of the first layer, so that a whole word is seen after a few cheap layers. 78 thousand parameters,
no residual connections; a training of 24 epochs of 2,400 clips takes half a minute of one core.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from algorithms.augmentation.recipes import masked
from algorithms.keyword.ds_cnn import LABELS as ALL_LABELS
from algorithms.keyword.features import CONFIG, FRAME, HOP, LOG_OFFSET, N_FRAMES
from algorithms.signal.mel import mel_filterbank
from algorithms.signal.stft import window

if TYPE_CHECKING:
    import torch

LABELS = ALL_LABELS[1:]  # _unknown_ and the ten words; silence has no signal-to-noise ratio
BATCH = 100
CHANNELS = ((40, 48, 2), (48, 64, 2), (64, 64, 1), (64, 96, 2))  # in, out, stride; all kernels are 5 frames long


def log_mels(sounds: np.ndarray) -> np.ndarray:
    """Log-mel energies float16 [n, 49, 40] of sounds float [n, 16000]: `log_mel` in single precision."""
    from scipy.fft import rfft

    frames = np.lib.stride_tricks.sliding_window_view(sounds.astype(np.float32), FRAME, axis=1)[:, ::HOP][:, :N_FRAMES]
    filters, out = mel_filterbank(CONFIG).T.astype(np.float32), []
    for i in range(0, len(sounds), 100):
        spectrum = rfft(frames[i : i + 100] * window(CONFIG.window, FRAME).astype(np.float32), axis=-1)
        energy = spectrum.real**2 + spectrum.imag**2
        out.append(np.log(energy @ filters + LOG_OFFSET).astype(np.float16))
    return np.concatenate(out)


def build(n_labels: int = len(LABELS)) -> torch.nn.Module:
    """A network with fresh weights: float32 [n, 40, 49] to logits [n, n_labels]."""
    from torch import nn

    layers: list[nn.Module] = []
    for before, after, stride in CHANNELS:
        layers += [nn.Conv1d(before, after, 5, stride, padding=2, bias=False), nn.BatchNorm1d(after), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Dropout(0.1), nn.Linear(96, n_labels))


def to_input(mels: np.ndarray) -> torch.Tensor:
    """Log-mel energies [n, 49, 40] as the network takes them: around each clip's own mean, [n, 40, 49].

    The mean of a clip in the logarithm is its level, which says nothing about the word.
    """
    import torch

    mels = np.asarray(mels, np.float32)
    return torch.from_numpy(((mels - mels.mean((1, 2), keepdims=True)) / 3.0).transpose(0, 2, 1).copy())


def train(
    views: np.ndarray, label: np.ndarray, kind: str, *, epochs: int = 24, rate: float = 4e-3, seed: int = 0
) -> Iterator[tuple[int, int, float, torch.nn.Module]]:
    """Train one network; yields (steps done, all steps, loss of this step, the network) after every step.

    Each epoch shows every clip once, in one of its views at random. AdamW with a one-cycle learning rate.

    Parameters
    ----------
    views : float [k, n, 49, 40]
        k versions of each of the n clips, as `recipes.for_training` changes them.
    label : int [n]
    kind : one of `recipes.KINDS`; says whether holes are drawn into the features
    """
    import torch

    rng = np.random.default_rng((seed, 1))
    torch.manual_seed(seed)
    net = build().train()
    per_epoch = max(1, len(label) // BATCH)
    total = epochs * per_epoch
    optimiser = torch.optim.AdamW(net.parameters(), rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=total, pct_start=0.2)
    target = torch.from_numpy(np.asarray(label, np.int64))
    step = 0
    for _ in range(epochs):
        order = rng.permutation(len(label))
        for i in range(per_epoch):
            rows = order[i * BATCH : (i + 1) * BATCH]
            mels = masked(views[rng.integers(len(views), size=len(rows)), rows].astype(np.float32), kind, rng)
            optimiser.zero_grad()
            loss = torch.nn.functional.cross_entropy(net(to_input(mels)), target[rows])
            loss.backward()
            optimiser.step()
            schedule.step()
            step += 1
            yield step, total, loss.item(), net


def probabilities(net: torch.nn.Module, mels: np.ndarray) -> np.ndarray:
    """Probabilities float32 [n, labels] of log-mel energies [n, 49, 40]; leaves the network as it was."""
    import torch

    was = net.training
    net.eval()
    with torch.inference_mode():
        parts = [net(to_input(mels[i : i + 256])).softmax(1).numpy() for i in range(0, len(mels), 256)]
    net.train(was)
    return np.concatenate(parts)


def state(net: torch.nn.Module) -> dict[str, np.ndarray]:
    """The weights by name, float16: what a file keeps of a network."""
    return {
        name: value.numpy().astype(np.float16)
        for name, value in net.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }


def restored(held: Mapping[str, np.ndarray]) -> torch.nn.Module:
    """The network whose `state` this is, ready to answer."""
    import torch

    net = build()
    counters = {name: w for name, w in net.state_dict().items() if name.endswith("num_batches_tracked")}
    net.load_state_dict(counters | {name: torch.from_numpy(np.asarray(w, np.float32)) for name, w in held.items()})
    return net.eval()
