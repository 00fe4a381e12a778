"""Live captions: from the microphone to text that is stable, word by word, and how one knows that it is.

`live` runs the engine for each listener, `log` holds a captioning, `views` draws it, `handlers` says what happens,
`lesson` has the texts.
"""

from __future__ import annotations

import gradio as gr

from algorithms.sound.clips import clip
from components.audio_input import KEEP_S
from components.caption_view import CaptionView
from components.figure import Figure
from components.live_mic import LiveMic
from components.page import Page
from components.page_state import PageState
from components.player import Player

from .. import Space
from . import handlers, lesson, live, views
from .handlers import Outputs, Visit
from .log import BASE, TINY_EN, Settings

CLIPS = ("speech_long", "speech", "sentence", "french", "spanish", "noise", "tone")
LANGUAGES = [
    ("English", "en"), ("Arabic", "ar"), ("Chinese", "zh"), ("Dutch", "nl"), ("French", "fr"), ("German", "de"),
    ("Hindi", "hi"), ("Italian", "it"), ("Japanese", "ja"), ("Korean", "ko"), ("Polish", "pl"), ("Portuguese", "pt"),
    ("Russian", "ru"), ("Spanish", "es"), ("Swedish", "sv"), ("Turkish", "tr"), ("Ukrainian", "uk"),
]  # fmt: skip


def build() -> None:
    """Draw the page."""
    quiet = {"show_progress": "hidden", "api_visibility": "private"}
    usual = Settings()
    with Page(SPACE) as page:
        with page.controls():
            chosen = gr.Radio(
                [(clip(i).title, i) for i in CLIPS],
                value=usual.clip,
                label="Example to play",
                elem_classes="lab-chips",
            )
            n = gr.Slider(1, 3, usual.n, step=1, label="Hypotheses that must agree (n)")
            step = gr.Slider(0.2, 2, usual.step, step=0.1, label="New sound before the next hypothesis (s)")
            silence = gr.Slider(200, 1500, usual.silence, step=100, label="Silence that ends an utterance (ms)")
            model = gr.Dropdown(
                [("tiny.en: English, 39 M parameters", TINY_EN), ("base: 99 languages, 74 M parameters", BASE)],
                value=usual.model,
                label="Model",
                filterable=False,
            )
            language = gr.Dropdown(LANGUAGES, value=usual.lang, label="Language of base", interactive=False)
            full = gr.Checkbox(usual.full, label="Encode 30 s each time, as Whisper was trained")
        with page.pictures(first=True):
            mic = LiveMic("captions", live.take, play_text="Play the example as if spoken live")
            status = gr.HTML("", apply_default_css=False, elem_classes="lab-status")
            captions = CaptionView("captions", "captions", empty="Captions appear here.")
            player = Player("captions", label="Example", empty="The microphone's sound is not kept")
            facts = gr.HTML("", apply_default_css=False)
            timeline = Figure("Sound and speech", clock="captions", height=230, hint="utterances shaded, ends dashed")
            latency = Figure("From spoken to stable", clock="captions", height=180, hint="one bar a word")
            files = gr.HTML(views.downloads(""), apply_default_css=False)
        page.theory(lesson.THEORY)

        visit = gr.State(None, time_to_live=KEEP_S, delete_callback=handlers.forget)
        state = PageState(clip=chosen, n=n, step=step, silence=silence, model=model, lang=language, full=full)
        outputs = list(Outputs(player, mic, status, captions, timeline, latency, facts, files, visit))
        page.bind(state, handlers.draw, inputs=[visit], outputs=outputs, on_input=False)

        names = list(state.fields)

        def changed(visit: Visit | None, *values):
            return handlers.changed(visit, **dict(zip(names, values, strict=True)))

        def started(event: gr.EventData, visit: Visit | None, *values):
            return handlers.started(event, visit, **dict(zip(names, values, strict=True)))

        for field in state.components:
            field.input(changed, [visit, *state.components], outputs, trigger_mode="always_last", **quiet)
        model.change(handlers.model_changed, model, language, queue=False, **quiet)
        mic.start(started, [visit, *state.components], outputs, **quiet)
        mic.tick(handlers.tick, None, outputs, trigger_mode="once", **quiet)
        mic.stopped(handlers.stopped, visit, outputs, **quiet)


SPACE = Space(
    title="Live captions",
    summary="Speak, and read along: words turn from guesses to stable text as successive hypotheses agree.",
    group="Recognition",
    level="core",
    order=15,
    build=build,
    models=(TINY_EN, BASE),
    examples=lesson.EXAMPLES,
    questions=lesson.QUESTIONS,
    references=lesson.REFERENCES,
)
