"""What the pictures of several parts share: the log-mel of a sound, the axis of time, arrays small enough to send."""

from __future__ import annotations

import html
from typing import Any

import numpy as np

from algorithms.signal.feature_config import FeatureConfig
from algorithms.signal.mel import mel_frequencies, mel_spectrogram
from algorithms.vits import FRAME_S, HOP, SAMPLE_RATE
from components import words
from components.figure import heatmap

from .speech import Spoken

MARGIN = {"l": 62, "r": 84, "t": 8, "b": 38}
MEL = FeatureConfig(
    sample_rate=SAMPLE_RATE,
    window_ms=1000 * 1024 / SAMPLE_RATE,
    hop_ms=1000 * HOP / SAMPLE_RATE,
    n_fft=1024,
    n_mels=80,
    f_max_hz=8000.0,
    power=1,
)  # what synthesisers of this rate are trained on: a column for each frame of the network
FLOOR_DB = -70.0  # below the loudest cell


def log_mel_db(y: np.ndarray) -> np.ndarray:
    """Mel spectrogram in dB, float32 [80, F + 1]: amplitudes, at least 1e-5."""
    return 20 * np.log10(np.maximum(mel_spectrogram(y, MEL), 1e-5))


def levels(z: np.ndarray, low: float, high: float) -> np.ndarray:
    """Values to uint8: `low` to 0, `high` to 255."""
    return np.round(np.clip((z - low) / max(high - low, 1e-12), 0, 1) * 255).astype(np.uint8)


def pooled(z: np.ndarray, columns: int) -> tuple[np.ndarray, int]:
    """Average groups of columns until at most `columns` are left; returns them and how many each holds."""
    group = -(-z.shape[1] // columns)
    starts = np.arange(0, z.shape[1], group)
    return np.add.reduceat(z, starts, axis=1) / np.diff(np.append(starts, z.shape[1])), group


def mel_trace(y: np.ndarray, **trace: Any) -> dict[str, Any]:
    """Return the log-mel of a sound as an image over seconds and mel bands."""
    z, group = pooled(log_mel_db(y), 900)
    high = float(z.max())
    low = high + FLOOR_DB
    hz = mel_frequencies(MEL)
    return heatmap(
        levels(z, low, high),
        low,
        high,
        x0=group * FRAME_S / 2 - FRAME_S / 2,
        dx=group * FRAME_S,
        rowtext=[f"{f:.0f} Hz" for f in hz],
        hovertemplate="%{x:.2f} s<br>%{text}<br>%{z:.0f} dB<extra></extra>",
        **trace,
    )


def mel_axis() -> dict[str, Any]:
    """Return the layout of the axis of mel bands, named by frequencies."""
    hz = mel_frequencies(MEL)
    wanted = (250, 1000, 2000, 4000, 7000)
    rows = [int(np.abs(hz - f).argmin()) for f in wanted]
    return {"tickvals": rows, "ticktext": [f"{f / 1000:g}k" if f >= 1000 else str(f) for f in wanted]}


def time_axis(spoken: Spoken) -> dict[str, Any]:
    """Layout of the axis of time: everything, and a zoom that another sentence forgets."""
    wish = spoken.wish
    sentence = f"{wish.text}|{wish.ipa}"
    return {"uirevision": sentence, "range": [0, round(spoken.duration_s, 3)], "automargin": False}


def token_names(spoken: Spoken) -> list[str]:
    """Return each token as it is written in pictures: blanks and spaces get signs that can be seen."""
    return ["␣" if s == " " else "·" if s == "_" else s for s in spoken.script.tokens.symbols]


def table(head: tuple[str, ...], rows: list[tuple[str, ...]], *, empty: str = "", plain: bool = True) -> str:
    """Return an HTML table of texts; what a visitor typed is escaped (`plain`)."""
    if not rows:
        return f'<p class="lab-table-empty">{html.escape(empty)}</p>'
    cell = html.escape if plain else str
    return words.table([html.escape(h) for h in head], [[cell(c) for c in row] for row in rows])
