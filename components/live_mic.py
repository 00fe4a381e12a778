"""A microphone that sends what it hears while it hears it, and can play an example through the same path.

The browser's AudioWorklet gives mono blocks of a quarter second as 16-bit samples at 16 kHz (at the microphone's own
rate where the browser can't convert). Each goes to the server in a small request of its own, and the answer comes back
with it: no queue, nothing that grows, and a lost answer is asked for again. See ``static/live_mic.js``.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from . import static_files
from .audio_input import SHELF

MAX_BLOCK_BYTES = 4_000_000  # of one message: more than the 30 s that the browser keeps while the server is away

TEMPLATE = """
<section class="lab-live" data-channel="{channel}" aria-label="{label}">
  <button type="button" class="lab-live-mic"><svg viewBox="0 0 24 24" aria-hidden="true"><path
    d="M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM6 11v1a6 6 0 0 0 12 0v-1M12 18v3"/></svg>{start}</button>
  <button type="button" class="lab-live-play"{hide_play}><svg viewBox="0 0 24 24" aria-hidden="true"><path
    d="M8 5v14l11-7z"/></svg>{play}</button>
  <button type="button" class="lab-live-stop" disabled><svg viewBox="0 0 24 24" aria-hidden="true"><path
    d="M7 7h10v10H7z"/></svg>Stop</button>
  <span class="lab-live-meter" aria-hidden="true"><i></i></span>
  <span class="lab-live-time" role="timer" aria-label="Time listened">0:00</span>
  <p class="lab-live-message" role="status"></p>{shelf}
</section>
"""
EVENTS = "/* events: 'start' 'tick' 'stopped' */"


@dataclass(frozen=True)
class Block:
    """What one message brings.

    Attributes
    ----------
    token
        Names the run: drawn at random by the browser at each start, known to nobody else.
    source
        "mic" or "clip".
    first
        Index of the first sample within the run; a block may come twice (its answer was lost) or follow a gap.
    samples : np.ndarray
        int16 [n], mono; n may be 0.
    sample_rate
        Hz.
    last
        Nothing follows.
    seen
        What the browser got of the answers: it sends back the ``seen`` of the last one.
    """

    token: str
    source: str
    first: int
    samples: Any
    sample_rate: int
    last: bool
    seen: int


def read_block(message: Mapping[str, Any]) -> Block:
    """Check and unpack a message.

    Raises
    ------
    ValueError
        It is not what the browser part sends.
    """
    import numpy as np

    try:
        text = str(message["pcm"])
        if len(text) > MAX_BLOCK_BYTES:
            raise ValueError("a block is too long")
        samples = np.frombuffer(base64.b64decode(text, validate=True), "<i2")
        block = Block(
            token=str(message["token"])[:64],
            source="clip" if message["source"] == "clip" else "mic",
            first=int(message["first"]),
            samples=samples,
            sample_rate=int(message["rate"]),
            last=bool(message["last"]),
            seen=int(message["seen"]),
        )
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise ValueError(f"The microphone's message can't be read ({error}): reload the page.") from error
    if not block.token or block.first < 0 or not 8000 <= block.sample_rate <= 384_000:
        raise ValueError("The microphone's message makes no sense: reload the page.")
    return block


class LiveMic(gr.HTML):
    """Buttons to listen, to play an example and to stop; a level meter and the time.

    Its value is the example to play: ``{"src": address, "title": ...}``, see `example`. It triggers ``start`` with the
    run and where its sound comes from, ``{"token", "source"}`` (mic, clip, own), ``tick`` with ``{"token"}`` about once
    a second while it runs, and ``stopped`` with ``{"token"}`` when the server has answered the last block.

    Parameters
    ----------
    channel
        Name under which other parts of the page hear the answers: a ``lab-live`` event of ``document`` whose detail has
        ``channel``, ``kind`` ("begin", "reply", "end") and for a reply the ``reply``.
    take
        Called with each `Block`; returns what the browser is answered, ready for JSON. ``ready=False`` asks for the
        same block again in a moment, ``done=True`` ends the run, ``problem`` ends it with that sentence.
    play
        What the button for the example says; "" offers none.
    own
        Offer the visitor's own sounds as well: they play as the example does, with the source "own".
    """

    def __init__(
        self,
        channel: str,
        take: Callable[[Block], dict[str, Any]],
        *,
        label: str = "Microphone",
        start_text: str = "Start microphone",
        play_text: str = "Play the example",
        own: bool = False,
        **kwargs: Any,
    ) -> None:
        def take_block(message: dict) -> dict:
            try:
                return take(read_block(message))
            except ValueError as problem:
                return {"ready": True, "done": True, "problem": str(problem)}

        super().__init__(
            value=kwargs.pop("value", None),
            html_template=TEMPLATE.format(
                channel=html.escape(channel, quote=True),
                label=html.escape(label, quote=True),
                start=html.escape(start_text),
                play=html.escape(play_text),
                hide_play="" if play_text else " hidden",
                shelf=SHELF if own else "",
            ),
            js_on_load=EVENTS
            + static_files.module_loader("live_mic.js", "lab.mount({element, props, trigger, watch, server})"),
            server_functions=[take_block],
            apply_default_css=False,
            **kwargs,
        )

    def postprocess(self, value: Mapping[str, str] | None) -> str | None:
        """Encode the example as text."""
        return None if value is None else json.dumps(value, ensure_ascii=False)

    def preprocess(self, payload: str | None) -> None:
        """It is never an input: sound goes to ``take``."""
        return None


def example(file_name: str, title: str) -> dict[str, str]:
    """Return what a `LiveMic` needs to play one of the app's own clips."""
    return {"src": static_files.url(f"clips/{file_name}"), "title": title}
