"""What decoding can be told and what it gives; `decoding` does it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

STOP_AT = 0.5  # probability of the stop token at which decoding ends
BACK, AHEAD = 1, 3  # tokens around the last place that the forward-only constraint leaves open
LEFT_OUT = ("nothing", "query", "memory", "location")


@dataclass(frozen=True, kw_only=True)
class How:
    """What is switched on while decoding."""

    location: bool = True  # the location term of the attention
    dropout: bool = True  # of the prenet
    forward_only: bool = False  # attention only near the token that it was at a step before, hardly ever behind it
    seed: int = 0  # of the dropout
    most_steps: int = 400


@dataclass(frozen=True, eq=False)
class Decoded:
    """A sentence of N tokens in S steps, T = S x reduction frames.

    Attributes
    ----------
    before, after : np.ndarray
        float32 [80, T], natural-log mel before and after the postnet.
    weights : np.ndarray
        float32 [S, N], rows sum to one.
    energies : np.ndarray
        float32 [4, S, N]: as they were, and with the query, memory or location term left out (`LEFT_OUT`).
    stop : np.ndarray
        float32 [S], probability that this step is the last.
    ended : bool
        The stop token ended it; False where the limit did.
    """

    before: np.ndarray
    after: np.ndarray
    weights: np.ndarray
    energies: np.ndarray
    stop: np.ndarray
    ended: bool
    how: How = field(default_factory=How)
