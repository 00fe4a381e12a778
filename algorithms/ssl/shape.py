"""The sizes of the networks of this room, and what a stack of convolutions sees: strides and receptive fields."""

from __future__ import annotations

from dataclasses import dataclass

SAMPLE_RATE = 16_000  # Hz, of everything here


@dataclass(frozen=True, kw_only=True)
class SslShape:
    """Sizes of one self-supervised network; the defaults are those of `ssl/hubert-tiny` and `ssl/wav2vec2-tiny`.

    Kernels and strides are those of wav2vec 2.0 and HuBERT. Their convolutions have 512 channels in all seven layers;
    here the first layers, which run thousands of times a second, are the narrowest.
    """

    kernels: tuple[int, ...] = (10, 3, 3, 3, 3, 2, 2)
    strides: tuple[int, ...] = (5, 2, 2, 2, 2, 2, 2)
    channels: tuple[int, ...] = (32, 48, 64, 96, 128, 160, 192)
    normed_from: int = 2  # layer norm from this layer on (counted from 0): before it, it would cost the most
    width: int = 192  # of the Transformer
    layers: int = 4
    heads: int = 4
    positions: int = 31  # frames that the positional convolution covers
    position_groups: int = 16

    def __post_init__(self) -> None:
        if not len(self.kernels) == len(self.strides) == len(self.channels) > 0:
            raise ValueError("Kernels, strides and channels need one number for each layer.")
        if self.width % self.heads or self.width % self.position_groups:
            raise ValueError(f"A width of {self.width} can't be shared by its heads or groups: choose a multiple.")


@dataclass(frozen=True)
class Reach:
    """What one output of a convolutional layer covers.

    Attributes
    ----------
    field : int
        Samples of the sound that it depends on (the receptive field).
    hop : int
        Samples from one output to the next.
    """

    field: int
    hop: int


def reaches(kernels: tuple[int, ...], strides: tuple[int, ...]) -> list[Reach]:
    """Return the reach after each layer, first layer first.

    Layer l adds (k_l - 1) times the hop of the layer below to the field, and multiplies the hop by its stride:
    r_l = r_{l-1} + (k_l - 1) j_{l-1}, j_l = s_l j_{l-1}, with r_0 = j_0 = 1.

    >>> reaches((10, 3, 3, 3, 3, 2, 2), (5, 2, 2, 2, 2, 2, 2))[-1]
    Reach(field=400, hop=320)
    """
    found, field, hop = [], 1, 1
    for kernel, stride in zip(kernels, strides, strict=True):
        field += (kernel - 1) * hop
        hop *= stride
        found.append(Reach(field, hop))
    return found


def frames_of(n: int, shape: SslShape) -> int:
    """Return how many frames `n` samples give: only whole receptive fields count, nothing is padded."""
    last = reaches(shape.kernels, shape.strides)[-1]
    return max(0, (n - last.field) // last.hop + 1)
