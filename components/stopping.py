"""A Stop button whose word is the last: what a run had still on its way to the page never overwrites it.

Gradio's ``cancels`` alone ends a run at any place, and messages of the run may reach the page after the answer of the
Stop button; a run that ends by itself repeats its last message besides. So a run that works is never cancelled: it is
asked to end and says itself, as its last step, what the page shows then. ``cancels`` is left for a run that waits.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gradio as gr
from gradio.context import LocalContext
from gradio.events import Dependency
from gradio.server_messages import ProcessCompletedMessage

STOPPING = "Stopping: the step under way is being finished."
OVER_S = 20.0  # how long Stop waits for a run to end: loading weights can't be interrupted


def session_of(request: gr.Request | None) -> str:
    """Return the visitor's session; "" outside a page."""
    return (request.session_hash if request else None) or ""


async def take_back(request: gr.Request, functions: set[Callable[..., Any]]) -> None:
    """Take what a visitor has waiting for its turn to call one of `functions` out of Gradio's queue.

    Gradio's ``cancels`` does that only where the browser has been told already that it waits. On a busy server Stop may
    be pressed before: then the browser lets go of the run, and the server would begin it later, for nobody.
    """
    queue, session = LocalContext.blocks.get()._queue, session_of(request)
    waiting = [event for turns in queue.event_queue_per_concurrency_id.values() for event in turns.queue]
    for event in waiting:
        if event.session_hash == session and event.fn.fn in functions:
            await queue.remove_from_queue(event._id)
            queue.send_message(event, ProcessCompletedMessage(output={}, success=True))


class Run:
    """One run of one visitor.

    Attributes
    ----------
    job : object or None
        What works in the background, if anything does: its ``stop()`` is called when the run ends in any way, from
        whichever thread.
    stopped : bool
        Somebody has asked it to end.
    fields : mapping or None
        The page's fields as they are now, where a lesson's event has begun it: some can move meanwhile.
    """

    def __init__(self) -> None:
        self.job: Any = None
        self.fields: Any = None
        self.stopped = False
        self.quietly = False
        self.over = threading.Event()

    def stop(self, *, quietly: bool = False, wait_s: float | None = None) -> None:
        """Ask it to end, with its last word or quietly, and wait until it has (at most `wait_s` seconds)."""
        self.quietly |= quietly
        self.stopped = True
        if self.job is not None:
            self.job.stop()
        self.over.wait(OVER_S if wait_s is None else wait_s)


class Stop:
    """The runs of one kind, at most one a visitor, and the button that stops them.

    Parameters
    ----------
    nothing
        What a step yields that changes nothing: a value, or ``gr.skip()`` for each output.
    """

    def __init__(self, nothing: Any) -> None:
        self.nothing = nothing
        self.runs: dict[str, Run] = {}

    def steps(
        self, request: gr.Request | None, work: Callable[[Run], Iterator[Any]], last: Callable[[Run], Any]
    ) -> Iterator[Any]:
        """Yield the steps of ``work(run)`` until it ends; where it was stopped, ``last(run)`` after them.

        `work` sets ``run.job`` if it has one, and ends soon after ``run.stopped``.
        """
        session = session_of(request)
        if (other := self.runs.get(session)) is not None:
            other.stop(quietly=True, wait_s=0)
        run = self.runs[session] = Run()
        steps = work(run)
        try:
            for step in steps:
                if run.stopped:
                    break
                yield step
            if run.stopped:
                yield self.nothing if run.quietly else last(run)
        finally:
            steps.close()
            if run.job is not None:
                run.job.stop()  # a visitor who has left must not keep the processor busy
            if self.runs.get(session) is run:
                del self.runs[session]
            run.over.set()

    def stop(self, request: gr.Request | None) -> bool:
        """Stop the visitor's run, which says its last word itself; False where there is none."""
        run = self.runs.get(session_of(request))
        if run is not None:
            run.stop()
        return run is not None

    def leave(self, request: gr.Request | None) -> None:
        """End the visitor's run without a word: its sound or its settings are no longer those of the page."""
        run = self.runs.get(session_of(request))
        if run is not None:
            run.stop(quietly=True)

    def button(
        self,
        halt: gr.Button,
        run: Sequence[Dependency],
        waited: Callable[..., Any],
        inputs: Sequence[Any],
        outputs: Any,
        *,
        status: gr.HTML | None = None,
        **how: Any,
    ) -> None:
        """Tie the button `halt` to the events `run`, any of which begins a run.

        Parameters
        ----------
        waited
            Called with `inputs` where no run of this visitor was at work, so that one may still wait for its turn,
            which is taken out of the queue; returns what `outputs` show then.
        status
            Where a run has long steps: says at once that this one is still brought to its end.
        how
            Goes to the button's events.
        """
        worked = gr.State(False)

        def stop(request: gr.Request) -> bool:
            return self.stop(request)

        async def said(request: gr.Request, was_at_work: bool, *values: Any) -> Any:
            if was_at_work:
                return gr.skip()
            await take_back(request, {event.fn for event in run})
            if (begun := self.runs.get(session_of(request))) is not None:  # since `stop` has looked
                begun.stop(quietly=True, wait_s=0)
            return waited(*values)

        if status is not None:
            halt.click(None, None, status, js=f"() => {json.dumps(STOPPING)}", api_visibility="private")
        halt.click(stop, None, worked, queue=False, **how).then(
            said, [worked, *inputs], outputs, queue=False, cancels=run, **how
        )
