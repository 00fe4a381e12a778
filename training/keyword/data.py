"""Clips for `training/keyword/train.py`: reads Speech Commands and extra words, and disturbs the sound.

Two layouts of Speech Commands are read:

- its own, as downloaded: `WORD/HASH_nohash_N.wav`, `_background_noise_/*.wav`, `validation_list.txt`,
  `testing_list.txt` (Warden 2018; see `training/keyword/train.py` for where to get it);
- split already: `train/CLASS/*.flac` and `val/CLASS/*.flac`, the class `_unknown_` holding `WORD_HASH_nohash_N.flac`.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from algorithms.keyword.ds_cnn import LABELS

RATE = 16000
SILENCE, UNKNOWN = 0, 1
SHIFT_S = 0.1  # a word lies up to this much earlier or later than in its recording


@dataclass
class Clips:
    """Sounds of one second with what is known about them."""

    x: np.ndarray  # int16 [n, 16000]
    label: np.ndarray  # int64 [n], index into LABELS
    speaker: np.ndarray  # str [n]
    word: np.ndarray  # str [n]

    def __len__(self) -> int:
        return len(self.x)

    def take(self, rows: np.ndarray) -> "Clips":
        """The clips with these indices, or where this mask is true."""
        return Clips(self.x[rows], self.label[rows], self.speaker[rows], self.word[rows])


def join(parts: list[Clips]) -> Clips:
    """All clips of several parts, in order."""
    fields = ("x", "label", "speaker", "word")
    return Clips(*(np.concatenate([getattr(part, field) for part in parts]) for field in fields))


def _clips(rows: list[tuple[np.ndarray, str, str]]) -> Clips:
    """From [(sound, word, speaker)]; a word that is no keyword counts as unknown."""
    x = np.stack([(one_second(y) * 32767).astype(np.int16) for y, _, _ in rows])
    label = [LABELS.index(word) if word in LABELS else UNKNOWN for _, word, _ in rows]
    return Clips(x, np.array(label), np.array([s for _, _, s in rows]), np.array([w for _, w, _ in rows]))


def one_second(y: np.ndarray) -> np.ndarray:
    """The middle second of `y` at 16 kHz, float32 in [-1, 1], with zeros around it where it is shorter."""
    missing = max(0, RATE - len(y))
    y = np.pad(y, (missing // 2, missing - missing // 2))
    start = (len(y) - RATE) // 2
    return np.clip(y[start : start + RATE], -1, 1).astype(np.float32)


def read(path: Path) -> np.ndarray:
    """A sound file as float32 mono at 16 kHz."""
    import soundfile

    y, rate = soundfile.read(path, dtype="float32", always_2d=True)
    y = y.mean(1)
    if rate != RATE:
        import soxr

        y = soxr.resample(y, rate, RATE)
    return y


def speech_commands(folder: Path, part: str) -> Clips:
    """One part of Speech Commands, `part` "train", "val" or "test" (see the module's docstring for the layouts).

    In the original layout the words that are no keyword are thinned out to as many as two keywords have, and
    `_silence_` is cut out of the background noises: every tenth second for "val", those after them for "test".

    Raises
    ------
    ValueError
        The folder has neither layout, or it has no such part.
    """
    if (folder / part).is_dir():
        return _split_layout(folder / part)
    if not (folder / "validation_list.txt").is_file():
        raise ValueError(
            f"{folder} holds neither {part}/ nor validation_list.txt: give the folder of Speech Commands, unpacked."
        )
    held = {name: set((folder / f"{name}_list.txt").read_text().split()) for name in ("validation", "testing")}
    wanted = {"train": None, "val": held["validation"], "test": held["testing"]}[part]
    rows, others = [], []
    for path in sorted(folder.glob("*/*_nohash_*.wav")):
        name = f"{path.parent.name}/{path.name}"
        there = name in wanted if wanted is not None else not any(name in names for names in held.values())
        if there:
            word, speaker = path.parent.name, path.name.split("_")[0]
            (rows if word in LABELS else others).append((path, word, speaker))
    keep = np.random.default_rng(0).permutation(len(others))[: max(1, len(rows) // 5)]
    rows = [(read(path), word, speaker) for path, word, speaker in rows + [others[i] for i in sorted(keep)]]
    number = {"val": 0, "test": 1}.get(part)
    for path in sorted((folder / "_background_noise_").glob("*.wav")):
        y = read(path)
        for second in range(len(y) // RATE):
            if (second % 10 == number) if number is not None else second % 10 > 1:
                rows.append((y[second * RATE : (second + 1) * RATE], "_silence_", f"noise-{path.stem}"))
    return _clips(rows)


def _split_layout(folder: Path) -> Clips:
    rows = []
    for path in sorted([*folder.glob("*/*.flac"), *folder.glob("*/*.wav")]):
        found = re.fullmatch(r"(?:(\w+?)_)?([0-9a-f]{8})_nohash_\d+", path.stem)
        word = path.parent.name
        if word == "_unknown_" and found and found[1]:
            word = found[1]
        rows.append((read(path), word, found[2] if found else f"noise-{path.stem}"))
    if not rows:
        raise ValueError(f"{folder} holds no sound: give the folder that holds train/ and val/.")
    return _clips(rows)


def digits(folder: Path) -> Clips:
    """The Free Spoken Digit Dataset (`DIGIT_SPEAKER_N.flac`, 8 kHz): ten more unknown words by six speakers."""
    names = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    rows = []
    for path in sorted(folder.glob("*.flac")):
        digit, speaker, _ = path.stem.split("_")
        y = read(path)
        y = y * (0.5 / max(1e-3, np.abs(y).max(initial=0.0)))
        rows.append((y, names[int(digit)], f"fsdd-{speaker}"))
    return _clips(rows)


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
            found.append(_clips(rows))
    return found


# ---------------------------------------------------------------- disturbing the sound


def coloured_noise(rng: np.random.Generator) -> np.ndarray:
    """A second of noise with a random slope (0 to -9 dB an octave) and perhaps a hum; its RMS is 1. float32 [16000]."""
    spectrum = rfft(rng.standard_normal(RATE).astype(np.float32))
    hz = np.arange(len(spectrum), dtype=np.float32)  # one second: bin k is k Hz
    y = irfft(spectrum * np.maximum(hz, 20) ** -rng.uniform(0, 1.5), RATE)
    if rng.random() < 0.2:
        hum_hz = rng.uniform(45, 400)
        y = y + y.std() * rng.uniform(0.3, 3) * np.sin(2 * np.pi * hum_hz * np.arange(RATE) / RATE)
    return (y / max(1e-9, y.std())).astype(np.float32)


def disturb(y: np.ndarray, noises: np.ndarray, rng: np.random.Generator, *, silence: bool = False) -> np.ndarray:
    """A random recording of the same word: speed, shift, room, band, noise and gain.

    Parameters
    ----------
    y : float32 [16000]
    noises : int16 [n, 16000], recorded backgrounds
    silence : the clip holds no word, so nothing needs to stand out of the noise

    Returns
    -------
    float32 [16000] in [-1, 1]
    """
    if rng.random() < 0.3:  # the recording as it is, but for where it starts and how loud it is
        shift = int(rng.uniform(-SHIFT_S, SHIFT_S) * RATE)
        y = np.pad(y, RATE)[RATE + shift : 2 * RATE + shift]
        return np.clip(y * 10 ** (rng.uniform(-12, 6) / 20), -1, 1).astype(np.float32)
    size = next_fast_len(RATE + 4000, real=True)
    spectrum = rfft(y.astype(np.float32), size)
    hz = np.arange(len(spectrum), dtype=np.float32) * (RATE / size)
    if rng.random() < 0.5:  # tilt and one broad resonance: another microphone
        spectrum *= (np.maximum(hz, 60) / 1000) ** rng.uniform(-0.3, 0.3)
        centre, width = rng.uniform(150, 6000), rng.uniform(150, 1200)
        spectrum *= 1 + rng.uniform(-0.6, 2) * np.exp(-0.5 * ((hz - centre) / width) ** 2)
    kind = rng.random()
    if kind < 0.04:  # telephone
        spectrum /= 1 + (rng.uniform(200, 350) / np.maximum(hz, 1)) ** 6
        spectrum /= 1 + (hz / rng.uniform(3200, 3800)) ** 16
    elif kind < 0.2:  # a dull microphone or a low sample rate
        spectrum /= 1 + (hz / rng.uniform(3300, 7500)) ** 12
    if rng.random() < 0.25:  # a room: the direct sound, then noise that dies away by 60 dB in `decay` seconds
        decay = rng.uniform(0.1, 0.5)
        tail = rng.standard_normal(int(min(decay, 0.24) * RATE)).astype(np.float32)
        tail *= np.exp(-6.9 / (decay * RATE) * np.arange(len(tail), dtype=np.float32))
        tail *= rng.uniform(0.1, 0.8) / np.sqrt((tail**2).sum())
        tail[0] = 1.0
        spectrum *= rfft(tail, size)
    speed = np.exp(rng.uniform(-0.16, 0.16)) if rng.random() < 0.85 else 1.0
    length = next_fast_len(int(size / speed), real=True)
    y = irfft(spectrum, length) * (length / size)  # resampled: pitch, formants and tempo together
    middle = int(RATE / 2 * length / size)  # where the middle of the second now is
    start = middle - RATE // 2 + int(rng.uniform(-SHIFT_S, SHIFT_S) * RATE)
    y = np.pad(y, (RATE, RATE))[RATE + start : 2 * RATE + start].astype(np.float32)
    level = np.sqrt((y**2).mean()) + 1e-5
    if rng.random() < 0.65:
        recorded = len(noises) > 0 and rng.random() < 0.6
        noise = noises[rng.integers(len(noises))].astype(np.float32) if recorded else coloured_noise(rng)
        noise = np.roll(noise, rng.integers(RATE)) / max(1e-6, np.sqrt((noise**2).mean()))
        snr_db = rng.uniform(-20 if silence else 5, 45)
        y = y + noise * (level * 10 ** (-snr_db / 20))
    if silence or rng.random() < 0.8:
        y = y * 10 ** (rng.uniform(-30 if silence else -18, 8) / 20)
    return np.clip(y, -1, 1)


def views(clips: Clips, rows: np.ndarray, noises: np.ndarray, seed: tuple[int, ...]) -> np.ndarray:
    """One disturbed second of each of the clips `rows`, float32 [len(rows), 16000], the same for the same seed."""
    out = np.empty((len(rows), RATE), np.float32)
    for target, row in zip(out, rows, strict=True):
        rng = np.random.default_rng((*seed, int(row)))
        silence = clips.label[row] == SILENCE
        y = clips.x[row].astype(np.float32) / 32768
        if silence and rng.random() < 0.3:
            y = coloured_noise(rng) * np.float32(10 ** (rng.uniform(-70, -20) / 20))
        target[:] = disturb(y, noises, rng, silence=silence)
    return out
