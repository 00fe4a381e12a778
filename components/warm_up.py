"""Begins a room's slow work when a browser asks for its page, so the seconds in which it draws that are not lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

WarmUp = Callable[[Mapping[str, str]], None]  # takes the page's state, as it stands in the address; must not raise


class WarmUpMiddleware:
    """Starts a room's `WarmUp` in a thread of its own and lets the request pass."""

    def __init__(self, app: ASGIApp, rooms: Mapping[str, WarmUp]):
        self.app = app
        self.rooms = rooms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        if scope["type"] == "http" and scope["method"] == "GET":
            warm_up = self.rooms.get(scope["path"].rstrip("/").rpartition("/")[2])
            if warm_up is not None:
                state = dict(parse_qsl(scope["query_string"].decode("latin-1")))
                threading.Thread(target=warm_up, args=(state,), daemon=True).start()
        await self.app(scope, receive, send)
