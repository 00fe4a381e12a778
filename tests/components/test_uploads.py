"""A full disk: what asks then gets a sentence."""

from __future__ import annotations

import errno

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

import app
from components.uploads import DiskFull


def full():
    raise OSError(errno.ENOSPC, "No space left on device")


async def upload(request):
    full()


async def late(request):
    def body():
        yield "begun"
        full()

    return StreamingResponse(body())


async def other(request):
    raise OSError(errno.EACCES, "Permission denied")


async def fine(request):
    return PlainTextResponse("here")


@pytest.fixture
def client():
    routes = [Route(f"/{handler.__name__}", handler) for handler in (upload, late, other, fine)]
    with TestClient(Starlette(routes=routes, middleware=[Middleware(DiskFull)])) as made:
        yield made


def test_a_full_disk_is_a_sentence(client):
    answer = client.get("/upload")
    assert (answer.status_code, answer.text) == (507, DiskFull.SENTENCE)
    assert client.get("/fine").text == "here"


@pytest.mark.parametrize("path", ["/late", "/other"])
def test_what_has_begun_and_what_is_no_full_disk_fails_as_before(client, path):
    with pytest.raises(OSError, match=r"No space|denied"):
        client.get(path)


def test_the_app_has_it():
    assert DiskFull in [made.cls for made in app.launch_options({})["app_kwargs"]["middleware"]]
