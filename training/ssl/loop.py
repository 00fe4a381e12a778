"""What both trainings share: crops of the speech, and a loop that resumes, averages weights and keeps its curves."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from algorithms.ssl.masking import span_mask
from algorithms.ssl.shape import SslShape, reaches
from training.recordings import TRAIN
from training.ssl.data import BY_SPEAKER, RMS

WARM_UP = 100  # steps over which the learning rate rises
AVERAGE = 0.995  # of the running average of weights, a step
# How often a frame of a set is drawn, against the others: dev-clean has many readers and no gaps, the orders are half
# digital silence, which is easily named.
OFTEN = {"librispeech_devclean_mp3": 3.0, "picovoice_intents_en": 0.3}
GENTLE = 0.02  # the learning rate ends at this share of its highest


class Crops:
    """Draws crops of a few seconds, each with the frames' units."""

    def __init__(self, work: Path, split: str, seconds: float) -> None:
        self.sound = np.load(work / "sound.npy", mmap_mode="r")
        rows = json.loads((work / "rows.json").read_text(encoding="utf-8"))
        self.frames = int(seconds * 50) - 1
        self.rows = [row for row in rows if row["split"] == split and row["frames"] >= self.frames]
        if split != TRAIN:  # only sets whose splits part the speakers
            self.rows = [row for row in self.rows if row["set"] in BY_SPEAKER]
        long = np.array([row["frames"] * OFTEN.get(row["set"], 1.0) for row in self.rows], float)
        self.chance = long / long.sum()
        shape = SslShape()
        self.reach = reaches(shape.kernels, shape.strides)[-1]

    def batch(self, size: int, rng: np.random.Generator, units: np.ndarray | None = None):
        """Return sound [size, n] of variance about 1, mask [size, T], and units [size, T] of the frames, if given."""
        field, hop = self.reach.field, self.reach.hop
        sounds, masks, labels = [], [], []
        for at in rng.choice(len(self.rows), size, p=self.chance):
            row = self.rows[at]
            first = int(rng.integers(row["frames"] - self.frames + 1))
            start = row["sample"] + first * hop
            sounds.append(np.asarray(self.sound[start : start + (self.frames - 1) * hop + field], np.float32))
            masks.append(span_mask(self.frames, rng))
            if units is not None:
                labels.append(units[row["frame"] + first : row["frame"] + first + self.frames])
        y = torch.from_numpy(np.stack(sounds) / (32767 * RMS))
        return (
            y,
            torch.from_numpy(np.stack(masks)),
            torch.from_numpy(np.stack(labels).astype(np.int64)) if labels else None,
        )


Step = Callable[[float], tuple[torch.Tensor, dict[str, float]]]
Judge = Callable[[], dict[str, float]]


def train(net: torch.nn.Module, step: Step, judge: Judge, last: Path, minutes: float, rate: float, every: float = 0.25):
    """Train `net` for `minutes` of computing in all; resumes from `last`. Returns the net with its averaged weights.

    Parameters
    ----------
    step : gets the share of the time that is spent, returns the loss and numbers for the curve
    judge : measures the averaged weights on speakers kept for development; called with them in place
    last : checkpoint, written after every `every` minutes of computing; the curves lie beside it as JSON
    rate : highest learning rate of AdamW; it rises over WARM_UP steps and then falls in a line
    """
    optimiser = torch.optim.AdamW(net.parameters(), rate, betas=(0.9, 0.98), weight_decay=0.01)
    average = {key: value.clone() for key, value in net.state_dict().items()}
    spent, steps, curve = 0.0, 0, []
    if last.exists():
        saved = torch.load(last, weights_only=True)
        net.load_state_dict(saved["net"])
        optimiser.load_state_dict(saved["optimiser"])
        average, spent, steps, curve = (saved[key] for key in ("average", "spent", "steps", "curve"))
        print(f"resumed at {spent:.1f} min, {steps} steps", flush=True)
    while spent < minutes:
        cpu, before, seen = time.process_time(), spent, []
        while spent < min(before + every, minutes):
            done = spent / minutes
            for group in optimiser.param_groups:
                group["lr"] = rate * min((steps + 1) / WARM_UP, max(1 - done, GENTLE))
            loss, numbers = step(done)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            steps += 1
            keep = min(AVERAGE, steps / (steps + 10))
            with torch.no_grad():
                for key, value in net.state_dict().items():
                    average[key].lerp_(value, 1 - keep)
            seen.append(numbers)
            spent = before + (time.process_time() - cpu) / 60
        now = {key: value.clone() for key, value in net.state_dict().items()}
        net.load_state_dict(average)
        net.eval()
        with torch.inference_mode():
            judged = judge()
        net.train()
        net.load_state_dict(now)
        row = {"minutes": spent, "steps": steps}
        row |= {key: float(np.mean([one[key] for one in seen])) for key in seen[0]} if seen else {}
        curve.append(row | judged)
        print({key: round(value, 3) for key, value in curve[-1].items()}, flush=True)
        last.with_suffix(".json").write_text(json.dumps(curve), encoding="utf-8")
        saved = {"net": now, "optimiser": optimiser.state_dict(), "average": average}
        saved |= {"spent": spent, "steps": steps, "curve": curve}
        torch.save(saved, last.with_suffix(".part"))
        os.replace(last.with_suffix(".part"), last)
    net.load_state_dict(average)
    return net.eval()
