"""Pictures of "Look inside": what the network is given, all maps of a layer, its filters, one channel, the answer."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from algorithms.keyword.features import CONFIG, N_COEFFICIENTS, N_FRAMES, log_mel
from algorithms.signal.mel import mel_frequencies
from components.figure import figure, heatmap, line

from ..sound import Heard
from . import numbers
from .numbers import FRAME_S, HOP_S, Look

SIGNED = [[0, "var(--lab-c3)"], [0.5, "var(--lab-card)"], [1, "var(--lab-c2)"]]  # negative, zero, positive
MARGIN = {"l": 62, "r": 84, "t": 6, "b": 38}
BARE = {"l": 4, "r": 4, "t": 4, "b": 4}
PINNED = {"visible": False, "fixedrange": True}


def levels(z: np.ndarray, low: float, high: float) -> np.ndarray:
    """Values to uint8: `low` to 0, `high` to 255."""
    return np.round(np.clip((z - low) / max(high - low, 1e-12), 0, 1) * 255).astype(np.uint8)


def signed(z: np.ndarray, most: float, **trace: Any) -> dict[str, Any]:
    """An image of values of both signs: one colour below zero, another above, none at zero."""
    most = max(most, 1e-9)
    return heatmap(levels(z, -most, most), -most, most, **{"unit": "value", "colorscale": SIGNED, **trace})


def time_axis(heard: Heard, **more: Any) -> dict[str, Any]:
    """Layout of the time axis that the pictures of the second share."""
    axis = {"uirevision": f"{heard.clip} {heard.name}", "range": [0, 1], "automargin": False, "title": "Time (s)"}
    return {**axis, **more}


@lru_cache(maxsize=1)
def _mel_ticks() -> tuple[list[float], list[str]]:
    """Rows of the log-mel image that stand for some frequencies."""
    middle = np.asarray(mel_frequencies(CONFIG))
    hz = [200, 1000, 3000, 7000]
    return [float(np.interp(f, middle, np.arange(len(middle)))) for f in hz], [f"{f / 1000:g} kHz" for f in hz]


def given(heard: Heard) -> dict[str, Any]:
    """Draw the second three times, one below the other: samples, log-mel, the 49 x 10 MFCCs."""
    spans = heard.y.reshape(-1, 40)  # 400 columns of 2.5 ms
    shape = np.stack([spans.min(1), spans.max(1)], 1).ravel()
    mel = log_mel(heard.y).T
    low, high = float(np.percentile(mel, 1)), float(mel.max())
    coefficients = heard.mfcc.T
    columns = {"x0": FRAME_S / 2, "dx": HOP_S}
    vals, names = _mel_ticks()
    return figure(
        [
            signed(
                coefficients,
                float(np.abs(coefficients).max()),
                **columns,
                showscale=False,
                hovertemplate="%{x:.2f} s<br>coefficient %{y}<br>%{z:.2f}<extra></extra>",
            ),
            heatmap(
                levels(mel, low, high),
                low,
                high,
                **columns,
                yaxis="y2",
                showscale=False,
                hovertemplate="%{x:.2f} s<br>band %{y}<br>%{z:.1f}<extra></extra>",
            ),
            line(None, shape, x0=0, dx=1 / 800, yaxis="y3", hoverinfo="skip", line={"width": 1}),
        ],
        alt=(
            f"{heard.name}: 16000 samples become {N_FRAMES} x 40 log-mel energies and {N_FRAMES} x {N_COEFFICIENTS} "
            f"MFCCs, {16000 / coefficients.size:.0f} times fewer numbers; all that the network is given."
        ),
        home=heard.name,
        xaxis=time_axis(heard, anchor="y"),
        yaxis={"domain": [0, 0.36], "title": "MFCC", "tickvals": [0, 3, 6, 9], "fixedrange": True},
        yaxis2={"domain": [0.4, 0.8], "title": "log-mel", "tickvals": vals, "ticktext": names, "fixedrange": True},
        yaxis3={"domain": [0.84, 1], "title": "", "showticklabels": False, "fixedrange": True},
        margin={**MARGIN, "r": 16},
    )


def path(heard: Heard, seen: Look, chosen: str) -> dict[str, Any]:
    """Draw the second on its way: for each layer the mean of its channels, each in its own range."""
    names = ["mfcc", *numbers.STAGES]
    wide, high, gap = 50, 10, 6
    across = wide + gap
    whole = np.zeros((high, across * len(names)))
    for i, name in enumerate(names):
        mean = np.abs(seen.maps[name]).mean(0)
        mean = mean / max(float(mean.max()), 1e-9)
        rows = np.repeat(mean, high // mean.shape[1], 1)
        columns = np.minimum(np.arange(wide) * len(rows) // wide, len(rows) - 1)
        whole[: rows.shape[1], i * across : i * across + wide] = rows[columns].T
    note = {"showarrow": False, "yanchor": "top", "font": {"size": 10.5, "color": "var(--body-text-color)"}}
    place = names.index(chosen) * across
    shape = " to ".join("x".join(map(str, seen.maps[name].shape)) for name in ("conv", numbers.STAGES[-1]))
    return figure(
        [heatmap(levels(whole, 0, 1), 0, 1, showscale=False, hovertemplate="click to open this layer<extra></extra>")],
        alt=(
            f"{heard.name} after the input and {len(names) - 1} layers, maps of {shape} (channels x time x frequency); "
            "bright is where a layer's channels answer most on average."
        ),
        xaxis={**PINNED, "range": [-1 - gap / 2, across * len(names) - gap / 2]},
        yaxis={**PINNED, "range": [-6.5, high]},
        dragmode=False,
        margin=BARE,
        shapes=[
            *_gaps(len(names), across, wide, (-0.8, high - 0.2)),
            frame(place - 0.5, place + wide - 0.5, -0.5, high - 0.5),
        ],
        annotations=[
            {**note, "x": i * across + wide / 2, "y": -0.8, "text": numbers.short(name).replace(" ", "<br>")}
            for i, name in enumerate(names)
        ],
    )


def _gaps(count: int, across: int, wide: int, span: tuple[float, float]) -> list[dict[str, Any]]:
    """Cover what lies between small maps that stand side by side."""
    base = {"type": "rect", "line": {"width": 0}, "fillcolor": "var(--lab-card)", "y0": span[0], "y1": span[1]}
    return [{**base, "x0": i * across + wide - 0.5, "x1": (i + 1) * across - 0.5} for i in range(count)]


def frame(x0: float, x1: float, y0: float, y1: float) -> dict[str, Any]:
    """A frame around what is chosen."""
    return {"type": "rect", "x0": x0, "x1": x1, "y0": y0, "y1": y1, "line": {"color": "var(--lab-c1)", "width": 3}}


def per_row(channels: int) -> int:
    """How many small maps stand in a row."""
    return 8 if channels <= 64 else 16


def tiles(maps: np.ndarray) -> np.ndarray:
    """Maps [n, across, up] as one image, the first on top left: [rows * up, per_row * across], lowest row first."""
    n, across, up = maps.shape
    columns = per_row(n)
    rows = -(-n // columns)
    padded = np.zeros((rows * columns, across, up), maps.dtype)
    padded[:n] = maps
    grid = padded.reshape(rows, columns, across, up)[::-1]  # the image's first row is the lowest
    return grid.transpose(0, 3, 1, 2).reshape(rows * up, columns * across)


def tile_at(x: float, y: float, n: int, across: int, up: int) -> int | None:
    """Number of the small map at a place of the image `tiles` made, or None where there is none."""
    columns = per_row(n)
    rows = -(-n // columns)
    column, row = int((x + 0.5) // across), rows - 1 - int((y + 0.5) // up)
    i = row * columns + column
    return i if 0 <= column < columns and 0 <= row < rows and i < n else None


def _tiled(image: dict[str, Any], n: int, across: int, up: int, chosen: int, alt: str) -> dict[str, Any]:
    """Put an image of `tiles` into a figure with lines between the small maps and a frame around one of them."""
    columns = per_row(n)
    rows = -(-n // columns)
    line_ = {"type": "line", "line": {"color": "var(--lab-card)", "width": 3}}
    ends = {"x0": -0.5, "x1": columns * across - 0.5}, {"y0": -0.5, "y1": rows * up - 0.5}
    lines = [{**line_, **ends[1], "x0": i * across - 0.5, "x1": i * across - 0.5} for i in range(columns + 1)]
    lines += [{**line_, **ends[0], "y0": i * up - 0.5, "y1": i * up - 0.5} for i in range(rows + 1)]
    left, low = chosen % columns * across - 0.5, (rows - 1 - chosen // columns) * up - 0.5
    return figure(
        [image],
        alt=alt,
        xaxis={**PINNED, "range": [-0.7, columns * across - 0.3]},
        yaxis={**PINNED, "range": [-0.7, rows * up - 0.3]},
        dragmode=False,
        margin={**BARE, "r": 64},
        shapes=[*lines, frame(left, left + across, low, low + up)],
    )


def all_maps(heard: Heard, seen: Look, name: str, channel: int) -> dict[str, Any]:
    """Draw every activation map of a layer (time to the right, frequency upwards), the chosen channel framed."""
    maps = seen.maps[name]
    high = max(float(np.percentile(maps, 99.7)), 1e-9)
    n, t, f = maps.shape
    silent = int((maps.max((1, 2)) <= 0).sum())
    image = heatmap(
        levels(tiles(maps), 0, high), 0, high, unit="value", hovertemplate="%{z:.2f}<extra>click to open</extra>"
    )
    zero = 100 * float((maps <= 0).mean())
    alt = (
        f"{numbers.title(name).capitalize()}, {heard.name}: {n} maps of {t} steps x {f} rows. {zero:.0f} % of all "
        f"values are zero after the ReLU, {silent} channels are silent here; channel {channel} is framed."
    )
    return _tiled(image, n, t, f, channel, alt)


def all_filters(seen: Look, name: str, channel: int) -> dict[str, Any]:
    """Draw a layer's weights: small kernels of a convolution, or the matrix of a pointwise one."""
    layer, weight = seen.layer(name), seen.weight[name]
    most = float(np.percentile(np.abs(weight), 99.5))
    if layer.kind == "pointwise":
        n = len(weight)
        image = signed(
            weight[:, :, 0, 0], most, hovertemplate="from channel %{x} to channel %{y}<br>%{z:.3f}<extra></extra>"
        )
        return figure(
            [image],
            alt=(
                f"{numbers.title(name).capitalize()}: {n} x {n} weights; each row makes one channel out of all, at "
                f"every place alike. The row of channel {channel} is framed."
            ),
            x_title="Channel that goes in",
            y_title="Channel that comes out",
            xaxis={"range": [-0.5, n - 0.5], "fixedrange": True},
            yaxis={"range": [n - 0.5, -0.5], "fixedrange": True},
            dragmode=False,
            margin={**MARGIN, "r": 64},
            shapes=[frame(-0.5, n - 0.5, channel - 0.5, channel + 0.5)],
        )
    kernels = weight[:, 0]  # [n, k_t, k_f]: time to the right, frequency upwards
    image = signed(tiles(kernels), most, hovertemplate="%{z:.3f}<extra>click to open</extra>")
    n, t, f = kernels.shape
    alt = (
        f"{numbers.title(name).capitalize()}: {n} kernels of {t} steps in time x {f} in frequency, weights from "
        f"{weight.min():.2f} to {weight.max():.2f}; channel {channel} is framed."
    )
    return _tiled(image, n, t, f, channel, alt)


def source(seen: Look, name: str, channel: int) -> tuple[np.ndarray, str]:
    """The map that a channel is made from, and its name; of a pointwise one the input that counts most."""
    layer, before = seen.layer(name), seen.before(name)
    maps = seen.maps[before]
    if layer.kind == "conv":
        return maps[0], "the MFCCs"
    if layer.kind == "depthwise":
        return maps[channel], f"channel {channel} of {numbers.title(before)}"
    weights = seen.weight[name][channel, :, 0, 0]
    most = int((np.abs(weights) * maps.mean((1, 2))).argmax())
    return maps[
        most
    ], f"channel {most} of {numbers.title(before)}, which counts most here (weight {weights[most]:+.2f})"


def one_channel(heard: Heard, seen: Look, name: str, channel: int, at: tuple[int, int]) -> dict[str, Any]:
    """Draw what goes into a channel and what comes out, on the sound's time; the chosen cell is framed."""
    layer = seen.layer(name)
    before, words = source(seen, name, channel)
    out = seen.maps[name][channel]
    (b0, bd), (x0, dx) = seen.times(seen.before(name)), seen.times(name)
    hover = "%{x:.2f} s, row %{y}<br>%{z:.2f}<extra></extra>"
    high = max(float(out.max()), 1e-9)
    top = {"x0": b0, "dx": bd, "yaxis": "y2", "showscale": False, "hovertemplate": hover}
    most = max(float(np.abs(before).max()), 1e-9)
    upper = (
        signed(before.T, most, **top) if layer.kind == "conv" else heatmap(levels(before.T, 0, most), 0, most, **top)
    )
    t, f = at
    k_t, k_f = layer.kernel
    first_t, first_f = t * layer.stride[0] - layer.padding[0], f * layer.stride[1] - layer.padding[1]
    left, low = b0 + (first_t - 0.5) * bd, first_f - 0.5
    note = {"showarrow": False, "xref": "paper", "yref": "paper", "x": 0, "xanchor": "left", "yanchor": "bottom"}
    return figure(
        [heatmap(levels(out.T, 0, high), 0, high, unit="value", x0=x0, dx=dx, hovertemplate=hover), upper],
        alt=(
            f"{numbers.title(name).capitalize()}, channel {channel}, made from {words}: largest {out.max():.2f}. The "
            f"chosen cell at {x0 + t * dx:.2f} s, row {f}, is {out[t, f]:.2f}. One value here has heard "
            f"{1000 * seen.heard_s(name):.0f} ms of sound."
        ),
        home=heard.name,
        xaxis=time_axis(heard, anchor="y"),
        yaxis={"domain": [0, 0.4], "title": "out", "fixedrange": True, "nticks": 5},
        yaxis2={"domain": [0.52, 0.92], "title": "in", "fixedrange": True, "nticks": 5},
        margin=MARGIN,
        shapes=[
            frame(x0 + (t - 0.5) * dx, x0 + (t + 0.5) * dx, f - 0.5, f + 0.5),
            {**frame(left, left + k_t * bd, low, low + k_f), "yref": "y2"},
        ],
        annotations=[
            {**note, "y": 0.93, "text": f"In: {words}"},
            {**note, "y": 0.41, "text": f"Out: channel {channel} of {numbers.title(name)}, after its ReLU"},
        ],
    )
