"""Where things are, and the app as a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from tests.helpers.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_app(
    port: int, log: Path, *, command: tuple[str, ...] = ("app.py",), cwd: Path = ROOT, **environment: str
) -> subprocess.Popen:
    """Start `python app.py` as a user would and return when the home page answers."""
    env = {**os.environ, "PORT": str(port), "HOST": "127.0.0.1", **environment}
    with log.open("w") as out:
        process = subprocess.Popen([sys.executable, *command], cwd=cwd, env=env, stdout=out, stderr=out)
    patience = time.monotonic() + PATIENCE
    while time.monotonic() < patience:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE).read()
            return process
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    process.kill()
    process.wait()
    raise RuntimeError(f"app.py did not start:\n{log.read_text()}")


@contextmanager
def serving(log: Path, **options):
    """Run the app in a process of its own; give its address, and find no traceback in its log at the end."""
    port = free_port()
    process = start_app(port, log, **options)
    yield f"http://127.0.0.1:{port}"
    text = log.read_text()  # before the process is ended: what it prints then is about its end
    process.terminate()
    process.wait(PATIENCE)
    assert "Traceback" not in text, f"the server printed a traceback:\n{text[-4000:]}"
