"""Hours of running speech for `training/keyword/train.py`: every second of it without a keyword is one to keep still.

    python -m training.keyword.running --work FOLDER --passes 3     # after training/keyword/spoken.py

One pass (`FOLDER/running-0.npz`, ...) holds the log-mel energies of all recordings to train with, one after the
other: pass 0 as they are, the others each in a random room, noise, tempo and height. Where a keyword is said, or a word
that sounds like one, and 0.2 s around it, no window is taken; the other languages have no such mask.
"""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from algorithms.keyword import features as kws_features
from algorithms.keyword.features import HOP, N_FRAMES
from algorithms.keyword.stream import WINDOW_S
from algorithms.keyword.trade import joined
from training.keyword.data import ambiences, rooms
from training.keyword.spoken import ALIKE, ENGLISH, KEYWORDS, RATE, read_spoken, without_keywords
from training.recordings import DEVELOPMENT, TRAIN, recordings

OTHER_LANGUAGES = ("kerstin_de", "flemishguy_nl", "nathalie_nl", "msc_malayalam", "msc_story_malayalam")
MARGIN_S = 0.2  # around a keyword
PAUSE_S = (0.1, 0.6)  # between two recordings


@dataclass
class Running:
    """Running speech as the network hears it."""

    mel: np.ndarray  # float16 [frames, 40], log-mel energies
    starts: np.ndarray  # int32 [n]: first frames of windows without a keyword

    def windows(self, rows: np.ndarray) -> np.ndarray:
        """Some of its windows, float32 [len(rows), 49, 40]."""
        return self.mel[self.starts[rows][:, None] + np.arange(N_FRAMES)].astype(np.float32)


def elsewhere(y: np.ndarray, noises: np.ndarray, found_rooms: list[np.ndarray], rng: np.random.Generator) -> tuple:
    """A recording of any length in another room, with noise, quicker or slower, louder or softer.

    Returns
    -------
    (float32 [samples], how many times as fast it is)
    """
    import soxr

    speed = float(np.exp(rng.uniform(-0.15, 0.15)))
    y = soxr.resample(y, RATE * speed, RATE)  # pitch, formants and tempo together
    if rng.random() < 0.35:
        room = found_rooms[rng.integers(len(found_rooms))]
        size = 1 << (len(y) + len(room) - 2).bit_length()
        y = np.fft.irfft(np.fft.rfft(y, size) * np.fft.rfft(room, size), size)[: len(y)]
    level = np.sqrt((y**2).mean()) + 1e-5
    if rng.random() < 0.5:
        first = rng.integers(len(noises))
        noise = noises[(first + np.arange(-(-len(y) // RATE))) % len(noises)].ravel()[: len(y)].astype(np.float32)
        y = y + noise * level * 10 ** (-rng.uniform(5, 40) / 20) / (np.sqrt((noise**2).mean()) + 1e-5)
    return np.clip(y * 10 ** (rng.uniform(-15, 6) / 20), -1, 1).astype(np.float32), speed


def make_pass(data: Path, work: Path, number: int) -> Running:
    """Read, disturb (but for pass 0) and measure every recording to train with."""
    spoken, noises, found_rooms = read_spoken(work), ambiences(data), rooms(data)
    mels, starts, frames = [], [], 0
    for row, one in enumerate(recordings(data, *ENGLISH, *OTHER_LANGUAGES, split=TRAIN)):
        rng, y, speed = np.random.default_rng((number, row)), one.read(RATE), 1.0
        if number:
            y, speed = elsewhere(y, noises, found_rooms, rng)
        pause = 1e-4 * rng.standard_normal(int(rng.uniform(*PAUSE_S) * RATE)).astype(np.float32)
        y = np.concatenate([pause, y, np.zeros(-(len(pause) + len(y)) % HOP, np.float32)])
        mel = kws_features.log_mel(np.pad(y, (0, kws_features.FRAME - HOP))).astype(np.float16)
        at_s = np.arange(len(mel)) * HOP / RATE - len(pause) / RATE  # of each frame in the recording
        free = np.ones(len(mel), bool)
        for start_s, end_s, word, _ in spoken.get(f"{one.path.relative_to(data)}", ()):
            if word in KEYWORDS | ALIKE:
                end_of_window_s = at_s + WINDOW_S
                free &= (end_of_window_s < start_s / speed - MARGIN_S) | (at_s > end_s / speed + MARGIN_S)
        mels.append(mel)
        starts.append(frames + np.flatnonzero(free))
        frames += len(mel)
    starts = np.concatenate(starts)
    return Running(np.concatenate(mels), starts[starts <= frames - N_FRAMES].astype(np.int32))


def load_running(work: Path) -> Running | None:
    """All passes one after the other; None where there are none."""
    files = [np.load(path) for path in sorted(work.glob("running-*.npz")) if ".part" not in path.name]
    if not files:
        return None
    lengths = np.cumsum([0, *(len(file["mel"]) for file in files)])
    return Running(
        np.concatenate([file["mel"] for file in files]),
        np.concatenate([file["starts"] + first for file, first in zip(files, lengths, strict=False)]),
    )


def development(data: Path, work: Path) -> np.ndarray:
    """Running English of the development speakers without a keyword, joined, float32 at 16 kHz; kept in `work`."""
    path = work / "development.npy"
    if not path.exists():
        np.save(path, joined(one.read(RATE) for one in without_keywords(recordings(data, *ENGLISH, split=DEVELOPMENT))))
    return np.load(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--passes", type=int, default=3)
    args = parser.parse_args()
    for number in range(args.passes):
        path = args.work / f"running-{number}.npz"
        if not path.exists():
            made = make_pass(args.data, args.work, number)
            part = path.with_suffix(".part.npz")
            np.savez(part, mel=made.mel, starts=made.starts)
            os.replace(part, path)
            print(f"{path.name}: {len(made.mel) * HOP / RATE / 3600:.2f} h, {len(made.starts)} windows", flush=True)


if __name__ == "__main__":
    main()
