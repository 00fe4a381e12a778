"""The strip of sounds with edges that can be dragged; its JavaScript is ``static/strip.js``."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

from algorithms.vits import FRAME_S, durations
from components import static_files

from .speech import Spoken, envelope

CLOCK = "vits"
TEMPLATE = f"""
<section class="vits-strip" data-clock="{CLOCK}" role="group" aria-label="Sounds and how long they last: drag an edge">
  <div class="vits-strip-head">
    <h3>Every sound and how long it lasts</h3>
    <span class="lab-hint">drag a right edge, or Tab here: ↑ ↓ choose an edge, ← → move it by a frame (Shift: 5)</span>
  </div>
  <div class="vits-rows"></div>
  <div class="vits-panel"></div>
  <div class="vits-strip-foot">
    <label><input type="checkbox" class="vits-again" checked> say it again after each change</label>
    <label><input type="checkbox" class="vits-hold"> keep the whole length: the next block pays</label>
    <button type="button" class="vits-reset" disabled>Reset</button>
  </div>
  <span class="vits-said lab-alt" aria-live="polite"></span>
</section>
"""


class DurationStrip(gr.HTML):
    """Give it a `Spoken`; it triggers ``edit`` when the visitor has changed something.

    The event has ``changes``, a list of (unit, frames or None for the model's own), or ``pause`` or ``unpause`` with
    the unit of a gap or a pause, or ``reset``.
    """

    def __init__(self, **kwargs: Any) -> None:
        loader = static_files.module_loader("strip.js", "lab.mount({element, props, trigger, watch})", room="vits")
        super().__init__(
            value=kwargs.pop("value", None),
            html_template=TEMPLATE,
            js_on_load="/* events: 'edit' */" + loader,
            apply_default_css=False,
            **kwargs,
        )

    def postprocess(self, value: Spoken | None) -> str | None:
        """Encode the units as text: as text they reach the browser once and are never sent back."""
        if value is None:
            return None
        script = value.script
        now, model = (durations.of_units(frames, script.units) for frames in (value.frames, value.predicted))
        units = [
            {
                "t": unit.text,
                "k": unit.kind,
                "n": int(now[i]),
                "m": int(model[i]),
                "min": unit.end - unit.start,
                "w": unit.word,
                "made": made_of(value, i),
            }
            for i, unit in enumerate(script.units)
        ]
        shown = {
            "frame_s": FRAME_S,
            "max": durations.MAX_UNIT_FRAMES,
            "units": units,
            "words": list(script.words),
            "env": envelope(value).tolist(),
        }
        return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))

    def preprocess(self, payload: str | None) -> None:
        """It is never an input."""
        return None


def made_of(spoken: Spoken, unit: int) -> str:
    """Say which tokens a unit is made of and how many frames each has: "Tokens: ˈ 2, blank 1, ɪ 3, blank 1."."""
    u = spoken.script.units[unit]
    names = {"_": "blank", " ": "space", "^": "start", "$": "end"}
    parts = [
        f"{names.get(spoken.script.tokens.symbols[i], spoken.script.tokens.symbols[i])} {spoken.frames[i]}"
        for i in range(u.start, u.end)
    ]
    return f"Tokens: {', '.join(parts)}."
