"""What the trainings share: crops of the speech."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

from algorithms.ssl.masking import span_mask
from algorithms.ssl.shape import SslShape, reaches
from training.recordings import TRAIN
from training.ssl.data import BY_SPEAKER, RMS

# How often a frame of a set is drawn, against the others: dev-clean has many readers and no gaps, the orders are half
# digital silence, which is easily named.
OFTEN = {"librispeech_devclean_mp3": 3.0, "picovoice_intents_en": 0.3}


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


def adamw(net: torch.nn.Module, rate: float) -> torch.optim.Optimizer:
    """Return the optimiser of both networks, with its highest learning rate."""
    return torch.optim.AdamW(net.parameters(), rate, betas=(0.9, 0.98), weight_decay=0.01)
