"""How far Conv-TasNet sees, how many weights it has and how much it multiplies: from its shape alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .shape import Shape


@dataclass(frozen=True)
class Reach:
    """After one block: what a frame of its output depends on.

    Attributes
    ----------
    block : int
        1, 2, ...
    dilation : int
        Frames between the three that its convolution looks at.
    frames : int
        How many frames the output depends on, the frame itself included.
    samples : int
        The same in samples of the sound.
    """

    block: int
    dilation: int
    frames: int
    samples: int


def receptive_field(shape: Shape) -> list[Reach]:
    """Layer by layer. Each block adds (P - 1) x dilation frames, half before and half after (a causal one: all before).

    In all: 1 + R (P - 1) (2^X - 1) frames, which lie on (frames - 1) x stride + L samples.
    """
    found, frames = [], 1
    for block in range(shape.n_repeats * shape.n_blocks):
        dilation = 2 ** (block % shape.n_blocks)
        frames += (shape.conv_kernel_size - 1) * dilation
        samples = (frames - 1) * shape.stride + shape.kernel_size
        found.append(Reach(block + 1, dilation, frames, samples))
    return found


@dataclass(frozen=True)
class Cost:
    """One stage of the network: its weights, and its multiply-accumulates for each frame."""

    name: str
    weights: int
    macs: int


def costs(shape: Shape) -> list[Cost]:
    """The stages in order. Norms and activations are counted in the weights, not in the multiplications."""
    n, length, between, inside = shape.n_filters, shape.kernel_size, shape.bn_chan, shape.hid_chan
    blocks = shape.n_repeats * shape.n_blocks
    taps = shape.conv_kernel_size
    pointwise = 2 * between * inside
    masks = between * shape.n_src * n
    return [
        Cost("encoder", n * length, n * length),
        Cost("bottleneck", 2 * n + n * between + between, n * between),
        Cost(
            f"{blocks} blocks: narrow to wide and back (kernel of 1)",
            blocks * (pointwise + inside + between),
            blocks * pointwise,
        ),
        Cost(
            f"{blocks} blocks: over time, each channel for itself",
            blocks * (inside * taps + inside),
            blocks * inside * taps,
        ),
        Cost(f"{blocks} blocks: norms and PReLU", blocks * (4 * inside + 2), 0),
        Cost("masks", masks + shape.n_src * n + 1, masks),
        Cost("decoder, for each voice", n * length, shape.n_src * n * length),
    ]
