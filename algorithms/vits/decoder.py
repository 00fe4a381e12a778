"""The decoder's arithmetic: how one frame becomes 256 samples, and how many frames one sample has seen.

It is HiFi-GAN's generator in its third version (Kong et al. 2020, V3): a convolution, three times a
transposed convolution followed by residual blocks of several kernel sizes whose outputs are averaged, a convolution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Generator:
    """Sizes of a HiFi-GAN generator; the defaults are those of the voice that the lab carries (V3)."""

    in_channels: int = 192
    channels: int = 256  # after the first convolution; half as many after each upsampling
    edge_kernel: int = 7  # of the first and the last convolution
    rates: tuple[int, ...] = (8, 8, 4)  # times as many samples
    kernels: tuple[int, ...] = (16, 16, 8)  # of the transposed convolutions
    block_kernels: tuple[int, ...] = (3, 5, 7)
    dilations: tuple[tuple[int, ...], ...] = ((1, 2), (2, 6), (3, 12))


class Stage(NamedTuple):
    """One stage.

    Attributes
    ----------
    name : str
        "conv_pre", "up0", "mrf0", ..., "wave".
    channels, per_frame : int
        Its output: values a step, and steps a frame.
    parameters : int
        Learned numbers.
    macs : int
        Multiply-accumulates a frame.
    """

    name: str
    channels: int
    per_frame: int
    parameters: int
    macs: int


def stages(g: Generator = Generator()) -> list[Stage]:
    """Return the generator's stages with their sizes and costs."""

    def conv(inputs: int, outputs: int, kernel: int) -> tuple[int, int]:
        """Return weights with bias, and multiply-accumulates a step."""
        return inputs * outputs * kernel + outputs, inputs * outputs * kernel

    found = [Stage("conv_pre", g.channels, 1, *conv(g.in_channels, g.channels, g.edge_kernel))]
    channels, per_frame = g.channels, 1
    for i, (rate, kernel) in enumerate(zip(g.rates, g.kernels, strict=True)):
        weights = channels * (channels // 2) * kernel
        macs = weights * per_frame  # each input step spreads over `kernel` output steps
        channels, per_frame = channels // 2, per_frame * rate
        found.append(Stage(f"up{i}", channels, per_frame, weights + channels, macs))
        sizes = [
            conv(channels, channels, k)
            for k, d in zip(g.block_kernels, g.dilations, strict=True)
            for _ in range(len(d))
        ]
        found.append(
            Stage(f"mrf{i}", channels, per_frame, sum(p for p, _ in sizes), per_frame * sum(m for _, m in sizes))
        )
    weights, macs = channels * g.edge_kernel, channels * g.edge_kernel
    found.append(Stage("wave", 1, per_frame, weights, macs * per_frame))  # the last convolution has no bias
    return found


class Seen(NamedTuple):
    """Steps ``first`` to ``last`` at the input of a stage."""

    stage: str
    first: int
    last: int


def seen_by(sample: int, g: Generator = Generator()) -> list[Seen]:
    """Follow one output sample back: which steps at the input of each stage it depends on, from the end to the start.

    The last entry, "conv_pre", is in latent frames: the receptive field. At the edges of a sentence steps below zero,
    and those behind the end, are the zeros that convolutions are padded with.
    """
    first = last = sample
    edge = (g.edge_kernel - 1) // 2
    first, last = first - edge, last + edge
    found = [Seen("wave", first, last)]
    widest = _widest(g)
    for i in reversed(range(len(g.rates))):
        first, last = first - widest, last + widest
        found.append(Seen(f"mrf{i}", first, last))
        # Input step i writes to the outputs i*rate - pad ... i*rate - pad + kernel - 1.
        rate, kernel, pad = g.rates[i], g.kernels[i], (g.kernels[i] - g.rates[i]) // 2
        first, last = -(-(first + pad - kernel + 1) // rate), (last + pad) // rate
        found.append(Seen(f"up{i}", first, last))
    found.append(Seen("conv_pre", first - edge, last + edge))
    return found


def touched_by(frame: int, g: Generator = Generator()) -> tuple[int, int]:
    """Return the first and the last output sample that one latent frame can change."""
    edge, widest = (g.edge_kernel - 1) // 2, _widest(g)
    first, last = frame - edge, frame + edge
    for rate, kernel in zip(g.rates, g.kernels, strict=True):
        pad = (kernel - rate) // 2
        first, last = first * rate - pad - widest, last * rate - pad + kernel - 1 + widest
    return first - edge, last + edge


def _widest(g: Generator) -> int:
    """Return how far the widest residual block looks to each side, in steps."""
    return max(sum(d * (k - 1) // 2 for d in ds) for k, ds in zip(g.block_kernels, g.dilations, strict=True))


def samples(frames: int, rates: Sequence[int] = Generator.rates) -> int:
    """Return the length of the waveform."""
    for rate in rates:
        frames *= rate
    return frames
