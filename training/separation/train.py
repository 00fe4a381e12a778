"""Train `separation/conv-tasnet` on mixtures made on the fly, with permutation invariant training.

    python -m training.separation.train --work FOLDER --hours 40     # hours of mixtures to hear in all

It resumes from `FOLDER/checkpoints/last.pt`, written every few minutes. The learning rate rises, stays, and falls over
the last `--decay` of the hours: give more hours to go on, from a checkpoint of before the fall (`--keep` leaves one an
hour of sound). What is evaluated and shipped is a running average of the weights. `FOLDER/curve.json` collects the
SI-SDR improvement on kept mixtures of unseen voices.
"""

import argparse
import json
import os
import time
from pathlib import Path

import torch

from training.separation.mixing import Mixtures, Voices, kept_mixtures
from training.separation.net import SHAPE, new_net, pit_loss, quicken

WARM_UP = 100  # steps over which the learning rate rises
AVERAGE = 0.998  # of the running average of weights, a step
CLIP = 5.0  # norm of the gradient


def improvement(net: torch.nn.Module, sources: torch.Tensor) -> torch.Tensor:
    """SI-SDR improvement in dB of the best order, mean of each mixture's two voices: [mixtures]."""
    loss, gains = pit_loss(), []
    for pair in sources.split(1):
        mixture = pair.sum(1, keepdim=True)
        with torch.inference_mode():
            gains.append(loss(mixture.expand(-1, 2, -1), pair) - loss(net(mixture[:, 0]), pair))
    return torch.stack(gains)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder with voices.npy and voices.json")
    parser.add_argument("--hours", type=float, default=40.0, help="hours of mixtures to train on, in all")
    parser.add_argument("--decay", type=float, default=0.25, help="part of the hours over which the rate falls to 0")
    parser.add_argument("--rate", type=float, default=1e-3, help="highest learning rate (Adam)")
    parser.add_argument("--batch", type=int, default=4, help="mixtures a step")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a mixture")
    parser.add_argument("--round-s", type=float, default=240, help="seconds between checkpoints")
    parser.add_argument("--evaluate", type=int, default=2, help="rounds between evaluations")
    parser.add_argument("--keep", type=float, default=1.0, help="hours of sound between checkpoints that stay")
    parser.add_argument("--copy", type=Path, help="folder that also gets the latest checkpoint")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    folder = args.work / "checkpoints"
    folder.mkdir(parents=True, exist_ok=True)
    net, shadow, loss_of = quicken(new_net()).to(device), new_net().to(device).eval(), pit_loss()
    optimiser = torch.optim.Adam(net.parameters(), lr=args.rate)
    average = {key: value.clone() for key, value in net.state_dict().items()}
    heard, steps, curve = 0.0, 0, []
    if (folder / "last.pt").exists():
        saved = torch.load(folder / "last.pt", map_location=device, weights_only=True)
        net.load_state_dict(saved["net"])
        optimiser.load_state_dict(saved["optimiser"])
        average, heard, steps, curve = (saved[key] for key in ("average", "heard", "steps", "curve"))
        print(f"resumed at {heard:.2f} h, {steps} steps", flush=True)
    voices = Voices(args.work)
    kept = torch.from_numpy(kept_mixtures(voices, 40)).to(device)
    mixtures = Mixtures(voices, args.seconds, seed=steps)
    step_hours = args.batch * args.seconds / 3600
    rounds = 0
    while heard < args.hours:
        began, first, losses = time.time(), steps, []
        while time.time() - began < args.round_s and heard < args.hours:
            falls = (args.hours - heard) / (args.decay * args.hours) if args.decay else 1.0
            for group in optimiser.param_groups:
                group["lr"] = args.rate * min(1.0, (steps + 1) / WARM_UP, falls + 1e-3)
            mixture, sources = (torch.from_numpy(part).to(device) for part in mixtures.batch(args.batch))
            loss = loss_of(net(mixture), sources)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), CLIP)
            optimiser.step()
            steps, heard = steps + 1, heard + step_hours
            keep = min(AVERAGE, steps / (steps + 20))
            with torch.no_grad():
                for key, value in net.state_dict().items():
                    average[key].lerp_(value, 1 - keep)
            losses.append(loss.item())
        rounds += 1
        mean = sum(losses) / max(len(losses), 1)
        pace = (steps - first) * step_hours * 3600 / (time.time() - began)
        print(f"{heard:.2f} h, {steps} steps, loss {mean:.2f} dB, {pace:.1f} x real time", flush=True)
        if rounds % args.evaluate == 0 or heard >= args.hours:
            shadow.load_state_dict(average)
            gains = improvement(shadow, kept)
            row = {"hours": round(heard, 3), "steps": steps, "readers_db": gains[::2].mean().item()}
            row["everyone_db"] = gains[1::2].mean().item()
            curve.append(row)
            print({key: round(value, 2) for key, value in row.items()}, flush=True)
            (args.work / "curve.json").write_text(json.dumps(curve), encoding="utf-8")
        saved = {"net": net.state_dict(), "optimiser": optimiser.state_dict(), "average": average, "shape": SHAPE}
        saved |= {"heard": heard, "steps": steps, "curve": curve}
        for path in [folder / "last.pt", *([args.copy / "last.pt"] if args.copy else [])]:
            path.parent.mkdir(parents=True, exist_ok=True)
            torch.save(saved, path.with_suffix(".part"))
            os.replace(path.with_suffix(".part"), path)
        if heard // args.keep > (first * step_hours) // args.keep:
            torch.save(saved, folder / f"{heard:.0f}h.pt")


if __name__ == "__main__":
    main()
