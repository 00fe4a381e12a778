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

from models.hub import resolve  # noqa: E402  (after the loop: hub.py is one of the modules it imports)
