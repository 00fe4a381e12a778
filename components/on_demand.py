"""Draws a room when it is first asked for, so the app starts as fast with a hundred rooms as with one.

Gradio draws every page before it serves the first, writes the settings of all of them anew after each, and sends the
layout of all with every page. `Lab` is a ``gr.Blocks`` that knows of its rooms only their addresses. `OnDemand`, in
front of Gradio's own routes, has a room drawn before its first request passes, and lets Gradio see, for the length of
a page's request, that page's settings alone.

A room is drawn on the event loop's own thread, and in one go: that takes 20 to 100 ms, once for each room, and nothing
else on the loop can meet a room half drawn. Threads that run handlers may meet it; they see only what `Lab._publish`
puts in place at its end. Each room owns a range of ids, so its ids do not hang on which room was asked for first: an
event of a page that was opened before the server was restarted finds its handler, for which the room is drawn.

What this uses of Gradio 6.31 beyond its documented interface; tests/test_on_demand.py says which no longer holds:

* ``Context.root_block``, ``.block`` and ``.id`` are where and under which number a component is drawn, process-wide.
* ``Blocks.default_config`` holds all components (``blocks``) and events (``fns``) by id; ``BlocksConfig.get_config``
  writes their settings, ``attach_load_events`` ties values that are functions.
* ``Blocks.config`` is read anew for each page, and a page is the part of it named by ``config["page"][slug]``.
* Queues, ``concurrency_id`` and limits are looked up when an event arrives, not at the start.
* ``Blocks.preprocess_data`` and ``.validate_inputs`` meet what an event brings before anything else does.
* ``App.create_app`` hands its ``StateHolder`` to ``Blocks.state_holder`` (see sessions.py).
"""

from __future__ import annotations

import asyncio
import atexit
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import gradio as gr
from gradio.blocks import BlockContext
from gradio.context import Context
from gradio.route_utils import delete_files_created_by_app
from gradio.utils import connect_heartbeat
from starlette._utils import get_route_path  # the path by which Starlette itself finds a route, mounted or not
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from .page_state import well_formed
from .sessions import Sessions
from .uploads import uploaded

IDS = 100_000  # ids that a room may use: for its components, and again for its events
WHOLE = ("config", "gradio_api/info", "gradio_api/openapi.json")  # ask what programs may call, unless ?page= is there
HEARTBEAT = "/gradio_api/heartbeat/"  # and the visit's name
CALLS = ("gradio_api/call/", "gradio_api/run/", "gradio_api/api/")  # programs that name a function, not its room

_page: ContextVar[str | None] = ContextVar("_page", default=None)  # whose request is being answered


@dataclass
class _Room:
    slug: str
    draw: Callable[[], None]
    ids: range
    programs: bool
    drawn: bool = False


class _ById(dict):
    """Components or events by id; asked for one of a room that is not drawn yet, has it drawn."""

    def __init__(self, lab: Lab, name: str, items: dict[int, Any]) -> None:
        super().__init__(items)
        self.lab, self.name = lab, name

    def __missing__(self, key: Any) -> Any:
        for room in self.lab.rooms.values():
            if not room.drawn and isinstance(key, int) and key in room.ids:
                self.lab.draw(room.slug)
                return getattr(self.lab.default_config, self.name)[key]
        raise KeyError(key)


class _Sheet(gr.Blocks):
    """What one room is drawn on: a ``gr.Blocks`` with the lab's id, unknown to any server."""

    def __init__(self, lab: Lab, slug: str) -> None:
        self._thread = threading.get_ident()
        super().__init__(analytics_enabled=False)
        self._id = lab._id
        self.temp_file_sets = lab.temp_file_sets
        self.pages, self.current_page = [(slug, slug, True)], slug

    def queue(self, *_: Any, **__: Any) -> _Sheet:
        """Make no queue and no server, which ``gr.Blocks()`` does: they are the lab's."""
        return self

    @property
    def default_config(self) -> Any:
        """What has been drawn; None for other threads, so a handler that constructs a component adds nothing."""
        return self._drawn if threading.get_ident() == self._thread else None

    @default_config.setter
    def default_config(self, config: Any) -> None:
        self._drawn = config

    @contextmanager
    def open(self, ids: range):
        """Have what is drawn inside drawn on this sheet, with these ids."""
        before = Context.root_block, Context.block, Context.id
        Context.root_block, Context.block, Context.id = self, self, ids.start
        self.default_config.fn_id = ids.start
        try:
            yield
            self.fill_expected_parents()
            self.default_config.attach_load_events()
            if Context.id > ids.stop or self.default_config.fn_id > ids.stop or self.renderables:
                raise ValueError(f"{self.current_page}: too many components or events, or @gr.render, for one room.")
        finally:
            Context.root_block, Context.block, Context.id = before
        self._strip(self)

    def _strip(self, context: BlockContext) -> None:
        """Take out what other threads put into a row or column while it was open."""
        context.children = [child for child in context.children if child._id in self.blocks]
        for child in context.children:
            if isinstance(child, BlockContext):
                self._strip(child)


class Lab(gr.Blocks):
    """The app: the home page is drawn inside ``with Lab(...)``, rooms are announced with `room` and drawn on demand.

    Parameters
    ----------
    page_css
        Returns the style sheet that a room's page gets besides the app's; "" for none.
    options
        As for ``gr.Blocks``.
    """

    def __init__(self, *, page_css: Callable[[str], str] = lambda slug: "", **options: Any) -> None:
        self.rooms: dict[str, _Room] = {}
        self.page_css = page_css
        self.hearts: Counter[str] = Counter()  # visits whose page is open: its browser holds on to a heartbeat
        self._lock = threading.RLock()
        super().__init__(**options)
        self.default_config.blocks = _ById(self, "blocks", {})
        self.default_config.fns = _ById(self, "fns", {})

    def room(self, slug: str, title: str, draw: Callable[[], None], *, programs: bool = False) -> None:
        """Announce a page with its own address; ``draw()`` draws it when it is first asked for.

        ``programs`` says that it has functions for programs. One that connects is told of all those at once, and
        gives up after 5 s (Gradio's client): it must not wait for the rooms that have nothing for it.
        """
        self.route(title, slug)
        taken, self.current_page = self.current_page, ""
        if taken != slug:
            raise ValueError(f"There is already a page {slug!r}.")
        first = -(-Context.id // IDS) * IDS
        self.rooms[slug] = _Room(slug, draw, range(first, first + IDS), programs)
        Context.id = first + IDS  # ids of visitors' own copies of components come after those of all rooms

    def draw(self, slug: str) -> None:
        """Draw a room unless it is drawn already. What goes wrong in it is raised, and leaves nothing behind."""
        room = self.rooms[slug]
        if room.drawn:  # most requests end here
            return
        with self._lock:
            if room.drawn:
                return
            sheet = _Sheet(self, slug)
            with sheet.open(room.ids):
                room.draw()
            self._publish(sheet)
            room.drawn = True

    def launch(self, *args: Any, **options: Any) -> Any:
        """Serve the app. At the end uploads are deleted also where a page is still open, which Gradio waits for."""
        atexit.register(delete_files_created_by_app, self, None)
        return super().launch(*args, **options)

    def busy(self) -> bool:
        """Whether events wait or run, or a page is open, whose sounds may still be asked for."""
        return bool(self.hearts) or bool(len(self._queue)) or any(self._queue.active_jobs)

    def draw_all(self) -> None:
        """Draw every room, as ``gr.Blocks`` would at the start."""
        for slug in self.rooms:
            self.draw(slug)

    def _publish(self, sheet: _Sheet) -> None:
        """Add a drawn room to the app: whole new objects are put in place, for threads may be reading the old ones."""
        new, all_ = sheet.default_config, self.default_config
        # A program that gives a name gets the first function that has it, even where that one is private.
        if twice := _names(new, "public") & _names(all_) | _names(all_, "public") & _names(new):
            raise ValueError(f"{sheet.current_page}: another room has functions of these public names: {twice}")
        if (names := _names(new, "public")) and not self.rooms[sheet.current_page].programs:
            raise ValueError(f"{sheet.current_page} has functions for programs, and was announced without: {names}")
        part, whole = new.get_config(), self._config
        for child in sheet.children:
            child.parent = self
        self.children = [*self.children, *sheet.children]
        all_.blocks = _ById(self, "blocks", {**all_.blocks, **new.blocks})
        all_.fns = _ById(self, "fns", {**all_.fns, **new.fns})
        self.validate_queue_settings()
        self.transpile_to_js(quiet=True)
        beats = connect_heartbeat(part, new.blocks.values(), new.fns.values())
        layout = {**whole["layout"], "children": whole["layout"]["children"] + part["layout"]["children"]}
        self.config = whole | {
            "components": whole["components"] + part["components"],
            "dependencies": whole["dependencies"] + part["dependencies"],
            "layout": layout,
            "page": whole["page"] | part["page"],
            "connect_heartbeat": whole["connect_heartbeat"] or beats,
        }

    def validate_inputs(self, block_fn: Any, inputs: list[Any]) -> None:
        """Refuse an event that has brought too few values, and say so to whoever sent it."""
        try:
            super().validate_inputs(block_fn, inputs)
        except ValueError as wrong:
            sentence = (
                f"{block_fn.api_name} takes {len(block_fn.inputs)} values, and {len(inputs)} came: send all of them."
            )
            raise gr.Error(sentence, print_exception=False) from wrong

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *rest: Any, **options: Any) -> Any:
        """Prepare what an event brings; a file that nobody has uploaded is refused."""
        inputs = [well_formed(value) if isinstance(value, str) else value for value in inputs]
        return await super().preprocess_data(block_fn, uploaded(inputs), *rest, **options)

    def get_config_file(self) -> Any:
        """Return all settings as Gradio does, without the pages that are not drawn: asking for one is an error."""
        config = super().get_config_file()
        config["page"] = {
            page: entry for page, entry in config["page"].items() if page not in self.rooms or self.rooms[page].drawn
        }
        return config

    @property
    def config(self) -> Any:
        """The settings that Gradio serves: those of the page that is asked for, or of everything that is drawn."""
        page = _page.get()
        if page is None or page not in self._config["page"]:
            return self._config
        if page not in self._views:
            self._views[page] = self._view(page)
        return self._views[page]

    @config.setter
    def config(self, whole: Any) -> None:
        self._config, self._views = whole, {}

    def _view(self, page: str) -> Any:
        whole, entry = self._config, self._config["page"][page]
        ids, fn_ids = set(entry["components"]), set(entry["dependencies"])
        view = whole | {
            "page": {page: entry},
            "components": [component for component in whole["components"] if component["id"] in ids],
            "dependencies": [event for event in whole["dependencies"] if event["id"] in fn_ids],
            "css": "\n".join(filter(None, (whole["css"], self.page_css(page)))),
        }
        beats = connect_heartbeat(view, [self.blocks[i] for i in ids], [self.fns[i] for i in fn_ids])
        return view | {"connect_heartbeat": beats}

    @property
    def state_holder(self) -> Sessions:
        """What is kept of each visit."""
        return self._state_holder

    @state_holder.setter
    def state_holder(self, holder: Any) -> None:
        holder.__class__ = Sessions  # the app has made a StateHolder and goes on using this very object
        self._state_holder = holder


def _names(config: Any, visibility: str = "") -> set[str]:
    """Return the names of functions, of all or of those that programs may (not) see."""
    return {fn.api_name for fn in config.fns.values() if visibility in ("", fn.api_visibility)}


def _wanted(scope: Scope, pages: Iterable[str]) -> tuple[str | None, bool]:
    """Return which page a request is for, if it is for one, and whether it asks for what programs may call.

    Raises `KeyError` where it names a page that there is not.
    """
    path = get_route_path(scope).strip("/")
    named = parse_qs(scope["query_string"].decode("latin-1")).get("page", [""])[-1]
    page = named if path in ("", *WHOLE) else path
    if page in pages and (page or not path):
        return page, False
    if page and page == named and path in ("", *WHOLE):
        raise KeyError(page)
    return None, path in WHOLE or path.startswith(CALLS)


class OnDemand:
    """Middleware of the app that Gradio makes: has rooms drawn before the requests that need them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        lab = scope["app"].get_blocks()
        try:
            page, of_program = _wanted(scope, {"", *lab.rooms})
        except KeyError:
            await PlainTextResponse("There is no such page.", status_code=404)(scope, receive, send)
            return
        called = [slug for slug, room in lab.rooms.items() if room.programs and of_program]
        for slug in [page] if page else called:
            lab.draw(slug)
            await asyncio.sleep(0)  # between two rooms others have their turn
        token = _page.set(page)
        path = get_route_path(scope)
        visit = path.removeprefix(HEARTBEAT) if path.startswith(HEARTBEAT) else ""
        if visit:
            lab.hearts[visit] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            if visit:
                lab.hearts -= Counter([visit])
                lab.state_holder.left(visit)
            _page.reset(token)
