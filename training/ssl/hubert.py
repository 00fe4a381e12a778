"""Pre-train `ssl/hubert-tiny` in two iterations (Hsu et al. 2021).

    python -m training.ssl.hubert --work FOLDER --iteration 1 --minutes 15
    python -m training.ssl.hubert --work FOLDER --iteration 2 --minutes 20

Iteration 1 names k-means clusters of MFCC, iteration 2 clusters of layer `--layer` of iteration 1. Each resumes from
`FOLDER/hubert-N.pt`. Three things differ from the paper, because a few minutes of one processor core must do here
what there took days of 32 GPUs: the convolutions begin as `training.ssl.front` left them; iteration 1 weighs the
loss of hidden and heard frames equally, so that the convolutions learn from every frame; and iteration 2 goes on
with the body of iteration 1 (the paper starts from nothing).
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from algorithms.ssl.hubert import Hubert, masked_loss
from algorithms.ssl.kmeans import kmeans, nearest
from algorithms.ssl.shape import SslShape
from training.loop import train
from training.recordings import DEVELOPMENT, TRAIN
from training.ssl.crops import Crops, adamw
from training.ssl.front import warm

FITTED_ON = 20_000  # frames, drawn from the training speakers
ON_MASKED = {1: 0.5, 2: 1.0}  # alpha of the loss


Table = dict[str, np.ndarray]  # "mean" and "std" [D] of the features, "centres" [k, D] of the standardised ones


def clusters(features: np.ndarray, k: int) -> Table:
    """Standardise and cluster frames [F, D]."""
    rng = np.random.default_rng(0)
    sample = features[np.sort(rng.choice(len(features), min(FITTED_ON, len(features)), replace=False))]
    sample = sample.astype(np.float32)
    mean, std = sample.mean(0), sample.std(0) + 1e-6
    return {"mean": mean, "std": std, "centres": kmeans((sample - mean) / std, k, rng)}


def names(features: np.ndarray, table: Table) -> np.ndarray:
    """Return the cluster of each frame of features [F, D]: int16 [F]."""
    blocks = (features[i : i + 8192].astype(np.float32) for i in range(0, len(features), 8192))
    return np.concatenate([nearest((x - table["mean"]) / table["std"], table["centres"]) for x in blocks]).astype(
        np.int16
    )


def of_mfcc(work: Path, k: int) -> tuple[Table, np.ndarray]:
    """Return the clusters of the MFCC of the training speakers, and the cluster of every frame."""
    rows = json.loads((work / "rows.json").read_text(encoding="utf-8"))
    training = np.repeat([row["split"] == TRAIN for row in rows], [row["frames"] for row in rows])
    features = np.load(work / "mfcc.npy")
    table = clusters(features[training], k)
    return table, names(features, table)


def layer_of(net: Hubert, y: torch.Tensor, layer: int) -> np.ndarray:
    """Return one layer of sounds [B, n] without a mask: float32 [B, T, width]."""
    with torch.inference_mode():
        return net.body.layers(net.body.frames(y))[layer].numpy()


def of_layer(net: Hubert, work: Path, layer: int, k: int, seconds: float = 4.0) -> Table:
    """Return the clusters of a layer, fitted on random crops of the training speakers."""
    crops, rng = Crops(work, TRAIN, seconds), np.random.default_rng(0)
    found = [layer_of(net, crops.batch(4, rng)[0], layer) for _ in range(1 + FITTED_ON // (4 * crops.frames))]
    return clusters(np.concatenate([x.reshape(-1, x.shape[-1]) for x in found]), k)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder of training.ssl.data")
    parser.add_argument("--iteration", type=int, choices=(1, 2), default=1)
    parser.add_argument("--minutes", type=float, default=15.0, help="minutes of computing, over all runs")
    parser.add_argument("--units", type=int, default=100, help="clusters")
    parser.add_argument("--layer", type=int, default=3, help="layer of iteration 1 that iteration 2 clusters")
    parser.add_argument("--rate", type=float, default=1.5e-3, help="highest learning rate")
    parser.add_argument("--batch", type=int, default=6, help="crops a step")
    parser.add_argument("--seconds", type=float, default=4.0, help="of a crop")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    net = Hubert(SslShape(), args.units)
    warm(net.body, args.work)
    stored = args.work / f"teacher-{args.iteration}.npz"
    teacher, units = None, None
    if args.iteration == 1:
        if not stored.exists():
            table, units = of_mfcc(args.work, args.units)
            np.savez(stored, units=units, **table)
        units = np.load(stored)["units"]
    else:
        earlier = torch.load(args.work / "hubert-1.pt", weights_only=True)["average"]
        net.load_state_dict(earlier)
        teacher = Hubert(SslShape(), args.units).eval()
        teacher.load_state_dict(earlier)
        if not stored.exists():
            np.savez(stored, **of_layer(teacher, args.work, args.layer, args.units))
        torch.nn.init.normal_(net.codes)  # other clusters: the old names mean nothing
    table = dict(np.load(stored))
    crops, unheard = Crops(args.work, TRAIN, args.seconds), Crops(args.work, DEVELOPMENT, args.seconds)

    def drawn(of: Crops, size: int, rng: np.random.Generator):
        """Sounds, masks and the clusters to name; those of a layer are found on the way."""
        y, mask, labels = of.batch(size, rng, units)
        if teacher is not None:
            hidden = layer_of(teacher, y, args.layer)
            found = names(hidden.reshape(-1, hidden.shape[-1]), table).reshape(hidden.shape[:2])
            labels = torch.from_numpy(found.astype(np.int64))
        return y, mask, labels

    kept_rng = np.random.default_rng(1)
    kept = [drawn(unheard, 8, kept_rng) for _ in range(2)]
    net.train()

    def step(_done: float, rng: np.random.Generator):
        y, mask, labels = drawn(crops, args.batch, rng)
        scores = net(y, mask)
        loss = masked_loss(scores, labels, mask, ON_MASKED[args.iteration])
        right = scores.detach().argmax(-1) == labels
        return loss, {"loss": loss.item(), "masked": right[mask].float().mean().item()}

    def judge() -> dict[str, float]:
        masked, heard = [], []
        for y, mask, labels in kept:
            right = net(y, mask).argmax(-1) == labels
            masked.append(right[mask].float().mean().item())
            heard.append(right[~mask].float().mean().item())
        return {"unheard_masked": float(np.mean(masked)), "unheard_heard": float(np.mean(heard))}

    train(net, adamw(net, args.rate), step, judge, args.work / f"hubert-{args.iteration}.pt", args.minutes)


if __name__ == "__main__":
    main()
