"""Ties a drawn lesson to Gradio: the one place where values by name become components and back."""

from __future__ import annotations

import html
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr

from .address import Address, query_of, tell
from .audio_input import OWN, hint
from .page_state import PageState, told_by
from .parts import Fields, On, Values, Visit

if TYPE_CHECKING:
    from .lesson import Frame, Lesson

QUIET = {"show_progress": "hidden", "api_visibility": "private"}
Steps = Iterator[dict[str, Any]]


class Wiring:
    """The events of one drawn page.

    Attributes
    ----------
    components : dict
        Every component of the page by name; under a part's column name, the list of its columns.
    state : PageState
        The address.
    inputs : list
        What every handler gets: the visitor's own sound if there is one, the states, then the fields.
    """

    def __init__(self, lesson: Lesson, frame: Frame) -> None:
        self.lesson, self.frame = lesson, frame
        self.components: dict[str, Any] = dict(frame.columns)
        for group in (frame.shared, *frame.own.values()):
            for name, component in group.items():
                if name in self.components:
                    raise ValueError(f"Two components of this room are called {name!r}.")
                self.components[name] = component
                if getattr(component, "visible", None) == "hidden":
                    # Gradio hands a column's `visible` down to what it holds, and so shows what is to stay hidden.
                    component.elem_classes = [*(component.elem_classes or []), "lab-unseen"]
        fields = [*([lesson.chips] if len(lesson.parts) > 1 else []), *lesson.fields]
        self.state = PageState(**{name: self.components[name] for name in (*fields, *self._part_fields())})
        self.states = {name: c for name, c in self.components.items() if isinstance(c, gr.State)}
        self.before_fields = [*([frame.audio.own] if frame.audio else []), *self.states.values()]
        self.inputs = [*self.before_fields, *self.state.components]
        self.everything = self._outputs(*frame.own)

    def _part_fields(self) -> Iterator[str]:
        return (name for part in self.lesson.parts for name in part.fields)

    def _outputs(self, *slugs: str) -> list[Any]:
        """Return the shared components, all fields, and those of some parts."""
        found = [*self.state.components, *self.frame.shared.values()]
        found += [column for columns in self.frame.columns.values() for column in columns]
        found += [component for slug in slugs for component in self.frame.own[slug].values()]
        return list(dict.fromkeys(found))

    def changes(self, moved: str | None, *slugs: str) -> list[Any]:
        """Return what may change when a field moves (None: no field does), besides parts whose handler answers.

        Gradio makes every output anew, changed or not, so an event that comes many times a second names few. In a room
        with slow scenes any move may have to draw what an unfinished one was to draw.
        """
        if moved == "" or (moved is not None and self.lesson.slow is not None):
            return self.everything
        followers = [part.slug for part in self.lesson.followers(moved)] if moved else []
        return self._outputs(*slugs, *followers)

    def visit(
        self,
        values: Sequence[Any],
        *,
        moved: str = "",
        request: gr.Request | None = None,
        event: Any = None,
        fields: Mapping[str, Any] | None = None,
        takes: Sequence[str] = (),
    ) -> Visit:
        """Return the visit that Gradio's inputs stand for: `values` of ``inputs`` (without fields where given)."""
        rest = list(values)
        own = rest.pop(0) if self.frame.audio else None
        kept = {name: rest.pop(0) for name in self.states}
        if fields is None:
            fields = {name: rest.pop(0) for name in self.state.fields}
        taken = dict(zip(takes, rest, strict=True))
        return Visit(Fields(fields, moved), own, kept, taken, event, request, make=self.lesson.scene)

    def named(self, values: Values) -> Any:
        """Turn values by name into what Gradio takes; a name that this page does not have is a mistake."""
        found: dict[Any, Any] = {}
        for name, value in values.items():
            component = self.components[name]
            found |= dict.fromkeys(component, value) if isinstance(component, list) else {component: value}
        return found or gr.skip()

    def _answer(self, steps: Steps) -> Iterator[Any]:
        said = False
        for values in steps:
            said = True
            yield self.named(values)
        if not said:  # Gradio empties every component where a generator gave nothing
            yield gr.skip()

    def _handler(self, answer: Callable[..., Steps], *, several: bool) -> Callable[..., Any]:
        """Return a Gradio handler of ``answer(event, request, values)``; a generator where it may answer several times.

        A generator costs the last answer twice, so that only those who need one are generators.
        """
        if several:

            def yielding(event: gr.EventData, request: gr.Request, *values: Any) -> Iterator[Any]:
                yield from self._answer(answer(event, request, values))

            return yielding

        def returning(event: gr.EventData, request: gr.Request, *values: Any) -> Any:
            return self.named({name: v for step in answer(event, request, values) for name, v in step.items()})

        return returning

    # The page itself: opening, fields, links, the visitor's own sound.

    def opened(
        self,
        query: Mapping[str, str],
        values: Sequence[Any],
        request: gr.Request | None = None,
        held: Values | None = None,
    ) -> Steps:
        """Draw the page for its address: the fields and what follows from them.

        Fields that the page has already (``held``) are left alone: who clicks before the first answer keeps the click.
        """
        own = self.frame.audio is not None and query.get("clip") == OWN
        fields, notes = self.state.parse({**query, "clip": self.state.defaults["clip"]} if own else query)
        if own and values[0] is not None:  # else the browser brings it, or says that it has none
            fields["clip"] = OWN
        for note in notes:
            gr.Info(html.escape(note))  # Gradio takes a message for HTML
        yield from self.shown(self.visit(values, fields=fields, request=request), held)

    def shown(self, visit: Visit, held: Values | None = None) -> Steps:
        """Draw the whole page for a visit, with those of its fields that the page does not hold."""
        held = held or {}
        fields = {name: value for name, value in visit.fields.items() if name not in held or held[name] != value}
        for values in self.lesson.steps(visit):
            yield {**fields, **values}
            fields = {}

    def tie(self, looks: Iterable[str]) -> None:
        """Tie the page's events; `looks` are the components that links into the page point at."""
        lesson, several = self.lesson, self.lesson.slow is not None
        self._address(looks, several)
        for name, component in self.state.fields.items():
            if component.visible == "hidden":  # set by clicks, whose handlers draw
                continue
            gr.on(
                told_by(component),
                self._handler(self._follow(name), several=several),
                self.inputs,
                self.changes(name),
                trigger_mode="always_last",
                **QUIET,
            )
        if self.frame.audio is not None:
            own = self._handler(self._follow("own"), several=several)
            drawn = self.frame.audio.on_own(own, self.inputs, self.everything)
            self._tell("drawn", drawn.then)
        self._slow_button()
        for on in lesson.on:
            self._on(on, self.everything if on.redraw is None else self.changes(on.redraw))
        for part in lesson.parts:
            for on in part.on:
                self._on(on, self.changes(on.redraw, part.slug))

    def _slow_button(self) -> None:
        """Tie the Stop button of slow scenes, unless it is an event's as well, which then ties it."""
        slow = self.lesson.slow
        events = [*self.lesson.on, *(on for part in self.lesson.parts for on in part.on)]
        if slow is None or not slow.button or slow.button in {on.halt.button for on in events if on.halt}:
            return

        def stopping(request: gr.Request) -> None:
            slow.stop.stop(request)

        self.components[slow.button].click(stopping, None, None, queue=False, **QUIET)

    def _follow(self, name: str) -> Callable[..., Steps]:
        def answer(_event: Any, request: gr.Request, values: Sequence[Any]) -> Steps:
            return self.lesson.moved(self.visit(values, moved=name, request=request))

        return answer

    def _tell(self, what: str, event: Any) -> None:
        """Tell the browser's part of the address what the fields hold when something has happened."""
        event(None, self.state.components, None, js=tell(what), **QUIET)

    def _address(self, looks: Iterable[str], several: bool) -> None:
        """Tie the page to its address: read when it opens and when another is asked for, written as it changes."""
        passing, chips = self.lesson.passing, self.lesson.chips
        paths = {look: [look[1:]] if look.startswith("#") else self._path(look) for look in looks}
        address = Address(self.state, chips=chips, passing=passing, looks=paths)
        address.wiring = self

        def opening(_event: Any, request: gr.Request, values: Sequence[Any]) -> Steps:
            return self.opened(request.query_params, values, request, self.state.defaults)

        def going(event: Any, request: gr.Request, values: Sequence[Any]) -> Steps:
            query = query_of(event)
            if self.lesson.before is not None:
                self.lesson.before(self.visit(values, fields=self.state.parse(query)[0], request=request))
            yield from self.opened(query, values, request)

        load = gr.context.Context.root_block.load
        loaded = load(self._handler(opening, several=several), self.before_fields, self.everything, **QUIET)
        self._tell("start", loaded.then)
        asked = self._handler(going, several=several)
        gone = address.go(asked, self.before_fields, self.everything, trigger_mode="multiple", **QUIET)
        self._tell("done", gone.then)
        gr.on(
            [component.change for component in self.state.components],
            None,
            self.state.components,
            None,
            js=tell("moved"),
            **QUIET,
        )

    def _path(self, name: str) -> list[str]:
        """Return the ids of the accordions around a component, from outside in, and its own."""
        found: list[str] = []
        block = self.components[name]
        while block is not None and not isinstance(block, gr.Blocks):
            if not found or isinstance(block, gr.Accordion):
                block.elem_id = block.elem_id or f"lab-{name if not found else block._id}"
                found.insert(0, block.elem_id)
            block = block.parent
        return found

    def default_visit(
        self, *, own: Any = None, moved: str = "", event: Any = None, kept: Values | None = None, **fields: Any
    ) -> Visit:
        """Return the visit of a page at its defaults except for what is given: for tests and scripts."""
        states = {name: state.value for name, state in self.states.items()}
        visit = self.visit([*([own] if self.frame.audio else []), *states.values()], fields=self.state.defaults)
        visit.kept |= kept or {}
        visit.event = event
        return visit.having(fields, moved=moved)

    def open(self, state: Mapping[str, object]) -> dict[str, Any]:
        """Return what the whole page shows, by name, when it is opened in a state; a mistake in it is an error."""
        values: dict[str, Any] = {}
        for step in self.shown(self.default_visit(**self.state.from_state(state))):
            values |= step
        self.named(values)
        return values

    # Events of a part or of shared components.

    def _on(self, on: On, outputs: list[Any]) -> None:
        triggers = [getattr(self.components[c], e) for c, e in ((on.component, on.event), *on.also)]
        how = {**QUIET, **({} if on.event == "click" else {"trigger_mode": "always_last"}), **on.how}
        if "show_progress_on" in how:
            how["show_progress_on"] = self.components[how["show_progress_on"]]
        if on.handler is None:
            for trigger in triggers:
                event = trigger(None, None, [self.components[name] for name in on.sets] or None, js=on.js, **how)
                if set(on.sets) & set(self.state.fields):
                    self._tell("moved", event.then)
            return
        inputs = [*self.inputs, *(self.components[name] for name in on.takes)]
        several = on.halt is not None or inspect.isgeneratorfunction(on.handler)
        several |= on.redraw is not None and self.lesson.slow is not None

        def answer(event: gr.EventData, request: gr.Request, values: Sequence[Any]) -> Steps:
            visit = self.visit(values, request=request, event=event, takes=on.takes)
            return self.happened(on, visit)

        handler = self._handler(answer, several=several)
        if how["show_progress"] != "hidden":
            handler = self._progressing(on, several)
        events = [trigger(handler, inputs, outputs, **how) for trigger in triggers]
        if on.then_js is not None:
            for event in events:
                event.success(None, None, None, js=on.then_js, **QUIET)
        if on.halt is not None:
            halt = on.halt
            status = self.components[halt.status] if halt.status else None

            def waited(*values: Any) -> Any:
                return self.named(halt.last(self.visit(values)))

            halt.stop.button(self.components[halt.button], events, waited, self.inputs, outputs, status=status, **QUIET)

    def _progressing(self, on: On, several: bool) -> Callable[..., Any]:
        """Return the handler of an event that shows Gradio's own progress bar."""

        def steps(event: gr.EventData, request: gr.Request, values: Sequence[Any], progress: gr.Progress) -> Steps:
            visit = self.visit(values, request=request, event=event, takes=on.takes)
            visit.progress = lambda share, what="": progress(share, desc=what)
            return self.happened(on, visit)

        def yielding(event: gr.EventData, request: gr.Request, *values: Any, progress=gr.Progress()) -> Any:  # noqa: B008
            yield from self._answer(steps(event, request, values, progress))

        def returning(event: gr.EventData, request: gr.Request, *values: Any, progress=gr.Progress()) -> Any:  # noqa: B008
            answer = steps(event, request, values, progress)
            return self.named({name: v for step in answer for name, v in step.items()})

        return yielding if several else returning

    def happened(self, on: On, visit: Visit) -> Steps:
        """Answer an event: what its handler gives, then the open part anew where the event says so.

        A sound or a model that can't be had is said where the room says so of its scenes.
        """
        try:
            yield from self._steps(on, visit)
        except self.lesson.refusals as wrong:
            if type(wrong) is ValueError or "note" not in self.components:
                raise
            yield {"note": hint([str(wrong)], problem=True)}

    def _steps(self, on: On, visit: Visit) -> Steps:
        if on.halt is None:
            yield from self._worked(on, visit)
            return

        def work(run: Any) -> Steps:
            visit.run, run.fields = run, visit.fields
            yield from self._worked(on, visit)

        yield from on.halt.stop.steps(visit.request, work, lambda _run: dict(on.halt.last(visit)))

    def _worked(self, on: On, visit: Visit) -> Steps:
        made = on.handler(visit)
        given: dict[str, Any] = {}
        for values in made if inspect.isgenerator(made) else [made or {}]:
            given |= values
            yield dict(values)
        if on.redraw is None:
            return
        visit.kept |= {name: given[name] for name in self.states if name in given}
        fields = {name: _value(given[name]) for name in self.state.fields if name in given and _sets(given[name])}
        again = visit.having(fields, moved=on.redraw)
        also = self.lesson.resets(again.fields)
        for values in self.lesson.steps(again.having(also)):
            yield {**also, **values}


def _sets(value: Any) -> bool:
    """Whether a handler's answer sets a component's value (an update may change its looks alone)."""
    return not (isinstance(value, dict) and value.get("__type__") == "update") or "value" in value


def _value(value: Any) -> Any:
    return value["value"] if isinstance(value, dict) and value.get("__type__") == "update" else value
