"""One sample after another from a WaveNet, in NumPy: the naive way, and with what each layer gave before kept.

The second is Fast WaveNet (Paine et al. 2016): a layer of dilation d needs what came into it d samples ago. It was
computed then, so it lies in a queue d long, and a new sample costs one column of every layer instead of all columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .wavenet_shape import WaveNetShape

if TYPE_CHECKING:
    from .wavenet import WaveNet


@dataclass(frozen=True, eq=False)
class LayerWeights:
    """Of one layer; the names are those of `wavenet.Layer`. All float32."""

    dilated: np.ndarray  # [kernel, 2 residual, residual], the oldest sample first
    bias: np.ndarray  # [2 residual]
    mel: np.ndarray  # [2 residual, condition]
    out: np.ndarray  # [residual + skip, residual]
    out_bias: np.ndarray  # [residual + skip]


@dataclass(frozen=True, eq=False)
class Weights:
    """Of a whole network without its convolutions of the mel."""

    shape: WaveNetShape
    enter: np.ndarray  # [residual, 1]
    enter_bias: np.ndarray  # [residual]
    layers: tuple[LayerWeights, ...]
    head: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # weight and bias of the two last 1x1


def random_weights(shape: WaveNetShape, seed: int = 0) -> Weights:
    """Draw an untrained network: it takes as long as a trained one, for multiplying does not ask by what."""
    rng = np.random.default_rng(seed)

    def draw(*sizes: int) -> np.ndarray:
        return (rng.standard_normal(sizes) / np.sqrt(sizes[-1])).astype(np.float32)

    r, s = shape.residual, shape.skip
    layers = tuple(
        LayerWeights(
            draw(shape.kernel, 2 * r, r), draw(2 * r), draw(2 * r, shape.condition), draw(r + s, r), draw(r + s)
        )
        for _ in shape.dilations
    )
    head = (draw(s, s), draw(s), draw(shape.levels, s), draw(shape.levels))
    return Weights(shape, draw(r, 1), draw(r), layers, head)


def weights_of(net: WaveNet) -> Weights:
    """Take the weights out of a network of PyTorch."""
    held = {name: value.detach().cpu().numpy() for name, value in net.state_dict().items()}

    def of(name: str) -> tuple[np.ndarray, np.ndarray]:
        weight = held[f"{name}.weight"]
        return weight[..., 0] if weight.shape[-1] == 1 else weight.transpose(2, 0, 1).copy(), held[f"{name}.bias"]

    layers = tuple(
        LayerWeights(*of(f"layers.{i}.dilated"), held[f"layers.{i}.mel.weight"][..., 0], *of(f"layers.{i}.out"))
        for i in range(len(net.layers))
    )
    return Weights(net.shape, *of("enter"), layers, (*of("head.1"), *of("head.3")))


def scores_at_end(weights: Weights, past: np.ndarray, h: np.ndarray) -> np.ndarray:
    """Scores of the sample after `past`, with every layer computed at every sample of it: the naive way.

    Parameters
    ----------
    past : float32 [n], mu-law values in [-1, 1]; what lies before them counts as silence inside the layers
    h : float32 [n, condition], the mel at the samples that are predicted

    Returns
    -------
    float32 [levels]
    """
    shape, total = weights.shape, 0
    x = past[:, None] * weights.enter[:, 0] + weights.enter_bias  # [n, residual]
    for layer, dilation in zip(weights.layers, shape.dilations, strict=True):
        back = (shape.kernel - 1) * dilation
        padded = np.concatenate([np.zeros((back, x.shape[1]), np.float32), x])
        z = layer.bias + h @ layer.mel.T
        for k in range(shape.kernel):
            z = z + padded[k * dilation : k * dilation + len(x)] @ layer.dilated[k].T
        out = _gated(z) @ layer.out.T + layer.out_bias
        x, total = x + out[:, : shape.residual], total + out[-1, shape.residual :]
    return _head(weights, total)


class Cached:
    """Gives the scores of one sample after another; every layer remembers what came into it.

    Attributes
    ----------
    queues : list of np.ndarray
        For each layer float32 [(kernel - 1) dilation, residual], a ring whose oldest entry is the next to be replaced.
    """

    def __init__(self, weights: Weights) -> None:
        shape = weights.shape
        self.weights = weights
        self.queues = [np.zeros(((shape.kernel - 1) * d, shape.residual), np.float32) for d in shape.dilations]
        self.n = 0  # samples so far

    def step(self, sample: float, h: np.ndarray) -> np.ndarray:
        """Take the sample before the one wanted, float in [-1, 1], and its mel [condition]; return scores [levels]."""
        weights, shape, total = self.weights, self.weights.shape, 0
        x = np.float32(sample) * weights.enter[:, 0] + weights.enter_bias
        for layer, queue, dilation in zip(weights.layers, self.queues, shape.dilations, strict=True):
            z = layer.bias + layer.mel @ h + layer.dilated[-1] @ x
            for k in range(shape.kernel - 1):
                z += layer.dilated[k] @ queue[(self.n + k * dilation) % len(queue)]
            queue[self.n % len(queue)] = x
            out = layer.out @ _gated(z) + layer.out_bias
            x, total = x + out[: shape.residual], total + out[shape.residual :]
        self.n += 1
        return _head(weights, total)


def draw(scores: np.ndarray, rng: np.random.Generator, temperature: float = 1.0) -> int:
    """Draw a level by its probability, softmax(scores / temperature)."""
    p = np.exp((scores - scores.max()).astype(np.float64) / temperature)
    return int(np.searchsorted(np.cumsum(p), rng.random() * p.sum(), side="right"))


def generate(
    weights: Weights, h: np.ndarray, rng: np.random.Generator, *, cached: bool = True, temperature: float = 1.0
):
    """Yield a level for each row of h [n, condition], each from all that came before it.

    Without `cached` every sample computes its whole receptive field anew.
    """
    shape = weights.shape
    memory, past, sample = Cached(weights), np.zeros(len(h) + 1, np.float32), 0.0
    for n in range(len(h)):
        past[n] = sample
        first = max(0, n + 1 - shape.receptive_field)
        scores = memory.step(sample, h[n]) if cached else scores_at_end(weights, past[first : n + 1], h[first : n + 1])
        level = draw(scores, rng, temperature)
        sample = 2 * level / (shape.levels - 1) - 1
        yield level


def _gated(z: np.ndarray) -> np.ndarray:
    filtered, gate = np.split(z, 2, axis=-1)
    return np.tanh(filtered) / (1 + np.exp(-np.clip(gate, -30, 30)))


def _head(weights: Weights, total: np.ndarray) -> np.ndarray:
    first, first_bias, last, last_bias = weights.head
    return last @ np.maximum(first @ np.maximum(total, 0) + first_bias, 0) + last_bias
