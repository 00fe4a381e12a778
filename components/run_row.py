"""The row of something that takes long: what is going on, the button that starts it, and Stop."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import gradio as gr

from .parts import Halt, Handler, On, Values, Visit
from .stopping import Stop
from .words import status

# One queue for everything that transcribes: two runs at once fill two cores, a third waits its turn.
ASR = {"concurrency_id": "asr", "concurrency_limit": 2}
WAITING_JS = f"""() => [{{__type__: 'update', interactive: false}}, {{__type__: 'update', interactive: true}},
  {json.dumps(status("Waiting for a free processor."))}]"""


def draw(go: str, *, min_width: int) -> dict[str, Any]:
    """Draw the row; returns ``status``, ``go`` and ``halt``."""
    with gr.Row(elem_classes="lab-run-row", equal_height=True):
        line = gr.HTML("", apply_default_css=False, elem_classes="lab-status", scale=6, min_width=240)
        # Off until the load event has read the address.
        button = gr.Button(go, variant="primary", interactive=False, scale=0, min_width=min_width)
        halt = gr.Button("Stop", interactive=False, scale=0, min_width=80)
    return {"status": line, "go": button, "halt": halt}


def buttons(*, running: bool, **go: Any) -> dict[str, Any]:
    """Return the two buttons as they are while a run is or is not under way; `go` goes to the one that starts it."""
    return {"go": gr.update(interactive=not running, **go), "halt": gr.update(interactive=running)}


def events(start: Handler, stop: Stop, last: Callable[[Visit], Values]) -> tuple[On, ...]:
    """Return what follows a press of the button: `start` yields what the page shows, and `last` is said after Stop."""
    return (
        # At once, before the server has heard of it: who waits in the queue can see that and stop waiting.
        On(component="go", event="click", js=WAITING_JS, sets=("go", "halt", "status")),
        On(
            component="go",
            event="click",
            handler=start,
            halt=Halt(stop=stop, button="halt", last=last),
            how={"show_progress": "minimal", "show_progress_on": "status", **ASR},
        ),
    )


def refused(sentence: str) -> dict[str, Any]:
    """Return what the row shows where a run can't be or has failed."""
    return {"status": status(sentence, problem=True), **buttons(running=False)}


def waited() -> dict[str, Any]:
    """Return what the row shows where a run was taken out of the queue."""
    return {"status": status("Stopped before it began."), **buttons(running=False)}
