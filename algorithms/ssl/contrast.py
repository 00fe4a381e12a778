"""wav2vec 2.0's game: find the true target of a hidden frame among distractors (Baevski et al. 2020, equation 3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .body import Body
from .quantiser import Quantiser
from .shape import SslShape

TEMPERATURE = 0.1  # kappa
DISTRACTORS = 100


class Wav2vec2(nn.Module):
    """The shared body, the quantiser of its frames, and the projection that meets the targets."""

    def __init__(self, shape: SslShape, groups: int = 2, entries: int = 32, width: int = 96) -> None:
        super().__init__()
        self.body = Body(shape)
        self.quantiser = Quantiser(shape.channels[-1], width, groups, entries)
        self.head = nn.Linear(shape.width, width)

    def forward(self, y: Tensor, mask: Tensor, temperature: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
        """Waveform [B, n] to contexts [B, T, width], targets [B, T, width], and mean softmax [groups, entries].

        The contexts come from masked frames, the targets from the same frames unmasked.
        """
        frames = self.body.frames(y)
        context = self.head(self.body.last_norm(self.body.layers(frames, mask)[-1]))
        targets, shares = self.quantiser(frames, temperature)
        return context, targets, shares


def distractors(hidden: Tensor, n: int, generator: torch.Generator | None = None) -> Tensor:
    """Draw for each hidden frame of one recording `n` others: int64 [M, n], positions in `hidden` [M].

    They are drawn evenly and with replacement from the other hidden frames of the same recording, never the frame
    itself.
    """
    many = len(hidden)
    if many < 2:
        raise ValueError("Distractors need at least two hidden frames in a recording.")
    drawn = torch.randint(many - 1, (many, n), generator=generator)
    return drawn + (drawn >= torch.arange(many)[:, None])  # skips the frame itself


def contrastive_scores(context: Tensor, targets: Tensor, others: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """Return sim(c, q) / kappa for the true target (column 0) and the distractors: [M, 1 + n].

    Parameters
    ----------
    context, targets : [M, width], of the hidden frames of one recording
    others : int64 [M, n], rows of `targets`

    sim is the cosine similarity. A distractor that is the very same code as the target would be a second right answer:
    it counts as minus infinity.
    """
    candidates = torch.cat([targets[:, None], targets[others]], 1)  # [M, 1 + n, width]
    scores = F.cosine_similarity(context[:, None], candidates, dim=-1) / temperature
    same = (candidates[:, 1:] == targets[:, None]).all(-1)
    return torch.cat([scores[:, :1], scores[:, 1:].masked_fill(same, -torch.inf)], 1)


def contrastive_loss(scores: Tensor) -> Tensor:
    """Return the mean of -log softmax(scores)[0]: how surprising the true target is, in nats."""
    return F.cross_entropy(scores, torch.zeros(len(scores), dtype=torch.long))
