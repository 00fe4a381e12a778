"""Part 1: what goes into the model: the whole chain, the log-mel window, its scaling, its filling, long sounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from algorithms.whisper.mel import N_COLUMNS, mel_steps
from components.figure import Figure
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.player import Player

from .. import sound
from ..sound import Window
from . import fillings, long_pictures, long_sound, pictures

if TYPE_CHECKING:
    from ..page import Scene

VIEWS = {"window": "The window", "scale": "Scaling", "fill": "Two fillings", "long": "An hour of sound"}
FIELDS = ("i_view", "i_step", "i_keep", "i_chunk", "i_overlap")

TEXT_WINDOW = r"""
**Why 30 s?** The encoder has exactly 1500 places for time, and in training every piece of sound was cut to 30 s with
the text that belongs to it (Radford et al. 2022, section 2.1). That is long enough for whole sentences with their
context, and short enough for self-attention, whose cost grows with the *square* of the length. So a short sound is
filled up, at the same cost as a full window, and a long one is taken window by window.
"""
TEXT_SCALE = r"""
With $P$ for the mel power, and the maximum over the whole window:
$$x = \log_{10}\max(P, 10^{-10}), \qquad \text{mel} = \frac{\max(x,\; x_{\max} - 8) + 4}{4}$$
The clamp ties silence to the **loudest** moment of the window: a door slam lifts the level that counts as silence.
(Both transcribers scale the whole recording at once, so in a long one the maximum is that of the loudest moment of all;
this page scales each window by itself.) The loudest cell is not set to 1: played half as loud, all values go down by
$2\log_{10}2/4 = 0.15$, unless the clip was so quiet that the $10^{-10}$ is reached. Move the slider to see what a
narrower range would cut.
"""
TEXT_FILL = r"""
There are two ways to fill the window. Both transcribers, `transcribe` in openai/whisper and in faster-whisper (the
engine of the Whisper room), cut the scaled spectrogram where the sound ends and append **zeros to the spectrogram**: 0
stands for $\log_{10} P = -4$, far above silence, as if a soft, even noise went on. openai/whisper's low-level example,
`pad_or_trim(audio)`, appends **silence to the sound**, so the filling gets the lowest value of the window. The paper
does not say how short training pieces were filled. Usually the text is the same either way, but where two words are
nearly equally likely, the filling can decide.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
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
        parts["log_mel"] = Figure(
            "The log-mel window", clock="whisper_inside", height=250, hint="80 × 3000; click to move the player"
        )
    with gr.Column() as parts["column_window"]:
        parts["sizes"] = gr.HTML("", apply_default_css=False)
        text(TEXT_WINDOW)
    with gr.Column(visible=False) as parts["column_scale"]:
        parts["scaling"] = gr.HTML("", apply_default_css=False)
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
        _draw_long(parts)
    return parts


def _draw_long(parts: dict[str, Any]) -> None:
    parts["long_sound"] = gr.HTML("", apply_default_css=False)
    parts["long_player"] = Player("wi_long", label="The long sound")
    parts["windows"] = Figure("Windows follow the timestamps", clock="wi_long", height=230, hint="click a dot")
    parts["turns"] = gr.HTML("", apply_default_css=False)
    with gr.Row(elem_classes="lab-row"):
        parts["i_chunk"] = gr.Slider(5, 30, 10, step=1, label="Cut into chunks of (s)")
        parts["i_overlap"] = gr.Slider(0, 4, 0, step=1, label="Neighbours share (s)")
        parts["run_long"] = gr.Button("Compute it here", variant="primary", min_width=150, scale=0)
    parts["cuts"] = gr.HTML("", apply_default_css=False)
    text(long_pictures.TEXT)


def sizes(window: Window, columns: int) -> str:
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
        f'<p class="lab-sentence"><strong>{len(window.y):,} samples</strong> become 80 × {columns} numbers of sound'
        f"{rest}.{more}</p>"
    )


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the part shows."""
    window, view = scene.window, fields["i_view"]
    fresh = fields.moved not in FIELDS  # another sound or model, or the part has just been opened
    filled: dict[str, Any] = {}
    if fresh or fields.moved == "i_view":
        columns = {"column_mel": view != "long", "column_steps": view == "scale"}
        columns |= {f"column_{name}": name == view for name in VIEWS}
        filled |= {name: gr.update(visible=seen) for name, seen in columns.items()}
    if fresh:
        filled["chain"] = pictures.chain(window, fields["model"])
    if view == "long":
        if fields.moved not in ("i_step", "i_keep"):
            filled |= _long(window, fields)
        return filled
    scale = view == "scale"
    keep = float(fields["i_keep"]) if scale else 8.0
    steps = mel_steps(window.y, fields["pad"] == "silence", keep)
    if fields.moved not in ("i_chunk", "i_overlap"):
        filled["log_mel"] = pictures.mel_window(window, steps, fields["i_step"] if scale else "scaled", keep)
    if view == "window":
        filled["sizes"] = sizes(window, steps.sound)
    elif scale:
        filled |= {"scaling": pictures.scaling(steps, keep), "histogram": pictures.histogram(steps, keep)}
    else:
        filled |= fillings.content(window)
        if fresh or fields.moved == "i_view":
            filled["compared"] = fillings.KNOWN
    return filled


def _long(window: Window, fields: Fields) -> dict[str, Any]:
    """Show the long sound and what is known of it without computing: an answer, or a word what to press."""
    long = long_sound.long_of(window)
    turns, chunks = long_sound.known(long, fields)
    return {"long_player": long_pictures.player(long), **_followed(long, window, fields, turns, chunks)}


def _followed(long: long_sound.Long, window: Window, fields: Fields, turns: tuple, chunks: tuple) -> dict[str, Any]:
    return {
        "long_sound": long_pictures.about(long, window, fields, turns),
        "windows": long_pictures.windows(long, turns),
        "turns": long_pictures.table(turns),
        "cuts": long_pictures.cuts(long, turns, chunks, fields),
    }


def follow(visit: Visit) -> dict[str, Any]:
    """Follow the long sound with the chosen model."""
    fields = visit.fields
    with sound.said():
        window = visit.scene.window
        long = long_sound.long_of(window)
        turns = long_sound.follow(long, fields, visit.progress)
        chunks = long_sound.chunked(long, fields, visit.progress)
    return _followed(long, window, fields, turns, chunks)


def compare(visit: Visit) -> dict[str, Any]:
    """Write the text with both fillings."""
    with sound.said():
        return {"compared": fillings.compared(visit.scene.window, visit.fields, visit.progress)}


PART = Part(
    slug="input",
    title="1 What it sees",
    draw=draw,
    show=show,
    fields=FIELDS,
    on=(
        On(
            component="run_long",
            event="click",
            handler=follow,
            how={"show_progress": "full", "show_progress_on": "cuts"},
        ),
        On(
            component="both",
            event="click",
            handler=compare,
            how={"show_progress": "full", "show_progress_on": "compared"},
        ),
    ),
)
