"""Draws the page and ties its controls to the handlers of `view`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from algorithms.signal.feature_config import WINDOWS
from components.audio_input import AudioInput
from components.figure import Figure
from components.page import Page
from components.page_state import PageState
from components.player import Player
from components.stopping import Stop

from . import sizes, steps, view, why_mel
from .lesson import CLIPS, THEORY
from .settings import AFFECTS, FFT_SIZES, FREQUENCY_AXES, TOP_MEL_HZ

QUIET = {"show_progress": "hidden", "api_visibility": "private"}
LATEST = {**QUIET, "trigger_mode": "always_last"}
# The file is ready a moment after its button has been pressed; its own, hidden button then hands it over.
HAND_OVER = "() => { setTimeout(() => document.querySelector('#features-file-%s')?.click(), 120); return []; }"
# On a phone the pictures lie below the settings: all of them start closed there.
FOLD_ON_PHONE = (
    "() => { if (innerWidth < 760) document.querySelector('#features-frames > button')?.click(); return []; }"
)


def settings() -> dict[str, gr.components.Component]:
    """Draw the settings, grouped as the chain is; returns them by their names in the address."""
    with gr.Accordion("Window and hop", open=True, elem_id="features-frames"):
        win = gr.Slider(2, 200, 25, step=1, label="Window (ms)")
        hop = gr.Slider(1, 50, 10, step=1, label="Hop (ms)")
        window = gr.Dropdown([(w.capitalize(), w) for w in WINDOWS], value="hann", label="Window type")
        fft = gr.Dropdown(
            [("Auto: the next power of two", "auto"), *((str(n), str(n)) for n in FFT_SIZES)],
            value="auto",
            label="FFT size",
        )
        pre = gr.Slider(0, 0.99, 0, step=0.01, label="Pre-emphasis (0 is off)")
    with gr.Accordion("Mel", open=False):
        mels = gr.Slider(4, 256, 80, step=1, label="Mel filters")
        fmin = gr.Slider(0, 6000, 0, step=10, label="Lowest frequency (Hz)")
        fmax = gr.Slider(
            200,
            TOP_MEL_HZ,
            TOP_MEL_HZ,
            step=100,
            label="Highest frequency (Hz)",
            info="Right end: half the sample rate",
        )
        scale = gr.Radio([("Slaney", "slaney"), ("HTK", "htk")], value="slaney", label="Mel scale")
        norm = gr.Checkbox(True, label="Filters of equal area")
        power = gr.Radio([("Energy |X|²", 2), ("Amplitude |X|", 1)], value=2, label="Filters add up")
    with gr.Accordion("MFCC", open=False):
        mfcc = gr.Slider(1, 40, 13, step=1, label="Coefficients a frame")
        lift = gr.Slider(0, 40, 0, step=1, label="Lifter length (0 is off)")
        cmn = gr.Checkbox(False, label="Subtract each one's mean (in the picture)")
    with gr.Accordion("Display", open=False):
        y = gr.Radio([(a.capitalize(), a) for a in FREQUENCY_AXES], value="linear", label="Frequency axis of the STFT")
        db = gr.Slider(20, 120, 80, step=5, label="Range of the colours (dB)")
    return {
        **{"win": win, "hop": hop, "window": window, "fft": fft, "pre": pre},
        **{"mels": mels, "fmin": fmin, "fmax": fmax, "scale": scale, "norm": norm, "power": power},
        **{"mfcc": mfcc, "lift": lift, "cmn": cmn, "y": y, "db": db},
    }


def pictures() -> dict[str, gr.components.Component]:
    """Draw the right column; returns its parts by the names in `view.MAIN`."""
    on_clock: dict[str, Any] = {"clock": "features"}
    drawn = {
        "player": Player("features", label="The sound", sticky=True),
        "wave": Figure(
            "Waveform", height=100, hint="drag to zoom all pictures, double-click for everything", **on_clock
        ),
        "stft": Figure("STFT", height=230, hint="click to put the cursor there", **on_clock),
        "mel": Figure("Mel spectrogram", height=190, **on_clock),
        "mfcc": Figure("MFCC", height=165, hint="one column of numbers for every frame", **on_clock),
    }
    with gr.Row(elem_classes="features-pair"):
        with gr.Column(min_width=300):
            drawn["spectrum"] = Figure("Spectrum under the cursor", height=215)
        with gr.Column(min_width=300):
            drawn["bank"] = Figure("Mel filterbank", height=215)
    return drawn


def build(space: Any) -> None:
    """Draw the page."""
    with Page(space) as page:
        with page.controls():
            audio = AudioInput(default="speech", clip_ids=CLIPS)
            fields: dict[str, gr.components.Component] = {"clip": audio.clip, **settings()}
        with page.pictures():
            drawn = pictures()
        page.below()
        zoom_view, t = gr.State(None), gr.Number(-1, visible="hidden", minimum=-1, maximum=30, step=0.001)
        fields["t"] = t
        fields["see"] = gr.Radio(
            [(module.LABEL, slug) for slug, module in view.SECTIONS.items()],
            value=steps.SLUG,
            label="Look closer",
            elem_classes=["lab-chips", "features-tabs"],
        )
        columns, contents, extra = [], {}, {}
        for slug, module in view.SECTIONS.items():
            with gr.Column(visible=slug == steps.SLUG) as column:
                parts = module.build()
                if module is why_mel:
                    extra["audible"] = why_mel.build_audible()
                if module is sizes:
                    extra["downloads"] = sizes.build_downloads()
            columns.append(column)
            contents[slug] = list(parts.outputs)
            fields |= parts.fields
        page.theory(THEORY)

        state = PageState(**{name: fields[name] for name in view.FIELDS})
        given = [audio.own, zoom_view, *state.components]
        start, stop, audible = extra["audible"]
        everything = [{"note": audio.note, "view": zoom_view, **drawn}[name] for name in view.MAIN]
        everything += [*audible, *columns, *(c for outputs in contents.values() for c in outputs)]
        page.bind(state, view.draw, inputs=[audio.own, zoom_view], outputs=everything, on_input=False)

        gr.context.Context.root_block.load(None, None, None, js=FOLD_ON_PHONE, **QUIET)
        audio.clip.input(view.another_sound, given, [*everything, t], **LATEST)
        audio.on_own(view.another_sound, given, [*everything, t])
        followed = {*AFFECTS, "see", *(name for module in view.SECTIONS.values() for name in module.FOLLOWS)}
        for name in sorted(followed):
            fields[name].input(view.moved(name), given, everything, **LATEST)
        drawn["player"].cursor(view.cursor, given, [t, drawn["spectrum"], *contents[steps.SLUG]], **LATEST)
        _zooms(drawn, contents["res"][:2], given, zoom_view)
        _audible(start, stop, audible, [audio.own, *state.components])
        which, buttons = extra["downloads"]
        for kind, (button, file) in buttons.items():
            button.click(view.saved(kind), [audio.own, which, *state.components], file, **QUIET).success(
                None, None, None, js=HAND_OVER % kind, **QUIET
            )


def _zooms(drawn: dict, pair: Sequence[Figure], given: list, zoom_view: gr.State) -> None:
    named = {"wave": drawn["wave"], "stft": drawn["stft"], "mel": drawn["mel"], "mfcc": drawn["mfcc"]}
    outputs = [zoom_view, *named.values(), *pair]
    for name, picture in {**named, "wa": pair[0], "wb": pair[1]}.items():
        picture.zoom(view.zoomed(name), given, outputs, **LATEST)


def _audible(start: gr.Button, stop: gr.Button, outputs: list, inputs: list) -> None:
    stops = Stop((gr.skip(),) * len(outputs))

    def stopped(*_run) -> tuple:
        return "", *stops.nothing[1:]

    def rebuilt(request: gr.Request, *values):
        yield from stops.steps(request, lambda _run: view.rebuild(*values), stopped)

    # Two at a time: a third visitor waits, instead of slowing everybody's sliders down.
    work = start.click(rebuilt, inputs, outputs, concurrency_limit=2, **QUIET)
    stops.button(stop, work, stopped, [], outputs, status=outputs[0], **QUIET)
