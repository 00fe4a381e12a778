"""The small network of part 2, trained while one watches: in fixed order, by a rule, and with PIT."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from algorithms.separation import toy
from components.figure import Figure, figure, line
from components.lesson import Halt, On, Visit
from components.page import text
from components.stopping import Stop
from components.words import status

from .scene import Scene
from .sound import PRECOMPUTED

STEPS, EVERY = 600, 20
NAMES = {
    "fixed": ("arbitrary order", "var(--lab-c2)"),
    "pitch": ("lower pitch first", "var(--lab-c3)"),
    "pit": ("best order (PIT)", "var(--lab-c1)"),
}
FILE = PRECOMPUTED / "separation-training.json"
STOP = Stop({})

TEXT = f"""
### Train one yourself

A network of two hidden layers with {toy.HIDDEN} units gets one frame of two voices at a time (two sets of harmonics
with different pitches, added up) and gives two masks. Three copies begin with the same weights and see the same
examples; only the order in which the truths are laid beside the outputs differs. In **arbitrary** order, either
output is as often asked for the one voice as for the other, and the best that it can do is to give the average of
both: the curve falls to about a third within 20 steps and stays there. Where a rule says which voice is first and the
sound shows it (**lower pitch first**), the network learns. **PIT** needs no such rule, which matters, because real
voices have none. Each press begins with other random weights.
"""


def draw() -> dict[str, Any]:
    """Lay it out and name its components."""
    text(TEXT)
    with gr.Row(elem_classes="sep-buttons"):
        train = gr.Button("Train all three", variant="primary", size="sm", min_width=140, scale=0)
        halt = gr.Button("Stop", size="sm", min_width=80, scale=0, visible=False)
    return {
        "train": train,
        "train_halt": halt,
        "train_line": gr.HTML("", apply_default_css=False),
        "learning": Figure("Error that is left, on examples that training does not see", height=260),
        "curves": gr.State(None),
    }


def stored() -> dict[str, Any] | None:
    """Return the curves that were trained beforehand."""
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else None


def picture(curves: dict[str, Any] | None, when: str = "just now") -> dict[str, Any]:
    """Draw what is left of the error over the steps."""
    traces, said = [], []
    for way, (name, colour) in NAMES.items():
        rows = (curves or {}).get(way) or []
        if not rows:
            continue
        steps, left = np.array(rows, float).T
        traces.append(line(steps, 100 * left, color=colour, name=name))
        said.append(f"{name}: {100 * left[-1]:.0f} % after {steps[-1]:.0f} steps")
    return figure(
        traces,
        alt=(f"Trained {when}; error left: " + "; ".join(said) + ".") if said else "Nothing is trained yet.",
        x_title="Steps",
        y_title="Error left (%)",
        x_range=(0, STEPS),
        y_range=(0, 70),
        showlegend=True,
        margin={"t": 28},
    )


def show(scene: Scene) -> dict[str, Any]:
    """Return the curves of this visit, or those trained beforehand."""
    shown = picture(scene.curves) if scene.curves else picture(stored(), "beforehand")
    return {"learning": shown}


def train(visit: Visit) -> Iterator[dict[str, Any]]:
    """Train the three networks side by side, from new random weights on new examples, and show how they do."""
    seed = int(np.random.default_rng().integers(1, 10_000))
    curves: dict[str, Any] = {way: [] for way in toy.WAYS}
    runs = [toy.train(way, STEPS, seed=seed, every=EVERY) for way in toy.WAYS]
    buttons = {"train": gr.update(interactive=False), "train_halt": gr.update(visible=True)}
    yield {**buttons, "train_line": status("Training three networks", done=0.0)}
    for rows in zip(*runs, strict=True):
        for way, (step, left, _net) in zip(toy.WAYS, rows, strict=True):
            curves[way].append((step, left))
        share = rows[0][0] / STEPS
        yield {"learning": picture(curves), "train_line": status("Training three networks", done=share)}
    yield {**over(), "curves": curves, "learning": picture(curves)}


def over() -> dict[str, Any]:
    """Return the row as it is when nothing runs."""
    return {"train": gr.update(interactive=True), "train_halt": gr.update(visible=False), "train_line": ""}


def stopped(visit: Visit) -> dict[str, Any]:
    """Say that the training was stopped; the curves stay as far as they came."""
    return {**over(), "train_line": status("Stopped: the curves end where training did.")}


ON = (
    On(
        component="train",
        event="click",
        handler=train,
        halt=Halt(stop=STOP, button="train_halt", last=stopped),
        how={"concurrency_id": "separation-toy", "concurrency_limit": 1},
    ),
)


def precompute(folder: Path = PRECOMPUTED) -> Path:
    """Train beforehand what the page opens with."""
    curves = {way: [(step, round(left, 4)) for step, left, _ in toy.train(way, STEPS, every=EVERY)] for way in toy.WAYS}
    file = folder / FILE.name
    file.write_text(json.dumps(curves), encoding="utf-8")
    return file
