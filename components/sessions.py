"""What the server keeps of a visit: what the visitor changed, and that no longer than needed.

Gradio gives every visit a copy of the settings of all components of all pages (2 MB here), keeps the last value of each
for its deep links, figures included, and forgets a visit only when 10,000 others have come after it. The lab's pages
stand in their addresses instead, so nothing of that is kept: a visit costs its ``gr.State`` values and what was changed
in its components. A visit without an open page is forgotten after minutes, and beyond `CAPACITY` the longest unused go
first.
"""

from __future__ import annotations

import math
from collections import ChainMap
from datetime import datetime
from typing import Any

from gradio.blocks import Block, BlocksConfig
from gradio.state_holder import SessionState, StateHolder
from starlette.exceptions import HTTPException

CAPACITY = 1000  # visits that are remembered at a time
REST_S = 10  # how long after its last event a visit's components are folded up
FORGET_S = 240  # how long a visit is remembered whose tab is closed or cut off, or that never had one


_NO_SETTINGS: dict = {}


class _Seen(ChainMap):
    """All components as one visitor has them: the visitor's own copies before what everybody has."""

    def __init__(self, lab: Any) -> None:
        self.lab, self.own = lab, {}

    @property
    def maps(self) -> list:
        """The visitor's own first; the lab puts a new dictionary in place when a room is drawn."""
        return [self.own, self.lab.blocks]

    def __getitem__(self, key: int) -> Block:
        mine = self.own.get(key)
        if isinstance(mine, dict):
            everybodys = self.lab.blocks[key]
            usual = {name: value for name, value in everybodys.constructor_args.items() if name != "value"}
            self[key] = mine = type(everybodys)(**usual | mine)
            mine._id = key
        return self.lab.blocks[key] if mine is None else mine

    def fold(self) -> None:
        """Keep of each copy, 3 kB, only the arguments in which it differs; the next event makes it anew of them."""
        for key, mine in self.own.items():
            if isinstance(mine, Block):
                usual = self.lab.blocks[key].constructor_args
                new = mine.constructor_args
                self.own[key] = {name: new[name] for name in new if name not in usual or usual[name] is not new[name]}


class _SessionConfig(BlocksConfig):
    """Stands for a session's copy of the app's components and events, without copying them."""

    def __init__(self, lab: Any) -> None:
        self.root_block, self.blocks, self.renderables = lab, _Seen(lab), lab.renderables

    @property
    def fns(self) -> dict:
        """Everybody's: only ``@gr.render`` would add a visitor's own."""
        return self.root_block.fns

    @staticmethod
    def config_for_block(*_: Any) -> dict:
        """Return no settings: Gradio would keep them for its deep links."""
        return _NO_SETTINGS


class Session(SessionState):
    """What is kept of one visit."""

    def __init__(self, lab: Any) -> None:
        # All that SessionState.__init__ sets, without its loop over every component of the app.
        self.blocks_config = _SessionConfig(lab)
        self.config_values: dict[int, dict] = {}
        self.state_data: dict[int, Any] = {}
        self._state_ttl: dict[int, tuple] = {}
        self.is_closed = False
        self.STATE_TTL_WHEN_CLOSED = math.inf  # closed visits are forgotten as a whole, see Sessions

    def __setitem__(self, key: int, value: Any) -> None:
        before = self.state_data.get(key)
        super().__setitem__(key, value)
        replaced = getattr(self.blocks_config.blocks.get(key), "replaced", None)  # see downloads.Kept
        if replaced is not None and before is not value:
            replaced(before, value)
        if isinstance(value, Block):
            value._id = key  # a handler's update makes a new component: under its own id it would be kept as well

    @property
    def components(self) -> Any:
        """Refuse what only ``/deep_link`` asks for: it would write what the visitor did to the disk."""
        raise HTTPException(404, "There are no deep links here: a page's address holds its state.")

    def forget(self) -> None:
        """Do what the end of each ``gr.State`` asks for, such as deleting the visitor's own sound."""
        for component, value, _ in self.state_components:
            component.delete_callback(value)


class Sessions(StateHolder):
    """The visits that are remembered, the longest unused first."""

    def __getitem__(self, session_id: str) -> Session:
        with self.lock:
            if session_id not in self.session_data:
                self.session_data[session_id] = Session(self.blocks)
            self.session_data.move_to_end(session_id)
            self.time_last_used[session_id] = datetime.now()
            session = self.session_data[session_id]
        while len(self.session_data) > min(self.capacity, CAPACITY):
            self._forget(next(iter(self.session_data)))
        return session

    def delete_all_expired_state(self) -> None:
        """Forget closed visits, and single values of open ones whose time is over; Gradio calls this every second."""
        now, queue = datetime.now(), self.blocks._queue
        for session_id, session in list(self.session_data.items()):
            unused_s = (now - self.time_last_used[session_id]).total_seconds()
            # Gradio's own `is_closed` is false where no page has ever been, and true where one has come back.
            gone = session_id not in self.blocks.hearts and not queue.pending_event_ids_session.get(session_id)
            if gone and unused_s > FORGET_S:
                self._forget(session_id)
                continue
            if unused_s > REST_S:
                session.blocks_config.blocks.fold()
            self.delete_state(session_id, expired_only=True)

    def left(self, session_id: str) -> None:
        """Count from now on how long a visit is away whose page has been closed or cut off."""
        with self.lock:
            if session_id in self.session_data:
                self.time_last_used[session_id] = datetime.now()

    def _forget(self, session_id: str) -> None:
        with self.lock:
            session = self.session_data.pop(session_id, None)
            self.time_last_used.pop(session_id, None)
        if session is not None:
            session.forget()
        queue = self.blocks._queue
        if not queue.pending_event_ids_session.get(session_id):  # nothing of it waits or runs
            queue.pending_event_ids_session.pop(session_id, None)
            queue.pending_messages_per_session.pop(session_id, None)
