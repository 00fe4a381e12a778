"""`ssl/hubert-tiny` and `ssl/wav2vec2-tiny`, pre-trained by `training/ssl`: units and layers of any speech.

Their weights lie in `assets/weights/` as float16 safetensors with a model card each.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from algorithms.ssl.shape import SAMPLE_RATE, SslShape, frames_of, reaches
from models.registry import ModelSpec, ModelUnavailable, check_sha256, register

if TYPE_CHECKING:
    import torch

FOLDER = Path(__file__).parents[2] / "assets" / "weights"
HUBERT_SHA256 = "59989e85915f8688c5cb560bdca5abe653e8aaa5b8da6b386b8bf9b79ad6f908"
WAV2VEC_SHA256 = "5eaccc43e3e64b09ee3e2b624752b9ae71e56251a6e95e9aa29f17350d13e3e6"
LONGEST_S = 30.0  # attention grows with the square of the length: longer sounds are refused


def check_audio(y: np.ndarray) -> np.ndarray:
    """Return `y` as float32 [n], or raise a `ValueError` that says what is wrong with it."""
    y = np.asarray(y)
    if y.ndim != 1:
        raise ValueError(f"The model listens to one channel, shape [n], not {y.shape}: mix the channels down first.")
    least = reaches(SslShape().kernels, SslShape().strides)[-1].field
    if len(y) < least:
        raise ValueError(
            f"The sound has {len(y)} samples, and the first frame needs {least} ({1000 * least / SAMPLE_RATE:g} ms)."
        )
    if len(y) > LONGEST_S * SAMPLE_RATE:
        raise ValueError(f"The sound is longer than {LONGEST_S:g} s: cut it into shorter pieces.")
    y = y.astype(np.float32)
    if not np.isfinite(y).all():
        raise ValueError("The sound holds values that aren't numbers (NaN or infinity): decode it again.")
    return y


def normed(y: np.ndarray) -> np.ndarray:
    """Return a sound with mean 0 and variance 1, which both networks were trained on; silence stays silence."""
    y = y - y.mean()
    return (y / max(float(y.std()), 1e-5)).astype(np.float32)


class Tiny:
    """What both have in common: a `SpeechUnits` with a body.

    Attributes
    ----------
    net : torch.nn.Module
        `algorithms.ssl.hubert.Hubert` or `algorithms.ssl.contrast.Wav2vec2`.
    n_layers : int
        Of the Transformer. Layer 0 is what enters it.
    """

    frame_s = 320 / SAMPLE_RATE

    def __init__(self, net: torch.nn.Module, about: dict) -> None:
        self.net, self.about = net.eval(), about
        self.shape: SslShape = net.body.shape
        self.n_layers = self.shape.layers

    def frames(self, y: np.ndarray) -> int:
        """How many frames a sound [n] has."""
        return frames_of(len(y), self.shape)

    def convolved(self, y: np.ndarray) -> torch.Tensor:
        """Sound [n] to the normed output of the convolutions [1, T, C]."""
        import torch

        with torch.inference_mode():
            return self.net.body.frames(torch.from_numpy(normed(check_audio(y)))[None])

    def all_layers(self, y: np.ndarray) -> list[np.ndarray]:
        """Return the convolutions' output, what enters the Transformer, and each of its layers: float32 [T, D] each."""
        import torch

        frames = self.convolved(y)
        with torch.inference_mode():
            layers = self.net.body.layers(frames)
        return [frames[0].numpy(), *(layer[0].numpy() for layer in layers)]

    def features(self, y: np.ndarray, layer: int) -> np.ndarray:
        """Float32 [T, D] of a sound [n] at 16 kHz; `layer` 0 is what enters the Transformer."""
        if not 0 <= layer <= self.n_layers:
            raise ValueError(f"There is no layer {layer}: choose 0 to {self.n_layers}.")
        return self.all_layers(y)[1 + layer]


class TinyHubert(Tiny):
    """HuBERT; its units are the clusters of one of its layers."""

    def __init__(self, net: torch.nn.Module, first: Tiny, about: dict, tables: dict[str, np.ndarray]) -> None:
        super().__init__(net, about)
        self.first = first  # the network of iteration 1: the second teacher
        self.unit_layer, self.teacher_layer = int(about["unit_layer"]), int(about["teacher_layer"])
        self.tables = tables  # mean, std, centres of the units; of the teachers: mfcc_*, teacher_*

    @property
    def n_units(self) -> int:
        """How many units there are."""
        return len(self.tables["units_centres"])

    def nearest(self, features: np.ndarray, which: str = "units") -> np.ndarray:
        """Return the cluster of each row: `which` is "units", "mfcc" (first teacher) or "teacher" (second)."""
        from algorithms.ssl.kmeans import nearest

        mean, std, centres = (self.tables[f"{which}_{name}"] for name in ("mean", "std", "centres"))
        return nearest(((features - mean) / std).astype(np.float32), centres)

    def units(self, y: np.ndarray) -> np.ndarray:
        """One unit every 20 ms: int64 [T]."""
        return self.nearest(self.features(y, self.unit_layer))

    def mfcc_units(self, y: np.ndarray) -> np.ndarray:
        """The clusters of the first teacher, MFCC: int64 [T]."""
        from algorithms.ssl.mfcc import mfcc_39

        return self.nearest(mfcc_39(normed(check_audio(y)))[: self.frames(y)], "mfcc")

    def targets(self, y: np.ndarray) -> np.ndarray:
        """What iteration 2 had to name, clusters of a layer of iteration 1: int64 [T]."""
        return self.nearest(self.first.features(y, self.teacher_layer), "teacher")

    def guess(self, y: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Probabilities of the clusters of `targets`, float32 [T, n], where `mask` (bool [T]) hides frames."""
        import torch

        frames = self.convolved(y)
        with torch.inference_mode():
            hidden = self.net.body.layers(frames, torch.from_numpy(np.asarray(mask, bool))[None])[-1]
            return self.net.scores(self.net.body.last_norm(hidden))[0].softmax(-1).numpy()


class TinyWav2vec2(Tiny):
    """wav2vec 2.0; its units are the pairs of codebook entries, numbered first entry times V plus second."""

    @property
    def entries(self) -> int:
        """Entries of each codebook, V."""
        return self.net.quantiser.entries

    def codes(self, y: np.ndarray) -> np.ndarray:
        """The entry of each codebook in each frame: int64 [T, G]."""
        import torch

        frames = self.convolved(y)
        with torch.inference_mode():
            return self.net.quantiser.scores(frames)[0].argmax(-1).numpy()

    def units(self, y: np.ndarray) -> np.ndarray:
        """One unit every 20 ms: int64 [T]."""
        codes = self.codes(y)
        return codes @ self.entries ** np.arange(codes.shape[1])[::-1]

    def game(self, y: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Contexts and targets, float32 [T, width] each, where `mask` (bool [T]) hides frames from the contexts."""
        import torch

        with torch.inference_mode():
            sound = torch.from_numpy(normed(check_audio(y)))[None]
            context, targets, _ = self.net(sound, torch.from_numpy(np.asarray(mask, bool))[None])
        return context[0].numpy(), targets[0].numpy()


def load_weights(path: Path) -> Tiny:
    """Build a model from a file of `training/ssl/export.py`; names and shapes must fit exactly."""
    import torch
    from safetensors import safe_open

    from algorithms.ssl.contrast import Wav2vec2
    from algorithms.ssl.hubert import Hubert

    with safe_open(path, "pt") as file:
        about = json.loads(file.metadata()["about"])
        tensors = {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118  (it is no dict)
    tables = {key.removeprefix("table."): tensors.pop(key).numpy() for key in list(tensors) if key.startswith("table.")}
    shape = SslShape(**{key: tuple(v) if isinstance(v, list) else v for key, v in about["shape"].items()})

    def filled(net: torch.nn.Module, state: dict[str, torch.Tensor]) -> torch.nn.Module:
        net.load_state_dict(state, strict=True, assign=True)
        return net.requires_grad_(False)

    first = {key.removeprefix("first."): tensors.pop(key) for key in list(tensors) if key.startswith("first.")}
    with torch.device("meta"):  # no time spent on random weights
        if about["kind"] == "wav2vec2":
            return TinyWav2vec2(filled(Wav2vec2(shape), tensors), about)
        networks = Hubert(shape, about["targets"]), Hubert(shape, about["targets"])
    teacher = Tiny(filled(networks[1], first), about)
    return TinyHubert(filled(networks[0], tensors), teacher, about, tables)


def _loader(name: str, sha256: str):
    def load() -> Tiny:
        path = FOLDER / f"{name}.safetensors"
        if not path.is_file():
            raise ModelUnavailable(f"assets/weights/{path.name} is missing: check the project out again.")
        check_sha256(path, sha256)
        return load_weights(path)

    return load


for _id, _name, _sha256, _size_mb in (
    ("ssl/hubert-tiny", "ssl-hubert-tiny", HUBERT_SHA256, 17),
    ("ssl/wav2vec2-tiny", "ssl-wav2vec2-tiny", WAV2VEC_SHA256, 9),
):
    register(
        ModelSpec(
            id=_id,
            task="SpeechUnits",
            source=f"asset:{_name}.safetensors",
            revision=_sha256,
            licence="Apache-2.0",
            size_mb=_size_mb,  # 2.1 million float32 weights a network; HuBERT comes with its teacher
            sample_rate=SAMPLE_RATE,
            offline=True,
            load=_loader(_name, _sha256),
        ),
        default=_id == "ssl/hubert-tiny",
    )
