"""Measure *trained with* against *tested with*: six small keyword networks a seed, each tested in six conditions.

    python -m training.augmentation.matrix --data ../shared/data --work FOLDER --seeds 5

DATA holds `speech_commands` (Speech Commands v0.02, CC BY 4.0; see `training/keyword/train.py` for where to get it),
`noise_blanket` and `rir` (see `training/recordings.py`). What is trained with: the training speakers, ambiences of the
split "train", simulated rooms. What is tested with: other speakers, other ambiences (city, coffee shop), measured rooms
(kitchen, echo chamber, Surrey's room A). Nothing is chosen by the test: one setting, fixed beforehand, for all.

Every step that is done is in FOLDER: it goes on where it was stopped. One thread.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from algorithms.augmentation import recipes, spotter
from algorithms.augmentation.recipes import KINDS, Surroundings
from algorithms.keyword.speech_commands import SILENCE, Clips, speech_commands
from training.recordings import DEVELOPMENT, TRAIN, UNTOUCHED, recordings

RATE = 16_000
VIEWS = 3  # versions of each training clip; the same for every seed
ROOMS = 40  # simulated ones to train with
TEST_NOISES, TEST_ROOMS = (
    ("city", "coffee-shop"),
    ("kitchen", "echo-chamber", "surrey_roomA_az+00", "surrey_roomA_az+59"),
)
EPOCHS = 24


def words(data: Path, part: str) -> Clips:
    """The clips of one part without silence, which has no word to be heard."""
    clips = speech_commands(data / "speech_commands", part)
    return clips.take(clips.label != SILENCE)


def training_surroundings(data: Path) -> Surroundings:
    """Recorded ambiences to train with, and simulated rooms."""
    noises = [one.read(RATE)[: 20 * RATE] for one in recordings(data, "noise_blanket", split=TRAIN)]
    return Surroundings(noises, recipes.simulated_rooms(ROOMS, seed=0))


def test_surroundings(data: Path) -> Surroundings:
    """Ambiences and measured rooms that no training here has heard."""
    held = [one for one in recordings(data, "noise_blanket") if one.split in (DEVELOPMENT, UNTOUCHED)]
    noises = [one.read(RATE) for name in TEST_NOISES for one in held if one.path.stem == name]
    rooms = [one.read(RATE) for name in TEST_ROOMS for one in recordings(data, "rir") if name in one.path.stem]
    if len(noises) != len(TEST_NOISES) or len(rooms) != len(TEST_ROOMS):
        raise ValueError(f"{data} lacks one of the noises or rooms to test with: {TEST_NOISES + TEST_ROOMS}.")
    return Surroundings(noises, rooms)


def training_views(clips: Clips, kind: str, around: Surroundings, work: Path) -> np.ndarray:
    """`VIEWS` versions of each training clip, float16 [k, n, 49, 40]; kept in `work`."""
    path = work / f"views-{kind}.npy"
    if not path.exists():
        plain = kind in ("clean", "spec")
        made = []
        for view in range(1 if plain else VIEWS):
            sounds = [
                recipes.for_training(x.astype(np.float32) / 32768, kind, around, np.random.default_rng((7, view, i)))
                for i, x in enumerate(clips.x)
            ]
            made.append(spotter.log_mels(np.stack(sounds)))
        save(path, np.stack(made))
    return np.load(path)


def tested_sound(clips: Clips, i: int, kind: str, around: Surroundings) -> np.ndarray:
    """Test clip `i` in a condition, float32 [16000]: the same on every call."""
    rng = np.random.default_rng((11, KINDS.index(kind), i))
    return recipes.for_testing(clips.x[i].astype(np.float32) / 32768, kind, around, rng)


def test_mels(clips: Clips, kind: str, around: Surroundings, work: Path) -> np.ndarray:
    """Features of all test clips in a condition, float16 [n, 49, 40]; kept in `work`."""
    path = work / f"test-{kind}.npy"
    if not path.exists():
        mels = spotter.log_mels(np.stack([tested_sound(clips, i, kind, around) for i in range(len(clips))]))
        holes = [recipes.with_holes(mel, kind, np.random.default_rng((13, i))) for i, mel in enumerate(mels)]
        save(path, np.stack(holes))
    return np.load(path)


def save(path: Path, array: np.ndarray) -> None:
    """Write whole or not at all."""
    half = path.with_suffix(".half.npy")
    np.save(half, array)
    half.replace(path)


def usable(clips: Clips) -> np.ndarray:
    """Mask of the clips that hold sound: a digitally silent one has no signal-to-noise ratio."""
    return np.abs(clips.x.astype(int)).max(1) > 300


def main() -> None:
    import torch

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    args = parser.parse_args()
    torch.set_num_threads(1)
    args.work.mkdir(parents=True, exist_ok=True)
    train, test = (words(args.data, part) for part in ("train", "val"))
    train, test = train.take(usable(train)), test.take(usable(test))
    print(f"{len(train)} clips to train, {len(test)} to test", flush=True)
    around, elsewhere = training_surroundings(args.data), test_surroundings(args.data)
    tests = {kind: test_mels(test, kind, elsewhere, args.work) for kind in KINDS}
    for seed in range(args.seeds):
        for kind in KINDS:
            path = args.work / f"probs-{kind}-{seed}.npy"
            if path.exists():
                continue
            views = training_views(train, kind, around, args.work)
            begun = time.process_time()
            for found in spotter.train(views, train.label - 1, kind, epochs=args.epochs, seed=seed):
                step, total, loss, net = found
                if step % 240 == 0:
                    print(f"{kind} {seed}: {step}/{total}, loss {loss:.3f}", flush=True)
            seconds = time.process_time() - begun
            probs = np.stack([spotter.probabilities(net, tests[k].astype(np.float32)) for k in KINDS])
            right = {
                k: round(float((p.argmax(1) == test.label - 1).mean()), 4) for k, p in zip(KINDS, probs, strict=True)
            }
            if seed == 0:
                np.savez(args.work / f"net-{kind}.npz", **spotter.state(net))
            save(path, probs.astype(np.float16))
            print(json.dumps({"trained": kind, "seed": seed, "cpu_s": round(seconds, 1), **right}), flush=True)


if __name__ == "__main__":
    main()
