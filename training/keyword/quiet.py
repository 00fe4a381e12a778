"""Keeping still in running speech: the hardest of its windows, searched again and again, and the loss on them."""

from dataclasses import dataclass

import numpy as np
import torch

from algorithms.keyword import features as kws_features
from algorithms.keyword.ds_cnn import LABELS
from algorithms.keyword.trade import alarms, alarms_at, in_noise, listened, peak
from training.keyword.running import Running

QUIET = 2  # of the classes, silence and unknown, the first ones, are no keyword
SMOOTH_MS = 200.0
MISS = 0.15


def to_input(mel: torch.Tensor) -> torch.Tensor:
    """Log-mel energies [n, 49, 40] to the network's input [n, 1, 49, 10]."""
    matrix = torch.from_numpy(kws_features.dct_matrix().astype(np.float32))
    mean, std = (torch.tensor(v, dtype=torch.float32) for v in (kws_features.MEAN, kws_features.STD))
    return ((mel @ matrix.T - mean) / std)[:, None]


def quiet_loss(logits: torch.Tensor) -> torch.Tensor:
    """Mean of -log(p(silence) + p(unknown)) for windows without a keyword: which of the two it is does not matter."""
    return (logits.logsumexp(1) - logits[:, :QUIET].logsumexp(1)).mean()


class Miner:
    """Windows of running speech to learn from: half of them at random, half the hardest found so far.

    `search` scores `candidates` windows that were not looked at before, and the hard ones once more, and keeps those
    with the highest probability of a keyword (Sung and Poggio 1998 call it bootstrapping).
    """

    def __init__(self, running: Running, seed: int, candidates: int = 20_000, keep: int = 4000):
        self.running, self.seed, self.candidates, self.keep = running, seed, candidates, keep
        self.hard = np.zeros(0, np.int64)

    def __call__(self, rng: np.random.Generator, count: int) -> torch.Tensor:
        """Log-mel energies of `count` windows, float32 [count, 49, 40]."""
        rows = rng.integers(len(self.running.starts), size=count)
        if len(self.hard):
            rows[: count // 2] = rng.choice(self.hard, count // 2)
        return torch.from_numpy(self.running.windows(rows))

    def search(self, net: torch.nn.Module, round_number: int) -> float:
        """Look for harder windows; returns the mean probability of a keyword in the candidates."""
        rng = np.random.default_rng((self.seed, round_number))
        new = rng.integers(len(self.running.starts), size=self.candidates)
        rows = np.unique(np.concatenate([self.hard, new]))
        score = np.concatenate(
            [
                1
                - probabilities(net, to_input(torch.from_numpy(self.running.windows(rows[i : i + 256]))))[:, :2].sum(1)
                for i in range(0, len(rows), 256)
            ]
        )
        self.hard = rows[np.argsort(-score, kind="stable")[: self.keep]]
        return float(score[np.isin(rows, new)].mean())


def probabilities(net: torch.nn.Module, x: torch.Tensor) -> np.ndarray:
    """Probabilities float32 [n, 12] of inputs [n, 1, 49, 10]."""
    net.eval()
    with torch.inference_mode():
        return net(x).softmax(1).numpy()


@dataclass
class TorchSpotter:
    """A network in training as a `KeywordSpotter` of a stream."""

    net: torch.nn.Module
    labels: tuple[str, ...] = LABELS

    def predict_features(self, mfcc: np.ndarray) -> np.ndarray:
        """Probabilities float32 [n, 12] of MFCCs [n, 49, 10]."""
        parts = [probabilities(self.net, torch.from_numpy(mfcc[i : i + 256, None])) for i in range(0, len(mfcc), 256)]
        return np.concatenate(parts)


def trade(net: torch.nn.Module, clips: np.ndarray, label: np.ndarray, speech: np.ndarray) -> tuple[float, float]:
    """The threshold that misses 15 % of the keywords, and its false alarms an hour.

    Parameters
    ----------
    clips : float32 [n, 16000] with `label` [n]: those that are no keyword are skipped
    speech : float32 [samples], running speech without keywords
    """
    spotter, rng = TorchSpotter(net), np.random.default_rng(0)
    peaks = [
        peak(listened(spotter, in_noise(y, rng)), c, SMOOTH_MS) for y, c in zip(clips, label, strict=True) if c >= QUIET
    ]
    counts = alarms(listened(spotter, speech), SMOOTH_MS)
    threshold, _, found = alarms_at(MISS, np.array(peaks), counts)
    return threshold, found / (len(speech) / 16000 / 3600)


def load_folded(net: torch.nn.Module, folded: dict, x: torch.Tensor) -> None:
    """Go on from a network whose batch normalisation was folded away, such as a shipped ONNX file.

    Each normalisation gets the statistics of its input for `x` ([n, 1, 49, 10]) and, as scale and shift, what undoes
    them, so the network computes what it did and can be trained as any other.

    Parameters
    ----------
    folded : layer name to (weight, bias), as `algorithms.keyword.ds_cnn.fold_batchnorm` returns
    """
    net.eval()
    with torch.no_grad():
        for layer in net.plan:
            if layer.kind == "pool":
                continue
            weight, bias = (torch.from_numpy(np.array(value)) for value in folded[layer.name])
            module = getattr(net, layer.name)
            module.weight.copy_(weight.reshape(module.weight.shape))
            if layer.kind == "linear":
                module.bias.copy_(bias)
                continue
            top, left, bottom, right = layer.padding
            x = module(torch.nn.functional.pad(x, (left, right, top, bottom)))
            norm = getattr(net, f"{layer.name}_norm")
            mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3))
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(var)
            norm.weight.copy_((var + norm.eps).sqrt())
            norm.bias.copy_(bias + mean)
            x = norm(x).relu()
