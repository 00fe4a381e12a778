"""Mixtures made on the fly from the cached voices: no two alike, however long one trains (dynamic mixing).

Zeghidour & Grangier 2021 and Subakan et al. 2021 found that it gains a dB or two over a fixed set of mixtures.
"""

import json
from pathlib import Path

import numpy as np
import soxr

from training.recordings import DEVELOPMENT, TRAIN
from training.separation.voices import NOISES, RATE

# How often a set is drawn, relative to the others. What is read aloud in whole sentences is most of it.
WEIGHTS = {
    "librispeech_devclean_mp3": 36,
    "librimix": 100,
    "kathleen_en": 7,
    "kerstin_de": 6,
    "flemishguy_nl": 4,
    "nathalie_nl": 4,
    "msc_malayalam": 16,
    "msc_story_malayalam": 2,
    "picovoice_intents_en": 12,
    "picovoice_wakewords_en": 6,
    "speech_commands": 7,
}
SPEEDS = (0.85, 1.15)  # pitch, formants and tempo together
GAP_S = (0.03, 0.25)  # silence between two recordings of a voice
FADE = 80  # samples, at either end of a recording


class Voices:
    """The cache that `training.separation.voices` wrote."""

    def __init__(self, folder: Path) -> None:
        self.samples = np.load(folder / "voices.npy", mmap_mode="r")
        self.rows = json.loads((folder / "voices.json").read_text(encoding="utf-8"))

    def of(self, split: str) -> dict[str, list[dict]]:
        """The voices of a split, by set; noises are left out."""
        found: dict[str, list[dict]] = {}
        for row in self.rows:
            if row["split"] == split and row["set"] not in NOISES:
                found.setdefault(row["set"], []).append(row)
        return found

    def noises(self, split: str) -> list[dict]:
        """The noises of a split."""
        return [row for row in self.rows if row["set"] in NOISES and row["split"] == split]

    def stretch(self, row: dict, length: int, rng: np.random.Generator) -> np.ndarray:
        """`length` samples of one voice, float32: a piece of a recording, or several with short gaps between."""
        out = np.zeros(length, np.float32)
        at = 0
        while at < length:
            start, end = row["spans"][rng.integers(len(row["spans"]))]
            spare = end - start - (length - at)
            if spare > 0:
                start += int(rng.integers(spare))
            y = self.samples[start : min(end, start + length - at)].astype(np.float32) / 32768
            ramp = np.linspace(0, 1, min(FADE, len(y)), dtype=np.float32)
            y[: len(ramp)] *= ramp
            y[len(y) - len(ramp) :] *= ramp[::-1]
            out[at : at + len(y)] = y
            at += len(y) + int(rng.uniform(*GAP_S) * RATE)
        return out


def unit(y: np.ndarray) -> np.ndarray:
    """`y` with a root mean square of 1 (silence stays)."""
    return y / max(float(np.sqrt(np.mean(y**2))), 1e-4)


class Mixtures:
    """Batches of sources; a mixture is the sum of its sources, noise included where there is any."""

    def __init__(self, voices: Voices, seconds: float, seed: int, noise_share: float = 0.15) -> None:
        self.voices = voices
        self.by_set = voices.of(TRAIN)
        self.noise_rows = voices.noises(TRAIN)
        self.sets = [name for name in self.by_set if name in WEIGHTS]
        weights = np.array([WEIGHTS[name] for name in self.sets], float)
        self.chances = weights / weights.sum()
        self.length = int(seconds * RATE)
        self.noise_share = noise_share
        self.rng = np.random.default_rng(seed)

    def source(self, row: dict) -> np.ndarray:
        """One voice at a random speed, rms 1; sometimes it starts late or ends early."""
        rng = self.rng
        speed = rng.uniform(*SPEEDS)
        y = self.voices.stretch(row, int(self.length * speed) + 64, rng)
        y = soxr.resample(y, speed * RATE, RATE, quality="LQ")[: self.length]
        if rng.random() < 0.15:  # a part of the time only one talks
            silent = int(rng.uniform(0, 0.5) * self.length)
            y = y.copy()
            if rng.random() < 0.5:
                y[:silent] = 0
            else:
                y[len(y) - silent :] = 0
        return unit(np.pad(y, (0, self.length - len(y))))

    def draw(self) -> dict:
        """A voice, its set drawn by WEIGHTS."""
        rows = self.by_set[self.sets[self.rng.choice(len(self.sets), p=self.chances)]]
        return rows[self.rng.integers(len(rows))]

    def one(self) -> tuple[np.ndarray, np.ndarray]:
        """(mixture [samples], its two voices [2, samples]), float32."""
        rng = self.rng
        a = b = self.draw()
        while b is a:
            b = self.draw()
        level_db = np.clip(rng.normal(0, 2.5), -5, 5)
        sources = np.stack([self.source(a), self.source(b) * 10 ** (level_db / 20)])
        mixture = sources.sum(0)
        if self.noise_rows and rng.random() < self.noise_share:
            row = self.noise_rows[rng.integers(len(self.noise_rows))]
            noise = unit(self.voices.stretch(row, self.length, rng))
            mixture = mixture + noise * 10 ** (-rng.uniform(10, 30) / 20)
        scale = 0.1 * 10 ** (rng.uniform(-6, 6) / 20)
        return (mixture * scale).astype(np.float32), (sources * scale).astype(np.float32)

    def batch(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Mixtures [size, samples] and their voices [size, 2, samples]."""
        pairs = [self.one() for _ in range(size)]
        return np.stack([m for m, _ in pairs]), np.stack([s for _, s in pairs])


def kept_mixtures(voices: Voices, count: int, seconds: float = 4.0, split: str = DEVELOPMENT, seed: int = 1):
    """The same mixtures each time, of voices of `split`, at 0 dB and fully overlapped: [count, 2, samples].

    Every other one is of two LibriSpeech readers, the rest of any two voices of the split.
    """
    rng = np.random.default_rng(seed)
    by_set = voices.of(split)
    readers = by_set["librispeech_devclean_mp3"]
    everyone = [
        row
        for rows in by_set.values()
        for row in rows
        if sum(end - start for start, end in row["spans"]) >= seconds * RATE
    ]
    out = []
    for k in range(count):
        a, b = rng.choice(len(readers if k % 2 == 0 else everyone), 2, replace=False)
        pool = readers if k % 2 == 0 else everyone
        out.append(np.stack([unit(voices.stretch(pool[i], int(seconds * RATE), rng)) * 0.1 for i in (a, b)]))
    return np.stack(out).astype(np.float32)
