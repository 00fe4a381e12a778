"""The room's pictures of sound: a voice has one colour wherever it is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from algorithms import separation as sep
from algorithms.separation.masks import HOP
from algorithms.signal import display
from components.figure import figure, heatmap, line

from .sound import RATE
from .words import escaped

COLUMNS, ROWS = 700, 129
COLOURS = ("var(--lab-c1)", "var(--lab-c2)", "var(--lab-c3)")  # of the first, second and third voice
UNKNOWN = ("var(--lab-c4)", "var(--lab-c5)")  # of the outputs where nobody knows the voices
# Dark to light through the voice's colour, for spectrograms.
SCALES = (
    [[0, "#04100f"], [0.55, "#11847b"], [1, "#d8fffa"]],
    [[0, "#140702"], [0.55, "#c2410c"], [1, "#ffeedd"]],
    [[0, "#06081a"], [0.55, "#4657c9"], [1, "#e6eaff"]],
)
UNKNOWN_SCALES = (
    [[0, "#120d02"], [0.55, "#9a6b00"], [1, "#fff3d0"]],
    [[0, "#14050d"], [0.55, "#a8326e"], [1, "#ffe3f1"]],
)
MARGIN = {"l": 62, "r": 84, "t": 6, "b": 22}
DB = 70.0


def time_axis(n: int) -> dict[str, Any]:
    """Return the time axis of a sound of `n` samples, the same on every picture of a clock."""
    return {"range": [0.0, n / RATE], "automargin": False}


def waveform(ys: list[tuple[str, np.ndarray, str]], *, alt: str, home: str, top: float = 0.0) -> dict[str, Any]:
    """Draw waveforms over each other: (name, [n], colour)."""
    traces = []
    n = len(ys[0][1])
    top = top or max(1.05 * max(float(np.abs(y).max()) for _, y, _ in ys), 1e-3)
    for name, y, colour in ys:
        t, low, high = display.envelope(y, RATE, (0.0, n / RATE), COLUMNS)
        place = {
            "x0": float(t[0]),
            "dx": float((t[-1] - t[0]) / max(len(t) - 1, 1)),
            "legendgroup": name,  # plotly lists filled lines from the last to the first unless they are grouped
        }
        thin = {"width": 1}
        name = escaped(name)  # plotly reads names as markup
        traces.append(line(None, high, color=colour, name=name, line=thin, showlegend=False, **place))
        fill = {"fill": "tonexty", "fillcolor": colour, "hoverinfo": "skip", "opacity": 0.75}
        traces.append(line(None, low, color=colour, name=name, line=thin, **place, **fill))
    return figure(
        traces,
        alt=alt,
        y_range=(-top, top),
        home=home,
        xaxis=time_axis(n),
        yaxis={"nticks": 3},
        margin={**MARGIN, "t": 24 if len(ys) > 1 else 6},
        showlegend=len(ys) > 1,
    )


def spectrogram(y: np.ndarray, scale: list, *, alt: str, home: str) -> dict[str, Any]:
    """Draw the magnitude in dB below its loudest cell, in a voice's colour."""
    magnitude = np.abs(sep.stft(y))
    db = 20 * np.log10(np.maximum(magnitude, 1e-8) / max(float(magnitude.max()), 1.0e-3))  # silence stays dark
    return cells(np.maximum(db, -DB), (-DB, 0.0), len(y), colorscale=scale, alt=alt, home=home)


def cells(
    values: np.ndarray, limits: tuple[float, float], n: int, *, alt: str, home: str, **trace: Any
) -> dict[str, Any]:
    """Draw something of every cell of the spectrogram of `n` samples: [129, frames] of `masks.stft`."""
    # frame i is centred on sample HOP * i - 128: a window of zeros lies before the sound
    times = (np.arange(values.shape[1]) * HOP - 128) / RATE
    tile = display.image(
        values,
        frame_times=times,
        freqs=np.arange(129) * RATE / 256,
        t_range=(0.0, n / RATE),
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
        home=home,
        xaxis=time_axis(n),
        yaxis={"tickformat": "~s"},
        margin=MARGIN,
    )
