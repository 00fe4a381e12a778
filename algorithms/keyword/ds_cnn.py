"""DS-CNN, the depthwise separable convolutional network for keyword spotting, in two sizes, with its costs counted.

Zhang, Suda, Lai and Chandra, *Hello Edge: Keyword Spotting on Microcontrollers* (arXiv:1711.07128, 2017), table 7:
a 10 x 4 convolution, four blocks of a 3 x 3 depthwise and a 1 x 1 pointwise convolution, each with batch normalisation
and ReLU, the average over time and frequency, one linear layer. "Same" padding as TensorFlow's, so that S has the
shapes of MLPerf Tiny's reference network. Depthwise separable convolutions: Howard et al., *MobileNets* (2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from algorithms.keyword.features import N_COEFFICIENTS, N_FRAMES

if TYPE_CHECKING:
    import torch

BLOCKS = 4
LABELS = ("_silence_", "_unknown_", "yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go")
"""The twelve classes of Warden, *Speech Commands* (arXiv:1804.03209, 2018), section 7.1."""


@dataclass(frozen=True)
class Size:
    """What distinguishes one DS-CNN from another."""

    channels: int
    first_stride: tuple[int, int]  # (time, frequency) of the first convolution
    block_stride: tuple[int, int]  # of the first block's depthwise convolution


SIZES = {"s": Size(64, (2, 2), (1, 1)), "m": Size(172, (2, 1), (2, 2))}


def same_padding(length: int, kernel: int, stride: int) -> tuple[int, int]:
    """Zeros before and after so that the output has ceil(length / stride) values, TensorFlow's "same"."""
    total = max(0, (-(-length // stride) - 1) * stride + kernel - length)
    return total // 2, total - total // 2


@dataclass(frozen=True)
class Layer:
    """One layer of the network as it runs, batch normalisation folded into it."""

    name: str  # "conv", "depthwise1", "pointwise1", ..., "pool", "linear"
    kind: str  # "conv", "depthwise", "pointwise", "pool", "linear"
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int, int, int]  # top, left, bottom, right: ONNX's order
    in_shape: tuple[int, int, int]  # channels, time, frequency
    out_shape: tuple[int, int, int]

    @property
    def weights(self) -> int:
        """Number of weights, biases not counted."""
        if self.kind == "pool":
            return 0
        inputs = 1 if self.kind == "depthwise" else self.in_shape[0]
        return self.out_shape[0] * inputs * self.kernel[0] * self.kernel[1]

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return self.weights + (0 if self.kind == "pool" else self.out_shape[0])

    @property
    def macs(self) -> int:
        """Multiply-accumulates an inference: every weight is used once at each output position.

        Positions in the padding are counted, as MLPerf and most papers do. The average has additions only: 0.
        """
        return self.weights * self.out_shape[1] * self.out_shape[2]


def layers(size: str, n_labels: int = len(LABELS)) -> tuple[Layer, ...]:
    """Every layer of DS-CNN `size` ("s" or "m") in order, for an input of 49 x 10.

    Examples
    --------
    >>> sum(layer.parameters for layer in layers("s")), sum(layer.macs for layer in layers("s"))
    (22604, 2656768)
    """
    chosen = _size(size)
    found: list[Layer] = []
    shape = (1, N_FRAMES, N_COEFFICIENTS)

    def add(name, kind, kernel, stride, channels):
        nonlocal shape
        pads = [same_padding(n, k, s) for n, k, s in zip(shape[1:], kernel, stride, strict=True)]
        out = (channels, *(-(-n // s) for n, s in zip(shape[1:], stride, strict=True)))
        padding = (pads[0][0], pads[1][0], pads[0][1], pads[1][1])
        found.append(Layer(name, kind, kernel, stride, padding, shape, out))
        shape = out

    add("conv", "conv", (10, 4), chosen.first_stride, chosen.channels)
    for block in range(1, BLOCKS + 1):
        stride = chosen.block_stride if block == 1 else (1, 1)
        add(f"depthwise{block}", "depthwise", (3, 3), stride, chosen.channels)
        add(f"pointwise{block}", "pointwise", (1, 1), (1, 1), chosen.channels)
    pooled = (chosen.channels, 1, 1)
    found.append(Layer("pool", "pool", shape[1:], (1, 1), (0, 0, 0, 0), shape, pooled))
    found.append(Layer("linear", "linear", (1, 1), (1, 1), (0, 0, 0, 0), pooled, (n_labels, 1, 1)))
    return tuple(found)


def _size(size: str) -> Size:
    if size not in SIZES:
        raise ValueError(f"There is no DS-CNN of size {size!r}: choose {' or '.join(SIZES)}.")
    return SIZES[size]


def standard_conv_macs(layer: Layer, channels: int) -> int:
    """Multiply-accumulates of a standard convolution in the place of a depthwise `layer` and its pointwise one.

    k_t k_f c_in c_out T F, against (k_t k_f c_in + c_in c_out) T F of the separable pair (MobileNets, equations 2-5).
    """
    kernel = layer.kernel[0] * layer.kernel[1]
    return kernel * layer.in_shape[0] * channels * layer.out_shape[1] * layer.out_shape[2]


def build(size: str, n_labels: int = len(LABELS), dropout: float = 0.2) -> torch.nn.Module:
    """A DS-CNN with fresh weights: `net(x)` takes float32 [batch, 1, 49, 10] and returns logits [batch, n_labels].

    Its submodules are named as `layers` names them; each convolution `x` is followed by the batch normalisation
    `x_norm`. `dropout` (before the linear layer) acts in training only.
    """
    from torch import nn

    class DsCnn(nn.Module):
        """See `build`."""

        def __init__(self):
            super().__init__()
            self.size, self.plan = size, layers(size, n_labels)
            for layer in self.plan:
                if layer.kind in ("conv", "depthwise", "pointwise"):
                    groups = layer.in_shape[0] if layer.kind == "depthwise" else 1
                    conv = nn.Conv2d(
                        layer.in_shape[0], layer.out_shape[0], layer.kernel, layer.stride, groups=groups, bias=False
                    )
                    setattr(self, layer.name, conv)
                    setattr(self, f"{layer.name}_norm", nn.BatchNorm2d(layer.out_shape[0]))
            self.drop = nn.Dropout(dropout)
            self.linear = nn.Linear(_size(size).channels, n_labels)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            for layer in self.plan[:-2]:
                top, left, bottom, right = layer.padding
                x = nn.functional.pad(x, (left, right, top, bottom))
                x = getattr(self, f"{layer.name}_norm")(getattr(self, layer.name)(x)).relu()
            return self.linear(self.drop(x.mean((2, 3))))

    return DsCnn()


def fold_batchnorm(net: torch.nn.Module) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Weights and biases of each layer with its batch normalisation multiplied in, for inference.

    w' = w gamma / sqrt(var + eps), b' = beta - mean gamma / sqrt(var + eps) (Jacob et al. 2018, *Quantization and
    Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference*, equation 14).

    Returns
    -------
    dict
        Layer name to (weight float32 [out, in / groups, k_t, k_f] or [out, in], bias float32 [out]).
    """
    folded = {}
    for layer in net.plan:
        if layer.kind == "pool":
            continue
        module = getattr(net, layer.name)
        weight = module.weight.detach().cpu().double().numpy()
        if layer.kind == "linear":
            bias = module.bias.detach().cpu().double().numpy()
        else:
            norm = getattr(net, f"{layer.name}_norm")
            gamma, beta, mean, var = (
                t.detach().cpu().double().numpy() for t in (norm.weight, norm.bias, norm.running_mean, norm.running_var)
            )
            factor = gamma / np.sqrt(var + norm.eps)
            weight, bias = weight * factor[:, None, None, None], beta - mean * factor
        folded[layer.name] = (np.ascontiguousarray(weight, np.float32), bias.astype(np.float32))
    return folded
