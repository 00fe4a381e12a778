"""Pre-train `ssl/wav2vec2-tiny` (Baevski et al. 2020): contrastive loss and diversity loss.

    python -m training.ssl.wav2vec --work FOLDER --minutes 30

It begins with the convolutions of `training.ssl.front`, where there are some, and resumes from `FOLDER/wav2vec.pt`.
`--diversity 0` switches off what keeps the codebooks in use, and `--name` gives such a run files of its own: the
curves of a run that collapses are worth as much as those of one that does not.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from algorithms.ssl.contrast import DISTRACTORS, Wav2vec2, contrastive_loss, contrastive_scores, distractors
from algorithms.ssl.quantiser import diversity_loss, perplexities
from algorithms.ssl.shape import SslShape
from training.loop import train
from training.recordings import DEVELOPMENT, TRAIN
from training.ssl.crops import Crops, adamw
from training.ssl.front import warm

HOT, COLD = 2.0, 0.5  # Gumbel temperature at the start and at the end


def game(context, targets, mask, generator=None) -> torch.Tensor:
    """Return the scores [M, 1 + DISTRACTORS] of all hidden frames; distractors come from the same crop."""
    found = []
    for c, q, hidden in zip(context, targets, mask, strict=True):
        others = distractors(hidden.nonzero()[:, 0], DISTRACTORS, generator)
        found.append(contrastive_scores(c[hidden], q[hidden], others))
    return torch.cat(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder of training.ssl.data")
    parser.add_argument("--minutes", type=float, default=30.0, help="minutes of computing, over all runs")
    parser.add_argument("--diversity", type=float, default=0.1, help="weight alpha of the diversity loss")
    parser.add_argument("--name", default="wav2vec", help="of the checkpoint and of its curves")
    parser.add_argument("--rate", type=float, default=1e-3, help="highest learning rate")
    parser.add_argument("--batch", type=int, default=5, help="crops a step")
    parser.add_argument("--seconds", type=float, default=4.0, help="of a crop")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    net = Wav2vec2(SslShape()).train()
    warm(net.body, args.work)
    crops, unheard = Crops(args.work, TRAIN, args.seconds), Crops(args.work, DEVELOPMENT, args.seconds)
    kept_rng = np.random.default_rng(1)
    kept = [unheard.batch(8, kept_rng) for _ in range(2)]
    entries = net.quantiser.groups * net.quantiser.entries

    def step(done: float, rng: np.random.Generator):
        y, mask, _ = crops.batch(args.batch, rng)
        context, targets, shares = net(y, mask, HOT * (COLD / HOT) ** done)
        scores = game(context, targets, mask)
        contrast = contrastive_loss(scores)
        # fairseq's diversity term, (GV - sum of perplexities) / GV: it has the same minimum as equation 4
        loss = contrast + args.diversity * (entries - perplexities(shares).sum()) / entries
        right = (scores.detach().argmax(-1) == 0).float().mean().item()
        used = perplexities(shares.detach()).mean().item()
        return loss, {
            "loss": contrast.item(),
            "accuracy": right,
            "soft_perplexity": used,
            "diversity": diversity_loss(shares.detach()).item(),
        }

    def judge() -> dict[str, float]:
        right, counts = [], torch.zeros(net.quantiser.groups, net.quantiser.entries)
        generator = torch.Generator().manual_seed(0)
        for y, mask, _ in kept:
            context, targets, _ = net(y, mask)
            right.append((game(context, targets, mask, generator).argmax(-1) == 0).float().mean().item())
            codes = net.quantiser.scores(net.body.frames(y)).argmax(-1).flatten(0, 1)  # [frames, G]
            for g in range(len(counts)):
                counts[g] += torch.bincount(codes[:, g], minlength=counts.shape[1])
        used = perplexities(counts / counts.sum(-1, keepdim=True)).mean().item()
        return {"unheard_accuracy": float(np.mean(right)), "unheard_perplexity": used}

    train(net, adamw(net, args.rate), step, judge, args.work / f"{args.name}.pt", args.minutes)


if __name__ == "__main__":
    main()
