"""The eight-bit DS-CNN as integers: read from its ONNX file, and run step by step as the exported C code runs it.

A real number r stands as the integer q with r = scale (q - zero). A layer adds up integer products, and one fixed-point
multiplication a channel brings the sum to the scale of the next layer:

    q_out = zero_out + round(M_c sum_i (q_i - zero_in) w_i),   M_c = scale_in scale_w,c / scale_out,

Jacob et al., *Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference* (2018),
equations 1 to 7; with one weight scale a channel as Krishnamoorthi, *Quantizing deep convolutional networks for
efficient inference* (2018). M_c is held as a 31-bit integer and a shift to the right.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from algorithms.keyword.ds_cnn import Layer, layers


@dataclass(frozen=True)
class IntegerLayer:
    """One layer of the eight-bit network."""

    layer: Layer
    weight: np.ndarray  # int8 [out, in / groups, k_t, k_f]; empty for the pool
    bias: np.ndarray  # int32 [out]; empty for the pool
    weight_scale: np.ndarray  # float64 [out]
    in_scale: float
    in_zero: int
    out_scale: float
    out_zero: int
    multiplier: np.ndarray  # int32 [out], 2**30 to 2**31 - 1: M_c = multiplier / 2**shift
    shift: np.ndarray  # int [out], 1 to 62


@dataclass(frozen=True)
class IntegerNet:
    """The eight-bit network: its layers in order and its classes."""

    size: str
    labels: tuple[str, ...]
    layers: tuple[IntegerLayer, ...]

    @property
    def in_scale(self) -> float:
        """Size of one step of the input."""
        return self.layers[0].in_scale

    @property
    def in_zero(self) -> int:
        """Integer that stands for 0.0 in the input."""
        return self.layers[0].in_zero


def fixed_point(factor: float) -> tuple[int, int]:
    """A positive factor as (multiplier, shift): factor = multiplier / 2**shift to 31 bits, round to nearest.

    Raises
    ------
    ValueError
        The factor is not between 2**-31 and 2**30, so a sum of products can't be brought to eight bits with it.

    Examples
    --------
    >>> fixed_point(0.75)
    (1610612736, 31)
    """
    if not 2.0**-31 <= factor < 2.0**30:
        raise ValueError(f"A requantisation factor of {factor} does not fit into 31 bits and a shift: quantise again.")
    fraction, exponent = np.frexp(factor)  # factor = fraction * 2**exponent, 0.5 <= fraction < 1
    multiplier, shift = round(float(fraction) * 2**31), 31 - int(exponent)
    if multiplier == 2**31:
        multiplier, shift = 2**30, shift - 1
    return multiplier, shift


def requantise(total: np.ndarray, multiplier: np.ndarray, shift: np.ndarray, zero: int) -> np.ndarray:
    """Sums of products to eight bits: total * multiplier / 2**shift + zero, halves away from zero, kept in -128...127.

    Parameters
    ----------
    total : int [channels, ...]
    multiplier, shift : int [channels]

    Returns
    -------
    np.ndarray int8, total's shape
    """
    shape = (-1, *[1] * (total.ndim - 1))
    product = total.astype(np.int64) * multiplier.astype(np.int64).reshape(shape)
    shift = shift.astype(np.int64).reshape(shape)
    size = (np.abs(product) + (np.int64(1) << (shift - 1))) >> shift
    return np.clip(np.where(product < 0, -size, size) + zero, -128, 127).astype(np.int8)


def read_int8(path: Path) -> IntegerNet:
    """Read the QDQ network that `training/keyword/export.py` wrote.

    Raises
    ------
    ValueError
        The file is no eight-bit DS-CNN of this project.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load(path)
    meta = {prop.key: prop.value for prop in model.metadata_props}
    values = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
    by_output = {node.output[0]: node for node in model.graph.node}
    readers = {name: node for node in model.graph.node for name in node.input}
    named = {node.name: node for node in model.graph.node}
    if "size" not in meta or "labels" not in meta or "mfcc_QuantizeLinear" not in named:
        raise ValueError(
            f"{Path(path).name} is not an eight-bit network made by training/keyword/export.py: export it again."
        )
    labels = tuple(json.loads(meta["labels"]))

    def scale_and_zero(node):
        return float(values[node.input[1]]), int(values[node.input[2]])

    found = []
    for layer in layers(meta["size"], len(labels)):
        node = named[layer.name]
        in_scale, in_zero = scale_and_zero(by_output[node.input[0]])
        out_scale, out_zero = scale_and_zero(readers[node.output[0]])
        if layer.kind == "pool":
            weight, bias, weight_scale = np.zeros(0, np.int8), np.zeros(0, np.int32), np.ones(layer.out_shape[0])
            factors = weight_scale * in_scale / out_scale / (layer.kernel[0] * layer.kernel[1])
        else:
            weight, weight_scale = (values[by_output[node.input[1]].input[i]] for i in (0, 1))
            bias = values[by_output[node.input[2]].input[0]]
            weight = weight.reshape(layer.out_shape[0], -1, *layer.kernel)
            weight_scale = np.broadcast_to(weight_scale.astype(np.float64).ravel(), layer.out_shape[0])
            factors = weight_scale * in_scale / out_scale
        multiplier, shift = np.array([fixed_point(factor) for factor in factors]).T
        found.append(
            IntegerLayer(layer, weight, bias, weight_scale, in_scale, in_zero, out_scale, out_zero, multiplier, shift)
        )
    return IntegerNet(meta["size"], labels, tuple(found))


def quantise_input(net: IntegerNet, mfcc: np.ndarray) -> np.ndarray:
    """MFCCs float [49, 10] as the integers the network takes, int8 [1, 49, 10]."""
    q = np.rint(np.asarray(mfcc, np.float32) / np.float32(net.in_scale)) + net.in_zero
    return np.clip(q, -128, 127).astype(np.int8)[None]


def run_layer(step: IntegerLayer, x: np.ndarray) -> np.ndarray:
    """One layer: int8 [channels, time, frequency] to int8 of the layer's `out_shape`."""
    layer = step.layer
    centred = x.astype(np.int32) - step.in_zero
    if layer.kind == "pool":
        total = centred.sum((1, 2), keepdims=True)
        return requantise(total, step.multiplier, step.shift, step.out_zero)
    top, left, bottom, right = layer.padding
    padded = np.pad(centred, ((0, 0), (top, bottom), (left, right)))  # the zero point stands for silence in the padding
    windows = np.lib.stride_tricks.sliding_window_view(padded, layer.kernel, (1, 2))
    windows = windows[:, :: layer.stride[0], :: layer.stride[1]]  # [in, T, F, k_t, k_f]
    weight = step.weight.astype(np.int32)
    if layer.kind == "depthwise":
        total = np.einsum("ctfij,cij->ctf", windows, weight[:, 0])
    else:
        total = np.tensordot(weight, windows, ((1, 2, 3), (0, 3, 4)))
    return requantise(total + step.bias[:, None, None], step.multiplier, step.shift, step.out_zero)


def integer_logits(net: IntegerNet, mfcc: np.ndarray) -> np.ndarray:
    """The last layer's integers, int8 [classes], for MFCCs float [49, 10]; bit for bit what the C export computes."""
    x = quantise_input(net, mfcc)
    for step in net.layers:
        x = run_layer(step, x)
    return x.ravel()
