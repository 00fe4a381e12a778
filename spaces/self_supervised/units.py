"""Part 3: HuBERT's game: clusters as units, what they have to do with letters, and naming one that was hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

import models
from algorithms.ssl import letters
from algorithms.ssl.units import Agreement, agreement, merged, together
from components.figure import Figure, figure, heatmap
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.player import Player

from . import exemplars, pictures
from .pictures import sentence
from .sound import FRAME_S, HUBERT, Source, facts, middle_s

if TYPE_CHECKING:
    from .scene import Scene

WHICH = {"units": "HuBERT’s", "mfcc_units": "of MFCC"}
TABLES = {"units": "hubert", "mfcc_units": "mfcc"}
N_LABELS = len(letters.LABELS)
TEXT = r"""
**The game.** *First iteration*: cluster the MFCC of all frames by k-means; the number of its cluster is the name of a
frame. Hide spans, and let the network name the hidden frames from what is around them. *Second iteration*: cluster a
layer of that network instead, and play again with those names. Nothing is compared with distractors, nothing is
quantised while it learns, no codebook can collapse: it is plain classification.

**Why do such poor names suffice?** A cluster of MFCC says little about a sound, and much about voice and channel. But
it is *consistent*: similar frames get the same name. To foresee the name of a hidden frame one has to know how sounds
follow one another, and that is what the layers come to hold. Their clusters are better names, for the next round.

**Purity and PNMI.** Read each unit as the label it goes with most often: the share of frames that is right is the
(phone) *purity*. It rises with the number of units, up to 1 for one unit a frame. The *phone-normalised mutual
information* is the share of what there is to know about the label that the unit tells:

$$\mathrm{PNMI} = \frac{I(y; z)}{H(y)} = \frac{\sum_{i,j} p_{ij} \ln \frac{p_{ij}}{p_i\, p_j}}{-\sum_i p_i \ln p_i}$$

The papers use phones; these are *letters* put on the frames by the lab's CTC model. "c" and "k" share a sound and
"ough" has several, so no unit could reach 1, and these figures can't be compared with the paper's .67 and .64.

**A unit is not a phone.** Most phones have several units, by context, voice and position, and one phone is a string
of them: that is why repeats are merged before units are used as a text, and why speech-to-speech systems still learn
how long each unit lasts. In another language, in music, the units go on: they name what it sounds like among what
they know.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    parts["strip"] = Figure("A unit every 20 ms", clock="ssl", height=170, hint="click one to hear how it sounds")
    with gr.Row(elem_classes="ssl-row"):
        parts["kind"] = gr.Radio(
            [("HuBERT’s units", "units"), ("clusters of MFCC", "mfcc_units")],
            value="units",
            label="Which",
            elem_classes="lab-chips",
        )
        parts["unit"] = gr.Slider(-1, 99, -1, step=1, label="Unit (−1: the longest here)")
    with gr.Row(elem_classes="ssl-two"):
        parts["unit_sound"] = Player("ssl-unit", label="How the unit sounds elsewhere")
        parts["string_sound"] = Player("ssl-string", label="This string of units, from other clips")
    parts["unit_facts"] = gr.HTML("", apply_default_css=False)
    parts["string"] = gr.HTML("", apply_default_css=False)
    parts["over"] = gr.Radio(
        [("two readers never heard", "readers"), ("this sound", "clip")],
        value="readers",
        label="Units against letters, over",
        elem_classes="lab-chips",
    )
    parts["matrix"] = Figure("Letters (rows) and units (columns)", height=420, hint="click a column to choose its unit")
    parts["agree"] = gr.HTML("", apply_default_css=False)
    gr.HTML('<h3 class="lab-section">Hide a span and let it guess</h3>', apply_default_css=False)
    with gr.Row(elem_classes="ssl-row"):
        parts["cover_s"] = gr.Slider(0, 8, 1.0, step=0.02, label="Hide from (s)")
        parts["cover_ms"] = gr.Slider(20, 600, 200, step=20, label="for (ms)")
        parts["guess"] = gr.Button("Let HuBERT guess", size="sm", min_width=150, scale=0)
    parts["guessed"] = gr.HTML("", apply_default_css=False)
    text(TEXT)
    return parts


def chosen(source: Source, kind: str, unit: int) -> int:
    """Return the unit to show: the one asked for, or below 0 that of the longest run with a voice in it."""
    if unit >= 0:
        return unit
    runs = [run for run in merged(source.get(kind)) if source.get("letters")[run.start] != letters.PAUSE]
    return max(runs or merged(source.get(kind)), key=lambda run: run.end - run.start).unit


def by_letter(kind: str) -> np.ndarray:
    """Return the units in the order of the letters that they go with most, among the readers: int [n]."""
    table = facts().arrays[f"table {TABLES[kind]}"]
    share = table / np.maximum(table.sum(0), 1)
    return np.lexsort((-share.max(0), share.argmax(0)))


def strip(source: Source, kind: str, unit: int) -> dict[str, Any]:
    """Draw both strings of units over time, coloured by place in the order of letters; the chosen unit is outlined."""
    rows = []
    for one in ("mfcc_units", "units"):
        place = np.argsort(by_letter(one))
        rows.append(place[source.get(one)])
    row = 1 if kind == "units" else 0
    shapes = [
        {
            "type": "rect",
            "x0": middle_s(run.start) - FRAME_S / 2,
            "x1": middle_s(run.end - 1) + FRAME_S / 2,
            "y0": row - 0.48,
            "y1": row + 0.48,
            "line": {"width": 2, "color": "var(--lab-c1)"},
        }
        for run in merged(source.get(kind))
        if run.unit == unit
    ]
    runs = {one: len(merged(source.get(one))) for one in ("mfcc_units", "units")}
    labels = [str(value) for value in np.stack([source.get("mfcc_units"), source.get("units")]).ravel()]
    z = np.stack(rows)
    return pictures.cells(
        source,
        z,
        (0, max(len(by_letter(kind)) - 1, 1)),
        alt=f"{source.frames} frames: {runs['units']} runs of HuBERT’s units (upper row) and "
        f"{runs['mfcc_units']} runs of "
        f"clusters of MFCC (lower row). Unit {unit} is outlined. Colours follow the letters that units go with.",
        dx=FRAME_S,
        x0=middle_s(0),
        y_title="",
        rows=("MFCC", "HuBERT"),
        shapes=shapes,
        text=[labels[: source.frames], labels[source.frames :]],
        hovertemplate="%{x:.2f} s<br>unit %{text}<extra></extra>",
        showscale=False,
    )


def string(source: Source, kind: str, unit: int) -> str:
    """Return the merged string of units as HTML, each with how many frames it lasts."""
    runs = merged(source.get(kind))
    shown = []
    for run in runs:
        n = run.end - run.start
        kind_of = ' class="now"' if run.unit == unit else ""
        shown.append(f"<b{kind_of}>{run.unit}</b>" + (f"×{n}" if n > 1 else ""))
    return f'<p class="ssl-string">{" ".join(shown)}</p>' + sentence(
        f"{source.frames} frames, {len(runs)} after merging repeats: {len(runs) / source.duration_s:.0f} units a "
        f"second instead of {1 / FRAME_S:.0f}. “37×4” is unit 37 for four frames."
    )


def table_of(source: Source, kind: str, over: str) -> np.ndarray:
    """Return the counts of letters and units [27, n], of the readers or of this sound."""
    if over == "readers":
        return facts().arrays[f"table {TABLES[kind]}"]
    n = facts().arrays[f"table {TABLES[kind]}"].shape[1]
    return together(source.get("letters"), source.get(kind), N_LABELS, n)


def matrix(table: np.ndarray, kind: str, unit: int) -> dict[str, Any]:
    """Draw p(letter | unit), units in the order of their letters."""
    order = by_letter(kind)
    share = (table / np.maximum(table.sum(0), 1))[:, order]
    z = np.clip(share[::-1] * 255, 0, 255).astype(np.uint8)
    at = int(np.flatnonzero(order == unit)[0])
    trace = heatmap(z, 0.0, 1.0, unit="", x0=0, dx=1, y=list(letters.LABELS[::-1]))
    trace |= {"hovertemplate": "place %{x}<br>%{y}: %{z:.2f}<extra></extra>"}
    best = letters.LABELS[int(share[:, at].argmax())]
    alt = f"Each column is one unit’s shares of the letters. Unit {unit}, between the lines, goes with “{best}” most: "
    alt += f"{100 * share[:, at].max():.0f}% of its frames." if table[:, unit].any() else "nowhere, here."
    edges = [
        {
            "type": "line",
            "x0": at + d,
            "x1": at + d,
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "line": {"width": 1, "color": "#fff"},
        }
        for d in (-0.5, 0.5)
    ]
    return figure([trace], alt=alt, x_title="Units, in the order of their letters", shapes=edges, yaxis={"dtick": 1})


def agreement_text(table: np.ndarray, other: np.ndarray, kind: str, over: str) -> str:
    """Return purity and PNMI with the formula filled in, beside those of the other clusters."""
    mine, rival = agreement(table), agreement(other)
    name, rival_name = WHICH[kind], WHICH["mfcc_units" if kind == "units" else "units"]
    frames = int(table.sum())
    where = "this sound" if over == "clip" else f"{frames:,} frames of two readers that neither network has heard"

    def line(one: Agreement, whose: str) -> str:
        return (
            f"Units {whose}: purity <strong>{one.phone_purity:.3f}</strong>, PNMI = I / H = "
            f"{one.mutual_information:.3f} / {one.label_entropy:.3f} nats = <strong>{one.pnmi:.3f}</strong>, "
            f"cluster purity {one.cluster_purity:.3f}."
        )

    few = ""
    if over == "clip":
        few = (
            f" With {frames} frames for {table.shape[1]} units these figures are far too high: a unit that occurs once "
            "is always pure. Compare over the readers."
        )
    origin = " Counted by training/ssl/measure.py." if over == "readers" else " Counted now."
    return sentence(line(mine, name), line(rival, rival_name), f"Over {where}.{few}{origin}")


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    source, kind, over = scene.source, fields["kind"], fields["over"]
    unit = chosen(source, kind, int(fields["unit"]))
    found = exemplars.of(kind, unit, source.clip)
    table = table_of(source, kind, over)
    other = table_of(source, "mfcc_units" if kind == "units" else "units", over)
    here = int((source.get(kind) == unit).sum())
    heard = f"{min(len(found), exemplars.LONGEST)} of {len(found)} places" if found else "no other place"
    values: dict[str, Any] = {
        "strip": strip(source, kind, unit),
        "unit_sound": pictures.sound(f"Unit {unit} {WHICH[kind]}: {heard}", exemplars.joined(found)),
        "unit_facts": sentence(
            f"Unit {unit} has {here} of the {source.frames} frames of this sound. The player joins {heard} in the "
            f"lab’s clips that have it, each with {1000 * exemplars.AROUND_S:.0f} ms around it. Do they have a sound "
            "in common?"
        ),
        "string": string(source, kind, unit),
        "matrix": matrix(table, kind, unit),
    }
    if fields.changed("clip", "part", "kind", "over"):
        values["agree"] = agreement_text(table, other, kind, over)
    if fields.changed("clip", "part", "kind"):
        again = exemplars.said_again(source.get(kind), kind, source.clip)
        values["string_sound"] = pictures.sound(
            f"{source.title} as units {WHICH[kind]}, in pieces of other clips", again
        )
    if fields.changed("clip", "part", "cover_s", "cover_ms"):
        values["guessed"] = ""
    return values


def picked(visit: Visit) -> dict[str, Any]:
    """Choose the kind and the unit under a click on the strips."""
    source = visit.scene.source
    kind = "units" if float(visit.event.y) > 0.5 else "mfcc_units"
    return {"kind": kind, "unit": int(source.get(kind)[source.frame_at(float(visit.event.x))])}


def column_picked(visit: Visit) -> dict[str, Any]:
    """Choose the unit of a column of the matrix."""
    order = by_letter(visit.fields["kind"])
    return {"unit": int(order[int(np.clip(round(float(visit.event.x)), 0, len(order) - 1))])}


def guessed(visit: Visit) -> dict[str, Any]:
    """Hide a span, let the network name the frames, and compare with what they are called when heard."""
    source = visit.scene.source
    first = source.frame_at(float(visit.fields["cover_s"]))
    last = min(source.frames, first + max(1, round(float(visit.fields["cover_ms"]) / 1000 / FRAME_S)))
    mask = np.zeros(source.frames, bool)
    mask[first:last] = True
    truth, chance = source.get("targets"), models.get(HUBERT).guess(source.y, mask)
    rows, right, near = [], 0, 0
    for t in range(first, last):
        order = np.argsort(-chance[t])
        rank = 1 + int(np.flatnonzero(order == truth[t])[0])
        right, near = right + (rank == 1), near + (rank <= 5)
        rows.append(
            (
                f"{middle_s(t):.2f}",
                str(truth[t]),
                str(order[0]),
                f"{chance[t, order[0]]:.3f}",
                f"{chance[t, truth[t]]:.3f}",
                str(rank),
            )
        )
    n, games = last - first, facts().about["games"]
    head = (
        "At (s)",
        "Cluster to name",
        "First guess",
        "its probability",
        "Probability of the right one",
        "Place of the right one",
    )
    said = sentence(
        f"{n} frames hidden. {right} named rightly, in {near} the right name is among the first five of "
        f"{chance.shape[1]}. Computed now by {HUBERT}; the names are clusters of layer "
        f"{models.get(HUBERT).teacher_layer} of its first iteration. Over {facts().about['test_minutes']:g} minutes of "
        "two readers never heard, with about half of the frames hidden, it names "
        f"{100 * games['masked_accuracy']:.0f}% rightly; repeating the name of the last frame that was heard would "
        f"give {100 * games['copied_accuracy']:.0f}%."
    )
    return {"guessed": said + pictures.table(head, rows)}


PART = Part(
    slug="units",
    title="3 The game of HuBERT",
    draw=draw,
    show=show,
    fields=("kind", "unit", "over", "cover_s", "cover_ms"),
    on=(
        On(component="strip", event="pick", handler=picked, redraw="kind"),
        On(component="matrix", event="pick", handler=column_picked, redraw="unit"),
        On(component="guess", event="click", handler=guessed),
    ),
    forget={"clip": {"unit": -1}, "kind": {"unit": -1}},
)
