"""What training found: held-out scores, the curve, warnings; computed now, or beforehand for the ready-made sets."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from algorithms.keyword.ds_cnn import LABELS
from algorithms.keyword.personal import Held
from models.keyword.own_net import FIRST
from models.keyword.personal import Learned, Progress, Settings, learn

from .. import validation
from .takes import Kept

FILE = Path(__file__).parents[3] / "assets" / "precomputed" / "kws_own.json"


@dataclass
class Curve:
    """Loss and accuracy, one entry a report; `network` counts from 0, the last being the one that is kept."""

    networks: int = 0
    steps: int = 0
    network: list[int] = field(default_factory=list)
    step: list[int] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    held_loss: list[float | None] = field(default_factory=list)
    held_right: list[float | None] = field(default_factory=list)

    def add(self, p: Progress) -> None:
        """Append a report."""
        self.networks, self.steps = p.networks, p.steps
        for name in ("network", "step", "loss", "accuracy", "held_loss", "held_right"):
            getattr(self, name).append(getattr(p, name))


@dataclass(frozen=True, eq=False)
class Result:
    """See `models.keyword.personal.Learned`; with the names, the takes' ids, and how it was made."""

    names: tuple[str, ...]
    ids: tuple[int, ...]
    take_scores: tuple[float, ...]
    held: tuple[Held, ...]
    threshold: float
    confused: float
    sounds_like: tuple[tuple[str, float], ...]
    apart: float | None
    odd: tuple[int, ...]  # ids
    curve: Curve
    both: bool
    seconds: float
    made: str = ""  # a date where it was computed beforehand

    def scores(self) -> dict[int, float]:
        """Score of each take by its id."""
        return dict(zip(self.ids, self.take_scores, strict=True))


def settings(fields: Mapping[str, Any]) -> Settings:
    """The page's settings for training."""
    return Settings(
        both=fields["o_layers"] == "two",
        views=int(fields["o_views"]),
        words=bool(fields["o_words"]),
        speech=bool(fields["o_speech"]),
        noise=bool(fields["o_noise"]),
    )


@lru_cache(maxsize=1)
def strangers() -> tuple[np.ndarray, tuple[str, ...]]:
    """The 746 validation clips that nothing here learns from: MFCCs [n, 49, 10], and what is said in each."""
    known = validation.load()
    features = np.stack([known.mfcc(i) for i in range(len(known.names))])
    words = tuple(name.split("/")[1].split("_")[0] if known.labels[i] == 1 else LABELS[known.labels[i]].strip("_")
                  for i, name in enumerate(known.names))  # fmt: skip
    return features, words


def run(kept: Kept, names: Sequence[str], how: Settings) -> Iterator[Curve | tuple[Result, Any]]:
    """Train; yields the growing `Curve`, then the `Result` and the `PersonalSpotter`.

    Raises
    ------
    ValueError
        Too few takes, bad names: one sentence.
    """
    began, curve = time.monotonic(), Curve()
    kinds = ("first", "second")[: len(names)]
    entries = [e for e in kept.entries if e.take.kind in (*kinds, "others")]
    for news in learn([e.take for e in entries], names, strangers()[0], how):
        if isinstance(news, Progress):
            curve.add(news)
            yield curve
        else:
            ids = tuple(e.id for e in entries)
            yield conclude(news, ids, curve, time.monotonic() - began), news.spotter


def conclude(news: Learned, ids: tuple[int, ...], curve: Curve, seconds: float) -> Result:
    """The end of training as the page keeps it."""
    return Result(
        names=news.spotter.labels[FIRST:],
        ids=ids,
        take_scores=news.take_scores,
        held=news.held,
        threshold=news.spotter.threshold,
        confused=news.confused,
        sounds_like=news.sounds_like,
        apart=news.apart,
        odd=tuple(ids[i] for i in news.odd),
        curve=curve,
        both=news.settings.both,
        seconds=seconds,
    )


# ---------------------------------------------------------------- computed beforehand


def to_json(result: Result, made: str) -> dict[str, Any]:
    """A result for the shipped file; probabilities to three digits."""

    def three(x):
        return [round(float(v), 3) for v in x]

    def tidy(x):
        return [None if v is None else round(v, 3) for v in x]

    c = result.curve
    groups = ("takes", "others", "strangers")
    plain = {name: getattr(result, name) for name in ("names", "ids", "threshold", "confused", "sounds_like", "apart",
                                                      "odd", "both")}  # fmt: skip
    return {
        **plain, "seconds": round(result.seconds, 1), "made": made, "take_scores": three(result.take_scores),
        "held": [{name: three(getattr(h, name)) for name in groups} for h in result.held],
        "curve": {"networks": c.networks, "steps": c.steps, "network": c.network, "step": c.step, "loss": tidy(c.loss),
                  "accuracy": tidy(c.accuracy), "held_loss": tidy(c.held_loss), "held_right": tidy(c.held_right)},
    }  # fmt: skip


def from_json(row: Mapping[str, Any]) -> Result:
    """What `to_json` wrote."""
    held = tuple(Held(*(np.array(h[name], float) for name in ("takes", "others", "strangers"))) for h in row["held"])
    plain = {name: row[name] for name in ("threshold", "confused", "apart", "both", "seconds", "made")}
    return Result(
        names=tuple(row["names"]),
        ids=tuple(row["ids"]),
        take_scores=tuple(row["take_scores"]),
        held=held,
        sounds_like=tuple(tuple(pair) for pair in row["sounds_like"]),
        odd=tuple(row["odd"]),
        curve=Curve(**row["curve"]),
        **plain,
    )


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Result]:
    return {name: from_json(row) for name, row in json.loads(FILE.read_text(encoding="utf-8")).items()}


def beforehand(name: str) -> Result | None:
    """The result that was computed for a ready-made set; None where there is none."""
    return _shipped().get(name)
