"""Draws the page and ties its controls to the handlers of `view`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from components.audio_input import KEEP_S, AudioInput
from components.page import Page
from components.page_state import PageState, told_by
from components.player import Player

from . import say_live, sound, view
from .lesson import THEORY

QUIET = {"show_progress": "hidden", "api_visibility": "private"}


def build(space: Any) -> None:
    """Draw the page."""
    with Page(space) as page:
        with gr.Column(elem_classes="kws-page"):
            part = gr.Radio(
                [(title, slug) for slug, title in view.PARTS.items()],
                value="say",
                label="Part of the lesson",
                show_label=False,
                elem_classes=["lab-chips", "kws-parts"],
            )
            mine = gr.State(None, time_to_live=KEEP_S)  # None, or the PersonalSpotter that "Your own keyword" trained
            run = gr.State("", time_to_live=KEEP_S, delete_callback=say_live.end)  # what the microphone of part 1 gave
            with gr.Row(elem_classes="lab-stage", equal_height=False):
                with page.controls():
                    with gr.Column() as second:
                        audio = AudioInput(default=sound.DEFAULT_CLIP, clip_ids=sound.CLIPS)
                    model = gr.Radio(
                        [(title, name) for name, title in sound.TITLES.items()],
                        value=sound.DEFAULT_MODEL,
                        label="Network",
                        elem_classes=["lab-chips", "kws-model"],
                    )
                with page.pictures():
                    player = Player("keyword_spotting", label="The second that the network hears", sticky=True)
                    columns, parts = {}, {}
                    for slug, module in view.MODULES.items():
                        with gr.Column(visible=slug == "say", elem_classes=f"kws-part-{slug}") as columns[slug]:
                            parts[slug] = module.build(mine) if slug == "own" else module.build()
        page.theory(THEORY)

        every = {"part": part, "clip": audio.clip, "model": model}
        for slug, module in view.MODULES.items():
            every |= {name: parts[slug][name] for name in module.FIELDS}
        state = PageState(**{name: every[name] for name in view.FIELDS})
        outputs = [audio.note, second, player, *columns.values()]
        for slug, module in view.MODULES.items():
            outputs += [parts[slug][name] for name in module.OUTPUTS]
        page.bind(state, view.draw, inputs=[audio.own, mine, run], outputs=outputs, on_input=False)
        given = [audio.own, *state.components]  # what the parts' own handlers get
        all_given = [audio.own, mine, run, *state.components]

        def follow(name: str, **reset: Any) -> Callable[..., tuple]:
            def handler(own, mine, run, *values):
                fields = {**fields_of(values), **reset}
                return *view.draw(own, mine, run, moved=name, **fields), *reset.values()

            return handler

        for name, component in state.fields.items():
            reset = view.resets(name)
            gr.on(told_by(component), follow(name, **reset), all_given,
                  [*outputs, *(every[other] for other in reset)], trigger_mode="always_last", **QUIET)  # fmt: skip
        reset = view.resets("clip")
        audio.on_own(follow("clip", **reset), all_given, [*outputs, *(every[other] for other in reset)])
        for slug, module in view.MODULES.items():
            more = {"say": (mine, run), "own": (mine,)}.get(slug, ())
            # After an event that a part returns, the open part is drawn again.
            for event in module.wire(parts[slug], given, fields_of, *more) or ():
                event.then(follow(""), all_given, outputs, **QUIET)


def fields_of(values: Any) -> dict[str, Any]:
    """The page's state by name."""
    return dict(zip(view.FIELDS, values, strict=True))
