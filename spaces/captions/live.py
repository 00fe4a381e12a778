"""Who is being captioned right now: one engine and one thread a listener, bounded in number and in memory.

Sound comes in by `take` (from a request), text is made in the listener's own thread, and every answer carries the
hypotheses that the browser has not yet seen.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

import models
from components.live_mic import Block
from models.live.captions import Captioner

from .log import Log, Settings, log_of, update_row

if TYPE_CHECKING:
    import numpy as np

MAX_LISTENERS = 4  # at once: with tiny.en each takes about a third of a core
KEEP_FINISHED = 16  # whose last pictures and downloads can still be asked for
IDLE_S = 30.0  # without a block for so long, the visitor has gone
MAX_GAP_S = 60.0  # of lost sound that is replaced by silence, so that times stay right
ROWS_AN_ANSWER = 50
FULL = (
    f"{MAX_LISTENERS} people are being captioned on this machine right now, which is all it can do: "
    "try again in a minute, or watch a finished example."
)

_live: dict[str, Live] = {}  # token -> listener, oldest first
_lock = threading.Lock()


class Live:
    """One run, from Start to Stop.

    Attributes
    ----------
    loading : str
        What the visitor waits for; "" once captions can come.
    problem : str
        One sentence where it can't go on.
    finished : bool
        Whether everything is written down.
    """

    def __init__(self, token: str, settings: Settings, title: str, *, own: bool) -> None:
        self.token, self.settings, self.title, self.own = token, settings, title, own
        self.loading, self.problem, self.finished = "Loading the model.", "", False
        self.captioner: Captioner | None = None
        self._heard = threading.Condition()
        self._next = 0  # index of the next sample, at the browser's rate
        self._last = self._abandoned = False
        self._block_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="captions", daemon=True)

    def start(self) -> Live:
        """Begin to load and to wait for sound."""
        self._thread.start()
        return self

    def take(self, block: Block) -> dict[str, Any]:
        """Take the next block and answer with what is new."""
        self._block_at = time.monotonic()
        if self.problem:
            return {"ready": True, "done": True, "problem": self.problem}
        if self.captioner is None:
            return {"ready": False, "say": self.loading}
        with self._heard:
            self._feed(block)
            self._last = self._last or block.last
            self._heard.notify()
        finished = self.finished  # before the updates are read: what follows them is then not missed
        news = self.captioner.since(block.seen)
        rows = [update_row(u) for u in news[:ROWS_AN_ANSWER]]
        seen = rows[-1]["i"] if rows else block.seen
        done = finished and len(news) == len(rows)
        return {"ready": True, "updates": rows, "seen": seen, "done": done, "problem": self.problem}

    def _feed(self, block: Block) -> None:
        if self._last:
            return
        import numpy as np

        gap = block.first - self._next
        if gap > 0:  # the browser gave up sound while we were away
            self.captioner.feed(np.zeros(min(gap, round(MAX_GAP_S * block.sample_rate)), np.int16), block.sample_rate)
        samples: np.ndarray = block.samples[max(0, -gap) :]  # what came before was taken: only its answer was lost
        self.captioner.feed(samples, block.sample_rate)
        self._next = max(self._next, block.first + len(block.samples))

    def set(self, settings: Settings) -> None:
        """Take over changed controls while it runs; another model may have to be loaded."""
        same_model = settings.model == self.settings.model
        self.settings = settings
        if self.captioner is not None and (same_model or models.is_loaded(settings.model)):
            self.captioner.set_options(models.get(settings.model), settings.options())

    def stop(self) -> None:
        """Give up: the visitor has gone or begins anew."""
        self._abandoned = True
        with self._heard:
            self._heard.notify()

    def log(self, *, words: bool = True) -> Log | None:
        """Return what there is so far; None before the model is there."""
        if self.captioner is None:
            return None
        return log_of(self.captioner, self.settings, self.title, own=self.own, words=words)

    def _run(self) -> None:
        try:
            model = models.get(self.settings.model, lambda _done, what: setattr(self, "loading", f"{what} ..."))
            captioner = Captioner(model, self.settings.options())
            self.captioner, self.loading = captioner, ""
            self._listen(captioner)
        except (ValueError, models.ModelUnavailable) as problem:
            self.problem = str(problem)
        except Exception:  # a fault of ours: the page must hear of it, and the log must have it whole
            logging.getLogger(__name__).exception("captions stopped")
            self.problem = "The captioning stopped because of a fault in this program: press Start again."
        finally:
            self.finished = True

    def _listen(self, captioner: Captioner) -> None:
        while not self._abandoned and time.monotonic() - self._block_at < IDLE_S:
            if captioner.due:
                captioner.work()
            elif self._last:
                break
            else:
                with self._heard:
                    if not captioner.due and not self._last and not self._abandoned:
                        self._heard.wait(1.0)
        if not self._abandoned:
            captioner.finish()


def begin(token: str, settings: Settings, title: str, *, own: bool) -> Live | None:
    """Start to caption a new run; None where the machine is full."""
    with _lock:
        running = [live for live in _live.values() if not live.finished]
        if len(running) >= MAX_LISTENERS:
            return None
        finished = [key for key, live in _live.items() if live.finished]
        for key in finished[: max(0, len(finished) - KEEP_FINISHED)]:
            del _live[key]
        live = _live[token] = Live(token, settings, title, own=own)
    return live.start()


def find(token: str | None) -> Live | None:
    """Return the run with this token, None where it is over and forgotten."""
    return _live.get(token or "")


def end(token: str | None) -> None:
    """Stop a run and forget it."""
    with _lock:
        live = _live.pop(token or "", None)
    if live is not None:
        live.stop()


_refused: dict[str, float] = {}  # tokens for which the machine was full


def refuse(token: str) -> None:
    """Have the run with this token told that the machine is full."""
    while len(_refused) >= 100:
        _refused.pop(next(iter(_refused)))
    _refused[token] = time.monotonic()


def take(block: Block) -> dict[str, Any]:
    """Answer a block: the page's `LiveMic` calls this four times a second."""
    live = _live.get(block.token)
    if live is not None:
        return live.take(block)
    if block.token in _refused:
        return {"ready": True, "done": True, "problem": FULL}
    return {"ready": False, "say": ""}  # the start event is still on its way
