"""Part 2: what one change, stronger and stronger, does to three recognisers that never saw it."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr

from algorithms.augmentation.checks import SAMPLE_RATE
from algorithms.sound.clips import clip as get_clip
from components.audio_input import KEEP_S
from components.figure import Figure, figure, line
from components.lesson import Fields, On, Part, Visit
from components.player import Player, Sound
from components.run_row import buttons
from components.words import status
from components.work import Stopped, Work

from . import measure
from .measure import LADDERS, LISTENERS, SENTENCES, WORDS, Point

if TYPE_CHECKING:
    from .page import Scene

BLOCK = {"apply_default_css": False}
COLORS = {"kws": "var(--lab-c1)", "ctc": "var(--lab-c2)", "whisper": "var(--lab-c4)"}
DASHES = {"kws": "solid", "ctc": "dash", "whisper": "dot"}
BROKEN = 0.5  # an error from which on a recogniser counts as broken
TOP = 1.1  # of the axis: more errors than words are drawn here


def controls() -> dict[str, Any]:
    """Lay out what stands on the left."""
    titles = [(ladder.title, key) for key, ladder in LADDERS.items()]
    return {
        "ladder": gr.Radio(titles, value="white", label="What becomes stronger", elem_classes="lab-chips"),
        "ladder_seed": gr.Slider(0, 99, 0, step=1, label="Draw for the next run (seed)"),
    }


def draw() -> dict[str, Any]:
    """Lay the pictures out and name them."""
    listen = [(get_clip(c).title, c) for c in SENTENCES] + [(w, f"word_{w}") for w in WORDS]
    made: dict[str, Any] = {
        "curves": Figure("Errors against strength", height=330, hint="click a point to hear and read it"),
        "breaks": gr.HTML("", **BLOCK),
    }
    longest = max(len(ladder.values) for ladder in LADDERS.values())
    made["step"] = gr.Slider(1, longest, 4, step=1, label="Step to hear and read, from the left")
    made["clip2"] = gr.Radio(listen, value="sentence", label="Listen to this step with", elem_classes="lab-chips")
    made["step_player"] = Player("aug_step", label="The sound at this step")
    made["texts"] = gr.HTML("", **BLOCK)
    made["found"] = gr.State(None, time_to_live=KEEP_S)
    return made


def x_of(key: str) -> list[str]:
    """The steps as the axis writes them."""
    return [f"{value:g}" for value in LADDERS[key].values]


def curves(key: str, points: Sequence[Point], step: int) -> dict[str, Any]:
    """Draw one line a recogniser over the steps, which are spaced evenly."""
    ladder, traces, said = LADDERS[key], [], []
    for listener, (model, what) in LISTENERS.items():
        own = {p.value: p for p in points if p.listener == listener}
        at = [i for i, value in enumerate(ladder.values) if value in own]
        if not at:
            continue
        errors = [own[ladder.values[i]].error for i in at]
        traces.append(
            line(
                at,
                [min(e, TOP) for e in errors],
                color=COLORS[listener],
                name=f"{model}: {what}",
                mode="lines+markers",
                line={"dash": DASHES[listener], "width": 2},
                marker={"size": 9},
                text=[f"{e:.0%}" for e in errors],
                hovertemplate="%{text}<extra></extra>",
            )
        )
        said.append(f"{model}: {', '.join(f'{e:.0%}' for e in errors)}")
    ticks = {
        "tickvals": list(range(len(ladder.values))),
        "ticktext": x_of(key),
        "range": [-0.3, len(ladder.values) - 0.7],
    }
    mark = {"type": "line", "x0": step, "x1": step, "y0": 0, "y1": 1, "yref": "paper",
            "line": {"color": "var(--lab-c3)", "width": 1, "dash": "dot"}}  # fmt: skip
    return figure(
        traces,
        alt=f"{ladder.title}, steps {', '.join(x_of(key))}. Errors: {'; '.join(said) or 'none measured yet'}.",
        x_title=ladder.axis,
        y_title="Share that is wrong",
        xaxis=ticks,
        yaxis={"range": [-0.03, TOP + 0.05], "tickformat": ".0%"},
        shapes=[mark],
        showlegend=True,
        legend={"orientation": "h", "y": 1.16, "x": 0},
        margin={"l": 56, "r": 16, "t": 40, "b": 40},
        home=key,
    )


def broken(key: str, points: Sequence[Point]) -> str:
    """Where each recogniser breaks, as HTML: the steps with half of all wrong, or worse."""
    ladder, rows = LADDERS[key], []
    for listener, (model, what) in LISTENERS.items():
        own = {p.value: p.error for p in points if p.listener == listener}
        bad = [value for value in ladder.values if own.get(value, 0) >= BROKEN]
        if len(own) < len(ladder.values):
            words = "not measured yet"
        elif bad:
            words = f"half wrong or worse at {', '.join(f'{v:g}' for v in bad)}"
        else:
            words = f"never half wrong; at worst {max(own.values()):.0%}"
        rows.append(f"<tr><th scope='row'>{model}</th><td>{what}</td><td>{html.escape(words)}</td></tr>")
    head = "<tr><th>Model</th><th>counts</th><th>breaks</th></tr>"
    return f'<table class="lab-table aug-breaks"><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table>'


def texts(key: str, points: Sequence[Point], value: float) -> str:
    """What each recogniser wrote at one step, as HTML."""
    blocks = []
    for point in (p for p in points if p.value == value):
        model = LISTENERS[point.listener][0]
        if point.listener == "kws":
            cells = "".join(
                f'<li class="{"" if text == clip_id.removeprefix("word_") else "wrong"}">'
                f"{clip_id.removeprefix('word_')} → {html.escape(text)}</li>"
                for clip_id, text in point.texts.items()
            )
            sure = f", mean probability of the right word {point.sure:.2f}" if point.sure is not None else ""
            blocks.append(f"<section><h4>{model}: {point.error:.0%} wrong{sure}</h4><ul>{cells}</ul></section>")
        else:
            said = "".join(f"<p>{html.escape(text) or '<em>nothing</em>'}</p>" for text in point.texts.values())
            blocks.append(f"<section><h4>{model}: {point.error:.0%} wrong</h4>{said}</section>")
    return f'<div class="aug-texts">{"".join(blocks)}</div>'


def step_of(fields: Fields) -> int:
    """Index of the chosen step; a shorter ladder ends at its last one."""
    return min(int(fields["step"]), len(LADDERS[fields["ladder"]].values)) - 1


def at_step(fields: Fields, points: Sequence[Point]) -> dict[str, Any]:
    """Show one step: its sound and what was written."""
    key = fields["ladder"]
    ladder = LADDERS[key]
    step = step_of(fields)
    value = ladder.values[step]
    y = measure.sounded(ladder, value, fields["clip2"], int(fields["ladder_seed"]))
    title = f"{get_clip(fields['clip2']).title}: {find_words(key, value)}"
    return {
        "step_player": Sound(title, y=y, sample_rate=SAMPLE_RATE),
        "texts": texts(key, points, value),
        "curves": curves(key, points, step),
    }


def find_words(key: str, value: float) -> str:
    """A step in words: "White noise, signal-to-noise ratio -5 dB"."""
    ladder = LADDERS[key]
    label, unit = ladder.moved.label, ladder.moved.unit
    return f"{ladder.title}, {label[0].lower()}{label[1:]} {value:g} {unit}".strip()


def beforehand(points: Sequence[Point]) -> str:
    """Say what was measured beforehand, by which models and of what."""
    if not points:
        return "Press Measure to run the three models on this."
    models = [LISTENERS[listener][0] for listener in LISTENERS if any(p.listener == listener for p in points)]
    rest = "to run it now" if len(models) == len(LISTENERS) else "for all three models"
    return (
        f"Precomputed on {measure.precomputed()['date']} with seed 0 for {', '.join(models)}: ten words by synthetic "
        f"voices, two read sentences. Press Measure {rest}."
    )


def points_of(found: Any, key: str) -> tuple[list[Point], bool]:
    """The visitor's own points of a ladder, or the precomputed ones; and whether they are the visitor's."""
    if found is not None and found[0] == key:
        return found[1], True
    return measure.known(key), False


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Show a ladder with what is known of it."""
    key = fields["ladder"]
    points, mine = points_of(scene.found, key)
    values = at_step(fields, points)
    if fields.moved in ("step", "clip2"):
        return values
    values["breaks"] = broken(key, points)
    if fields.moved == "ladder_seed":
        return values | {"status": status("The next run draws other noise, rooms and gaps.")}
    if not mine:
        values["status"] = status(beforehand(points))
        values |= buttons(running=False, value="Measure")
    return values


def run(visit: Visit) -> Iterator[dict[str, Any]]:
    """Measure: one step after another, drawn as they come."""
    key, seed = visit.fields["ladder"], int(visit.fields["ladder_seed"])
    points: list[Point] = []
    step = step_of(visit.fields)

    def task(progress: Any) -> None:
        for share, what, point in measure.climb(key, seed):
            if point is not None:
                points.append(point)
            progress(share, what)

    visit.run.job = job = Work(task)
    job.points = points  # `stopped` shows what there is
    yield {"status": status("The models are loaded", done=0.0), **buttons(running=True)}
    drawn = 0
    try:
        for share, what in job.wait():
            values: dict[str, Any] = {"status": status(f"Measuring {what}" if what else "Measuring", done=share)}
            if len(points) > drawn:
                drawn = len(points)
                values |= {"curves": curves(key, points, step), "breaks": broken(key, points)}
            yield values
    except Stopped:
        return
    yield ended(visit, points, f"Measured now with seed {seed}: ten words and two sentences, three models.")


def ended(visit: Visit, points: list[Point], sentence: str) -> dict[str, Any]:
    """Return what the page shows of a run that has ended."""
    key = visit.fields["ladder"]
    return {
        "found": (key, points),
        "status": status(sentence),
        "breaks": broken(key, points),
        **at_step(visit.fields, points),
        **buttons(running=False),
    }


def stopped(visit: Visit) -> dict[str, Any]:
    """Return what the page shows of a run that was stopped: what was measured stays."""
    points, total = visit.run.job.points, len(LADDERS[visit.fields["ladder"]].values) * len(LISTENERS)
    return ended(visit, points, f"Stopped after {len(points)} of {total} points.")


def picked(visit: Visit) -> dict[str, Any]:
    """Choose the step that was clicked."""
    return {"step": min(max(round(float(visit.event.x)), 0), len(LADDERS[visit.fields["ladder"]].values) - 1) + 1}


PART = Part(
    slug="breaks",
    title="2 What breaks",
    controls=controls,
    draw=draw,
    show=show,
    fields=("ladder", "ladder_seed", "step", "clip2"),
    on=(On(component="curves", event="pick", handler=picked, redraw="step"),),
)
