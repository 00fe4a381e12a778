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
from algorithms.ssl.shape import SslShape, reaches
from training.recordings import DEVELOPMENT, TRAIN
from training.ssl.data import RMS
from training.ssl.front import warm
from training.ssl.loop import Crops, train

FITTED_ON = 20_000  # frames, drawn from the training speakers
ON_MASKED = {1: 0.5, 2: 1.0}  # alpha of the loss


def clusters(features: np.ndarray, training: np.ndarray, k: int) -> dict[str, np.ndarray]:
    """Standardise, cluster and label frames [F, D]; the centres come from the rows where `training` is true."""
    rng = np.random.default_rng(0)
    drawn = rng.choice(np.flatnonzero(training), min(FITTED_ON, int(training.sum())), replace=False)
    sample = features[np.sort(drawn)].astype(np.float32)
    mean, std = sample.mean(0), sample.std(0) + 1e-6
    centres = kmeans((sample - mean) / std, k, rng)
    blocks = range(0, len(features), 8192)
    units = [nearest((features[i : i + 8192].astype(np.float32) - mean) / std, centres) for i in blocks]
    return {"mean": mean, "std": std, "centres": centres, "units": np.concatenate(units).astype(np.int16)}


def layer_of_all(net: Hubert, work: Path, layer: int) -> np.ndarray:
    """Return one layer of every frame of the corpus: float16 [F, width]."""
    sound = np.load(work / "sound.npy", mmap_mode="r")
    reach = reaches(net.body.shape.kernels, net.body.shape.strides)[-1]
    found = []
    with torch.inference_mode():
        for row in json.loads((work / "rows.json").read_text(encoding="utf-8")):
            n = (row["frames"] - 1) * reach.hop + reach.field
            y = np.asarray(sound[row["sample"] : row["sample"] + n], np.float32) / (32767 * RMS)
            hidden = net.body.layers(net.body.frames(torch.from_numpy(y)[None]))[layer][0]
            found.append(hidden.numpy().astype(np.float16))
    return np.concatenate(found)


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
    teacher = args.work / f"teacher-{args.iteration}.npz"
    if args.iteration == 2:
        earlier = torch.load(args.work / "hubert-1.pt", weights_only=True)["average"]
        net.load_state_dict(earlier)
    if not teacher.exists():
        rows = json.loads((args.work / "rows.json").read_text(encoding="utf-8"))
        training = np.repeat([row["split"] == TRAIN for row in rows], [row["frames"] for row in rows])
        features = (
            np.load(args.work / "mfcc.npy") if args.iteration == 1 else layer_of_all(net.eval(), args.work, args.layer)
        )
        np.savez(teacher, **clusters(features, training, args.units))
    units = np.load(teacher)["units"]
    if args.iteration == 2:
        torch.nn.init.normal_(net.codes)  # other clusters: the old names mean nothing
    crops, unheard = Crops(args.work, TRAIN, args.seconds), Crops(args.work, DEVELOPMENT, args.seconds)
    kept_rng = np.random.default_rng(1)
    kept = [unheard.batch(8, kept_rng, units) for _ in range(2)]
    rng = np.random.default_rng()
    net.train()

    def step(_done: float):
        y, mask, labels = crops.batch(args.batch, rng, units)
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

    train(net, step, judge, args.work / f"hubert-{args.iteration}.pt", args.minutes, args.rate)


if __name__ == "__main__":
    main()
