"""Average the weights of several runs of `training/ctc/train.py` with those that they started from.

    python -m training.ctc.blend --work FOLDER --runs FOLDER/ctc.pt OTHER/ctc.pt --out NEW.safetensors

Runs from one start lie in one valley, where the mean of their weights does at least as well as each (Wortsman et al.
2022, *Model soups*), and a share of the old weights keeps what a short training would forget (the same 2022, *Robust
fine-tuning of zero-shot models*). The share of the new ones with the lowest mean character error on the development
voices of FOLDER is written.
"""

import argparse
from pathlib import Path

import torch

from algorithms.ctc.net import CtcNet
from models.ctc.whisper_tiny import WEIGHTS, load_weights
from training.ctc.data import split
from training.ctc.train import evaluate, save_weights


def blend(old: dict, runs: list[dict], share: float) -> dict:
    """`old` moved by `share` towards the mean of `runs`; what no run changed stays exactly as it was."""
    return {key: value + share / len(runs) * sum(run[key] - value for run in runs) for key, value in old.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder of the corpus, for its development voices")
    parser.add_argument("--runs", type=Path, nargs="+", required=True, help="checkpoints of runs from the same start")
    parser.add_argument("--start", type=Path, default=WEIGHTS, help="the weights that they started from")
    parser.add_argument("--shares", type=float, nargs="+", default=[0.0, 0.4, 0.6, 0.8, 1.0], help="of the new weights")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    runs = [torch.load(path, map_location="cpu", weights_only=True) for path in args.runs]
    old, new = load_weights(args.start).net.state_dict(), [run["average"] for run in runs]
    dev, best = split(args.work)[1], None
    for share in args.shares:
        state = blend(old, new, share)
        net = CtcNet()
        net.load_state_dict(state)
        rates = evaluate(net, dev, "cpu")
        score = sum(rates.values()) / len(rates)
        print(f"share {share}: {score:.4f}", " ".join(f"{name} {rate:.3f}" for name, rate in rates.items()), flush=True)
        if best is None or score < best[0]:
            best = score, state, rates
    save_weights(best[1], args.out, best[2], sum(run["heard"] for run in runs))


if __name__ == "__main__":
    main()
