"""Measure `separation/conv-tasnet` on mixtures of the speakers in a folder, beside oracle masks.

    python -m benchmarks.separation [FOLDER ...] [--mixtures 20] [--minutes 3] [--asteroid CHECKPOINT]

Without a folder: three people whom training never heard (LibriSpeech's readers 84 and 251, and LJ Speech).
A speaker is a folder of sound files inside FOLDER, or FOLDER itself where it holds sound files; LibriSpeech's layout
fits. With a `speakers.tsv` (speaker, F or M) in FOLDER or above, pairs of one and of different sex are told apart.
Every pair of speakers gets `--mixtures` mixtures at 0 dB, fully overlapped, 3 to 6 s long, the same in every run. The
improvement in SI-SDR is that of the better order; the swap of a minute-long mixture shows where the best order of
windows of 3 s differs from that of the whole. `--asteroid` measures a checkpoint of asteroid's in the same run (a
folder's `pytorch_model.bin`, or a name on the Hugging Face hub).
"""

import argparse
import time
from itertools import combinations
from pathlib import Path

import numpy as np

import models
from algorithms import separation as sep
from algorithms.separation.masks import KINDS

RATE = 8000
SOUND = (".wav", ".flac", ".mp3", ".ogg", ".opus")
WINDOW_S = 3.0
DATA = Path("../shared/data")
# Nothing is chosen by these: 84 and 251 are untouched (training/recordings.py), LJ Speech is in no training.
UNHEARD = [*(DATA / "librispeech_devclean_mp3" / reader for reader in ("84", "251")), DATA / "ljspeech_sample"]
SEX = {"ljspeech_sample": "F"}


def speakers(folders: list[Path]) -> dict[str, np.ndarray]:
    """Each speaker's recordings end to end, float32 at 8 kHz, each with the same loudness."""
    import soundfile
    import soxr

    found: dict[str, list[np.ndarray]] = {}
    for folder in folders:
        paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SOUND)
        for path in paths:
            inside = path.relative_to(folder).parts
            name = f"{folder.name}/{inside[0]}" if len(inside) > 1 else folder.name
            y, rate = soundfile.read(path, dtype="float32", always_2d=True)
            y = soxr.resample(y.mean(1), rate, RATE)
            if len(y) > RATE // 2 and y.std() > 1e-4:
                found.setdefault(name, []).append((y - y.mean()) / y.std())
    return {name: np.concatenate(ys).astype(np.float32) for name, ys in found.items()}


def sexes(folders: list[Path]) -> dict[str, str]:
    """F or M by speaker, from the listings that there are."""
    listings = [f / "speakers.tsv" for folder in folders for f in (folder, folder.parent)]
    lines = [line.split("\t") for path in listings if path.is_file() for line in path.read_text().splitlines()]
    return SEX | {row[0]: row[1] for row in lines if len(row) > 1}


def pair_of(a: np.ndarray, b: np.ndarray, seconds: float, rng: np.random.Generator) -> np.ndarray:
    """A stretch of each of two speakers, equally loud: [2, n]."""
    n = int(seconds * RATE)
    cut = [y[(at := int(rng.integers(max(1, len(y) - n)))) : at + n] for y in (a, b)]
    n = min(map(len, cut))
    return np.stack([0.1 * y[:n] / max(float(np.sqrt(np.mean(y[:n] ** 2))), 1e-6) for y in cut])


def gain_db(estimates: np.ndarray, sources: np.ndarray) -> float:
    """SI-SDR improvement of the better order, mean of both voices."""
    mixture = sources.sum(0)
    scores = sep.pairwise(estimates, sources)
    order = sep.best_order(scores)
    return float(np.mean([scores[order[j], j] - sep.si_sdr_db(mixture, sources[j]) for j in range(len(sources))]))


def swapped_windows(estimates: np.ndarray, sources: np.ndarray) -> tuple[int, int]:
    """(windows of 3 s whose best order is not that of the whole, windows): only where it is so by a decibel."""
    whole = sep.best_order(sep.pairwise(estimates, sources))
    size, wrong, count = int(WINDOW_S * RATE), 0, 0
    for start in range(0, sources.shape[1] - size + 1, size):
        orders = dict(sep.all_orders(sep.pairwise(*(part[:, start : start + size] for part in (estimates, sources)))))
        wrong += orders[whole] > min(orders.values()) + 1
        count += 1
    return wrong, count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="*", default=UNHEARD)
    parser.add_argument("--mixtures", type=int, default=20, help="of each pair of speakers")
    parser.add_argument("--minutes", type=int, default=3, help="minute-long mixtures of each pair")
    parser.add_argument("--asteroid", help="a checkpoint of asteroid's to measure, too")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    import torch

    torch.set_num_threads(args.threads)
    separators = {"separation/conv-tasnet": models.get("separation/conv-tasnet").separate}
    if args.asteroid:
        separators[args.asteroid] = from_asteroid(args.asteroid)
    voices, sex = speakers(args.folders), sexes(args.folders)
    if len(voices) < 2:
        raise SystemExit("There must be two speakers at least: see `python -m benchmarks.separation --help`.")
    kinds = ("different sex", "same sex", "sex not known")
    rows: dict[str, dict[str, list[float]]] = {}
    spent, sound_s, long_ones, kept_order = dict.fromkeys(separators, 0.0), 0.0, 0, dict.fromkeys(separators, 0)
    for a, b in combinations(voices, 2):
        known = [sex.get(name.split("/")[-1]) for name in (a, b)]
        kind = kinds[2] if None in known else kinds[known[0] == known[1]]
        rng = np.random.default_rng(0)
        for _ in range(args.mixtures):
            sources = pair_of(voices[a], voices[b], rng.uniform(3, 6), rng)
            mixture = sources.sum(0)
            sound_s += len(mixture) / RATE
            for name, separate in separators.items():
                began = time.process_time()
                found = separate(mixture)
                spent[name] += time.process_time() - began
                rows.setdefault(name, {}).setdefault(kind, []).append(gain_db(found, sources))
            for mask in KINDS:
                masks = sep.ideal_mask(mask, sources)
                found = [sep.masked(m, mixture, "mixture", s) for m, s in zip(masks, sources, strict=True)]
                rows.setdefault(f"oracle {mask} mask", {}).setdefault(kind, []).append(
                    gain_db(np.stack(found), sources)
                )
        for _ in range(args.minutes if min(len(voices[a]), len(voices[b])) > 60 * RATE else 0):
            sources = pair_of(voices[a], voices[b], 60, rng)
            long_ones += 1
            for name, separate in separators.items():
                kept_order[name] += swapped_windows(separate(sources.sum(0)), sources)[0] == 0
    print(f"{len(voices)} speakers: {', '.join(voices)}")
    print(f"{'SI-SDR improvement, dB':34s}" + "".join(f"{kind:>24s}" for kind in (*kinds, "all")))
    for name, found in rows.items():
        every = [gain for gains in found.values() for gain in gains]
        cells = [found.get(kind) for kind in kinds] + [every]
        print(f"{name:34s}" + "".join(f"{np.mean(c):15.2f} (n={len(c):4d})" if c else f"{'-':>24s}" for c in cells))
    for name in separators:
        print(f"{name}: {spent[name] / sound_s:.3f} CPU-seconds a second of sound, {args.threads} thread(s); ", end="")
        print(f"{kept_order[name]} of {long_ones} minute-long mixtures without a swap")


def from_asteroid(name: str):
    """A checkpoint of asteroid's as a function from a mixture to its voices, at 8 kHz."""
    from models import torchaudio_guard

    torchaudio_guard.install()
    import torch
    from asteroid.models import BaseModel

    with torch.serialization.safe_globals([torch.torch_version.TorchVersion]):
        net = BaseModel.from_pretrained(name).eval()

    def separate(y: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return net(torch.from_numpy(y)[None])[0].numpy()

    return separate


if __name__ == "__main__":
    main()
