"""What the tests of Whisper's limits share: the page's state, a visitor's sound, attempts and outcomes."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import gradio as gr

from algorithms.whisper.fallback import Attempt
from components.audio_input import OwnSound
from spaces.whisper.result import TINY_EN
from spaces.whisper_limits import SPACE
from spaces.whisper_limits.case import Case
from spaces.whisper_limits.ladder import Outcome

SKIP = gr.skip()


@cache
def defaults() -> dict:
    """The state with which the page opens."""
    with gr.Blocks() as demo:
        SPACE.build()
    link = next(b for b in demo.blocks.values() if hasattr(b, "lesson"))
    return dict(link.lesson.state.defaults)


def fields(**changes) -> dict:
    return {**defaults(), **changes}


def own(path: Path) -> OwnSound:
    return OwnSound(str(path), path.name, None)


def attempt(
    logprob: float = -0.3, no_speech: float = 0.1, ratio: float = 1.0, text: str = "Hi.", t: float = 0.0
) -> Attempt:
    return Attempt(temperature=t, text=text, avg_logprob=logprob, no_speech_prob=no_speech, compression_ratio=ratio)


def outcome(*attempts: Attempt, **changes) -> Outcome:
    values = {"case": Case().plain(), "ear": TINY_EN, "title": "Music", "duration_s": 12.0, "language": "en"}
    return Outcome(**{**values, "attempts": attempts, **changes})
