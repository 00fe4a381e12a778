"""What "Look inside" and its neighbours draw: the networks' layers, and every map for the second that was heard."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from algorithms.keyword import lens as kws_lens
from algorithms.keyword.ds_cnn import Layer, layers
from algorithms.keyword.features import FRAME, HOP, SAMPLE_RATE
from algorithms.keyword.lens import FloatNet
from components.audio_input import on_forget

if TYPE_CHECKING:
    from algorithms.keyword.quantised import IntegerNet

    from ..sound import Heard

FRAME_S, HOP_S = FRAME / SAMPLE_RATE, HOP / SAMPLE_RATE  # 0.04 and 0.02 s
STAGES = tuple(x.name for x in layers("s") if x.kind not in ("pool", "linear"))  # the layers that have maps


def title(name: str) -> str:
    """A layer's name for people: "depthwise2" is "depthwise 2", "conv" is "first conv"."""
    if name in ("conv", "mfcc"):
        return {"conv": "first conv", "mfcc": "input"}[name]
    return f"{name[:-1]} {name[-1]}" if name[-1].isdigit() else name


def short(name: str) -> str:
    """A layer's name for narrow places: "depth 2"."""
    return title(name).replace("wise", "").replace("first ", "")


TINY = {"mfcc": "in", "conv": "conv", "pool": "pool", "linear": "lin"}


def tiny(name: str) -> str:
    """A layer's name for an axis, on two lines: "dw<br>2"."""
    return TINY.get(name) or f"{name[0]}w<br>{name[-1]}"


def from_tiny(label: object) -> str | None:
    """The layer that `tiny` named, None where it named none."""
    return next((name for name in (*STAGES, "linear") if tiny(name) == str(label)), None)


@lru_cache(maxsize=2)
def float_net(size: str) -> FloatNet:
    """The float network "s" or "m", read once."""
    from models.keyword.ds_cnn import weights_file

    return kws_lens.read_fp32(weights_file(f"{size}-fp32"))


@lru_cache(maxsize=2)
def integer_net(size: str) -> IntegerNet:
    """The eight-bit network "s" or "m", read once."""
    from algorithms.keyword.quantised import read_int8
    from models.keyword.ds_cnn import weights_file

    return read_int8(weights_file(f"{size}-int8"))


@dataclass(frozen=True, eq=False)
class Look:
    """The chosen network opened on one second of sound.

    Attributes
    ----------
    size : str
        "s" or "m".
    labels : tuple of str
    layers : tuple of Layer
    maps : dict
        "mfcc" and each layer's name to float32 [channels, time, frequency].
    weight, bias : dict
        By layer name: float32 [out, in / groups, k_t, k_f] and [out], as real numbers.
    step : dict
        Distance of two values that a layer's output can take; empty for the float network.
    """

    size: str
    labels: tuple[str, ...]
    layers: tuple[Layer, ...]
    maps: dict[str, np.ndarray]
    weight: dict[str, np.ndarray]
    bias: dict[str, np.ndarray]
    step: dict[str, float]

    def layer(self, name: str) -> Layer:
        """A layer by name."""
        return next(x for x in self.layers if x.name == name)

    def before(self, name: str) -> str:
        """Name of what a layer reads: the layer before it, or "mfcc"."""
        names = ["mfcc", *(x.name for x in self.layers)]
        return names[names.index(name) - 1]

    def times(self, name: str) -> tuple[float, float]:
        """Where a map's columns lie in the sound: (middle of the first, distance of two), in seconds."""
        first, apart = FRAME_S / 2, HOP_S
        for layer in self.layers:
            if name == "mfcc":
                break
            first += apart * ((layer.kernel[0] - 1) / 2 - layer.padding[0])
            apart *= layer.stride[0]
            if layer.name == name:
                break
        return first, apart

    def heard_s(self, name: str) -> float:
        """Seconds of sound that one value of a map depends on (its receptive field)."""
        frames, apart = 1, 1
        for layer in self.layers:
            if name == "mfcc":
                break
            frames += (layer.kernel[0] - 1) * apart
            apart *= layer.stride[0]
            if layer.name == name:
                break
        return FRAME_S + (frames - 1) * HOP_S


# Keyed by one visitor's own object, so nothing passes to another one.
@lru_cache(maxsize=8)
def look(heard: Heard) -> Look:
    """Open the chosen network on the second that was heard."""
    size, kind = heard.model_id.split("-")
    net = float_net(size)
    if kind == "fp32":
        maps, weight, bias, step = kws_lens.activations(net, heard.mfcc[None]), net.weight, net.bias, {}
    else:
        integers = integer_net(size)
        maps = kws_lens.integer_activations(integers, heard.mfcc)
        weight, bias = kws_lens.real_weights(integers)
        step = {"mfcc": integers.in_scale, **{s.layer.name: s.out_scale for s in integers.layers}}
    maps = {name: x[0] for name, x in maps.items()}
    return Look(size, net.labels, net.layers, maps, weight, bias, step)


def liveliest(seen: Look, name: str) -> int:
    """The channel with the largest value in a layer's map."""
    return int(seen.maps[name].max((1, 2)).argmax())


def channel_of(seen: Look, name: str, asked: int) -> int:
    """The channel asked for, or the liveliest one where none is (-1) or the layer has no such channel."""
    return asked if 0 <= asked < len(seen.maps[name]) else liveliest(seen, name)


def cell_of(seen: Look, name: str, channel: int, asked: int) -> tuple[int, int]:
    """The cell asked for (its number, row by row in time), or the largest of the map where none is (-1)."""
    map_ = seen.maps[name][channel]
    at = asked if 0 <= asked < map_.size else int(map_.argmax())
    return divmod(at, map_.shape[1])


@dataclass(frozen=True, eq=False)
class Cell:
    """How one value of a map comes about."""

    inputs: np.ndarray  # float [in, k_t, k_f]: what the kernel lies on, zeros in the padding
    weights: np.ndarray  # the same shape
    bias: float
    total: float  # bias + sum of the products
    value: float  # what the map holds: after ReLU, and after rounding in the eight-bit network

    @property
    def products(self) -> np.ndarray:
        """Inputs times weights."""
        return self.inputs * self.weights


def cell(seen: Look, name: str, channel: int, t: int, f: int) -> Cell:
    """Compute one value of a layer's map again, from its inputs."""
    layer = seen.layer(name)
    patch = kws_lens.windows(seen.maps[seen.before(name)], layer)[:, t, f]  # [in, k_t, k_f]
    if layer.kind == "depthwise":
        patch = patch[channel : channel + 1]
    weights, bias = seen.weight[name][channel], float(seen.bias[name][channel])
    return Cell(patch, weights, bias, bias + float((patch * weights).sum()), float(seen.maps[name][channel, t, f]))


def contributions(seen: Look, label: int) -> np.ndarray:
    """What each channel of the last map adds to a class's logit before its bias, float [channels]."""
    last = seen.maps[seen.before("pool")]
    return seen.weight["linear"][label, :, 0, 0] * last.mean((1, 2))


def class_maps(seen: Look) -> np.ndarray:
    """`kws_lens.class_maps` of the last map, float [classes, T, F]."""
    return kws_lens.class_maps(seen.maps[seen.before("pool")], seen.weight["linear"][:, :, 0, 0], seen.bias["linear"])


@on_forget
def drop(_path: str) -> None:
    """Forget the maps: a visitor has gone."""
    look.cache_clear()
