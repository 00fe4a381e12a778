"""Make what the page opens with: outputs and masks for the examples' mixtures, and the small network's curves.

    python -m spaces.separation.precompute

Writes ``assets/precomputed/separation-*``. Run it after the weights have changed.
"""

from __future__ import annotations

import numpy as np

import models

from . import training
from .inside import masks
from .lesson import EXAMPLES
from .page import DEFAULT, OTHER
from .sound import MODEL, PRECOMPUTED, judged, mix, recipe, weights_sha256

DEFAULTS = {"clip": DEFAULT, "other": OTHER, "third": "none", "level": 0, "overlap": 100, "noise": "none"}


def main() -> None:
    """Separate the mixtures of the examples and write the files."""
    for old in PRECOMPUTED.glob("separation-*.npz"):
        old.unlink()
    wanted = {recipe(None, {**DEFAULTS, **example.state}): None for example in EXAMPLES}
    for made in wanted:
        mixed = mix(made)
        apart = judged(mixed, models.get(MODEL).separate(mixed.mixture), "")
        outputs = np.round(np.clip(apart.outputs, -1, 1) * 32767).astype(np.int16)
        np.savez_compressed(made.stored(), outputs=outputs, masks=masks(apart), weights_sha256=weights_sha256())
        print(f"{made.stored().name:50s} {made.stored().stat().st_size / 1000:6.1f} kB")
    print(training.precompute().name)


if __name__ == "__main__":
    main()
