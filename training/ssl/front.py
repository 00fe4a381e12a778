"""Give both networks convolutions that hear something, before either plays its game.

    python -m training.ssl.front --work FOLDER --minutes 2

Writes `FOLDER/front.pt`. The convolutions learn to give a linear map the log-mel energies of their own 25 ms. The
papers do not need this: there the game alone teaches the convolutions, in days on dozens of GPUs. Here minutes of
one processor core are all there is, and in these the games hardly move convolutions that start from random numbers.
Still nothing is labelled, and what goes in is the waveform.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from algorithms.ssl.body import Body
from algorithms.ssl.mfcc import log_mel
from algorithms.ssl.shape import SslShape
from training.loop import train
from training.recordings import DEVELOPMENT, TRAIN
from training.ssl.crops import Crops, adamw

N_MELS = 40


def target(y: torch.Tensor) -> torch.Tensor:
    """Log-mel of crops [B, n], mean 0 and variance 1 in each: float32 [B, T, 40]."""
    rows = np.stack([log_mel(one)[:, :N_MELS] for one in y.numpy()])
    rows = (rows - rows.mean((1, 2), keepdims=True)) / (rows.std((1, 2), keepdims=True) + 1e-3)
    return torch.from_numpy(rows.astype(np.float32))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder of training.ssl.data")
    parser.add_argument("--minutes", type=float, default=2.0, help="minutes of computing, over all runs")
    parser.add_argument("--rate", type=float, default=3e-3, help="highest learning rate")
    parser.add_argument("--batch", type=int, default=3, help="crops a step")
    parser.add_argument("--seconds", type=float, default=3.0, help="of a crop")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    body = Body(SslShape())
    net = torch.nn.ModuleDict({"front": body.front, "front_norm": body.front_norm})
    net["mel"] = torch.nn.Linear(SslShape().channels[-1], N_MELS)
    crops, unheard = Crops(args.work, TRAIN, args.seconds), Crops(args.work, DEVELOPMENT, args.seconds)
    kept = unheard.batch(8, np.random.default_rng(1))[0]

    def error(y: torch.Tensor) -> torch.Tensor:
        return (net["mel"](body.frames(y)) - target(y)).square().mean()

    def step(_done: float, rng: np.random.Generator):
        loss = error(crops.batch(args.batch, rng)[0])
        return loss, {"error": loss.item()}

    train(
        net,
        adamw(net, args.rate),
        step,
        lambda: {"unheard_error": error(kept).item()},
        args.work / "front.pt",
        args.minutes,
    )


def warm(body: Body, work: Path) -> None:
    """Put the convolutions of `front.pt` into a body, where there are some."""
    if (work / "front.pt").exists():
        state = torch.load(work / "front.pt", weights_only=True)["average"]
        body.load_state_dict({key: value for key, value in state.items() if key.startswith("front")}, strict=False)


if __name__ == "__main__":
    main()
