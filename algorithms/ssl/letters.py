"""Letters on the frames: what units are compared with, since no phone is marked in these recordings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LABELS = ("pause", *"abcdefghijklmnopqrstuvwxyz")
PAUSE = 0
LONGEST = 6  # frames (120 ms) that a letter is stretched to beyond the frames that the aligner gave it


def on_frames(letters: Sequence[tuple[str, int, int]], frames: int) -> np.ndarray:
    """Spread aligned letters over all frames: int64 [frames], indices of LABELS.

    Parameters
    ----------
    letters : (letter, first frame, frame after the last) in order; what is not a to z is left out

    A CTC model names each letter for a frame or two and is blank in between. Each frame goes to the nearest letter, at
    most LONGEST frames away; what is left is called a pause. Spelling is not sound: "c" and "k" share one, "ough" has
    several, and a silent letter takes frames of its neighbours. All figures against letters are lower for it, for
    every system alike.
    """
    label = np.full(frames, PAUSE, np.int64)
    distance = np.full(frames, LONGEST + 1, np.int64)
    at = np.arange(frames)
    for letter, start, end in letters:
        if len(letter) != 1 or not "a" <= letter <= "z":
            continue
        away = np.maximum(np.maximum(start - at, at - (end - 1)), 0)
        nearer = away < distance
        label[nearer], distance[nearer] = LABELS.index(letter), away[nearer]
    return label
