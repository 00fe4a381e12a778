"""What the tests of Augmentation share: a sound like a voice, noises and rooms, and the room's page by name."""

from __future__ import annotations

from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np

from algorithms.augmentation.transform import Material

RATE = 16_000


def tone(hz: float, seconds: float = 1.0, amplitude: float = 0.3) -> np.ndarray:
    """A sine, float32."""
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def voice(seconds: float = 1.0) -> np.ndarray:
    """Something with harmonics, noise and a pause, as speech has."""
    rng = np.random.default_rng(0)
    y = sum(tone(150 * k, seconds, 0.2 / k) for k in range(1, 20)) + 0.01 * rng.standard_normal(round(seconds * RATE))
    y[len(y) // 2 : len(y) // 2 + len(y) // 8] *= 0.01
    return y.astype(np.float32)


MATERIAL = Material(
    noises={name: np.random.default_rng(1).standard_normal(RATE) for name in ("cafe", "wind")},
    rooms={name: np.r_[1.0, np.zeros(50), 0.4] for name in ("studio", "kitchen", "warehouse")},
    voices=(voice(0.7), voice(1.3)),
)


@lru_cache(maxsize=1)
def page():
    """The page, drawn once."""
    from spaces.augmentation import SPACE
    from spaces.augmentation.page import LESSON

    with gr.Blocks():
        return LESSON.build(SPACE)


def visit(moved="", own=None, event=None, found=None, trained_now=None, **fields):
    """A visit of the page at its defaults except for what is given."""
    told = None if event is None else SimpleNamespace(**event)
    return page().default_visit(
        own=own, moved=moved, event=told, kept={"found": found, "trained_now": trained_now}, **fields
    )


def shown(moved="", **given) -> dict[str, Any]:
    """What the page shows when it is opened, or when a field has moved."""
    asked = visit(moved, **given)
    found: dict[str, Any] = {}
    for values in page().lesson.moved(asked) if moved else page().shown(asked):
        found |= values
    return found
