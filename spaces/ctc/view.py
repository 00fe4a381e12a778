"""The page's handlers: from its state to what its open part shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr

from algorithms.audio_io import AudioError
from algorithms.ctc import CtcError
from components.audio_input import OwnSound, hint
from models import ModelUnavailable

from . import collapse, decoding, pictures, real, rivals, sound, toy, why

PARTS = {
    "why": "1 Why alignment is a problem",
    "collapse": "2 Collapse a path",
    "real": "3 On real sound",
    "toy": "4 Toy trellis",
    "decode": "5 Decoding",
    "rivals": "6 Beside its rivals",
}
MODULES = {"why": why, "collapse": collapse, "real": real, "toy": toy, "decode": decoding, "rivals": rivals}
# The state of the page, in the order in which every handler gets it.
FIELDS = ("part", "clip", "text", "colour", "t", "s", "path", "target", "frames")
FIELDS += ("toy", "tf", "tp", "tc", "ts", "tx", "ty", "case", "width", "lm", "bonus", "hot", "hb", "which", "df", "pab")
# Which pictures of the open part stay as they are when a field moves; the others are drawn again.
SAME_SOUND = ("greedy", "mel", "emissions")
UNTOUCHED = {"colour": (*SAME_SOUND, "chips", "files", "status"), "text": SAME_SOUND}


def with_sound(fields: Mapping[str, Any]) -> bool:
    """Whether the open part is about the chosen sound."""
    return fields["part"] in ("why", "real") or (fields["part"] == "decode" and fields["case"] == decoding.CLIP[0])


def hear(own: OwnSound | None, view: Any, fields: Mapping[str, Any]) -> tuple:
    """Return sound and alignment (None where there is none), zoom, note, and why nothing is aligned."""
    try:
        heard = sound.hear(own, fields["clip"])
    except (AudioError, ModelUnavailable) as wrong:
        return None, None, view, hint([str(wrong)], problem=True), ""
    view = view if tuple((view or {}).get("key") or ()) == heard.key else {"key": heard.key}
    try:
        aligned = sound.align(heard, fields["text"] if fields["part"] == "real" else "")
    except CtcError as wrong:
        return heard, None, view, hint(heard.notes), str(wrong)
    return heard, aligned, view, hint(heard.notes), ""


def draw(own: OwnSound | None, view: pictures.View | None, history: Any, moved: str = "", **fields: Any) -> tuple:
    """Draw the open part of the page.

    Parameters
    ----------
    own
        The visitor's own sound.
    view
        What is zoomed into.
    history
        What the toy's training has shown so far.
    moved
        The one field that has changed; "" draws everything.
    **fields
        The page's state by name.

    Returns
    -------
    tuple
        Note, zoom, player, waveform, visibility of the sound's two columns and of each part, then each part's outputs;
        `gr.skip` for what is not open or stays as it is.
    """
    part = fields["part"]
    note, player, wave = gr.skip(), gr.skip(), gr.skip()
    heard = None
    content: tuple = ()
    if with_sound(fields):
        heard, aligned, view, note, problem = hear(own, view, fields)
        if heard is not None:
            if moved in ("", "clip", "part", "case"):
                player = heard.sound()
            if moved in ("", "clip", "part", "case", "text"):
                wave = pictures.waveform(heard, aligned)
            if part == "why":
                content = why.content(heard)
            if part == "real":
                content = real.content(heard, aligned, problem, fields, view)
                kept = UNTOUCHED.get(moved, ())
                content = tuple(gr.skip() if n in kept else v for n, v in zip(real.NAMES, content, strict=True))
    if part == "decode":
        content = decoding.content(fields, heard)
    if part == "collapse":
        content = collapse.content(fields)
    if part == "toy":
        content = toy.content(fields, history)
    if part == "rivals":
        content = rivals.content(fields)
    shown = [gr.update(visible=with_sound(fields))] * 2 + [gr.update(visible=slug == part) for slug in PARTS]
    if moved not in ("", "part", "case"):
        shown = [gr.skip()] * len(shown)
    filled = [content if slug == part and content else (gr.skip(),) * MODULES[slug].OUTPUTS for slug in PARTS]
    return note, view, player, wave, *shown, *(value for values in filled for value in values)


def cell_at(x_s: float, y: float, own: OwnSound | None, view: Any, fields: Mapping[str, Any]) -> tuple:
    """Return frame, state, trellis and card of the cell at a time and a height of the trellis' picture."""
    heard, aligned, view, _, _ = hear(own, view, fields)
    if aligned is None:
        return (gr.skip(),) * 4
    frames, n_states = aligned.trellis.forward.shape
    t = min(max(int(x_s / heard.frame_s), 0), frames - 1)
    s = min(max(round(y), 0), n_states - 1)
    return (
        t,
        s,
        pictures.trellis(heard, aligned, fields["colour"], view, (t, s)),
        real.cell_card(heard, aligned, fields["colour"], (t, s)),
    )


def zoomed(name: str, x: Any, y: Any, own: OwnSound | None, view: Any, fields: Mapping[str, Any]) -> tuple:
    """Return the new zoom and the trellis drawn for it.

    Parameters
    ----------
    name : the picture that was zoomed; only the trellis' own height counts
    x, y : what it shows, None for everything
    """
    heard, aligned, old, _, _ = hear(own, view, fields)
    if heard is None:
        return gr.skip(), gr.skip()
    states = (list(y) if y else None) if name == "trellis" else old.get("s")
    new = {"key": heard.key, "t": list(x) if x else None, "s": states}
    if aligned is None or fields["part"] != "real":
        return new, gr.skip()
    at = real.chosen_cell(aligned, fields["t"], fields["s"])
    return new, pictures.trellis(heard, aligned, fields["colour"], new, at)


def path_edited(path: str, fields: Mapping[str, Any]) -> tuple:
    """Take a path that was clicked together: returns it and the outputs of its part."""
    path = collapse.clean(path)
    return path, *collapse.content({**fields, "path": path})


def step_of(x: float, own: OwnSound | None, fields: Mapping[str, Any]) -> tuple:
    """Go to a frame of the beam: returns tree and table, and the frame's number in between."""
    heard = hear(own, None, fields)[0] if with_sound(fields) else None
    _, _, tree, table = decoding.content({**fields, "df": max(1, round(x))}, heard)
    return max(1, round(x)), tree, table
