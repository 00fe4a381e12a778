"""Training runs of visitors: each a process of its own with a low priority, one at a time over all visitors.

A run is found by its token, which stands in the address of its visitor's page, so a reload finds it again. It lives
while a page looks at it: unseen for three minutes it is ended, and after an hour what it made is deleted.
"""

from __future__ import annotations

import atexit
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import material

MINE = "mine"  # what part 3 calls the visitor's own run
UNSEEN_S = 180.0  # browsers wake a hidden tab once a minute
FORGOTTEN_S = 3600.0
LONGEST_S = 2700.0  # that a run may take
ROUND_S = 5.0
KEPT = 3  # runs that have ended and can still be looked at
BUSY = (
    "Somebody else trains right now, and one training takes all the processors that there are. Try again in a few "
    "minutes; meanwhile the run that was made beforehand is here to look at."
)


class Busy(ValueError):
    """Another visitor's run is at work."""


class Run:
    """One visitor's run."""

    def __init__(self, options: Sequence[str]) -> None:
        self.token = secrets.token_urlsafe(12)
        self.options = tuple(options)
        self.folder = Path(tempfile.mkdtemp(prefix="own-finetune-"))
        self.process: subprocess.Popen | None = None
        self.began = self.seen = time.monotonic()

    def prepare(self) -> None:
        """Tell the script what base writes: it is known and need not be found out again."""
        held = material.shipped()["demo"]
        first = {name: held["validations"][0][name] for name in ("cer", "wer", "sentences")}
        for name, what in (("before", {"test": held["before"]["test"]}), ("first", first)):
            (self.folder / f"{name}.json").write_text(json.dumps(what, ensure_ascii=False), encoding="utf-8")

    def begin(self) -> None:
        """Start its process, or start it anew where it was stopped."""
        (self.folder / "stop").unlink(missing_ok=True)
        threads = str(min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1))
        command = [
            sys.executable, "-m", "training.whisper_finetune", str(material.FOLDER), "--work", str(self.folder),
            "--language", material.LANGUAGE, "--parent", str(os.getpid()), "--threads", threads, "--nice", "19",
            "--save-at-stop", *self.options,
        ]  # fmt: skip
        with open(self.folder / "log.txt", "ab") as log:
            self.process = subprocess.Popen(
                command, cwd=material.ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, "OMP_NUM_THREADS": threads, "OMP_WAIT_POLICY": "PASSIVE"},
            )  # fmt: skip
        self.began = time.monotonic()

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Ask it to end after the step under way and to keep its state."""
        (self.folder / "stop").touch()

    def kill(self) -> None:
        """End it now."""
        if self.process is not None and self.alive:
            self.process.kill()
            self.process.wait()

    def lines(self) -> list[dict[str, Any]]:
        """What it has told so far; a line that is being written is left out."""
        path = self.folder / "progress.jsonl"
        if not path.exists():
            return []
        whole = path.read_text(encoding="utf-8").rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def report(self) -> dict[str, Any] | None:
        """What it has measured, once it has ended."""
        path = self.folder / "report.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


class Runs:
    """All runs of this server."""

    def __init__(self) -> None:
        self._lock, self._runs = threading.Lock(), {}
        self._watch: threading.Thread | None = None

    def start(self, options: Sequence[str]) -> Run:
        """Begin a run.

        Raises
        ------
        Busy
            One is at work.
        OSError
            The disk takes nothing.
        """
        with self._lock:
            self._refuse_second()
            ended = sorted((r for r in self._runs.values()), key=lambda r: r.seen)
            for old in ended[: max(0, len(ended) - KEPT + 1)]:
                self._forget(old)
            run = Run(options)
            try:
                run.prepare()
                run.begin()
            except OSError:
                shutil.rmtree(run.folder, ignore_errors=True)
                raise
            self._runs[run.token] = run
            if self._watch is None:
                atexit.register(self.end)
                self._watch = threading.Thread(target=self._rounds, name="finetune-watch", daemon=True)
                self._watch.start()
        return run

    def resume(self, run: Run) -> None:
        """Go on with a stopped run; raises as `start`."""
        with self._lock:
            self._refuse_second()
            run.begin()

    def find(self, token: str) -> Run | None:
        """The run of a token, which counts as looked at; None where there is none any more."""
        run = self._runs.get(token)
        if run is not None:
            run.seen = time.monotonic()
        return run

    def tidy(self, now: float | None = None) -> None:
        """End runs that nobody looks at or that take too long, and delete forgotten ones."""
        now = time.monotonic() if now is None else now
        with self._lock:
            for run in list(self._runs.values()):
                if run.alive and (now - run.seen > UNSEEN_S or now - run.began > LONGEST_S):
                    run.kill()
                if now - run.seen > FORGOTTEN_S:
                    self._forget(run)

    def end(self) -> None:
        """End and delete all of them: the server ends."""
        with self._lock:
            for run in list(self._runs.values()):
                self._forget(run)

    def _refuse_second(self) -> None:
        if any(run.alive for run in self._runs.values()):
            raise Busy(BUSY)

    def _forget(self, run: Run) -> None:
        run.kill()
        shutil.rmtree(run.folder, ignore_errors=True)
        self._runs.pop(run.token, None)

    def _rounds(self) -> None:
        while True:
            time.sleep(ROUND_S)
            self.tidy()


RUNS = Runs()
