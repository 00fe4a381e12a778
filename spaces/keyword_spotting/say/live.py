"""Who is being listened to right now: one `KeywordStream` a run, bounded in number and length; no sound is kept.

Sound comes in by `take` (from a request, four times a second), and the answer carries the smoothed probabilities and
the detections that the browser has not seen yet.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from algorithms.keyword.features import SAMPLE_RATE
from algorithms.keyword.stream import Detection, KeywordStream, Rule, is_keyword, latency_s
from components.live_mic import Block

MAX_RUNNING = 8  # at once: each takes a few hundredths of a core
KEEP_FINISHED = 16  # whose pictures can still be drawn again with other settings
MAX_S = 180.0
IDLE_S = 30.0  # without a block for so long, the visitor has gone
QUIET_S = 3.0  # without a block for so long, what there is can be drawn
SHOWN_S = 12.0  # of the past that changed settings draw again
FULL = f"{MAX_RUNNING} people are speaking to this machine right now, which is all it takes: try again in a minute."
OVER = f"{MAX_S / 60:.0f} minutes are over: press Start again to go on."

_runs: dict[str, Run] = {}  # token -> run, oldest first
_refused: dict[str, float] = {}  # tokens for which the machine was full
_lock = threading.Lock()


class Run:
    """One run, from Start to Stop.

    Attributes
    ----------
    stream : KeywordStream
        What was heard so far, as probabilities and levels.
    rule : Rule
        How detections are made; may change while it runs.
    words : sequence of (start_s, end_s), or None
        When words are said, where that is known (an example); None lets the loudness tell.
    whose : str
        How the page calls the network that answers.
    finished : bool
        Nothing comes any more.
    """

    def __init__(
        self, token: str, spotter: Any, every: int, rule: Rule, words: Sequence | None = None, whose: str = ""
    ) -> None:
        self.whose = whose
        self.token, self.stream, self.rule, self.known_words = token, KeywordStream(spotter, every), rule, words
        self.finished = False
        self.block_at = time.monotonic()
        self._next = 0  # index of the next sample, at the browser's rate
        self._again = False  # the rule has changed: the browser gets the last seconds once more
        self._resampler: Any = None
        self._guard = threading.Lock()  # a block asked for twice may come while the first is worked on

    @property
    def heard_s(self) -> float:
        """Seconds of sound heard so far."""
        return len(self.stream.level_db) * 0.02

    @property
    def running(self) -> bool:
        """Whether sound still comes (a browser that has gone away says nothing)."""
        return not self.finished and time.monotonic() - self.block_at < QUIET_S

    def set(self, rule: Rule) -> None:
        """Use other settings from now on, also for what was heard."""
        if rule != self.rule:
            self.rule, self._again = rule, True

    def take(self, block: Block) -> dict[str, Any]:
        """Take the next block and answer with what is new."""
        with self._guard:
            self.block_at = time.monotonic()
            gap = block.first - self._next
            samples = block.samples[max(0, -gap) :]  # what came before was taken: only its answer was lost
            if gap > 0:  # the browser gave up sound while we were away
                self._feed(np.zeros(min(gap, round(MAX_S * block.sample_rate)), np.float32), block.sample_rate)
            self._feed(samples.astype(np.float32) / 32768, block.sample_rate)
            self._next = max(self._next, block.first + len(block.samples))
            over = self.heard_s >= MAX_S
            self.finished = self.finished or block.last or over
            answer = self.answer(block.seen)
        return {**answer, "ready": True, "done": self.finished, "problem": OVER if over else ""}

    def _feed(self, y: np.ndarray, sample_rate: int) -> None:
        if sample_rate != SAMPLE_RATE and len(y):
            import soxr

            if self._resampler is None:
                self._resampler = soxr.ResampleStream(sample_rate, SAMPLE_RATE, 1, dtype="float32", quality="HQ")
            y = self._resampler.resample_chunk(y)
        if len(y) and self.heard_s < MAX_S:
            self.stream.push(np.clip(y, -1, 1))

    def words(self) -> Sequence[tuple[float, float]]:
        """Where words are: known, or found by loudness."""
        return self.stream.words() if self.known_words is None else self.known_words

    def answer(self, seen: int) -> dict[str, Any]:
        """What the browser draws: rows from `seen` on, or the last seconds where the rule has changed."""
        stream = self.stream
        smoothed = stream.smoothed(self.rule)
        first = min(seen, stream.steps)
        if self._again:
            first, self._again = max(0, stream.steps - round(SHOWN_S / stream.step_s)), False
        rows = np.round(255 * smoothed[first:]).astype(np.uint8)
        words, found = self.words(), stream.detections(self.rule)
        return {
            "seen": stream.steps,
            "first": first,
            "start_s": stream.time_s(0),
            "step_s": stream.step_s,
            "labels": list(stream.spotter.labels),
            "keyword": is_keyword(stream.spotter.labels).astype(int).tolist(),
            "rows": base64.b64encode(rows.tobytes()).decode(),
            "threshold": self.rule.threshold,
            "words": [[round(a, 3), round(b, 3)] for a, b in words if self.heard_s - SHOWN_S < b and a < self.heard_s],
            "detections": [found_row(stream, d, words) for d in found[-50:]],
            "count": len(found),
            "heard_s": round(self.heard_s, 3),
        }


def found_row(stream: KeywordStream, found: Detection, words: Sequence[tuple[float, float]]) -> list:
    """One detection as [time_s, class, score, latency_s or None]."""
    at_s = stream.time_s(found.step)
    late = latency_s(at_s, words)
    return [round(at_s, 3), found.label, round(found.score, 3), None if late is None else round(late, 3)]


def begin(
    token: str, spotter: Any, every: int, rule: Rule, words: Sequence | None = None, whose: str = ""
) -> Run | None:
    """Make ready for a new run; None where the machine is full."""
    now = time.monotonic()
    with _lock:
        for run in _runs.values():
            run.finished = run.finished or now - run.block_at > IDLE_S
        if sum(not run.finished for run in _runs.values()) >= MAX_RUNNING:
            while len(_refused) >= 100:
                _refused.pop(next(iter(_refused)))
            _refused[token] = now
            return None
        finished = [key for key, run in _runs.items() if run.finished]
        for key in finished[: max(0, len(finished) - KEEP_FINISHED)]:
            del _runs[key]
        run = _runs[token] = Run(token, spotter, every, rule, words, whose)
    return run


def find(token: str | None) -> Run | None:
    """The run with this token; None where there is none or it is forgotten."""
    return _runs.get(token or "")


def end(token: str | None) -> None:
    """Forget a run; Gradio also calls this when the session ends."""
    with _lock:
        _runs.pop(token or "", None)


def take(block: Block) -> dict[str, Any]:
    """Answer a block: the page's `LiveMic` calls this four times a second."""
    run = find(block.token)
    if run is not None:
        return run.take(block)
    if block.token in _refused:
        return {"ready": True, "done": True, "problem": FULL}
    return {"ready": False, "say": ""}  # the start event is still on its way
