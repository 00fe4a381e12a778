"""HTML that can be clicked: what carries ``data-pick`` tells Python (static/clickable.js)."""

from __future__ import annotations

from typing import Any

import gradio as gr

from components import static_files


class Clickable(gr.HTML):
    """Give it HTML; it triggers ``pick`` with ``{"what", "value"}`` of the clicked element's ``data-pick, data-value``.

    ``data-key`` names an element that keeps the keyboard's focus when the content is drawn again, ``data-why`` holds
    words for the line ``.wi-d-why``, and ``data-step, data-last`` on the stepper let it play.
    """

    def __init__(self, **kwargs: Any) -> None:
        mount = "lab.mount({ element, trigger }); /* events: 'pick' */"
        super().__init__(
            value=kwargs.pop("value", ""),
            js_on_load=static_files.module_loader("clickable.js", mount, room="whisper_inside"),
            apply_default_css=False,
            **kwargs,
        )
