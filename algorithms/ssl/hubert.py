"""HuBERT's game: name the cluster of a frame that was hidden (Hsu et al. 2021, section III)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .body import Body
from .shape import SslShape

TEMPERATURE = 0.1  # tau of equation 3


class Hubert(nn.Module):
    """The shared body with one learned vector for each of `n_units` clusters."""

    def __init__(self, shape: SslShape, n_units: int, code_width: int = 64) -> None:
        super().__init__()
        self.body = Body(shape)
        self.head = nn.Linear(shape.width, code_width)
        self.codes = nn.Parameter(torch.randn(n_units, code_width))

    def scores(self, hidden: Tensor) -> Tensor:
        """Last layer [..., width] to one score for each cluster [..., n_units]: cosine similarity over tau (eq. 3)."""
        return F.normalize(self.head(hidden), dim=-1) @ F.normalize(self.codes, dim=-1).T / TEMPERATURE

    def forward(self, y: Tensor, mask: Tensor | None = None) -> Tensor:
        """Waveform [B, n] to one score for each cluster of each frame [B, T, n_units]."""
        return self.scores(self.body(y, mask))


def masked_loss(scores: Tensor, units: Tensor, mask: Tensor, on_masked: float = 1.0) -> Tensor:
    """Cross-entropy L = alpha L_masked + (1 - alpha) L_unmasked, each a mean over its frames (section III-B).

    Parameters
    ----------
    scores : [B, T, n_units]
    units : int64 [B, T], the clusters to name; below 0 where there is none
    mask : bool [B, T]
    on_masked : float
        alpha. With 1 only hidden frames count: context must be used. With 0 only heard ones do: copying is enough.
    """
    known = units >= 0
    loss = scores.new_zeros(())
    for share, where in ((on_masked, mask & known), (1 - on_masked, ~mask & known)):
        if share and where.any():
            loss = loss + share * F.cross_entropy(scores[where], units[where])
    return loss
