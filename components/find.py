"""What the search finds: every room, part, example, interview question and term, as one small file for the browser."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .page_state import page_url
from .static_files import PREFIX

MOST = 160  # characters of an answer or a notice that are shown and searched
WEIGHTS = {"Room": 3.0, "Term": 2.0, "Part": 2.0, "Example": 1.0, "Question": 0.0}  # where two match alike


def _short(markdown: str) -> str:
    """Return the beginning of a text without its Markdown, tables and formulas."""
    lines = "\n".join(line for line in markdown.splitlines() if not line.lstrip().startswith("|"))
    text = re.sub(r"\$\$?[^$]*\$\$?|[*_`#>|]|\[([^\]]*)\]\([^)]*\)", r"\1", lines)
    text = " ".join(text.split())
    return text if len(text) <= MOST else text[:MOST].rsplit(" ", 1)[0] + " …"


def entries(rooms: Mapping[str, Any], lesson: Callable[[Any], Any]) -> Iterator[dict[str, Any]]:
    """Yield what can be found.

    Parameters
    ----------
    rooms
        Slug to `Space`.
    lesson
        Returns a room's `Lesson`, or None.

    Yields
    ------
    dict
        ``kind``, ``title``, ``text``, ``where`` (the room), ``url`` (relative to the home page), ``look`` (what it
        points at) and ``weight``.
    """

    def entry(kind: str, title: str, text: str, slug: str, state: Mapping[str, object], look: str = "") -> dict:
        where = "" if kind == "Room" else rooms[slug].title
        found = {"kind": kind, "title": title, "text": _short(text), "where": where, "url": page_url(slug, state)}
        return {**found, "look": look, "weight": WEIGHTS[kind]}

    for slug, room in rooms.items():
        yield entry("Room", room.title, room.summary, slug, {})
        made = lesson(room)
        if made is not None and len(made.parts) > 1:
            for part in made.parts:
                yield entry("Part", part.title.lstrip("0123456789 "), "", slug, {made.chips: part.slug})
        for example in room.examples:
            yield entry("Example", example.title, example.notice, slug, example.state, example.look)
        for question in room.questions:
            yield entry("Question", question.question, question.answer, slug, question.state, question.look)
        for term in room.terms:
            yield entry("Term", term.name, term.meaning, slug, term.state)


def route(rooms: Mapping[str, Any], lesson: Callable[[Any], Any]) -> Route:
    """Return the route of the index. It is made at the first request, in a thread: that imports every room."""
    made: list[bytes] = []

    def make() -> bytes:
        if not made:
            index = json.dumps(list(entries(rooms, lesson)), ensure_ascii=False, separators=(",", ":"))
            made.append(gzip.compress(index.encode(), compresslevel=9))
        return made[0]

    async def serve(request: Request) -> Response:
        body = await asyncio.to_thread(make)
        headers = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
        else:
            body = gzip.decompress(body)
        return Response(body, media_type="application/json", headers=headers)

    return Route(f"/{PREFIX}/find.json", serve, methods=["GET"])
