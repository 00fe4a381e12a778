"""Part 3: the decoder, token by token: a stepper over its decisions, other choices, temperature, and the beam."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import gradio as gr

from components.figure import Figure
from components.page import text
from components.stopping import Stop

from . import decoder_beam as tree
from . import decoder_figures as figures
from . import decoder_paths as paths
from . import decoder_pictures as pictures
from . import decoder_run as run
from .decoder_widget import Clickable
from .sound import Heard, Window

TITLE = "3 The decoder, token by token"
NEEDS_MODEL = True  # whether the encoder must have run
MAX_WIDTH = 8
FIELDS: tuple[str, ...] = (  # this part's fields of the page's address: names in what `build` returns
    *("d_view", "d_step", "d_forced", "d_temp", "d_seed", "d_task", "d_times", "d_supp", "d_blank", "d_prev"),
    *("d_width", "d_node"),
)
STEPS = ("strip", "cand", "facts", "hearing", "entropy", "branches", "samples")  # outputs of the stepper
BEAM = ("wanted", "run", "halt", "working", "tree", "card", "results")  # of the beam
HEAD = ("d_step", "d_forced", "d_node", "d_task", "options", "next_window", "draw", "steps", "beam")
OUTPUTS: tuple[str, ...] = (*HEAD, *STEPS, *BEAM)
ANOTHER_TEXT = ("d_task", "d_times", "d_prev")  # settings after which nothing stands where it stood
ANOTHER_WAY = (*ANOTHER_TEXT, "d_temp", "d_seed", "d_supp", "d_blank")  # after which choices have lost their text
FORGET: dict[str, Any] = {"d_step": 0, "d_forced": "", "d_node": -1}  # what another sound, window or model sets back
LATEST = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "always_last"}
PROGRESS_S = 0.25  # between two lines about a running search

TEXT = r"""
At each step the decoder reads the prompt and everything written so far, attends to the encoder's 1500 states, and
gives a score $z_w$, the logit, to each of its 51,864 tokens (base: 51,865). Rules remove some, softmax makes
probabilities of the rest, one token is taken, and all begins again:

$$p(\text{text}) = \prod_i p(w_i \mid w_1 \ldots w_{i-1}, \text{sound})$$

*Greedy* takes the likeliest each time. *Sampling* draws from $p^{1/T}$, scaled to sum to one. A *beam* keeps the best
few texts at once and ranks those that end by $\sum \ln p$ divided by their length.
"""


def build() -> dict[str, gr.components.Component]:
    """Draw the part inside its column; returns its components by name."""
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
    parts["d_step"] = gr.Number(0, elem_classes="wi-d-hidden", minimum=0, maximum=448, precision=0)
    parts["d_forced"] = gr.Textbox("", elem_classes="wi-d-hidden", max_length=400)
    parts["d_node"] = gr.Number(-1, elem_classes="wi-d-hidden", minimum=-1, maximum=100_000, precision=0)
    with gr.Column() as parts["steps"]:
        parts["strip"] = Clickable()
        with gr.Row(elem_classes="wi-d-pair"):
            parts["cand"] = Clickable()
            parts["facts"] = gr.HTML("", apply_default_css=False)
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
        parts["card"] = gr.HTML("", apply_default_css=False)
        parts["results"] = Clickable()
    parts["wanted"] = gr.State(0.0)  # a change of it starts the search that the open view needs
    parts["next_window"] = gr.Button("Next 30 s: on from the last timestamp", size="sm", visible=False)
    text(TEXT)
    return parts


def content(window: Window, heard: Heard | None, fields: Mapping[str, Any], moved: str = "") -> tuple:
    """What the part shows: one value for each of `OUTPUTS`; `gr.skip()` for what `moved` leaves as it is."""
    back: dict[str, Any] = {"d_step": 0} if moved in ANOTHER_TEXT else {}
    back |= {"d_forced": ""} if moved in ANOTHER_WAY else {}
    back |= {"d_node": -1} if moved in (*ANOTHER_WAY, "d_width") else {}
    fields = {**fields, **back}
    now = run.setting(fields, heard)
    searching = fields["d_view"] == "beam"
    head = (
        *(back.get(name, gr.skip()) for name in HEAD[:3]),
        gr.update(visible=heard.model.multilingual),
        gr.update(open=True) if not now.usual and not moved.startswith("d_") else gr.skip(),
        gr.update(visible=window.start_s + window.duration_s < window.total_s - 0.5),
        gr.update(interactive=now.temperature > 0),
        gr.update(visible=not searching),
        gr.update(visible=searching),
    )
    if searching:
        return *head, *(gr.skip(),) * len(STEPS), *_beam(heard, now, fields)
    return *head, *_steps(heard, now, fields, moved), *(gr.skip(),) * len(BEAM)


def _steps(heard: Heard, now: run.Setting, fields: Mapping[str, Any], moved: str = "") -> tuple:
    try:
        found = run.written(heard, now)
    except ValueError as wrong:  # the visitor's choices or prompt leave no way on
        note = f'<div class="lab-note problem" role="alert">{wrong}</div>'
        undo = '<button type="button" class="undo" data-pick="undo" data-value="1">Undo all choices</button>'
        return note + (undo if now.choices else ""), *(gr.skip(),) * (len(STEPS) - 1)
    at = run.current(fields, heard, found)
    same_text = moved == "d_step"
    return (
        pictures.strip(heard, now, found, at) + paths.opening(heard, found),
        pictures.candidates(heard, now, found, at),
        pictures.facts(heard, now, found, at),
        figures.hearing(heard, found, run.listening(heard, now), at),
        figures.entropy(heard, now, found, at),
        gr.skip() if same_text else paths.branches(heard, now),
        gr.skip() if same_text else paths.samples(heard, now),
    )


def _beam(heard: Heard, now: run.Setting, fields: Mapping[str, Any]) -> tuple:
    beam = run.kept(heard, run.beam_key(heard, now, int(fields["d_width"])))
    shown = gr.update(visible=False)
    if beam is None:
        return time.time(), shown, shown, '<p class="lab-note" role="status">Searching …</p>', "", "", ""
    return gr.skip(), shown, shown, "", *_drawn_beam(heard, now, beam, fields)


def _drawn_beam(heard: Heard, now: run.Setting, beam: Any, fields: Mapping[str, Any]) -> tuple:
    greedy = run.written(heard, run.plain(now))
    node = int(fields["d_node"])
    return (
        tree.tree(heard, beam, greedy, node),
        tree.card(heard, beam, greedy, node),
        tree.results(heard, beam, greedy),
    )


# ---------------------------------------------------------------- what clicks do


def heard_of(own: Any, fields: Mapping[str, Any]) -> Heard:
    """The window as the chosen model has heard it; a moment ago, so this only looks it up."""
    from . import sound

    return sound.hear(sound.window(own, fields["clip"], fields["at"]), fields)


def stepped(own: Any, fields: Mapping[str, Any], step: int) -> tuple:
    """Go to a step (from 1): returns the step and the stepper's outputs."""
    fields = {**fields, "d_step": step}
    heard = heard_of(own, fields)
    return step, *_steps(heard, run.setting(fields, heard), fields, "d_step")


def forced(own: Any, fields: Mapping[str, Any], token: int) -> tuple:
    """Take another token at the present step: returns the step, the choices and the stepper's outputs."""
    heard = heard_of(own, fields)
    now = run.setting(fields, heard)
    at = run.current(fields, heard, run.written(heard, now))
    return _redrawn(heard, fields, at, run.choose(heard, now, at, token))


def undone(own: Any, fields: Mapping[str, Any], step: int) -> tuple:
    """Undo the choice at a step (from 1) and those after it: returns as `forced`."""
    heard = heard_of(own, fields)
    choices = run.setting(fields, heard).choices
    return _redrawn(heard, fields, step - 1, tuple(choice for choice in choices if choice[0] < step - 1))


def _redrawn(heard: Heard, fields: Mapping[str, Any], at: int, choices: tuple) -> tuple:
    fields = {**fields, "d_step": at + 1, "d_forced": run.write_choices(choices)}
    return fields["d_step"], fields["d_forced"], *_steps(heard, run.setting(fields, heard), fields)


def drawn(own: Any, fields: Mapping[str, Any], seed: int) -> tuple:
    """Draw with a seed: returns the seed, no choices, and the stepper's outputs."""
    fields = {**fields, "d_seed": seed, "d_forced": ""}
    heard = heard_of(own, fields)
    return seed, "", *_steps(heard, run.setting(fields, heard), fields)


def noded(own: Any, fields: Mapping[str, Any], node: int) -> tuple:
    """Choose a node of the beam's tree: returns the node, the tree, its card and the results."""
    heard = heard_of(own, fields)
    now = run.setting(fields, heard)
    beam = run.kept(heard, run.beam_key(heard, now, int(fields["d_width"])))
    if beam is None:
        return (gr.skip(),) * 4
    return node, *_drawn_beam(heard, now, beam, {**fields, "d_node": node})


def search(own: Any, fields: Mapping[str, Any]) -> Iterator[tuple]:
    """Run the beam search: gives values for run, halt, working, tree, card and results, the last time with the tree."""
    if fields["d_view"] != "beam":
        return
    heard = heard_of(own, fields)
    now, width, told = run.setting(fields, heard), int(fields["d_width"]), 0.0
    beam = None
    try:
        for beam in run.searched(heard, now, width):
            if time.monotonic() - told > PROGRESS_S:
                told = time.monotonic()
                line = tree.progress(heard, beam, width)
                yield gr.update(visible=False), gr.update(visible=True), line, *(gr.skip(),) * 3
    except ValueError as wrong:
        note = f'<div class="lab-note problem" role="alert">{wrong}</div>'
        yield gr.update(visible=True), gr.update(visible=False), note, "", "", ""
        return
    yield gr.update(visible=False), gr.update(visible=False), "", *_drawn_beam(heard, now, beam, fields)


SEARCHES = Stop((gr.skip(),) * 6)


def stopped() -> tuple:
    """What the page shows when a search was stopped: values for run, halt, working, tree, card and results."""
    note = '<p class="lab-note" role="status">Stopped. A narrower beam is faster.</p>'
    return gr.update(visible=True), gr.update(visible=False), note, *SEARCHES.nothing[3:]


def next_start(own: Any, fields: Mapping[str, Any]) -> float:
    """Where Whisper's next window begins, in seconds of the sound."""
    from algorithms.whisper.windows import read_window

    heard = heard_of(own, fields)
    found = run.written(heard, run.setting(fields, heard))
    window = heard.window
    return round(window.start_s + read_window(found.tokens, heard.model.special, window.duration_s).advance_s, 2)


def wire(parts: dict, given: list, fields_of: Callable[[Any], dict[str, Any]]) -> list:
    """Tie the part's own clicks: handlers get `given` (own sound, then every field of the page).

    Returns the events that move the window, after which the page is drawn again.
    """
    steps = [parts[name] for name in STEPS]
    step, choices, seed = parts["d_step"], parts["d_forced"], parts["d_seed"]

    def picked(event: gr.EventData, own, *values):
        fields, value = fields_of(values), int(event.value)
        if event.what == "step":
            number, *rest = stepped(own, fields, value)
            return number, gr.skip(), gr.skip(), *rest
        if event.what == "seed":
            number, none, *rest = drawn(own, fields, value)
            return gr.skip(), none, number, *rest
        number, written, *rest = (forced if event.what == "choose" else undone)(own, fields, value)
        return number, written, gr.skip(), *rest

    for name in ("strip", "cand", "branches", "samples"):
        parts[name].pick(picked, given, [step, choices, seed, *steps], **LATEST)

    def clicked(event: gr.EventData, own, *values):
        return stepped(own, fields_of(values), max(1, round(event.x)))

    parts["entropy"].pick(clicked, given, [step, *steps], **LATEST)

    def again(own, *values):
        fields = fields_of(values)
        return drawn(own, fields, int(fields["d_seed"]) % 9999 + 1)

    parts["draw"].click(again, given, [seed, choices, *steps], **LATEST)

    def nodes(event: gr.EventData, own, *values):
        return noded(own, fields_of(values), int(event.value))

    for name in ("tree", "results"):
        parts[name].pick(nodes, given, [parts[n] for n in ("d_node", "tree", "card", "results")], **LATEST)

    shown = [parts[name] for name in BEAM[1:]]

    def searching(request: gr.Request, own, *values):
        fields = fields_of(values)
        if (fields["part"], fields["d_view"]) == ("decoder", "beam"):
            yield from SEARCHES.steps(request, lambda _run: search(own, fields), lambda _run: stopped())
        else:
            yield SEARCHES.nothing

    event = gr.on(
        [parts["wanted"].change, parts["run"].click],
        searching,
        given,
        shown,
        concurrency_id="whisper-beam",
        concurrency_limit=1,
        **LATEST,
    )
    SEARCHES.button(parts["halt"], event, stopped, [], shown, **LATEST)

    def onwards(own, *values):
        return next_start(own, fields_of(values))

    return [parts["next_window"].click(onwards, given, fields_of(given[1:])["at"], **LATEST)]
