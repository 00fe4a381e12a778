"""What the voice link's tests share: an app with its routes and a bare page, packets, and WebRTC clients in Python."""

from __future__ import annotations

import asyncio
import json
import struct
import threading
import time
import urllib.error
import urllib.request
from contextlib import asynccontextmanager, contextmanager

import numpy as np
import uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
from websockets.sync.client import connect

from components import static_files
from spaces.voice_changer.link import routes
from spaces.voice_changer.link.supervisor import Supervisor
from tests.helpers.app import free_port
from tests.helpers.awaited import awaited
from tests.helpers.patience import PATIENCE, until

HEADER = struct.Struct("<IIHH")
BARE = "<!doctype html><title>Voice</title><link rel='icon' href='data:,'><body>A bare page for the voice link."


class VoiceApp:
    """A running app with nothing but the voice link."""

    def __init__(self, url: str, process: Supervisor) -> None:
        self.url = url
        self.process = process

    def census(self) -> dict:
        """Return what is alive in the voice process."""
        return awaited(self.process.ask("census"))

    def settled(self, sessions: int = 0) -> dict:
        """Return the census once so many sessions are left and their tasks are gone."""
        found = [{}]

        def is_so() -> bool:
            found.append(self.census())
            return found[-1]["sessions"] == sessions and (bool(sessions) or len(found[-1]["tasks"]) <= 3)

        until(is_so)
        return found[-1]

    def tasks(self) -> list[str]:
        """Return what runs in the app's own loop."""
        with urllib.request.urlopen(f"{self.url}/tasks", timeout=PATIENCE) as answer:
            return json.load(answer)

    @contextmanager
    def socket(self, hello: dict | None = None, origin: str | None = None):
        """Open the WebSocket as a page would, and say hello."""
        address = self.url.replace("http", "ws") + "/voice/ws"
        with connect(address, origin=origin or self.url, open_timeout=PATIENCE) as line:
            line.send(json.dumps(hello if hello is not None else {"chain": []}))
            yield line

    def post(self, body: bytes, origin: str | None = None) -> tuple[int, dict]:
        """Post an offer; returns the status and the answer."""
        headers = {"Content-Type": "application/json", "Origin": self.url if origin is None else origin}
        request = urllib.request.Request(f"{self.url}/voice/offer", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)


@contextmanager
def voice_app():
    """Run the voice link's routes and a bare page on a port; its voice process inherits the environment of now."""
    process = Supervisor()
    before, routes.PROCESS = routes.PROCESS, process

    async def page(_request):
        return HTMLResponse(BARE)

    async def tasks(_request):
        return JSONResponse(sorted(task.get_coro().__qualname__ for task in asyncio.all_tasks()))

    port = free_port()
    app = Starlette(routes=[Route("/", page), Route("/tasks", tasks), *static_files.routes(), *routes.ROUTES])
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield VoiceApp(f"http://127.0.0.1:{port}", process)
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        process.stop()
        routes.PROCESS = before


def packet(frame: int, sound: np.ndarray, stamp: int = 0) -> bytes:
    """Pack sound in [-1, 1] as the browser does; without a stamp it has no time of sending."""
    pcm = np.clip(np.rint(np.asarray(sound) * 32768), -32768, 32767).astype("<i2")
    return HEADER.pack(frame % 2**32, stamp, 0, 0) + pcm.tobytes()


def prompt(visitor: int, number: int) -> int:
    """A time of sending, in microseconds, of a visitor's packet; modulo 16 it is the visitor's number.

    Each is ten seconds after the one before, so that every packet seems to come sooner than any other: on a machine
    that is busy for a moment none counts as one that has waited, which the server would leave out.
    """
    return (number * 10_000_000 + visitor) % 2**32


def unpack(data: bytes) -> tuple[int, int, np.ndarray]:
    """Return frame, stamp and sound of a packet."""
    frame, stamp, _, _ = HEADER.unpack_from(data)
    return frame, stamp, np.frombuffer(data, "<i2", offset=HEADER.size) / 32768


def tone(frequency_hz: float, n: int, start: int = 0) -> np.ndarray:
    """A sine of half the full scale at 48 kHz."""
    return 0.5 * np.sin(2 * np.pi * frequency_hz * (start + np.arange(n)) / 48000)


class Peer:
    """A WebRTC client with data channels, such as the page opens them."""

    def __init__(self, connection, audio, control) -> None:
        self.connection, self.audio, self.control = connection, audio, control
        self.packets: list[bytes] = []
        self.messages: list[dict] = []
        self.ready = asyncio.Event()
        self.over = asyncio.Event()
        audio.on("message", self.packets.append)
        audio.on("close", self.over.set)
        control.on("message", self._heard)

    def _heard(self, text: str) -> None:
        self.messages.append(json.loads(text))
        if self.messages[-1]["kind"] == "ready":
            self.ready.set()


@asynccontextmanager
async def webrtc(process: Supervisor, *, chain=(), kind: str = "data", track=None, **hello):
    """Connect to the voice process over WebRTC; `track` is what is sent for kind "track"."""
    from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        audio = connection.createDataChannel("audio", ordered=False, maxRetransmits=0)
        peer = Peer(connection, audio, connection.createDataChannel("control"))
        if track is not None:
            connection.addTrack(track)
        await connection.setLocalDescription(await connection.createOffer())
        offer = {
            "kind": kind,
            "sdp": connection.localDescription.sdp,
            "chain": list(chain),
            "visitor": "127.0.0.1",
            **hello,
        }
        answer = await process.ask("offer", offer)
        assert answer["status"] == 200, answer
        await connection.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
        await asyncio.wait_for(peer.ready.wait(), PATIENCE)
        yield peer
    finally:
        await connection.close()
