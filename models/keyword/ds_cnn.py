"""The keyword spotters: DS-CNN S and M, in float32 and in eight-bit integers, on ONNX Runtime.

Twelve classes of Speech Commands (`algorithms.keyword.ds_cnn.LABELS`), one second of sound.
`training/keyword/train.py` made them; the model card is `assets/weights/kws-ds-cnn.md`.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.registry import ModelSpec, ModelUnavailable, check_sha256, register

if TYPE_CHECKING:
    import onnxruntime

SAMPLE_RATE = 16000
WEIGHTS = Path(__file__).parents[2] / "assets" / "weights"
DEFAULT = "s-int8"
SHA256 = {
    "s-int8": "8fe07ed8f16d732a6e67ee7b729c2304af13fc83b3c9616cac8a2452d5a12498",
    "s-fp32": "c2f0a69fad0edc93817e91fcc0f5c42c7aabe5ec3215931f88e5d91133fbd613",
    "m-int8": "83261766e63479a5882c58265aa458ea82688cb6971cc329cdce92717b832b2f",
    "m-fp32": "ec45aa04d6a8aaebcdbb92f615e4e428b00c2a2dcc0396ff0c7006e381ac7d76",
}


class DsCnnSpotter:
    """A `KeywordSpotter`: MFCC front end and DS-CNN."""

    def __init__(self, session: onnxruntime.InferenceSession, labels: tuple[str, ...]):
        self.session = session
        self.labels = labels

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Logits before the softmax, float32 [n, len(labels)].

        Parameters
        ----------
        features : np.ndarray
            MFCCs [n, 49, 10], from `algorithms.keyword.features.mfcc`.

        Raises
        ------
        ValueError
            Another shape, or NaN.
        """
        from algorithms.keyword.features import N_COEFFICIENTS, N_FRAMES

        features = np.asarray(features, np.float32)
        if features.ndim != 3 or features.shape[1:] != (N_FRAMES, N_COEFFICIENTS):
            raise ValueError(
                f"The network takes MFCCs of shape [n, {N_FRAMES}, {N_COEFFICIENTS}], not {list(features.shape)}: "
                "compute them with algorithms.keyword.features.mfcc from one second of sound."
            )
        if not np.isfinite(features).all():
            raise ValueError("The MFCCs hold NaN or infinite values: compute them again from the sound.")
        return self.session.run(None, {"mfcc": features[:, None]})[0]

    def predict_features(self, features: np.ndarray) -> np.ndarray:
        """Probabilities, float32 [n, len(labels)], of MFCCs [n, 49, 10]."""
        logits = self.logits(features)
        p = np.exp(logits - logits.max(1, keepdims=True))
        return p / p.sum(1, keepdims=True)

    def predict(self, y: np.ndarray) -> np.ndarray:
        """Probabilities, float32 [len(labels)], for one second of sound at 16 kHz.

        Parameters
        ----------
        y : float [16000], mono in [-1, 1]. A shorter clip is put in the middle of a second of silence.

        Raises
        ------
        ValueError
            Empty, longer than a second, several channels, whole numbers, NaN.
        """
        from algorithms.keyword.features import mfcc, one_second

        return self.predict_features(mfcc(one_second(y))[None])[0]


def load_onnx(model: Path | bytes) -> DsCnnSpotter:
    """A spotter from an ONNX file (or its bytes) that `training/keyword/export.py` wrote; runs on one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    source = model if isinstance(model, bytes) else str(model)
    session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    return DsCnnSpotter(session, tuple(json.loads(session.get_modelmeta().custom_metadata_map["labels"])))


def weights_file(variant: str) -> Path:
    """Path of the shipped ONNX file of a variant: "s-int8", "s-fp32", "m-int8" or "m-fp32".

    Raises
    ------
    ModelUnavailable
        It is missing, or it is not the file that was tested.
    """
    path = WEIGHTS / f"kws-ds-cnn-{variant}.onnx"
    if not path.is_file():
        raise ModelUnavailable(f"assets/weights/{path.name} is missing: check the project out again.")
    check_sha256(path, SHA256[variant])
    return path


def _register(variant: str) -> None:
    register(
        ModelSpec(
            id="kws/ds-cnn-int8" if variant == DEFAULT else f"kws/ds-cnn-{variant}",
            task="KeywordSpotter",
            source=f"asset:kws-ds-cnn-{variant}.onnx",
            revision=SHA256[variant],
            licence="Apache-2.0",
            size_mb=2 if variant.startswith("m") else 1,
            sample_rate=SAMPLE_RATE,
            offline=True,
            load=partial(_load, variant),
        ),
        default=variant == DEFAULT,
    )


def _load(variant: str) -> DsCnnSpotter:
    return load_onnx(weights_file(variant))


for _variant in SHA256:
    _register(_variant)
