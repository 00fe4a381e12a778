"""Whisper in PyTorch as fine-tuning needs it: short windows, the loss, greedy decoding, and which weights move.

`network` is everywhere transformers' `WhisperForConditionalGeneration` (of any size, also with LoRA in it).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy, gelu

from algorithms.finetune import lora
from algorithms.finetune.tokens import MAX_TOKENS, Vocabulary

METHODS = {
    "all": "All weights",
    "decoder": "Decoder only",
    "cached": "Decoder only, encoder output kept",
    "lora": "LoRA",
}
LORA_TARGETS = ("q_proj", "v_proj")  # what Hu et al. (section 7.1) found to be worth most


def prepare(network: nn.Module, method: str, *, rank: int = 8, alpha: float = 16.0, seed: int = 0) -> None:
    """Set which weights move; for LoRA puts the additions in.

    The encoder's positions are sinusoids and never move. Decoder only: the token embeddings, which are also the
    output layer, move as well.
    """
    if method not in METHODS:
        raise ValueError(f"There is no method {method!r}: take one of {', '.join(METHODS)}.")
    if method == "lora":
        lora.add(network, LORA_TARGETS, rank, alpha, seed)
        return
    network.requires_grad_(True)
    network.model.encoder.embed_positions.requires_grad_(False)
    if method != "all":
        network.model.encoder.requires_grad_(False)


def moving(network: nn.Module) -> dict[str, nn.Parameter]:
    """The weights that are trained, by name; shared ones once."""
    return {name: p for name, p in network.named_parameters() if p.requires_grad}


def encode(network: nn.Module, mel: torch.Tensor) -> torch.Tensor:
    """Run the encoder on a window of any even length up to 3000 columns: [B, 80, T] to [B, T / 2, width].

    The same as transformers', which insists on 3000: position t gets the same sinusoid, only fewer positions are there.
    """
    encoder = network.model.encoder
    x = gelu(encoder.conv2(gelu(encoder.conv1(mel)))).transpose(1, 2)
    x = x + encoder.embed_positions.weight[: x.shape[1]]
    for layer in encoder.layers:
        x = layer(x, None)
        x = x[0] if isinstance(x, tuple) else x
    return encoder.layer_norm(x)


def sequences(texts: Sequence[Sequence[int]], vocabulary: Vocabulary) -> tuple[torch.Tensor, torch.Tensor]:
    """What the decoder reads and what it should write next: int64 [B, L] each; -100 where nothing is asked."""
    prompt, end = list(vocabulary.prompt), vocabulary.end
    length = max(map(len, texts)) + len(prompt)
    read = torch.full((len(texts), length), end)
    write = torch.full((len(texts), length), -100)
    for row, text in enumerate(texts):
        read[row, : len(prompt) + len(text)] = torch.tensor([*prompt, *text])
        write[row, len(prompt) - 1 : len(prompt) + len(text)] = torch.tensor([*text, end])
    return read, write


def loss(network: nn.Module, heard: torch.Tensor, read: torch.Tensor, write: torch.Tensor) -> torch.Tensor:
    """Sum of the cross-entropies, in nats, over the tokens asked for; heard [B, T / 2, width] as from `encode`."""
    states = network.model.decoder(input_ids=read, encoder_hidden_states=heard, use_cache=False).last_hidden_state
    asked = write != -100  # only these go through the output layer, which is a third of the decoder's work
    return cross_entropy(network.proj_out(states[asked]), write[asked], reduction="sum")


@torch.inference_mode()
def greedy(
    network: nn.Module, heard: torch.Tensor, vocabulary: Vocabulary, most: Sequence[int] | int = 224
) -> list[list[int]]:
    """The likeliest token each time, for every row of `heard` [B, T / 2, width], until its end token.

    Parameters
    ----------
    most : tokens at most, for all rows or for each: a network that can't write a language repeats itself for ever
    """
    rows = heard.shape[0]
    limit = [most] * rows if isinstance(most, int) else list(most)
    written: list[list[int]] = [[] for _ in range(rows)]
    going = [n > 0 for n in limit]
    tokens = torch.tensor([vocabulary.prompt] * rows, device=heard.device)
    cache: Any = None
    for _ in range(min(max(limit), MAX_TOKENS - len(vocabulary.prompt))):
        out = network.model.decoder(
            input_ids=tokens, encoder_hidden_states=heard, past_key_values=cache, use_cache=True
        )
        cache = out.past_key_values
        logits = network.proj_out(out.last_hidden_state[:, -1])
        logits[:, list(vocabulary.suppressed)] = -torch.inf
        best = logits.argmax(-1)
        for row, token in enumerate(best.tolist()):
            if going[row] and token != vocabulary.end:
                written[row].append(token)
            going[row] = going[row] and token != vocabulary.end and len(written[row]) < limit[row]
        if not any(going):
            break
        tokens = best[:, None]
    return written
