"""The pictures of sounds before and after a change."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from algorithms.augmentation.checks import SAMPLE_RATE
from algorithms.augmentation.masks import Mask, apply_masks
from algorithms.signal import display
from algorithms.signal.feature_config import FeatureConfig
from algorithms.signal.mel import mel_frequencies, mel_spectrogram
from components.figure import figure, heatmap, line

CONFIG = FeatureConfig(sample_rate=SAMPLE_RATE, window_ms=25, hop_ms=10, n_fft=512, n_mels=80, mel_scale="htk")
HOP_S = 0.010
DEPTH_DB = 80.0  # shown below the loudest cell of the sound before
MOST_DB = 30.0  # of the difference picture's colours
COLUMNS = 800
MARGIN = {"l": 56, "r": 70, "t": 6, "b": 36}
# Blue: less than before; red: more. Both ends differ in lightness from the middle in light and in dark.
DIVERGING = [[0, "#2166ac"], [0.25, "#92c5de"], [0.5, "#f7f7f7"], [0.75, "#f4a582"], [1, "#b2182b"]]
TICKS_HZ = (200, 500, 1000, 2000, 4000)


def log_mel(y: np.ndarray) -> np.ndarray:
    """Log-mel spectrogram in dB, float [frames, 80]; digital silence is -100."""
    short = max(0, CONFIG.n_fft - len(y))
    mel = mel_spectrogram(np.pad(np.asarray(y, np.float32), (0, short)), CONFIG)
    return 10 * np.log10(np.maximum(mel.T, 1e-10))


@lru_cache(maxsize=1)
def _band_axis() -> dict[str, Any]:
    places = np.interp(TICKS_HZ, mel_frequencies(CONFIG), np.arange(CONFIG.n_mels))
    return {
        "tickvals": [float(p) for p in places],
        "ticktext": [f"{hz / 1000:g}k" if hz >= 1000 else str(hz) for hz in TICKS_HZ],
        "range": [-0.5, CONFIG.n_mels - 0.5],
    }


def _levels(db: np.ndarray, low: float, high: float) -> np.ndarray:
    """DB [frames, bands] to uint8 [bands, frames]."""
    return np.clip(np.rint((db.T - low) / (high - low) * 255), 0, 255).astype(np.uint8)


def mel_picture(db: np.ndarray, top_db: float, alt: str, home: str = "") -> dict[str, Any]:
    """Draw a log-mel spectrogram [frames, 80], 80 dB down from `top_db`."""
    low = top_db - DEPTH_DB
    trace = heatmap(
        _levels(db, low, top_db), low, top_db, x0=0, dx=HOP_S, hovertemplate="%{x:.2f} s<br>%{z:.0f} dB<extra></extra>"
    )
    return figure([trace], alt=alt, x_title="Time (s)", y_title="Hz", yaxis=_band_axis(), margin=MARGIN, home=home)


def difference_picture(before: np.ndarray, after: np.ndarray, top_db: float) -> dict[str, Any]:
    """Draw after minus before in dB, what lies 80 dB down counted as silence.

    Where the lengths differ, the sound before is stretched to the one after, so that the same words are compared.
    """
    low = top_db - DEPTH_DB
    rows = np.rint(np.linspace(0, len(before) - 1, len(after))).astype(int)
    change = np.maximum(after, low) - np.maximum(before[rows], low)
    stretched = "" if len(before) == len(after) else " The sound before was stretched to the length of the one after."
    trace = heatmap(
        _levels(change, -MOST_DB, MOST_DB), -MOST_DB, MOST_DB, x0=0, dx=HOP_S, colorscale=DIVERGING,
        hovertemplate="%{x:.2f} s<br>%{z:+.0f} dB<extra></extra>",
    )  # fmt: skip
    alt = (
        f"The change is {np.abs(change).mean():.1f} dB on average over all cells; {np.mean(change > 3):.0%} of them "
        f"are more than 3 dB louder than before, {np.mean(change < -3):.0%} more than 3 dB softer.{stretched}"
    )
    return figure([trace], alt=alt, x_title="Time (s)", y_title="Hz", yaxis=_band_axis(), margin=MARGIN)


def waves(before: np.ndarray, after: np.ndarray) -> dict[str, Any]:
    """Draw both waveforms, the one before behind the one after."""
    traces = []
    for y, color, name, width in ((before, "var(--lab-c3)", "before", 1.0), (after, "var(--lab-c1)", "after", 1.0)):
        t, low, high = display.envelope(y, SAMPLE_RATE, (0, len(y) / SAMPLE_RATE), COLUMNS)
        x, wave = np.repeat(t, 2), np.stack([low, high], 1).ravel()
        traces.append(line(x, wave, color=color, name=name, line={"width": width}, opacity=0.75))
    peaks = [float(np.abs(y).max(initial=0)) for y in (before, after)]
    alt = (
        f"Before: {len(before) / SAMPLE_RATE:.2f} s, peak {peaks[0]:.2f}. After: {len(after) / SAMPLE_RATE:.2f} s, "
        f"peak {peaks[1]:.2f}."
    )
    legend = {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.1}
    return figure(
        traces, alt=alt, x_title="Time (s)", y_title="Amplitude", margin=MARGIN, showlegend=True, legend=legend
    )


def with_holes(db: np.ndarray, holes: tuple[Mask, ...]) -> np.ndarray:
    """A log-mel spectrogram with SpecAugment's holes, filled with its mean."""
    return apply_masks(db, holes)


TILE_COLUMNS, TILE_GAP = 5, 3  # draws side by side, and cells between two of them
TILE_FRAMES, TILE_BANDS = 60, 40  # of one small picture


def tile(y: np.ndarray, longest: int, top_db: float) -> np.ndarray:
    """A small spectrogram, uint8 [40, 60]; `longest` samples fill its width, so that speed can be seen."""
    db = log_mel(y)
    frames = max(1, round(longest / SAMPLE_RATE / HOP_S))
    at = np.rint(np.linspace(0, frames - 1, TILE_FRAMES)).astype(int)
    padded = np.concatenate([db, np.full((max(0, frames - len(db)), db.shape[1]), -100.0)])
    small = padded[at].reshape(TILE_FRAMES, TILE_BANDS, -1).max(2)
    return _levels(small, top_db - DEPTH_DB, top_db)


def mosaic(tiles: list[np.ndarray], chosen: int, titles: list[str]) -> dict[str, Any]:
    """Draw many small spectrograms in rows of five; the chosen one has a frame."""
    rows = -(-len(tiles) // TILE_COLUMNS)
    step_x, step_y = TILE_FRAMES + TILE_GAP, TILE_BANDS + TILE_GAP
    board = np.zeros((rows * step_y - TILE_GAP, TILE_COLUMNS * step_x - TILE_GAP), np.uint8)
    places = []
    for i, picture in enumerate(tiles):
        x, y = i % TILE_COLUMNS * step_x, (rows - 1 - i // TILE_COLUMNS) * step_y
        board[y : y + TILE_BANDS, x : x + TILE_FRAMES] = picture
        places.append((x, y))
    trace = heatmap(board, 0, 255, showscale=False, hoverinfo="none", hovertemplate="")
    shapes = []
    x, y = places[chosen]
    corner = {"x0": x - 1.5, "x1": x + TILE_FRAMES + 0.5, "y0": y - 1.5, "y1": y + TILE_BANDS + 0.5}
    shapes.append({"type": "rect", **corner, "line": {"color": "var(--lab-c2)", "width": 3}})
    alt = f"{len(tiles)} draws; draw {chosen + 1} is chosen: {titles[chosen]}."
    hidden = {"visible": False, "fixedrange": True}
    notes = [
        {"x": x + 1, "y": y + TILE_BANDS - 1, "text": str(i + 1), "showarrow": False, "xanchor": "left",
         "yanchor": "top", "font": {"color": "#ffffff", "size": 11}}
        for i, (x, y) in enumerate(places)
    ]  # fmt: skip
    return figure(
        [trace], alt=alt, xaxis=hidden, yaxis=hidden, shapes=shapes, annotations=notes,
        margin={"l": 6, "r": 6, "t": 6, "b": 6},
    )  # fmt: skip


def tile_at(x: float, y: float, count: int) -> int | None:
    """Which draw a click at this place of the mosaic means; None beside them."""
    rows = -(-count // TILE_COLUMNS)
    column, row = int(x // (TILE_FRAMES + TILE_GAP)), rows - 1 - int(y // (TILE_BANDS + TILE_GAP))
    at = row * TILE_COLUMNS + column
    return at if 0 <= column < TILE_COLUMNS and 0 <= at < count else None
