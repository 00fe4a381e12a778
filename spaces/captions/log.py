"""A captioning as data: the rows that the page shows, live or from a file, and everything the pictures need."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from algorithms.text.transcript import Segment, Transcript, Word
from models.live.captions import Captioner, CaptionOptions, Update
from models.whisper.result import PRECOMPUTED, TINY_EN

if TYPE_CHECKING:
    import numpy as np

SHOWN_S = 60.0  # of a running captioning that the pictures show


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The fields of the page's address, by their names there."""

    clip: str = "speech_long"
    n: int = 2  # successive hypotheses that must agree
    step: float = 0.5  # seconds
    silence: int = 500  # milliseconds
    model: str = TINY_EN
    lang: str = "en"
    full: bool = False  # encode 30 s each time

    def options(self) -> CaptionOptions:
        """Return them as the engine takes them."""
        return CaptionOptions(
            agreement=int(self.n),
            min_step_s=float(self.step),
            silence_ms=float(self.silence),
            language="en" if self.model == TINY_EN else self.lang,
            full_window=self.full,
        )

    def file_name(self) -> str:
        """Return the name of the file that keeps an example captioned with these settings."""
        usual = Settings()
        parts = [self.clip, self.model.removeprefix("asr/whisper-")]
        parts += [f"{self.lang}"] if self.model != TINY_EN else []
        parts += [f"n{self.n}"] if self.n != usual.n else []
        parts += [f"step{self.step:g}"] if self.step != usual.step else []
        parts += [f"silence{self.silence:g}"] if self.silence != usual.silence else []
        parts += ["full"] if self.full else []
        return "captions-" + "-".join(parts) + ".json"


def update_row(u: Update) -> dict[str, Any]:
    """Return an update as the page's rows are; ``static/caption_view.js`` says what the letters mean."""
    return {
        "i": u.number,
        "u": u.utterance,
        "t": round(u.at_s, 3),
        "h": round(u.heard_s, 3),
        "s": round(u.seconds, 3),
        "b": round(u.buffer_s, 2),
        "f": u.forced,
        "e": u.final,
        "r": u.rejected,
        "w": [[w.start_s, w.end_s, w.text, round(w.prob, 3), round(w.latency_s, 3)] for w in u.stable],
        "x": [[w.start_s, w.end_s, w.text, round(w.prob, 3)] for w in u.tail],
    }


@dataclass(frozen=True, kw_only=True)
class Log:
    """One captioning, running or finished, as far as the pictures reach back."""

    settings: Settings
    title: str  # of the sound
    rows: list[dict[str, Any]]
    probs: np.ndarray  # float32 [frames], the newest last
    levels_db: np.ndarray  # float32 [frames], dBFS
    frames_end_s: float  # where the last frame ends
    frame_s: float
    utterances: list[tuple[float, float]]
    heard_s: float
    computed_s: float
    hypotheses: int
    words: int
    median_s: float | None  # latency of stable words
    p95_s: float | None
    dropped_s: float = 0.0
    forgotten_words: int = 0
    segments: tuple[Segment, ...] = ()
    language: str = "en"
    date: str = ""  # ISO day of a precomputed example
    own: bool = False  # from a microphone

    @property
    def transcript(self) -> Transcript:
        """Every stable word, one segment an utterance."""
        return Transcript.from_segments(self.segments, self.language)

    @property
    def words_timed(self) -> list[list[Any]]:
        """Stable words of the rows: [start_s, end_s, text, probability, latency_s]."""
        return [w for row in self.rows for w in row["w"]]

    @property
    def real_time_factor(self) -> float:
        """Computing time over sound time."""
        return self.computed_s / max(self.heard_s, 1e-3)


def level_db(rms: np.ndarray) -> np.ndarray:
    """Return root mean squares as dBFS, not below -80."""
    import numpy as np

    return (20 * np.log10(np.maximum(rms, 1e-4))).astype(np.float32)


def log_of(captioner: Captioner, settings: Settings, title: str, *, own: bool, words: bool = True) -> Log:
    """Read a captioner's state; `words` also its whole transcript."""
    import numpy as np

    from models.live.vad import FRAME_S

    with captioner.lock:
        frames = np.array(list(captioner.frames) or np.zeros((0, 2)), np.float32)
        stats = captioner.stats
        return Log(
            settings=settings,
            title=title,
            rows=[update_row(u) for u in captioner.updates],
            probs=frames[:, 0],
            levels_db=level_db(frames[:, 1]),
            frames_end_s=captioner.n_frames * FRAME_S,
            frame_s=FRAME_S,
            utterances=list(captioner.utterances),
            heard_s=stats.heard_s,
            computed_s=stats.computed_s,
            hypotheses=stats.hypotheses,
            words=stats.stable_words,
            median_s=stats.latency_s(50),
            p95_s=stats.latency_s(95),
            dropped_s=stats.dropped_s,
            forgotten_words=stats.forgotten_words,
            segments=captioner.transcript().segments if words else (),
            language=captioner.options.language,
            own=own,
        )


def to_json(log: Log) -> str:
    """Return a log as the file that an example is kept in: frames in hundredths, words once."""
    data = {name: value for name, value in log.__dict__.items() if name not in ("settings", "probs", "levels_db")}
    data["segments"] = [[s.start_s, s.end_s, s.text, [list(w) for w in s.words]] for s in log.segments]
    data["settings"] = log.settings.__dict__
    data["probs"] = [round(100 * float(p)) for p in log.probs]
    data["levels_db"] = [round(float(x)) for x in log.levels_db]
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"


def from_json(text: str) -> Log:
    """Return the log that `to_json` wrote."""
    import numpy as np

    data = json.loads(text)
    data["segments"] = tuple(
        Segment(start, end, words_text, [Word(*w) for w in words]) for start, end, words_text, words in data["segments"]
    )
    data["settings"] = Settings(**data["settings"])
    data["probs"] = np.array(data["probs"], np.float32) / 100
    data["levels_db"] = np.array(data["levels_db"], np.float32)
    data["utterances"] = [tuple(u) for u in data["utterances"]]
    return Log(**data)


@lru_cache(maxsize=64)
def precomputed(settings: Settings) -> Log | None:
    """Return what ``python -m spaces.captions.precompute`` found, None where it did not try these settings."""
    if settings.model == TINY_EN:
        settings = replace(settings, lang="en")
    path = PRECOMPUTED / settings.file_name()
    return from_json(path.read_text(encoding="utf-8")) if path.is_file() else None
