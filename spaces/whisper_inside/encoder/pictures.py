"""Pictures of part 2: stages with their costs, convolutions, positions, attention of all heads and of one."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from algorithms.whisper import maps as whisper_maps
from components.figure import figure, heatmap, line

from ..drawing import levels, pooled, time_axis
from ..sound import Heard
from . import states as numbers
from .states import POSITION_S

MARGIN = {"l": 62, "r": 84, "t": 8, "b": 38}
CHANNELS = 32  # of the convolutions that are drawn: those that vary most
TILE, GAP = 64, 6  # cells of a small map, and between two


def stages(heard: Heard) -> str:
    """Every stage of the encoder with shape, parameters and cost, as HTML; bars show its share of the cost."""
    net = heard.model.net
    found = whisper_maps.encoder_stages(net)
    macs, parameters = sum(s.macs for s in found), sum(s.parameters for s in found)
    width = net.width
    notes = {
        "conv1": f"width 3, 80 → {width}, then GELU: each column with its two neighbours, 10 ms a step",
        "conv2": f"width 3, {width} → {width}, stride 2, then GELU: half as many steps, 20 ms each",
        "positions": "sinusoids are added: fixed, not learned",
        "norm": "the decoder attends to these",
    }
    layer = f"{net.heads} heads of 64: every step looks at all 1500; then {width} → {4 * width} → {width}"
    rows = [("log-mel", (3000, 80), 0, 0, "80 bands every 10 ms")]
    rows += [(s.name, s.shape, s.parameters, s.macs, notes.get(s.name, layer)) for s in found]
    body = "".join(
        f"<tr><td>{escape(name)}</td><td>{shape[0]} × {shape[1]}</td><td>{count or '–':{',' if count else ''}}</td>"
        f"<td class='wi-cost'><i style='width:{100 * cost / macs:.1f}%'></i>{_millions(cost)}</td>"
        f"<td>{escape(what)}</td></tr>"
        for name, shape, count, cost, what in rows
    )
    token = whisper_maps.decoder_token_macs(net)
    share = 2 * 1500 * 1500 * width * len(net.encoder.layers) / macs
    return (
        '<div class="lab-scroll"><table class="lab-table wi-stages"><thead><tr><th>Stage</th><th>Output (time × values)'
        "</th><th>Parameters</th><th>Multiply-adds a window</th><th>What it does</th></tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
        f'<p class="lab-sentence">Together <strong>{parameters / 1e6:.1f} million</strong> of the model’s '
        f"{heard.model.parameters / 1e6:.1f} million learned parameters and <strong>{macs / 1e9:.1f} billion</strong> "
        f"multiply-adds, for a word as for 30 s of talk. {100 * share:.0f} % of them compare every step with every "
        f"other (2 × 1500² × {width} in each layer). One token of the decoder costs {token / 1e6:.0f} million more: "
        f"{macs / token:.0f} tokens cost as much as the encoder.</p>"
    )


def _millions(macs: int) -> str:
    return f"{macs / 1e6:,.0f} M" if macs else "–"


def convolution(heard: Heard, which: str) -> dict[str, Any]:
    """Draw the output of ``conv1`` or ``conv2`` over the sound: its channels that vary most, liveliest on top."""
    step = 0.01 if which == "conv1" else POSITION_S
    n = heard.listened.positions * (2 if which == "conv1" else 1)
    x = getattr(heard.listened.states, which)[:n].numpy().T  # [width, n]
    chosen = np.argsort(x.std(1))[-CHANNELS:]
    small, group = pooled(x[chosen], 600)
    low, high = float(small.min()), float(np.percentile(small, 99.5))
    zero = 100 * float((np.abs(x) < 0.17).mean())
    return figure(
        [
            heatmap(
                levels(small, low, high),
                low,
                high,
                unit="value",
                x0=step * group / 2,
                dx=step * group,
                rowtext=[f"channel {i}" for i in chosen],
                hovertemplate="%{x:.2f} s<br>%{text}<br>%{z:.2f}<extra></extra>",
            )
        ],
        alt=(
            f"{which}: {n} steps of {1000 * step:.0f} ms in the sound, {CHANNELS} of {len(x)} channels. "
            f"{zero:.0f} % of all values lie within 0.17 of zero."
        ),
        y_title="Channel",
        home=str(heard.window.key),
        xaxis=time_axis(heard.window, heard.listened.positions * POSITION_S),
        yaxis={"showticklabels": False},
        margin=MARGIN,
    )


def sinusoids(heard: Heard) -> dict[str, Any]:
    """Draw the positions that are added: time against the number of the value."""
    table = heard.model.net.encoder.embed_positions.weight.numpy().T  # [width, 1500]
    half = len(table) // 2
    return figure(
        [
            heatmap(
                levels(table[:, ::3], -1, 1),
                -1,
                1,
                unit="value",
                x0=0,
                dx=3 * POSITION_S,
                hovertemplate="%{x:.2f} s<br>value %{y:.0f}<br>%{z:.2f}<extra></extra>",
            )
        ],
        alt=(
            f"1500 positions x {len(table)} values: {half} sines below, {half} cosines above, from a period of 0.13 s "
            f"to one of {2 * np.pi * 10_000 * POSITION_S:.0f} s."
        ),
        x_title="Time (s)",
        y_title="Number of the value",
        x_range=(0, 30),
        shapes=[
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": half - 0.5, "y1": half - 0.5}
            | {"line": {"color": "#fff", "width": 1}}
        ],
        margin=MARGIN,
    )


def position_products(heard: Heard) -> dict[str, Any]:
    """Draw the dot product of two positions against the time between them."""
    table = heard.model.net.encoder.embed_positions.weight.numpy()
    products = table @ table[750]
    apart = (np.arange(1500) - 750) * POSITION_S
    own = float(products[750])
    at = {s: float(products[750 + round(s / POSITION_S)]) for s in (0.1, 1, 10)}
    return figure(
        [
            line(
                apart.astype(np.float32),
                products,
                hovertemplate="%{x:.2f} s apart<br>%{y:.0f}<extra></extra>",
            )
        ],
        alt=(
            f"Dot product of two positions: {own:.0f} with itself, "
            + ", ".join(f"{v:.0f} at {s:g} s" for s, v in at.items())
            + " apart. It depends on the distance alone."
        ),
        x_title="Time between two positions (s)",
        y_title="Dot product",
        margin=MARGIN,
    )


def _relative(weights: np.ndarray) -> np.ndarray:
    return weights / np.maximum(weights.max(-1, keepdims=True), 1e-12)


def heads(heard: Heard, layer: int, head: int) -> dict[str, Any]:
    """Draw a small map of every head of a layer (both from 0), side by side; the chosen one is framed."""
    n = heard.listened.positions
    weights = numbers.attention(heard, layer)[:, :, :n]
    habits = numbers.habits(heard, layer)
    count = len(weights)
    whole = np.zeros((TILE, count * (TILE + GAP) - GAP))
    for i, map_ in enumerate(weights):
        rows = _cut(_relative(_cut(map_, TILE, 1)), TILE, 0)  # columns first: the sum over a stretch of sound
        whole[: rows.shape[1], i * (TILE + GAP) : i * (TILE + GAP) + rows.shape[0]] = rows.T
    note = {"showarrow": False, "yanchor": "top", "font": {"size": 11, "color": "var(--body-text-color)"}}
    size = min(TILE, n)
    return figure(
        [
            heatmap(
                levels(whole, 0, 1),
                0,
                1,
                unit="share",
                showscale=False,
                rowtext=None,
                hovertemplate="click to choose this head<extra></extra>",
            )
        ],
        alt=f"Layer {layer + 1}: {count} heads. "
        + " ".join(
            f"Head {i}: looks {far:.2f} s away on average, {100 * fill:.0f} % into the filling."
            for i, (far, fill) in enumerate(habits, 1)
        ),
        xaxis={"visible": False, "fixedrange": True, "range": [-1, whole.shape[1]]},
        yaxis={"visible": False, "fixedrange": True, "range": [-19, TILE]},
        dragmode=False,
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
        shapes=[
            {"type": "rect", "x0": head * (TILE + GAP) - 1, "x1": head * (TILE + GAP) + size, "y0": -1, "y1": size}
            | {"line": {"color": "var(--lab-c2)", "width": 3}}
        ],
        annotations=[
            {**note, "x": i * (TILE + GAP) + TILE / 2, "y": -2, "text": f"head {i + 1}<br>{far:.1f} s away"}
            for i, (far, _) in enumerate(habits)
        ],
    )


def _cut(z: np.ndarray, most: int, axis: int) -> np.ndarray:
    """Average stretches of an axis until at most `most` cells are left."""
    n = z.shape[axis]
    if n <= most:
        return z
    starts = np.arange(most) * n // most
    sizes = np.diff(np.append(starts, n))
    return np.add.reduceat(z, starts, axis=axis) / (sizes[:, None] if axis == 0 else sizes)


def attention_map(heard: Heard, layer: int, head: int, at: int) -> dict[str, Any]:
    """Draw one head's map: across, the moment that looks; up, where it looks."""
    n, rows = heard.listened.positions, numbers.positions(heard)
    group = int(rows[1] - rows[0]) if len(rows) > 1 else 1
    z = np.add.reduceat(numbers.attention(heard, layer)[head][:, :n], np.arange(0, n, group), axis=1)
    far, fill = numbers.habits(heard, layer)[head]
    place = {"x0": 0.5 * POSITION_S, "dx": group * POSITION_S, "y0": group * POSITION_S / 2, "dy": group * POSITION_S}
    return figure(
        [
            heatmap(
                levels(_relative(z).T, 0, 1),
                0,
                1,
                unit="share",
                **place,
                hovertemplate="at %{x:.2f} s it looks to %{y:.2f} s<br>%{z:.2f} of its largest<extra></extra>",
            )
        ],
        alt=(
            f"Layer {layer + 1}, head {head + 1}: on average it looks {far:.2f} s away; {100 * fill:.0f} % of its "
            f"attention goes to the filling behind the sound. Shown: {n} of 1500 positions."
        ),
        x_title="The moment that looks (s)",
        y_title="Where it looks (s)",
        home=f"{heard.window.key} {layer} {head}",
        xaxis=time_axis(heard.window, n * POSITION_S),
        yaxis={"range": [0, n * POSITION_S]},
        margin=MARGIN,
        shapes=[_mark(at * POSITION_S)],
    )


def _mark(x: float) -> dict[str, Any]:
    shape = {"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1}
    return shape | {"line": {"color": "#37c1b1", "width": 1.5, "dash": "dot"}}


def mel_trace(heard: Heard) -> dict[str, Any]:
    """The sound's log-mel as a backdrop for what is drawn over it."""
    n = heard.listened.positions
    z, group = pooled(heard.listened.states.mel[:, : 2 * n].numpy(), 600)
    low, high = float(z.min()), float(z.max())
    return heatmap(
        levels(z, low, high),
        low,
        high,
        x0=0.005 * group,
        dx=0.01 * group,
        showscale=False,
        hovertemplate="%{x:.2f} s<extra></extra>",
    )


def looks(heard: Heard, layer: int, head: int, at: int) -> dict[str, Any]:
    """Draw where one moment looks, over the log-mel."""
    n = heard.listened.positions
    weights = whisper_maps.attention_rows(heard.model.net, heard.listened.states, layer, [at])[head, 0]
    top = int(weights[:n].argmax())
    return figure(
        [
            mel_trace(heard),
            line(
                None,
                100 * weights[:n],
                x0=POSITION_S / 2,
                dx=POSITION_S,
                yaxis="y2",
                color="#37c1b1",
                line={"width": 2},
                hovertemplate="%{x:.2f} s<br>%{y:.2f} % of the attention<extra></extra>",
            ),
        ],
        alt=(
            f"At {at * POSITION_S:.2f} s, head {head + 1} of layer {layer + 1} looks most to {top * POSITION_S:.2f} s "
            f"({100 * weights[top]:.1f} %), and {100 * weights[n:].sum():.0f} % of its attention goes to the filling."
        ),
        x_title="Time (s)",
        y_title="Mel band",
        home=str(heard.window.key),
        xaxis=time_axis(heard.window, n * POSITION_S),
        yaxis={"fixedrange": True},
        yaxis2={
            "overlaying": "y",
            "side": "right",
            "title": "Attention (%)",
            "rangemode": "tozero",
            "tickmode": "auto",
            "nticks": 4,
            "showgrid": False,
            "fixedrange": True,
        },
        margin=MARGIN,
        shapes=[_mark(at * POSITION_S)],
    )
