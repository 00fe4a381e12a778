"""The sizes of a WaveNet, and what they cost: receptive field and multiply-accumulates, counted exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, kw_only=True)
class WaveNetShape:
    """Sizes. Each stack doubles the dilation from layer to layer: 1, 2, 4, ..."""

    stacks: int = 2
    layers: int = 8  # a stack
    kernel: int = 2
    residual: int = 32  # channels from layer to layer
    skip: int = 64  # channels that every layer gives to the output
    condition: int = 32  # channels of the mel after its own convolutions
    levels: int = 256  # of mu-law
    sample_rate: int = 8000  # Hz

    @property
    def dilations(self) -> list[int]:
        """Of each layer, from the first to the last."""
        return [2**k for k in range(self.layers)] * self.stacks

    @property
    def receptive_field(self) -> int:
        """Samples that one prediction depends on: 1 + (kernel - 1) times the sum of the dilations."""
        return 1 + (self.kernel - 1) * sum(self.dilations)

    @property
    def a_layer(self) -> int:
        """Multiply-accumulates of a layer for one sample, without its skip: dilated convolution, mel, 1x1."""
        return self.residual * (2 * self.residual * self.kernel + self.residual) + 2 * self.residual * self.condition

    @property
    def head(self) -> int:
        """Multiply-accumulates of the two last 1x1 convolutions."""
        return self.skip * (self.skip + self.levels)


class Macs(NamedTuple):
    """Multiply-accumulates for one new sample, by three ways of computing the same numbers."""

    naive: int  # the whole receptive field through every layer
    needed: int  # only what the new sample depends on, computed anew
    cached: int  # each layer once; what it gave before is remembered


def needed(shape: WaveNetShape, layers: int | None = None) -> list[set[int]]:
    """Samples back from the newest (0) at which each layer's output is needed; first the input, last the top layer.

    With `layers` the network ends after its first few.
    """
    found = [{0}]
    for dilation in reversed(shape.dilations[:layers]):
        found.append({at + k * dilation for at in found[-1] for k in range(shape.kernel)})
    return found[::-1]


def macs(shape: WaveNetShape) -> Macs:
    """Count for one sample; skips are computed where they are used: at the newest sample."""
    layers = len(shape.dilations)
    once = layers * shape.residual * shape.skip + shape.head
    everywhere = shape.residual + layers * shape.a_layer  # the first 1x1 has one input channel
    at = [len(places) for places in needed(shape)]
    return Macs(
        naive=shape.receptive_field * everywhere + once,
        needed=at[0] * shape.residual + sum(at[1:]) * shape.a_layer + once,
        cached=everywhere + once,
    )
