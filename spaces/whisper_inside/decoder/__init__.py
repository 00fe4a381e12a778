"""Part 3: the decoder, token by token: a stepper over its decisions, other choices, temperature, and the beam."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from components.figure import Figure
from components.lesson import Fields, Halt, On, Part, Visit
from components.page import text
from components.stopping import Stop

from .. import sound
from ..sound import Heard
from . import beam as tree
from . import figures, paths, pictures, run
from .widget import Clickable

if TYPE_CHECKING:
    from ..page import Scene

MAX_WIDTH = 8
FIELDS = (
    *("d_view", "d_step", "d_forced", "d_temp", "d_seed", "d_task", "d_times", "d_supp", "d_blank", "d_prev"),
    *("d_width", "d_node"),
)
PROGRESS_S = 0.25  # between two lines about a running search
SEARCHES = Stop({})

TEXT = r"""
At each step the decoder reads the prompt and everything written so far, attends to the encoder's 1500 states, and
gives a score $z_w$, the logit, to each of its 51,864 tokens (base: 51,865). Rules remove some, softmax makes
probabilities of the rest, one token is taken, and it all begins again:

$$p(\text{text}) = \prod_i p(w_i \mid w_1 \ldots w_{i-1}, \text{sound})$$

*Greedy* takes the likeliest each time. *Sampling* draws from $p^{1/T}$, scaled to sum to one. A *beam* keeps the best
few texts at once and ranks those that end by $\sum \ln p$ divided by their length.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    parts["d_view"] = gr.Radio(
        [("Token by token", "steps"), ("Beam search", "beam")],
        value="steps",
        label="How the text is found",
        show_label=False,
        elem_classes=["lab-chips", "wi-d-view"],
    )
    with gr.Accordion("Temperature, rules, task and text before", open=False) as parts["options"]:
        with gr.Row(elem_classes="wi-d-row"):
            parts["d_temp"] = gr.Slider(0, 1.5, 0, step=0.1, label="Temperature T", min_width=180)
            parts["d_seed"] = gr.Number(1, label="Seed", precision=0, minimum=1, maximum=9999, min_width=80)
            parts["draw"] = gr.Button("Draw again", size="sm", min_width=110, scale=0, interactive=False)
        with gr.Row(elem_classes="wi-d-row"):
            parts["d_times"] = gr.Checkbox(True, label="Timestamps", min_width=150)
            parts["d_supp"] = gr.Checkbox(True, label="Suppress signs", min_width=150)
            parts["d_blank"] = gr.Checkbox(True, label="No empty start", min_width=150)
            parts["d_task"] = gr.Radio(
                [("transcribe", "transcribe"), ("translate to English", "translate")],
                value="transcribe",
                label="Task",
                visible=False,
                elem_classes="lab-chips",
                min_width=240,
            )
        parts["d_prev"] = gr.Textbox(
            "",
            label="Text before (prompt)",
            placeholder="Sense and Sensibility, by Jane Austen",
            max_length=600,
            lines=1,
        )
    # Set by clicks, for the address alone. (What is `visible="hidden"` shows itself once a handler has set it.)
    parts["d_step"] = gr.Number(0, elem_classes="wi-hidden", minimum=0, maximum=448, precision=0)
    parts["d_forced"] = gr.Textbox("", elem_classes="wi-hidden", max_length=400)
    parts["d_node"] = gr.Number(-1, elem_classes="wi-hidden", minimum=-1, maximum=100_000, precision=0)
    with gr.Column() as parts["steps"]:
        parts["strip"] = Clickable()
        with gr.Row(elem_classes="wi-d-pair"):
            parts["cand"] = Clickable()
            parts["decision"] = gr.HTML("", apply_default_css=False)
        parts["hearing"] = Figure(
            "Where it listens",
            clock="whisper_inside",
            height=150,
            hint="orange: mean of the alignment heads; click to play",
        )
        parts["branches"] = Clickable()
        parts["samples"] = Clickable()
        parts["entropy"] = Figure("Entropy along the text", height=220, hint="click a token to go there")
    with gr.Column(visible=False) as parts["beam"]:
        with gr.Row(elem_classes="wi-d-row"):
            parts["d_width"] = gr.Slider(1, MAX_WIDTH, 5, step=1, label="Beam width", min_width=180)
            parts["run"] = gr.Button("Search", variant="primary", size="sm", min_width=110, scale=0)
            parts["halt"] = gr.Button("Stop", size="sm", min_width=80, scale=0, visible=False)
        parts["working"] = gr.HTML("", apply_default_css=False)
        parts["tree"] = Clickable()
        parts["node_card"] = gr.HTML("", apply_default_css=False)
        parts["results"] = Clickable()
    # A change of it starts the search that the open view needs. (A State tells of its change before the page has the
    # fields that came with it.)
    parts["wanted"] = gr.Number(0, visible="hidden")
    parts["next_window"] = gr.Button("Next 30 s, from the last timestamp", size="sm", visible=False)
    text(TEXT)
    return parts


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the part shows."""
    heard, window = scene.heard, scene.window
    if heard is None:
        return {}
    now, searching = run.setting(fields, heard), fields["d_view"] == "beam"
    shown: dict[str, Any] = {
        "next_window": gr.update(visible=window.start_s + window.duration_s < window.total_s - 0.5),
        "draw": gr.update(interactive=now.temperature > 0),
        "steps": gr.update(visible=not searching),
        "beam": gr.update(visible=searching),
    }
    if fields.moved not in FIELDS:
        shown["d_task"] = gr.update(value=fields["d_task"], visible=heard.model.multilingual)
        if not now.usual:
            shown["options"] = gr.update(open=True)
    return shown | (_beam(heard, now, fields) if searching else _steps(heard, fields))


def _problem(wrong: ValueError) -> str:
    return f'<div class="lab-note problem" role="alert">{wrong}</div>'


def _steps(heard: Heard, fields: Fields) -> dict[str, Any]:
    now = run.setting(fields, heard)
    try:
        found = run.written(heard, now)
    except ValueError as wrong:  # the visitor's choices or prompt leave no way on
        undo = '<button type="button" class="undo" data-pick="undo" data-value="1">Undo all choices</button>'
        return {"strip": _problem(wrong) + (undo if now.choices else "")}
    at = run.current(fields, heard, found)
    shown = {
        "strip": pictures.strip(heard, now, found, at) + paths.opening(heard, found),
        "cand": pictures.candidates(heard, now, found, at),
        "decision": pictures.facts(heard, now, found, at),
        "hearing": figures.hearing(heard, found, run.listening(heard, now), at),
        "entropy": figures.entropy(heard, now, found, at),
    }
    if fields.moved != "d_step":
        shown |= {"branches": paths.branches(heard, now), "samples": paths.samples(heard, now)}
    return shown


def _beam(heard: Heard, now: run.Setting, fields: Fields) -> dict[str, Any]:
    beam = run.kept(heard, run.beam_key(heard, now, int(fields["d_width"])))
    if beam is not None:
        return _searched(heard, now, beam, fields)
    searching = '<p class="lab-note" role="status">Searching …</p>'
    return {"wanted": time.time(), **_buttons(), "working": searching, **EMPTY}


EMPTY = {"tree": "", "node_card": "", "results": ""}


def _buttons(*, again: bool = False, stop: bool = False) -> dict[str, Any]:
    return {"run": gr.update(visible=again), "halt": gr.update(visible=stop)}


def _searched(heard: Heard, now: run.Setting, beam: Any, fields: Fields) -> dict[str, Any]:
    return {**_buttons(), "working": "", **_tree(heard, now, beam, int(fields["d_node"]))}


def _tree(heard: Heard, now: run.Setting, beam: Any, node: int) -> dict[str, Any]:
    greedy = run.written(heard, run.plain(now))
    return {
        "tree": tree.tree(heard, beam, greedy, node),
        "node_card": tree.card(heard, beam, greedy, node),
        "results": tree.results(heard, beam, greedy),
    }


# ---------------------------------------------------------------- what clicks do


def _again(visit: Visit, changed: dict[str, Any], moved: str = "") -> dict[str, Any]:
    """Set some fields and draw the stepper with them."""
    return {**changed, **_steps(sound.heard_in(visit), visit.fields.having(changed, moved=moved))}


def stepped(visit: Visit, step: int) -> dict[str, Any]:
    """Go to a step (from 1)."""
    return _again(visit, {"d_step": step}, "d_step")


def chosen(visit: Visit, token: int) -> dict[str, Any]:
    """Take another token at the present step."""
    heard, fields = sound.heard_in(visit), visit.fields
    now = run.setting(fields, heard)
    at = run.current(fields, heard, run.written(heard, now))
    return _again(visit, {"d_step": at + 1, "d_forced": run.write_choices(run.choose(heard, now, at, token))})


def undone(visit: Visit, step: int) -> dict[str, Any]:
    """Undo the choice at a step (from 1) and those after it."""
    choices = run.setting(visit.fields, sound.heard_in(visit)).choices
    left = tuple(choice for choice in choices if choice[0] < step - 1)
    return _again(visit, {"d_step": step, "d_forced": run.write_choices(left)})


def drawn(visit: Visit, seed: int) -> dict[str, Any]:
    """Draw with a seed, without the visitor's choices."""
    return _again(visit, {"d_seed": seed, "d_forced": ""})


def picked(visit: Visit) -> dict[str, Any]:
    """Answer a click on a token, a candidate, an undo button or a seed."""
    answers = {"step": stepped, "choose": chosen, "undo": undone, "seed": drawn}
    return answers[visit.event.what](visit, int(visit.event.value))


def point_picked(visit: Visit) -> dict[str, Any]:
    """Go to the step that was clicked in the line of entropies."""
    return stepped(visit, max(1, round(visit.event.x)))


def draw_again(visit: Visit) -> dict[str, Any]:
    """Draw with the next seed."""
    return drawn(visit, int(visit.fields["d_seed"]) % 9999 + 1)


def node_picked(visit: Visit) -> dict[str, Any]:
    """Choose a node of the beam's tree."""
    heard, node = sound.heard_in(visit), int(visit.event.value)
    now = run.setting(visit.fields, heard)
    beam = run.kept(heard, run.beam_key(heard, now, int(visit.fields["d_width"])))
    return {} if beam is None else {"d_node": node, **_tree(heard, now, beam, node)}


def search(visit: Visit) -> Iterator[dict[str, Any]]:
    """Run the beam search, telling how far it is; nothing while the beam is hidden."""
    fields = visit.fields
    if (fields["part"], fields["d_view"]) != ("decoder", "beam"):
        return
    heard = sound.heard_in(visit)
    now, width, told = run.setting(fields, heard), int(fields["d_width"]), 0.0
    beam = None
    try:
        for beam in run.searched(heard, now, width):
            if time.monotonic() - told > PROGRESS_S:
                told = time.monotonic()
                yield {**_buttons(stop=True), "working": tree.progress(heard, beam, width)}
    except ValueError as wrong:
        yield {**_buttons(again=True), "working": _problem(wrong), **EMPTY}
        return
    yield _searched(heard, now, beam, fields)


def stopped(_visit: Visit) -> dict[str, Any]:
    """Return what the page shows when a search was stopped."""
    note = '<p class="lab-note" role="status">Stopped. A narrower beam is faster.</p>'
    return {**_buttons(again=True), "working": note}


def onwards(visit: Visit) -> dict[str, Any]:
    """Move the window to where Whisper's next one begins."""
    from algorithms.whisper.windows import read_window

    heard = sound.heard_in(visit)
    found, window = run.written(heard, run.setting(visit.fields, heard)), heard.window
    advance_s = read_window(found.tokens, heard.model.special, window.duration_s).advance_s
    return {"at": round(window.start_s + advance_s, 2)}


LATEST = {"trigger_mode": "always_last"}
# What becomes meaningless: with another text every step and choice, with another way of choosing the choices alone.
ANOTHER_TEXT = {"d_step": 0, "d_forced": "", "d_node": -1}
ANOTHER_WAY = {"d_forced": "", "d_node": -1}
PART = Part(
    slug="decoder",
    title="3 The decoder, token by token",
    draw=draw,
    show=show,
    fields=FIELDS,
    on=(
        On(
            component="strip",
            event="pick",
            handler=picked,
            also=(("cand", "pick"), ("branches", "pick"), ("samples", "pick")),
        ),
        On(component="entropy", event="pick", handler=point_picked),
        On(component="draw", event="click", handler=draw_again, how=LATEST),
        On(component="tree", event="pick", handler=node_picked, also=(("results", "pick"),)),
        On(
            component="wanted",
            event="change",
            handler=search,
            also=(("run", "click"),),
            halt=Halt(stop=SEARCHES, button="halt", last=stopped),
            how={"concurrency_id": "whisper-beam", "concurrency_limit": 1},
        ),
        On(component="next_window", event="click", handler=onwards, redraw="at", how=LATEST),
    ),
    forget={
        **dict.fromkeys((*sound.FIELDS, "d_task", "d_times", "d_prev"), ANOTHER_TEXT),
        **dict.fromkeys(("d_temp", "d_seed", "d_supp", "d_blank"), ANOTHER_WAY),
        "d_width": {"d_node": -1},
    },
)
