"""Starts the voice process when the first visitor wants it, and again when it died; it ends with the app."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import secrets
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[2]  # where ``algorithms`` lies
LINE_BYTES = 1_000_000  # longest line from the process: an answer's SDP is about 3 kB
STOP_S = 3.0
NOT_STARTED = "The server's voice process did not start; its log says why."
DYING_S = 0.3  # after so long a process that breaks a line is seen to be dead, and is started anew

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class ProcessUnavailable(RuntimeError):
    """The voice process could not be started or reached; the message is for the page."""


class Supervisor:
    """Holds the one voice process of an app. Usable from any thread and any event loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen | None = None
        self._port = 0
        self._token = ""

    @property
    def pid(self) -> int | None:
        """The process' number while it runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> int:
        """Start the process unless it runs; return its port. Takes a second or two."""
        with self._lock:
            if self.pid is not None:
                return self._port
            if self._process is not None:  # it died
                _end(self._process, 0)
            self._token = secrets.token_hex(16)
            # As a package of its own: importing it through ``spaces`` would load what a Space's server needs.
            path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
            try:
                process = subprocess.Popen(
                    [sys.executable, "-m", f"{HERE.name}.process"],
                    cwd=HERE.parent,
                    env={**os.environ, "PYTHONPATH": path},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            except OSError as error:  # no memory, no more processes
                raise ProcessUnavailable(NOT_STARTED) from error
            try:
                process.stdin.write(json.dumps({"token": self._token}) + "\n")
                process.stdin.flush()
                self._port = json.loads(process.stdout.readline())["port"]
            except (OSError, ValueError) as error:
                _end(process, 0)
                raise ProcessUnavailable(NOT_STARTED) from error
            self._process = process
            atexit.unregister(self.stop)
            atexit.register(self.stop)
            return self._port

    def stop(self) -> None:
        """End the process."""
        with self._lock:
            process, self._process = self._process, None
            if process is None:
                return
            atexit.unregister(self.stop)
            _end(process, STOP_S)

    async def open(self, do: str, hello: Any) -> Line:
        """Open a line to the process and ask for something; see `process`.

        Raises `ProcessUnavailable` where it neither runs nor starts.
        """
        for attempt in range(2):
            port = await asyncio.to_thread(self.start)
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=LINE_BYTES)
                writer.write(json.dumps({"token": self._token, "do": do, "hello": hello}).encode() + b"\n")
                await writer.drain()
                return reader, writer
            except OSError:
                await asyncio.sleep(0 if attempt else DYING_S)
        raise ProcessUnavailable("The server's voice process does not answer.")

    async def ask(self, do: str, hello: Any = None) -> dict[str, Any]:
        """Ask for something that has one answer."""
        for attempt in range(2):
            reader, writer = await self.open(do, hello)
            try:
                if line := await reader.readline():
                    return json.loads(line)
            except OSError:
                pass  # as where nothing comes: it died with the question
            finally:
                writer.close()
            await asyncio.sleep(0 if attempt else DYING_S)
        raise ProcessUnavailable("The server's voice process ended before it answered: try again.")


def _end(process: subprocess.Popen, patience_s: float) -> None:
    """End a process: first by the end of its input, for which it waits."""
    with suppress(BrokenPipeError):  # what was not read by a process that is dead
        process.stdin.close()
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()


PROCESS = Supervisor()
