"""Who is answered: programs, and pages of the lab itself. Not pages of other sites that a visitor's browser has open.

Such a page can have the browser send requests here: across origins, or, by letting its own name point to this server
(DNS rebinding), seemingly within one. So a request must ask for a host that is this server's, and where a browser says
which page it comes from, that must be a page of the same host. Programs send no Origin; nothing is asked of them but
the host.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

HOSTS = "SPEECH_LAB_HOSTS"
WRONG_HOST = f"This server does not go by that name. If it should, start it with the name in {HOSTS}."
FOREIGN = "Only pages of this lab may ask for that, not those of another site."


def public_hosts(environment: Mapping[str, str] = os.environ) -> set[str]:
    """Return the names by which visitors reach this server through the network: of SPEECH_LAB_HOSTS and of a Space."""
    names = [*environment.get(HOSTS, "").split(","), environment.get("SPACE_HOST", "")]
    return {name.strip().lower() for name in names if name.strip()}


def _name(netloc: str) -> str:
    """Return the host of host:port, lower case; "" where it can't be read."""
    try:
        return (urlsplit(f"//{netloc.strip()}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_ours(netloc: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a host, with or without its port, may be this server.

    It is an address in figures or a name without a dot, which no stranger can let point here, or a public host.
    """
    name = _name(netloc)
    if not name:
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return "." not in name or name.endswith(".localhost") or name in public_hosts(environment)
    return True


def refusal(scope: Scope) -> str:
    """Return why a request is not answered, in one sentence; "" where it is."""
    headers = Headers(scope=scope)
    asked = {headers.get("host", ""), *_listed(headers.get("x-forwarded-host", ""))}
    if not all(is_ours(host) for host in asked):
        return WRONG_HOST
    origin = headers.get("origin")
    ours = {host.lower() for host in asked} | public_hosts()  # a proxy may ask under a name of its own network
    if origin is not None and _netloc(origin) not in ours:
        return FOREIGN  # "null" too, which a page in a closed frame sends
    if origin is None and headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate":
        return FOREIGN  # a link from elsewhere may be followed; what a page there embeds is not sent
    return ""


def _listed(text: str) -> list[str]:
    return [host.strip() for host in text.split(",") if host.strip()]


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def visitor_address(connection: HTTPConnection) -> str:
    """Return the address that a visitor has, as far as it can be known.

    Behind a proxy, which is there where public hosts are named, that is the last public address in X-Forwarded-For:
    what stands before it anybody can write. In a proxy's own network it is the very last.
    """
    listed = _listed(connection.headers.get("x-forwarded-for", "")) if public_hosts() else []
    for text in reversed(listed):
        try:
            if ipaddress.ip_address(text).is_global:
                return text
        except ValueError:
            continue
    return listed[-1] if listed else connection.client.host if connection.client else ""


class Guard:
    """Middleware of the app that Gradio makes: in front of its routes and of the lab's own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        if scope["type"] not in ("http", "websocket") or not (why := refusal(scope)):
            with suppress(ClientDisconnect):  # whoever breaks an upload off gets no answer, and the log no traceback
                await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await PlainTextResponse(why, status_code=403)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": why})  # the handshake is answered with 403
