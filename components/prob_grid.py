"""A small grid of probabilities, one column a frame, that are dragged up and down; each column keeps its sum of one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import gradio as gr

from . import static_files

TEMPLATE = """
<section class="lab-probs" aria-label="Probabilities"><div class="lab-path-scroll">
  <div class="lab-probs-grid"></div></div></section>
"""


class ProbGrid(gr.HTML):
    """Give it ``{"symbols": [V names], "probs": [T][V]}``; it triggers ``edit`` with ``{"probs": [T][V]}``.

    A cell is dragged up and down, or moved with the arrow keys; the rest of its column is scaled so that it sums to
    one. See ``static/prob_grid.js``.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            value=kwargs.pop("value", None),
            html_template=TEMPLATE,
            js_on_load="/* events: 'edit' */"
            + static_files.module_loader("prob_grid.js", "lab.mount({element, props, trigger, watch})"),
            apply_default_css=False,
            **kwargs,
        )

    def postprocess(self, value: Mapping[str, Any] | None) -> str | None:
        """Encode as text."""
        return None if value is None else json.dumps(value, ensure_ascii=False)

    def preprocess(self, payload: str | None) -> None:
        """It is never an input."""
        return None
