"""Captions as they come: stable words in full colour, words that may change in grey, hypotheses one below the other.

While a `LiveMic` of the same channel runs, it shows what the server answers; otherwise it shows a finished captioning
and follows the player of its clock, so that one can watch it come again. See ``static/caption_view.js``.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from typing import Any

import gradio as gr

from components import static_files

TEMPLATE = """
<section class="lab-captions" data-clock="{clock}" data-channel="{channel}">
  <header class="lab-captions-head"><h3>{label}</h3>
    <span class="lab-captions-legend"><b>stable</b> <i>may still change</i></span>
    <button type="button" class="lab-captions-copy" disabled>Copy text</button></header>
  <div class="lab-captions-text" role="log" aria-label="{label}" tabindex="0">
    <p class="lab-captions-empty">{empty}</p></div>
  <header class="lab-captions-head"><h3>Hypotheses</h3><span class="lab-captions-legend">newest at the bottom:
    <b>stable before</b> <mark>stable now</mark> <u>as in the row before</u> <i>new, may change</i></span></header>
  <ol class="lab-hyps" tabindex="0" aria-label="Hypotheses, newest at the bottom"></ol>
</section>
"""


class CaptionView(gr.HTML):
    """Give it ``{"updates": [...], "duration": seconds}`` or None; see `log.update_row` for a row.

    Parameters
    ----------
    clock
        Name of the time axis whose player it follows.
    channel
        Of the `LiveMic` whose answers it shows while that runs.
    """

    def __init__(self, clock: str, channel: str, *, label: str = "Captions", empty: str = "", **kwargs: Any) -> None:
        super().__init__(
            value=kwargs.pop("value", None),
            html_template=TEMPLATE.format(
                clock=html.escape(clock, quote=True),
                channel=html.escape(channel, quote=True),
                label=html.escape(label, quote=True),
                empty=html.escape(empty),
            ),
            js_on_load=static_files.module_loader("caption_view.js", "lab.mount({element, props, watch})", "captions"),
            apply_default_css=False,
            **kwargs,
        )

    def postprocess(self, value: Mapping[str, Any] | None) -> str | None:
        """Encode as text: as text it reaches the browser once and is never sent back."""
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)

    def preprocess(self, payload: str | None) -> None:
        """It is never an input."""
        return None
