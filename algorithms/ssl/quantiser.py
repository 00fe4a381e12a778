"""wav2vec 2.0's product quantiser: each group of codebooks gives one entry, chosen with Gumbel noise (section 2)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Quantiser(nn.Module):
    """Frames [B, T, C] to quantised targets [B, T, out], one of `entries` in each of `groups` codebooks.

    The choice is an argmax, whose gradient is zero. In training the noisy softmax stands in for it backwards
    (straight-through); forwards the hard choice is used.
    """

    def __init__(self, width: int, out: int, groups: int = 2, entries: int = 32) -> None:
        super().__init__()
        if out % groups:
            raise ValueError("The width of a target must be a multiple of the number of codebooks.")
        self.groups, self.entries = groups, entries
        self.score = nn.Linear(width, groups * entries)
        self.books = nn.Parameter(torch.rand(groups, entries, out // groups))
        self.out = nn.Linear(out, out)
        nn.init.normal_(self.score.weight, std=0.1)  # near enough to even that Gumbel noise tries all entries
        nn.init.zeros_(self.score.bias)

    def scores(self, frames: Tensor) -> Tensor:
        """Return the logits [..., groups, entries]."""
        return self.score(frames).unflatten(-1, (self.groups, self.entries))

    def targets(self, choice: Tensor) -> Tensor:
        """Shares or one-hot choices [..., groups, entries] to targets [..., out]."""
        return self.out(torch.einsum("...ge,ged->...gd", choice, self.books).flatten(-2))

    def forward(self, frames: Tensor, temperature: float = 1.0) -> tuple[Tensor, Tensor]:
        """Return targets [B, T, out] and the mean softmax of the batch [groups, entries], for the diversity loss.

        In training Gumbel noise -log(-log u) is added to the logits; after it the largest one is taken.
        """
        logits = self.scores(frames)
        if self.training:
            choice = F.gumbel_softmax(logits.flatten(0, -3), tau=temperature, hard=True).view_as(logits)
        else:
            choice = F.one_hot(logits.argmax(-1), self.entries).to(logits.dtype)
        return self.targets(choice), logits.softmax(-1).flatten(0, -3).mean(0)


def diversity_loss(shares: Tensor) -> Tensor:
    """Return (1 / GV) sum_g -H(p_g), equation 4: smallest where all entries are used equally.

    `shares`: mean softmax [G, V]. The value lies between -ln(V) / V and 0.
    """
    groups, entries = shares.shape
    return (shares * torch.log(shares + 1e-7)).sum() / (groups * entries)


def perplexities(shares: Tensor) -> Tensor:
    """Return exp(H(p_g)) for each codebook [G]: 1 if one entry is used, V if all are, equally often."""
    return torch.exp(-(shares * torch.log(shares + 1e-7)).sum(-1))
