"""Whisper, the transcription room: speech to text with times, probabilities and the numbers by which it doubts itself.

`handlers` says what happens, `job` runs a transcription, `views` draws it, `result` holds it, `lesson` has the texts.
"""

from __future__ import annotations

import json

import gradio as gr

from components.audio_input import KEEP_S, AudioInput
from components.figure import Figure
from components.model_picker import ModelPicker
from components.page import Page
from components.page_state import PageState
from components.player import Player
from components.transcript_view import TranscriptView

from .. import Space
from . import handlers, languages, lesson, views
from .handlers import Outputs
from .result import BASE, TINY_EN, Settings, forget

CLIPS = ("speech", "speech_long", "sentence", "french", "spanish", "italian", "russian", "tone", "chirp", "noise")
# One queue for everything that transcribes: two runs at once fill two cores, a third waits its turn.
ASR = {"concurrency_id": "asr", "concurrency_limit": 2}
WAITING_JS = f"""() => [{{__type__: 'update', interactive: false}}, {{__type__: 'update', interactive: true}},
  {json.dumps(views.status("Waiting for a free processor."))}]"""


def build() -> None:
    """Draw the page."""
    quiet = {"show_progress": "hidden", "api_visibility": "private"}
    with Page(SPACE) as page:
        with page.controls():
            audio = AudioInput(default=Settings.clip, clip_ids=CLIPS)
            picker = ModelPicker(
                [("tiny.en: English, 39 M parameters", TINY_EN), ("base: 99 languages, 74 M parameters", BASE)],
                other="another: hub id or local folder",
                placeholder="openai/whisper-small",
                other_info="Downloaded when you press Transcribe. Any Whisper with safetensors or CTranslate2 weights.",
            )
            english = handlers.model_changed(TINY_EN)[0]["info"]
            language = gr.Dropdown(
                languages.choices(), value=languages.AUTO, label="Language", info=english, interactive=False
            )
            task = gr.Radio(
                [("Transcribe", "transcribe"), ("Translate", "translate")],
                value="transcribe",
                label="Task",
                info=english,
                interactive=False,
            )
            with gr.Accordion("Decoding: VAD, beam, fallback, prompt", open=False):
                vad = gr.Checkbox(False, label="Silero VAD: cut out what is not speech first")
                beam = gr.Slider(1, 10, 5, step=1, label="Beam size (1 is greedy)")
                fallback = gr.Checkbox(True, label="Temperature fallback where the checks fail")
                prompt = gr.Textbox(
                    "", label="Initial prompt", info="Text taken for what was said before.", lines=2, max_length=1000
                )
                words = gr.Checkbox(True, label="Word timestamps")
        with page.pictures():
            player = Player("whisper", label="Sound", sticky=True)
            with gr.Row(elem_classes="lab-run-row", equal_height=True):
                status = gr.HTML("", apply_default_css=False, elem_classes="lab-status", scale=6, min_width=240)
                # Off until the load event has read the address.
                go = gr.Button("Transcribe", variant="primary", interactive=False, scale=0, min_width=150)
                halt = gr.Button("Stop", interactive=False, scale=0, min_width=80)
            waveform = Figure("Waveform", clock="whisper", height=150, hint="segments shaded, words below")
            transcript = TranscriptView("whisper")
            files = gr.HTML(views.downloads(None), apply_default_css=False)
            facts = gr.HTML("", apply_default_css=False)
            with gr.Accordion("Segments, with the numbers Whisper judges itself by", open=True):
                table = gr.HTML("", apply_default_css=False)
            spoken = Figure("Which language?", height=170, hint="from the first 30 seconds")
        page.theory(lesson.THEORY)

        result = gr.State(None, time_to_live=KEEP_S, delete_callback=forget)
        state = PageState(
            clip=audio.clip,
            model=picker.model,
            hub=picker.name,
            lang=language,
            task=task,
            vad=vad,
            beam=beam,
            fallback=fallback,
            prompt=prompt,
            words=words,
        )
        outputs = list(Outputs(player, status, waveform, transcript, files, facts, spoken, table, go, halt, result))
        page.bind(state, handlers.draw, inputs=[audio.own], outputs=outputs, on_input=False)

        names = list(state.fields)

        def changed(request: gr.Request, own, result, *values):
            return handlers.changed(own, result, request, **dict(zip(names, values, strict=True)))

        def started(request: gr.Request, own, *values):
            yield from handlers.transcribe(own, request, **dict(zip(names, values, strict=True)))

        everything = [audio.own, result, *state.components]
        for field in state.components:
            field.input(changed, everything, outputs, trigger_mode="always_last", **quiet)
        audio.on_own(changed, everything, outputs)
        picker.model.change(handlers.model_changed, picker.model, [language, task], queue=False, **quiet)
        # At once, before the server has heard of it: who waits in the queue can see that and stop waiting.
        go.click(None, None, [go, halt, status], js=WAITING_JS, api_visibility="private")
        run = go.click(
            started,
            [audio.own, *state.components],
            outputs,
            show_progress="minimal",
            show_progress_on=status,
            api_visibility="private",
            **ASR,
        )
        handlers.STOP.button(halt, run, handlers.waited, [], outputs, **quiet)
        _api(language)


def _api(language: gr.Dropdown) -> None:
    """Offer the transcription to programs: ``Client(url).predict(handle_file(path), ..., api_name="/transcribe")``."""
    with gr.Row(visible=False):
        file = gr.File(label="audio")
        model = gr.Textbox(TINY_EN, label="model")
        spoken = gr.Textbox(languages.AUTO, label="language")
        gr.Button().click(
            handlers.transcribe_file, [file, model, spoken], gr.JSON(label="transcript"), api_name="transcribe", **ASR
        )


SPACE = Space(
    title="Whisper",
    summary="Turn speech into text, hear every word where it was spoken, and see how sure the model is of it.",
    group="Recognition",
    level="core",
    order=10,
    build=build,
    models=(TINY_EN, BASE),
    examples=lesson.EXAMPLES,
    questions=lesson.QUESTIONS,
    references=lesson.REFERENCES,
)
