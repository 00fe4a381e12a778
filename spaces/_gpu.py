"""What rooms run on a GPU where the host lends one only to functions that are marked before it starts (ZeroGPU)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import GPU


@GPU(duration=120)
def decode_with_torch(model_id: str, path: str, options: Any) -> Iterator[tuple]:
    """Decode as `models.whisper.job.decode_with_torch` does."""
    from models.whisper import job

    yield from job.decode_with_torch(model_id, path, options)
