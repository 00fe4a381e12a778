"""Draws the page and ties its controls to the handlers of `view`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from components.audio_input import AudioInput
from components.figure import Figure
from components.model_picker import ModelPicker
from components.page import Page
from components.page_state import PageState, told_by
from components.player import Player
from components.stopping import session_of

from . import choice, collapse, rivals, toy, toy_events, view, work
from .lesson import THEORY
from .sound import CLIPS, DEFAULT, MAX_S, WINDOW_S

QUIET = {"show_progress": "hidden", "api_visibility": "private"}
LATEST = {**QUIET, "trigger_mode": "always_last"}


def build(space: Any) -> None:
    """Draw the page."""
    with Page(space) as page:
        with gr.Column(elem_classes="ctc-page"):
            part = gr.Radio(
                [(title, slug) for slug, title in view.PARTS.items()],
                value="why",
                label="Part of the lesson",
                show_label=False,
                elem_classes=["lab-chips", "ctc-parts"],
            )
            with gr.Row(elem_classes="lab-stage", equal_height=False):
                with gr.Column(scale=1, min_width=300, elem_classes="lab-controls") as controls:
                    audio = AudioInput(default=DEFAULT, clip_ids=CLIPS)
                    picker = ModelPicker(
                        choice.CHOICES,
                        other="another, or a folder",
                        label="CTC model",
                        other_info="wav2vec2, HuBERT or WavLM with a CTC head, as safetensors. Enter takes it.",
                        placeholder="facebook/wav2vec2-large-960h",
                    )
                    with gr.Row(elem_classes="ctc-fetch"):
                        fetch = gr.Button("Fetch it and run it", variant="primary", visible=False, min_width=120)
                        halt = gr.Button("Stop", visible=False, min_width=80, scale=0)
                    model_note = gr.HTML("", apply_default_css=False)
                with page.pictures():
                    with gr.Column(elem_classes="ctc-heard") as heard:
                        player = Player("ctc", label="The sound", sticky=True)
                        with gr.Column(visible=False, elem_classes="ctc-mover") as mover:
                            overview = Figure("The whole sound", height=70, hint="click where to look")
                            with gr.Row(elem_classes="ctc-row"):
                                earlier = gr.Button("◀ 30 s", size="sm", min_width=70, scale=0)
                                start = gr.Slider(0, MAX_S, 0, step=view.STEP_S, label="Show 30 s, from second")
                                later = gr.Button("30 s ▶", size="sm", min_width=70, scale=0)
                        wave = Figure("Waveform", clock="ctc", height=110, hint="words as they are aligned")
                    columns, parts = {}, {}
                    for slug, module in view.MODULES.items():
                        with gr.Column(visible=slug == "why") as columns[slug]:
                            parts[slug] = module.build()
        page.theory(THEORY)

        zoom, history = gr.State(None), gr.State(None)
        t = gr.Number(-1, visible="hidden", minimum=-1, maximum=3000, step=1)
        s = gr.Number(-1, visible="hidden", minimum=-1, maximum=6000, step=1)
        every = {"part": part, "clip": audio.clip, "t": t, "s": s}
        every |= {"model": picker.model, "hub": picker.name, "w": start}
        for built in parts.values():
            every |= {name: component for name, component in built.items() if name in view.FIELDS}
        state = PageState(**{name: every[name] for name in view.FIELDS})
        shared = view.Shared(audio.note, zoom, model_note, fetch, halt, mover, start, overview, player, wave)
        outputs = [*shared, controls, heard, *columns.values()]
        for slug, module in view.MODULES.items():
            outputs += module.outputs(parts[slug])
        inputs = [audio.own, zoom, history]
        page.bind(state, view.draw, inputs=inputs, outputs=outputs, on_input=False)
        given = [*inputs, *state.components]

        def follow(name: str, **reset: Any) -> Callable[..., Iterator[tuple]]:
            def handler(request: gr.Request, own, zoom, history, *values):
                fields = {**fields_of(values), **reset}
                for made in view.drawn(own, zoom, history, name, fields, session_of(request), len(outputs)):
                    yield *made, *reset.values()

            return handler

        def fetching(request: gr.Request, own, zoom, history, *values):
            yield from view.fetched(own, zoom, history, fields_of(values), session_of(request), len(outputs))

        def moving(by: float) -> Callable[..., Iterator[tuple]]:
            """Move the stretch by so many seconds; 0: to where the overview was clicked."""

            def handler(event: gr.EventData, request: gr.Request, own, zoom, history, *values):
                fields = {**fields_of(values), **cell}
                to = fields["w"] + by if by else view.moved_to(float(event.x))
                fields["w"] = view.nearest_start(to, own, zoom, fields)
                for made in view.drawn(own, zoom, history, "w", fields, session_of(request), len(outputs)):
                    made = view.Shared(*made[: len(shared)])._replace(start=fields["w"]), made[len(shared) :]
                    yield *made[0], *made[1], *cell.values()

            return handler

        cell = {"t": -1, "s": -1}
        toy_cell = {"tx": -1, "ty": -1}
        resets = {"clip": {"text": "", "w": 0, **cell}, "tf": toy_cell, "ts": toy_cell}
        resets |= {"model": cell, "hub": cell, "w": cell}
        for name, component in state.fields.items():
            if name in ("tp", "t", "s", "tx", "ty"):  # hidden: set by clicks, whose handlers draw
                continue
            reset = resets.get(name, {})
            also = [every[other] for other in reset]
            gr.on(told_by(component), follow(name, **reset), given, [*outputs, *also], **LATEST)
        for source, by in ((earlier.click, -WINDOW_S), (later.click, WINDOW_S), (overview.pick, 0.0)):
            source(moving(by), given, [*outputs, t, s], **LATEST)
        fetch.click(fetching, given, outputs, concurrency_id="ctc", concurrency_limit=2, **QUIET)
        halt.click(stopped, None, None, queue=False, **QUIET)
        audio.on_own(follow("clip", **resets["clip"]), given, [*outputs, *(every[n] for n in resets["clip"])])
        _real(parts["real"], wave, given, zoom, t, s)
        _rivals(parts["rivals"], given)
        _collapse(parts["collapse"], given)
        _toy(parts["toy"], given, history)
        _decoding(parts["decode"], given)


def stopped(request: gr.Request) -> None:
    """Stop what this visitor has running."""
    work.stop(session_of(request))


def fields_of(values: Any) -> dict[str, Any]:
    """Return the page's state by name."""
    return dict(zip(view.FIELDS, values, strict=True))


def _real(parts: dict, wave: Figure, given: list, zoom: gr.State, t: gr.Number, s: gr.Number) -> None:
    def cell(event: gr.EventData, own, view_, history, *values):
        return view.cell_at(float(event.x), float(event.y), own, view_, fields_of(values))

    def zooms(name: str) -> Callable[..., tuple]:
        def handler(event: gr.EventData, own, view_, history, *values):
            return view.zoomed(name, event.x, event.y, own, view_, fields_of(values))

        return handler

    parts["trellis"].pick(cell, given, [t, s, parts["trellis"], parts["cell"]], **LATEST)
    for name, picture in {"wave": wave, **{n: parts[n] for n in ("mel", "emissions", "trellis")}}.items():
        picture.zoom(zooms(name), given, [zoom, parts["trellis"]], **LATEST)


def _rivals(parts: dict, given: list) -> None:
    def listen(request: gr.Request, own, view_, history, *values):
        yield from view.attended(own, view_, fields_of(values), session_of(request))

    shown = [parts[name] for name in rivals.NAMES[:6]]
    parts["listen"].click(listen, given, shown, concurrency_id="ctc", concurrency_limit=2, **QUIET)


def _collapse(parts: dict, given: list) -> None:
    def edited(event: gr.EventData, own, view_, history, *values):
        return view.path_edited(str(event.text), fields_of(values))

    parts["editor"].edit(edited, given, [parts["path"], *collapse.outputs(parts)], **LATEST)


def _toy(parts: dict, given: list, history: gr.State) -> None:
    drawn = toy.outputs(parts)

    def edited(event: gr.EventData, own, view_, history, *values):
        return toy_events.edited(event.probs, fields_of(values))

    def clicked(event: gr.EventData, own, view_, history, *values):
        return toy_events.clicked(float(event.x), float(event.y), fields_of(values), history)

    def preset(kind: str) -> Callable[..., tuple]:
        return lambda own, view_, history, *values: toy_events.preset(kind, fields_of(values))

    def trained(count: int) -> Callable[..., tuple]:
        return lambda own, view_, history, *values: toy_events.trained(count, history, fields_of(values))

    def stepped(by: int) -> Callable[..., tuple]:
        return lambda own, view_, history, *values: toy_events.stepped(by, fields_of(values), history)

    numbers = [parts["tp"], history, *drawn]
    parts["grid"].edit(edited, given, numbers, **LATEST)
    parts["trellis"].pick(clicked, given, [parts["tx"], parts["ty"], *drawn], **LATEST)
    for kind in ("equal", "random"):
        parts[kind].click(preset(kind), given, numbers, **QUIET)
    for name, count in (("one", 1), ("many", 25)):
        parts[name].click(trained(count), given, numbers, **QUIET)
    for name, by in (("back", -1), ("next", 1)):
        parts[name].click(stepped(by), given, [parts["ts"], parts["tx"], parts["ty"], *drawn], **QUIET)


def _decoding(parts: dict, given: list) -> None:
    def clicked(event: gr.EventData, own, view_, history, *values):
        return view.step_of(float(event.x), own, view_, fields_of(values))

    parts["tree"].pick(clicked, given, [parts["df"], parts["tree"], parts["table"]], **LATEST)
