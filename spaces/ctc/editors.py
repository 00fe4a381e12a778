"""What is edited by hand on this page: a path, and probabilities. Their JavaScript is in ``static/``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import gradio as gr

from components import static_files

PATH = """
<section class="lab-path" aria-label="Path editor">
  <div class="lab-path-brushes" role="group" aria-label="Symbol to set"></div>
  <div class="lab-path-scroll"><div class="lab-path-grid"></div></div>
  <div class="lab-path-buttons">
    <button type="button" class="lab-path-play">▶ Play the two steps</button>
    <button type="button" class="lab-path-clear">All blank</button>
  </div>
</section>
"""
PROBS = """
<section class="lab-probs" aria-label="Probabilities"><div class="lab-path-scroll">
  <div class="lab-probs-grid"></div></div></section>
"""


class Editor(gr.HTML):
    """Takes a mapping and triggers ``edit`` when the visitor has changed what it shows."""

    def __init__(self, template: str, script: str, **kwargs: Any) -> None:  # Gradio makes copies with more of its own
        loader = static_files.module_loader(script, "lab.mount({element, props, trigger, watch})", room="ctc")
        super().__init__(
            value=kwargs.pop("value", None),
            html_template=template,
            js_on_load="/* events: 'edit' */" + loader,
            apply_default_css=False,
            **kwargs,
        )

    def postprocess(self, value: Mapping[str, Any] | None) -> str | None:
        """Encode as text."""
        return None if value is None else json.dumps(value, ensure_ascii=False)

    def preprocess(self, payload: str | None) -> None:
        """It is never an input."""
        return None


class PathEditor(Editor):
    """A row of frames whose symbols are set by clicking, with the two steps that collapse them animated below.

    Give it ``{"path", "runs", "labels", "symbols"}``; it triggers ``edit`` with ``{"text": path}``. ``path`` is a text
    with one character a frame and "-" for the blank, ``runs`` a list of (symbol, start, end), ``labels`` what is left,
    ``symbols`` what the brushes offer.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(PATH, "path_editor.js", **kwargs)


class ProbGrid(Editor):
    """A small grid of probabilities, one column a frame, that are dragged up and down or moved with the arrow keys.

    Give it ``{"symbols": [V names], "probs": [T][V]}``; it triggers ``edit`` with ``{"probs": [T][V]}``. The rest of a
    cell's column is scaled so that it sums to one.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(PROBS, "prob_grid.js", **kwargs)
