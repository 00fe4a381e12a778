"""The page's pictures: each function turns a sound and the settings into one figure, no finer than a screen."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from algorithms.signal import display
from algorithms.signal import features as chain
from algorithms.signal.feature_config import FeatureConfig
from components.figure import figure, heatmap, line

from . import analysis
from .analysis import Loaded
from .zoom import View, visible_time, visible_y

COLUMNS = 900  # pixels across a picture at 1280 px
STFT_ROWS = 170
MEL_ROWS = 140
LOG_LOW_HZ = 50.0  # where a logarithmic frequency axis starts
# The same on every picture of the clock, so that one instant is one vertical line through all of them.
MARGIN = {"l": 62, "r": 84, "t": 6, "b": 22}
MARGIN_WITH_TITLE = {**MARGIN, "b": 38}


def hz_words(hz: float) -> str:
    """Return 850 as "850" and 2500 as "2.5k"."""
    return f"{hz:.0f}" if hz < 1000 else f"{hz / 1000:.3g}k"


def hz_ticks(low_hz: float, high_hz: float, to_axis: Callable[[np.ndarray], np.ndarray]) -> dict[str, Any]:
    """Return an axis' ticks at round frequencies where the axis is not linear in Hz.

    Parameters
    ----------
    low_hz, high_hz
        What is shown.
    to_axis
        Hz to the axis' own unit, rising.
    """
    ladder = np.array([m * 10.0**k for k in range(0, 5) for m in (1, 2, 5)])
    inside = ladder[(ladder >= low_hz) & (ladder <= high_hz)]
    if len(inside) < 3:
        rough = (high_hz - low_hz) / 4
        size = 10.0 ** math.floor(math.log10(rough))
        step = size * next(m for m in (1, 2, 5, 10) if m * size >= rough)
        inside = np.arange(math.ceil(low_hz / step), math.floor(high_hz / step) + 1) * step
    places = to_axis(np.asarray(inside, dtype=float))
    gap = float(np.ptp(to_axis(np.array([low_hz, high_hz])))) / 14
    kept: list[int] = []
    for i in range(len(inside)):
        if not kept or places[i] - places[kept[-1]] >= gap:
            kept.append(i)
    return {"tickvals": [float(places[i]) for i in kept], "ticktext": [hz_words(inside[i]) for i in kept]}


def _time_axis(sound: Loaded) -> dict[str, Any]:
    return {"uirevision": "|".join(map(str, sound.key)), "range": [0.0, sound.duration_s], "automargin": False}


def _tile(sound: Loaded, config: FeatureConfig, db: np.ndarray, view: View | None, **how: Any) -> display.ImageTile:
    times = chain.frame_times(config, db.shape[1])
    low, high = visible_time(sound, view)
    # The last frame's middle may lie before the sound's end.
    return display.image(db, frame_times=times, t_range=(min(low, float(times[-1])), high), **how)


def _span(sound: Loaded) -> str:
    return f"{sound.duration_s:.2f} s"


def waveform(sound: Loaded, view: View | None = None) -> dict[str, Any]:
    """Draw the samples over time: every peak, or every sample once zoomed in."""
    t, low, high = display.envelope(sound.y, sound.sample_rate, visible_time(sound, view), COLUMNS)
    dx = (t[-1] - t[0]) / max(len(t) - 1, 1)
    place = {"x0": float(t[0]), "dx": float(dx), "hovertemplate": "%{x:.4f} s<br>%{y:.3f}<extra></extra>"}
    exact = np.array_equal(low, high)
    traces = [line(None, high, name="Amplitude" if exact else "Highest", line={"width": 1}, **place)]
    if not exact:
        place |= {"fill": "tonexty", "fillcolor": "var(--lab-c1)", "hoverinfo": "skip", "hovertemplate": None}
        traces.append(line(None, low, name="Lowest", line={"width": 1}, **place))
    peak = float(np.abs(sound.y).max())
    top = max(peak, 1e-3) * 1.05
    return figure(
        traces,
        alt=f"{sound.title}: {_span(sound)} at {sound.sample_rate} Hz, {len(sound.y)} samples, peak {peak:.2f}.",
        y_title="",
        y_range=(-top, top),
        home=str(sound.key),
        xaxis=_time_axis(sound),
        yaxis={"nticks": 4},
        margin=MARGIN,
        hovermode="x",
    )


def stft_picture(
    sound: Loaded,
    config: FeatureConfig,
    view: View | None = None,
    *,
    y: str = "linear",
    db: float = 80.0,
    name: str = "stft",
    columns: int = COLUMNS,
    rows: int = STFT_ROWS,
) -> dict[str, Any]:
    """Draw the STFT magnitude in dB below its loudest cell.

    Parameters
    ----------
    y
        Frequency axis, "linear" or "log" (from 50 Hz up).
    db
        Range of the colours.
    name
        Under which the view keeps this picture's vertical zoom.
    columns, rows
        At most so many pixels.
    """
    nyquist_hz = config.sample_rate / 2
    log = y == "log"
    full = (math.log10(LOG_LOW_HZ), math.log10(nyquist_hz)) if log else (0.0, nyquist_hz)
    low, high = visible_y(view, name, full)
    f_range = (10**low, 10**high) if log else (low, high)
    tile = _tile(
        sound,
        config,
        analysis.magnitude_db(sound, config),
        view,
        freqs=chain.fft_frequencies(config),
        f_range=f_range,
        n_columns=columns,
        n_rows=rows,
        y_scale=y,
        db_range=(-db, 0.0),
    )
    place = {"x0": tile.x0, "dx": tile.dx, "y0": tile.y0, "dy": tile.dy}
    axis: dict[str, Any] = {"tickformat": "~s"}
    if log:
        place["rowtext"] = [f"{hz:.0f} Hz" for hz in tile.y]
        place["hovertemplate"] = "%{x:.3f} s<br>%{text}<br>%{z:.1f} dB<extra></extra>"
        axis = hz_ticks(*f_range, np.log10)
    return figure(
        [heatmap(tile.z, tile.z_min, tile.z_max, **place)],
        alt=(
            f"STFT magnitude of {sound.title}: {config.n_bins} frequencies from 0 to {nyquist_hz:g} Hz, "
            f"{chain.n_frames(len(sound.y), config)} frames, {config.window} window of {config.window_ms:g} ms, "
            f"{y} frequency axis."
        ),
        y_title="Frequency (Hz)",
        y_range=full,
        home=f"{sound.key} {y}",
        xaxis=_time_axis(sound),
        words=sound.words,
        yaxis=axis,
        margin=MARGIN,
    )


def mel_picture(sound: Loaded, config: FeatureConfig, view: View | None = None, *, db: float = 80.0) -> dict[str, Any]:
    """Draw the mel spectrogram in dB below its loudest cell, one row a filter."""
    n = config.n_mels
    full = (-0.5, n - 0.5)
    f_range = visible_y(view, "mel", full)
    centres_hz = chain.mel_frequencies(config)
    tile = _tile(
        sound,
        config,
        analysis.mel_db(sound, config),
        view,
        freqs=np.arange(n),
        f_range=f_range,
        n_columns=COLUMNS,
        n_rows=MEL_ROWS,
        db_range=(-db, 0.0),
    )
    first, last = (float(v) for v in chain.hz_to_mel([config.f_min_hz, config.f_max_hz], config.mel_scale))
    step = (last - first) / (n + 1)

    def to_axis(hz: np.ndarray) -> np.ndarray:
        return (chain.hz_to_mel(hz, config.mel_scale) - first) / step - 1

    shown_hz = chain.mel_to_hz(first + (np.array(f_range) + 1) * step, config.mel_scale)
    rows = np.clip(np.round(tile.y).astype(int), 0, n - 1)
    empty = len(chain.empty_filters(config))
    return figure(
        [
            heatmap(
                tile.z,
                tile.z_min,
                tile.z_max,
                x0=tile.x0,
                dx=tile.dx,
                y0=tile.y0,
                dy=tile.dy,
                rowtext=[f"filter {m}, {centres_hz[m]:.0f} Hz" for m in rows],
                hovertemplate="%{x:.3f} s<br>%{text}<br>%{z:.1f} dB<extra></extra>",
            )
        ],
        alt=(
            f"Mel spectrogram of {sound.title}: {n} filters from {config.f_min_hz:g} to {config.f_max_hz:g} Hz, "
            f"{config.mel_scale} scale" + (f", {empty} of them empty." if empty else ".")
        ),
        y_title="Mel axis (Hz)",
        y_range=full,
        home=f"{sound.key} {n} {config.f_min_hz} {config.f_max_hz} {config.mel_scale}",
        xaxis=_time_axis(sound),
        words=sound.words,
        yaxis=hz_ticks(float(shown_hz[0]), float(shown_hz[1]), to_axis),
        margin=MARGIN,
    )


def mfcc_picture(
    sound: Loaded, config: FeatureConfig, view: View | None = None, *, cmn: bool = False
) -> dict[str, Any]:
    """Draw the MFCCs, one row a coefficient; c0 has colours of its own, since it is far larger than the others.

    Parameters
    ----------
    cmn
        Take each coefficient's mean over the clip away (cepstral mean normalisation).
    """
    values = analysis.mfcc(sound, config)
    if cmn:
        values = values - values.mean(axis=1, keepdims=True)
    n = config.n_mfcc
    full = (-0.5, n - 0.5)
    traces = []
    for first, last in ((0, 1), (1, n)):
        if first == last:
            continue
        part = values[first:last]
        top = max(float(np.abs(part).max()), 1e-3)
        low, high = (float(part.min()), float(part.max())) if not first and not cmn else (-top, top)
        if high - low < 1e-3:
            low, high = low - 1, high + 1
        tile = _tile(
            sound,
            config,
            part,
            view,
            freqs=np.arange(first, last),
            f_range=(first - 0.5, last - 0.5),
            n_columns=COLUMNS,
            n_rows=last - first,
            db_range=(low, high),
        )
        traces.append(
            heatmap(
                tile.z,
                tile.z_min,
                tile.z_max,
                unit="value",
                x0=tile.x0,
                dx=tile.dx,
                y0=float(first),
                dy=1.0,
                # A few large values (c1 most often) would bleach the rest.
                zmin=low if not first else -float(np.percentile(np.abs(part), 98)),
                zmax=high if not first else float(np.percentile(np.abs(part), 98)),
                colorscale="RdBu",
                showscale=bool(first) or n == 1,
                colorbar={"title": {"text": "c1 ...", "side": "top", "font": {"size": 11}}},
                hovertemplate="%{x:.3f} s<br>c%{y}<br>%{z:.1f}<extra></extra>",
            )
        )
    return figure(
        traces,
        alt=(
            f"MFCC of {sound.title}: {n} coefficients in each of {values.shape[1]} frames; c0 averages "
            f"{values[0].mean():.1f}, the others lie between {values[1:].min() if n > 1 else 0:.1f} and "
            f"{values[1:].max() if n > 1 else 0:.1f}."
        ),
        x_title="Time (s)",
        y_title="Coefficient",
        y_range=full,
        home=f"{sound.key} {n}",
        xaxis=_time_axis(sound),
        yaxis={"nticks": 6, "tickformat": "d"},
        margin=MARGIN_WITH_TITLE,
    )
