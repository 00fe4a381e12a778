"""Whether the attention went through the text in order: what skips, repeats and endless tails look like in numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

BACK, JUMP = 2, 5  # tokens: less far back is no repeat, no farther ahead is no skip
END = 2  # the last tokens, one of which a sentence must reach


class Order(NamedTuple):
    """How the most attended token moves from step to step.

    Attributes
    ----------
    reached : bool
        One of the last two tokens was the most attended one at the last step.
    repeats : int
        Steps that went back by more than two tokens.
    skips : int
        Steps that went ahead by more than five tokens.
    ended : bool
        The stop token ended the sentence, not the limit of steps.
    """

    reached: bool
    repeats: int
    skips: int
    ended: bool

    @property
    def right(self) -> bool:
        """Whether it reached the end monotonically and stopped by itself."""
        return self.reached and self.ended and not self.repeats and not self.skips


def order(weights: np.ndarray, ended: bool) -> Order:
    """Judge attention weights [S, N]; both at least 1.

    Examples
    --------
    >>> order(np.eye(4), True).right
    True
    """
    at = weights.argmax(1)
    moves = np.diff(at)
    reached = bool(at[-1] >= weights.shape[1] - END)
    return Order(reached, int((moves < -BACK).sum()), int((moves > JUMP).sum()), bool(ended))
