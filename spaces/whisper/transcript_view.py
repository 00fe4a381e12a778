"""A transcript that can be read, heard and judged: words coloured by probability, each one plays the sound from there.

It shares a clock with the player and the figures: the word being spoken is lit while the sound plays. While a
recogniser is at work the value only ever grows at its end, so that each new segment travels once (Gradio sends the
added part of a string) and nothing that is on the page is drawn again. See ``static/transcript.js``.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from typing import Any

import gradio as gr

from algorithms.text.transcript import Segment
from components import static_files

TEMPLATE = """
<section class="lab-transcript" data-clock="{clock}" aria-label="{label}">
  <header class="lab-transcript-head">
    <h3>{label}</h3>
    <span class="lab-transcript-legend"><span>unsure</span><i aria-hidden="true"></i><span>sure</span></span>
    <button type="button" class="lab-transcript-copy" disabled>Copy text</button>
  </header>
  <p class="lab-transcript-empty">{empty}</p>
  <ol class="lab-segments"></ol>
  <p class="lab-transcript-word" aria-live="polite"></p>
</section>
"""


def head(*, language: str = "", empty: str = "", note: str = "") -> str:
    """Return the first line of a `TranscriptView`'s value; `segment_line`s follow it.

    Parameters
    ----------
    language
        ISO 639-1 code of the text, for screen readers and hyphenation; "" where it is not known.
    empty
        What is shown as long as there are no segments.
    note
        What the colours mean, if not what the legend says (a model without word probabilities, say).
    """
    return _line({"language": language, "empty": empty, "note": note})


def segment_line(segment: Segment, *, doubt: str = "") -> str:
    """Return one segment as a line of a `TranscriptView`'s value.

    Parameters
    ----------
    segment
        Times in seconds; words may be missing, their probabilities may be None.
    doubt
        Why the segment may not have been said at all; "" where nothing speaks against it.
    """
    words = [
        [round(w.start_s, 3), round(w.end_s, 3), w.text, None if w.prob is None else round(w.prob, 4)]
        for w in segment.words
    ]
    return _line(
        {
            "start": round(segment.start_s, 3),
            "end": round(segment.end_s, 3),
            "text": segment.text,
            "words": words,
            **({"doubt": doubt} if doubt else {}),
        }
    )


def lines(segments: Iterable[Segment], **about: str) -> str:
    """Return the whole value of a `TranscriptView`: `head(**about)` and a line for each segment."""
    return head(**about) + "".join(segment_line(segment) for segment in segments)


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"


class TranscriptView(gr.HTML):
    """Shows segments and words. Give it what `head` and `segment_line` return, put together (or None).

    Clicking a word, or Enter on it, plays from there; a segment's time plays that segment. The words are one tab stop:
    arrow keys walk through them.

    Parameters
    ----------
    clock
        Name of the time axis of the player that plays this sound.
    label
        Heading, and its name for screen readers.
    empty
        What is shown before there is anything.
    """

    def __init__(self, clock: str, *, label: str = "Transcript", empty: str = "No transcript yet.", **kwargs) -> None:
        super().__init__(
            value=kwargs.pop("value", None),
            html_template=TEMPLATE.format(
                clock=html.escape(clock, quote=True), label=html.escape(label, quote=True), empty=html.escape(empty)
            ),
            js_on_load=static_files.module_loader("transcript.js", "lab.mount({element, props, watch})", "whisper"),
            apply_default_css=False,
            **kwargs,
        )

    def postprocess(self, value: str | None) -> str | None:
        """Pass the lines on as they are: a string that grows is sent as what was added."""
        return value

    def preprocess(self, payload: str | None) -> None:
        """A transcript is never an input: it would travel back whole."""
        return None
