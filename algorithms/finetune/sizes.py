"""How many weights a Whisper has, how many of them a method moves, and what that takes: counted without the network."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Dimensions:
    """Of a Whisper; the usual values are those of base, multilingual."""

    width: int = 512
    layers: int = 6  # of the encoder, and as many of the decoder
    tokens: int = 51865
    bands: int = 80
    encoder_positions: int = 1500
    decoder_positions: int = 448


BASE = Dimensions()


@dataclass(frozen=True)
class Cost:
    """What a method takes, in weights and megabytes (10^6 bytes)."""

    all: int  # weights of the network, LoRA's included
    moving: int  # of them trained

    @property
    def training_mb(self) -> float:
        """All weights in float32, and for each that moves its gradient and Adam's two averages: without activations."""
        return (4 * self.all + 12 * self.moving) / 1e6

    @property
    def kept_mb(self) -> float:
        """A file of the moved weights in float16."""
        return 2 * self.moving / 1e6


def cost(method: str, rank: int = 8, size: Dimensions = BASE) -> Cost:
    """Count for one of `algorithms.finetune.network.METHODS`.

    Raises
    ------
    ValueError
        An unknown method.
    """
    d = size.width
    norm = 2 * d
    attention = 4 * d * d + 3 * d  # query, key, value, output; the key has no bias
    mlp = (d * 4 * d + 4 * d) + (4 * d * d + d)
    convolutions = (3 * size.bands * d + d) + (3 * d * d + d)
    sinusoids = size.encoder_positions * d  # given, not learnt
    encoder = convolutions + size.layers * (attention + mlp + 2 * norm) + norm
    decoder = (size.tokens + size.decoder_positions) * d + size.layers * (2 * attention + mlp + 3 * norm) + norm
    whole = encoder + decoder + sinusoids
    if method == "all":
        return Cost(whole, encoder + decoder)
    if method in ("decoder", "cached"):
        return Cost(whole, decoder)
    if method == "lora":
        added = 3 * size.layers * 2 * rank * 2 * d  # query and value of three attentions a layer pair
        return Cost(whole + added, added)
    raise ValueError(f"There is no method {method!r}.")
