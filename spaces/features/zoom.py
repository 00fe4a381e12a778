"""What is zoomed into: one stretch of time for all pictures on the clock, and each one's own vertical range."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from algorithms.sound import AudioError
from components.lesson import On, Visit

from .analysis import Loaded

# {"key": sound, "t": seconds or None, a picture's name: its vertical range or None, "anew": what the last zoom draws}
View = Mapping[str, Any]
ON_CLOCK = frozenset({"wave", "stft", "mel", "mfccs", "stft_a", "stft_b"})
POOLED = frozenset({"stft", "mel", "stft_a", "stft_b"})  # several rows may share a pixel, until one zooms in


def view_of(kept: View | None, sound: Loaded) -> View:
    """Return what is zoomed into: what the page has kept, or everything, where that was another sound."""
    return kept if kept and kept["key"] == sound.key else {"key": sound.key}


def visible_time(sound: Loaded, view: View | None) -> tuple[float, float]:
    """Return the seconds that are shown, inside the sound and never empty."""
    shown = (view or {}).get("t")
    if not shown:
        return 0.0, sound.duration_s
    low, high = (min(max(float(v), 0.0), sound.duration_s) for v in sorted(shown))
    return (low, high) if high - low >= 2 / sound.sample_rate else (0.0, sound.duration_s)


def visible_y(view: View | None, name: str, full: tuple[float, float]) -> tuple[float, float]:
    """Return the vertical range that a picture shows, inside the full one and never empty."""
    shown = (view or {}).get(name)
    if not shown:
        return full
    low, high = (min(max(float(v), full[0]), full[1]) for v in sorted(shown))
    return (low, high) if high > low else full


def zoomed(name: str, visit: Visit) -> dict[str, Any]:
    """Remember what the picture ``name`` shows now; what is visible is then drawn again at full resolution."""
    try:
        old = visit.scene.view
    except AudioError:  # said already
        return {}
    x, y = visit.event.x, visit.event.y  # in the axes' units; None for everything
    t = list(x) if x else None
    anew = ON_CLOCK if t != old.get("t") else POOLED & {name}
    return {"view": {**old, "t": t, name: list(y) if y else None, "anew": anew}}


def on_zoom(*names: str) -> tuple[On, ...]:
    """Return the zoom events of some pictures."""
    return tuple(On(component=n, event="zoom", handler=partial(zoomed, n), redraw="view") for n in names)
