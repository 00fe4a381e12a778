"""Disturbed views of every clip, with the teacher's opinion of each: what `training/keyword/train.py` learns from.

One *pass* (`FOLDER/views-000.npz`, `views-001.npz`, ...) holds the log-mel energies of a new view of every training
clip of Speech Commands and of some of the other words; `views-plain.npz` holds Speech Commands as it is, with the
teacher's embeddings, which speak for all views of a clip. A pass is the same for the same seed, number and clips, and
is made once, so making them stops and goes on at will.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from algorithms.keyword import features as kws_features
from algorithms.keyword.ds_cnn import LABELS
from algorithms.keyword.speech_commands import SILENCE, UNKNOWN, Clips, dev_speakers, join, speech_commands
from training.keyword.data import digits, extra_words, views
from training.keyword.teacher import Embedding, cross_fitted

CHUNK = 64
SURE = 6.0  # logit of a label where no teacher is asked: a probability of 0.97
NONE = np.zeros((0, 16000), np.int16)


def pool(data: Path, work: Path, fsdd: Path | None) -> tuple[Clips, int]:
    """All clips to train with, and how many of them, the first ones, are Speech Commands'."""
    real = speech_commands(data, "train")
    extra = extra_words(work)
    if fsdd is not None and fsdd.is_dir():
        extra.append(digits(fsdd))
    return join([real, *extra]), len(real)


def log_mels(x: np.ndarray) -> np.ndarray:
    """Log-mel energies float16 [n, 49, 40] of sounds [n, 16000]."""
    return np.stack([kws_features.log_mel(y) for y in x]).astype(np.float16)


def make_passes(
    clips: Clips,
    real: int,
    work: Path,
    teacher: Path | None,
    passes: int,
    seed: int = 0,
    extras: int = 1200,
    noises: np.ndarray = NONE,
    rooms: list[np.ndarray] = (),
) -> None:
    """Write the passes that `work` does not hold yet, and first `views-plain.npz`: Speech Commands as it is.

    `noises` (int16 [n, 16000]) come on top of Speech Commands' own; `rooms` as in `disturb`.
    """
    embed = Embedding(teacher) if teacher is not None else None
    own = clips.x[:real][(clips.label[:real] == SILENCE) & ~dev_speakers(clips.take(np.arange(real)))]
    noises = np.concatenate([own, noises])
    for number in range(-1, passes):
        path = work / ("views-plain.npz" if number < 0 else f"views-{number:03d}.npz")
        if path.exists():
            continue
        began, rows = time.time(), np.arange(real)
        if number >= 0:
            rng = np.random.default_rng((seed, number))
            rows = np.concatenate([rows, np.sort(draw_extras(clips, real, extras, rng))])
        mels, embeddings = [], []
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            plain = clips.x[chunk].astype(np.float32) / 32768
            sounds = plain if number < 0 else views(clips, chunk, noises, (seed, number), rooms)
            mels.append(log_mels(sounds))
            if embed is not None and number < 0:
                embeddings.append(embed(sounds).astype(np.float16))
        found = {"rows": rows, "mel": np.concatenate(mels)}
        if embeddings:
            found["embedding"] = np.concatenate(embeddings)
        part = path.with_suffix(".part.npz")
        np.savez(part, label=clips.label[rows], speaker=clips.speaker[rows], **found)
        os.replace(part, path)
        print(f"{path.name}: {len(rows)} views in {time.time() - began:.0f} s", flush=True)


def draw_extras(clips: Clips, real: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Indices of `count` of the other words: half of them keywords, and of the rest a quarter digits of FSDD."""
    label, speaker = clips.label[real:], clips.speaker[real:]
    digit = np.char.startswith(speaker, "fsdd-") if len(speaker) else np.zeros(0, bool)
    weight = np.zeros(len(label))
    for mask, share in ((label > UNKNOWN, 4), ((label <= UNKNOWN) & ~digit, 3), (digit, 1)):
        weight[mask] = share / max(1, mask.sum())
    if not weight.any():
        return np.zeros(0, int)
    return real + rng.choice(len(label), min(count, len(label)), p=weight / weight.sum())


@dataclass
class Views:
    """What the student learns from: every view of every pass."""

    mel: np.ndarray  # float16 [n, 49, 40]
    label: np.ndarray  # int64 [n]
    speaker: np.ndarray  # str [n]
    real: np.ndarray  # bool [n]: Speech Commands, not other words
    dev: np.ndarray  # bool [n]: of a speaker kept back
    teacher: np.ndarray | None  # float32 [n, 12], logits


def load_views(work: Path, clips: Clips, real: int, *, everyone: bool, folds: int = 4) -> Views:
    """Read the passes and let the teacher judge the clips.

    Its heads are fitted to the clips as recorded, without the speakers kept back unless `everyone` is set; the answer
    is kept in `work`. Of the other words it says what their labels say.
    """
    files = [np.load(path) for path in sorted(work.glob("views-*.npz")) if ".part" not in path.name]
    if not files:
        raise ValueError(f"{work} holds no views yet: run `python -m training.keyword.train views` first.")

    def column(name):
        return np.concatenate([file[name] for file in files])

    rows, label, speaker = column("rows"), column("label"), column("speaker")
    is_real = rows < real
    held = dev_speakers(clips.take(np.arange(real)))
    dev = is_real & held[np.minimum(rows, real - 1)]
    plain, logits = files[-1], None
    if "embedding" in plain:
        kept = work / f"teacher-{'everyone' if everyone else 'some'}.npy"
        if not kept.exists():
            fit = np.ones(real, bool) if everyone else ~held
            np.save(kept, cross_fitted(plain["embedding"], plain["label"], plain["speaker"], fit, folds, steps=1500))
        logits = np.full((len(label), len(LABELS)), 0, np.float32)
        logits[np.arange(len(label)), label] = SURE
        logits[is_real] = np.load(kept)[rows[is_real]]
    return Views(column("mel"), label, speaker, is_real, dev, logits)
