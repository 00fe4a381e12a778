"""A look inside the keyword spotters: every layer's maps, where an answer comes from, and weights on a coarse grid.

The float network is read from its ONNX file and run layer by layer in NumPy; `quantised` does the same for the
eight-bit one in integers. Fake quantisation (rounding to the grid and going on in floating point) shows what any number
of bits would do: Jacob et al., *Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
Inference* (2018), section 3; per tensor and per channel: Krishnamoorthi, *Quantizing deep convolutional networks for
efficient inference: A whitepaper* (2018), section 2 and 3.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from algorithms.keyword.ds_cnn import Layer, layers
from algorithms.keyword.features import N_COEFFICIENTS, N_FRAMES
from algorithms.keyword.quantised import IntegerNet, quantise_input, run_layer

MIN_BITS, MAX_BITS = 2, 8


@dataclass(frozen=True)
class FloatNet:
    """The float32 network: its layers in order, weights with the batch normalisation folded in, and its classes."""

    size: str
    labels: tuple[str, ...]
    layers: tuple[Layer, ...]
    weight: dict[str, np.ndarray]  # float32 [out, in / groups, k_t, k_f]
    bias: dict[str, np.ndarray]  # float32 [out]


def read_fp32(path: Path) -> FloatNet:
    """Read the float network that `training/keyword/export.py` wrote.

    Raises
    ------
    ValueError
        The file is no float DS-CNN of this project.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load(path)
    meta = {prop.key: prop.value for prop in model.metadata_props}
    values = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
    if "size" not in meta or "labels" not in meta or "conv.w" not in values:
        raise ValueError(
            f"{Path(path).name} is not a float network made by training/keyword/export.py: export it again."
        )
    labels = tuple(json.loads(meta["labels"]))
    plan = layers(meta["size"], len(labels))
    weight = {x.name: values[f"{x.name}.w"].reshape(x.out_shape[0], -1, *x.kernel) for x in plan if x.kind != "pool"}
    return FloatNet(meta["size"], labels, plan, weight, {name: values[f"{name}.b"] for name in weight})


# ---------------------------------------------------------------- running it layer by layer


def windows(x: np.ndarray, layer: Layer) -> np.ndarray:
    """What a layer's kernel lies on at each place: [..., channels, T, F] to [..., channels, T', F', k_t, k_f]."""
    top, left, bottom, right = layer.padding
    padded = np.pad(x, (*[(0, 0)] * (x.ndim - 2), (top, bottom), (left, right)))
    cut = np.lib.stride_tricks.sliding_window_view(padded, layer.kernel, (-2, -1))
    return cut[..., :: layer.stride[0], :: layer.stride[1], :, :]


def run_float(layer: Layer, x: np.ndarray, weight: np.ndarray | None, bias: np.ndarray | None) -> np.ndarray:
    """One layer and its ReLU (linear: none): float [n, channels, T, F] to float [n, *layer.out_shape]."""
    if layer.kind == "pool":
        return x.mean((2, 3), keepdims=True)
    if layer.kind == "depthwise":  # one addition for each cell of the kernel
        views = windows(x, layer)
        out = sum(
            views[..., i, j] * weight[:, 0, i, j][:, None, None]
            for i in range(layer.kernel[0])
            for j in range(layer.kernel[1])
        )
    elif layer.kernel == (1, 1):
        n, channels, t, f = x.shape
        out = (weight[:, :, 0, 0] @ x.reshape(n, channels, t * f)).reshape(n, -1, t, f)
    else:
        out = np.moveaxis(np.tensordot(windows(x, layer), weight, ((1, 4, 5), (1, 2, 3))), -1, 1)
    out = out + bias[:, None, None]
    return out if layer.kind == "linear" else np.maximum(out, 0)


def activations(
    net: FloatNet,
    mfcc: np.ndarray,
    *,
    weight: dict[str, np.ndarray] | None = None,
    rounded: Callable[[str, np.ndarray], np.ndarray] | None = None,
) -> dict[str, np.ndarray]:
    """Output of each layer for MFCCs [n, 49, 10]: "mfcc" and layer name to float [n, channels, T, F].

    Parameters
    ----------
    weight
        Weights to use in place of the network's own, such as `quantise_weights` gives.
    rounded
        `rounded(name, x)` is called on the input ("mfcc") and on each layer's output, and its result goes on.

    Raises
    ------
    ValueError
        Another shape.
    """
    x = np.asarray(mfcc, np.float32)
    if x.ndim != 3 or x.shape[1:] != (N_FRAMES, N_COEFFICIENTS):
        raise ValueError(f"The network takes MFCCs of shape [n, {N_FRAMES}, {N_COEFFICIENTS}], not {list(x.shape)}.")
    weight = weight or net.weight
    step = rounded or (lambda _name, x: x)
    x = step("mfcc", x[:, None])
    found = {"mfcc": x}
    for layer in net.layers:
        x = step(layer.name, run_float(layer, x, weight.get(layer.name), net.bias.get(layer.name)))
        found[layer.name] = x
    return found


def integer_activations(net: IntegerNet, mfcc: np.ndarray) -> dict[str, np.ndarray]:
    """Output of each layer of the eight-bit network as real numbers, scale (q - zero).

    Name to float32 [1, channels, T, F], the same keys and shapes as `activations` of one clip. The integers are those
    of the exported C code.
    """
    q = quantise_input(net, mfcc)
    found = {"mfcc": _real(q, net.in_scale, net.in_zero)}
    for step in net.layers:
        q = run_layer(step, q)
        found[step.layer.name] = _real(q, step.out_scale, step.out_zero)
    return found


def _real(q: np.ndarray, scale: float, zero: int) -> np.ndarray:
    return (scale * (q.astype(np.float32) - zero)).astype(np.float32)[None]


def real_weights(net: IntegerNet) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Weights and biases that the eight-bit network stands for, by layer name; shapes as `FloatNet`'s."""
    steps = [step for step in net.layers if step.layer.kind != "pool"]
    weight = {s.layer.name: (s.weight * s.weight_scale[:, None, None, None]).astype(np.float32) for s in steps}
    bias = {s.layer.name: (s.bias * s.weight_scale * s.in_scale).astype(np.float32) for s in steps}
    return weight, bias


def class_maps(last: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Each class's logit, laid out over the last map: what every place contributes.

    The average and the linear layer are both linear, so logit_k = sum over (t, f) of (w_k . a(t, f) + b_k) / (T F):
    class activation mapping (Zhou et al., *Learning Deep Features for Discriminative Localization*, 2016, equation 1).

    Parameters
    ----------
    last : float [channels, T, F]
        What the pool averages.
    weight : float [classes, channels]
    bias : float [classes]

    Returns
    -------
    np.ndarray float [classes, T, F], whose sum over T and F is the logit.
    """
    return (np.tensordot(weight, last, 1) + bias[:, None, None]) / (last.shape[1] * last.shape[2])


# ---------------------------------------------------------------- coarse grids


def _check_bits(bits: int) -> int:
    if not MIN_BITS <= int(bits) <= MAX_BITS:
        raise ValueError(f"{bits} bits can't be simulated here: choose {MIN_BITS} to {MAX_BITS}.")
    return int(bits)


def weight_scale(weight: np.ndarray, bits: int, per_channel: bool) -> np.ndarray:
    """Distance of two neighbouring grid points, float [out]: max |w| / (2^(bits - 1) - 1), of a channel or of all.

    Symmetric, zero at 0, as ONNX Runtime and TensorFlow Lite hold weights; a channel of zeros gets 1.
    """
    most = np.abs(weight).reshape(len(weight), -1).max(1).astype(np.float64)
    if not per_channel:
        most = np.full(len(weight), most.max())
    return np.where(most > 0, most, 1.0) / (2 ** (_check_bits(bits) - 1) - 1)


def quantise_weights(weight: np.ndarray, bits: int, per_channel: bool) -> tuple[np.ndarray, np.ndarray]:
    """Weights [out, ...] as integers and the scale of each channel: (int8, shape as given; float [out])."""
    scale = weight_scale(weight, bits, per_channel)
    steps = np.rint(weight / scale.reshape(-1, *[1] * (weight.ndim - 1)))
    return steps.astype(np.int8), scale


def coarse_weights(net: FloatNet, bits: int, per_channel: bool) -> dict[str, np.ndarray]:
    """Every layer's weights rounded to a grid of `bits` bits, as real numbers; biases stay, they have 32 bits."""
    found = {}
    for name, weight in net.weight.items():
        steps, scale = quantise_weights(weight, bits, per_channel)
        found[name] = (steps * scale[:, None, None, None]).astype(np.float32)
    return found


def output_ranges(net: IntegerNet) -> dict[str, tuple[float, float]]:
    """Range that calibration found for the input and for each layer's output: name to (lowest, highest)."""
    found = {"mfcc": (net.in_scale, net.in_zero)}
    found |= {step.layer.name: (step.out_scale, step.out_zero) for step in net.layers}
    return {name: (scale * (-128 - zero), scale * (127 - zero)) for name, (scale, zero) in found.items()}


def coarse_outputs(ranges: dict[str, tuple[float, float]], bits: int) -> Callable[[str, np.ndarray], np.ndarray]:
    """A `rounded` for `activations`: values clipped to the range and rounded to 2^bits steps, one of them exactly 0.0.

    Jacob et al. (2018), equation 1 and section 3.1: r = scale (q - zero) with q from 0 to 2^bits - 1.
    """
    levels = 2 ** _check_bits(bits) - 1

    def rounded(name: str, x: np.ndarray) -> np.ndarray:
        low, high = min(ranges[name][0], 0.0), max(ranges[name][1], 0.0)
        if high - low < 1e-12:  # calibration saw nothing but zeros
            return np.zeros_like(x, dtype=np.float32)
        scale = (high - low) / levels
        zero = np.rint(-low / scale)
        return (scale * (np.clip(np.rint(x / scale) + zero, 0, levels) - zero)).astype(np.float32)

    return rounded


def simulate(
    net: FloatNet,
    ranges: dict[str, tuple[float, float]],
    mfcc: np.ndarray,
    *,
    bits: int,
    per_channel: bool,
    outputs: bool = True,
) -> dict[str, np.ndarray]:
    """`activations` with weights of `bits` bits and, where `outputs`, every layer's output rounded to as many.

    `ranges` is `output_ranges` of the eight-bit network: the ranges stay those of its calibration.
    """
    rounded = coarse_outputs(ranges, bits) if outputs else None
    return activations(net, mfcc, weight=coarse_weights(net, bits, per_channel), rounded=rounded)


def sqnr_db(exact: np.ndarray, coarse: np.ndarray) -> float:
    """Signal-to-quantisation-noise ratio, 10 log10(sum exact^2 / sum (exact - coarse)^2), in dB; infinite if equal."""
    exact, coarse = np.asarray(exact, np.float64), np.asarray(coarse, np.float64)
    noise = float(((exact - coarse) ** 2).sum())
    signal = float((exact**2).sum())
    if not noise:
        return float("inf")
    return 10 * float(np.log10(signal / noise)) if signal else float("-inf")


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities over the last axis."""
    p = np.exp(logits - logits.max(-1, keepdims=True))
    return p / p.sum(-1, keepdims=True)


# ---------------------------------------------------------------- how sure a count is


def wilson_interval(right: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Interval for a share of which `right` of `count` were seen, 95 % for z = 1.96.

    Wilson, *Probable inference, the law of succession, and statistical inference* (1927).

    Raises
    ------
    ValueError
        No trial, or more right than trials.
    """
    if not 0 <= right <= count or not count:
        raise ValueError(f"{right} right of {count} is no share: give a count above 0 and at most as many right ones.")
    share, spread = right / count, z * z / count
    middle = (share + spread / 2) / (1 + spread)
    half = z * np.sqrt(share * (1 - share) / count + spread / (4 * count)) / (1 + spread)
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))


def sign_test(a: int, b: int) -> float:
    """Chance of a split at least as uneven as `a` to `b` if both sides were equally likely (two-sided, exact)."""
    from math import comb

    n, few = a + b, min(a, b)
    return min(1.0, 2 * sum(comb(n, k) for k in range(few + 1)) / 2**n)
