"""The field's words as the pages explain them where they stand: on hover, focus and tap (``static/glossary.js``)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from .page_state import page_url
from .static_files import PREFIX


def spellings(name: str) -> list[str]:
    """Return how a text writes a term: in full or by its abbreviation, each of two. (The browser finds plurals.)"""
    full, _, short = name.partition(" (")
    return [part for part in (*full.split(" and "), short.rstrip(")")) if part]


def clear_alone(name: str) -> bool:
    """Whether a term means the same in every room: one plain word, as "window" or "frame", has its meaning in one."""
    return len(re.findall(r"[\w-]+", name)) > 1 or "-" in name or sum(map(str.isupper, name)) > 1


def entries(rooms: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what the browser needs of each spelling of a term.

    Yields
    ------
    dict
        ``name`` (one spelling), ``meaning``, ``room`` (its slug), ``url`` (of the state that shows it) and
        ``everywhere`` (whether other rooms mean the same by it).
    """
    for slug, room in rooms.items():
        for term in room.terms:
            found = {"meaning": term.meaning, "room": slug, "url": page_url(slug, term.state)}
            for name in spellings(term.name):
                yield {"name": name, **found, "everywhere": clear_alone(name)}


def route(rooms: Mapping[str, Any]) -> Route:
    """Return the route of the glossary."""
    body = json.dumps(list(entries(rooms)), ensure_ascii=False, separators=(",", ":")).encode()

    async def serve(_request: Any) -> Response:
        return Response(body, media_type="application/json", headers={"Cache-Control": "no-cache"})

    return Route(f"/{PREFIX}/glossary.json", serve, methods=["GET"])
