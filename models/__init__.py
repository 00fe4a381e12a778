"""Every model the app can run: what it is (`ModelSpec`), where it comes from, and one shared, locked, bounded cache.

Importing this package reads no weights and imports no heavy library: each loader does that when it is called.
Adding a model = adding one file to its topic's folder that calls `register(ModelSpec(...))`; it is found by name, like
a space.

- `registry`: `ModelSpec`, the cache, `get`; `protocols`: what the model of a task can do
- `ctc`, `whisper`, `keyword`, `separation`, `live` (captions of a sound that is still growing), `tts`, `cloning`: the
  loaders, by topic
- `hub`: a Whisper of the user's choice (`ctc.hub`: a CTC model); `hub_access`: what asks the network for them
- `torchaudio_guard`: keeps a torchaudio without its native library from breaking those who import it
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
    release,
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
    "release",
    "resolve",
    "spec",
    "specs",
]

for _module in pkgutil.walk_packages(__path__, f"{__name__}."):
    importlib.import_module(_module.name)

from models import hub  # noqa: E402  (after the loop, which imports them)
from models.ctc import hub as ctc_hub  # noqa: E402

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
