"""The voice changer: change a voice while it sounds, in under 20 ms, and see where each millisecond goes.

Nearly all of it runs in the browser (``components/static/voice/room*.js``) on the effects of
``algorithms/voice/effects.py``; `view` reads links, `lesson` and `questions` have the words, and the routes of
``components/voice_link`` carry sound to the server and back for whoever picks a transport that needs it.
"""

from __future__ import annotations

import gradio as gr

from algorithms.voice.effects import DEFAULT_PRESET, PRESETS
from components.page import Page
from components.page_state import PageState
from components.voice_link.routes import ROUTES
from components.voice_room import EARS, FFTS, NETS, PACKETS, RINGS, TRANSPORTS, VoiceRoom

from .. import Space
from . import view
from .lesson import EXAMPLES, REFERENCES, THEORY
from .questions import QUESTIONS


def _fields() -> dict[str, gr.components.Component]:
    """Return the fields of the page's address: never seen, written by the browser's part of the page."""

    def one_of(choices, value):
        return gr.Radio([(str(choice), choice) for choice in choices], value=value, visible=False)

    return {
        "preset": one_of(PRESETS, DEFAULT_PRESET),
        "chain": gr.Textbox("", visible=False),
        "clip": one_of(view.CLIPS, view.CLIPS[0]),
        "transport": one_of(TRANSPORTS, "browser"),
        "packet": one_of(PACKETS, 128),
        "ring": one_of(RINGS, 0),
        "prefetch": one_of(range(9), 4),
        "see": one_of(view.SEE, "voice"),
        "w_packet": one_of(PACKETS, 128),
        "w_fft": one_of(FFTS, 0),
        "w_net": one_of(NETS, "local"),
        "w_ears": one_of(EARS, "wired"),
        "w_ring": gr.Slider(0, 60, 0, step=1, visible=False),
        "w_km": gr.Slider(0, 10000, 0, step=100, visible=False),
    }


def build() -> None:
    """Draw the page."""
    with Page(SPACE) as page:
        fields = _fields()
        usual = {name: field.value for name, field in fields.items()}
        room = VoiceRoom(view.CLIPS, value=view.draw(**usual)[0] | {"usual": True})
        page.theory(THEORY)
        page.bind(PageState(**fields), view.draw, outputs=[room], on_input=False)
        # Only the browser takes part in this: Copy link reads the fields, and the server need not be there.
        names = ", ".join(f"'{name}'" for name in fields)
        room.moved(
            None, None, list(fields.values()), js=f"() => window.voiceLab.fields({names})", api_visibility="private"
        )


SPACE = Space(
    title="Voice changer",
    summary="Change a voice while it sounds, in under 20 ms: hear it, measure it, and see where each millisecond goes.",
    group="Real time",
    level="advanced",
    order=10,
    build=build,
    examples=EXAMPLES,
    questions=QUESTIONS,
    references=REFERENCES,
    routes=tuple(ROUTES),
)
