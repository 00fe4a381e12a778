"""Make of what `matrix` has measured what the room ships: the table with its intervals, and the first seed's networks.

    python -m training.augmentation.export --data ../shared/data --work FOLDER

Intervals are percentiles of a bootstrap in which both the speakers of the test clips and the trainings are drawn again
(clips of one person are alike, so people are drawn, not clips). A difference is taken within each draw, so that what
both networks find easy or hard cancels.
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path

import numpy as np

from algorithms.augmentation.recipes import KINDS
from training.augmentation.matrix import usable, words

ASSETS = Path(__file__).resolve().parents[2] / "assets"
TABLE = ASSETS / "precomputed" / "augmentation-matrix.json"
NETS = ASSETS / "weights" / "kws-augmented.npz"
DRAWS = 2000


def drawn_shares(right: np.ndarray, speaker: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Shares of right answers in bootstrap draws of people and of trainings.

    Parameters
    ----------
    right : bool [rows, seeds, columns, clips]
    speaker : str [clips]

    Returns
    -------
    float [draws, rows, columns]; the same people and seeds in all rows and columns of one draw
    """
    people, owner = np.unique(speaker, return_inverse=True)
    of_people = np.stack([right[..., owner == i].sum(-1) for i in range(len(people))], -1).astype(np.float64)
    clips = np.bincount(owner)
    seeds, found = right.shape[1], []
    for _ in range(draws):
        times = np.bincount(rng.integers(len(people), size=len(people)), minlength=len(people))
        chosen = rng.integers(seeds, size=seeds)
        found.append((of_people[:, chosen].mean(1) @ times) / (clips @ times))
    return np.stack(found)


def table(right: np.ndarray, speaker: np.ndarray) -> dict:
    """Accuracy of every cell and what it gains over clean training in the same condition, with 95 % intervals."""
    shares = drawn_shares(right, speaker, DRAWS, np.random.default_rng(0))
    gains, mean = shares - shares[:, :1], right.mean((1, 3))

    def interval(values: np.ndarray) -> list[float]:
        return [round(float(v), 4) for v in np.percentile(values, (2.5, 97.5))]

    return {
        trained: {
            tested: {
                "right": round(float(mean[i, j]), 4),
                "interval": interval(shares[:, i, j]),
                "gain": round(float(mean[i, j] - mean[0, j]), 4),
                "gain_interval": interval(gains[:, i, j]),
            }
            for j, tested in enumerate(KINDS)
        }
        for i, trained in enumerate(KINDS)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, required=True)
    args = parser.parse_args()
    test = words(args.data, "val")
    test = test.take(usable(test))
    seeds = min(len(list(args.work.glob(f"probs-{kind}-*.npy"))) for kind in KINDS)
    right = np.stack(
        [
            [np.load(args.work / f"probs-{kind}-{seed}.npy").argmax(-1) == test.label - 1 for seed in range(seeds)]
            for kind in KINDS
        ]
    )
    made = {"date": str(date.today()), "seeds": seeds, "clips": len(test), "speakers": len(set(test.speaker))}
    TABLE.write_text(json.dumps(made | {"cells": table(right, test.speaker)}) + "\n", encoding="utf-8")
    weights = {}
    for kind in KINDS:
        with np.load(args.work / f"net-{kind}.npz") as held:
            weights |= {f"{kind}/{name}": held[name] for name in held.files}
    np.savez_compressed(NETS, **weights)
    print(
        f"{seeds} trainings a row, {len(test)} clips of {made['speakers']} people; {NETS.stat().st_size / 1e6:.2f} MB"
    )


if __name__ == "__main__":
    main()
