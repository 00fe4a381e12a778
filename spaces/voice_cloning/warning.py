"""What will spoil a clone, said of its reference."""

from __future__ import annotations

import numpy as np

from algorithms.cloning.convert import Voice
from algorithms.cloning.one_voice import sounds_like_two
from models.cloning.knn import SAMPLE_RATE

GOOD_REFERENCE_S = 15.0


def warnings_of(y: np.ndarray, voice: Voice, windows: np.ndarray) -> list[str]:
    """Say what will spoil a clone: too little speech, clipping, noise, no speech at all, or two people's.

    `windows` are the embeddings of the recording's windows, [W, 256].
    """
    said = []
    seconds = len(y) / SAMPLE_RATE
    if seconds < GOOD_REFERENCE_S:
        said.append(
            f"{seconds:.0f} s of reference hold few of a language’s sounds: where one is missing, another stands in. "
            "Use 30 s or more."
        )
    clipped = float((np.abs(y) >= 0.999 * np.abs(y).max()).mean())
    if np.abs(y).max() > 0.98 and clipped > 1e-3:
        said.append("The reference is clipped, and its distortion will be in every frame that is taken from it.")
    level = 10 * np.log10(np.pad(y, (0, -len(y) % 320)).reshape(-1, 320).astype(np.float64) ** 2 @ np.ones(320) + 1e-9)
    if np.percentile(level, 95) - np.percentile(level, 5) < 15:
        said.append(
            "Between its words this reference is nearly as loud as in them: it is noisy, or no plain speech. Noise is "
            "cloned like everything else."
        )
    voiced = float((voice.frames.f0 > 0).mean())
    if voiced > 0.9 or voiced < 0.2:
        said.append("This does not look like speech: expect sounds of it in place of a voice.")
    elif sounds_like_two(windows):
        said.append(
            "Two parts of this reference sound like two people. The clone then takes some sounds from one and some "
            "from the other: use a recording of one person."
        )
    return said
