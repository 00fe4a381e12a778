"""Beam search over Whisper's tokens that keeps the whole tree (`openai/whisper`, decoding.py, `BeamSearchDecoder`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from algorithms.whisper.decode import MAX_TOKENS, Rules, any_of

if TYPE_CHECKING:
    from algorithms.whisper.net import KeysValues, WhisperNet

KEPT, FINISHED, DROPPED = "kept", "finished", "dropped"
MAX_WIDTH = 10


@dataclass(frozen=True)
class Node:
    """One token that was tried after one hypothesis."""

    parent: int  # number of the node before, -1 at the root
    depth: int  # tokens from the root, 1 for the first
    token: int
    logprob: float  # of the token
    total: float  # of the whole hypothesis
    fate: str  # "kept": goes on; "finished": ended; "dropped": others were likelier

    @property
    def length(self) -> int:
        """Tokens that the ranking divides by: the end of text does not count (`MaximumLikelihoodRanker`)."""
        return max(1, self.depth - (self.fate == FINISHED))

    @property
    def score(self) -> float:
        """``total / length``: what finished hypotheses are ranked by."""
        return self.total / self.length


@dataclass(frozen=True)
class Beam:
    """Everything that a beam search has tried."""

    nodes: tuple[Node, ...]
    finished: tuple[int, ...]  # nodes that end a hypothesis, best first
    width: int

    def path(self, node: int) -> list[int]:
        """Numbers of the nodes from the root to `node`."""
        found = []
        while node >= 0:
            found.append(node)
            node = self.nodes[node].parent
        return found[::-1]

    def tokens(self, node: int) -> list[int]:
        """The hypothesis that ends in `node`."""
        return [self.nodes[i].token for i in self.path(node)]


def beam_search(
    net: WhisperNet,
    sound: KeysValues,
    rules: Rules,
    prompt: Sequence[int],
    width: int = 5,
    max_tokens: int = MAX_TOKENS,
) -> Beam:
    """Write one window, keeping the `width` likeliest unfinished hypotheses at every step.

    It ends when `width` hypotheses have finished, or at `max_tokens`, where the likeliest unfinished ones fill up.

    Parameters
    ----------
    sound : from `WhisperNet.cross_keys_values`
    width : 1 to 10

    Raises
    ------
    ValueError
        The width is out of range, or the prompt too long.
    """
    *_, last = beam_steps(net, sound, rules, prompt, width, max_tokens)
    return last


def beam_steps(
    net: WhisperNet,
    sound: KeysValues,
    rules: Rules,
    prompt: Sequence[int],
    width: int = 5,
    max_tokens: int = MAX_TOKENS,
) -> Iterator[Beam]:
    """As `beam_search`, giving what there is after every step; the last one is the result.

    Before the end, `finished` holds what has finished so far, else the likeliest hypothesis that goes on.
    """
    import torch

    if not 1 <= width <= MAX_WIDTH:
        raise ValueError(f"The beam holds 1 to {MAX_WIDTH} hypotheses, not {width}.")
    nodes: list[Node] = []
    finished: list[int] = []
    live = [-1]
    texts: list[list[int]] = [[]]
    cache: KeysValues = []
    new = torch.tensor([list(prompt)])
    for depth in range(1, max_tokens + 1):
        logits = net.decode(new, sound, cache).logits[:, -1].float()
        gone = np.stack(
            [any_of(rules.removed(text, row), len(row)) for text, row in zip(texts, logits.numpy(), strict=True)]
        )
        log_probs = logits.masked_fill(torch.from_numpy(gone), -torch.inf).log_softmax(-1)
        # One more than the beam holds: even if one of them ends its text, the beam stays full.
        best, tokens = log_probs.topk(min(width + 1, log_probs.shape[1]))
        tried = [
            ((nodes[node].total if node >= 0 else 0.0) + logprob, logprob, token, row)
            for row, node in enumerate(live)
            for logprob, token in zip(best[row].tolist(), tokens[row].tolist(), strict=True)
            if logprob > -np.inf
        ]
        tried.sort(reverse=True)
        rows, next_live, next_texts = [], [], []
        for total, logprob, token, row in tried:
            ends = token == rules.special.end
            full = len(next_live) == width or (ends and len(finished) == width)
            nodes.append(Node(live[row], depth, token, logprob, total, DROPPED if full else FINISHED if ends else KEPT))
            if full:
                continue
            if ends:
                finished.append(len(nodes) - 1)
                continue
            next_live.append(len(nodes) - 1)
            next_texts.append([*texts[row], token])
            rows.append(row)
        live, texts = next_live, next_texts
        over = len(finished) >= width or not live
        if over or depth == max_tokens:
            finished += live[: width - len(finished)]
        ranked = sorted(finished, key=lambda i: -nodes[i].score)
        yield Beam(tuple(nodes), tuple(ranked or live[:1]), width)
        if over:
            return
        if rows != list(range(len(cache[0][0]))):
            cache[:] = [(keys[rows], values[rows]) for keys, values in cache]
        new = torch.tensor([[text[-1]] for text in texts])
