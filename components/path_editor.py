"""A row of frames whose symbols are set by clicking, with the two steps that collapse them drawn and animated below."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import gradio as gr

from . import static_files

TEMPLATE = """
<section class="lab-path" aria-label="Path editor">
  <div class="lab-path-brushes" role="group" aria-label="Symbol to set"></div>
  <div class="lab-path-scroll"><div class="lab-path-grid"></div></div>
  <div class="lab-path-buttons">
    <button type="button" class="lab-path-play">▶ Play the two steps</button>
    <button type="button" class="lab-path-clear">All blank</button>
  </div>
</section>
"""


class PathEditor(gr.HTML):
    """Give it ``{"path", "runs", "labels", "symbols"}``; it triggers ``edit`` with ``{"text": path}``.

    ``path`` is a text with one character a frame and "-" for the blank, ``runs`` a list of (symbol, start, end),
    ``labels`` what is left, ``symbols`` what the brushes offer. See ``static/path_editor.js``.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            value=kwargs.pop("value", None),
            html_template=TEMPLATE,
            js_on_load="/* events: 'edit' */"
            + static_files.module_loader("path_editor.js", "lab.mount({element, props, trigger, watch})"),
            apply_default_css=False,
            **kwargs,
        )

    def postprocess(self, value: Mapping[str, Any] | None) -> str | None:
        """Encode as text."""
        return None if value is None else json.dumps(value, ensure_ascii=False)

    def preprocess(self, payload: str | None) -> None:
        """It is never an input: the path's text is."""
        return None
