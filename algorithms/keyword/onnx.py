"""A DS-CNN as an ONNX file: batch normalisation folded, float32 and eight-bit integers.

The eight-bit network is ONNX Runtime's static quantisation (QDQ form: weights and activations lie between
QuantizeLinear and DequantizeLinear nodes): weights symmetric with one scale a channel, activations with one scale and
zero point a tensor, found by running clips. `training/keyword/export.py` writes the shipped files with it, and the page
"Your own keyword" a visitor's. Needs the package `onnx`, which ONNX Runtime's quantiser is written with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from algorithms.keyword.ds_cnn import layers
from algorithms.keyword.features import N_COEFFICIENTS, N_FRAMES

if TYPE_CHECKING:
    import onnx

OPSET = 17
INPUT, OUTPUT = "mfcc", "logits"


def to_onnx(
    size: str, labels: tuple[str, ...], weights: Mapping[str, tuple[np.ndarray, np.ndarray]]
) -> onnx.ModelProto:
    """A network as an ONNX model: Conv and Relu for each convolution, GlobalAveragePool, Gemm; input [n, 1, 49, 10].

    Parameters
    ----------
    size : "s" or "m"
    labels : one for each output
    weights : layer name to (weight float32 [out, in / groups, k_t, k_f] or [out, in], bias float32 [out])
        As `algorithms.keyword.ds_cnn.fold_batchnorm` gives them.

    Returns
    -------
    onnx.ModelProto, whose metadata holds the size and the labels
    """
    from onnx import TensorProto, checker, helper, numpy_helper

    nodes, initialisers, x = [], [], INPUT
    for layer in layers(size, len(labels)):
        if layer.kind == "pool":
            nodes.append(helper.make_node("GlobalAveragePool", [x], ["pool"], "pool"))
            nodes.append(helper.make_node("Flatten", ["pool"], ["flat"], "flat", axis=1))
            x = "flat"
            continue
        for suffix, value in zip("wb", weights[layer.name], strict=True):
            initialisers.append(numpy_helper.from_array(value, f"{layer.name}.{suffix}"))
        inputs = [x, f"{layer.name}.w", f"{layer.name}.b"]
        if layer.kind == "linear":
            nodes.append(helper.make_node("Gemm", inputs, [OUTPUT], layer.name, transB=1))
            continue
        group = layer.in_shape[0] if layer.kind == "depthwise" else 1
        nodes.append(
            helper.make_node(
                "Conv",
                inputs,
                [f"{layer.name}.sum"],
                layer.name,
                kernel_shape=layer.kernel,
                strides=layer.stride,
                pads=layer.padding,
                group=group,
            )
        )
        nodes.append(helper.make_node("Relu", [f"{layer.name}.sum"], [f"{layer.name}.out"], f"{layer.name}.relu"))
        x = f"{layer.name}.out"
    graph = helper.make_graph(
        nodes,
        f"ds-cnn-{size}",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["n", 1, N_FRAMES, N_COEFFICIENTS])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["n", len(labels)])],
        initialisers,
    )
    model = helper.make_model(graph, producer_name="speech-lab", opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = 8  # the oldest for this opset: read by every ONNX Runtime since 1.12
    helper.set_model_props(model, {"size": size, "labels": json.dumps(labels)})
    checker.check_model(model, full_check=True)
    return model


class _Reader:
    """Calibration clips, as ONNX Runtime's quantiser asks for them."""

    def __init__(self, features: np.ndarray, batch: int = 64):
        self.batches = iter([{INPUT: features[i : i + batch]} for i in range(0, len(features), batch)])

    def get_next(self):
        return next(self.batches, None)


def quantise(fp32: Path, int8: Path, features: np.ndarray, *, per_channel: bool = True, method: str = "minmax") -> None:
    """Write the eight-bit form of a network.

    Parameters
    ----------
    fp32, int8 : paths of the float network and of the file to write
    features : float32 [n, 1, 49, 10]
        Inputs to calibrate with: they set the range of every activation.
    per_channel : one weight scale a channel, else one a layer
    method : "minmax" (the whole range seen), "percentile" (99.99 % of it) or "entropy"
    """
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    methods = {
        "minmax": CalibrationMethod.MinMax,
        "percentile": CalibrationMethod.Percentile,
        "entropy": CalibrationMethod.Entropy,
    }
    if method not in methods:
        raise ValueError(f"There is no calibration {method!r}: choose {', '.join(methods)}.")
    quantize_static(
        str(fp32),
        str(int8),
        _Reader(features.astype(np.float32)),
        quant_format=QuantFormat.QDQ,
        per_channel=per_channel,
        activation_type=QuantType.QInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=methods[method],
    )
    _restore_metadata(fp32, int8)


def _restore_metadata(fp32: Path, int8: Path) -> None:
    """Give the eight-bit file the float one's metadata, and nothing of the quantiser's."""
    import onnx
    from onnx import helper

    model = onnx.load(int8)
    source = {p.key: p.value for p in onnx.load(fp32).metadata_props}
    del model.metadata_props[:]
    helper.set_model_props(model, source)
    for thing in (*model.graph.node, *model.graph.initializer):
        thing.doc_string = ""
    del model.graph.value_info[:]
    onnx.save(model, int8)
