"""A linear probe: what can be read from frozen features by one matrix, and nothing cleverer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Probe:
    """A linear classifier of standardised features: argmax over classes of ((x - mean) / std) @ weight + bias."""

    mean: np.ndarray  # [D]
    std: np.ndarray  # [D]
    weight: np.ndarray  # [D, classes]
    bias: np.ndarray  # [classes]

    def scores(self, x: np.ndarray) -> np.ndarray:
        """Scores [n, classes] of features [n, D]."""
        return (x - self.mean) / self.std @ self.weight + self.bias

    def accuracy(self, x: np.ndarray, labels: np.ndarray) -> float:
        """Share of rows that it names as `labels` [n] does."""
        return float((self.scores(x).argmax(1) == labels).mean())


def fit(x: np.ndarray, labels: np.ndarray, classes: int, decay: float = 1e-3, rounds: int = 40) -> Probe:
    """Fit multinomial logistic regression by L-BFGS on features [n, D] and labels int [n].

    The loss is the mean cross-entropy plus `decay` / 2 times the sum of squared weights.
    """
    import torch
    from torch.nn import functional as F

    mean, std = x.mean(0), x.std(0) + 1e-6
    inputs = torch.from_numpy(((x - mean) / std).astype(np.float32))
    truth = torch.from_numpy(np.asarray(labels, np.int64))
    weight = torch.zeros(x.shape[1], classes, requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
    search = torch.optim.LBFGS([weight, bias], max_iter=rounds, history_size=10, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        search.zero_grad()
        value = F.cross_entropy(inputs @ weight + bias, truth) + decay / 2 * weight.square().sum()
        value.backward()
        return value

    search.step(loss)
    return Probe(mean, std, weight.detach().numpy(), bias.detach().numpy())
