"""Part 6: to the microcontroller: the network as C, what it takes of a board, and how its integers work."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from components.figure import Figure
from components.page import text

from . import micro_numbers as numbers
from . import micro_pictures as pictures
from . import sound
from .inside_cards import key
from .inside_numbers import STAGES, from_tiny, title
from .sound import Heard

TITLE = "6 To the microcontroller"
VIEWS = {"memory": "Memory", "speed": "Speed", "code": "The C code"}
FIELDS: tuple[str, ...] = ("m_view", "m_every", "m_code", "m_layer")
VIEW_COLUMNS = tuple(f"m_column_{name}" for name in VIEWS)
OUTPUTS: tuple[str, ...] = (
    *VIEW_COLUMNS,
    *(
        "m_summary",
        "m_origin",
        "m_ran",
        "m_memory",
        "m_arena",
        "m_boards",
        "m_table",
        "m_work",
        "m_listing",
        "m_worked",
    ),
)
LAYERS = (*STAGES, "linear")
HAND_OVER = "() => { setTimeout(() => document.querySelector('#kws-c-file')?.click(), 120); return []; }"

TEXT_MEMORY = r"""
Flash holds what never changes, mostly one byte a weight; RAM only what passes between two layers. Each layer reads from
one end of the **arena** and writes to the other, so that the largest pair of neighbours decides. The front end is not
in it: an FFT of 640 points and its tables take some more kB.
"""
TEXT_SPEED = r"""
A keyword spotter in use runs again and again on a sliding second. Between two runs the core can sleep: the less it is
busy, the longer a battery lasts.
"""
TEXT_CODE = r"""
No floating point and no division: a real factor $M = s_{in}\,s_w / s_{out}$ between 0 and 1 becomes a 31-bit whole
number and a shift, one pair a channel (Jacob et al. 2018, section 2.2). The rounding adds half before it shifts.
"""


def build(*_mine: Any) -> dict[str, Any]:
    """Draw the part inside its column; returns its components by name."""
    parts: dict[str, Any] = {}
    parts["m_summary"] = gr.HTML("", apply_default_css=False)
    with gr.Row(elem_classes="kwi-actions"):
        parts["m_zip"] = gr.Button("Download the C files (zip)", variant="primary", size="sm", elem_id="kws-c-zip")
        parts["m_run"] = gr.Button("Compile and run it here, on your word", size="sm", elem_id="kws-c-run")
        parts["m_file"] = gr.DownloadButton(elem_id="kws-c-file", visible="hidden")
    parts["m_ran"] = gr.HTML("", apply_default_css=False, elem_classes="kwi-ran")
    parts["m_view"] = gr.Radio(
        [(name, slug) for slug, name in VIEWS.items()],
        value="memory",
        label="What to look at",
        show_label=False,
        elem_classes=["lab-chips", "kwi-views"],
    )
    with gr.Column() as parts["m_column_memory"]:
        parts["m_memory"] = Figure("What lies in flash and in RAM", height=160)
        gr.HTML(key(pictures.MEMORY_KEY), apply_default_css=False)
        parts["m_origin"] = gr.HTML("", apply_default_css=False)
        parts["m_arena"] = Figure("The arena, while each layer runs", height=330)
        text(TEXT_MEMORY)
    with gr.Column(visible=False) as parts["m_column_speed"]:
        parts["m_every"] = gr.Slider(20, 1000, 100, step=20, label="One inference every (ms)")
        parts["m_boards"] = Figure(
            "Estimated latency on five boards", height=240, hint="dotted line: the next one begins"
        )
        parts["m_table"] = gr.HTML("", apply_default_css=False)
        parts["m_work"] = Figure("Multiply-accumulates of each layer", height=230, hint="click one to see its numbers")
        text(TEXT_SPEED)
    with gr.Column(visible=False) as parts["m_column_code"]:
        parts["m_code"] = gr.Radio(
            [(name, slug) for slug, name in numbers.EXCERPTS.items()],
            value="requantise",
            label="Part of the code",
            show_label=False,
            elem_classes=["lab-chips", "kwi-layers"],
        )
        parts["m_listing"] = gr.HTML("", apply_default_css=False)
        parts["m_layer"] = gr.Radio(
            [(title(name), name) for name in LAYERS],
            value="conv",
            label="Layer",
            show_label=False,
            elem_classes=["lab-chips", "kwi-layers"],
        )
        parts["m_worked"] = gr.HTML("", apply_default_css=False)
        text(TEXT_CODE)
    return parts


def content(heard: Heard, fields: Mapping[str, Any], moved: str = "") -> tuple:
    """What the part shows: one value for each of `OUTPUTS`; `gr.skip()` for what `moved` leaves as it is."""
    filled: dict[str, Any] = dict.fromkeys(OUTPUTS, gr.skip())
    view, size = fields["m_view"], heard.model_id[0]
    if moved not in FIELDS:
        here = numbers.measured(size)
        filled |= {"m_summary": pictures.summary(heard, here), "m_origin": pictures.origin(heard, here), "m_ran": ""}
    if moved not in FIELDS or moved == "m_view":
        filled |= {f"m_column_{name}": gr.update(visible=name == view) for name in VIEWS}
    if view == "memory":
        found = numbers.stored(size)
        filled |= {"m_memory": pictures.memory(size, found), "m_arena": pictures.arena(size)}
    elif view == "speed":
        every = float(fields["m_every"])
        filled |= {"m_boards": pictures.boards(size, every), "m_table": pictures.board_table(size, every)}
        if moved != "m_every":
            filled["m_work"] = pictures.work(size)
    else:
        filled["m_listing"] = pictures.code(numbers.excerpt(size, fields["m_code"], fields["m_layer"]))
        if moved != "m_code":
            name = fields["m_layer"]
            filled["m_worked"] = pictures.worked(numbers.worked(heard, name), name)
    return tuple(filled.values())


def save(heard: Heard) -> str:
    """Write the zip into Gradio's cache, which deletes it again, and return its path."""
    from gradio.utils import get_upload_folder

    folder = Path(get_upload_folder()) / uuid.uuid4().hex
    folder.mkdir(parents=True)
    path = folder / f"kws-ds-cnn-{heard.model_id[0]}-c.zip"
    path.write_bytes(numbers.archive(heard))
    return str(path)


def run_here(heard: Heard) -> str:
    """Compile and run the export: what it said as HTML, or in a sentence why it could not run."""
    try:
        return pictures.ran(heard, numbers.run_here(heard))
    except ValueError as wrong:
        from components.audio_input import hint

        return hint([str(wrong)], problem=True)


def clicked(x: Any, heard: Heard, fields: Mapping[str, Any]) -> tuple:
    """Answer a click on a layer's bar: view, code, layer, then the part's outputs."""
    name = from_tiny(x)
    if name is None:
        return (gr.skip(),) * (3 + len(OUTPUTS))
    chosen = {"m_view": "code", "m_code": "tables", "m_layer": name}
    return *chosen.values(), *content(heard, {**fields, **chosen}, "m_view")


def wire(parts: dict, given: list, fields_of: Callable[[Any], dict[str, Any]], *_mine: Any) -> None:
    """Tie the part's own buttons and clicks: handlers get `given` (own sound, then every field of the page)."""
    quiet = {"api_visibility": "private", "show_progress": "hidden"}

    def hear(own: Any, values: tuple) -> tuple[Heard, dict[str, Any]]:
        fields = fields_of(values)
        return sound.hear(own, fields["clip"], fields["model"]), fields

    def picked(event: gr.EventData, own, *values):
        return clicked(event.x, *hear(own, values))

    def saved(own, *values):
        return save(hear(own, values)[0])

    def compiled(own, *values):
        return run_here(hear(own, values)[0])

    outputs = [parts[name] for name in ("m_view", "m_code", "m_layer", *OUTPUTS)]
    parts["m_work"].pick(picked, given, outputs, trigger_mode="always_last", **quiet)
    # The first button writes the file, the second one, which nobody sees, hands it over.
    parts["m_zip"].click(saved, given, parts["m_file"], **quiet).success(None, None, None, js=HAND_OVER, **quiet)
    # One at a time for all visitors: a compiler takes a core for itself, and the run is timed.
    parts["m_run"].click(
        compiled,
        given,
        parts["m_ran"],
        concurrency_id="kws-latency",
        concurrency_limit=1,
        api_visibility="private",
        show_progress="minimal",
    )
