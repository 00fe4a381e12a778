"""Every model the app can run: what it is (`ModelSpec`), where it comes from, and one shared, locked, bounded cache.

Importing this package reads no weights and imports no heavy library: each loader does that when it is called.
Adding a model = adding one file here that calls `register(ModelSpec(...))`; it is found by name, like a space.
"""

from __future__ import annotations

import importlib
import pkgutil

from models.registry import (
    ModelSpec,
    ModelUnavailable,
    default,
    get,
    is_loaded,
    loading,
    register,
    spec,
    specs,
)

__all__ = [
    "ModelSpec",
    "ModelUnavailable",
    "default",
    "get",
    "is_loaded",
    "loading",
    "register",
    "resolve",
    "spec",
    "specs",
]

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

from models import ctc_hub, hub  # noqa: E402  (after the loop, which imports them)

_RESOLVERS = {"Transcriber": hub.resolve, "CtcModel": ctc_hub.resolve}


def resolve(user_text: str, task: str = "Transcriber") -> ModelSpec:
    """The model of a task that a user names: `owner/name` of the hub, `owner/name@revision`, or a folder.

    Parameters
    ----------
    task : "Transcriber" (Whisper) or "CtcModel"

    Raises
    ------
    ModelUnavailable
        One sentence: what is wrong with the name, the network or the model.
    ValueError
        Models of this task can't be named by users.
    """
    if task not in _RESOLVERS:
        raise ValueError(f"No {task} can be named freely, only: {', '.join(_RESOLVERS)}.")
    return _RESOLVERS[task](user_text)
