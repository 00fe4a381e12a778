"""Which requests are answered: other sites' pages can neither ask nor send."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

import app
from components import guard
from components.guard import FOREIGN, WRONG_HOST, is_ours


@pytest.fixture(autouse=True)
def hosts(monkeypatch):
    monkeypatch.setenv("SPEECH_LAB_HOSTS", "lab.example, Other.example")
    monkeypatch.setenv("SPACE_HOST", "someone-speech-lab.hf.space")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:7860",
        "localhost",
        "[::1]:7860",
        "192.168.1.5:80",
        "app1:7860",
        "lab.example",
        "OTHER.example.:443",
        "someone-speech-lab.hf.space",
        "lab.localhost:1",
    ],
)
def test_the_names_of_this_server(host):
    assert is_ours(host)


@pytest.mark.parametrize(
    "host", ["evil.example", "lab.example.evil.example", "1.2.3.4.nip.example", "", "[::1", "a.hf.space"]
)
def test_names_that_anybody_could_let_point_here(host):
    assert not is_ours(host)


OWN = "http://lab.example"


@pytest.mark.parametrize(
    ("method", "headers", "why"),
    [
        ("GET", {}, ""),
        ("POST", {}, ""),  # a program
        ("POST", {"origin": OWN, "sec-fetch-site": "same-origin"}, ""),
        ("POST", {"origin": "https://other.example", "x-forwarded-host": "other.example"}, ""),
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, ""),  # a link from elsewhere
        ("GET", {"sec-fetch-site": "none"}, ""),
        ("POST", {"host": "10.0.0.7:7860", "origin": "https://lab.example"}, ""),  # from a proxy that tells no more
        ("GET", {"host": "evil.example"}, WRONG_HOST),
        ("POST", {"host": "evil.example", "origin": "http://evil.example"}, WRONG_HOST),  # DNS rebinding
        ("POST", {"origin": "http://evil.example", "x-forwarded-host": "evil.example"}, WRONG_HOST),
        ("POST", {"origin": "http://evil.example"}, FOREIGN),
        ("GET", {"origin": "http://evil.example"}, FOREIGN),
        ("POST", {"origin": "null"}, FOREIGN),
        ("POST", {"origin": "http://lab.example:81"}, FOREIGN),
        ("POST", {"origin": "http://[::1"}, FOREIGN),
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, FOREIGN),
    ],
)
def test_requests(method, headers, why):
    asked: list[str] = []

    async def here(request):
        asked.append(request.method)
        return PlainTextResponse("here")

    lab = Starlette(routes=[Route("/", here, methods=["GET", "POST"])], middleware=[Middleware(guard.Guard)])
    with TestClient(lab, base_url=OWN) as client:
        answer = client.request(method, "/", headers=headers)
    assert (answer.status_code, answer.text) == ((403, why) if why else (200, "here"))
    assert bool(asked) is not bool(why)


def test_websockets():
    async def here(websocket):
        await websocket.accept()
        await websocket.close(1000)

    lab = Starlette(routes=[WebSocketRoute("/", here)], middleware=[Middleware(guard.Guard)])
    with TestClient(lab, base_url=OWN) as client:
        with client.websocket_connect("ws://lab.example/", headers={"origin": OWN}):
            pass
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect("ws://lab.example/", headers={"origin": "http://evil.example"}),
        ):
            pass


def test_it_stands_in_front_of_all_routes_of_the_app():
    assert app.launch_options({})["app_kwargs"]["middleware"][0].cls is guard.Guard


def test_a_visitors_address(monkeypatch):
    def address(listed: str) -> str:
        headers = [(b"x-forwarded-for", listed.encode())]
        return guard.visitor_address(HTTPConnection({"type": "http", "headers": headers, "client": ("10.0.0.1", 1)}))

    assert address("8.8.8.8, 1.1.1.1, 10.0.0.7") == "1.1.1.1", "what stands before it anybody can write"
    assert address("10.0.0.8, 10.0.0.7") == "10.0.0.7"
    assert address("") == "10.0.0.1"
    monkeypatch.delenv("SPEECH_LAB_HOSTS")
    monkeypatch.delenv("SPACE_HOST")
    assert address("8.8.8.8") == "10.0.0.1", "without a proxy nobody else has written it"
