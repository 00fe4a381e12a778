"""The frame of every room: draws its parts and calls their handlers, so that no room wires a page itself.

It owns the chips, which part is seen, what is in the address, which handler runs when a field moves, what another sound
or model makes meaningless, slow work with its progress and Stop button, and the visitor's own sound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import gradio as gr

from .audio_input import AudioInput, hint
from .page import Page
from .parts import Fields, Halt, On, Part, Values, Visit, nothing
from .stopping import Run, Stop, session_of
from .wiring import Wiring
from .work import Stopped, Work, bar

__all__ = ["Fields", "Frame", "Halt", "Lesson", "On", "Part", "Slow", "Visit"]


@dataclass(frozen=True, kw_only=True)
class Slow:
    """How a room makes a scene for which the visitor would have to wait: in a thread, with progress and perhaps a Stop.

    Attributes
    ----------
    waits
        Whether making this visit's scene may take long; must answer at once. Words instead of True are what the line
        says from the beginning: where it certainly takes long.
    line : str
        Name of the HTML that says how far it is.
    button : str
        Name of the Stop button, which is seen meanwhile; "" for none.
    stopped : str
        What the line says after Stop.
    """

    waits: Callable[[Visit], bool | str]
    line: str
    button: str = ""
    stopped: str = "Stopped: the pictures are those from before."
    stop: Stop = field(default_factory=lambda: Stop({}))

    def said(self, line: str, *, running: bool) -> dict[str, Any]:
        """Return the line and the button as they are meanwhile or afterwards."""
        return {self.line: line} | ({self.button: gr.update(visible=running)} if self.button else {})


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """A room made of parts: what its page is and what it shows. `build` draws it.

    Attributes
    ----------
    parts : tuple of Part
        In the order of their chips; the first one is open at the start.
    draw
        ``draw(frame)`` lays the page out around ``frame.sound()``, ``frame.chips()``, ``frame.parts()`` and returns the
        components that the parts share, by name.
    theory : str
        Markdown below the page.
    fields : tuple of str
        Which of the shared components belong to the address ("clip", too, where there is a sound).
    scene
        Makes what the parts show things of, once for a visit: one typed object, or None where a room needs none.
    show
        ``show(scene, fields)`` returns what the shared components show; `scene` is None where it was refused.
    follows : frozenset of str or None
        Shared fields whose move draws every part again, besides the chips; None: all of them do.
    refusals : tuple of exception types
        What `scene` raises when it can't: the sentence stands in the note under the sound.
    refused
        ``refused(scene, fields, problem)`` returns what the page shows instead where one of the refusals was raised, by
        the pictures or the open part, too; `scene` is None where it could not be made. Without it only `scene` refuses.
    forget
        As a part's; for shared fields.
    adjust
        Returns the fields that the move of a field sets besides `forget`, where that depends on the other fields.
    before
        Called when a field has moved, before anything is drawn: to end a run that is no longer wanted.
    slow : Slow or None
        For rooms whose scene may take seconds.
    on : tuple of On
        Events of shared components.
    chips : str
        Name in the address of the field that chooses the part.
    passing : tuple of str
        Fields that playing moves: while only they change, the page still shows what an example has set up.
    label : str
        What a screen reader calls the chips.
    """

    parts: tuple[Part, ...]
    draw: Callable[[Frame], Mapping[str, Any] | None] = lambda frame: frame.parts()
    theory: str = ""
    fields: tuple[str, ...] = ()
    scene: Callable[[Visit], Any] = lambda visit: None
    show: Callable[[Any, Fields], Values] = nothing
    follows: frozenset[str] | None = None
    refusals: tuple[type[Exception], ...] = (ValueError,)
    refused: Callable[[Any, Fields, Exception], Values] | None = None
    forget: Mapping[str, Values] = field(default_factory=dict)
    adjust: Callable[[Fields], Values] = lambda fields: {}
    before: Callable[[Visit], object] | None = None
    slow: Slow | None = None
    on: tuple[On, ...] = ()
    chips: str = "part"
    passing: tuple[str, ...] = ()
    label: str = "Part of the lesson"

    @cached_property
    def by_slug(self) -> dict[str, Part]:
        """The parts by name."""
        return {part.slug: part for part in self.parts}

    @cached_property
    def shared_fields(self) -> frozenset[str]:
        """Fields that every part follows."""
        return frozenset({*(self.fields if self.follows is None else self.follows), self.chips})

    def followers(self, moved: str) -> list[Part]:
        """Return the parts that are drawn again when a field moves: all of them for a shared field."""
        name = "clip" if moved == "own" else moved
        shared = name in self.shared_fields
        return [p for p in self.parts if shared or name in (p.fields if p.follows is None else p.follows)]

    def build(self, space: Any) -> Wiring:
        """Draw the page inside an open Blocks and tie its events."""
        with Page(space) as page:
            frame = Frame(self, page)
            frame.shared |= self.draw(frame) or {}
            if self.theory:
                page.theory(self.theory)
            wiring = Wiring(self, frame)
            page.connect(wiring)
        return wiring

    def open_part(self, fields: Mapping[str, Any]) -> Part:
        """Return the part that is seen."""
        return self.by_slug[fields[self.chips]] if len(self.parts) > 1 else self.parts[0]

    def resets(self, fields: Fields) -> dict[str, Any]:
        """Return the fields that the one which has moved sets besides itself, and to what."""
        moved = "clip" if fields.moved == "own" else fields.moved
        found: dict[str, Any] = {}
        for forget in (self.forget, *(part.forget for part in self.parts)):
            found |= forget.get(moved, {})
        return {**found, **self.adjust(fields)} if fields.moved else found

    def moved(self, visit: Visit) -> Iterator[dict[str, Any]]:
        """Answer the move of a field, ``visit.fields.moved``: yields values by name, several times while slow."""
        if self._is_echo(visit):
            return
        if self.before is not None:
            self.before(visit)
        for run in self._runs(visit):
            run.fields = visit.fields
        also = self.resets(visit.fields)
        for values in self.steps(visit.having(also)):
            yield {**also, **values}

    def _is_echo(self, visit: Visit) -> bool:
        """Whether a field tells once more of a change that a run under way knows of.

        A text line tells of typing and then of being left, which may arrive after the click that it was left for.
        """
        return visit.fields.moved != "own" and any(run.fields == visit.fields for run in self._runs(visit))

    def _runs(self, visit: Visit) -> list[Run]:
        """Return the visitor's runs that are under way."""
        events = [*self.on, *(on for part in self.parts for on in part.on)]
        runs = [on.halt.stop.runs.get(session_of(visit.request)) for on in events if on.halt is not None]
        return [run for run in runs if run is not None]

    def steps(self, visit: Visit) -> Iterator[dict[str, Any]]:
        """Draw the page for a visit; where that takes long, first say how far it is."""
        slow = self.slow
        if slow is not None and (pending := slow.stop.runs.get(session_of(visit.request))) is not None:
            pending.stop(quietly=True, wait_s=0)
            visit = visit.having(moved="")  # what that one would have drawn must be drawn by this one
        waits = slow is not None and slow.waits(visit)
        if not waits:
            yield self.drawn(visit)
            return
        seen = self.columns(visit.fields)  # the part opens at once

        def work(run: Any) -> Iterator[dict[str, Any]]:
            def task(progress: Any) -> None:
                visit.progress = progress
                try:
                    _ = visit.scene  # the visit keeps it
                except self.refusals:
                    return  # said where it is drawn

            run.job = job = Work(task)
            if isinstance(waits, str):
                job.what = waits
                yield {**seen, **slow.said(bar(0.0, waits), running=True)}
            try:
                for share, what in job.wait():
                    yield {**seen, **slow.said(bar(share, what), running=True)}
            except Stopped:
                return
            visit.progress = Visit.progress
            yield {**slow.said("", running=False), **self.drawn(visit)}

        yield from slow.stop.steps(visit.request, work, lambda run: slow.said(hint([slow.stopped]), running=False))

    def columns(self, fields: Fields) -> dict[str, Any]:
        """Return which part's columns are seen; nothing where that stays as it is."""
        if len(self.parts) < 2 or not fields.changed(self.chips):
            return {}
        part = self.open_part(fields)
        return {column_of(other): gr.update(visible=other is part) for other in self.parts}

    def drawn(self, visit: Visit) -> dict[str, Any]:
        """Return what the shared components and the open part show, with the columns of the parts."""
        fields, part = visit.fields, self.open_part(visit.fields)
        values = self.columns(fields)
        try:
            scene = visit.scene
        except self.refusals as wrong:
            if self.refused is not None:
                return {**values, **self.refused(None, fields, wrong)}
            return {**values, **self.show(None, fields), "note": hint([str(wrong)], problem=True)}
        try:
            values |= self.show(scene, fields)
            if not fields.moved or part in self.followers(fields.moved):
                values |= part.show(scene, fields)
        except self.refusals as wrong:
            if self.refused is None:
                raise
            values |= self.refused(scene, fields, wrong)
        return values


class Frame:
    """One drawing of a lesson: its components by name.

    Attributes
    ----------
    shared : dict
        Components that all parts share.
    own : dict of dict
        Those of each part, by its slug.
    columns : dict of list
        The columns that each part lies in, by `column_of` the part.
    audio : AudioInput or None
        The input for sounds, where the room has one.
    """

    def __init__(self, lesson: Lesson, page: Page) -> None:
        self.lesson, self.page = lesson, page
        self.shared: dict[str, Any] = {}
        self.own: dict[str, dict[str, Any]] = {part.slug: {} for part in lesson.parts}
        self.columns: dict[str, list[gr.Column]] = {column_of(part): [] for part in lesson.parts}
        self.audio: AudioInput | None = None

    def sound(self, *, default: str, clip_ids: Sequence[str] = ()) -> AudioInput:
        """Draw the input for sounds: the field ``clip``, and the line ``note`` under it."""
        self.audio = AudioInput(default=default, clip_ids=clip_ids)
        self.shared |= {"clip": self.audio.clip, "note": self.audio.note}
        return self.audio

    def chips(self, *classes: str, label: str = "") -> gr.Radio:
        """Draw the row of chips that choose a part; with a `label` it is seen, else only screen readers hear it."""
        lesson = self.lesson
        self.shared[lesson.chips] = chips = gr.Radio(
            [(part.title, part.slug) for part in lesson.parts],
            value=lesson.parts[0].slug,
            label=label or lesson.label,
            show_label=bool(label),
            elem_classes=["lab-chips", *classes],
        )
        return chips

    def _place(self, part: Part, draw: Callable[[], Mapping[str, Any]], prefix: str) -> None:
        if len(self.lesson.parts) == 1:  # always seen: it lies in the page's own column
            self.own[part.slug] |= draw()
            return
        classes = [f"{prefix}{part.slug}"] if prefix else []
        with gr.Column(
            visible=part is self.lesson.parts[0], elem_classes=[f"lab-part-{part.slug}", *classes]
        ) as column:
            self.own[part.slug] |= draw()
        self.columns[column_of(part)].append(column)

    def controls(self) -> None:
        """Draw each part's own controls here, to be seen while it is open."""
        for part in self.lesson.parts:
            if part.controls is not None:
                self._place(part, part.controls, "")

    def parts(self, prefix: str = "") -> None:
        """Draw the parts here, in columns of the class `prefix` + slug, if there is a prefix."""
        for part in self.lesson.parts:
            self._place(part, part.draw, prefix)


def column_of(part: Part) -> str:
    """Return the name under which a part's columns stand among a page's values."""
    return f"part {part.slug}"
