"""Which frames are hidden: spans that start anywhere with probability p (Baevski et al. 2020, section 3.1)."""

from __future__ import annotations

import numpy as np

SPAN = 10  # frames: 200 ms
START = 0.065  # wav2vec 2.0's p; HuBERT's is 0.08


def span_mask(frames: int, rng: np.random.Generator, start: float = START, span: int = SPAN) -> np.ndarray:
    """Return bool [frames], true where hidden.

    A share `start` of all frames is chosen without replacement as starts; from each, `span` frames are hidden. Spans
    may overlap and may be cut off by the end. At least one span is hidden, wherever there is a frame.
    """
    if not 0 < start <= 1 or span < 1:
        raise ValueError("Spans need a probability above 0 and at most 1, and at least one frame.")
    mask = np.zeros(frames, bool)
    if frames:
        for at in rng.choice(frames, min(max(1, round(start * frames)), frames), replace=False):
            mask[at : at + span] = True
    return mask


def hidden_share(start: float = START, span: int = SPAN) -> float:
    """Return the share of frames that is hidden on average in a long clip: 1 - (1 - p)^span.

    >>> round(hidden_share(), 2)
    0.49
    """
    return 1 - (1 - start) ** span
