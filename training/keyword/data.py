"""What `training/keyword/train.py` hears besides Speech Commands: other words, and every clip disturbed anew."""

import json
from pathlib import Path

import numpy as np

from algorithms.keyword.disturb import RATE, coloured_noise, disturb
from algorithms.keyword.speech_commands import SILENCE, Clips, clips_of, read
from training.recordings import TRAIN, recordings


def digits(folder: Path) -> Clips:
    """The Free Spoken Digit Dataset (`DIGIT_SPEAKER_N.flac`, 8 kHz): ten more unknown words by six speakers."""
    names = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    rows = []
    for path in sorted(folder.glob("*.flac")):
        digit, speaker, _ = path.stem.split("_")
        y = read(path)
        y = y * (0.5 / max(1e-3, np.abs(y).max(initial=0.0)))
        rows.append((y, names[int(digit)], f"fsdd-{speaker}"))
    return clips_of(rows)


def extra_words(work: Path) -> list[Clips]:
    """The parts that `training/keyword/words.py` made in `work`."""
    found = []
    for index in sorted(work.glob("words-*.jsonl")):
        pcm, rows = np.memmap(index.with_suffix(".pcm"), np.int16, "r"), []
        for line in index.read_text().split("\n")[:-1]:
            row = json.loads(line)
            y = pcm[row["start"] : row["start"] + row["samples"]].astype(np.float32) / 32768
            if len(y) and row["text"] and " " not in row["text"]:
                peak = np.abs(y).max(initial=1e-3)
                rows.append((y * (0.5 / peak), row["text"], f"{index.stem}-{row['voice']}"))
        if rows:
            found.append(clips_of(rows))
    return found


def ambiences(data: Path) -> np.ndarray:
    """Every second of the ambiences to train with, int16 [n, 16000].

    Speech Commands' own background noises stay out: its silence, also that of the validation part, is cut from them.
    """
    parts = []
    for one in recordings(data, "noise_blanket", split=TRAIN):
        y = one.read(RATE)
        y = y[: len(y) // RATE * RATE].reshape(-1, RATE)
        parts.append(np.clip(y * 32767, -32767, 32767).astype(np.int16))
    return np.concatenate(parts)


def rooms(data: Path) -> list[np.ndarray]:
    """The measured room responses to train with, float32 [samples] at 16 kHz, as loud as the direct sound alone."""
    found = [one.read(RATE) for one in recordings(data, "rir", split=TRAIN)]
    return [y / np.sqrt((y**2).sum()) for y in found]


def views(
    clips: Clips, rows: np.ndarray, noises: np.ndarray, seed: tuple[int, ...], rooms: list[np.ndarray] = ()
) -> np.ndarray:
    """One disturbed second of each of the clips `rows`, float32 [len(rows), 16000], the same for the same seed."""
    out = np.empty((len(rows), RATE), np.float32)
    for target, row in zip(out, rows, strict=True):
        rng = np.random.default_rng((*seed, int(row)))
        silence = clips.label[row] == SILENCE
        y = clips.x[row].astype(np.float32) / 32768
        if silence and rng.random() < 0.3:
            y = coloured_noise(rng) * np.float32(10 ** (rng.uniform(-70, -20) / 20))
        target[:] = disturb(y, noises, rng, silence=silence, rooms=rooms)
    return out
