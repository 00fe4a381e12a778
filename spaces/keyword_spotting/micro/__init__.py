"""Part 6: to the microcontroller: the network as C, what it takes of a board, and how its integers work."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from components.audio_input import hint
from components.figure import Figure
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.parts import only

from ..inside.cards import key
from ..inside.numbers import STAGES, from_tiny, title
from ..sound import Heard
from . import numbers, pictures

if TYPE_CHECKING:
    from ..page import Scene

VIEWS = {"memory": "Memory", "speed": "Speed", "code": "The C code"}
FIELDS = ("m_view", "m_every", "m_code", "m_layer")
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
number and a shift, one pair per channel (Jacob et al. 2018, section 2.2). The rounding adds half before it shifts.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
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


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the part shows; what did not move stays."""
    heard, view = scene.heard, fields["m_view"]
    size = heard.model_id[0]
    values: dict[str, Any] = {}
    if fields.changed("part", "clip", "model"):
        here = numbers.measured(size)
        values |= {"m_summary": pictures.summary(heard, here), "m_origin": pictures.origin(heard, here), "m_ran": ""}
    if fields.changed("part", "m_view"):
        values |= only(view, *VIEWS, prefix="m_column_")
    if view == "memory":
        values |= {"m_memory": pictures.memory(size, numbers.stored(size)), "m_arena": pictures.arena(size)}
    elif view == "speed":
        every = float(fields["m_every"])
        values |= {"m_boards": pictures.boards(size, every), "m_table": pictures.board_table(size, every)}
        if fields.moved != "m_every":
            values["m_work"] = pictures.work(size)
    else:
        name = fields["m_layer"]
        values["m_listing"] = pictures.code(numbers.excerpt(size, fields["m_code"], name))
        if fields.moved != "m_code":
            values["m_worked"] = pictures.worked(numbers.worked(heard, name), name)
    return values


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
        return hint([str(wrong)], problem=True)


def saved(visit: Visit) -> dict[str, Any]:
    """Write the file, which a button that nobody sees then hands over."""
    return {"m_file": save(visit.scene.heard)}


def compiled(visit: Visit) -> dict[str, Any]:
    """Compile and run the export on the second that was heard."""
    return {"m_ran": run_here(visit.scene.heard)}


def picked_layer(visit: Visit) -> dict[str, Any]:
    """Open the numbers of a layer by its bar."""
    name = from_tiny(visit.event.x)
    return {"m_view": "code", "m_code": "tables", "m_layer": name} if name else {}


# One at a time for all visitors: a compiler takes a core for itself, and the run is timed.
ALONE = {"concurrency_id": "kws-latency", "concurrency_limit": 1, "show_progress": "minimal"}
PART = Part(
    slug="micro",
    title="6 To the microcontroller",
    draw=draw,
    show=show,
    fields=FIELDS,
    on=(
        On(component="m_work", event="pick", handler=picked_layer, redraw="m_view"),
        On(component="m_zip", event="click", handler=saved, then_js=HAND_OVER),
        On(component="m_run", event="click", handler=compiled, how={**ALONE, "show_progress_on": "m_ran"}),
    ),
)
