"""Google's Speech Commands: its clips, read from either of two layouts, with what is known about each.

- its own, as downloaded: `WORD/HASH_nohash_N.wav`, `_background_noise_/*.wav`, `validation_list.txt`,
  `testing_list.txt` (Warden 2018; see `training/keyword/train.py` for where to get it);
- split already: `train/CLASS/*.flac` and `val/CLASS/*.flac`, the class `_unknown_` holding `WORD_HASH_nohash_N.flac`.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from algorithms.keyword.ds_cnn import LABELS
from algorithms.keyword.features import mfcc

RATE = 16000
SILENCE, UNKNOWN = 0, 1
DEV_SPEAKERS = 20


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


def clips_of(rows: list[tuple[np.ndarray, str, str]]) -> Clips:
    """From [(sound, word, speaker)]; a word that is no keyword counts as unknown."""
    x = np.stack([(middle_second(y) * 32767).astype(np.int16) for y, _, _ in rows])
    label = [LABELS.index(word) if word in LABELS else UNKNOWN for _, word, _ in rows]
    return Clips(x, np.array(label), np.array([s for _, _, s in rows]), np.array([w for _, w, _ in rows]))


def middle_second(y: np.ndarray) -> np.ndarray:
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
    return clips_of(rows)


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
    return clips_of(rows)


def dev_speakers(clips: Clips, count: int = DEV_SPEAKERS) -> np.ndarray:
    """Mask of the clips kept back to choose by: `count` speakers and every seventh background noise."""
    silent = clips.label == SILENCE
    names = np.unique(clips.speaker[~silent])
    held = np.random.default_rng(1).permutation(names)[: min(count, len(names) // 4)]
    noises = np.unique(clips.speaker[silent])[::7]
    return np.isin(clips.speaker, held) | (np.isin(clips.speaker, noises) & silent)


def features_of(clips: Clips) -> np.ndarray:
    """The network's input for clips as they are, float32 [n, 1, 49, 10]."""
    return np.stack([mfcc(x.astype(np.float32) / 32768) for x in clips.x])[:, None]
