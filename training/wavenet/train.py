"""Train `vocoder/wavenet` by teacher forcing: every sample is predicted from the true ones before it.

    python -m training.wavenet.train --work FOLDER --hours 2

It resumes from `FOLDER/last.pt`, written every few minutes, and counts its hours of computing over all runs. The
learning rate falls along a half cosine over `--hours`: to go on longer, give more hours before they are over.
`FOLDER/curve.json` collects the loss in nats a sample (ln 256 = 5.55 is guessing), on training clips and on readers it
has never heard.
"""

import argparse
import json
import math
import os
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from algorithms.signal.synthesis_mel import SYNTHESIS_MEL
from algorithms.synthesis.wavenet import WaveNet
from algorithms.synthesis.wavenet_shape import WaveNetShape
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
    parser.add_argument("--hours", type=float, default=2.0, help="hours of computing on this processor, in all")
    parser.add_argument("--rate", type=float, default=2e-3, help="highest learning rate (Adam)")
    parser.add_argument("--batch", type=int, default=4, help="clips a step")
    parser.add_argument("--samples", type=int, default=3000, help="samples of a clip that are predicted")
    parser.add_argument("--round-s", type=float, default=180, help="seconds between checkpoints")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    shape = WaveNetShape()
    net, shadow = WaveNet(shape), WaveNet(shape).eval()
    optimiser = torch.optim.Adam(net.parameters(), lr=args.rate)
    average = {key: value.clone() for key, value in net.state_dict().items()}
    spent, steps, curve = 0.0, 0, []
    last = args.work / "last.pt"
    if last.exists():
        saved = torch.load(last, weights_only=True)
        net.load_state_dict(saved["net"])
        optimiser.load_state_dict(saved["optimiser"])
        average, spent, steps, curve = (saved[key] for key in ("average", "spent", "steps", "curve"))
        print(f"resumed at {spent:.2f} h, {steps} steps", flush=True)
    clips = Clips(args.work, TRAIN, shape, args.samples)
    unheard = Clips(args.work, DEVELOPMENT, shape, args.samples)
    kept_rng = np.random.default_rng(1)
    kept = [unheard.batch(args.batch, kept_rng) for _ in range(10)]
    rng = np.random.default_rng(steps)
    while spent < args.hours:
        began, cpu, losses, before = time.time(), time.process_time(), [], spent
        while time.time() - began < args.round_s and spent < args.hours:
            rate = args.rate * min((steps + 1) / WARM_UP, 0.5 + 0.5 * math.cos(math.pi * min(spent / args.hours, 1.0)))
            for group in optimiser.param_groups:
                group["lr"] = max(rate, 1e-5)
            loss = loss_of(net, clips.batch(args.batch, rng))
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            steps += 1
            keep = min(AVERAGE, steps / (steps + 20))
            with torch.no_grad():
                for key, value in net.state_dict().items():
                    average[key].lerp_(value, 1 - keep)
            losses.append(loss.item())
            spent = before + (time.process_time() - cpu) / 3600
        shadow.load_state_dict(average)
        with torch.inference_mode():
            unseen = sum(loss_of(shadow, batch).item() for batch in kept) / len(kept)
        row = {"hours": spent, "steps": steps, "train": sum(losses) / max(len(losses), 1), "unheard_readers": unseen}
        curve.append(row)
        print({key: round(value, 3) for key, value in row.items()}, flush=True)
        (args.work / "curve.json").write_text(json.dumps(curve), encoding="utf-8")
        saved = {"net": net.state_dict(), "optimiser": optimiser.state_dict(), "average": average}
        saved |= {"shape": asdict(shape), "spent": spent, "steps": steps, "curve": curve}
        torch.save(saved, last.with_suffix(".part"))
        os.replace(last.with_suffix(".part"), last)


if __name__ == "__main__":
    main()
