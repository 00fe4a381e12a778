"""The arithmetic of HiFi-GAN's generator: how one frame becomes 256 samples, and how many frames a sample has seen.

A convolution, several times a transposed convolution followed by residual blocks of several kernel sizes whose outputs
are averaged, a convolution (Kong et al. 2020, section 2.2 and table 5). VITS's decoder is the same without a mel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class GeneratorShape:
    """Sizes of a generator; the defaults are those of V3.

    Attributes
    ----------
    pairs : bool
        After each dilated convolution of a residual block stands one without dilation (V1 and V2).
    last_bias : bool
        Whether the last convolution has a bias: HiFi-GAN's does, VITS's does not.
    """

    in_channels: int = 80  # of a mel; 192 of a latent in VITS
    channels: int = 256  # after the first convolution; half as many after each upsampling
    edge_kernel: int = 7  # of the first and the last convolution
    rates: tuple[int, ...] = (8, 8, 4)  # times as many samples
    kernels: tuple[int, ...] = (16, 16, 8)  # of the transposed convolutions
    block_kernels: tuple[int, ...] = (3, 5, 7)
    dilations: tuple[tuple[int, ...], ...] = ((1, 2), (2, 6), (3, 12))  # of each block
    pairs: bool = False
    last_bias: bool = True


LARGE_BLOCKS = {"block_kernels": (3, 7, 11), "dilations": ((1, 3, 5),) * 3, "pairs": True}
V1 = GeneratorShape(channels=512, rates=(8, 8, 2, 2), kernels=(16, 16, 4, 4), **LARGE_BLOCKS)
V2 = GeneratorShape(channels=128, rates=(8, 8, 2, 2), kernels=(16, 16, 4, 4), **LARGE_BLOCKS)
V3 = GeneratorShape()
VITS_JOE = GeneratorShape(in_channels=192, last_bias=False)  # the decoder of the voice that the lab carries


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


def stages(g: GeneratorShape = V3) -> list[Stage]:
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
            for _ in range(len(d) * (2 if g.pairs else 1))
        ]
        found.append(
            Stage(f"mrf{i}", channels, per_frame, sum(p for p, _ in sizes), per_frame * sum(m for _, m in sizes))
        )
    macs = channels * g.edge_kernel
    found.append(Stage("wave", 1, per_frame, macs + g.last_bias, macs * per_frame))
    return found


class Seen(NamedTuple):
    """Steps ``first`` to ``last`` at the input of a stage."""

    stage: str
    first: int
    last: int


def seen_by(sample: int, g: GeneratorShape = V3) -> list[Seen]:
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


def touched_by(frame: int, g: GeneratorShape = V3) -> tuple[int, int]:
    """Return the first and the last output sample that one latent frame can change."""
    edge, widest = (g.edge_kernel - 1) // 2, _widest(g)
    first, last = frame - edge, frame + edge
    for rate, kernel in zip(g.rates, g.kernels, strict=True):
        pad = (kernel - rate) // 2
        first, last = first * rate - pad - widest, last * rate - pad + kernel - 1 + widest
    return first - edge, last + edge


def _widest(g: GeneratorShape) -> int:
    """Return how far the widest residual block looks to each side, in steps."""
    return max(
        sum((d + g.pairs) * (k - 1) // 2 for d in ds) for k, ds in zip(g.block_kernels, g.dilations, strict=True)
    )


def samples(frames: int, rates: Sequence[int] = V3.rates) -> int:
    """Return the length of the waveform."""
    for rate in rates:
        frames *= rate
    return frames
