"""A fine-tuning that can be stopped and resumed: it is then the same as one that was never stopped.

Nothing random is carried from step to step. Which clips a step takes and where SpecAugment's holes are follows from the
seed and the step's number alone, so a resumed run needs the weights, the optimiser's memory and the number of steps.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from algorithms.augmentation.masks import apply_masks, draw_masks
from algorithms.finetune import network as whisper
from algorithms.finetune.features import batch as stacked
from algorithms.finetune.tokens import Vocabulary, most_tokens

LONGEST_GRADIENT = 1.0  # a longer one is shortened to this: one odd clip must not throw the weights off
MASKS = {"time_masks": 2, "longest": 20, "frequency_masks": 2, "widest": 10, "most": 0.1}


@dataclass(frozen=True)
class Settings:
    """What makes a run what it is."""

    method: str = "all"  # one of `network.METHODS`
    learning_rate: float = 1e-4  # the highest; with LoRA ten times that
    steps: int = 300
    warmup: int = 20  # steps in which the learning rate rises to it; then it falls to zero in a line
    batch: int = 8  # clips a step
    at_once: int = 8  # of them in memory at a time: the gradients of a step are added up
    rank: int = 8  # of LoRA
    alpha: float = 16.0  # of LoRA
    spec_augment: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.steps, self.batch, self.at_once, self.rank) < 1 or self.warmup < 0:
            raise ValueError("Steps, batch and rank must be at least 1, and the warm-up not negative.")
        if not 0 < self.learning_rate < 1:
            raise ValueError(f"A learning rate lies between 0 and 1, not at {self.learning_rate}.")
        if self.method == "cached" and self.spec_augment:
            raise ValueError("SpecAugment changes what the encoder hears; an encoder output that is kept can't change.")


@dataclass
class Example:
    """One clip to learn from or to be tested with."""

    mel: np.ndarray  # float32 [80, T], see `features.log_mel`
    tokens: Sequence[int]  # of the text, without control tokens
    text: str
    seconds: float
    name: str = ""
    speaker: str = ""
    heard: torch.Tensor | None = field(default=None, repr=False)  # the kept encoder output [T / 2, width]


def learning_rate(step: int, settings: Settings) -> float:
    """The rate of step 0, 1, ...: up in a line over the warm-up, then down in a line to zero."""
    if step < settings.warmup:
        return settings.learning_rate * (step + 1) / settings.warmup
    left = (settings.steps - step) / max(1, settings.steps - settings.warmup)
    return settings.learning_rate * max(0.0, left)


def chosen(step: int, n: int, settings: Settings) -> list[int]:
    """Which of `n` examples a step takes: each once in every round, in an order that is drawn anew for each."""
    a_round = -(-n // settings.batch)
    order = np.random.default_rng((settings.seed, 1, step // a_round)).permutation(n)
    start = step % a_round * settings.batch
    return order[start : start + settings.batch].tolist()


class Training:
    """One run.

    Attributes
    ----------
    step : int
        Steps done.
    """

    def __init__(
        self, network: nn.Module, vocabulary: Vocabulary, settings: Settings, examples: Sequence[Example]
    ) -> None:
        """Prepare the network (in place) for the method.

        Raises
        ------
        ValueError
            Nothing to learn from.
        """
        if not examples:
            raise ValueError("There is nothing to learn from: no clip with a text is left.")
        self.network, self.vocabulary, self.settings, self.examples = network, vocabulary, settings, examples
        self.device = next(network.parameters()).device
        whisper.prepare(network, settings.method, rank=settings.rank, alpha=settings.alpha, seed=settings.seed)
        self.weights = whisper.moving(network)
        self.optimizer = torch.optim.AdamW(self.weights.values(), lr=settings.learning_rate, weight_decay=0.0)
        self.step = 0

    def advance(self) -> float:
        """Do one step; returns the mean loss of a token, in nats."""
        self.network.train()
        rows = sorted(chosen(self.step, len(self.examples), self.settings), key=lambda i: self.examples[i].mel.shape[1])
        tokens = sum(len(self.examples[i].tokens) + 1 for i in rows)
        rate, total = learning_rate(self.step, self.settings), 0.0
        self.optimizer.zero_grad(set_to_none=True)
        for first in range(0, len(rows), self.settings.at_once):
            part = rows[first : first + self.settings.at_once]
            read, write = whisper.sequences([self.examples[i].tokens for i in part], self.vocabulary)
            found = whisper.loss(self.network, self._heard(part), read.to(self.device), write.to(self.device)) / tokens
            found.backward()
            total += float(found.detach())
        nn.utils.clip_grad_norm_(self.weights.values(), LONGEST_GRADIENT)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.step += 1
        return total

    def _heard(self, rows: Sequence[int]) -> torch.Tensor:
        """The encoder's output for some examples, [n, T / 2, width]; with gradients where the method needs them."""
        mels = [self.examples[i].mel for i in rows]
        if self.settings.method == "cached":
            return self._kept(rows)
        if self.settings.spec_augment:
            rngs = [np.random.default_rng((self.settings.seed, 2, self.step, i)) for i in rows]
            pairs = zip(mels, rngs, strict=True)
            mels = [apply_masks(m.T, draw_masks(*m.T.shape, rng, **MASKS)).T for m, rng in pairs]
        with torch.set_grad_enabled(self.settings.method in ("all", "lora")):
            return whisper.encode(self.network, torch.from_numpy(stacked(mels)).to(self.device))

    def _kept(self, rows: Sequence[int]) -> torch.Tensor:
        """As `_heard`, computed once an example; where another is longer, its last state, which is silence, goes on."""
        for i in rows:
            one = self.examples[i]
            if one.heard is None:
                with torch.no_grad():
                    one.heard = whisper.encode(self.network, torch.from_numpy(one.mel[None]).to(self.device))[0]
        kept = [self.examples[i].heard for i in rows]
        longest = max(map(len, kept))
        return torch.stack([torch.cat([one, one[-1:].expand(longest - len(one), -1)]) for one in kept])

    def state(self) -> dict[str, Any]:
        """All that a resumed run needs."""
        return {
            "settings": asdict(self.settings),
            "step": self.step,
            "weights": {name: p.detach() for name, p in self.weights.items()},
            "optimizer": self.optimizer.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from `state`.

        Raises
        ------
        ValueError
            It is of a run with other settings.
        """
        if state["settings"] != asdict(self.settings):
            raise ValueError("What was kept here is of a run with other settings: begin anew or use its settings.")
        with torch.no_grad():
            for name, p in self.weights.items():
                p.copy_(state["weights"][name])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]


def transcribed(
    network: nn.Module,
    vocabulary: Vocabulary,
    examples: Sequence[Example],
    decode: Callable[[Sequence[int]], str],
    *,
    at_once: int = 16,
) -> list[str]:
    """What the network writes for each example, by the likeliest token each time."""
    network.eval()
    texts = [""] * len(examples)
    order = sorted(range(len(examples)), key=lambda i: examples[i].mel.shape[1])
    device = next(network.parameters()).device
    for first in range(0, len(order), at_once):
        part = order[first : first + at_once]
        mel = torch.from_numpy(stacked([examples[i].mel for i in part])).to(device)
        with torch.inference_mode():
            heard = whisper.encode(network, mel)
        most = [most_tokens(examples[i].seconds) for i in part]
        for i, tokens in zip(part, whisper.greedy(network, heard, vocabulary, most), strict=True):
            texts[i] = decode(tokens).strip()
    return texts


def save(state: dict[str, Any], path: Path) -> None:
    """Write a state so that a stop in the middle of it leaves the one before.

    Raises
    ------
    OSError
        It can't be written, for example because the disk is full; what was there stays.
    """
    half = path.with_suffix(".half")
    try:
        torch.save(state, half)
        os.replace(half, path)
    except (OSError, RuntimeError) as wrong:  # torch's own writer turns a full disk into a RuntimeError
        half.unlink(missing_ok=True)
        raise OSError("The run's state could not be kept; the one before is still there. Is the disk full?") from wrong


def load(path: Path) -> dict[str, Any]:
    """Read what `save` wrote; only tensors and plain values, nothing is unpickled."""
    return torch.load(path, map_location="cpu", weights_only=True)
