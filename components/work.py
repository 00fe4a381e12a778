"""Something that takes long, in a thread of its own: says how far it is, and can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

from .parts import Progress
from .words import status

POLL_S = 0.25


class Stopped(Exception):
    """The visitor has pressed Stop, or gone."""


class Work:
    """Runs ``task(progress)`` in a thread.

    Attributes
    ----------
    result : Any
        What the task returned.
    """

    def __init__(self, task: Callable[[Progress], Any]) -> None:
        self.share, self.what = 0.0, ""
        self.result: Any = None
        self._task, self._cancelled, self._fault = task, threading.Event(), None
        self._thread = threading.Thread(target=self._run, name="work", daemon=True)

    def _progress(self, share: float, what: str) -> None:
        if self._cancelled.is_set():
            raise Stopped
        self.share, self.what = share, what

    def _run(self) -> None:
        try:
            self.result = self._task(self._progress)
        except BaseException as fault:  # goes on in `wait`, whose caller knows what to say
            self._fault = fault

    def stop(self) -> None:
        """Ask the task to end at its next word of progress."""
        self._cancelled.set()

    def wait(self) -> Iterator[tuple[float, str]]:
        """Start, and yield (share, what is being done) until it has ended; raises what the task raised.

        Raises
        ------
        Stopped
            It was stopped before it was done.
        """
        self._thread.start()
        try:
            self._thread.join(POLL_S)
            while self._thread.is_alive() and not self._cancelled.is_set():
                yield self.share, self.what
                self._thread.join(POLL_S)
        finally:
            self.stop()  # the visitor may have left
        if self._thread.is_alive():
            raise Stopped
        if self._fault is not None:
            raise self._fault


def bar(share: float, what: str) -> str:
    """Return the line that says how far it is, as HTML."""
    return status(f"{what or 'Working'}: {round(100 * min(max(share, 0.0), 1.0))} %", done=share)
