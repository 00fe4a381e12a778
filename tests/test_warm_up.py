"""A room's slow work begins when its page is asked for."""

import threading

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

import app
import models
from components.warm_up import WarmUpMiddleware
from spaces import discover
from spaces.whisper_inside import view


def visited(path: str, method: str = "GET") -> list[dict]:
    """The states with which the room "room" was warmed up by one request."""
    seen, called = [], threading.Event()

    def warm_up(state):
        seen.append(dict(state))
        called.set()

    routes = [Route("/{rest:path}", lambda request: PlainTextResponse("page"), methods=["GET", "POST"])]
    lab = Starlette(routes=routes, middleware=[Middleware(WarmUpMiddleware, rooms={"room": warm_up})])
    assert TestClient(lab).request(method, path).text == "page"
    called.wait(0.2)
    return seen


def test_the_page_of_a_room_begins_its_work_with_the_state_in_its_address():
    assert visited("/room?part=decoder&clip=a%20b&empty=") == [{"part": "decoder", "clip": "a b"}]
    assert visited("/room/") == [{}]
    assert visited("/under/a/proxy/room?x=1") == [{"x": "1"}]


def test_other_requests_begin_nothing():
    assert visited("/") == visited("/other") == visited("/room/queue/join") == []
    assert visited("/room", "POST") == []


def test_the_app_knows_the_rooms_that_ask_for_it():
    (middleware,) = app.launch_options()["app_kwargs"]["middleware"]
    assert middleware.kwargs["rooms"] == {slug: room.warm_up for slug, room in discover().items() if room.warm_up}
    assert "whisper_inside" in middleware.kwargs["rooms"]


def test_inside_whisper_loads_only_what_its_part_needs(monkeypatch):
    asked = []
    monkeypatch.setattr(models, "get", asked.append)
    for state in (
        {},
        {"part": "input"},
        {"part": "nonsense"},
        {"part": "decoder", "model": "base"},
        {"part": "encoder", "model": "?"},
    ):
        view.warm_up(state)
    assert asked == ["inside/whisper-base", "inside/whisper-tiny.en"]
