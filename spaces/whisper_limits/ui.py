"""Draws the page and ties its controls to the handlers of `view` and `runs`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from components.audio_input import KEEP_S, AudioInput
from components.figure import Figure
from components.model_picker import ModelPicker
from components.page import Page
from components.page_state import PageState, told_by
from components.player import Player

from ..whisper import ASR, WAITING_JS
from . import compare, compare_view, fail_view, runs, view
from .case import KINDS
from .hides import table
from .ladder import EARS, TINY_EN, VAD_THRESHOLD
from .lesson import HIDES_INTRO, THEORY
from .normalise import LEVELS
from .view import Outputs

CLIPS = ("speech", "sentence", "speech_long", "french", "spanish", "italian", "russian")
QUIET = {"show_progress": "hidden", "api_visibility": "private"}
LATEST = {**QUIET, "trigger_mode": "always_last"}
BLOCK = {"apply_default_css": False}


def _choices(titles: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (getattr(title, "title", "") if not isinstance(title, str) else title, key) for key, title in titles.items()
    ]


def build(space: Any) -> None:
    """Draw the page."""
    made: dict[str, Any] = {}
    with Page(space) as page:
        with gr.Column(elem_classes="limits-page"):
            made["part"] = gr.Radio(
                _choices(view.PARTS),
                value="fail",
                label="Part of the lesson",
                show_label=False,
                elem_classes=["lab-chips", "limits-parts"],
            )
            with gr.Row(elem_classes="lab-stage", equal_height=False):
                with gr.Column(scale=1, min_width=300, elem_classes="lab-controls"):
                    audio = _controls(made)
                with page.pictures():
                    made["player"] = Player("limits", label="The sound", sticky=True)
                    with gr.Row(elem_classes="lab-run-row", equal_height=True):
                        made["status"] = gr.HTML("", elem_classes="lab-status", scale=6, min_width=240, **BLOCK)
                        # Off until the load event has read the address.
                        made["go"] = gr.Button("Run", variant="primary", interactive=False, scale=0, min_width=120)
                        made["halt"] = gr.Button("Stop", interactive=False, scale=0, min_width=80)
                    with gr.Column() as made["pictures_fail"]:
                        _pictures_fail(made)
                    with gr.Column(visible=False) as made["pictures_compare"]:
                        _pictures_compare(made)
        page.theory(THEORY)
        made["run"] = gr.State(None, time_to_live=KEEP_S)
        made["compared"] = gr.State(None, time_to_live=KEEP_S)
        made |= {"clip": audio.clip, "note": audio.note}
        _bind(page, audio, made)


def _controls(made: dict[str, Any]) -> AudioInput:
    with gr.Column() as made["controls_fail"]:
        made["fail"] = gr.Radio(_choices(KINDS), value="music", label="Make a hard sound", elem_classes="lab-chips")
        made["ear"] = gr.Radio(_choices(EARS), value=TINY_EN, label="Who listens", elem_classes="lab-chips")
        made["every"] = gr.Checkbox(True, label="Try all six temperatures, also after one has passed")
    with gr.Column(visible=False) as made["controls_compare"]:
        made["mess"] = gr.Radio(_choices(view.MESS), value="snr", label="The chosen sound", elem_classes="lab-chips")
        picker = ModelPicker(
            [("none", compare.NO_THIRD)],
            other="hub id or local folder",
            label="A third model",
            placeholder="openai/whisper-small",
            other_info="Downloaded when you press Compare. Any Whisper with safetensors or CTranslate2 weights.",
        )
        made |= {"model": picker.model, "hub": picker.name}
    sliders = {
        "snr": gr.Slider(-20, 40, 0, step=1, label="Speech over noise (dB)", render=False),
        "speed": gr.Slider(1, 4, 2, step=0.25, label="Times as fast", render=False),
        "times": gr.Slider(1, 20, 8, step=1, label="How often the phrase is said", render=False),
        "cut": gr.Slider(0.2, 30, 6.2, step=0.1, label="Cut after (s)", render=False),
    }
    for name, slider in sliders.items():
        with gr.Column(visible=False) as made[f"box_{name}"]:
            made[name] = slider.render()
    audio = AudioInput(default="speech", clip_ids=CLIPS)
    return audio


def _pictures_fail(made: dict[str, Any]) -> None:
    made["verdict"] = gr.HTML("", **BLOCK)
    limits = {
        "logprob": ("lp", gr.Slider(-2, 0, -1.0, step=0.05, label="Limit: unsure below", render=False)),
        "no_speech": ("ns", gr.Slider(0, 1, 0.6, step=0.05, label="Limit: no speech above", render=False)),
        "compression": ("cr", gr.Slider(0.5, 5, 2.4, step=0.1, label="Limit: repeats itself above", render=False)),
    }
    with gr.Row(elem_classes="limits-gauges", equal_height=True):
        for name, (field, slider) in limits.items():
            with gr.Column(min_width=200):
                made[name] = gr.HTML(fail_view.gauge(name, None, view.Thresholds()), **BLOCK)
                made[field] = slider.render()
    gr.HTML('<h2 class="lab-section">The temperature fallback, attempt by attempt</h2>', **BLOCK)
    made["ladder"] = gr.HTML("", **BLOCK)
    made["about"] = gr.HTML("", **BLOCK)
    gr.HTML('<h2 class="lab-section">With and without voice activity detection</h2>', **BLOCK)
    made["vad"] = Figure(
        "Where Silero hears speech", clock="limits", height=190, hint="line: probability; shaded: kept; click to listen"
    )
    made["vadt"] = gr.Slider(0.05, 0.95, VAD_THRESHOLD, step=0.05, label="Speech where the probability is above")
    made["vad_texts"] = gr.HTML("", **BLOCK)


def _pictures_compare(made: dict[str, Any]) -> None:
    made["rows"] = compare_view.playable()
    made["reference"] = gr.HTML("", **BLOCK)
    with gr.Row(elem_classes="limits-settings"):
        made["norm"] = gr.Radio(
            [(title, key) for key, title in LEVELS.items()],
            value="basic",
            label="Normalise the text first",
            elem_classes="lab-chips",
        )
        made["against"] = gr.Radio(
            _choices(view.AGAINST), value="ref", label="Hold the models against", elem_classes="lab-chips"
        )
    with gr.Row(elem_classes="limits-settings"):
        made["ref"] = gr.Textbox(
            "",
            label="Your own reference: what was said, word for word",
            info="Empty: the words that came with the clip.",
            lines=2,
            max_length=2000,
            scale=5,
        )
        made["prefill"] = gr.Button("Edit the clip’s words", size="sm", scale=1, min_width=140)
    made["steps"] = gr.HTML("", **BLOCK)
    gr.HTML('<h2 class="lab-section">Speed, memory, parameters</h2>', **BLOCK)
    made["sizes"] = gr.HTML("", **BLOCK)
    made["files"] = gr.HTML("", **BLOCK)
    gr.HTML(f'<h2 class="lab-section">What WER hides</h2><p class="limits-about">{HIDES_INTRO}</p>{table()}', **BLOCK)


def _bind(page: Page, audio: AudioInput, made: dict[str, Any]) -> None:
    state = PageState(**{name: made[name] for name in view.FIELDS})
    outputs = [made[name] for name in Outputs._fields]
    kept = [audio.own, made["run"], made["compared"]]
    page.bind(state, view.draw, inputs=kept, outputs=outputs, on_input=False)
    given = [*kept, *state.components]

    def fields_of(values: Any) -> dict[str, Any]:
        return dict(zip(view.FIELDS, values, strict=True))

    def follow(name: str) -> Callable[..., tuple]:
        def handler(request: gr.Request, own, run, compared, *values):
            fields = fields_of(values)
            if name not in (*view.LIMITS, *view.TEXTS, "vadt", "every"):
                runs.STOP.leave(request)
            reset = view.reset_for(fields["fail"]) if name == "fail" else {}
            if name in ("clip", "own") and fields["part"] == "fail":
                reset = view.after_clip(fields)
            fields |= reset
            also = [reset.get(other, gr.skip()) for other in RESET.get(name, ())]
            return *view.draw(own, run, compared, moved=name, **fields), *also

        return handler

    for name, component in state.fields.items():
        also = [made[other] for other in RESET.get(name, ())]
        gr.on(told_by(component), follow(name), given, [*outputs, *also], **LATEST)
    audio.on_own(follow("own"), given, [*outputs, *(made[other] for other in RESET["own"])])

    def prefill(own, run, compared, *values):
        fields = fields_of(values)
        fields["ref"] = view.use_clip_words(fields["clip"])
        return fields["ref"], *view.draw(own, run, compared, moved="ref", **fields)

    made["prefill"].click(prefill, given, [made["ref"], *outputs], **QUIET)

    def started(request: gr.Request, own, *values):
        yield from runs.start(own, request, **fields_of(values))

    # At once, before the server has heard of it: who waits in the queue can see that and stop waiting.
    go, halt = made["go"], made["halt"]
    go.click(None, None, [go, halt, made["status"]], js=WAITING_JS, api_visibility="private")
    run = go.click(
        started,
        [audio.own, *state.components],
        outputs,
        show_progress="minimal",
        show_progress_on=made["status"],
        api_visibility="private",
        **ASR,
    )
    runs.STOP.button(halt, run, runs.waited, [made["part"]], outputs, **QUIET)


RESET = {"fail": ("clip",), "clip": ("fail",), "own": ("fail",)}
