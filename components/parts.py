"""What a room with parts is made of: its parts, their events, and what a handler is told of a visitor's page.

Values travel by name, never by position: a handler gets a `Visit` and returns ``{name: value}``; what it does not name
stays as it is. `lesson` draws rooms from these and calls the handlers; tests call them without a browser.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import gradio as gr

from .audio_input import OwnSound
from .stopping import Run, Stop

Values = Mapping[str, Any]  # a component's name to the value, or `gr.update`, that it gets
Progress = Callable[[float, str], object]  # is told the share that is done, 0 to 1, and what is being done


def _silent(share: float, what: str) -> None:
    """Tell nobody."""


class Fields(dict[str, Any]):
    """The fields of a page's address by name.

    Attributes
    ----------
    moved : str
        The one field that has moved; "own": the visitor has brought a new sound; "": all may have changed (the page
        has just been opened, or an example was picked).
    """

    def __init__(self, values: Values, moved: str = "") -> None:
        super().__init__(values)
        self.moved = moved

    def changed(self, *names: str) -> bool:
        """Whether one of these fields may have changed. A new sound of the visitor's counts as ``clip``."""
        return not self.moved or self.moved in names or (self.moved == "own" and "clip" in names)

    def having(self, values: Values | None = None, /, *, moved: str | None = None, **more: Any) -> Fields:
        """Return a copy in which some fields have other values."""
        return Fields({**self, **(values or {}), **more}, self.moved if moved is None else moved)


@dataclass
class Visit:
    """One visitor's page at one moment: all that a handler is told.

    Attributes
    ----------
    fields : Fields
        The address.
    own : OwnSound or None
        The visitor's own sound.
    kept : dict
        What the page's ``gr.State`` components hold, by name.
    taken : dict
        Values of the components that the event's `On` takes, by name.
    event : gr.EventData or None
        What the event tells, such as the place of a click.
    request : gr.Request or None
        None in tests and scripts.
    run : Run
        Of an event with a Stop button: ``run.stopped`` says that it was pressed.
    progress : Progress
        Tells the visitor how far something slow is; may raise `work.Stopped`.
    """

    fields: Fields
    own: OwnSound | None = None
    kept: dict[str, Any] = field(default_factory=dict)
    taken: dict[str, Any] = field(default_factory=dict)
    event: Any = None
    request: gr.Request | None = None
    run: Run = field(default_factory=Run)
    progress: Progress = _silent
    make: Callable[[Visit], Any] = lambda visit: None  # the room's `scene`

    @cached_property
    def scene(self) -> Any:
        """What the room makes of the fields, made when it is first asked for; raises what the room raises."""
        return self.make(self)

    def having(self, values: Values | None = None, /, *, moved: str | None = None, **more: Any) -> Visit:
        """Return the same visit with other fields (and a scene of its own)."""
        return replace(self, fields=self.fields.having(values, moved=moved, **more))


Handler = Callable[[Visit], Values | Iterator[Values] | None]


@dataclass(frozen=True, kw_only=True)
class Halt:
    """A Stop button for an event that takes long.

    Attributes
    ----------
    stop : Stop
        Keeps the runs, one a visitor. It lives as long as the process, so that other handlers can end a run, too.
    button : str
        Name of the button.
    last
        Returns what the page shows when a run was stopped, also one that still waited in the queue.
    status : str
        Name of the line that says at once that the step under way is being brought to its end; "" for none.
    """

    stop: Stop
    button: str
    last: Callable[[Visit], Values]
    status: str = ""


@dataclass(frozen=True, kw_only=True)
class On:
    """An event of a component, and what follows.

    Attributes
    ----------
    component, event : str
        The component's name and the event's ("click", "pick", "upload", ...).
    handler
        Gets the `Visit`, returns or yields ``{name: value}`` for components of its part, shared ones, and fields.
    redraw : str or None
        Draw the open part afterwards as if this field had moved ("": everything), with the fields that the handler
        has set; None leaves that out.
    takes : tuple of str
        Components, other than fields and states, whose values the handler needs: ``visit.taken``.
    also : tuple of (component, event)
        Further events with the same consequence.
    js, sets
        Instead of a handler: JavaScript that returns the values of these components.
    then_js : str or None
        JavaScript that runs in the browser after the handler has answered.
    halt : Halt or None
        Its Stop button, for a handler that yields.
    how : mapping
        More of Gradio's event settings: ``concurrency_id``, ``show_progress``, ... Whose progress is shown names the
        component that it is shown on, ``show_progress_on``: Gradio else writes it over all that the event may change.
    """

    component: str
    event: str
    handler: Handler | None = None
    redraw: str | None = None
    takes: tuple[str, ...] = ()
    also: tuple[tuple[str, str], ...] = ()
    js: str | None = None
    sets: tuple[str, ...] = ()
    then_js: str | None = None
    halt: Halt | None = None
    how: Mapping[str, Any] = field(default_factory=dict)


def nothing(scene: Any, fields: Fields) -> Values:
    """Show nothing: what depends on neither scene nor fields."""
    return {}


@dataclass(frozen=True, kw_only=True)
class Part:
    """One chip of a room; a room without parts is one part.

    Attributes
    ----------
    slug, title : str
        The part's name in the address, and on its chip.
    draw
        Lays the part out and names its components, states (``gr.State``) and columns. Names are unique in the room.
    fields : tuple of str
        Which of them belong to the page's address.
    show
        ``show(scene, fields)`` returns what the part's components show.
    follows : frozenset of str or None
        Fields, besides those that every part follows, whose move draws the part again; None: its own.
    on : tuple of On
        Its own events.
    forget : mapping
        A field to the fields that its move makes meaningless and the values that they return to.
    controls
        Lays out what the part has beside the shared controls (the room says where), named as in `draw`.
    """

    slug: str
    title: str
    draw: Callable[[], Mapping[str, Any]]
    show: Callable[[Any, Fields], Values] = nothing
    fields: tuple[str, ...] = ()
    follows: frozenset[str] | None = None
    on: tuple[On, ...] = ()
    forget: Mapping[str, Values] = field(default_factory=dict)
    controls: Callable[[], Mapping[str, Any]] | None = None


def only(shown: str, *columns: str, prefix: str = "") -> dict[str, Any]:
    """Return updates that leave one of several columns to be seen: for the views inside a part."""
    return {prefix + name: gr.update(visible=name == shown) for name in columns}
