"""Train `tts/tacotron2` by teacher forcing: every frame is predicted from the true ones before it.

    python -m training.tacotron.train --work FOLDER --minutes 60

It resumes from `FOLDER/last.pt`, written every few minutes, and counts its minutes over all runs. Short sentences come
first: the longest allowed grows over the first third. The learning rate falls along a half cosine over `--minutes`.
The loss: L1 and squared error of the mel before and after the postnet, cross-entropy of the stop token, and guided
attention: cross-entropy between the weights and the durations of the voice that is learned (as in Zhu et al. 2019,
"Pre-Alignment Guided Attention for Improving Training Efficiency and Model Stability in End-to-End Speech Synthesis").
A first run had the diagonal of Tachibana et al. (2018, arXiv:1710.08969) as its guide instead. After two minutes it had
a straight line in each of 30 sentences, and after eight Whisper understood no word of eight of them: attention had
learned a pace, and the decoder went on from the last frame as if there were no text.
`FOLDER/last.json` collects the mean absolute error of the mel and how sharp and diagonal the attention is, on
training batches and on 30 sentences that are kept for validation.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from algorithms.signal.synthesis_mel import FLOOR
from algorithms.synthesis.tacotron.net import MEL_MEAN, MEL_SPREAD, Predicted, Tacotron2
from algorithms.synthesis.tacotron.shape import TacotronShape
from algorithms.synthesis.tacotron.tokens import encode
from training.loop import cosine, train
from training.recordings import DEVELOPMENT, TRAIN

AVERAGE = 0.998  # of the running average of weights, a step
GUIDE_WEIGHT = 0.3  # of guided attention
FIRST_FRAMES = 130  # the longest sentence at the start: 1.5 s
LAST_FRAMES = 8  # of a sentence belong to the mark at its end: the silence that was left there
STOP_WEIGHT = 8.0  # of the one step that ends a sentence, against the many that do not


class Sentences:
    """Draws batches of sentences of about the same length."""

    def __init__(self, work: Path, split: str, reduction: int) -> None:
        self.mels = np.load(work / "mels.npy", mmap_mode="r")
        rows = json.loads((work / "sentences.json").read_text(encoding="utf-8"))
        self.rows = sorted((row for row in rows if row["split"] == split), key=lambda row: row["frames"])
        self.reduction = reduction

    def batch(self, rows: list[dict]) -> tuple[Tensor, ...]:
        """Return ids [B, N], lengths [B], mel [B, S x reduction, 80] scaled, steps [B], where to look [B, S, N]."""
        ids = [encode(row["phonemes"]).ids for row in rows]
        steps = [math.ceil(row["frames"] / self.reduction) for row in rows]
        mel = np.full((len(rows), max(steps) * self.reduction, self.mels.shape[1]), np.log(FLOOR), np.float32)
        for i, row in enumerate(rows):
            mel[i, : row["frames"]] = self.mels[row["frame"] : row["frame"] + row["frames"]]
        padded = torch.zeros(len(rows), max(map(len, ids)), dtype=torch.int64)
        for i, one in enumerate(ids):
            padded[i, : len(one)] = torch.tensor(one)
        look = torch.zeros(len(rows), max(steps), padded.shape[1])
        for i, row in enumerate(rows):
            look[i, : steps[i], : len(ids[i])] = torch.from_numpy(
                shares(np.minimum(row["ends"], row["frames"] - LAST_FRAMES), steps[i], self.reduction)
            )
        scaled = (torch.from_numpy(mel) - MEL_MEAN) / MEL_SPREAD
        return padded, torch.tensor([len(one) for one in ids]), scaled, torch.tensor(steps), look

    def draw(self, frames: int, longest: float, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """Draw sentences of at most `longest` frames until they fill about `frames`, neighbours in length."""
        usable = sum(row["frames"] <= longest for row in self.rows)
        at = int(rng.integers(usable))
        n = max(4, min(48, frames // self.rows[at]["frames"]))
        near = np.arange(max(0, at - 2 * n), min(usable, at + 2 * n))
        return self.batch([self.rows[i] for i in rng.choice(near, min(n, len(near)), replace=False)])


def shares(ends: np.ndarray, steps: int, reduction: int) -> np.ndarray:
    """How much of each step's time belongs to each token, float32 [steps, N], rows sum to one.

    Parameters
    ----------
    ends : where each token ends, in frames, ascending; the last one goes on to the end
    """
    edges = np.concatenate([[-np.inf], ends[:-1], [np.inf]])
    first = np.arange(steps)[:, None] * reduction
    inside = np.minimum(edges[1:], first + reduction) - np.maximum(edges[:-1], first)
    return (np.maximum(inside, 0) / reduction).astype(np.float32)


def losses(got: Predicted, batch: tuple[Tensor, ...]) -> dict[str, Tensor]:
    """The parts of the loss, each a mean over what lies inside the sentences."""
    _, _, mel, steps, look = batch
    inside = torch.arange(got.stop.shape[1]) < steps[:, None]  # [B, S]
    frames = inside.repeat_interleave(mel.shape[1] // inside.shape[1], 1)
    end = (torch.arange(got.stop.shape[1]) == steps[:, None] - 1).float()
    stop = F.binary_cross_entropy_with_logits(got.stop, end, pos_weight=torch.tensor(STOP_WEIGHT), reduction="none")
    before, after = (got.before - mel)[frames], (got.after - mel)[frames]
    surprise = -(look * (got.weights + 1e-6).log()).sum(2)[inside]
    return {
        "before": before.abs().mean() + (before**2).mean(),
        "after": after.abs().mean() + (after**2).mean(),
        "stop": stop[inside].mean(),
        "guide": surprise.mean(),
        "l1": after.detach().abs().mean() * MEL_SPREAD,
        "sharp": got.weights.detach().max(2).values[inside].mean(),
    }


def total(parts: dict[str, Tensor]) -> Tensor:
    """What is minimised."""
    return parts["before"] + parts["after"] + 0.5 * parts["stop"] + GUIDE_WEIGHT * parts["guide"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder with mels.npy and sentences.json")
    parser.add_argument("--minutes", type=float, default=60.0, help="minutes of computing, over all runs")
    parser.add_argument("--rate", type=float, default=1.5e-3, help="highest learning rate (Adam)")
    parser.add_argument("--frames", type=int, default=3600, help="frames a batch, about")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    shape = TacotronShape()
    net = Tacotron2(shape)
    sentences = Sentences(args.work, TRAIN, shape.reduction)
    kept = Sentences(args.work, DEVELOPMENT, shape.reduction)
    kept_batch = kept.batch(kept.rows)
    longest = sentences.rows[-1]["frames"]

    def step(done: float, rng: np.random.Generator):
        limit = FIRST_FRAMES + (longest - FIRST_FRAMES) * min(1.0, 3 * done)
        batch = sentences.draw(args.frames, limit, rng)
        parts = losses(net(*batch[:3]), batch)
        return total(parts), {key: value.item() for key, value in parts.items()}

    def judge() -> dict[str, float]:
        unseen = losses(net(*kept_batch[:3]), kept_batch)
        return {f"unseen_{key}": value.item() for key, value in unseen.items()}

    optimiser = torch.optim.Adam(net.parameters(), lr=args.rate, eps=1e-7)
    options = {"falls": cosine, "averaged": AVERAGE, "every": 2.0, "notes": {"shape": asdict(shape)}}
    train(net, optimiser, step, judge, args.work / "last.pt", args.minutes, **options)


if __name__ == "__main__":
    main()
