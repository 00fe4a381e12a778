"""Train `kws/ds-cnn-*`: keyword spotting on twelve classes with DS-CNN S or M, taught by a larger network.

    python -m training.keyword.train fetch --data speech_commands                  # the full set, 2.4 GB
    python -m training.keyword.spoken --work FOLDER                              # then running speech and more words
    python -m training.keyword.running --work FOLDER
    python -m training.keyword.words --work FOLDER cut
    python -m training.keyword.train views --work FOLDER --data DATA --teacher WHEEL_FOLDER
    python -m training.keyword.train train --work FOLDER --data DATA --size s
    python -m training.keyword.export --work FOLDER --data DATA --size s                  # ONNX, float and int8

DATA is Speech Commands v0.02 by Pete Warden (CC BY 4.0) in its own layout, from
http://download.tensorflow.org/data/speech_commands_v0.02.tar.gz (`fetch` does it), or a folder that is split already
(`algorithms/keyword/speech_commands.py`). `training/keyword/words.py` adds words to FOLDER, `--fsdd` the Free Spoken
Digit Dataset; `training/keyword/teacher.py` says where the teacher is. Without `--teacher` the clips' labels teach
alone.

`train` shows each view of each clip anew (a little faster, higher, masked: in the mel spectrogram) and, between them,
windows of the running speech that `training/keyword/running.py` put into FOLDER, the hardest more often. It keeps a
running average of the weights, and after every `--report` views prints accuracy on the speakers kept back and false
alarms on the readers kept back. The last average is the result. It resumes from `FOLDER/kws-SIZE.pt`. The same seed
and threads give the same network on the same machine.
With `--everyone` the speakers kept back are trained on too: use it when all settings have been chosen.
"""

import argparse
import math
import os
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from algorithms.keyword.ds_cnn import LABELS, SIZES, build
from algorithms.keyword.features import mfcc
from algorithms.keyword.lens import read_fp32
from algorithms.keyword.speech_commands import dev_speakers
from training.keyword.data import ambiences, rooms
from training.keyword.quiet import Miner, load_folded, quiet_loss, to_input, trade
from training.keyword.running import development, load_running
from training.keyword.views import Views, load_views, make_passes, pool

AVERAGE = 0.998  # of the running average of weights, a step
URL = "http://download.tensorflow.org/data/speech_commands_v0.02.tar.gz"
SHA256 = "af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58"


def fetch(folder: Path) -> None:
    """Download Speech Commands v0.02 into `folder` with a progress bar, check it and unpack it."""
    import hashlib
    import tarfile
    import urllib.request

    from tqdm import tqdm

    folder.mkdir(parents=True, exist_ok=True)
    archive, digest = folder / "speech_commands_v0.02.tar.gz", hashlib.sha256()
    with urllib.request.urlopen(URL, timeout=60) as answer, archive.open("wb") as file:
        total = int(answer.headers["Content-Length"])
        with tqdm(total=total, unit="B", unit_scale=True, desc=archive.name) as bar:
            while block := answer.read(1 << 20):
                file.write(block)
                digest.update(block)
                bar.update(len(block))
    if digest.hexdigest() != SHA256:
        raise ValueError(f"{archive} is not the published file (its SHA-256 differs): fetch it again.")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")


def vary(mel: torch.Tensor, generator: torch.Generator, strength: float = 1.0) -> torch.Tensor:
    """The same words a little faster or slower, higher or lower, earlier or later, louder or softer, and masked.

    Parameters
    ----------
    mel : float32 [n, 49, 40], log-mel energies
    strength : 0 changes nothing

    Notes
    -----
    Time and frequency are stretched by bilinear interpolation (frequency: vocal tract length perturbation, Jaitly and
    Hinton 2013); the masks are SpecAugment's (Park et al. 2019), filled with the clip's mean.
    """
    n, frames, bands = mel.shape

    def draw(width):
        return (2 * torch.rand(n, generator=generator) - 1) * width * strength

    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 0, 2] = 1 + draw(0.06), draw(0.02)  # along frequency, the last axis
    theta[:, 1, 1], theta[:, 1, 2] = 1 + draw(0.12), draw(0.10)  # along time
    grid = F.affine_grid(theta, [n, 1, frames, bands], align_corners=False)
    out = F.grid_sample(mel[:, None], grid, padding_mode="border", align_corners=False)[:, 0]
    out = out + draw(0.7)[:, None, None]
    mean = out.mean((1, 2), keepdim=True)
    for axis, (length, widest) in enumerate(((frames, 8), (bands, 6)), 1):
        width = torch.rand(n, 1, generator=generator) * widest * strength
        start = torch.rand(n, 1, generator=generator) * (length - width)
        place = torch.arange(length)[None]
        masked = (place >= start) & (place < start + width)
        out = torch.where(masked[:, :, None] if axis == 1 else masked[:, None, :], mean, out)
    return out


def confusion(label: np.ndarray, guess: np.ndarray) -> np.ndarray:
    """Counts int [12, 12]: row the true class, column the answer."""
    matrix = np.zeros((len(LABELS), len(LABELS)), int)
    np.add.at(matrix, (label, guess), 1)
    return matrix


def show_confusion(matrix: np.ndarray) -> str:
    """The matrix as lines of text."""
    names = [label.strip("_")[:5] for label in LABELS]
    lines = ["      " + " ".join(f"{name:>5}" for name in names)]
    lines += [f"{name:>5} " + " ".join(f"{n or '.':>5}" for n in row) for name, row in zip(names, matrix, strict=True)]
    return "\n".join(lines)


def predict(net: torch.nn.Module, features: np.ndarray) -> np.ndarray:
    """Most likely class of each input, int [n]."""
    net.eval()
    with torch.inference_mode():
        parts = [net(torch.from_numpy(features[i : i + 256])).argmax(1).numpy() for i in range(0, len(features), 256)]
    net.train()
    return np.concatenate(parts)


class Sampler:
    """Rows to learn from: classes evenly (unknown more often), other words `extra_share` of the time."""

    def __init__(self, views: Views, *, everyone: bool, extra_share: float, unknown: float = 1.5):
        keep = np.ones(len(views.label), bool) if everyone else ~views.dev
        weight = np.zeros(len(views.label))
        sure = np.ones(len(views.label), bool)
        if views.teacher is not None:  # a word that was said or cut out wrongly is left out
            p = torch.from_numpy(views.teacher).softmax(1).numpy()
            sure = views.real | (p[np.arange(len(p)), views.label] > 0.1)
        for group, share in ((views.real, 1 - extra_share), (~views.real, extra_share)):
            usable = keep & sure & group
            total = sum(unknown if c == 1 else 1.0 for c in np.unique(views.label[usable]))
            for c in np.unique(views.label[usable]):
                rows = usable & (views.label == c)
                weight[rows] = share * (unknown if c == 1 else 1.0) / total / rows.sum()
        self.edges = np.cumsum(weight / weight.sum())

    def __call__(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """`count` rows."""
        return np.minimum(np.searchsorted(self.edges, rng.random(count)), len(self.edges) - 1)


def loss_of(logits: torch.Tensor, label: torch.Tensor, teacher: torch.Tensor | None, weight: float) -> torch.Tensor:
    """Cross-entropy to the labels and, by `weight`, to the teacher at temperature 2 (Hinton et al. 2015)."""
    hard = F.cross_entropy(logits, label, label_smoothing=0.05)
    if teacher is None or weight == 0:
        return hard
    soft = F.kl_div((logits / 2).log_softmax(1), (teacher / 2).log_softmax(1), log_target=True, reduction="batchmean")
    return (1 - weight) * hard + weight * 4 * soft


def train(
    size: str,
    views: Views,
    dev: tuple[np.ndarray, np.ndarray],
    checkpoint: Path,
    *,
    total: int,
    report: int = 40_000,
    batch: int = 100,
    rate: float = 4e-3,
    seed: int = 0,
    everyone: bool = False,
    extra_share: float = 0.25,
    teacher_weight: float = 0.5,
    strength: float = 1.0,
    dropout: float = 0.1,
    bf16: bool = False,
    start: Path | None = None,
    miner: Miner | None = None,
    quiet_share: float = 0.35,
    quiet_weight: float = 1.0,
    speech: np.ndarray | None = None,
    stop_after: int | None = None,
) -> torch.nn.Module:
    """Show the student `total` views and return its averaged weights; goes on from `checkpoint` where that exists.

    Parameters
    ----------
    dev : (sounds float32 [n, 16000], labels int [n]) of the speakers kept back
    report : views between two evaluations and checkpoints
    bf16 : multiply in bfloat16, quicker where the processor has it
    start : a shipped float network (ONNX) to go on from, in place of random weights
    miner : running speech to keep still in: `quiet_share` of each batch, whose loss counts `quiet_weight` times
    speech : running speech of the development speakers, float32 [samples]: false alarms in it are reported
    stop_after : stop (with a checkpoint) when this many views of all have been shown
    """
    torch.manual_seed(seed)
    net = build(size, dropout=dropout).to(memory_format=torch.channels_last)
    if start is not None:
        rows = np.random.default_rng(seed).integers(len(views.mel), size=512)
        shipped = read_fp32(start)
        folded = {name: (weight, shipped.bias[name]) for name, weight in shipped.weight.items()}
        load_folded(net, folded, to_input(torch.from_numpy(views.mel[rows].astype(np.float32))))
    average = build(size)
    average.load_state_dict(net.state_dict())
    decayed = [p for p in net.parameters() if p.ndim > 1]
    plain = [p for p in net.parameters() if p.ndim == 1]
    groups = [{"params": decayed, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=rate)
    seen, mined = 0, None
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        net.load_state_dict(saved["net"])
        average.load_state_dict(saved["average"])
        optimiser.load_state_dict(saved["optimiser"])
        seen = saved["seen"]
        print(f"resumed after {seen} views", flush=True)
    sampler = Sampler(views, everyone=everyone, extra_share=extra_share)
    steps, quiet = total // batch, round(batch * quiet_share / (1 - quiet_share)) if miner is not None else 0
    features = np.stack([mfcc(y) for y in dev[0]])[:, None]
    while seen < total and not (stop_after and seen >= stop_after):
        began, losses = time.time(), []
        rng = np.random.default_rng((seed, seen))  # so that a resumed run goes on as the uninterrupted one
        generator = torch.Generator().manual_seed(seed * 1_000_003 + seen)
        torch.manual_seed(seed * 1_000_003 + seen)  # dropout
        if miner is not None:
            mined = miner.search(average, seen // report)
        net.train()
        for _ in range(min(report, total - seen) // batch):
            step = seen // batch
            ramp = min(1.0, (step + 1) / 300)
            for group in optimiser.param_groups:
                group["lr"] = rate * ramp * (0.5 + 0.5 * math.cos(math.pi * step / steps)) + 1e-6
            rows = sampler(rng, batch)
            mel = torch.from_numpy(views.mel[rows].astype(np.float32))
            if quiet:
                mel = torch.cat([mel, miner(rng, quiet)])
            mel = vary(mel, generator, strength)
            with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
                logits = net(to_input(mel).contiguous(memory_format=torch.channels_last)).float()
            teacher = None if views.teacher is None else torch.from_numpy(views.teacher[rows])
            loss = loss_of(logits[:batch], torch.from_numpy(views.label[rows]), teacher, teacher_weight)
            if quiet:
                loss = loss + quiet_weight * quiet_loss(logits[batch:])
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
            optimiser.step()
            keep = min(AVERAGE, (step + 1) / (step + 20))
            with torch.no_grad():
                for ours, theirs in zip(average.state_dict().values(), net.state_dict().values(), strict=True):
                    if ours.dtype.is_floating_point:
                        ours.lerp_(theirs, 1 - keep)
            losses.append(loss.item())
            seen += batch
        guess = predict(average, features)
        accuracy = float((guess == dev[1]).mean())
        speed = len(losses) * batch / (time.time() - began)
        print(f"{size}: {seen} views, loss {np.mean(losses):.3f}, dev {accuracy:.4f}, {speed:.0f} views/s", flush=True)
        if speech is not None:
            threshold, alarms = trade(average, dev[0], dev[1], speech)
            print(f"{alarms:.0f} false alarms an hour at {threshold:.2f}; mined {mined or 0:.4f}", flush=True)
        if seen >= total:
            print(show_confusion(confusion(dev[1], guess)), flush=True)
        state = {"net": net.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict()}
        torch.save({**state, "seen": seen, "size": size}, checkpoint.with_suffix(".part"))
        os.replace(checkpoint.with_suffix(".part"), checkpoint)
    return average.eval()


def load_net(checkpoint: Path) -> torch.nn.Module:
    """The averaged network of a checkpoint, ready to run."""
    saved = torch.load(checkpoint, weights_only=True)
    net = build(saved["size"])
    net.load_state_dict(saved["average"])
    return net.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    get = commands.add_parser("fetch")
    get.add_argument("--data", type=Path, required=True)
    for name in ("views", "train"):
        one = commands.add_parser(name)
        one.add_argument("--work", type=Path, required=True)
        one.add_argument("--data", type=Path, default=Path("../shared/data/speech_commands"))
        one.add_argument("--recordings", type=Path, default=Path("../shared/data"), help="see training/recordings.py")
        one.add_argument("--fsdd", type=Path, default=Path("../shared/data/fsdd"))
        one.add_argument("--seed", type=int, default=0)
        one.add_argument("--threads", type=int, default=2)
        if name == "views":
            one.add_argument("--teacher", type=Path)
            one.add_argument("--passes", type=int, default=20)
        else:
            one.add_argument("--size", choices=SIZES, default="s")
            one.add_argument("--name", help="of the checkpoint; kws-SIZE without it")
            one.add_argument("--views", type=int, default=2_000_000)
            one.add_argument("--report", type=int, default=40_000)
            one.add_argument("--rate", type=float, default=4e-3)
            one.add_argument("--extra-share", type=float, default=0.25)
            one.add_argument("--teacher-weight", type=float, default=0.5)
            one.add_argument("--strength", type=float, default=1.0)
            one.add_argument("--dropout", type=float, default=0.1)
            one.add_argument("--bf16", action="store_true", help="multiply in bfloat16")
            one.add_argument("--everyone", action="store_true")
            one.add_argument("--start", type=Path, help="a float ONNX file to go on from")
            one.add_argument("--quiet-share", type=float, default=0.35)
            one.add_argument("--quiet-weight", type=float, default=1.0)
    args = parser.parse_args()
    if args.command == "fetch":
        fetch(args.data)
        return
    torch.set_num_threads(args.threads)
    clips, real = pool(args.data, args.work, args.fsdd)
    if args.command == "views":
        noises, found_rooms = ambiences(args.recordings), rooms(args.recordings)
        make_passes(clips, real, args.work, args.teacher, args.passes, args.seed, noises=noises, rooms=found_rooms)
        return
    views = load_views(args.work, clips, real, everyone=args.everyone)
    ours = clips.take(np.arange(real))
    kept = ours.take(dev_speakers(ours))
    if views.teacher is not None:
        print(f"teacher on the views of the speakers kept back: {teacher_accuracy(views):.4f}", flush=True)
    running = load_running(args.work)
    train(
        args.size,
        views,
        (kept.x.astype(np.float32) / 32768, kept.label),
        args.work / f"{args.name or f'kws-{args.size}'}.pt",
        total=args.views,
        report=args.report,
        rate=args.rate,
        seed=args.seed,
        everyone=args.everyone,
        extra_share=args.extra_share,
        teacher_weight=args.teacher_weight,
        strength=args.strength,
        dropout=args.dropout,
        bf16=args.bf16,
        start=args.start,
        miner=Miner(running, args.seed) if running is not None else None,
        quiet_share=args.quiet_share,
        quiet_weight=args.quiet_weight,
        speech=development(args.recordings, args.work) if running is not None else None,
    )


def teacher_accuracy(views: Views) -> float:
    """How often the teacher is right about the views of the speakers kept back."""
    return float((views.teacher[views.dev].argmax(1) == views.label[views.dev]).mean())


if __name__ == "__main__":
    main()
