"""A room's slow work begins when its page is asked for."""

import threading

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

import app
import models
from components.warm_up import WarmUpMiddleware
from spaces import discover
from spaces.whisper_inside import SPACE, sound


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
    *_, middleware = app.launch_options()["app_kwargs"]["middleware"]
    assert middleware.kwargs["rooms"] == {slug: room.warm_up for slug, room in discover().items() if room.warm_up}
    assert "whisper_inside" in middleware.kwargs["rooms"]


def test_inside_whisper_begins_only_what_its_part_needs(monkeypatch):
    asked = []
    monkeypatch.setattr(sound, "warm_up", asked.append)
    for part in ({}, {"part": "input"}, {"part": "nonsense"}, {"part": "decoder", "model": "base"}):
        SPACE.warm_up(part)
    assert asked == [{"part": "decoder", "model": "base"}]


def test_addresses_with_nonsense_in_them_do_no_harm():
    for state in ({"model": "?"}, {"at": "soon"}, {"clip": "own"}, {"pad": "?"}):
        sound.warm_up({"part": "decoder", **state})


@pytest.mark.slow
def test_a_warmed_up_page_finds_its_sound_heard():
    state = {"part": "decoder", "clip": "sentence"}
    sound.warm_up(state)
    assert models.is_loaded("inside/whisper-tiny.en")
    misses = sound._hear.cache_info().misses
    sound.hear(sound.window(None, "sentence", 0), {"model": "tiny.en", "pad": "zeros", "lang": "auto"})
    assert sound._hear.cache_info().misses == misses
