"""What `precompute/validation.py` measured: the networks on 746 clips of strangers, and on running speech."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from algorithms.keyword.ds_cnn import LABELS

ROOT = Path(__file__).parents[2]
FILE = ROOT / "assets" / "precomputed" / "kws_val.npz"
THRESHOLDS = np.arange(1, 100) / 100  # at which false alarms were counted


@dataclass(frozen=True, eq=False)
class Validation:
    """The results.

    Attributes
    ----------
    about : dict
        Date, names of the networks, smoothing windows (ms), kinds of running speech and their hours.
    names : tuple of str
        "CLASS/FILE" of each clip in Speech Commands' validation part.
    labels, speakers : np.ndarray
        uint8 [n]: class of each clip; number of its speaker, 0 for background noise.
    probs : np.ndarray
        float32 [networks, n, 12].
    peaks : np.ndarray
        uint8 [networks, smoothings, n]: highest smoothed probability (of 255) of the clip's word in a stream.
    alarms : np.ndarray
        uint16 [networks, kinds of speech, smoothings, thresholds]: detections where no keyword was said.
    quantised : np.ndarray
        int8 [n, 49, 10]: what the small eight-bit network sees.
    """

    about: dict[str, Any]
    names: tuple[str, ...]
    labels: np.ndarray
    speakers: np.ndarray
    probs: np.ndarray
    peaks: np.ndarray
    alarms: np.ndarray
    quantised: np.ndarray

    @cached_property
    def predicted(self) -> np.ndarray:
        """Likeliest class, int [networks, n]."""
        return self.probs.argmax(2)

    def network(self, model: str) -> int:
        """Row of a network: "s-int8", "s-fp32", "m-int8" or "m-fp32"."""
        return self.about["networks"].index(model)

    def smoothing(self, smooth_ms: float) -> int:
        """Row of the smoothing window nearest to `smooth_ms`."""
        return int(np.abs(np.array(self.about["smooth_ms"]) - smooth_ms).argmin())

    def matrix(self, model: str) -> np.ndarray:
        """Confusion counts, int [12 said, 12 answered]."""
        counts = np.zeros((len(LABELS), len(LABELS)), int)
        np.add.at(counts, (self.labels, self.predicted[self.network(model)]), 1)
        return counts

    def clips_in(self, model: str, said: int, answered: int) -> np.ndarray:
        """Indices of the clips of one cell, the surest answer first."""
        n = self.network(model)
        found = np.flatnonzero((self.labels == said) & (self.predicted[n] == answered))
        return found[np.argsort(-self.probs[n, found, answered], kind="stable")]

    def mfcc(self, clip: int) -> np.ndarray:
        """A clip's input, float32 [49, 10], to half a step of the eight-bit network."""
        return ((self.quantised[clip].astype(np.float32) - self.about["mfcc_zero"]) * self.about["mfcc_scale"]).astype(
            np.float32
        )

    @property
    def keyword_clips(self) -> np.ndarray:
        """Which clips are keywords, bool [n]."""
        return self.labels > 1

    def misses(self, model: str, smooth_ms: float) -> np.ndarray:
        """Share of keyword clips that are not detected at each of `THRESHOLDS`, float [99]."""
        peaks = self.peaks[self.network(model), self.smoothing(smooth_ms), self.keyword_clips] / 255
        return np.mean(peaks[:, None] < THRESHOLDS, axis=0)

    def alarm_counts(self, model: str, smooth_ms: float) -> np.ndarray:
        """False alarms at each of `THRESHOLDS`, int [kinds of speech, 99]."""
        return self.alarms[self.network(model), :, self.smoothing(smooth_ms)].astype(int)

    @property
    def hours(self) -> np.ndarray:
        """Hours of each kind of running speech, float [kinds]."""
        return np.array(self.about["hours"])


@lru_cache(maxsize=1)
def load() -> Validation:
    """Read the shipped results."""
    with np.load(FILE) as held:
        return Validation(
            about=json.loads(str(held["about"])),
            names=tuple(str(held["names"]).split("\n")),
            labels=held["labels"],
            speakers=held["speakers"],
            probs=held["probs"].astype(np.float32),
            peaks=held["peaks"],
            alarms=held["alarms"],
            quantised=held["mfcc"].reshape(-1, 49, 10),
        )


def recording(name: str) -> np.ndarray | None:
    """A clip's own samples, float32 [16000], where Speech Commands is at hand; else None.

    Looked for in the folder that the environment variable SPEECH_COMMANDS names (one with `val/`), else in
    ``../shared/data/speech_commands`` beside the project.
    """
    from algorithms.keyword.features import CLIP_SAMPLES, one_second
    from algorithms.sound import io as audio_io

    folder = Path(os.environ.get("SPEECH_COMMANDS") or ROOT.parent / "shared" / "data" / "speech_commands")
    path = folder / "val" / f"{name}.flac"
    return one_second(audio_io.load(path, sample_rate=16_000).y[:CLIP_SAMPLES]) if path.is_file() else None
