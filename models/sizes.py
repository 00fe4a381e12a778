"""Whether a model's weights are as many as its configuration asks for, found out before memory is taken for either.

transformers builds what config.json describes and fills what the file lacks with random numbers: 400 bytes can ask for
a model of gigabytes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.registry import ModelUnavailable, limit_mb

MOST_LAYERS = 256  # the largest speech models have 48
MOST_NUMBER = 10_000_000  # the largest of a real configuration is a vocabulary's size, or an audio limit in samples
SPARE = 1.25  # times the file's weights that a model may have: some are made at the start, or held twice
SPARE_WEIGHTS = 2_000_000


def check_counts(folder: Path, make: Callable[[], Any], title: str) -> None:
    """Compare what ``make()`` builds from a configuration with the headers of the safetensors files in a folder.

    ``make`` runs on PyTorch's device "meta", where a tensor has a shape and takes no memory.

    Raises
    ------
    ModelUnavailable
        The configuration asks for many more weights than the files hold, for sizes that no model has, or for numbers so
        wide that the model takes more memory than there is for models.
    """
    import torch
    from safetensors import safe_open

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    wrong = _oversize(config)
    if wrong:
        raise ModelUnavailable(f"{title} can't be read: its config.json asks for {wrong}, which no speech model has.")
    held = 0
    for path in folder.glob("*.safetensors"):
        with safe_open(path, "np") as file:
            held += sum(math.prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118
    with torch.device("meta"):
        wanted = sum(weights.numel() for weights in make().parameters())
    if wanted > SPARE * held + SPARE_WEIGHTS:
        raise ModelUnavailable(
            f"{title} can't be read: its config.json asks for {wanted / 1e6:.0f} million weights, and its files hold "
            f"{held / 1e6:.1f} million."
        )
    named = getattr(torch, str(config.get("dtype") or config.get("torch_dtype")), None)  # transformers' rule
    width = named.itemsize if isinstance(named, torch.dtype) else 4
    if (size_mb := width * wanted / 1e6) > limit_mb():
        raise ModelUnavailable(
            f"{title} would take {size_mb:.0f} MB of memory, and models may take {limit_mb():.0f} MB: choose a smaller "
            "one, or start the app with a larger SPEECH_LAB_MODEL_MB."
        )


def _oversize(config: Any) -> str:
    """Return the first number of a configuration that is out of all proportion, with its name; "" where none is."""
    if not isinstance(config, dict):
        return "no settings by name"
    for name, value in config.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            continue
        if abs(value) > (MOST_LAYERS if name.endswith("layers") else MOST_NUMBER):
            return f"{name} = {value:g}"
    return ""
