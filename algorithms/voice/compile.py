"""Compiles the voice kernels with numba when the first chain asks for them; numba is imported only then."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import RLock
from types import FunctionType

_lock = RLock()  # numba's compiler is not made for two threads at once
_compiled: dict[FunctionType, Callable] = {}


def compiled(kernel: FunctionType, arrays: int) -> Callable:
    """Return the machine code of an effect's kernel; the first time takes up to some seconds, then microseconds.

    The code is kept on disk between runs (`cache_folder`). The global interpreter lock stays held while a kernel runs:
    giving it up for 5 us would mean to wait up to 5 ms for it where another thread is busy with Python.

    Parameters
    ----------
    kernel : function
        A plain Python function from a file in `algorithms/voice/kernels/`.
    arrays : int
        How many float64 arrays follow `(x, n)` in its arguments.
    """
    with _lock:
        if kernel not in _compiled:
            import numba

            vector = numba.types.float64[::1]
            _jit(kernel).compile((vector, numba.types.int64, *[vector] * arrays))
        return _compiled[kernel]


def _jit(function: FunctionType) -> Callable:
    """Wrap a kernel for numba, its helpers first: numba wants to see compiled functions among the globals."""
    if function not in _compiled:
        import numba

        names = {name: function.__globals__.get(name) for name in function.__code__.co_names}
        helpers = {
            name: _jit(value)
            for name, value in names.items()
            if isinstance(value, FunctionType) and value.__module__.startswith("algorithms.voice.kernels.")
        }
        copy = FunctionType(function.__code__, {**function.__globals__, **helpers}, function.__name__)
        # error_model: a division by zero is inf as in JavaScript. No fastmath: it would reorder sums.
        before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(cache_folder())
        try:
            _compiled[function] = numba.njit(copy, cache=True, error_model="numpy")
        finally:
            numba.config.CACHE_DIR = before
    return _compiled[function]


@cache
def cache_folder() -> Path:
    """Return where compiled kernels are kept: one folder per version of the sources.

    Numba renews a cached function when its own file changes, not when a helper in another file does; so the folder's
    name is a hash of all kernel files. It lies in NUMBA_CACHE_DIR, else beside the sources, else (read-only
    installation) in the user's cache; where none can be written, in a new folder that is not found again.
    """
    here = Path(__file__).parent
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(here.glob("kernels/*.py"))))
    given = os.environ.get("NUMBA_CACHE_DIR")
    beside, own = here / "__pycache__", Path(os.path.expanduser("~")) / ".cache" / "speech-lab"
    for parent in (Path(given),) if given else (beside, own):
        folder = parent / f"voice-{digest.hexdigest()[:12]}"
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="speech-lab-"))
