"""Part 2: the text encoder: six layers of attention, and the prior that comes out for each token."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from components.figure import Figure, figure, heatmap, line
from components.lesson import Fields, On, Part, Visit
from components.page import text
from models.tts.vits import CHANNELS, HEADS, LAYERS

from .drawing import MARGIN, levels, token_names
from .speech import Spoken, voice_numbers

if TYPE_CHECKING:
    from .page import Scene

GAP = 4  # cells between two small maps
WINDOW = 4  # tokens to each side for which the attention has learned positions
TEXT = r"""
**Six transformer layers read the whole sentence at once.** Each token asks every other one with
$\text{softmax}(qk^\top / \sqrt{96})$ in two heads of 96 values; learned vectors for distances of up to four tokens
tell near from far (relative positions, Shaw et al. 2018). So the same ``ə`` gets a different prior before a pause and
inside a word. A map says where values were taken from, not why.

**The encoder says what each token should be like, and how sure it is.** For each token it gives a mean $\mu_i$ and a
standard deviation $\sigma_i$ in each of 192 channels. All frames of one token share them: the prior alone is a
staircase. What moves *within* a token comes from the flow, whose convolutions see the neighbours.

**Nothing here knows of time or of sound.** There is one column a token, not a frame; duration and noise come later.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    parts["maps"] = Figure("All six layers, two heads each", height=300, hint="click one")
    with gr.Row(elem_classes="lab-row"):
        parts["layer"] = gr.Slider(1, LAYERS, 1, step=1, label="Layer")
        parts["head"] = gr.Slider(1, HEADS, 1, step=1, label="Head")
    parts["token"] = gr.Number(-1, visible="hidden", minimum=-1, maximum=1200, step=1, precision=0)
    parts["attention"] = Figure("Attention of one head", height=460, hint="click a token that looks")
    parts["looks"] = gr.HTML("", apply_default_css=False)
    parts["means"] = Figure("What each token should be like: its mean", height=300)
    parts["sigmas"] = Figure("How sure of it: its standard deviation", height=200)
    text(TEXT)
    return parts


def chosen(spoken: Spoken, asked: Any) -> int:
    """Return the token whose attention is told: the one that was clicked, else the first stressed or the third one."""
    at, n = int(asked), len(spoken.script.tokens.ids)
    if 0 <= at < n:
        return at
    stressed = [i for i, s in enumerate(spoken.script.tokens.symbols) if s == "ˈ"]
    return stressed[0] + 2 if stressed else min(2, n - 1)


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    spoken = scene.spoken
    if spoken.inside is None:
        return {}
    layer, head = int(fields["layer"]) - 1, int(fields["head"]) - 1
    at = chosen(spoken, fields["token"])
    drawn = {
        "attention": one_head(spoken, layer, head, at),
        "looks": told(spoken, layer, head, at),
        "maps": all_heads(spoken, layer, head),
    }
    if fields.moved not in ("layer", "head", "token"):
        drawn |= {"means": means(spoken), "sigmas": sigmas(spoken)}
    return drawn


def _small(map_: np.ndarray, most: int = 64) -> np.ndarray:
    """Take the largest of neighbouring cells until a map is at most `most` cells wide."""
    n = len(map_)
    if n <= most:
        return map_
    starts = np.arange(most) * n // most
    return np.maximum.reduceat(np.maximum.reduceat(map_, starts, axis=0), starts, axis=1)


def _relative(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(rows.max(-1, keepdims=True), 1e-9)


def all_heads(spoken: Spoken, layer: int, head: int) -> dict[str, Any]:
    """Draw small maps: a column a layer, a row a head; the chosen one is framed."""
    attention = spoken.inside.states.attention
    tiles = [[_small(_relative(attention[i, h])).T for i in range(LAYERS)] for h in range(HEADS)]
    size = len(tiles[0][0])
    step = size + GAP
    whole = np.zeros((HEADS * step - GAP, LAYERS * step - GAP))
    for h in range(HEADS):
        for i in range(LAYERS):
            whole[(HEADS - 1 - h) * step :, i * step :][:size, :size] = tiles[h][i]
    far = distances(attention)
    x0, y0 = layer * step - 0.5, (HEADS - 1 - head) * step - 0.5
    frame = {"type": "rect", "x0": x0 - 1, "x1": x0 + size + 1, "y0": y0 - 1, "y1": y0 + size + 1}
    return figure(
        [
            heatmap(
                levels(whole, 0, 1),
                0,
                1,
                unit="share",
                showscale=False,
                hovertemplate="click to choose this head<extra></extra>",
            )
        ],
        alt=" ".join(
            f"Layer {i + 1}, head {h + 1}: looks {far[i, h]:.1f} tokens away on average."
            for i in range(LAYERS)
            for h in range(HEADS)
        ),
        xaxis={
            "tickvals": [i * step + size / 2 for i in range(LAYERS)],
            "ticktext": [f"layer {i + 1}" for i in range(LAYERS)],
            "fixedrange": True,
            "showgrid": False,
        },
        yaxis={
            "tickvals": [(HEADS - 1 - h) * step + size / 2 for h in range(HEADS)],
            "ticktext": [f"head {h + 1}" for h in range(HEADS)],
            "fixedrange": True,
            "showgrid": False,
        },
        dragmode=False,
        shapes=[{**frame, "line": {"color": "var(--lab-c2)", "width": 3}}],
        margin={"l": 56, "r": 12, "t": 8, "b": 30},
    )


def distances(attention: np.ndarray) -> np.ndarray:
    """Mean distance in tokens that each head looks, float [layers, heads], of attention [layers, heads, T, T]."""
    n = attention.shape[-1]
    apart = np.abs(np.arange(n)[:, None] - np.arange(n))
    return (attention * apart).sum(-1).mean(-1)


def one_head(spoken: Spoken, layer: int, head: int, at: int) -> dict[str, Any]:
    """Draw one head's map: across, the token that looks; up, where it looks."""
    map_, names = spoken.inside.states.attention[layer, head], token_names(spoken)
    far = float(distances(spoken.inside.states.attention)[layer, head])
    near = float(np.trace(map_) / len(map_))
    ticks = [i for i, s in enumerate(spoken.script.tokens.symbols) if s != "_"]
    ticks = ticks[:: max(1, len(ticks) // 44)]
    axis = {"tickvals": ticks, "ticktext": [names[i] for i in ticks], "tickfont": {"size": 11}, "tickangle": 0}
    mark = {"type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1}
    return figure(
        [
            heatmap(
                levels(_relative(map_).T, 0, 1),
                0,
                1,
                unit="share",
                rowtext=[f"to token {i}: {s}" for i, s in enumerate(names)],
                hovertemplate="from token %{x}<br>%{text}<br>%{z:.2f} of its largest<extra></extra>",
            )
        ],
        alt=(
            f"Layer {layer + 1}, head {head + 1}: a token looks {far:.1f} tokens away on average and gives itself "
            f"{100 * near:.0f} % of its attention."
        ),
        x_title="The token that looks",
        y_title="Where it looks",
        home=f"{spoken.wish.text} {layer} {head}",
        xaxis=axis,
        yaxis=axis,
        shapes=[{**mark, "line": {"color": "#37c1b1", "width": 1.5, "dash": "dot"}}],
        margin=MARGIN,
    )


def told(spoken: Spoken, layer: int, head: int, at: int) -> str:
    """Say where one token looks most, as HTML."""
    row, names = spoken.inside.states.attention[layer, head, at], token_names(spoken)
    top = np.argsort(-row, kind="stable")[:4]
    parts = ", ".join(f"{escape(names[i])} ({_away(int(i) - at)}) {100 * row[i]:.0f} %" for i in top)
    width = voice_numbers()["text"] / 1e6
    return (
        f'<p class="lab-sentence">Token {at}, <strong>{escape(names[at])}</strong>, looks most to {parts}. Text '
        f"encoder and duration predictor together have {width:.1f} million weights.</p>"
    )


def _away(steps: int) -> str:
    return "itself" if steps == 0 else f"{abs(steps)} {'after' if steps > 0 else 'before'}"


def _token_axis(spoken: Spoken) -> dict[str, Any]:
    names = token_names(spoken)
    ticks = [i for i, s in enumerate(spoken.script.tokens.symbols) if s != "_"]
    ticks = ticks[:: max(1, len(ticks) // 60)]
    return {"tickvals": ticks, "ticktext": [names[i] for i in ticks], "tickangle": 0, "tickfont": {"size": 11}}


def means(spoken: Spoken) -> dict[str, Any]:
    """Draw the prior's means: tokens across, channels up."""
    z, names = spoken.inside.states.mean, token_names(spoken)
    edge = float(np.percentile(np.abs(z), 99))
    return figure(
        [
            heatmap(
                levels(z, -edge, edge),
                -edge,
                edge,
                unit="mean",
                hovertemplate="token %{x}<br>channel %{y}<br>%{z:.2f}<extra></extra>",
            )
        ],
        alt=(
            f"Prior means of {len(names)} tokens in {CHANNELS} channels, from {z.min():.1f} to {z.max():.1f}; their "
            f"spread is {z.std():.2f}."
        ),
        x_title="Token (· is a blank)",
        y_title="Channel",
        home=spoken.wish.text,
        xaxis=_token_axis(spoken),
        margin=MARGIN,
    )


def sigmas(spoken: Spoken) -> dict[str, Any]:
    """Draw each token's standard deviation, averaged over the channels."""
    sigma = np.exp(spoken.inside.states.log_sigma).mean(0)
    names = token_names(spoken)
    surest, loosest = int(sigma.argmin()), int(sigma.argmax())
    return figure(
        [line(np.arange(len(sigma)), sigma, mode="lines+markers", marker={"size": 4})],
        alt=(
            f"Mean standard deviation {sigma.mean():.2f}: surest at token {surest} ({names[surest]}) with "
            f"{sigma[surest]:.2f}, loosest at token {loosest} ({names[loosest]}) with {sigma[loosest]:.2f}."
        ),
        x_title="Token (· is a blank)",
        y_title="Mean σ",
        home=spoken.wish.text,
        xaxis=_token_axis(spoken),
        yaxis={"rangemode": "tozero"},
        margin=MARGIN,
    )


def map_picked(visit: Visit) -> dict[str, Any]:
    """Choose the layer and head whose small map was clicked."""
    n = min(len(visit.scene.spoken.script.tokens.ids), 64) + GAP
    layer, head = int(visit.event.x // n) + 1, HEADS - int(visit.event.y // n)
    return {"layer": min(max(layer, 1), LAYERS), "head": min(max(head, 1), HEADS)}


def token_picked(visit: Visit) -> dict[str, Any]:
    """Choose the token that looks."""
    return {"token": min(max(round(float(visit.event.x)), 0), len(visit.scene.spoken.script.tokens.ids) - 1)}


PART = Part(
    slug="encoder",
    title="2 Text encoder",
    draw=draw,
    show=show,
    fields=("layer", "head", "token"),
    on=(
        On(component="maps", event="pick", handler=map_picked, redraw="layer"),
        On(component="attention", event="pick", handler=token_picked, redraw="token"),
    ),
    forget={"text": {"token": -1}, "ipa": {"token": -1}},
)
