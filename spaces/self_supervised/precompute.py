"""Make what the page opens with, and the strings of units of the lab's own clips.

    python -m spaces.self_supervised.precompute

Writes ``assets/precomputed/ssl-sentence.npz`` and ``ssl-corpus.npz``. What was measured on other readers
(``ssl-facts.npz``) comes from ``training/ssl/measure.py``.
"""

from __future__ import annotations

import numpy as np

import models

from .exemplars import CORPUS, FILE, samples
from .sound import DEFAULT, HUBERT, RATE, WAV2VEC, file_of, source_of, store


def main() -> None:
    """Let both networks listen and write the files."""
    file_of(DEFAULT).unlink(missing_ok=True)
    path = store(source_of(None, DEFAULT))
    print(f"{path.name} {path.stat().st_size / 1000:.1f} kB")
    hubert, wav2vec = models.get(HUBERT), models.get(WAV2VEC)
    found = {}
    for name in CORPUS:
        y = samples(name)[: 28 * RATE]
        strings = {"units": hubert.units(y), "mfcc_units": hubert.mfcc_units(y), "codes": wav2vec.units(y)}
        found |= {f"{kind}-{name}": string.astype(np.int16) for kind, string in strings.items()}
    np.savez_compressed(FILE, **found)
    print(f"{FILE.name} {FILE.stat().st_size / 1000:.1f} kB")


if __name__ == "__main__":
    main()
