"""The network of a keyword of one's own: DS-CNN S's frozen body, the layers to train, and the spotter they make."""

from __future__ import annotations

import re
import tempfile
import unicodedata
from functools import lru_cache
from pathlib import Path

import numpy as np

from algorithms.keyword.personal import Tail, new_tail
from algorithms.text.letters import folded, is_mark
from models.keyword.ds_cnn import DsCnnSpotter, load_onnx, weights_file

BODY_END = "depthwise4"  # the layer whose output the trained layers take
PLACES, CHANNELS = 125, 64  # of that output
SILENCE, OTHER, FIRST = 0, 1, 2  # labels; the keywords follow


@lru_cache(maxsize=1)
def _body():
    """A session that gives DS-CNN S's logits and what its last depthwise convolution puts out; and all its weights."""
    import onnx
    import onnxruntime
    from onnx import helper, numpy_helper

    model = onnx.load(weights_file("s-fp32"))
    values = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
    model.graph.output.append(helper.make_tensor_value_info(f"{BODY_END}.out", onnx.TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session, values


def body(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the frozen layers make of MFCCs float32 [n, 49, 10].

    Returns
    -------
    tuple of np.ndarray
        Maps float32 [n, 125, 64], which `algorithms.keyword.personal` trains on, and the twelve old logits [n, 12].
    """
    session, _ = _body()
    found = [(np.zeros((0, PLACES, CHANNELS), np.float32), np.zeros((0, 12), np.float32))]
    for i in range(0, len(features), 64):
        batch = features[i : i + 64, None].astype(np.float32)
        logits, maps = session.run(["logits", f"{BODY_END}.out"], {"mfcc": batch})
        found.append((maps.reshape(len(maps), CHANNELS, PLACES).transpose(0, 2, 1), logits))
    return tuple(np.concatenate(parts) for parts in zip(*found, strict=True))


def start(n_labels: int, seed: int = 0) -> Tail:
    """The shipped network's last pointwise convolution with a fresh linear layer."""
    _, values = _body()
    weight = values["pointwise4.w"]
    return new_tail(weight.reshape(len(weight), -1), values["pointwise4.b"], n_labels, seed)


def network(tail: Tail, names: tuple[str, ...]) -> bytes:
    """The body with trained layers as an ONNX file; its labels are `_silence_`, `_unknown_` and the names."""
    from algorithms.keyword.onnx import to_onnx

    _, values = _body()
    weights = {name[:-2]: (values[name], values[f"{name[:-2]}.b"]) for name in values if name.endswith(".w")}
    weights["pointwise4"] = (tail.weight[:, :, None, None], tail.bias)
    weights["linear"] = (tail.head_weight, tail.head_bias)
    return to_onnx("s", ("_silence_", "_unknown_", *names), weights).SerializeToString()


class PersonalSpotter(DsCnnSpotter):
    """A `KeywordSpotter` with labels `_silence_`, `_unknown_` and one or two keywords of somebody's own.

    Attributes
    ----------
    threshold : float
        Probability from which a keyword should count: `algorithms.keyword.personal.choose_threshold` of held-out
        scores.
    onnx_fp32 : bytes
        The network as an ONNX file.
    about : object
        What its holder wants to keep with it.
    """

    about: object = None

    def __init__(self, onnx_fp32: bytes, calibration: np.ndarray, threshold: float):
        loaded = load_onnx(onnx_fp32)
        super().__init__(loaded.session, loaded.labels)
        self.onnx_fp32, self.threshold = onnx_fp32, threshold
        self._calibration = calibration
        self._int8: bytes | None = None

    @property
    def keywords(self) -> tuple[str, ...]:
        """The visitor's words."""
        return self.labels[FIRST:]

    def onnx_int8(self) -> bytes:
        """The network in eight bits, calibrated with what it learned from; made at the first call."""
        from algorithms.keyword.onnx import quantise

        if self._int8 is None:
            with tempfile.TemporaryDirectory() as folder:
                fp32, int8 = (Path(folder) / f"{kind}.onnx" for kind in ("fp32", "int8"))
                fp32.write_bytes(self.onnx_fp32)
                quantise(fp32, int8, self._calibration[:, None])
                self._int8 = int8.read_bytes()
        return self._int8

    def c_files(self) -> dict[str, str]:
        """The eight-bit network as C, file name to text; labels lose their accents, for C strings are ASCII."""
        from dataclasses import replace

        from algorithms.keyword.c_export import export_c
        from algorithms.keyword.quantised import read_int8

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "int8.onnx"
            path.write_bytes(self.onnx_int8())
            net = read_int8(path)
        net = replace(net, labels=tuple(ascii_label(label, i) for i, label in enumerate(net.labels)))
        return export_c(net, "kws_own", "a keyword trained in Speech Lab")


def ascii_label(label: str, number: int = 0) -> str:
    """A label in plain letters: accents dropped, and `word_NUMBER` where nothing is left.

    Examples
    --------
    >>> ascii_label("déjà vu"), ascii_label("привет", 2)
    ('deja vu', 'word_2')
    """
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
    return re.sub(r"[^\w '-]", "", plain).strip() or f"word_{number}"


def keyword_name(text: str) -> str:
    """A keyword's name as its label: lower case, spaces single.

    Raises
    ------
    ValueError
        Empty, too long, or not a word.
    """
    name = " ".join(re.sub("[\u2010-\u2015\u2212]", "-", folded(str(text), "NFKC")).split()).lower()
    if not name:
        raise ValueError("Give your word a name first: it is what the page shows when it hears it.")
    if len(name) > 24:
        raise ValueError(f"The name has {len(name)} letters: shorten it to 24.")
    if (
        name.startswith("_")
        or not any(c.isalpha() for c in name)
        or not all(c in " '-" or c == "_" or c.isalnum() or is_mark(c) for c in name)
    ):
        raise ValueError(f"{name!r} is no name for a word: use letters, digits, spaces, hyphens and apostrophes.")
    return name
