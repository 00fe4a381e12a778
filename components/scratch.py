"""Where visitors' files are while the app runs: one folder of this process, which goes when it ends, and its janitor.

Uploads, parts of uploads that break off, recordings, downloads and Python's temporary files all lie in it. At its end
the process deletes it, also on SIGTERM; what a killed one has left, the next one deletes at its start. Whether the
owner of a folder lives is told by the lock on the file beside it, which holds between containers as well.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout
from gradio.utils import get_upload_folder

NAME = "speech-lab-"  # begins the name of a process's folder
PARTS = "parts"  # Python's temporary files in it, such as parts of uploads
HELD = ("own-", "transcript-", "captions-")  # begin the names of what a visit holds: deleted with it
FREE_S = 200  # how long what no visit holds stays after its last change
LONGEST_S = 4200  # how long anything stays that has not been used; a visit's own hold ends after 3600 s
EVERY_S = 20  # between two rounds of the janitor
YOUNG_S = 30  # what changed so shortly ago may be needed at once: it stays even where there is too much
CAP = "SPEECH_LAB_DISK_MB"
CAP_MB = 8000.0  # sixteen of the largest uploads

_claimed: list[tuple[Path, FileLock]] = []


def limit_mb() -> float:
    """Return how many megabytes visitors' files may take together.

    Raises
    ------
    ValueError
        The environment's SPEECH_LAB_DISK_MB is no number above zero.
    """
    text = os.environ.get(CAP, "") or str(CAP_MB)
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found < float("inf"):
        raise ValueError(f"{CAP} must be a number of megabytes above zero, not {text!r}.")
    return found


def claim() -> Path:
    """Make this process's folder, have Gradio and Python write there, and delete what dead processes left beside it.

    Call it once, from the main thread, before any page is made.

    Raises
    ------
    OSError
        The folder can't be made.
    """
    base = Path(get_upload_folder()).resolve()
    base.mkdir(parents=True, exist_ok=True)
    clear_dead(base)
    folder = base / f"{NAME}{uuid.uuid4().hex[:12]}"
    lock = FileLock(_lock_of(folder))
    lock.acquire(timeout=0)  # before there is a folder: one without a locked file beside it is nobody's
    (folder / PARTS).mkdir(parents=True)
    _claimed.append((folder, lock))
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder / PARTS)
    atexit.register(release)
    for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _end)
    return folder


def _end(*_: object) -> None:
    """End as a program does that has run to its end, so that all that is registered for the end happens."""
    for name in ("SIGTERM", "SIGHUP"):  # a second one must not interrupt that
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    sys.exit(0)


def release() -> None:
    """Delete this process's folder."""
    for folder, lock in _claimed:
        for _ in range(3):  # a handler that still runs may write while it is deleted
            shutil.rmtree(folder, ignore_errors=True)
        lock.release()
        Path(lock.lock_file).unlink(missing_ok=True)
    _claimed.clear()


def _lock_of(folder: Path) -> Path:
    return folder.parent / f"{folder.name}.lock"


def clear_dead(base: Path) -> None:
    """Delete the folders of processes that are no more."""
    for folder in base.glob(f"{NAME}*"):
        if not folder.is_dir():
            continue
        lock = FileLock(_lock_of(folder))
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):  # its owner lives, or it is another user's
            continue
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()
        Path(lock.lock_file).unlink(missing_ok=True)


def _entries(folder: Path) -> Iterator[Path]:
    """Yield what is kept or deleted as one: a file's folder, a temporary file, one visitor's sound."""
    for entry in folder.iterdir():
        inside = entry.is_dir() and (entry.name == PARTS or entry.name.startswith("own-"))
        yield from entry.iterdir() if inside else [entry]


def _held(entry: Path) -> bool:
    return any(name.startswith(HELD) for name in (entry.name, entry.parent.name))


def _measured(entry: Path) -> tuple[float, int]:
    """Return when an entry was last changed (Unix time), and its size in bytes."""
    found = [entry, *entry.rglob("*")] if entry.is_dir() else [entry]
    stats = [path.lstat() for path in found]
    # A moved or linked file keeps its date, and its folder gets a new one.
    return max(stat.st_mtime for stat in stats), sum(stat.st_size for stat in stats)


def tidy(folder: Path, *, busy: bool = False, now: float | None = None, cap_mb: float = CAP_MB) -> int:
    """Delete what nobody needs any more, and the oldest where there is too much; return how many bytes remain.

    Parameters
    ----------
    folder
        A process's folder.
    busy
        Whether events wait or run, or a page is open, whose files may have come a while ago.
    now
        Unix time.
    cap_mb
        What may remain.
    """
    now = time.time() if now is None else now
    kept: list[tuple[float, int, Path]] = []
    for entry in list(_entries(folder)):
        try:
            changed, size = _measured(entry)
        except FileNotFoundError:  # its visit has ended just now
            continue
        if now - changed > (LONGEST_S if busy or _held(entry) else FREE_S):
            _delete(entry)
        else:
            kept.append((changed, size, entry))
    total = sum(size for _, size, _ in kept)
    for changed, size, entry in sorted(kept):
        if total <= cap_mb * 1e6 or now - changed < YOUNG_S:
            break
        _delete(entry)
        total -= size
    return total


def _delete(entry: Path) -> None:
    if entry.is_dir():
        shutil.rmtree(entry, ignore_errors=True)
    else:
        entry.unlink(missing_ok=True)


def start_janitor(busy: Callable[[], bool]) -> None:
    """Tidy this process's folder from now on, in a thread; ``busy()`` says whether anybody is here."""
    (folder, _), cap_mb = _claimed[-1], limit_mb()

    def rounds() -> None:
        while _claimed:
            tidy(folder, busy=busy(), cap_mb=cap_mb)
            time.sleep(EVERY_S)

    threading.Thread(target=rounds, name="janitor", daemon=True).start()
