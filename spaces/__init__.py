"""The rooms of Speech Lab, one module a topic, and the contract they all keep.

This package shadows the PyPI package of the same name, which Gradio imports (``try: import spaces``) and which
Hugging Face's ZeroGPU needs. So this file stays light (standard library only) and, where the PyPI package is
installed, hands out that package's ``GPU`` and ``gradio_auto_wrap``; elsewhere both are no-ops.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ._contract import (
    GROUPS,
    LEVELS,
    MAP_ROWS,
    QUESTION_LEVELS,
    Endpoint,
    Example,
    Place,
    Point,
    Question,
    Reference,
    Rubric,
    Space,
    Term,
)

HERE = Path(__file__).parent

# Lets ``spaces.zero`` and its neighbours be found in the PyPI package, wherever it lies on the path.
__path__ = pkgutil.extend_path(__path__, __name__)

if importlib.util.find_spec(".zero", __name__) is not None:
    # Gradio imports this package while half imported itself. The PyPI package refuses that moment (ZeroGPU patches
    # a complete Gradio), Gradio goes on without it, and app.py imports it again afterwards.
    if "gradio" in sys.modules and not hasattr(sys.modules["gradio"], "Blocks"):
        raise ImportError("The PyPI package `spaces` must be imported after Gradio.")
    from .gradio import gradio_auto_wrap
    from .zero.decorator import GPU
else:

    def gradio_auto_wrap(task: Callable | None) -> Callable | None:
        """Return the handler unchanged: there is no ZeroGPU here."""
        return task

    def GPU(task: Callable | None = None, **_options: Any) -> Callable:
        """Mark a function that may use a ZeroGPU slice; without ZeroGPU it runs as it is."""
        return task if task is not None else lambda task: task


def discover() -> dict[str, Space]:
    """Import every room of this folder and return ``{slug: SPACE}`` in the order of the home page.

    A room is a module or package directly inside this folder whose name has no leading underscore.

    Raises
    ------
    TypeError
        When a module has no ``SPACE`` of type `Space`.
    """
    importlib.import_module(f"{__name__}._gpu")  # ZeroGPU refuses a Space that has marked no function when it starts
    rooms = {}
    for module in pkgutil.iter_modules([str(HERE)]):
        if module.name.startswith("_"):
            continue
        space = getattr(importlib.import_module(f"{__name__}.{module.name}"), "SPACE", None)
        if not isinstance(space, Space):
            raise TypeError(f"spaces/{module.name} must end with SPACE = Space(...); see spaces/_template.py.")
        rooms[module.name] = space
    return dict(sorted(rooms.items(), key=lambda item: (GROUPS.index(item[1].group), item[1].order, item[0])))


def lesson_of(room: Space) -> Any:
    """Return the `Lesson` of a room, from its module or its ``page``; None for a room that draws itself otherwise."""
    module = importlib.import_module(room.build.__module__)
    several = not hasattr(module, "LESSON") and hasattr(module, "__path__")
    if several and importlib.util.find_spec(f"{module.__name__}.page"):
        module = importlib.import_module(f"{module.__name__}.page")
    return getattr(module, "LESSON", None)


__all__ = [
    "GPU",
    "GROUPS",
    "LEVELS",
    "MAP_ROWS",
    "QUESTION_LEVELS",
    "Endpoint",
    "Example",
    "Place",
    "Point",
    "Question",
    "Reference",
    "Rubric",
    "Space",
    "Term",
    "discover",
    "gradio_auto_wrap",
    "lesson_of",
]
