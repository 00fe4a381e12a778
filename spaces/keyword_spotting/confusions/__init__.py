"""Part 4: which words are taken for which: the confusion matrix on strangers' clips, each cell to be heard and seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from algorithms.keyword.ds_cnn import LABELS
from components.figure import Figure, figure
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.player import Player

from .. import validation
from ..networks import TITLES
from ..say.one import shown
from . import clips
from .board import Board, matrix

if TYPE_CHECKING:
    from ..page import Scene

FIELDS = ("c_said", "c_answered", "c_clip")
YES, UNKNOWN = LABELS.index("yes"), LABELS.index("_unknown_")

TEXT = """
The diagonal is what it gets right. Listen to a cell before you blame the network: *go* and *no* share their vowel
and differ only at the start; the twelve words that both 8-bit networks call silence are all one speaker's, and ten have
no moment that stands out from their noise by more than 5 dB. *Unknown* has to stand for every other word, yet training
heard few real voices say one, so it takes in weakly spoken keywords and lets unfamiliar words pass for keywords. A
keyword's row has about 65 clips: one clip is 1.5 points of recall, and two or three clips between two networks are
chance.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    for name, value, top in (("c_said", YES, 11), ("c_answered", UNKNOWN, 11), ("c_clip", 0, 200)):  # set by clicks
        parts[name] = gr.Number(value, minimum=0, maximum=top, step=1, precision=0, elem_classes="kws-hidden")
    parts["c_sentence"] = gr.HTML("", apply_default_css=False)
    with gr.Row(elem_classes="kws-cells", equal_height=False):
        parts["c_matrix"] = Board()
        with gr.Column(elem_classes="kws-cell"):
            parts["c_nothing"] = gr.HTML("", apply_default_css=False, elem_classes="kws-nothing")
            with gr.Column() as parts["column_cell"]:
                parts["c_tiles"] = Figure("The clips of this cell", height=300, hint="click one; number: p(answer)")
                with gr.Row(elem_classes="kws-steps") as parts["column_steps"]:
                    parts["c_before"] = gr.Button("Previous clip", size="sm", min_width=110)
                    parts["c_after"] = gr.Button("Next clip", size="sm", min_width=110)
                parts["c_player"] = Player("kws_cell", label="The clip")
    with gr.Row(elem_classes="kws-one", equal_height=False):
        parts["c_card"] = gr.HTML("", apply_default_css=False)
        with gr.Column(elem_classes="kws-one-pictures"):
            parts["c_close"] = Figure("What the network sees of this clip", clock="kws_cell", height=230)
            parts["c_speakers"] = Figure("Mistakes by speaker", height=180, hint="each bar is one speaker")
    text(TEXT)
    return parts


def chosen(fields: Mapping[str, Any]) -> tuple[int, int, int, np.ndarray]:
    """Said, answered, place in the cell, and the cell's clips."""
    said, answered = (int(np.clip(fields[name] or 0, 0, len(LABELS) - 1)) for name in ("c_said", "c_answered"))
    found = validation.load().clips_in(fields["model"], said, answered)
    at = int(np.clip(fields["c_clip"] or 0, 0, max(0, len(found) - 1)))
    return said, answered, at, found


def summary(model: str) -> str:
    """How many are right, and the worst pairs, as HTML."""
    held = validation.load()
    counts = held.matrix(model)
    right, n = int(np.trace(counts)), int(counts.sum())
    people = len(set(held.speakers.tolist()) - {0})
    pairs = "; ".join(
        f"{shown(LABELS[said])} for {shown(LABELS[answered])} ({k})"
        for said, answered, k in ((a, s, k) for s, a, k in clips.worst(counts, LABELS, 3))
    )
    return (
        f'<p class="ctc-sentence"><strong>{right} of {n}</strong> clips ({people} new speakers, and noises) are '
        f"answered correctly ({100 * right / n:.1f} %) by the network “{TITLES[model].split(':')[0]}”. "
        f"Most often it answers {pairs}. Click a cell to hear and see its clips.</p>"
    )


def speakers(model: str, speaker: int) -> dict:
    """How often each speaker is misheard, the most misheard first; the chosen one is marked."""
    held = validation.load()
    wrong = held.predicted[held.network(model)] != held.labels
    people = sorted(set(held.speakers.tolist()) - {0})
    of = {p: (int(wrong[held.speakers == p].sum()), int((held.speakers == p).sum())) for p in people}
    order = sorted(people, key=lambda p: (-of[p][0], p))
    mistakes = [of[p][0] for p in order]
    spotless = mistakes.count(0)
    worst, total = sum(mistakes[:5]), sum(mistakes)
    bars = {
        "type": "bar", "x": list(range(len(order))), "y": mistakes,
        "marker": {"color": ["var(--lab-c2)" if p == speaker else "var(--lab-c1)" for p in order]},
        "text": [f"speaker {p}: {of[p][0]} of {of[p][1]} wrong" for p in order],
        "hovertemplate": "%{text}<extra></extra>", "textposition": "none",
    }  # fmt: skip
    five = f"five make {worst} of the {total} mistakes on speech"
    return figure(
        [bars],
        alt=f"Of {len(people)} speakers {spotless} are never misheard; {five}.",
        x_title=f"{len(people)} speakers: {five}, {spotless} none",
        y_title="Mistakes",
        xaxis={"showticklabels": False},
        margin={"b": 30},
    )


def show(_scene: Scene | None, fields: Fields) -> dict[str, Any]:
    """Return what the part shows of strangers' clips; what did not move stays."""
    model, held = fields["model"], validation.load()
    said, answered, at, found = chosen(fields)
    values: dict[str, Any] = {}
    if fields.moved not in FIELDS:
        values["c_sentence"] = summary(model)
    if fields.moved != "c_clip":
        values |= {
            "c_matrix": matrix(held.matrix(model), LABELS, said, answered),
            "column_cell": gr.update(visible=bool(len(found))),
            "column_steps": gr.update(visible=len(found) > 1),
            "c_nothing": "" if len(found) else clips.nothing(said, answered),
        }
    if not len(found):
        nothing = {"c_card": "", "c_close": None, "c_player": None, "c_tiles": None}
        return values | nothing | {"c_speakers": speakers(model, -1)}
    clip = int(found[at])
    sound, real = clips.sound(clip)
    return values | {
        "c_tiles": clips.tiles(found, at, said, answered, model),
        "c_player": sound,
        "c_close": clips.close_up(clip),
        "c_card": clips.card(clip, at, len(found), model, real),
        "c_speakers": speakers(model, int(held.speakers[clip])),
    }


def picked_cell(visit: Visit) -> dict[str, Any]:
    """Choose a cell of the matrix."""
    return {"c_said": int(visit.event.said), "c_answered": int(visit.event.answered), "c_clip": 0}


def picked_tile(visit: Visit) -> dict[str, Any]:
    """Choose a clip of the cell by its picture."""
    _, _, at, found = chosen(visit.fields)
    first, _ = clips.page_of(found, at)
    place = clips.picked(float(visit.event.x), float(visit.event.y), first, len(found))
    return {"c_clip": at if place is None else place}


def _step(visit: Visit, by: int) -> dict[str, Any]:
    _, _, at, found = chosen(visit.fields)
    return {"c_clip": (at + by) % max(1, len(found))}


def before(visit: Visit) -> dict[str, Any]:
    """Go to the clip before this one; from the first to the last."""
    return _step(visit, -1)


def after(visit: Visit) -> dict[str, Any]:
    """Go to the next clip; from the last to the first."""
    return _step(visit, 1)


LATEST = {"trigger_mode": "always_last"}
PART = Part(
    slug="confusions",
    title="4 Confusions",
    draw=draw,
    show=show,
    fields=FIELDS,
    on=(
        On(component="c_matrix", event="pick", handler=picked_cell, redraw="c_said"),
        On(component="c_tiles", event="pick", handler=picked_tile, redraw="c_clip"),
        On(component="c_before", event="click", handler=before, redraw="c_clip", how=LATEST),
        On(component="c_after", event="click", handler=after, redraw="c_clip", how=LATEST),
    ),
)
