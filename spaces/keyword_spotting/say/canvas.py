"""The picture that scrolls while somebody speaks: probabilities of all classes, threshold, detections, the word heard.

It draws what the server answers to the `LiveMic` of the same channel; see ``static/live.js`` of the room.
"""

from __future__ import annotations

import html
from typing import Any

import gradio as gr

from components import static_files

TEMPLATE = """
<section class="kws-canvas" data-channel="{channel}" hidden>
  <div class="kws-canvas-head"><p class="kws-heard" role="status" aria-live="polite">Say one of the words</p>
    <p class="kws-count"></p></div>
  <canvas role="img" aria-label="Probabilities of all classes over the last ten seconds"></canvas>
</section>
"""


class KeywordCanvas(gr.HTML):
    """Shown only while the `LiveMic` of `channel` runs."""

    def __init__(self, channel: str, **kwargs: Any) -> None:
        super().__init__(
            html_template=TEMPLATE.format(channel=html.escape(channel, quote=True)),
            js_on_load=static_files.module_loader("live.js", "lab.mount({element})", room="keyword_spotting"),
            apply_default_css=False,
            **kwargs,
        )
