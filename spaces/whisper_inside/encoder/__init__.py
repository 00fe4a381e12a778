"""Part 2: the encoder: its stages, convolutions, positions, self-attention, and its states on a plane and in pairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import gradio as gr

from components import static_files
from components.figure import Figure
from components.lesson import Fields, On, Part, Visit
from components.page import text

from .. import sound
from ..sound import Heard
from . import moments, pictures
from . import states as numbers

if TYPE_CHECKING:
    from ..page import Scene

VIEWS = {
    "shapes": "Shapes and cost",
    "conv": "Convolutions",
    "positions": "Positions",
    "attention": "Self-attention",
    "plane": "States in 2-D",
    "pairs": "Two moments",
}
MOST_LAYERS = 6  # base's; tiny.en has 4
FIELDS = ("e_view", "e_layer", "e_head", "e_t", "e_state", "e_colour", "e_a", "e_b")
CLOCK = "whisper_inside"

TEXT_SHAPES = r"""
Nothing here knows about words yet: the encoder turns sound into 1500 states in **one pass**, whatever is said. Each
layer adds what it found to the states (residual connections), with a layer norm *before* each of its halves, attention
and MLP (pre-norm); there is no mask, so every step sees the future, too. That is why Whisper can't stream as it is.
"""
TEXT_CONV = r"""
Each channel is one learned filter: 80 bands wide and 3 columns long in **conv1**, and 3 steps of all channels of conv1
in **conv2**, which moves on two steps at a time. GELU lets large values pass and presses negative ones to about zero
(never below −0.17), hence the many dark cells. With the mel window itself, a state of conv2 sees 25 + 4·10 = 65 ms.
"""
TEXT_POSITIONS = r"""
Attention alone can't tell the order of its inputs, so a fixed pattern is added to each step (the idea of Vaswani et
al. 2017, section 3.5; Whisper keeps all sines in the first half and all cosines in the second):
$$p_t[k] = \sin(t\,\omega_k), \quad p_t[k + w/2] = \cos(t\,\omega_k), \qquad
\omega_k = 10000^{-k/(w/2 - 1)}$$
Since $\sin a \sin b + \cos a \cos b = \cos(a - b)$, the dot product $p_t \cdot p_s = \sum_k \cos((t - s)\,\omega_k)$
depends on the **distance** only: a head can learn to look nearby without knowing where it is.
"""
TEXT_ATTENTION = r"""
Each column is one moment, and its brightness shows where that moment looks: $\text{softmax}(q K^\top / \sqrt{64})$,
here as a share of its largest. A diagonal means *near me*; horizontal bars mean *everyone looks there*; a lone bright
block can be the same sound elsewhere. An attention map says where values are taken from, not why: don't read it as an
explanation.
"""
TEXT_PLANE = r"""
**PCA** turns the cloud of states so that the first direction has the largest variance; it is computed for this clip
alone. Words come from the cross-attention (part 4), letters from the CTC model of the CTC room on the same text; both
are right to within some tens of milliseconds.
"""
TEXT_PAIRS = r"""
The diagonal is each moment with itself. A **short bright line beside the diagonal** is a stretch that is said twice.
Compare the log-mel with layer 2 and the last layer. Right after the convolutions, the added positions make
*neighbours in time* alike, whatever is said. Click anywhere to choose two moments.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    parts["e_view"] = gr.Radio(
        [(title, slug) for slug, title in VIEWS.items()],
        value="shapes",
        label="View of the encoder",
        show_label=False,
        elem_classes=["lab-chips", "wi-views", "wi-views-encoder"],
    )
    for name in ("e_t", "e_a", "e_b"):  # encoder positions of 20 ms, set by clicks
        parts[name] = gr.Number(-1, elem_classes="wi-hidden", minimum=-1, maximum=1499, step=1, precision=0)
    with gr.Column(visible=False) as parts["column_state"]:
        parts["e_state"] = gr.Radio(_stages(MOST_LAYERS), value="2", label="States after", elem_classes="lab-chips")
    with gr.Column() as parts["column_shapes"]:
        parts["stages"] = gr.HTML("", apply_default_css=False)
        text(TEXT_SHAPES)
    with gr.Column(visible=False) as parts["column_conv"]:
        for name, what in (("conv1", "Convolution 1: 10 ms a step"), ("conv2", "Convolution 2: 20 ms a step")):
            parts[name] = Figure(what, clock=CLOCK, height=230, hint="the 32 channels that vary most")
        text(TEXT_CONV)
    with gr.Column(visible=False) as parts["column_positions"]:
        parts["sinusoids"] = Figure("What is added to each step", height=260, hint="sines below, cosines above")
        parts["products"] = Figure("How alike two positions are", height=200)
        text(TEXT_POSITIONS)
    with gr.Column(visible=False) as parts["column_attention"]:
        with gr.Row(elem_classes="lab-row"):
            parts["e_layer"] = gr.Slider(1, MOST_LAYERS, 1, step=1, label="Layer")
            parts["e_head"] = gr.Slider(1, 8, 4, step=1, label="Head")
        parts["all_heads"] = Figure("All heads of this layer", height=170, hint="click one")
        parts["head_map"] = Figure("Self-attention of one head", clock=CLOCK, height=330, hint="click a moment")
        parts["looks"] = Figure("Where that moment looks", clock=CLOCK, height=190)
        text(TEXT_ATTENTION)
    card = static_files.module_loader("clock.js", moments.PLAY_JS)
    with gr.Column(visible=False) as parts["column_plane"]:
        parts["plane"] = Figure("Encoder states on a plane", height=420, hint="click a dot to hear it")
        parts["plane_card"] = gr.HTML("", js_on_load=card, apply_default_css=False)
        parts["e_colour"] = gr.Radio(
            [("word", "word"), ("letter", "letter")], value="word", label="Coloured by", elem_classes="lab-chips"
        )
        with gr.Column(visible=False) as parts["column_letters"]:
            parts["letters"] = Figure("Does the most similar moment hold the same letter?", height=190)
        text(TEXT_PLANE)
    with gr.Column(visible=False) as parts["column_pairs"]:
        parts["likeness"] = Figure("Likeness of every two moments", clock=CLOCK, height=400, hint="click two at once")
        parts["pair_card"] = gr.HTML("", js_on_load=card, apply_default_css=False)
        parts["through"] = Figure("The same two moments, layer by layer", height=190)
        text(TEXT_PAIRS)
    return parts


def _place(heard: Heard, asked: Any) -> int | None:
    """An encoder position of the sound, or None where none is chosen."""
    at = int(asked)
    return at if 0 <= at < heard.listened.positions else None


def loudest(heard: Heard) -> int:
    """The position with the most energy: where something is surely said."""
    n = heard.listened.positions
    return int(heard.listened.states.mel[:, : 2 * n].reshape(80, n, 2).mean((0, 2)).argmax())


def pair(heard: Heard, fields: Mapping[str, Any]) -> tuple[int, int]:
    """The two chosen moments; at first those of a word said twice, or of the loudest moment and the sound's middle."""
    a, b = _place(heard, fields["e_a"]), _place(heard, fields["e_b"])
    if a is None or b is None:
        return numbers.repeated(heard) or (loudest(heard), heard.listened.positions // 2)
    return a, b


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the part shows."""
    heard, view, moved = scene.heard, fields["e_view"], fields.moved
    if heard is None:
        return {}
    filled: dict[str, Any] = {}
    if moved not in FIELDS:
        at_most = _at_most(heard, fields)
        filled, fields = _choices(heard, at_most), fields.having(at_most)
    if moved not in FIELDS or moved == "e_view":
        filled |= {f"column_{name}": gr.update(visible=name == view) for name in VIEWS}
        filled["column_state"] = gr.update(visible=view in ("plane", "pairs"))
    if moved not in ("e_t", "e_a"):
        filled["column_letters"] = gr.update(visible=fields["e_colour"] == "letter")
    return filled | SHOWS[view](heard, fields)


def _at_most(heard: Heard, fields: Fields) -> dict[str, Any]:
    """Return the chosen layers and head as the model has them: beyond its last one, the last one."""
    layers, state = numbers.layers_of(heard), fields["e_state"]
    return {
        "e_layer": min(int(fields["e_layer"]), layers),
        "e_head": min(int(fields["e_head"]), heard.model.net.heads),
        "e_state": str(min(int(state), layers)) if state.isdigit() else state,
    }


def _choices(heard: Heard, at_most: Mapping[str, Any]) -> dict[str, Any]:
    """Return the controls with as many layers and heads as the model has."""
    layers = numbers.layers_of(heard)
    return {
        "e_layer": gr.update(maximum=layers, value=at_most["e_layer"]),
        "e_head": gr.update(maximum=heard.model.net.heads, value=at_most["e_head"]),
        "e_state": gr.update(choices=_stages(layers), value=at_most["e_state"]),
    }


def _stages(layers: int) -> list[tuple[str, str]]:
    middle = [(f"layer {i}", str(i)) for i in range(1, layers + 1)]
    return [("log-mel", "mel"), ("convolutions", "0"), *middle, ("last norm", "out")]


def _shapes(heard: Heard, fields: Fields) -> dict[str, Any]:
    return {"stages": pictures.stages(heard)}


def _conv(heard: Heard, fields: Fields) -> dict[str, Any]:
    return {name: pictures.convolution(heard, name) for name in ("conv1", "conv2")}


def _positions(heard: Heard, fields: Fields) -> dict[str, Any]:
    return {"sinusoids": pictures.sinusoids(heard), "products": pictures.position_products(heard)}


def _attention(heard: Heard, fields: Fields) -> dict[str, Any]:
    layer = min(int(fields["e_layer"]), numbers.layers_of(heard)) - 1
    head = min(int(fields["e_head"]), heard.model.net.heads) - 1
    at = _place(heard, fields["e_t"])
    at = loudest(heard) if at is None else at
    drawn = {
        "head_map": pictures.attention_map(heard, layer, head, at),
        "looks": pictures.looks(heard, layer, head, at),
    }
    return drawn if fields.moved == "e_t" else {"all_heads": pictures.heads(heard, layer, head), **drawn}


def _plane(heard: Heard, fields: Fields) -> dict[str, Any]:
    stage, kind = numbers.stage_of(heard, fields["e_state"]), fields["e_colour"]
    at = _place(heard, fields["e_a"])
    at = loudest(heard) if at is None else at
    drawn = {
        "plane": moments.plane(heard, stage, kind, at),
        "plane_card": moments.plane_card(heard, stage, at, fields.moved == "e_a"),
    }
    if kind == "letter" and fields.moved != "e_a":
        drawn["letters"] = moments.same_letters(heard, stage)
    return drawn


def _pairs(heard: Heard, fields: Fields) -> dict[str, Any]:
    stage = numbers.stage_of(heard, fields["e_state"])
    a, b = pair(heard, fields)
    return {
        "likeness": moments.likeness_map(heard, stage, a, b),
        "pair_card": moments.likeness_card(heard, stage, a, b, fields.moved == "e_a"),
        "through": moments.likeness_through(heard, stage, a, b),
    }


SHOWS = {
    "shapes": _shapes,
    "conv": _conv,
    "positions": _positions,
    "attention": _attention,
    "plane": _plane,
    "pairs": _pairs,
}


def _position(heard: Heard, at_s: float) -> int:
    """Return the encoder position of a click: one of the sound's."""
    return min(max(int(at_s / numbers.POSITION_S), 0), heard.listened.positions - 1)


def head_picked(visit: Visit) -> dict[str, Any]:
    """Choose the head whose small picture was clicked."""
    head = int(visit.event.x // (pictures.TILE + pictures.GAP)) + 1
    return {"e_head": min(max(head, 1), sound.heard_in(visit).model.net.heads)}


def moment_picked(visit: Visit) -> dict[str, Any]:
    """Choose the moment that looks."""
    return {"e_t": _position(sound.heard_in(visit), visit.event.x)}


def dot_picked(visit: Visit) -> dict[str, Any]:
    """Choose the moment whose dot was clicked."""
    heard = sound.heard_in(visit)
    stage = numbers.stage_of(heard, visit.fields["e_state"])
    return {"e_a": moments.nearest_moment(heard, stage, visit.event.x, visit.event.y)}


def pair_picked(visit: Visit) -> dict[str, Any]:
    """Choose two moments at once."""
    heard = sound.heard_in(visit)
    return {"e_a": _position(heard, visit.event.x), "e_b": _position(heard, visit.event.y)}


PART = Part(
    slug="encoder",
    title="2 The encoder",
    draw=draw,
    show=show,
    fields=FIELDS,
    on=(
        On(component="all_heads", event="pick", handler=head_picked, redraw="e_head"),
        On(component="head_map", event="pick", handler=moment_picked, redraw="e_t"),
        On(component="plane", event="pick", handler=dot_picked, redraw="e_a"),
        On(component="likeness", event="pick", handler=pair_picked, redraw="e_a"),
    ),
    # Moments of a sound mean nothing in another.
    forget={name: {"e_t": -1, "e_a": -1, "e_b": -1} for name in sound.FIELDS},
)
