"""The offline separator: Conv-TasNet for two voices at 8 kHz.

Its weights were made by `training/separation` and lie in `assets/weights/separation-conv-tasnet.safetensors` with a
model card beside them; the network is `algorithms/separation/tasnet.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.registry import ModelSpec, ModelUnavailable, check_sha256, register

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from algorithms.separation.tasnet import ConvTasNet

SAMPLE_RATE = 8000
CHUNK_S, OVERLAP_S = 10.0, 3.0  # of a long sound; what is shorter than 15 s is separated in one piece
WHOLE_S = 15.0
LOUDNESS = 0.1  # root mean square that the network was trained around; a sound is brought to it and back
WEIGHTS = Path(__file__).parents[2] / "assets" / "weights" / "separation-conv-tasnet.safetensors"
WEIGHTS_SHA256 = "e3117670d54225fc4c6ab03080a236ecf141e3f37059cde304f032fc9d58b881"


def check_audio(y: np.ndarray) -> np.ndarray:
    """`y` as float32, or a `ValueError` that says what is wrong with it."""
    y = np.asarray(y)
    if y.ndim != 1:
        raise ValueError(
            f"The separator listens to one channel, shape [n], not {y.shape}: mix the channels down first."
        )
    if not len(y):
        raise ValueError("The mixture is empty: record or choose some sound.")
    y = y.astype(np.float32)
    if not np.isfinite(y).all():
        raise ValueError("The mixture holds values that aren't numbers (NaN or infinity): decode it again.")
    return y


class TwoVoices:
    """A `Separator`: two voices out of one sound. It always gives two, whoever talks and however many they are."""

    n_sources = 2

    def __init__(self, net: ConvTasNet) -> None:
        self.net = net.eval()
        self.sample_rate = net.shape.sample_rate

    def separate(self, y: np.ndarray, progress: Callable[[float], object] | None = None) -> np.ndarray:
        """Two voices, float32 [2, n], out of `y` [n] at `sample_rate`; their order has no meaning.

        The loudness of `y` does not matter. More than 15 s are separated in overlapping chunks whose outputs are kept
        in one order (`algorithms/separation/chunked.py`), so memory does not grow with the length; `progress` is told
        the share that is done, and may raise to stop.

        Raises
        ------
        ValueError
            No sound, more than one channel, or values that are no numbers.
        """
        from algorithms.separation import separate_in_chunks

        y = check_audio(y)
        if len(y) <= WHOLE_S * self.sample_rate:
            return self._piece(y)
        chunk, overlap = (int(s * self.sample_rate) for s in (CHUNK_S, OVERLAP_S))
        return separate_in_chunks(self._piece, y, chunk=chunk, overlap=overlap, progress=progress)

    def masks(self, y: np.ndarray) -> np.ndarray:
        """The masks that the network makes of `y` [n] in one piece: float32 [2, filters, frames], 0 to 1."""
        import torch

        with torch.inference_mode():
            return self.net.masker(self.net.encode(self._prepared(check_audio(y))))[0].numpy()

    def _prepared(self, y: np.ndarray) -> torch.Tensor:
        """`y` as loud as the network likes it, at least a filter long: [1, n]."""
        import torch

        level = max(float(np.sqrt(np.mean(y.astype(np.float64) ** 2))), 1e-6)
        padded = np.pad(y, (0, max(0, self.net.shape.kernel_size - len(y)))) * np.float32(LOUDNESS / level)
        return torch.from_numpy(padded)[None]

    def _piece(self, y: np.ndarray) -> np.ndarray:
        import torch

        if float(np.abs(y).max()) < 1e-6:
            return np.zeros((self.n_sources, len(y)), np.float32)  # silence into silences
        with torch.inference_mode():
            voices = self.net(self._prepared(y))[0].numpy()[:, : len(y)]
        # Trained for SI-SDR, the network is free in loudness and even in sign: each voice gets the gain, perhaps a
        # negative one, with which it fits the mixture best.
        fit = (voices @ y) / np.maximum((voices**2).sum(1), 1e-12)
        return voices * fit[:, None].astype(np.float32)


def load_weights(path: Path) -> TwoVoices:
    """Build the model from a safetensors file of `training/separation/export.py`; names and shapes must fit exactly."""
    import json

    import torch
    from safetensors import safe_open

    from algorithms.separation.shape import Shape
    from algorithms.separation.tasnet import ConvTasNet

    with safe_open(path, "pt") as file:
        shape = Shape(**json.loads(file.metadata()["shape"]))
        state = {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118  (it is no dict)
    with torch.device("meta"):  # no time spent on random weights
        net = ConvTasNet(shape)
    net.load_state_dict(state, strict=True, assign=True)
    return TwoVoices(net.requires_grad_(False))


def _load() -> TwoVoices:
    if not WEIGHTS.is_file():
        raise ModelUnavailable(f"assets/weights/{WEIGHTS.name} is missing: check the project out again.")
    check_sha256(WEIGHTS, WEIGHTS_SHA256)
    return load_weights(WEIGHTS)


register(
    ModelSpec(
        id="separation/conv-tasnet",
        task="Separator",
        source=f"asset:{WEIGHTS.name}",
        revision=WEIGHTS_SHA256,
        licence="Apache-2.0",
        size_mb=5,  # 1.1 million float32 weights
        sample_rate=SAMPLE_RATE,
        offline=True,
        load=_load,
    ),
    default=True,
)
