"""Words and their letters as buttons: each plays exactly its stretch of the sound. See ``static/span_chips.js``."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from typing import Any

import gradio as gr

from . import static_files

TEMPLATE = """
<section class="lab-chipset" data-clock="{clock}" aria-label="{label}">
  <h3>{label}</h3><p class="lab-chipset-empty">{empty}</p><div class="lab-chipset-words"></div>
  <p class="lab-chipset-about" aria-live="polite"></p>
</section>
"""


class SpanChips(gr.HTML):
    """Give it words, each ``{"text", "start", "end", "prob", "letters": [...]}``, letters alike; or None.

    Parameters
    ----------
    clock
        Name of the time axis whose player plays the spans.
    label
        Heading.
    empty
        What is shown while there are no words.
    """

    def __init__(self, clock: str, *, label: str, empty: str = "No words yet.", **kwargs: Any) -> None:
        super().__init__(
            value=kwargs.pop("value", None),
            html_template=TEMPLATE.format(
                clock=html.escape(clock, quote=True), label=html.escape(label, quote=True), empty=html.escape(empty)
            ),
            js_on_load=static_files.module_loader("span_chips.js", "lab.mount({element, props, watch})"),
            apply_default_css=False,
            **kwargs,
        )

    def postprocess(self, value: Sequence[dict[str, Any]] | None) -> str | None:
        """Encode the words as text: as text they reach the browser once and are never sent back."""
        return None if value is None else json.dumps(list(value), ensure_ascii=False, separators=(",", ":"))

    def preprocess(self, payload: str | None) -> None:
        """It is never an input."""
        return None
