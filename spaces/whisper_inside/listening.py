"""Part 1: what goes into the model: the whole chain, the log-mel window, its scaling, its filling, long sounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from algorithms.whisper.mel import N_COLUMNS, mel_steps
from components.figure import Figure
from components.page import text
from components.player import Player

from . import listening_pictures as pictures
from . import long_pictures, long_sound, sound, two_fillings
from .sound import Heard, Window

TITLE = "1 What it sees"
NEEDS_MODEL = False  # whether the encoder must have run
VIEWS = {"window": "The window", "scale": "Scaling", "fill": "Two fillings", "long": "An hour of sound"}
FIELDS: tuple[str, ...] = ("i_view", "i_step", "i_keep", "i_chunk", "i_overlap")
PICTURES = ("chain", "mel", "facts", "table", "histogram", "fillings", "fill_facts", "compared")
LONG = ("long_sound", "long_player", "windows", "turns", "cuts")
COLUMNS = tuple(f"column_{name}" for name in ("mel", "steps", *VIEWS))
OUTPUTS: tuple[str, ...] = (*COLUMNS, *PICTURES, *LONG)
FORGET: dict[str, Any] = {}  # fields that another sound, window or model sets back, and to what

TEXT_WINDOW = r"""
**Why 30 s?** The encoder has exactly 1500 places for time, and in training every piece of sound was cut to 30 s with
the text that belongs to it (Radford et al. 2022, section 2.1). That is long enough for whole sentences with their
context, and short enough for self-attention, whose cost grows with the *square* of the length. So a short sound is
filled up, at the same cost as a full window, and a long one is taken window by window.
"""
TEXT_SCALE = r"""
With $P$ for the mel power, and the maximum over the whole window:
$$x = \log_{10}\max(P, 10^{-10}), \qquad \text{mel} = \frac{\max(x,\; x_{\max} - 8) + 4}{4}$$
The clamp ties silence to the **loudest** moment of the window: a door slam lifts the level that counts as silence. The
loudest cell is not set to 1: played half as loud, all values go down by $2\log_{10}2/4 = 0.15$, unless the clip was
so quiet that the $10^{-10}$ is reached. Move the slider to see what a narrower range would cut.
"""
TEXT_FILL = r"""
OpenAI's code appends **silence to the sound**, so the filling gets the lowest value of the window. faster-whisper, the
engine of the Transcription room, appends **zeros to the scaled picture**: 0 stands for
$\log_{10} P = -4$, far above silence, as if a soft, even noise went on. The model was trained with the first; with
either it mostly writes the same, but a close decision can tip.
"""


def build() -> dict[str, gr.components.Component]:
    """Draw the part inside its column; returns its components by name."""
    parts: dict[str, Any] = {"chain": gr.HTML("", js_on_load=pictures.CHAIN_JS, apply_default_css=False)}
    parts["i_view"] = gr.Radio(
        [(title, slug) for slug, title in VIEWS.items()],
        value="window",
        label="View of the input",
        show_label=False,
        elem_classes=["lab-chips", "wi-views", "wi-views-input"],
    )
    with gr.Column() as parts["column_mel"]:
        with gr.Column(visible=False) as parts["column_steps"]:
            parts["i_step"] = gr.Radio(
                [(title, slug) for slug, title in pictures.STEPS.items()],
                value="scaled",
                label="After step",
                show_label=False,
                elem_classes=["lab-chips", "wi-steps"],
            )
        parts["mel"] = Figure(
            "The log-mel window", clock="whisper_inside", height=250, hint="80 × 3000; click to move the player"
        )
    with gr.Column() as parts["column_window"]:
        parts["facts"] = gr.HTML("", apply_default_css=False)
        text(TEXT_WINDOW)
    with gr.Column(visible=False) as parts["column_scale"]:
        parts["table"] = gr.HTML("", apply_default_css=False)
        parts["i_keep"] = gr.Slider(2, 12, 8, step=0.5, label="Powers of ten kept under the loudest (Whisper: 8)")
        parts["histogram"] = Figure("What the clamp cuts", height=210, hint="orange is lifted to the clamp")
        text(TEXT_SCALE)
    with gr.Column(visible=False) as parts["column_fill"]:
        parts["fillings"] = Figure("Two fillings of one window", height=230, hint="where the sound ends")
        parts["fill_facts"] = gr.HTML("", apply_default_css=False)
        parts["both"] = gr.Button("Write the text with both fillings", variant="primary")
        parts["compared"] = gr.HTML("", apply_default_css=False, elem_classes="wi-compared")
        text(TEXT_FILL)
    with gr.Column(visible=False) as parts["column_long"]:
        _build_long(parts)
    return parts


def _build_long(parts: dict[str, Any]) -> None:
    parts["long_sound"] = gr.HTML("", apply_default_css=False)
    parts["long_player"] = Player("wi_long", label="The long sound")
    parts["windows"] = Figure("Windows follow the timestamps", clock="wi_long", height=230, hint="click a dot")
    parts["turns"] = gr.HTML("", apply_default_css=False)
    with gr.Row(elem_classes="ctc-row"):
        parts["i_chunk"] = gr.Slider(5, 30, 10, step=1, label="Cut into chunks of (s)")
        parts["i_overlap"] = gr.Slider(0, 4, 0, step=1, label="Neighbours share (s)")
        parts["run_long"] = gr.Button("Compute it here", variant="primary", min_width=150, scale=0)
    parts["cuts"] = gr.HTML("", apply_default_css=False)
    text(long_pictures.TEXT)


def facts(window: Window, columns: int) -> str:
    """One sentence with the sizes of this window, as HTML."""
    filled = N_COLUMNS - columns
    if filled:
        share = 100 * filled / N_COLUMNS
        rest = f"; the other {filled} ({share:.0f} %) are filling, and the encoder works on them all the same"
    else:
        rest = ": the window is full"
    more = ""
    if window.total_s > sound.WINDOW_S:
        more = f" The sound goes on to {window.total_s:.1f} s: move the window with the slider on the left."
    return (
        f'<p class="ctc-sentence"><strong>{len(window.y):,} samples</strong> become 80 × {columns} numbers of sound'
        f"{rest}.{more}</p>"
    )


def content(window: Window, heard: Heard | None, fields: Mapping[str, Any], moved: str = "") -> tuple:
    """What the part shows: one value for each of `OUTPUTS`; `gr.skip()` for what `moved` leaves as it is."""
    view = fields["i_view"]
    filled = dict.fromkeys(OUTPUTS, gr.skip())
    fresh = moved not in FIELDS
    if fresh or moved == "i_view":
        shown = {"column_mel": view != "long", "column_steps": view == "scale"}
        shown |= {f"column_{name}": name == view for name in VIEWS}
        filled |= {name: gr.update(visible=on) for name, on in shown.items()}
    if fresh:
        filled["chain"] = pictures.chain(window, fields["model"])
    if view == "long":
        if fresh or moved in ("i_view", "i_chunk", "i_overlap"):
            filled |= long_content(window, fields)
        return tuple(filled.values())
    scale = view == "scale"
    keep = float(fields["i_keep"]) if scale else 8.0
    pad_sound = fields["pad"] == "silence"
    steps = mel_steps(window.y, pad_sound, keep)
    if fresh or moved in ("i_view", "i_step", "i_keep"):
        step = fields["i_step"] if scale else "scaled"
        filled["mel"] = pictures.mel_window(window, steps, step, keep)
    if view == "window":
        filled["facts"] = facts(window, steps.sound)
    elif scale:
        filled |= {"table": pictures.scaling(steps, keep), "histogram": pictures.histogram(steps, keep)}
    elif view == "fill":
        filled |= two_fillings.content(window)
        if fresh or moved == "i_view":
            filled["compared"] = two_fillings.known(window, fields)
    return tuple(filled.values())


def long_content(window: Window, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The long sound and what is known of it without computing: an answer made beforehand, or a word what to press."""
    long = long_sound.long_of(window)
    turns, chunks = long_sound.known(long, fields)
    return {
        "long_sound": long_pictures.about(long, window, fields, turns),
        "long_player": long_pictures.player(long),
        "windows": long_pictures.windows(long, turns),
        "turns": long_pictures.table(turns),
        "cuts": long_pictures.cuts(long, turns, chunks, fields),
    }


def computed(own: Any, fields: Mapping[str, Any], progress: Any = None) -> tuple:
    """Follow the long sound with the chosen model; returns a value for each of `LONG`."""
    from algorithms.sound import AudioError
    from models import ModelUnavailable

    try:
        window = sound.window(own, fields["clip"], fields["at"])
        long = long_sound.long_of(window)
        long_sound.load(fields, progress)
        turns = long_sound.follow(long, fields, progress)
        chunks = long_sound.chunked(long, fields, progress)
    except (AudioError, ModelUnavailable, ValueError) as wrong:
        raise gr.Error(str(wrong)) from wrong
    return (
        long_pictures.about(long, window, fields, turns),
        gr.skip(),
        long_pictures.windows(long, turns),
        long_pictures.table(turns),
        long_pictures.cuts(long, turns, chunks, fields),
    )


def wire(parts: dict, given: list, fields_of: Callable[[Any], dict[str, Any]]) -> None:
    """Tie the part's own clicks: handlers get `given` (own sound, then every field of the page)."""

    def run(own, *values, progress=gr.Progress()):  # noqa: B008  (Gradio finds it by this default)
        return computed(own, fields_of(values), lambda done, words: progress(done, desc=words))

    def both(own, *values, progress=gr.Progress()):  # noqa: B008
        return two_fillings.compared(own, fields_of(values), lambda done, words: progress(done, desc=words))

    quiet = {"api_visibility": "private", "show_progress": "full"}
    outputs = [parts[name] for name in LONG]
    parts["run_long"].click(run, given, outputs, show_progress_on=parts["cuts"], **quiet)
    parts["both"].click(both, given, [parts["compared"]], **quiet)
