"""Draws the page and ties its controls to the handlers of `view`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import gradio as gr

from components.audio_input import AudioInput
from components.page import Page
from components.page_state import PageState, told_by
from components.player import Player

from . import sound, view
from .lesson import THEORY

QUIET = {"show_progress": "hidden", "api_visibility": "private"}
LATEST = {**QUIET, "trigger_mode": "always_last"}
LANGUAGES = [
    ("detect", "auto"),
    *((c, c) for c in ("en", "fr", "es", "it", "ru", "de", "pt", "nl", "zh", "ja", "ar", "hi")),
]


def build(space: Any) -> None:
    """Draw the page."""
    with Page(space) as page:
        with gr.Column(elem_classes="wi-page"):
            part = gr.Radio(
                [(title, slug) for slug, title in view.PARTS.items()],
                value="input",
                label="Part of the lesson",
                show_label=False,
                elem_classes=["lab-chips", "wi-parts"],
            )
            with gr.Row(elem_classes="lab-stage", equal_height=False):
                with page.controls():
                    audio = AudioInput(default="speech", clip_ids=sound.CLIPS)
                    at = gr.Slider(0, 600, 0, step=0.02, label="Window starts at (s)", visible=False)
                    model = gr.Radio(
                        [("tiny.en: 4 + 4 layers, width 384", "tiny.en"), ("base: 6 + 6 layers, width 512", "base")],
                        value="tiny.en",
                        label="Model",
                    )
                    lang = gr.Dropdown(
                        LANGUAGES, value="auto", label="Language that the decoder is told", visible=False
                    )
                    pad = gr.Radio(
                        [("level 0, as faster-whisper", "zeros"), ("silence, as OpenAI trained it", "silence")],
                        value="zeros",
                        label="What fills the window up to 30 s",
                    )
                with page.pictures(first=True):
                    player = Player("whisper_inside", label="The sound", sticky=True)
                    status = gr.HTML("", apply_default_css=False, elem_classes="lab-status wi-status")
                    columns, parts = {}, {}
                    for slug, module in view.MODULES.items():
                        with gr.Column(visible=slug == "input") as columns[slug]:
                            parts[slug] = module.build()
        page.theory(THEORY)

        every = {"part": part, "clip": audio.clip, "model": model, "pad": pad, "lang": lang, "at": at}
        for slug, module in view.MODULES.items():
            every |= {name: parts[slug][name] for name in module.FIELDS}
        state = PageState(**{name: every[name] for name in view.FIELDS})
        outputs = [audio.note, status, player, at, lang, *columns.values()]
        for slug, module in view.MODULES.items():
            outputs += [parts[slug][name] for name in module.OUTPUTS]
        waiting = gr.State(0.0)  # a change of it draws the page again, with the model's progress shown

        def opened(own, **fields: Any) -> tuple:
            if view.needs_loading(fields):
                loading = f"Loading {fields['model']} to look inside it: a few seconds, once."
                shown = [gr.update(visible=slug == fields["part"]) for slug in view.PARTS]
                rest = (gr.skip(),) * (len(outputs) - 5 - len(shown))
                return gr.skip(), loading, gr.skip(), gr.skip(), gr.skip(), *shown, *rest, time.time()
            drawn = view.draw(own, **fields)
            # The next click probably needs the model: it loads while the visitor looks at this.
            threading.Thread(target=sound.warm_up, args=(fields,), daemon=True).start()
            return *drawn, gr.skip()

        page.bind(state, opened, inputs=[audio.own], outputs=[*outputs, waiting], on_input=False)
        given = [audio.own, *state.components]

        def follow(name: str, **reset: Any) -> Callable[..., tuple]:
            def handler(own, *values, progress=gr.Progress()):  # noqa: B008  (Gradio finds it by this default)
                fields = {**fields_of(values), **reset}

                def told(done, text):
                    return progress(done, desc=text)

                return *view.draw(own, moved=name, progress=told, **fields), *reset.values()

            return handler

        shown = {"api_visibility": "private", "show_progress": "minimal", "show_progress_on": status}
        drawn = follow("")

        def awaited(since, *values, progress=gr.Progress()):  # noqa: B008
            # Gradio also calls this where nothing waits: when a page without need of the model has opened.
            return drawn(*values, progress=progress) if since else (gr.skip(),) * len(outputs)

        waiting.change(awaited, [waiting, *given], outputs, **shown)
        # Another sound or model makes choices on the old one meaningless: each module says what to forget.
        forget = {name: value for module in view.MODULES.values() for name, value in module.FORGET.items()}
        for name, component in state.fields.items():
            reset = {**forget, **({"at": 0} if name == "clip" else {})} if name in view.COMMON[1:] else {}
            if name == "at":
                reset = forget
            also = [every[other] for other in reset]
            quiet = shown if name in view.COMMON else QUIET
            gr.on(told_by(component), follow(name, **reset), given, [*outputs, *also],
                  trigger_mode="always_last", **quiet)  # fmt: skip
        reset = {**forget, "at": 0}
        audio.on_own(follow("clip", **reset), given, [*outputs, *(every[name] for name in reset)])
        for slug, module in view.MODULES.items():
            for event in module.wire(parts[slug], given, fields_of) or ():  # these have moved the window
                event.then(follow("at", **forget), given, [*outputs, *(every[n] for n in forget)], **shown)


def fields_of(values: Any) -> dict[str, Any]:
    """The page's state by name."""
    return dict(zip(view.FIELDS, values, strict=True))
