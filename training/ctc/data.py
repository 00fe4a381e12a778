"""Batches for `training/ctc/train.py`: reads the corpus of `training/ctc/corpus.py`, splits it, and disturbs the sound.

Every utterance is heard through a random channel each time: speed (and with it pitch and formants), loudness, room,
telephone band, noise or a second voice, and silence around it.
"""

import json
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from algorithms.ctc import frames_needed
from algorithms.ctc.net import VOCAB
from training.ctc.corpus import HELD_OUT_VOICES, RATE, letters

# Of the utterances that the last run heard; other parts count 0.3. (The model card lists what earlier runs heard.)
SHARE = {
    "librispeech": 0.7,
    "kathleen": 0.22,
    "words": 0.08,
}
HELD_OUT_SPEAKERS = 10  # of Speech Commands' training speakers, for model selection
MAX_S = 18.0  # seconds; longer utterances are left out of training


@dataclass
class Utterance:
    """Where one utterance lies in a part's samples, and its letters."""

    pcm: np.ndarray  # the part's samples, memory-mapped
    start: int
    samples: int
    text: str

    def read(self) -> np.ndarray:
        """Its sound, float32 [n] in [-1, 1]."""
        return self.pcm[self.start : self.start + self.samples].astype(np.float32) / 32768


def load_part(work: Path, name: str) -> list[tuple[Utterance, dict]]:
    """The utterances of one part with their rows of the corpus."""
    lines = (work / f"{name}.jsonl").read_text().split("\n")[:-1]
    pcm = np.memmap(work / f"{name}.pcm", np.int16, "r")
    rows = []
    for line in lines:
        row = json.loads(line)
        text = letters(row["text"])
        enough = row["samples"] / 320 * 0.85 > frames_needed(text)  # also when it is said 15 % faster
        if text and enough and row["samples"] < MAX_S * RATE and row["start"] + row["samples"] <= len(pcm):
            rows.append((Utterance(pcm, row["start"], row["samples"], text), row))
    return rows


def split(work: Path) -> tuple[dict[str, list[Utterance]], dict[str, list[Utterance]]]:
    """Training and development utterances by part.

    Development: two readers of LibriSpeech and sentences of Kathleen (marked in the corpus), the part `prompts` (one
    real speaker) whole, the synthetic voices of `HELD_OUT_VOICES`, and ten speakers of `words`. But for Kathleen, no
    voice is on both sides.
    """
    train, dev = {}, {}
    for path in sorted(work.glob("*.jsonl")):
        rows = load_part(work, path.stem)
        held = set(HELD_OUT_VOICES)
        if path.stem == "words":
            voices = sorted({row["voice"] for _, row in rows if not row["voice"].startswith("fsdd")})
            held = set(random.Random(1).sample(voices, HELD_OUT_SPEAKERS))
        for utterance, row in rows:
            kept = path.stem == "prompts" or row["voice"] in held or row.get("held", False)
            (dev if kept else train).setdefault(path.stem, []).append(utterance)
    return train, dev


def distort(y: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Send `y` through a random channel; `other` is some speech for the background."""

    def chance(p):
        return rng.random() < p

    if chance(0.8):
        speed = rng.uniform(0.87, 1.15)
        y = np.interp(np.arange(0, len(y) - 1, speed), np.arange(len(y)), y).astype(np.float32)
    before, after = (rng.uniform(0, 0.5, 2) ** 2 * 2 * RATE).astype(int)
    y = np.pad(y, (before, after))
    n = len(y)
    size = next_fast_len(n + int(0.6 * RATE), real=True)
    hz = np.fft.rfftfreq(size, 1 / RATE).astype(np.float32)
    gain = np.ones_like(hz)
    if chance(0.08):  # telephone
        gain *= 1 / (1 + (rng.uniform(200, 350) / np.maximum(hz, 1)) ** 6) / (1 + (hz / rng.uniform(3200, 3800)) ** 16)
    elif chance(0.15):  # a dull microphone or a low sample rate
        gain /= 1 + (hz / rng.uniform(3500, 7500)) ** 12
    if chance(0.3):  # tilt and one broad resonance
        gain *= np.maximum(hz, 60) ** rng.uniform(-0.25, 0.25)
        gain *= 1 + rng.uniform(-0.6, 2) * np.exp(-0.5 * ((hz - rng.uniform(150, 5000)) / rng.uniform(150, 900)) ** 2)
    room = chance(0.2)
    if room or gain.min() < 1 or gain.max() > 1:
        spectrum = rfft(y, size) * gain
        if room:  # a direct sound, then noise that dies away by 60 dB in `decay` seconds
            decay = rng.uniform(0.12, 0.6)
            tail = rng.standard_normal(int(decay * RATE), np.float32)
            tail *= np.exp(np.linspace(0, -6.9, len(tail), dtype=np.float32))
            tail *= rng.uniform(0.1, 0.7) / np.sqrt((tail**2).sum())
            tail[0] = 1.0
            spectrum *= rfft(tail, size)
        y = irfft(spectrum, size)[:n]
    y = y / max(np.abs(y).max(), 1e-3)
    if chance(0.4):
        kind = rng.random()
        noise = np.resize(other, n) if 0.5 <= kind < 0.7 else rng.standard_normal(n, np.float32)
        if kind < 0.5:  # coloured noise, else a second voice or white noise
            noise = irfft(rfft(noise, size) * np.maximum(hz, 30) ** -rng.uniform(0.2, 1.0), size)[:n]
        low = 12 if 0.5 <= kind < 0.7 else 8
        snr_db = rng.uniform(low, 35)
        noise = noise * np.sqrt((y**2).mean() / max((noise**2).mean(), 1e-12)) * 10 ** (-snr_db / 20)
        y = y + noise
    y = y * rng.uniform(0.05, 1.0)
    if chance(0.03):
        y = np.round(y * 127) / 127  # 8 bits
    return y.astype(np.float32)


class Batches:
    """Endless training batches, rebuilt from the files each round so that a growing corpus is used."""

    def __init__(self, work: Path, batch_s: float, seed: int):
        self.work, self.batch_s = work, batch_s
        self.rng, self.np_rng = random.Random(seed), np.random.default_rng(seed)

    def round(self, size: int = 4000):
        """Yield batches (clips, texts) over about `size` utterances drawn by `SHARE`, grouped by length."""
        train, _ = split(self.work)
        weights = {name: SHARE.get(name, 0.3) for name in train}
        total = sum(weights.values())
        drawn: list[Utterance] = []
        for name, rows in train.items():
            count = round(size * weights[name] / total)
            drawn += self.rng.sample(rows, count) if count <= len(rows) else self.rng.choices(rows, k=count)
        drawn.sort(key=lambda u: u.samples * self.rng.uniform(0.9, 1.1))
        groups, group = [], []
        for utterance in drawn:
            group.append(utterance)
            if (len(group) + 1) * utterance.samples > self.batch_s * RATE:
                groups.append(group)
                group = []
        self.rng.shuffle(groups)
        for group in groups:
            yield (
                [distort(u.read(), self.rng.choice(group).read(), self.np_rng) for u in group],
                [u.text for u in group],
            )


def encode(text: str) -> list[int]:
    """Letters to vocabulary indices."""
    return [VOCAB.index(letter) for letter in text]
