"""How this room writes numbers, tables and sounds."""

from __future__ import annotations

import html
from math import isnan

import numpy as np

from components.player import Sound

from .sound import RATE

PEAK = 0.9


def db(value: float, *, sign: bool = False) -> str:
    """Write decibels: 7.3 dB, +7.3 dB; a dash where there is no number; the metrics' own limits in words."""
    if isnan(value):
        return "–"
    if abs(value) > 99:
        return "over 99 dB" if value > 0 else "under −99 dB"
    return f"{value:{'+' if sign else ''}.1f} dB".replace("-", "−")


def card(title: str, *paragraphs: str) -> str:
    """Return a card; the paragraphs are HTML already, the title is text."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f'<div class="sep-card"><h4>{html.escape(title)}</h4>{body}</div>'


def escaped(text: str) -> str:
    """Return text as HTML shows it: a visitor's own file may be called anything."""
    return html.escape(text)


def sound(title: str, y: np.ndarray, *, gain: float = 1.0) -> Sound:
    """Return what a player plays, turned down where it would clip."""
    y = np.asarray(y, np.float32) * np.float32(gain)
    peak = float(np.abs(y).max()) if len(y) else 0.0
    return Sound(title, y=y * np.float32(PEAK / peak) if peak > PEAK else y, sample_rate=RATE)
