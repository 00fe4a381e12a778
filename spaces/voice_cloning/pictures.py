"""What the pictures of several parts share: the log-mel of a sound, sounds to play, tables."""

from __future__ import annotations

import html
from typing import Any

import numpy as np

from algorithms.signal.feature_config import FeatureConfig
from algorithms.signal.mel import mel_frequencies, mel_spectrogram
from components.figure import figure, heatmap
from components.player import Sound
from models.cloning.knn import SAMPLE_RATE

MARGIN = {"l": 62, "r": 84, "t": 8, "b": 38}
MEL = FeatureConfig(sample_rate=SAMPLE_RATE, window_ms=32, hop_ms=10, n_fft=512, n_mels=80, power=1)
HOP_S = 0.010
FLOOR_DB = -70.0  # below the loudest cell
REFERENCE, SOURCE, RESULT = "var(--lab-c2)", "var(--lab-c4)", "var(--lab-c1)"


def mel(y: np.ndarray, *, alt: str, home: str) -> dict[str, Any]:
    """Draw the log-mel spectrogram of a sound at 16 kHz."""
    z = 20 * np.log10(np.maximum(mel_spectrogram(y, MEL), 1e-5))
    group = -(-z.shape[1] // 900)
    starts = np.arange(0, z.shape[1], group)
    z = np.maximum.reduceat(z, starts, axis=1)
    high = float(z.max())
    levels = np.round(np.clip((z - high - FLOOR_DB) / -FLOOR_DB, 0, 1) * 255).astype(np.uint8)
    hz = mel_frequencies(MEL)
    wanted = (250, 1000, 2000, 4000, 7000)
    trace = heatmap(
        levels,
        high + FLOOR_DB,
        high,
        x0=group * HOP_S / 2 - HOP_S / 2,
        dx=group * HOP_S,
        rowtext=[f"{f:.0f} Hz" for f in hz],
        hovertemplate="%{x:.2f} s<br>%{text}<br>%{z:.0f} dB<extra></extra>",
    )
    rows = [int(np.abs(hz - f).argmin()) for f in wanted]
    ticks = {"tickvals": rows, "ticktext": [f"{f / 1000:g}k" if f >= 1000 else str(f) for f in wanted]}
    return figure(
        [trace],
        alt=alt,
        x_title="Time (s)",
        y_title="Mel band (Hz)",
        home=home,
        xaxis={"range": [0, round(len(y) / SAMPLE_RATE, 3)], "automargin": False},
        yaxis=ticks,
        margin=MARGIN,
    )


def sound(title: str, y: np.ndarray, *, start_s: float | None = None, comment: str = "") -> Sound:
    """Return what a player plays."""
    return Sound(title, y=y, sample_rate=SAMPLE_RATE, start_s=start_s, comment=comment)


def piece(y: np.ndarray, middle_s: float, length_s: float) -> np.ndarray:
    """Return a piece of a sound around a moment, faded in and out over 10 ms."""
    first = round((middle_s - length_s / 2) * SAMPLE_RATE)
    cut = y[max(first, 0) : max(first, 0) + round(length_s * SAMPLE_RATE)].copy()
    ramp = min(SAMPLE_RATE // 100, len(cut) // 2)
    fade = np.linspace(0, 1, ramp, dtype=np.float32)
    cut[:ramp] *= fade
    cut[len(cut) - ramp :] *= fade[::-1]
    return cut


def sentence(text: str) -> str:
    """Return a sentence as HTML; the text is escaped."""
    return f'<p class="clone-sentence">{html.escape(text)}</p>'


def shortened(text: str, most: int = 70) -> str:
    """Return a text of at most `most` characters."""
    return text if len(text) <= most else text[: most - 1] + "…"
