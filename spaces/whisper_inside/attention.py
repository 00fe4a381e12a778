"""Part 4: cross-attention of any head, and the word times that the alignment heads give."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from algorithms.sound import AudioError
from components.audio_input import OwnSound, hint
from components.figure import Figure
from components.page import text
from components.span_chips import SpanChips
from models import ModelUnavailable
from models.registry import Progress

from . import attention_files as files
from . import attention_pictures as pictures
from . import attention_rivals as rivals
from . import attention_words as words
from . import sound
from .attention_heads import picture as heads_picture
from .attention_reading import HEADS, POSITION_S, STAGES, WIDTH, lay, read, recipe
from .sound import Heard, Window

CLOCK = "whisper_inside"
QUIET = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "always_last"}

TITLE = "4 Where it listens"
NEEDS_MODEL = True  # whether the encoder must have run
FIELDS = ("a_stage", "a_heads", "a_width", "a_pad", "a_text", "a_layer", "a_head", "a_t", "a_s")
OUTPUTS = ("facts", "words", "chips", "mel", "map", "card", "heads", "table", "recipes", "files", "asked")
FORGET: dict[str, Any] = {"a_text": "", "a_t": -1, "a_s": -1}
BY_RIVALS = ("facts", "words", "heads", "table", "recipes", "files")  # what their answer fills

TEXT = r"""
**Cross-attention.** While it chooses token $i$, head $h$ of a decoder layer asks with its query $q_{h,i}$ which of the
1500 encoder positions match: $w_{h,i,t} = \mathrm{softmax}_t\big(q_{h,i} \cdot k_{h,t} / \sqrt{64}\big)$. A few heads
turned out to follow the speech; they were found by their match with known word times, and come with the weights as the
*alignment heads*. Word times are made of them in five steps (openai/whisper, `timing.py`):

1. cut the padding away, so that each row sums to one over the sound;
2. compare the tokens at each moment, $z_{h,i,t} = (w_{h,i,t} - \mu_{h,t}) / \sigma_{h,t}$, mean and standard deviation
   over the tokens: what every token looks at vanishes;
3. smooth over time, $\mathrm{median}(z_{h,i,t-3}, \dots, z_{h,i,t+3})$, against single bright moments;
4. average the heads to one matrix $m_{i,t}$;
5. dynamic time warping finds the way from the first token's first moment to the last one's last that only goes down and
   to the right and collects most of $m$: $D_{i,j} = -m_{i,j} + \min(D_{i-1,j-1}, D_{i-1,j}, D_{i,j-1})$.

A token begins where the path enters its row. Nothing in this measures the sound itself: a word's end is only the next
token's beginning, which is why times drift into pauses, and why a CTC model, whose letters are tied to frames by its
training, ends words earlier.
"""


def build() -> dict[str, gr.components.Component]:
    """Draw the part inside its column; returns its components by name."""
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
            False, label="Show all 30 s", info="The bare weights, those on the padding too.", container=True
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
        parts[name] = gr.Number(-1, visible="hidden", minimum=-1, maximum=1500, precision=0, elem_classes="wa-hidden")
    parts["asked"] = gr.State(0.0)  # a change of it asks faster-whisper and the CTC model
    return parts


def content(window: Window, heard: Heard | None, fields: Mapping[str, Any], moved: str = "") -> tuple:
    """What the part shows: one value for each of `OUTPUTS`; `gr.skip()` for what `moved` leaves as it is."""
    shown_s = pictures.seconds_shown(heard, fields)
    shown: dict[str, Any] = {}
    if not moved.startswith("a_") or moved == "a_pad":
        shown["mel"] = pictures.mel(heard, shown_s)
    try:
        reading = read(heard, fields["a_text"])
    except ValueError as why:
        shown |= _nothing(heard, shown_s, str(why))
        return tuple(shown.get(name, gr.skip()) for name in OUTPUTS)
    laid = lay(reading, recipe(reading, fields))
    known = rivals.known(reading)
    cell = words.chosen_cell(reading, laid, fields)
    shown["map"] = pictures.attention(reading, laid, cell, fields["a_pad"], shown_s)
    shown["card"] = words.card(reading, laid, cell)
    if moved not in ("a_t", "a_s"):
        spans = laid.spans(reading)
        shown |= _compared(heard, fields, known)
        shown["chips"] = words.chips(reading, spans)
        if known is None:
            shown["asked"] = time.time()
    if moved in ("a_stage", "a_width"):
        shown.pop("heads")  # as it was
    return tuple(shown.get(name, gr.skip()) for name in OUTPUTS)


def _compared(heard: Heard, fields: Mapping[str, Any], known: rivals.Rivals | None, trouble: str = "") -> dict:
    """What changes once the others have answered."""
    reading = read(heard, fields["a_text"])
    laid = lay(reading, recipe(reading, fields))
    spans = laid.spans(reading)
    chosen = laid.recipe.heads if fields["a_heads"] == "one" else ()
    return {
        "heads": heads_picture(reading, chosen, known, fields["a_pad"]),
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


def heard_of(own: OwnSound | None, fields: Mapping[str, Any]) -> Heard:
    """Return the window as the page's model has heard it; a mistake becomes a message on the page."""
    try:
        return sound.hear(sound.window(own, fields["clip"], fields["at"]), fields)
    except (AudioError, ModelUnavailable, ValueError) as wrong:
        raise gr.Error(str(wrong)) from wrong


def head_chosen(x: float, y: float, own: OwnSound | None, fields: dict[str, Any]) -> tuple:
    """Show the head that was clicked in the small pictures: values for a_layer, a_head, a_heads and the outputs."""
    heard = heard_of(own, fields)
    layers = len(heard.model.net.decoder.layers)
    chosen = {"a_layer": layers - 1 - round(y), "a_head": round(x), "a_heads": "one"}
    return *chosen.values(), *content(heard.window, heard, {**fields, **chosen}, "a_heads")


def cell_chosen(x: float, y: float, own: OwnSound | None, fields: dict[str, Any]) -> tuple:
    """Explain the cell that was clicked: values for a_t, a_s, the map and the card."""
    heard = heard_of(own, fields)
    chosen = {"a_t": int(min(x / POSITION_S, heard.listened.positions - 1)), "a_s": round(y)}
    shown = dict(zip(OUTPUTS, content(heard.window, heard, {**fields, **chosen}, "a_t"), strict=True))
    return *chosen.values(), shown["map"], shown["card"]


def compare(own: OwnSound | None, fields: dict[str, Any], progress: Progress | None = None) -> tuple:
    """Ask faster-whisper and the CTC model for the same words: values for `BY_RIVALS`; none while hidden."""
    if fields["part"] != "attention":
        return (gr.skip(),) * len(BY_RIVALS)
    heard = heard_of(own, fields)
    known, trouble = None, ""
    try:
        reading = read(heard, fields["a_text"])
    except ValueError:  # no text: `content` has said so
        return (gr.skip(),) * len(BY_RIVALS)
    try:
        known = rivals.find(reading, progress)
    except ModelUnavailable as missing:
        trouble = str(missing)
    shown = _compared(heard, fields, known, trouble)
    return tuple(shown[name] for name in BY_RIVALS)


def wire(parts: dict, given: list, fields_of: Callable[[Any], dict[str, Any]]) -> None:
    """Tie the part's own clicks: handlers get `given` (own sound, then every field of the page)."""
    outputs = [parts[name] for name in OUTPUTS]

    def head(event: gr.EventData, own, *values):
        return head_chosen(float(event.x), float(event.y), own, fields_of(values))

    def cell(event: gr.EventData, own, *values):
        return cell_chosen(float(event.x), float(event.y), own, fields_of(values))

    def asked(own, *values, progress=gr.Progress()):  # noqa: B008  (Gradio finds it by this default)
        return compare(own, fields_of(values), lambda done, said: progress(done, desc=said))

    parts["heads"].pick(head, given, [*(parts[n] for n in ("a_layer", "a_head", "a_heads")), *outputs], **QUIET)
    parts["map"].pick(cell, given, [*(parts[n] for n in ("a_t", "a_s", "map", "card"))], **QUIET)
    parts["asked"].change(
        asked,
        given,
        [parts[name] for name in BY_RIVALS],
        show_progress="minimal",
        show_progress_on=parts["table"],
        api_visibility="private",
    )
