"""What a captioner is told and what it tells: options, words, updates, numbers."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from algorithms.text.transcript import Word

KEEP_LATENCIES = 4000  # words over which median and 95th percentile are taken


@dataclass(frozen=True, kw_only=True)
class CaptionOptions:
    """How to caption; every field is a control of the page."""

    agreement: int = 2  # successive hypotheses that must agree
    min_step_s: float = 0.5  # seconds of new sound before the next hypothesis
    silence_ms: float = 500  # milliseconds of silence that end an utterance
    language: str = "en"
    full_window: bool = False  # encode 30 s each time, as Whisper was trained, instead of 10 s or what is needed

    def __post_init__(self) -> None:
        if self.agreement not in (1, 2, 3, 4):
            raise ValueError(f"One to four hypotheses can be asked to agree, not {self.agreement!r}.")
        if not 0.1 <= self.min_step_s <= 5:
            raise ValueError(f"The step must lie between 0.1 and 5 seconds, not {self.min_step_s!r}.")
        if not 100 <= self.silence_ms <= 3000:
            raise ValueError(f"The silence must lie between 100 and 3000 ms, not {self.silence_ms!r}.")


@dataclass(frozen=True)
class StableWord:
    """A word that will not change any more."""

    start_s: float
    end_s: float
    text: str
    prob: float
    latency_s: float  # from the end of the word in the sound to the moment at which it became stable


@dataclass(frozen=True, kw_only=True)
class Update:
    """What one hypothesis changed. All times in seconds of sound since the start."""

    number: int  # counts from 1
    utterance: int  # counts from 1
    heard_s: float  # the sound it was made from goes up to here
    at_s: float  # when it was there
    seconds: float  # of computing
    window_s: float  # that the encoder looked at
    buffer_s: float  # of sound it was made from
    forced: int  # how many stable words it had to begin with
    stable: tuple[StableWord, ...]  # new
    tail: tuple[Word, ...]  # may still change
    final: bool  # whether the utterance is over
    rejected: str = ""


@dataclass
class Stats:
    """Numbers since the start. `real_time_factor` is computing time over sound time, silence included."""

    heard_s: float = 0.0
    computed_s: float = 0.0
    hypotheses: int = 0
    stable_words: int = 0
    utterances: int = 0
    dropped_s: float = 0.0  # of sound that went unheard because it came faster than it could be decoded
    forgotten_words: int = 0  # oldest words that the transcript no longer holds
    latencies_s: deque[float] = field(default_factory=lambda: deque(maxlen=KEEP_LATENCIES), repr=False)

    @property
    def real_time_factor(self) -> float:
        """See the class."""
        return self.computed_s / self.heard_s if self.heard_s else 0.0

    def latency_s(self, percentile: float) -> float | None:
        """Latency of the last 4000 stable words; None before the first."""
        return float(np.percentile(self.latencies_s, percentile)) if self.latencies_s else None
