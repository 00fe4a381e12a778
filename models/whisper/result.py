"""A run of Whisper on a sound, as data: its settings, its result, and the file form that examples are kept in."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from algorithms.text.transcript import Segment, Transcript, Word
from algorithms.whisper.languages import AUTO
from models.whisper.stream import WhisperOptions

if TYPE_CHECKING:
    import numpy as np

PRECOMPUTED = Path(__file__).resolve().parents[2] / "assets" / "precomputed"
TINY_EN, BASE = "asr/whisper-tiny.en", "asr/whisper-base"
ENGLISH_ONLY = (TINY_EN,)  # of the built-in models
NAMES = {TINY_EN: "Whisper tiny.en", BASE: "Whisper base"}
OTHER = "other"  # in place of a model id: the one that the visitor names


def model_name(model_id: str) -> str:
    """Return how pages call a model."""
    return NAMES.get(model_id, model_id.removeprefix("hub:"))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is run on which sound, by the names that the fields of the Whisper page's address have."""

    clip: str = "speech"  # id of an example, or "own"
    model: str = TINY_EN  # model id, or "other": the one named in hub
    hub: str = ""  # owner/name of the hub, or a folder
    lang: str = AUTO
    task: str = "transcribe"
    vad: bool = False
    beam: int = 5
    fallback: bool = True  # hotter sampling where the checks fail
    prompt: str = ""
    words: bool = True  # word timestamps

    def options(self) -> WhisperOptions:
        """Return them as the models take them."""
        english = self.model in ENGLISH_ONLY
        usual = WhisperOptions()
        return WhisperOptions(
            language=None if english or self.lang == AUTO else self.lang,
            task=self.task,
            beam_size=int(self.beam),
            temperatures=usual.temperatures if self.fallback else usual.temperatures[:1],
            initial_prompt=self.prompt.strip() or None,
            word_timestamps=self.words,
            vad=self.vad,
        )

    def file_name(self) -> str:
        """Return the name of the file that keeps the result of an example run with these settings."""
        parts = [self.clip, self.model.removeprefix("asr/whisper-")]
        parts += [f"lang-{self.lang}"] if self.lang != AUTO and self.model not in ENGLISH_ONLY else []
        parts += [self.task] if self.task != "transcribe" else []
        parts += ["vad"] if self.vad else []
        parts += [f"beam{int(self.beam)}"] if int(self.beam) != 5 else []
        parts += [] if self.fallback else ["nofallback"]
        prompt = self.prompt.strip()
        parts += ["prompt-" + hashlib.sha256(prompt.encode()).hexdigest()[:8]] if prompt else []
        parts += [] if self.words else ["nowords"]
        return "whisper-" + "-".join(parts) + ".json"


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """Which weights ran, as the page names them."""

    id: str
    source: str  # "package:...", "hub:...", a folder
    licence: str
    precision: str  # "int8_float32", "float32"
    multilingual: bool


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """Lowest and highest sample of short stretches of a sound: what a waveform picture needs, whatever its length."""

    step_s: float
    low: np.ndarray  # float32 [n]
    high: np.ndarray  # float32 [n]
    duration_s: float


@dataclass(frozen=True, kw_only=True)
class Result:
    """One finished (or stopped) run."""

    settings: Settings
    title: str  # of the sound
    model: ModelFacts
    transcript: Transcript
    language_probs: tuple[tuple[str, float], ...]  # best first; empty where nothing was detected
    duration_s: float  # of the sound
    done_s: float  # of it worked through; less than duration_s only if stopped
    seconds: float  # from the first sample read to the last segment, loading of weights not counted
    notes: tuple[str, ...] = ()  # what was changed about the sound on its way in
    date: str = ""  # ISO day of a precomputed example; "" for a run of the visitor's own
    envelope: Envelope | None = field(default=None, repr=False, compare=False)
    folder: str = ""  # where its downloads lie
    path: str = ""  # the file that was heard: what a sound is known by; "" for a precomputed example

    @property
    def stopped(self) -> bool:
        """Whether the visitor stopped it before the end."""
        return self.done_s < self.duration_s - 0.05

    @property
    def real_time_factor(self) -> float:
        """Computing time over sound time: below 1 it keeps up with speech."""
        return self.seconds / max(self.done_s, 1e-3)


def about(result: Result) -> dict[str, object]:
    """Return what the JSON file says besides the transcript itself."""
    return {
        "sound": result.title,
        "model": asdict(result.model),
        "settings": asdict(result.settings),
        "language_probs": [[code, round(p, 5)] for code, p in result.language_probs[:10]],
        "duration_s": round(result.duration_s, 3),
        "done_s": round(result.done_s, 3),
        "seconds": round(result.seconds, 3),
        "notes": list(result.notes),
        "date": result.date,
    }


def from_json(text: str) -> Result:
    """Return the result that `algorithms.text.subtitles.to_json(transcript, **about(result))` wrote."""
    data = json.loads(text)
    segments = [
        Segment(
            s["start"],
            s["end"],
            s["text"],
            [Word(w["start"], w["end"], w["word"], w["probability"]) for w in s["words"]],
            **{key: s[key] for key in ("avg_logprob", "no_speech_prob", "compression_ratio", "temperature")},
        )
        for s in data["segments"]
    ]
    return Result(
        settings=Settings(**data["settings"]),
        title=data["sound"],
        model=ModelFacts(**data["model"]),
        transcript=Transcript(data["text"], data["language"], tuple(segments)),
        language_probs=tuple((code, p) for code, p in data["language_probs"]),
        duration_s=data["duration_s"],
        done_s=data["done_s"],
        seconds=data["seconds"],
        notes=tuple(data["notes"]),
        date=data["date"],
    )


@lru_cache(maxsize=64)
def precomputed(settings: Settings) -> Result | None:
    """Return what ``python -m spaces.whisper.precompute`` found with these settings, None where it did not try them."""
    path = PRECOMPUTED / settings.file_name()
    if settings.model == OTHER or not path.is_file():
        return None
    return from_json(path.read_text(encoding="utf-8"))
