"""Part 2: look inside: the input, every layer's maps and filters on the reader's own word, the answer, the cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from components.figure import Figure
from components.lesson import Fields, On, Part, Visit
from components.page import text

from ..sound import Heard
from . import answer as answers
from . import cards, numbers, pictures

if TYPE_CHECKING:
    from ..page import Scene

VIEWS = {
    "input": "The way through",
    "maps": "Activation maps",
    "filters": "Filters",
    "answer": "Where the answer comes from",
    "cost": "What it costs",
}
FIELDS = ("in_view", "in_layer", "in_channel", "in_cell", "in_class", "in_kernel", "in_width")
COLUMNS = ("input", "pick", "maps", "filters", "one", "answer", "cost")
CLOCK = "keyword_spotting"
SHOWN = {  # the columns that a view opens
    "input": ("input",),
    "maps": ("pick", "maps", "one"),
    "filters": ("pick", "filters", "one"),
    "answer": ("answer",),
    "cost": ("cost",),
}

TEXT_INPUT = r"""
The network never sees the waveform. Frames of 40 ms every 20 ms become 40 mel bands, and a cosine transform keeps the
first ten numbers of each: the coarse shape of the spectrum. The lowest row is roughly the loudness; the fine structure
of the voice's pitch is gone, and with it three quarters of the numbers. A recogniser with millions of weights takes the
log-mel picture itself, for it can afford to find out what to ignore.
"""
TEXT_MAPS = r"""
Each small picture is one channel: one question asked at every place of the input, time to the right, frequency upwards.
Bright means *yes, here*; black is zero, to which the ReLU sets everything negative. Early layers react to onsets and to
tilts of the spectrum, late ones to longer stretches, for each value of a layer has heard more of the sound than one of
the layer before.
"""
TEXT_FILTERS = r"""
A **depthwise** layer has one 3 × 3 kernel for each channel, which sees no other; a **pointwise** layer has no extent in
time or frequency and only mixes the channels. A kernel with one orange and one blue side detects change: an onset or an
end where the sides lie beside each other, a rise or a fall of the spectrum where one lies above the other.
"""
TEXT_ANSWER = r"""
After the last map there are only a mean and a weighted sum, both linear. So each class's logit (its score before the
softmax) can be laid out over time without any approximation:
$\text{logit}_k = \frac{1}{TF}\sum_{t,f}\big(b_k + \sum_c w_{k,c}\,a_c(t,f)\big)$. This is class activation mapping
(Zhou et al. 2016). It says at which moments of the last map the class collects its points, and a value there has heard
more than half a second around it.
"""
TEXT_COST = r"""
A standard convolution does two things at once: it looks around *and* mixes all channels, so its cost is the product of
both. A depthwise separable one does first the one and then the other, and its cost is nearly the sum.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    parts["in_view"] = gr.Radio(
        [(title, slug) for slug, title in VIEWS.items()],
        value="input",
        label="View of the network",
        show_label=False,
        elem_classes=["lab-chips", "kwi-views"],
    )
    with gr.Column(elem_classes="kwi-hidden"):  # set by clicks; -1: the liveliest
        for name, most in (("in_channel", 171), ("in_cell", 1000), ("in_class", 11)):
            parts[name] = gr.Number(-1, minimum=-1, maximum=most, precision=0)
    with gr.Column() as parts["in_column_input"]:
        parts["in_given"] = Figure("What the network is given", clock=CLOCK, height=290)
        parts["in_path"] = Figure("What the layers make of it", height=130, hint="click a layer to open it")
        text(TEXT_INPUT)
    with gr.Column(visible=False) as parts["in_column_pick"]:
        parts["in_layer"] = gr.Radio(
            [(numbers.title(name), name) for name in numbers.STAGES],
            value="conv",
            label="Layer",
            show_label=False,
            elem_classes=["lab-chips", "kwi-layers"],
        )
    with gr.Column(visible=False) as parts["in_column_maps"]:
        parts["in_maps"] = Figure("All maps of this layer", height=300, hint="click one to open it below")
        text(TEXT_MAPS)
    with gr.Column(visible=False) as parts["in_column_filters"]:
        parts["in_filters"] = Figure("All filters of this layer", height=330, hint="click one to open it below")
        text(TEXT_FILTERS)
    with gr.Column(visible=False) as parts["in_column_one"]:
        parts["in_said"] = gr.HTML("", apply_default_css=False)
        parts["in_one"] = Figure("One channel", clock=CLOCK, height=250, hint="click a cell of the lower map")
        parts["in_card"] = gr.HTML("", apply_default_css=False)
    with gr.Column(visible=False) as parts["in_column_answer"]:
        parts["in_answer"] = Figure(
            "Where each class collects its points", clock=CLOCK, height=300, hint="click a class"
        )
        parts["in_found"] = gr.HTML("", apply_default_css=False)
        parts["in_votes"] = Figure("Which channels speak for this class", height=190, hint="click a bar to see its map")
        text(TEXT_ANSWER)
    with gr.Column(visible=False) as parts["in_column_cost"]:
        parts["in_costs"] = Figure("Where the work is", height=280)
        gr.HTML(cards.key(cards.COST_KEY), apply_default_css=False)
        text(TEXT_COST)
        with gr.Row():
            parts["in_kernel"] = gr.Slider(1, 11, 3, step=2, label="Kernel k × k", min_width=240)
            parts["in_width"] = gr.Slider(8, 512, 64, step=4, label="Channels C (S has 64, M 172)", min_width=240)
        parts["in_formula"] = gr.HTML("", apply_default_css=False)
        parts["in_table"] = gr.HTML("", apply_default_css=False)
    return parts


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the part shows; what did not move stays."""
    view, heard = fields["in_view"], scene.heard
    values: dict[str, Any] = {}
    if fields.changed("part", "in_view"):
        values = {f"in_column_{name}": gr.update(visible=name in SHOWN[view]) for name in COLUMNS}
    drawing = {"input": _input, "maps": _layer, "filters": _layer, "answer": _answer, "cost": _cost}[view]
    return values | drawing(heard, numbers.look(heard), fields)


def _input(heard: Heard, seen: numbers.Look, fields: Fields) -> dict[str, Any]:
    return {"in_given": pictures.given(heard), "in_path": pictures.path(heard, seen, fields["in_layer"])}


def _layer(heard: Heard, seen: numbers.Look, fields: Fields) -> dict[str, Any]:
    name = fields["in_layer"]
    channel = numbers.channel_of(seen, name, int(fields["in_channel"]))
    at = numbers.cell_of(seen, name, channel, int(fields["in_cell"]))
    drawn = {
        "in_one": pictures.one_channel(heard, seen, name, channel, at),
        "in_card": cards.cell_card(seen, name, channel, at),
    }
    if fields.moved == "in_cell":
        return drawn
    if fields["in_view"] == "maps":
        drawn["in_maps"] = every = pictures.all_maps(heard, seen, name, channel)
    else:
        drawn["in_filters"] = every = pictures.all_filters(seen, name, channel)
    return {"in_said": cards.said(every), **drawn}


def _answer(heard: Heard, seen: numbers.Look, fields: Fields) -> dict[str, Any]:
    label = int(fields["in_class"])
    label = label if 0 <= label < len(seen.labels) else int(heard.probs.argmax())
    votes = answers.channel_votes(seen, label)
    return {"in_answer": answers.answer(heard, seen, label), "in_found": cards.said(votes), "in_votes": votes}


def _cost(_heard: Heard, seen: numbers.Look, fields: Fields) -> dict[str, Any]:
    drawn = {"in_formula": cards.cost_formula(seen, int(fields["in_kernel"]), int(fields["in_width"]))}
    if fields.moved in ("in_kernel", "in_width"):
        return drawn
    return {"in_costs": cards.cost_figure(seen), "in_table": cards.cost_table(seen), **drawn}


# Clicks on pictures: x and y are axis values.


def _opened(layer: str, channel: int) -> dict[str, Any]:
    return {"in_view": "maps", "in_layer": layer, "in_channel": channel, "in_cell": -1}


def picked_layer(visit: Visit) -> dict[str, Any]:
    """Open a layer of the way through."""
    at = min(max(int((float(visit.event.x) + 3) // 56) - 1, 0), len(numbers.STAGES) - 1)
    return _opened(numbers.STAGES[at], -1)


def _channel(found: int | None) -> dict[str, Any]:
    return {} if found is None else {"in_channel": found, "in_cell": -1}


def picked_map(visit: Visit) -> dict[str, Any]:
    """Choose a channel by its map."""
    n, t, f = numbers.look(visit.scene.heard).maps[visit.fields["in_layer"]].shape
    return _channel(pictures.tile_at(float(visit.event.x), float(visit.event.y), n, t, f))


def picked_filter(visit: Visit) -> dict[str, Any]:
    """Choose a channel by its filter: a row of a pointwise layer, a small picture elsewhere."""
    seen, name = numbers.look(visit.scene.heard), visit.fields["in_layer"]
    if seen.layer(name).kind == "pointwise":
        return _channel(round(float(visit.event.y)))
    n, _, k_t, k_f = seen.weight[name].shape
    return _channel(pictures.tile_at(float(visit.event.x), float(visit.event.y), n, k_t, k_f))


def picked_cell(visit: Visit) -> dict[str, Any]:
    """Choose a cell of the lower map."""
    if int(visit.event.curve) != 0:
        return {}
    seen, name = numbers.look(visit.scene.heard), visit.fields["in_layer"]
    _, t, f = seen.maps[name].shape
    x0, dx = seen.times(name)
    column = min(max(round((float(visit.event.x) - x0) / dx), 0), t - 1)
    return {"in_cell": column * f + min(max(round(float(visit.event.y)), 0), f - 1)}


def picked_class(visit: Visit) -> dict[str, Any]:
    """Choose a class by its row."""
    labels = numbers.look(visit.scene.heard).labels
    return {"in_class": min(max(round(float(visit.event.y)), 0), len(labels) - 1)}


def picked_vote(visit: Visit) -> dict[str, Any]:
    """Open the last map's channel that was clicked."""
    return _opened(numbers.look(visit.scene.heard).before("pool"), int(visit.event.x))


PART = Part(
    slug="inside",
    title="2 Look inside",
    draw=draw,
    show=show,
    fields=FIELDS,
    on=(
        On(component="in_path", event="pick", handler=picked_layer, redraw="in_view"),
        On(component="in_maps", event="pick", handler=picked_map, redraw="in_channel"),
        On(component="in_filters", event="pick", handler=picked_filter, redraw="in_channel"),
        On(component="in_one", event="pick", handler=picked_cell, redraw="in_cell"),
        On(component="in_answer", event="pick", handler=picked_class, redraw="in_class"),
        On(component="in_votes", event="pick", handler=picked_vote, redraw="in_view"),
    ),
    # Places in a sound mean nothing in another, or to another network.
    forget={name: {"in_cell": -1, "in_class": -1} for name in ("clip", "model")},
)
