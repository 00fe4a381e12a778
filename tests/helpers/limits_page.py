"""What the tests of Whisper's limits share: the page's state, a visitor's sound, attempts and outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from algorithms.whisper.fallback import Attempt
from components.audio_input import OwnSound
from components.lesson import Fields
from models.whisper.result import TINY_EN
from spaces.whisper_limits import SPACE
from spaces.whisper_limits.case import Case
from spaces.whisper_limits.ladder import Outcome
from spaces.whisper_limits.page import LESSON

with gr.Blocks():
    WIRING = LESSON.build(SPACE)
GO = next(on for on in LESSON.on if on.halt)


def fields(moved: str = "", **changes) -> Fields:
    """The state with which the page opens, with changes."""
    return Fields({**WIRING.state.defaults, **changes}, moved)


def shows(mine: OwnSound | None = None, *, moved: str = "", run=None, compared=None, **changes) -> dict[str, Any]:
    """What the page shows when it is opened, or when the field `moved` has moved."""
    visit = WIRING.default_visit(own=mine, moved=moved, kept={"run": run, "compared": compared}, **changes)
    shown: dict[str, Any] = {}
    for step in LESSON.moved(visit) if moved else WIRING.shown(visit):
        shown |= step
    return shown


def started(mine: OwnSound | None = None, request=None, **changes) -> Iterator[dict[str, Any]]:
    """What the page shows after a press of Run or Compare, step by step."""
    visit = WIRING.default_visit(own=mine, **changes)
    visit.request = request
    return WIRING.happened(GO, visit)


def own(path: Path) -> OwnSound:
    return OwnSound(str(path), path.name, None)


def attempt(
    logprob: float = -0.3, no_speech: float = 0.1, ratio: float = 1.0, text: str = "Hi.", t: float = 0.0
) -> Attempt:
    return Attempt(temperature=t, text=text, avg_logprob=logprob, no_speech_prob=no_speech, compression_ratio=ratio)


def outcome(*attempts: Attempt, **changes) -> Outcome:
    values = {"case": Case().plain(), "ear": TINY_EN, "title": "Music", "duration_s": 12.0, "language": "en"}
    return Outcome(**{**values, "attempts": attempts, **changes})
