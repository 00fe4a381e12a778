"""Spoken answers: sound comes in while somebody speaks, words come out; silence ends nothing.

Each answer has a `Captioner` of its own (models/live/captions.py). Blocks of sound arrive by requests (`take`); the
work is done by the page's events, which take turns with everything else that recognises speech.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import models
from algorithms.text.transcript import Word
from components.live_mic import Block
from models.live.captions import Captioner, CaptionOptions
from models.whisper.result import TINY_EN

MOST = 4  # answers that are heard at the same time
MAX_S = 300.0  # of one answer
IDLE_S = 60.0  # without a block for so long, the visitor has gone
OPTIONS = CaptionOptions(min_step_s=1.0, silence_ms=1000)
FULL = f"{MOST} people are answering on this machine right now: type your answer, or try again in a minute."
LONG = "Five minutes are over: that is the longest answer this page hears."

_heard: dict[str, Heard] = {}  # by token, oldest first
_refused: dict[str, float] = {}
_lock = threading.Lock()


class Heard:
    """One spoken answer, from Start to Stop."""

    def __init__(self) -> None:
        self.captioner: Captioner | None = None
        self.problem = ""
        self.at = time.monotonic()
        self._next = 0  # index of the next sample, at the browser's rate
        self._work = threading.Lock()

    def load(self) -> None:
        """Get the model; until then the browser keeps its sound."""
        try:
            self.captioner = Captioner(models.get(TINY_EN), OPTIONS)
        except models.ModelUnavailable as problem:
            self.problem = str(problem)

    def take(self, block: Block) -> dict[str, Any]:
        """Take the next block."""
        self.at = time.monotonic()
        if self.problem:
            return {"ready": True, "done": True, "problem": self.problem}
        if self.captioner is None:
            return {"ready": False, "say": "Loading the recogniser: you may speak already."}
        try:
            self.captioner.feed(block.samples[max(0, self._next - block.first) :], block.sample_rate)
        except ValueError as problem:
            self.problem = str(problem)
        self._next = max(self._next, block.first + len(block.samples))
        if self._next / block.sample_rate > MAX_S:
            self.problem = LONG
        return {"ready": True, "seen": 0, "done": block.last or bool(self.problem), "problem": self.problem}

    def work(self, *, last: bool = False) -> None:
        """Recognise what has come in; with `last` to its end. Another call that is under way is waited for then."""
        if self.captioner is None or not self._work.acquire(blocking=last):
            return
        try:
            if last:
                self.captioner.finish()
            elif self.captioner.due:
                self.captioner.work()
        finally:
            self._work.release()

    @property
    def words(self) -> list[Word]:
        """The words so far that no longer change, with their times."""
        return list(self.captioner.transcript().words()) if self.captioner is not None else []

    @property
    def text(self) -> str:
        """What was said so far, with the words that may still change."""
        if self.captioner is None:
            return ""
        return "".join(word.text for word in [*self.words, *self.captioner.tail]).strip()


def begin(token: str) -> Heard | None:
    """Make ready for a spoken answer; None where the machine has enough to do."""
    with _lock:
        now = time.monotonic()
        for old in [key for key, heard in _heard.items() if now - heard.at > IDLE_S]:
            del _heard[old]
        if len(_heard) >= MOST:
            while len(_refused) >= 100:
                _refused.pop(next(iter(_refused)))
            _refused[token] = now
            return None
        heard = _heard[token] = Heard()
    heard.load()
    return heard


def find(token: str) -> Heard | None:
    """Return the answer of this token; None where it is over."""
    return _heard.get(token)


def end(token: str) -> None:
    """Forget an answer's sound."""
    with _lock:
        _heard.pop(token, None)


def take(block: Block) -> dict[str, Any]:
    """Answer a block: the page's `LiveMic` calls this several times a second."""
    heard = _heard.get(block.token)
    if heard is not None:
        return heard.take(block)
    if block.token in _refused:
        return {"ready": True, "done": True, "problem": FULL}
    return {"ready": False, "say": ""}  # the start event is still on its way
