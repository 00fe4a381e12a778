"""The room's pictures of sound, one time axis for all of them, and how it writes sentences and sounds."""

from __future__ import annotations

from typing import Any

import numpy as np

from algorithms.signal import display
from algorithms.signal.synthesis_mel import SYNTHESIS_MEL
from components.figure import figure, heatmap
from components.player import Sound

from .sound import HOP, RATE, Source

# As many as there are cells: `display.image` keeps the largest value of those that share a pixel, and of a difference
# only what is too loud would be left.
COLUMNS, ROWS = 700, 513
DB = 80.0
MARGIN = {"l": 62, "r": 84, "t": 6, "b": 22}
BINS_HZ = np.arange(SYNTHESIS_MEL.n_bins) * RATE / SYNTHESIS_MEL.n_fft
# too quiet is blue, too loud is orange, right is the dark between them
DIFFERENCE = [[0, "#7fc8ff"], [0.25, "#2a6fbb"], [0.5, "#111318"], [0.75, "#c2570c"], [1, "#ffd0a0"]]


def sound(title: str, y: np.ndarray) -> Sound:
    """Return what a player plays, turned down where it would clip."""
    peak = float(np.abs(y).max(initial=0))
    return Sound(title, y=y * np.float32(0.95 / peak) if peak > 0.95 else y, sample_rate=RATE)


def sentence(*html: str) -> str:
    """Return paragraphs of HTML."""
    return "".join(f'<p class="voc-sentence">{one}</p>' for one in html)


def spectrogram(source: Source, magnitude: np.ndarray, *, alt: str) -> dict[str, Any]:
    """Draw magnitudes [513, T] in dB below the recording's loudest cell."""
    top = max(float(source.magnitude.max()), 1e-9)
    db = 20 * np.log10(np.maximum(magnitude / top, 10 ** (-DB / 20)))
    return cells(source, db, (-DB, 0.0), alt=alt)


def difference(source: Source, magnitude: np.ndarray, *, alt: str, limit_db: float = 24.0) -> dict[str, Any]:
    """Draw how many dB magnitudes [513, T] lie above the recording's; what is inaudible in both counts as equal."""
    floor = max(float(source.magnitude.max()), 1e-9) * 10 ** (-60 / 20)
    db = 20 * np.log10(np.maximum(magnitude, floor) / np.maximum(source.magnitude, floor))
    return cells(source, db, (-limit_db, limit_db), alt=alt, colorscale=DIFFERENCE)


def cells(source: Source, values: np.ndarray, limits: tuple[float, float], *, alt: str, **trace: Any) -> dict[str, Any]:
    """Draw a number for each cell of the STFT, [513, T]."""
    tile = display.image(
        values,
        frame_times=np.arange(values.shape[1]) * HOP / RATE,
        freqs=BINS_HZ,
        t_range=(0.0, source.duration_s),
        f_range=(0.0, RATE / 2),
        n_columns=COLUMNS,
        n_rows=ROWS,
        db_range=limits,
    )
    place = {"x0": tile.x0, "dx": tile.dx, "y0": tile.y0, "dy": tile.dy}
    return figure(
        [heatmap(tile.z, tile.z_min, tile.z_max, **place, **trace)],
        alt=alt,
        y_title="Frequency (Hz)",
        y_range=(0.0, RATE / 2),
        home=str(hash(source.key)),
        xaxis={"range": [0.0, source.duration_s], "automargin": False},
        yaxis={"tickformat": "~s"},
        margin=MARGIN,
    )
