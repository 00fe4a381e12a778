"""Part 3: how long each sound lasts: the strip, the two settings of the predictor, the hard alignment, files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from algorithms.vits import durations
from components.figure import Figure
from components.lesson import Fields, On, Part, Visit
from components.page import text

from ..speech import script_of, wish_of, written_edits
from ..strip import CLOCK, DurationStrip
from . import files, pictures

if TYPE_CHECKING:
    from ..page import Scene

TEXT = r"""
**What happened when you let go of an edge.** Each token owns a whole number of frames of 256 samples (11.6 ms). The
model had written $\lceil e^{\log w_i} \cdot \text{length\_scale} \rceil$ there; you wrote another number. The prior of
the token is repeated that often, noise is drawn, and flow and decoder do the rest: they have no idea that a person
moved something. Only the neighbourhood of the edge sounds different, because every token keeps its own noise.

**The blank between two symbols is not silence.** It takes its share of the time between them; in the picture of the
alignment the darker steps are blanks. Stretch a *gap* between two words: the voice holds on to the sound. A *pause*
is a punctuation mark that the text encoder has read, and it is silent because commas were silent in the training
recordings: insert one and stretch it.

**length_scale** multiplies every duration before it is rounded up. **noise_w** is the spread of the noise that the
*stochastic* duration predictor turns into rhythm: it is a flow of its own, so the same sentence has many rhythms; at 0
it always takes the one in the middle. (FastSpeech 2's predictor is trained to give one number, the mean, and its
speech sounds even.)
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {"strip": DurationStrip()}
    parts["files"] = gr.HTML("", apply_default_css=False)
    parts["sounded"] = Figure("The sound, cut where the strip says", clock=CLOCK, height=240, hint="click to go there")
    parts["hard"] = Figure("Which frames each token owns", clock=CLOCK, height=420)
    text(TEXT)
    return parts


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    spoken = scene.spoken
    return {
        "strip": spoken,
        "files": files.links(spoken),
        "sounded": pictures.sounded(spoken),
        "hard": pictures.alignment(spoken),
    }


def edited(visit: Visit) -> dict[str, Any]:
    """Take a change of the strip over into the address."""
    event, wish = visit.event, wish_of(visit.fields)
    if getattr(event, "reset", False):
        return {"edits": ""}
    edits = dict(wish.edits)
    units = script_of(wish).units
    for kind in ("pause", "unpause"):
        at = getattr(event, kind, None)
        if isinstance(at, int) and 0 <= at < len(units):
            return _punctuated(wish, edits, at, insert=kind == "pause")
    changes = getattr(event, "changes", None)
    for change in changes if isinstance(changes, list) else []:
        unit, frames = change
        if not isinstance(unit, int) or not 0 <= unit < len(units):
            continue
        if frames is None:
            edits.pop(unit, None)
        else:
            edits[unit] = min(max(int(frames), 1), durations.MAX_UNIT_FRAMES)
    return {"edits": written_edits(edits)}


def _punctuated(wish: Any, edits: dict[int, int], at: int, *, insert: bool) -> dict[str, Any]:
    """Put a comma before a gap, or take a punctuation mark out; the edits behind it move along."""
    script = script_of(wish)
    unit = script.units[at]
    if unit.kind != ("gap" if insert else "pause"):
        return {}
    symbols = [s for s in script.tokens.symbols if s not in ("^", "_", "$")]
    place = (unit.start - 2) // 2  # after "^ _" every symbol is followed by a blank
    symbols[place : place + (not insert)] = [","] if insert else []
    shift = 1 if insert else -1
    moved = {u + shift * (u >= at): n for u, n in edits.items() if insert or u != at}
    return {"ipa": "".join(symbols), "edits": written_edits(moved)}


PART = Part(
    slug="durations",
    title="3 Durations",
    draw=draw,
    show=show,
    on=(On(component="strip", event="edit", handler=edited, redraw="edits", how={"show_progress": "hidden"}),),
)
