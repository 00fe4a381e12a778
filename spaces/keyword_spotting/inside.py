"""Part 2: look inside: the input, every layer's maps and filters on the reader's own word, the answer, the cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from components.figure import Figure
from components.page import text

from . import inside_answer as answers
from . import inside_cards as cards
from . import inside_numbers as numbers
from . import inside_pictures as pictures
from . import sound
from .sound import Heard

TITLE = "2 Look inside"
VIEWS = {
    "input": "The way through",
    "maps": "Activation maps",
    "filters": "Filters",
    "answer": "Where the answer comes from",
    "cost": "What it costs",
}
FIELDS: tuple[str, ...] = ("in_view", "in_layer", "in_channel", "in_cell", "in_class", "in_kernel", "in_width")
FORGET: dict[str, Any] = {"in_cell": -1, "in_class": -1}  # places in a sound mean nothing in another
COLUMNS = tuple(f"in_column_{name}" for name in ("input", "pick", "maps", "filters", "one", "answer", "cost"))
PICTURES = (
    "in_given",
    "in_path",
    "in_maps",
    "in_filters",
    "in_one",
    "in_card",
    "in_said",
    "in_answer",
    "in_found",
    "in_votes",
)
OUTPUTS: tuple[str, ...] = (*COLUMNS, *PICTURES, "in_costs", "in_formula", "in_table")
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
Bright means *yes, here*; black is the ReLU's zero. Early layers react to onsets and to tilts of the spectrum, late ones
to longer stretches, for each value of a layer has heard more of the sound than one of the layer before.
"""
TEXT_FILTERS = r"""
A **depthwise** layer has one 3 × 3 kernel a channel and never looks at the others; a **pointwise** layer has no extent
in time or frequency and only mixes the channels. One orange and one blue side is a detector of change: an onset or an
end where they lie side by side, a rise or a fall of the spectrum where they lie above one another.
"""
TEXT_ANSWER = r"""
After the last map there are only a mean and a weighted sum, both linear. So each class's logit can be laid out over
time without any approximation: $\text{logit}_k = \frac{1}{TF}\sum_{t,f}\big(b_k + \sum_c w_{k,c}\,a_c(t,f)\big)$. This
is class activation mapping (Zhou et al. 2016). It says where the last layer found it, and a value there has heard more
than half a second around it.
"""
TEXT_COST = r"""
A standard convolution does two things at once: it looks around *and* mixes all channels, so its cost is the product of
both. A depthwise separable one does first the one and then the other, and its cost is nearly the sum.
"""


def build(*_mine: Any) -> dict[str, Any]:
    """Draw the part inside its column; returns its components by name."""
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


def content(heard: Heard, fields: Mapping[str, Any], moved: str = "") -> tuple:
    """What the part shows: one value for each of `OUTPUTS`; `gr.skip()` for what `moved` leaves as it is."""
    filled: dict[str, Any] = dict.fromkeys(OUTPUTS, gr.skip())
    view = fields["in_view"]
    if moved not in FIELDS or moved == "in_view":
        filled |= {f"in_column_{name}": gr.update(visible=name in SHOWN[view]) for name in
                   (column.removeprefix("in_column_") for column in COLUMNS)}  # fmt: skip
    seen = numbers.look(heard)
    draw = {"input": _input, "maps": _layer, "filters": _layer, "answer": _answer, "cost": _cost}[view]
    filled |= draw(heard, seen, fields, moved)
    return tuple(filled.values())


def _input(heard: Heard, seen: numbers.Look, fields: Mapping[str, Any], _moved: str) -> dict[str, Any]:
    return {"in_given": pictures.given(heard), "in_path": pictures.path(heard, seen, fields["in_layer"])}


def _layer(heard: Heard, seen: numbers.Look, fields: Mapping[str, Any], moved: str) -> dict[str, Any]:
    name = fields["in_layer"]
    channel = numbers.channel_of(seen, name, int(fields["in_channel"]))
    at = numbers.cell_of(seen, name, channel, int(fields["in_cell"]))
    drawn = {
        "in_one": pictures.one_channel(heard, seen, name, channel, at),
        "in_card": cards.cell_card(seen, name, channel, at),
    }
    if moved == "in_cell":
        return drawn
    if fields["in_view"] == "maps":
        drawn["in_maps"] = every = pictures.all_maps(heard, seen, name, channel)
    else:
        drawn["in_filters"] = every = pictures.all_filters(seen, name, channel)
    return {"in_said": cards.said(every), **drawn}


def _answer(heard: Heard, seen: numbers.Look, fields: Mapping[str, Any], _moved: str) -> dict[str, Any]:
    label = int(fields["in_class"])
    label = label if 0 <= label < len(seen.labels) else int(heard.probs.argmax())
    votes = answers.channel_votes(seen, label)
    return {"in_answer": answers.answer(heard, seen, label), "in_found": cards.said(votes), "in_votes": votes}


def _cost(_heard: Heard, seen: numbers.Look, fields: Mapping[str, Any], moved: str) -> dict[str, Any]:
    drawn = {"in_formula": cards.cost_formula(seen, int(fields["in_kernel"]), int(fields["in_width"]))}
    if moved in ("in_kernel", "in_width"):
        return drawn
    return {"in_costs": cards.cost_figure(seen), "in_table": cards.cost_table(seen), **drawn}


SET = ("in_view", "in_layer", "in_channel", "in_cell", "in_class")  # what a click may set


def clicked(what: str, x: Any, y: Any, curve: int, heard: Heard, fields: Mapping[str, Any]) -> tuple:
    """Answer a click on the picture `what` at axis values (`x`, `y`) of its trace number `curve`.

    Returns
    -------
    tuple
        The fields of `SET` (`gr.skip` for what stays), then the part's outputs.
    """
    seen = numbers.look(heard)
    chosen: dict[str, Any] = {}
    name = fields["in_layer"]
    if what == "in_path":
        at = min(max(int((float(x) + 3) // 56) - 1, 0), len(numbers.STAGES) - 1)
        chosen = {"in_view": "maps", "in_layer": numbers.STAGES[at], "in_channel": -1, "in_cell": -1}
    elif what == "in_maps":
        n, t, f = seen.maps[name].shape
        found = pictures.tile_at(float(x), float(y), n, t, f)
        chosen = {} if found is None else {"in_channel": found, "in_cell": -1}
    elif what == "in_filters":
        found = round(float(y))
        if seen.layer(name).kind != "pointwise":
            n, _, k_t, k_f = seen.weight[name].shape
            found = pictures.tile_at(float(x), float(y), n, k_t, k_f)
        chosen = {} if found is None else {"in_channel": found, "in_cell": -1}
    elif what == "in_one" and curve == 0:  # the lower map
        _, t, f = seen.maps[name].shape
        x0, dx = seen.times(name)
        column = min(max(round((float(x) - x0) / dx), 0), t - 1)
        chosen = {"in_cell": column * f + min(max(round(float(y)), 0), f - 1)}
    elif what == "in_answer":
        chosen = {"in_class": min(max(round(float(y)), 0), len(seen.labels) - 1)}
    elif what == "in_votes":
        chosen = {"in_view": "maps", "in_layer": seen.before("pool"), "in_channel": int(x), "in_cell": -1}
    if not chosen:
        return (gr.skip(),) * (len(SET) + len(OUTPUTS))
    moved = "in_view" if "in_view" in chosen else next(iter(chosen))
    drawn = content(heard, {**fields, **chosen}, moved)
    return *(chosen.get(field, gr.skip()) for field in SET), *drawn


def wire(parts: dict, given: list, fields_of: Callable[[Any], dict[str, Any]], *_mine: Any) -> None:
    """Tie the part's own clicks: handlers get `given` (own sound, then every field of the page)."""
    quiet = {"api_visibility": "private", "show_progress": "hidden", "trigger_mode": "always_last"}
    outputs = [parts[name] for name in (*SET, *OUTPUTS)]

    def picking(what: str) -> Callable[..., tuple]:
        def handler(event: gr.EventData, own, *values):
            fields = fields_of(values)
            heard = sound.hear(own, fields["clip"], fields["model"])
            return clicked(what, event.x, event.y, int(event.curve), heard, fields)

        return handler

    for what in ("in_path", "in_maps", "in_filters", "in_one", "in_answer", "in_votes"):
        parts[what].pick(picking(what), given, outputs, **quiet)
