"""Part 4: cross-attention of any head, and the word times that the alignment heads give."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import gradio as gr

from components.audio_input import hint
from components.figure import Figure
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.span_chips import SpanChips
from models import ModelUnavailable

from .. import sound
from ..sound import Heard
from . import files, heads, pictures, rivals, words
from .reading import HEADS, POSITION_S, STAGES, WIDTH, lay, read, recipe

if TYPE_CHECKING:
    from ..page import Scene

CLOCK = "whisper_inside"

TEXT = r"""
**Cross-attention.** While it chooses token $i$, head $h$ of a decoder layer asks with its query $q_{h,i}$ which of the
1500 encoder positions match: $w_{h,i,t} = \mathrm{softmax}_t\big(q_{h,i} \cdot k_{h,t} / \sqrt{64}\big)$. A few heads
turned out to follow the speech; they were found by their match with known word times, and come with the weights as the
*alignment heads*. Word times are made of them in five steps (openai/whisper, `timing.py`):

1. cut the padding away, so that each row sums to one over the sound;
2. compare the tokens at each moment, $z_{h,i,t} = (w_{h,i,t} - \mu_{h,t}) / \sigma_{h,t}$, mean and standard deviation
   over the tokens: a place at which all tokens look alike no longer stands out;
3. smooth over time, $\mathrm{median}(z_{h,i,t-3}, \dots, z_{h,i,t+3})$, against single bright moments;
4. average the heads to one matrix $m_{i,t}$;
5. dynamic time warping finds the way from the first token's first moment to the last one's last that only goes down and
   to the right and collects most of $m$: $D_{i,j} = -m_{i,j} + \min(D_{i-1,j-1}, D_{i-1,j}, D_{i,j-1})$.

A token begins where the path enters its row. Nothing in this measures the sound itself: a word's end is only the next
token's beginning, which is why ends drift into pauses, and why a CTC model, whose letters are tied to frames by its
training, ends words earlier.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {
        "words": Figure("Words over the sound", clock=CLOCK, height=160, hint="boxes: where each says that a word is"),
        "mel": Figure("Log-mel window", clock=CLOCK, height=76),
        "map": Figure("Tokens over time", clock=CLOCK, height=380, hint="click a cell; drag to zoom; green: the path"),
    }
    with gr.Row(elem_classes="wa-row"):
        parts["a_stage"] = gr.Radio(
            [(title, name) for name, title in STAGES.items()], value="median", label="Step", elem_classes="lab-chips"
        )
        parts["a_heads"] = gr.Radio(
            [(title, name) for name, title in HEADS.items()],
            value="aligned",
            label="Heads that are averaged",
            elem_classes="lab-chips",
        )
    parts["facts"] = gr.HTML("", apply_default_css=False)
    parts["chips"] = SpanChips(CLOCK, label="Click a word to hear its span", empty="No words.", elem_classes="wa-chips")
    parts["card"] = gr.HTML("", apply_default_css=False)
    with gr.Row(elem_classes="wa-row"):
        parts["a_width"] = gr.Slider(1, 15, WIDTH, step=2, label="Median over so many positions (20 ms each)")
        parts["a_pad"] = gr.Checkbox(
            False, label="Show all 30 s", info="The weights as they are, those on the padding included.", container=True
        )
    parts["a_text"] = gr.Textbox(
        "",
        label="Text to lay over the sound",
        info="Empty: what the decoder writes. Type what is said, or wrong words: what does the path do then?",
        placeholder="the decoder's own words",
        max_length=1000,
        lines=1,
    )
    parts["heads"] = Figure(
        "Every head",
        height=310,
        hint="★ alignment heads; ms: how far word starts move if only this head makes them; click one",
    )
    parts["table"] = gr.HTML("", apply_default_css=False, elem_classes="wa-table")
    parts["recipes"] = gr.HTML("", apply_default_css=False)
    parts["files"] = gr.HTML("", apply_default_css=False)
    text(TEXT)
    for name in ("a_layer", "a_head", "a_t", "a_s"):
        # The class hides it, too: in a column that is opened while a model loads, Gradio shows what is "hidden".
        parts[name] = gr.Number(-1, visible="hidden", minimum=-1, maximum=1500, precision=0, elem_classes="wi-hidden")
    # A change of it asks faster-whisper and the CTC model. (A State tells of its change before the page has the fields
    # that came with it.)
    parts["asked"] = gr.Number(0, visible="hidden")
    return parts


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the part shows."""
    heard, moved = scene.heard, fields.moved
    if heard is None:
        return {}
    shown_s = pictures.seconds_shown(heard, fields)
    shown: dict[str, Any] = {}
    if not moved.startswith("a_") or moved == "a_pad":
        shown["mel"] = pictures.mel(heard, shown_s)
    try:
        reading = read(heard, fields["a_text"])
    except ValueError as why:
        return shown | _nothing(heard, shown_s, str(why))
    laid = lay(reading, recipe(reading, fields))
    known = rivals.known(reading)
    cell = words.chosen_cell(reading, laid, fields)
    shown["map"] = pictures.attention(reading, laid, cell, fields["a_pad"], shown_s)
    shown["card"] = words.card(reading, laid, cell)
    if moved not in ("a_t", "a_s"):
        shown |= _compared(heard, fields, known)
        shown["chips"] = words.chips(reading, laid.spans(reading))
        if known is None:
            shown["asked"] = time.time()
    if moved in ("a_stage", "a_width"):
        shown.pop("heads")  # as it was
    return shown


def _compared(heard: Heard, fields: Fields, known: rivals.Rivals | None, trouble: str = "") -> dict:
    """What changes once the others have answered."""
    reading = read(heard, fields["a_text"])
    laid = lay(reading, recipe(reading, fields))
    spans = laid.spans(reading)
    chosen = laid.recipe.heads if fields["a_heads"] == "one" else ()
    return {
        "heads": heads.picture(reading, chosen, known, fields["a_pad"]),
        "facts": hint(words.facts(reading, laid, known, fields["a_pad"])),
        "words": pictures.words(heard, spans, reading, known, pictures.seconds_shown(heard, fields)),
        "table": words.table(reading, spans, known, trouble),
        "recipes": words.recipes(reading, known),
        "files": files.links(reading, laid, known),
    }


def _nothing(heard: Heard, shown_s: float, why: str) -> dict[str, Any]:
    """What is shown where there is no text: the sound, and the sentence that says why."""
    return {
        "facts": hint([why], problem=True),
        "words": pictures.words(heard, (), None, None, shown_s),
        "chips": None,
        "map": pictures.empty(heard, shown_s, why),
        "heads": pictures.empty(heard, shown_s, why),
        **dict.fromkeys(("card", "table", "recipes", "files"), ""),
    }


def head_picked(visit: Visit) -> dict[str, Any]:
    """Show the head that was clicked in the small pictures."""
    layers = len(sound.heard_in(visit).model.net.decoder.layers)
    return {"a_layer": layers - 1 - round(visit.event.y), "a_head": round(visit.event.x), "a_heads": "one"}


def cell_picked(visit: Visit) -> dict[str, Any]:
    """Explain the cell that was clicked."""
    last = sound.heard_in(visit).listened.positions - 1
    return {"a_t": int(min(visit.event.x / POSITION_S, last)), "a_s": round(visit.event.y)}


def compare(visit: Visit) -> dict[str, Any]:
    """Ask faster-whisper and the CTC model for the same words; nothing while the part is hidden."""
    fields = visit.fields
    if fields["part"] != "attention":
        return {}
    heard = sound.heard_in(visit)
    try:
        reading = read(heard, fields["a_text"])
    except ValueError:  # no text: `show` has said so
        return {}
    try:
        return _compared(heard, fields, rivals.find(reading, visit.progress))
    except ModelUnavailable as missing:
        return _compared(heard, fields, None, str(missing))


PART = Part(
    slug="attention",
    title="4 Where it listens",
    draw=draw,
    show=show,
    fields=("a_stage", "a_heads", "a_width", "a_pad", "a_text", "a_layer", "a_head", "a_t", "a_s"),
    on=(
        On(component="heads", event="pick", handler=head_picked, redraw="a_heads"),
        On(component="map", event="pick", handler=cell_picked, redraw="a_t"),
        On(
            component="asked",
            event="change",
            handler=compare,
            how={"show_progress": "minimal", "show_progress_on": "table"},
        ),
    ),
    forget={name: {"a_text": "", "a_t": -1, "a_s": -1} for name in sound.FIELDS},
)
