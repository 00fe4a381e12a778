"""Part 3: 32 bits against 8: measured accuracy, size and latency; the weights' grid; the error; still fewer bits."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import gradio as gr

from algorithms.keyword import lens as kws_lens
from algorithms.keyword.ds_cnn import layers
from components.figure import Figure
from components.lesson import Fields, On, Part, Visit
from components.page import text

from ..inside.cards import key, said
from ..inside.numbers import STAGES, from_tiny, title
from ..sound import Heard
from . import grid, numbers, pictures
from .numbers import Measured

if TYPE_CHECKING:
    from ..page import Scene

VIEWS = {
    "measured": "Accuracy, size, speed",
    "grid": "Weights on a grid",
    "error": "Error, layer by layer",
    "fewer": "Fewer than 8 bits",
}
FIELDS = ("b_view", "b_layer", "b_bits", "b_way", "b_channel")
COLUMNS = ("measured", "layer", "choose", "grid", "error", "fewer")
SHOWN = {
    "measured": ("measured",),
    "grid": ("layer", "choose", "grid"),
    "error": ("layer", "choose", "error"),
    "fewer": ("choose", "fewer"),
}
LAYERS = (*STAGES, "linear")

TEXT_GRID = r"""
A weight $w$ becomes the whole number $q = \text{round}(w / s)$ and stands for $s\,q$ from then on. With $n$ bits, $q$
goes from $-(2^{n-1}-1)$ to $2^{n-1}-1$, and the step is $s = \max|w| / (2^{n-1}-1)$. **One scale per channel** gives
every channel its own $s$; with **one scale per layer**, the widest channel decides for all, and a narrow one is left
with a few grid points. Folding the batch normalisation into the weights makes channels so uneven, above all in
depthwise layers.
"""
TEXT_ERROR = r"""
6 dB is one bit: half the step, half the error. The error does not simply grow from layer to layer: sums of many
products average part of it away, and every output is rounded again.
"""
TEXT_FEWER = r"""
Everything is rounded *after* training here. With quantisation-aware training, the network feels the rounding while it
learns (the same fake quantisation in the forward pass, gradients passed straight through): Krishnamoorthi (2018) then
lost 2 to 10 % with four-bit weights. The activations' ranges stay those of the shipped file's calibration.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    parts["b_view"] = gr.Radio(
        [(name, slug) for slug, name in VIEWS.items()],
        value="measured",
        label="What to compare",
        show_label=False,
        elem_classes=["lab-chips", "kwi-views"],
    )
    with gr.Column(elem_classes="kwi-hidden"):  # set by clicks; -1: the narrowest
        parts["b_channel"] = gr.Number(-1, minimum=-1, maximum=171, precision=0)
    with gr.Column() as parts["b_column_measured"]:
        parts["b_latency"] = Figure(
            "How long one inference takes, now", height=220, hint="thick line: median; dotted: 95 % of runs are below"
        )
        parts["b_table"] = gr.HTML("", apply_default_css=False)
        parts["b_measure"] = gr.Button(
            f"Measure {numbers.FULL_RUNS} runs of each", size="sm", elem_classes="kwi-button"
        )
    with gr.Column(visible=False) as parts["b_column_choose"], gr.Row(elem_classes="kwi-choose"):
        low, high = kws_lens.MIN_BITS, kws_lens.MAX_BITS
        parts["b_bits"] = gr.Slider(low, high, 4, step=1, label="Bits", min_width=160)
        with gr.Column(visible=False, min_width=150) as parts["b_column_layer"]:
            choices = [(title(name), name) for name in LAYERS]
            parts["b_layer"] = gr.Dropdown(choices, value="depthwise4", label="Layer")
        parts["b_way"] = gr.Radio(
            [("a channel", "channel"), ("a layer (per tensor)", "tensor")],
            value="tensor",
            label="One scale for",
            elem_classes="lab-chips",
            min_width=250,
        )
    with gr.Column(visible=False) as parts["b_column_grid"]:
        parts["b_weights"] = Figure("The layer's weights and the grid", height=210)
        parts["b_ranges"] = Figure("How much of the grid each channel uses", height=170, hint="click a channel")
        parts["b_said"] = gr.HTML("", apply_default_css=False)
        parts["b_one"] = Figure("One channel, before and after", height=240)
        text(TEXT_GRID)
    with gr.Column(visible=False) as parts["b_column_error"]:
        parts["b_errors"] = Figure("How far the error lies below the signal", height=260, hint="higher is better")
        gr.HTML(key(pictures.ERROR_KEY), apply_default_css=False)
        parts["b_found"] = gr.HTML("", apply_default_css=False)
        parts["b_scatter"] = Figure("Every value of the layer, before and after", height=280)
        text(TEXT_ERROR)
    with gr.Column(visible=False) as parts["b_column_fewer"]:
        parts["b_accuracy"] = Figure("Right answers against bits", height=290, hint="click a number of bits")
        gr.HTML(key(pictures.ACCURACY_KEY), apply_default_css=False)
        parts["b_origin"] = gr.HTML(origin(), apply_default_css=False)
        parts["b_count"] = gr.Button("Count again now, with these bits", size="sm", elem_classes="kwi-button")
        parts["b_counted"] = gr.HTML("", apply_default_css=False, elem_classes="kwi-ran")
        parts["b_own"] = Figure("What becomes of your word", height=290)
        text(TEXT_FEWER)
    return parts


def origin() -> str:
    """Where the stored counts come from, in a sentence."""
    known = numbers.stored()
    return (
        f'<p class="kwi-note">Counted on {known["clips"]} recordings of Speech Commands (35 speakers that training '
        f"never heard, and noises) by spaces/keyword_spotting/precompute/bits.py on {known['date']}; 2 to 8 bits are "
        f"simulated. As a check, ONNX Runtime’s own 8 bits with one scale per layer get "
        + " and ".join(
            f"{100 * right / known['clips']:.1f} % ({size.upper()})" for size, right in known["per_tensor_file"].items()
        )
        + ".</p>"
    )


CLEARLY = 1.15  # latencies whose ratio is nearer to 1 than this count as equal


def table(found: Measured) -> str:
    """The four networks side by side, as HTML: stored accuracy, size of the files, latency measured now."""
    known, rows = numbers.stored(), ""
    for variant in numbers.VARIANTS:
        share, (low, high) = numbers.right_share(variant)
        weights = sum(layer.parameters for layer in layers(variant[0]))
        rows += (
            f"<tr><td>{pictures.NAMES[variant]}</td><td>{weights:,}</td><td>{numbers.file_bytes(variant):,}</td>"
            f"<td><b>{100 * share:.1f} %</b> <small>{100 * low:.1f} to {100 * high:.1f}</small></td>"
            f"<td><b>{found.median(variant):.3f} ms</b></td><td>{found.p95(variant):.3f} ms</td></tr>"
        )
    sentences = []
    for size, name in (("s", "Small"), ("m", "Medium")):
        a, b = known["only"][size]["int8"], known["only"][size]["fp32"]
        smaller = numbers.file_bytes(f"{size}-fp32") / numbers.file_bytes(f"{size}-int8")
        sentences.append(
            f"<b>{name}</b>: 8 bits make the file {smaller:.1f} times smaller. They get {a} clips right that 32 "
            f"bits miss, and miss {b} that 32 bits get right: a split at least this uneven happens by chance "
            f"{100 * kws_lens.sign_test(a, b):.0f} % of the time, so no loss and no gain is shown."
        )
    sentences.append(verdict(found))
    runs = len(found.ms["s-int8"])
    return (
        '<div class="lab-scroll"><table class="lab-table kwi-networks"><thead><tr><th>Network</th><th>Weights and '
        "biases"
        "</th><th>File (bytes)</th><th>Right on new speakers</th><th>Median</th><th>95 % of runs "
        "below</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
        f'<p class="kwi-sentence">{"<br>".join(sentences)}</p>'
        f'<p class="kwi-note">Accuracy: {known["clips"]} recordings of speakers that training never heard, counted on '
        f"{known['date']}; small figures: 95 % interval. Latency: {runs} runs of each at {found.at}, one thread, "
        f"{found.runtime}, {found.cpu}; without the front end.</p>"
    )


def verdict(found: Measured) -> str:
    """Which of the networks eight bits made quicker just now, and why or why not."""
    said = []
    for size, name in (("s", "small"), ("m", "medium")):
        ratio = found.median(f"{size}-fp32") / found.median(f"{size}-int8")
        what = "quicker" if ratio > CLEARLY else "slower" if ratio < 1 / CLEARLY else "about as quick"
        said.append(f"with 8 bits the {name} network is {what} here (32 bits take {ratio:.2f} times as long)")
    return (
        f"<b>Speed</b>: {'; '.join(said)}. Two things work against each other. A processor may multiply many 8-bit "
        "numbers at once; but a layer takes only microseconds, and going from layer to layer and rounding between them "
        "can cost as much as the multiplications save. A microcontroller gains more: it may have no floating-point "
        "unit, or do several 8-bit products at once."
    )


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the part shows; what did not move stays."""
    view = fields["b_view"]
    values: dict[str, Any] = {}
    if fields.changed("part", "b_view"):
        values = {f"b_column_{name}": gr.update(visible=name in SHOWN[view]) for name in COLUMNS}
    drawing = {"measured": _measured, "grid": _grid, "error": _error, "fewer": _fewer}[view]
    return values | drawing(scene.heard, fields)


def _measured(heard: Heard, fields: Fields) -> dict[str, Any]:
    # Opening the view measures a few runs; another word or network changes nothing about the latency.
    return _latencies(numbers.measure(heard, numbers.LIGHT_RUNS)) if fields.changed("part", "b_view") else {}


def _latencies(found: Measured) -> dict[str, Any]:
    return {"b_table": table(found), "b_latency": pictures.latencies(found)}


def _grid(heard: Heard, fields: Fields) -> dict[str, Any]:
    name, way = fields["b_layer"], fields["b_way"]
    found = numbers.rounded(heard.model_id[0], name, int(fields["b_bits"]), numbers.WAYS[way])
    channel = channel_of(heard, fields)
    ranges = grid.ranges(found, name, channel)
    return {
        "b_weights": grid.weights(found, name, way, channel),
        "b_ranges": ranges,
        "b_said": said(ranges),
        "b_one": grid.one_channel(found, channel),
    }


def channel_of(heard: Heard, fields: Mapping[str, Any]) -> int:
    """The channel asked for, or the narrowest one of the layer, which one scale per layer serves worst."""
    exact = numbers.rounded(heard.model_id[0], fields["b_layer"], kws_lens.MAX_BITS, True).exact
    asked = int(fields["b_channel"])
    return asked if 0 <= asked < len(exact) else int(abs(exact).max(1).argmin())


def _error(heard: Heard, fields: Fields) -> dict[str, Any]:
    found, n_bits, name = numbers.compare(heard), int(fields["b_bits"]), fields["b_layer"]
    errors = pictures.layer_errors(heard, found, n_bits, name)
    return {
        "b_errors": errors,
        "b_found": said(errors),
        "b_scatter": pictures.scatter(heard, found, name, n_bits, fields["b_way"]),
    }


def _fewer(heard: Heard, fields: Fields) -> dict[str, Any]:
    drawn = {"b_accuracy": pictures.accuracy(heard.model_id[0], int(fields["b_bits"]))}
    drawn["b_counted"] = ""  # it was about another choice
    if fields.moved != "b_bits":
        drawn["b_own"] = pictures.own_word(heard, numbers.compare(heard), fields["b_way"])
    return drawn


def counted(size: str, n_bits: int, way: str, progress: Callable[[float], object] = lambda share: None) -> str:
    """Count the right answers on the stored validation clips now: a sentence as HTML."""
    began = time.perf_counter()
    right, count = numbers.count_now(size, n_bits, way, progress), numbers.stored()["clips"]
    low, high = kws_lens.wilson_interval(right, count)
    return (
        f'<section class="kwi-card"><p>Counted now in {time.perf_counter() - began:.1f} s: with {n_bits} bits, '
        f"{pictures.WAY_NAMES[way]}, everything rounded, the "
        f"{pictures.NAMES[f'{size}-fp32'].split(',')[0].lower()} network "
        f"gets <b>{right} of {count}</b> clips right, {100 * right / count:.1f} % (95 % interval {100 * low:.1f} to "
        f"{100 * high:.1f}). The stored count is {numbers.stored_right(size, n_bits, way)}; the clips’ MFCCs are "
        f"kept in "
        "eight bits here, so that a few may differ.</p></section>"
    )


def count(visit: Visit) -> dict[str, Any]:
    """Count again with the chosen bits."""
    fields = visit.fields
    said_now = counted(
        fields["model"][0], int(fields["b_bits"]), fields["b_way"], lambda share: visit.progress(share, "Counting")
    )
    return {"b_counted": said_now}


def measure(visit: Visit) -> dict[str, Any]:
    """Measure the latencies thoroughly."""
    return _latencies(numbers.measure(visit.scene.heard, numbers.FULL_RUNS))


def picked_channel(visit: Visit) -> dict[str, Any]:
    """Choose a channel by its bar."""
    return {"b_channel": int(visit.event.x)}


def picked_layer(visit: Visit) -> dict[str, Any]:
    """Choose a layer by its point; input and pool have no weights."""
    name = from_tiny(visit.event.x)
    return {"b_layer": name} if name else {}


def picked_bits(visit: Visit) -> dict[str, Any]:
    """Choose a number of bits that can be simulated."""
    label = str(visit.event.x).split("<br>")[0]
    return {"b_bits": int(label)} if label.isdigit() and int(label) <= kws_lens.MAX_BITS else {}


# One at a time for all visitors: two measurements at once would measure each other.
ALONE = {"concurrency_id": "kws-latency", "concurrency_limit": 1, "show_progress": "minimal"}
PART = Part(
    slug="bits",
    title="3 32 bits against 8",
    draw=draw,
    show=show,
    fields=FIELDS,
    on=(
        On(component="b_ranges", event="pick", handler=picked_channel, redraw="b_channel"),
        On(component="b_errors", event="pick", handler=picked_layer, redraw="b_layer"),
        On(component="b_accuracy", event="pick", handler=picked_bits, redraw="b_bits"),
        On(component="b_count", event="click", handler=count, how={**ALONE, "show_progress_on": "b_counted"}),
        On(component="b_measure", event="click", handler=measure, how={**ALONE, "show_progress_on": "b_table"}),
    ),
)
