"""The offline speaker encoder: GE2E with Resemblyzer's weights, which lie in `assets/weights` with their card.

The package itself is not used: it asks for `typing` and `webrtcvad`, and the first of them, installed beside Python's
own, breaks programs that look into site-packages first. The network is `algorithms/cloning/ge2e.py`.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.cloning.check import check_audio
from models.registry import ModelSpec, ModelUnavailable, check_sha256, register, report

if TYPE_CHECKING:
    from algorithms.cloning.ge2e import SpeakerNet

SAMPLE_RATE = 16_000
WEIGHTS = Path(__file__).parents[2] / "assets" / "weights" / "speaker-ge2e.safetensors"
SHA256 = "a5d4776b403b69593e4a10212aeacf7d35b56e9d0a2022058c6d4f888202e069"


class Ge2e:
    """A `SpeakerEncoder`."""

    def __init__(self, net: SpeakerNet) -> None:
        self.net = net.eval()
        self._lock = threading.Lock()  # PyTorch's LSTM is not promised to be safe for two threads

    def embed(self, y: np.ndarray) -> np.ndarray:
        """Embedding of a recording [n] at 16 kHz, float32 [256], unit norm, no component negative.

        Raises
        ------
        ValueError
            No sound, more than one channel, values that are no numbers, or silence.
        """
        from algorithms.cloning.ge2e import embed

        with self._lock:
            return embed(self.net, _heard(y))

    def embed_windows(self, y: np.ndarray) -> np.ndarray:
        """Embedding of every window of 1.6 s, float32 [W, 256], rows of unit norm; raises what `embed` raises."""
        from algorithms.cloning.ge2e import embed_windows

        with self._lock:
            return embed_windows(self.net, _heard(y))


def _heard(y: np.ndarray) -> np.ndarray:
    y = check_audio(y)
    if not np.abs(y).max():
        raise ValueError("The recording is silent: there is no voice to recognise.")
    return y


def _load() -> Ge2e:
    from safetensors.torch import load_file

    from algorithms.cloning.ge2e import SpeakerNet

    if not WEIGHTS.is_file():
        raise ModelUnavailable(f"assets/weights/{WEIGHTS.name} is missing: check the project out again.")
    report(0.2, "Checking the speaker encoder")
    check_sha256(WEIGHTS, SHA256)
    net = SpeakerNet()
    net.load_state_dict(load_file(WEIGHTS))
    return Ge2e(net.requires_grad_(False))


register(
    ModelSpec(
        id="speaker/ge2e",
        task="SpeakerEncoder",
        source=f"asset:{WEIGHTS.name}",
        revision=SHA256,
        licence="Apache-2.0",
        size_mb=6,  # 1.4 million float32 weights
        sample_rate=SAMPLE_RATE,
        offline=True,
        load=_load,
    ),
    default=True,
)
