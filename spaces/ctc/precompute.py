"""Make the CTC page's precomputed log probabilities again; needed whenever the weights change.

    python -m spaces.ctc.precompute

Each becomes ``assets/precomputed/ctc-<clip>.npz``: float16 log probabilities, vocabulary, frame length and the hash of
the weights. The page shows them only as long as that hash is that of the weights beside it.
``ctc-attention-<clip>.npz`` is Whisper tiny.en's cross-attention on the clips in which somebody speaks; its weights
come with a package and stay as they are.
"""

from __future__ import annotations

import numpy as np

import models
from algorithms.sound import load
from algorithms.sound.clips import clip
from spaces.ctc import attention
from spaces.ctc.sound import CLIPS, MAX_S, MODEL, PRECOMPUTED, SAMPLE_RATE, hear, weights_sha256

SPOKEN = ("sentence", "speech", "speech_long", "french")


def main() -> None:
    """Run the models on the clips of the page and write the files."""
    model = models.get(MODEL)
    for name in CLIPS:
        log_probs = model.log_probs(load(clip(name).path, sample_rate=SAMPLE_RATE, max_s=MAX_S).y)
        file = PRECOMPUTED / f"ctc-{name}.npz"
        np.savez_compressed(
            file,
            log_probs=np.maximum(log_probs, -60).astype(np.float16),
            vocab="".join(model.vocab),
            frame_s=model.frame_s,
            weights_sha256=weights_sha256(),
        )
        print(f"{file.name:28s} {log_probs.shape} {file.stat().st_size / 1000:6.1f} kB")
    for name in SPOKEN:
        found = attention.compute(hear(None, name), lambda share, what: None)
        file = attention.file_of(name)
        attention.save(found, file)
        print(f"{file.name:28s} {found.weights.shape} {file.stat().st_size / 1000:6.1f} kB  {found.text}")


if __name__ == "__main__":
    main()
