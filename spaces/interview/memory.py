"""The list of questions and the row that rates an answer: what was learned is kept in the visitor's browser alone.

Both read and write the same store, by ``static/memory.js``; when a question comes again is computed there, too, by the
algorithm SM-2 (``static/sm2.js``).
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from typing import Any

import gradio as gr

from components import static_files

LIST = """
<section class="iv-memory" aria-label="Questions and your progress">
  <p class="iv-counts" role="status"></p>
  <ol class="iv-list" aria-label="Questions of this choice" tabindex="0"></ol>
  <div class="iv-file"><button type="button" class="iv-export">Export progress</button>
    <label class="iv-import">Import progress<input type="file" accept=".json,application/json"></label></div>
  <p class="iv-said" role="status"></p>
</section>
"""
RATE = """
<section class="iv-rate" aria-label="How well did you know it?">
  <h3>How well did you know it?</h3>
  <div class="iv-grades">{grades}
    <button type="button" class="iv-known" aria-pressed="false">Mark as known</button></div>
  <p class="iv-when" role="status"></p>
  <button type="button" class="iv-next">Next question</button>
</section>
"""
GRADES = ((1, "Not at all"), (3, "With much trouble"), (4, "After thinking"), (5, "At once"))  # SM-2's 0 to 5


class _Memory(gr.HTML):
    """Takes a mapping; triggers ``choose`` with ``{"q": id}``."""

    def __init__(self, template: str, mount: str, **kwargs: Any) -> None:
        super().__init__(
            value=kwargs.pop("value", None),
            html_template=template,
            js_on_load="/* events: 'choose' */"
            + static_files.module_loader("memory.js", f"lab.{mount}({{element, props, trigger, watch}})", "interview"),
            apply_default_css=False,
            **kwargs,
        )

    def postprocess(self, value: Mapping[str, Any] | None) -> str | None:
        """Encode as text: as text it reaches the browser once and is never sent back."""
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def preprocess(self, payload: str | None) -> None:
        """It is never an input: what it keeps belongs to the browser."""
        return None


class QuestionList(_Memory):
    """The questions of a choice, each with what the browser knows of it; export and import.

    Give it ``{"q": id, "rows": [[id, question, level, room], ...], "total": n, "query": {field: value}}``.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(LIST, "list", **kwargs)


class Rating(_Memory):
    """Buttons that say how well an answer was known, and the one to the next question.

    Give it ``{"q": id, "ids": [...]}``: the question that is shown, and those of the choice.
    """

    def __init__(self, **kwargs: Any) -> None:
        grades = "".join(
            f'<button type="button" data-quality="{quality}">{html.escape(title)}</button>' for quality, title in GRADES
        )
        super().__init__(RATE.format(grades=grades), "rating", **kwargs)
