"""Part 1: the wave of one tone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from components.figure import Figure, figure, line
from components.lesson import Fields, Part

from .tone import SAMPLE_RATE

if TYPE_CHECKING:
    from .page import Scene

SHOWN = 320  # samples: 20 ms


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    return {"wave": Figure("20 ms of the tone")}


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    picture = figure(
        [line(None, scene.y[:SHOWN], x0=0, dx=1000 / SAMPLE_RATE)],
        alt=f"A wave that repeats every {1000 / fields['frequency_hz']:.2f} ms.",
        x_title="Time (ms)",
        y_title="Amplitude",
    )
    return {"wave": picture}


PART = Part(slug="sine", title="1 One tone", draw=draw, show=show)
