"""The pictures on the clip's time axis: waveform, mel spectrogram, emissions and trellis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from algorithms import ctc
from algorithms.signal import display
from algorithms.signal.stft import frame_times
from components.figure import figure, heatmap, line

from . import spelling
from .alignment import Aligned
from .sound import SAMPLE_RATE, Heard, clock_text, mel_config, mel_db, symbol

COLUMNS = 900  # pixels across a picture at 1280 px
ROWS = 260  # pixels of the trellis
MAX_ROWS = 40  # symbols that the emissions show; a phoneme model has some 400
# The same on every picture of the clock, so that one instant is one vertical line through all of them.
MARGIN = {"l": 62, "r": 84, "t": 6, "b": 22}
FLOOR = -20.0  # what is less likely than e^-20 of the frame's best looks the same
COLOURS = {"forward": "Forward α", "backward": "Backward β", "occupancy": "Occupancy γ", "viterbi": "Viterbi δ"}

View = Mapping[str, Any]  # {"key": sound, "t": seconds or None, "s": states or None}: what is zoomed into


def time_axis(heard: Heard) -> dict[str, Any]:
    """Return the layout of the time axis that all pictures share."""
    return {"uirevision": "|".join(map(str, heard.key)), "range": [heard.start_s, heard.end_s], "automargin": False}


def waveform(heard: Heard, aligned: Aligned | None) -> dict[str, Any]:
    """Draw the samples with the aligned words shaded and named."""
    t, low, high = display.envelope(heard.y, SAMPLE_RATE, (0.0, heard.duration_s), COLUMNS)
    dx = (t[-1] - t[0]) / max(len(t) - 1, 1)
    place = {"x0": heard.start_s + float(t[0]), "dx": float(dx)}
    top = max(float(np.abs(heard.y).max()), 1e-3) * 1.3
    words = aligned.words if aligned else ()
    spans = [(w.text, *(heard.start_s + f * heard.frame_s for f in (w.start_frame, w.end_frame))) for w in words]
    shade = {"type": "rect", "yref": "paper", "y0": 0, "y1": 1, "line": {"width": 0}, "fillcolor": "var(--lab-fill)"}
    traces = [
        line(None, high, line={"width": 1}, hovertemplate="%{x:.3f} s<extra></extra>", name="Highest", **place),
        line(None, low, line={"width": 1}, fill="tonexty", fillcolor="var(--lab-c1)", hoverinfo="skip", **place),
        {
            "type": "scatter",
            "mode": "text",
            "x": [(a + b) / 2 for _, a, b in spans],
            "y": [top * 0.86] * len(spans),
            "text": [word for word, _, _ in spans],
            "thin": True,  # where names would overlap, the browser leaves some out
            "textfont": {"size": 11},
            "hoverinfo": "skip",
        },
    ]
    return figure(
        traces,
        alt=f"{heard.title}: {heard.duration_s:.2f} s"
        + (f", {len(spans)} words: {' '.join(w for w, _, _ in spans)}." if spans else "."),
        y_range=(-top, top),
        home=str(heard.key),
        xaxis=time_axis(heard),
        yaxis={"nticks": 3},
        margin=MARGIN,
        shapes=[{**shade, "x0": a, "x1": b, "layer": "below"} for _, a, b in spans],
    )


def overview(whole: Heard, heard: Heard) -> dict[str, Any]:
    """Draw the samples of a long sound with the stretch shaded that the other pictures show."""
    t, low, high = display.envelope(whole.y, SAMPLE_RATE, (0.0, whole.duration_s), COLUMNS)
    place = {"x0": float(t[0]), "dx": float((t[-1] - t[0]) / max(len(t) - 1, 1))}
    top = max(float(np.abs(whole.y).max()), 1e-3) * 1.1
    every = next(s for s in (10, 30, 60, 120) if whole.duration_s / s <= 12)
    ticks = np.arange(0, whole.duration_s, every)
    return figure(
        [
            line(None, high, line={"width": 1}, hovertemplate="%{x:.0f} s<extra></extra>", name="Highest", **place),
            line(None, low, line={"width": 1}, fill="tonexty", fillcolor="var(--lab-c1)", hoverinfo="skip", **place),
        ],
        alt=(
            f"{whole.title}: {clock_text(whole.duration_s)} minutes; shown below: {clock_text(heard.start_s)} to "
            f"{clock_text(heard.end_s)}."
        ),
        y_range=(-top, top),
        home=str(whole.key),
        xaxis={
            "range": [0.0, whole.duration_s],
            "automargin": False,
            "fixedrange": True,
            "tickvals": ticks,
            "ticktext": [clock_text(s) for s in ticks],
        },
        yaxis={"visible": False, "fixedrange": True},
        dragmode=False,
        margin=MARGIN,
        shapes=[
            {
                "type": "rect",
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "x0": heard.start_s,
                "x1": heard.end_s,
                "fillcolor": "var(--lab-fill)",
                "line": {"width": 2, "color": "var(--lab-c2)"},
            }
        ],
    )


def mel(heard: Heard) -> dict[str, Any]:
    """Draw the mel spectrogram."""
    db = mel_db(heard)
    times = frame_times(mel_config(), db.shape[1])
    tile = display.image(
        db,
        frame_times=times,
        freqs=np.arange(len(db)),
        t_range=(0.0, heard.duration_s),
        f_range=(-0.5, len(db) - 0.5),
        n_columns=COLUMNS,
        n_rows=len(db),
    )
    return figure(
        [
            heatmap(
                tile.z,
                tile.z_min,
                tile.z_max,
                x0=heard.start_s + tile.x0,
                dx=tile.dx,
                y0=tile.y0,
                dy=tile.dy,
                hovertemplate="%{x:.2f} s<br>filter %{y}<br>%{z:.0f} dB<extra></extra>",
            )
        ],
        alt=f"Mel spectrogram: {db.shape[1]} columns of 10 ms, {len(db)} filters.",
        y_title="Mel filter",
        home=str(heard.key),
        xaxis=time_axis(heard),
        margin=MARGIN,
    )


def shown_symbols(heard: Heard) -> list[int]:
    """Return the symbols that the emissions have a row for: all, or the likeliest ones where there are many.

    The blank is always the first of them, and the special symbols of a hub model are left out unless greedy takes one.
    """
    top = heard.log_probs.max(0)
    usual = [i for i, name in enumerate(heard.vocab) if i and (not spelling.is_special(name) or top[i] > np.log(0.5))]
    if len(usual) > MAX_ROWS:
        usual = sorted(sorted(usual, key=lambda i: -top[i])[:MAX_ROWS])
    return [0, *usual]


def emissions(heard: Heard) -> dict[str, Any]:
    """Draw the probability of each symbol in each frame, and the greedy path as dots."""
    p = np.exp(heard.log_probs)  # [T, V]
    frames, symbols = p.shape
    group = -(-frames // COLUMNS)
    if group > 1:  # more frames than pixels: the largest of each group
        p = np.maximum.reduceat(p, np.arange(0, frames, group))
    best = heard.log_probs.argmax(1)
    rows = shown_symbols(heard)
    z = np.round(p.T[rows] * 255).astype(np.uint8)
    names = {i: symbol(heard.vocab[i]) for i in rows}
    t = np.flatnonzero(best)
    t = t[np.isin(best[t], rows)]
    left_out = "" if len(rows) == symbols else f" Of the {symbols} symbols, the {len(rows)} likeliest ones here."
    traces = [
        heatmap(
            z,
            0,
            1,
            unit="p",
            x0=heard.start_s + heard.frame_s * group / 2,
            dx=heard.frame_s * group,
            y=list(names.values()),
            hovertemplate="%{x:.2f} s<br>“%{y}” %{z:.2f}<extra></extra>",
        ),
        {
            "type": "scatter",
            "mode": "markers",
            "x": heard.start_s + (t + 0.5) * heard.frame_s,
            "y": [names[i] for i in best[t].tolist()],
            "marker": {"size": 5, "color": "rgba(0,0,0,0)", "line": {"color": "#37c1b1", "width": 1.2}},
            "hoverinfo": "skip",
        },
    ]
    return figure(
        traces,
        alt=(
            f"Emissions: {frames} frames x {symbols} symbols.{left_out} Greedy reads: {heard.greedy_text or 'nothing'}."
        ),
        y_title="Symbol",
        home=str(heard.key),
        xaxis=time_axis(heard),
        yaxis={
            "type": "category",
            "tickfont": {"size": 9},
            "dtick": 1,
            "range": [-0.5, len(rows) - 0.5],
            "automargin": False,
        },
        margin=MARGIN,
    )


def viterbi_scores(emission: np.ndarray, skip: np.ndarray) -> np.ndarray:
    """Log probability of the best way into each cell, [T, S]: the forward recursion with max in place of the sum.

    Parameters
    ----------
    emission : [T, S], log probability of each state's symbol in each frame
    skip : bool [S], whether a state may be entered past a blank
    """
    out = np.full(emission.shape, -np.inf)
    out[0, :2] = emission[0, :2]
    for t in range(1, len(emission)):
        before, now = out[t - 1], out[t - 1].copy()
        np.maximum(now[1:], before[:-1], out=now[1:])
        np.maximum(now[2:], before[:-2], out=now[2:], where=skip[2:])
        out[t] = now + emission[t]
    return out


def values(log_probs: np.ndarray, trellis: ctc.Trellis, kind: str) -> np.ndarray:
    """Return the trellis in natural logarithms, [T, S], for one of `COLOURS`."""
    if kind == "forward":
        return trellis.forward
    if kind == "backward":
        return trellis.backward
    if kind == "viterbi":
        return viterbi_scores(np.asarray(log_probs, float)[:, trellis.states], ctc.skip_allowed(trellis.states))
    with np.errstate(divide="ignore"):
        return np.log(trellis.occupancy)


def levels(logs: np.ndarray, kind: str) -> tuple[np.ndarray, float, float, str]:
    """Return 8-bit levels of a trellis [T, S] with the values of 0 and 255 and their unit.

    Occupancy is a probability. The others fall by hundreds from the first frame to the last, so each frame is shown
    against its own likeliest state.
    """
    if kind == "occupancy":
        return np.round(np.exp(logs) * 255).astype(np.uint8), 0.0, 1.0, "γ"
    top = logs.max(1, keepdims=True)
    relative = np.where(np.isfinite(top), logs - np.where(np.isfinite(top), top, 0), -np.inf)
    return np.round((np.clip(relative, FLOOR, 0) - FLOOR) * (255 / -FLOOR)).astype(np.uint8), FLOOR, 0.0, "ln"


def _visible(shown: Any, size: float, n: int) -> tuple[int, int]:
    """First and one past the last of n cells of a size that a zoomed axis shows."""
    if not shown:
        return 0, n
    low, high = sorted(float(v) for v in shown)
    first = min(max(int(low / size), 0), n - 1)
    return first, min(max(int(np.ceil(high / size)), first + 1), n)


def state_names(heard: Heard, states: np.ndarray) -> list[str]:
    """Return what stands beside each row of the trellis."""
    return [symbol(heard.vocab[i]) for i in states]


def trellis(heard: Heard, aligned: Aligned, kind: str, view: View | None, cell: tuple[int, int]) -> dict[str, Any]:
    """Draw the visible part of the trellis with the best path on it.

    Parameters
    ----------
    kind
        One of `COLOURS`.
    view
        What is zoomed into; a part is drawn cell by cell where it fits the screen, else each pixel shows its maximum.
    cell
        (frame, state) that is marked.
    """
    logs = values(heard.log_probs, aligned.trellis, kind)
    z, low, high, unit = levels(logs, kind)
    frames, n_states = z.shape
    mine = view if view and tuple(view.get("key") or ()) == heard.key else {}
    shown_t = mine.get("t")
    t0, t1 = _visible([v - heard.start_s for v in shown_t] if shown_t else None, heard.frame_s, frames)
    shown_s = mine.get("s")
    s0, s1 = _visible([v + 0.5 for v in shown_s] if shown_s else None, 1.0, n_states)
    part = z[t0:t1, s0:s1]
    dt, ds = -(-(t1 - t0) // COLUMNS), -(-(s1 - s0) // ROWS)
    part = np.maximum.reduceat(part, np.arange(0, t1 - t0, dt), axis=0)
    part = np.maximum.reduceat(part, np.arange(0, s1 - s0, ds), axis=1)
    names = state_names(heard, aligned.trellis.states)
    path_t = np.arange(frames)
    hover = "%{x:.2f} s<br>state %{y:.0f}<br>" + ("γ %{z:.3f}" if kind == "occupancy" else "%{z:.1f} below the best")
    traces = [
        heatmap(
            np.ascontiguousarray(part.T),
            low,
            high,
            unit=unit,
            x0=heard.start_s + (t0 + dt / 2) * heard.frame_s,
            dx=dt * heard.frame_s,
            y0=s0 + (ds - 1) / 2,
            dy=ds,
            hovertemplate=hover + "<extra></extra>",
        ),
        line(
            None,
            aligned.path[path_t].astype(np.int16),
            x0=heard.start_s + heard.frame_s / 2,
            dx=heard.frame_s,
            color="#37c1b1",
            name="best path",
            hoverinfo="skip",
            line={"width": 1.6, "shape": "hvh"},
        ),
        {
            "type": "scatter",
            "mode": "markers",
            "x": [heard.start_s + (cell[0] + 0.5) * heard.frame_s],
            "y": [cell[1]],
            "marker": {"symbol": "square-open", "size": 12, "color": "#fff", "line": {"width": 2, "color": "#fff"}},
            "hoverinfo": "skip",
        },
    ]
    every = max(1, -(-(s1 - s0) // 48))
    ticks = [s for s in range(s0, s1) if (s - s0) % every == 0] if every == 1 else list(range(s0 | 1, s1, 2 * every))
    return figure(
        traces,
        alt=(
            f"Trellis of {frames} frames x {n_states} states, {COLOURS[kind]}; ln p(text | sound) = "
            f"{aligned.trellis.log_likelihood:.2f}, best path {aligned.path_score:.2f}. Target: {aligned.text}."
        ),
        x_title="Time (s)",
        y_title="State",
        home=f"{heard.key} {aligned.text}",
        xaxis=time_axis(heard),
        yaxis={
            "range": [n_states - 0.5, -0.5],
            "tickvals": ticks,
            "ticktext": [names[s] for s in ticks],
            "tickfont": {"size": 10},
        },
        margin={**MARGIN, "b": 38},
    )
