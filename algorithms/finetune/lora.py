"""LoRA: a frozen matrix and a small one of low rank beside it (Hu et al. 2021, section 4.1).

Full fine-tuning changes a matrix W [out, in] by some ΔW of the same size. LoRA learns ΔW as a product of two thin
matrices, B [out, r] and A [r, in]:

    y = W x + (alpha / r) B A x

B starts at zero, so that the network begins as it was. After training W + (alpha / r) B A can be written into W
("merged"): the network is then as fast and as large as before.
"""

from __future__ import annotations

import math

import torch
from torch import nn


class LoraLinear(nn.Module):
    """A frozen linear layer with a trainable addition of rank `rank`."""

    def __init__(self, frozen: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        self.frozen = frozen.requires_grad_(False)
        self.scale = alpha / rank
        self.down = nn.Parameter(torch.empty(rank, frozen.in_features))  # A
        self.up = nn.Parameter(torch.zeros(frozen.out_features, rank))  # B
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map x [..., in] to [..., out]; the addition passes through `rank` values."""
        return self.frozen(x) + (x @ self.down.T) @ self.up.T * self.scale

    def merged(self) -> nn.Linear:
        """Return one ordinary linear layer that does the same."""
        weight = self.frozen.weight.detach() + self.scale * (self.up @ self.down).detach()
        layer = nn.Linear(self.frozen.in_features, self.frozen.out_features, self.frozen.bias is not None)
        layer.weight.data.copy_(weight)
        if self.frozen.bias is not None:
            layer.bias.data.copy_(self.frozen.bias.detach())
        return layer


def add(network: nn.Module, targets: tuple[str, ...], rank: int, alpha: float, seed: int = 0) -> None:
    """Put a `LoraLinear` in place of every linear layer whose own name is in `targets`, and freeze all the rest.

    Raises
    ------
    ValueError
        A rank below one, or no layer of these names.
    """
    if rank < 1:
        raise ValueError(f"LoRA's rank must be at least 1, not {rank}.")
    found = [(n, m) for n, m in network.named_modules() if isinstance(m, nn.Linear) and n.split(".")[-1] in targets]
    if not found:
        raise ValueError(f"The network has no linear layer named {' or '.join(targets)}.")
    network.requires_grad_(False)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for name, layer in found:
            _replace(network, name, LoraLinear(layer, rank, alpha))


def merge(network: nn.Module) -> nn.Module:
    """Write every addition into its matrix, in place; the network has no LoRA any more."""
    for name, layer in [(n, m) for n, m in network.named_modules() if isinstance(m, LoraLinear)]:
        _replace(network, name, layer.merged())
    return network


def _replace(network: nn.Module, name: str, layer: nn.Module) -> None:
    parent, _, own = name.rpartition(".")
    setattr(network.get_submodule(parent), own, layer)
