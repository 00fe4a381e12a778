"""Train `vocoder/wavenet` by teacher forcing: every sample is predicted from the true ones before it.

    python -m training.wavenet.train --work FOLDER --minutes 120

It resumes from `FOLDER/last.pt`, written every few minutes, and counts its minutes of computing over all runs. The
learning rate falls along a half cosine over `--minutes`: to go on longer, give more before they are over.
`FOLDER/last.json` collects the loss in nats a sample (ln 256 = 5.55 is guessing), on training clips and on readers it
has never heard.
"""

import argparse
import json
import math
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from algorithms.signal.synthesis_mel import SYNTHESIS_MEL
from algorithms.synthesis.wavenet import WaveNet
from algorithms.synthesis.wavenet_shape import WaveNetShape
from training.loop import cosine, train
from training.recordings import DEVELOPMENT, TRAIN

WARM_UP = 200  # steps over which the learning rate rises
AVERAGE = 0.999  # of the running average of weights, a step
FRAMES_A_SAMPLE = SYNTHESIS_MEL.sample_rate / SYNTHESIS_MEL.hop_length  # times 1 / rate


class Clips:
    """Draws short clips, with the samples before them and the mel around them."""

    def __init__(self, work: Path, split: str, shape: WaveNetShape, n: int) -> None:
        self.levels = np.load(work / "voices.npy", mmap_mode="r")
        self.mels = np.load(work / "mels.npy", mmap_mode="r")
        rows = json.loads((work / "voices.json").read_text(encoding="utf-8"))
        self.n, self.before = n, shape.receptive_field
        self.a_sample = FRAMES_A_SAMPLE / shape.sample_rate
        self.rows = [row for row in rows if row["split"] == split and row["samples"] > n + self.before + 1]
        seconds = np.array([row["samples"] for row in self.rows], float)
        self.chance = seconds / seconds.sum()

    def batch(self, size: int, rng: np.random.Generator) -> tuple[torch.Tensor, ...]:
        """Return levels [size, before + n + 1], mels [size, 80, T] and how far after frame 0 sample 1 lies [size]."""
        total = self.before + self.n + 1
        n_frames = math.ceil(total * self.a_sample) + 6
        levels, mels, first = [], [], []
        for row in rng.choice(len(self.rows), size, p=self.chance):
            row = self.rows[row]
            start = int(rng.integers(row["samples"] - total + 1))
            frame = max(0, min(int(start * self.a_sample) - 2, row["frames"] - n_frames))
            at = row["sample"] + start
            levels.append(np.asarray(self.levels[at : at + total], np.int64))
            mel = np.asarray(self.mels[row["frame"] + frame : row["frame"] + frame + n_frames], np.float32)
            mels.append(np.pad(mel, ((0, n_frames - len(mel)), (0, 0)), mode="edge").T)
            first.append(start + 1 - frame / self.a_sample)
        return torch.from_numpy(np.stack(levels)), torch.from_numpy(np.stack(mels)), torch.tensor(first)


def loss_of(net: WaveNet, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """Cross-entropy in nats a sample, over the samples whose whole receptive field is in the clip."""
    levels, mel, first = batch
    past = 2 * levels[:, :-1].float() / (net.shape.levels - 1) - 1
    scores = net(past, net.condition(mel, first, past.shape[1]))
    skip = net.shape.receptive_field
    return F.cross_entropy(scores[:, :, skip:], levels[:, 1 + skip :])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder with voices.npy, mels.npy and voices.json")
    parser.add_argument("--minutes", type=float, default=120.0, help="minutes of computing, over all runs")
    parser.add_argument("--rate", type=float, default=2e-3, help="highest learning rate (Adam)")
    parser.add_argument("--batch", type=int, default=4, help="clips a step")
    parser.add_argument("--samples", type=int, default=3000, help="samples of a clip that are predicted")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    shape = WaveNetShape()
    net = WaveNet(shape)
    clips = Clips(args.work, TRAIN, shape, args.samples)
    unheard = Clips(args.work, DEVELOPMENT, shape, args.samples)
    kept_rng = np.random.default_rng(1)
    kept = [unheard.batch(args.batch, kept_rng) for _ in range(10)]

    def step(_done: float, rng: np.random.Generator):
        loss = loss_of(net, clips.batch(args.batch, rng))
        return loss, {"train": loss.item()}

    def judge() -> dict[str, float]:
        return {"unheard_readers": sum(loss_of(net, batch).item() for batch in kept) / len(kept)}

    optimiser = torch.optim.Adam(net.parameters(), lr=args.rate)
    options = {
        "falls": cosine,
        "warm_up": WARM_UP,
        "averaged": AVERAGE,
        "every": 3.0,
        "notes": {"shape": asdict(shape)},
    }
    train(net, optimiser, step, judge, args.work / "last.pt", args.minutes, **options)


if __name__ == "__main__":
    main()
