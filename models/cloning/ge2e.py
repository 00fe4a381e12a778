"""The offline speaker encoder: GE2E with the weights that the package Resemblyzer carries.

Only its file is read (without unpickling code); the network is `algorithms/cloning/ge2e.py`.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from models.cloning.check import check_audio
from models.registry import ModelSpec, ModelUnavailable, check_sha256, package_file, register, report

if TYPE_CHECKING:
    from algorithms.cloning.ge2e import SpeakerNet

SAMPLE_RATE = 16_000
SHA256 = "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e"


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

        y = check_audio(y)
        if not np.abs(y).max():
            raise ValueError("The recording is silent: there is no voice to recognise.")
        with self._lock:
            return embed(self.net, y)


def _load() -> Ge2e:
    import torch

    from algorithms.cloning.ge2e import SpeakerNet

    path = package_file("resemblyzer", "pretrained.pt")
    report(0.2, "Checking the speaker encoder")
    check_sha256(path, SHA256)
    state = torch.load(path, map_location="cpu", weights_only=True)["model_state"]
    net = SpeakerNet()
    wanted = net.state_dict().keys()
    if not wanted <= state.keys():
        raise ModelUnavailable("The speaker encoder's file lacks some of its weights: reinstall Resemblyzer.")
    net.load_state_dict({name: state[name] for name in wanted})
    return Ge2e(net.requires_grad_(False))


register(
    ModelSpec(
        id="speaker/ge2e",
        task="SpeakerEncoder",
        source="package:resemblyzer",
        revision=SHA256,
        licence="Apache-2.0",
        size_mb=6,  # 1.4 million float32 weights
        sample_rate=SAMPLE_RATE,
        offline=True,
        load=_load,
    ),
    default=True,
)
