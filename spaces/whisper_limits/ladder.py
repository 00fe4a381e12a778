"""A run of part A: one window, one temperature after another, then the same sound without what the VAD cuts out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import models
from algorithms.whisper.fallback import TEMPERATURES, Attempt, Decision, Thresholds, decide
from models.whisper.job import Job, check_length
from models.whisper.result import BASE, PRECOMPUTED, TINY_EN, Settings
from models.whisper.stream import SAMPLE_RATE

from .case import Case, Made
from .window import Window, kept_sound, speech_probs, speech_regions

BASE_ENGLISH = "base-en"  # the choice of an ear that stands for base, told that it hears English
EARS = {
    TINY_EN: "tiny.en (English only)",
    BASE: "base (finds the language)",
    BASE_ENGLISH: "base, told it is English",
}
VAD_THRESHOLD = 0.5


@dataclass(frozen=True)
class WithVad:
    """What came of the sound after the VAD."""

    threshold: float
    regions: tuple[tuple[float, float], ...]  # seconds that were kept
    attempts: tuple[Attempt, ...] = ()  # none where nothing was left to decode, or everything was


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run has found so far."""

    case: Case
    ear: str  # a key of EARS
    title: str
    duration_s: float
    language: str = ""
    language_prob: float | None = None
    attempts: tuple[Attempt, ...] = ()
    encode_s: float = 0.0
    vad: WithVad | None = None
    probs: tuple[float, ...] = ()  # of speech, one every 32 ms, where they were kept
    date: str = ""  # ISO day of a precomputed one

    def decide(self, thresholds: Thresholds) -> Decision | None:
        """Return what becomes of the window; None where Whisper would try a temperature that was not tried."""
        if not self.attempts:
            return None
        return decide(self.attempts, thresholds, more=len(self.attempts) < len(TEMPERATURES))

    def decide_vad(self, thresholds: Thresholds) -> Decision | None:
        """Return the same for the sound after the VAD."""
        if self.vad is None or not self.vad.attempts:
            return None
        return decide(self.vad.attempts, thresholds, more=len(self.vad.attempts) < len(TEMPERATURES))


class Ladder(Job):
    """Decodes in a thread; read it as any `Job`.

    Parameters
    ----------
    case, made
        The sound.
    ear
        Who listens.
    thresholds
        When to stop.
    every
        Try every temperature, also after one has passed.
    vad_threshold
        Of Silero's probability.
    """

    def __init__(
        self, case: Case, made: Made, ear: str, thresholds: Thresholds, *, every: bool, vad_threshold: float
    ) -> None:
        super().__init__(Settings(model=TINY_EN if ear == TINY_EN else BASE), "", made.title)
        self.case, self.made, self.ear = case, made, ear
        self.thresholds, self.every, self.vad_threshold = thresholds, every, vad_threshold
        self.attempts: list[Attempt] = []
        self.encode_s = 0.0
        self.language_prob: float | None = None
        self.vad: WithVad | None = None

    def outcome(self) -> Outcome:
        """Return what there is."""
        return Outcome(
            case=self.case.plain(),
            ear=self.ear,
            title=self.title,
            duration_s=len(self.made.y) / SAMPLE_RATE,
            language=self.language or "",
            language_prob=self.language_prob,
            attempts=tuple(self.attempts),
            encode_s=self.encode_s,
            vad=self.vad,
        )

    def _decode(self) -> None:
        import time

        y = self.made.y
        check_length(len(y))
        model = self._loaded(models.spec(self.settings.model))
        language = "en" if self.ear == BASE_ENGLISH else None
        began = time.perf_counter()
        window = Window(model, y, language)
        self.encode_s = time.perf_counter() - began
        self.language, self.language_prob = window.language, window.language_prob
        for _ in self._climb(window, self.attempts, every=self.every):
            self._tell()
        if self.cancel.is_set():
            return
        regions = tuple(speech_regions(y, self.vad_threshold))
        left = kept_sound(y, list(regions))
        tries: list[Attempt] = []
        if 0 < len(left) < len(y):
            for _ in self._climb(Window(model, left, language), tries, every=False):
                pass
        if not self.cancel.is_set():
            self.vad = WithVad(self.vad_threshold, regions, tuple(tries))

    def _climb(self, window: Window, attempts: list[Attempt], *, every: bool):
        for temperature in TEMPERATURES:
            if self.cancel.is_set():
                return
            attempts.append(window.attempt(temperature))
            yield
            if not every and decide(attempts, self.thresholds, more=temperature < TEMPERATURES[-1]):
                return


def file_name(case: Case, ear: str) -> str:
    """Return the name of the file that keeps a precomputed outcome."""
    return f"limits-{case.name()}-{ear.removeprefix('asr/whisper-')}.json"


def to_json(outcome: Outcome) -> str:
    """Return an outcome as text, numbers rounded to what the page shows."""

    def plain(attempts: Sequence[Attempt]) -> list[dict[str, Any]]:
        rounded = [{k: round(v, 5) if isinstance(v, float) else v for k, v in asdict(a).items()} for a in attempts]
        return [{**a, "seconds": round(a["seconds"], 2)} for a in rounded]

    case = asdict(outcome.case)
    del case["own"]  # a path of the server's
    data = asdict(outcome) | {
        "case": case,
        "attempts": plain(outcome.attempts),
        "encode_s": round(outcome.encode_s, 2),
        "probs": [round(p, 3) for p in outcome.probs],
    }
    if outcome.vad is not None:
        data["vad"] = asdict(outcome.vad) | {"attempts": plain(outcome.vad.attempts)}
    return json.dumps(data, ensure_ascii=False, indent=1)


def from_json(text: str) -> Outcome:
    """Return the outcome that `to_json` wrote."""
    data = json.loads(text)
    vad = data["vad"]
    if vad is not None:
        regions = tuple((a, b) for a, b in vad["regions"])
        vad = WithVad(vad["threshold"], regions, tuple(Attempt(**a) for a in vad["attempts"]))
    return Outcome(
        **data
        | {
            "case": Case(**data["case"]),
            "attempts": tuple(Attempt(**a) for a in data["attempts"]),
            "vad": vad,
            "probs": tuple(data["probs"]),
        }
    )


@lru_cache(maxsize=64)
def precomputed(case: Case, ear: str) -> Outcome | None:
    """Return what ``python -m spaces.whisper_limits.precompute`` found, None where it did not try this."""
    path = PRECOMPUTED / file_name(case, ear)
    if case.plain().clip == "own" or not path.is_file():
        return None
    return from_json(path.read_text(encoding="utf-8"))


def vad_of(made: Made, threshold: float, known: Outcome | None = None) -> tuple[Any, list[tuple[float, float]]]:
    """Return Silero's probabilities (float32, one every 32 ms) and the stretches that it keeps, in seconds.

    A precomputed outcome of the same sound saves computing them: the page opens without loading Silero.
    """
    import numpy as np

    if known is not None and known.probs and known.vad is not None and known.vad.threshold == threshold:
        return np.asarray(known.probs, np.float32), list(known.vad.regions)
    return speech_probs(made.y), speech_regions(made.y, threshold)
