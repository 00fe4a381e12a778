"""What the browser asks of the app for a voice link; the app relays it to the voice process.

GET voice/ice returns the ICE servers, POST voice/offer answers a WebRTC offer, WebSocket voice/ws carries the packets
where WebRTC can't. All three answer only pages of the app itself.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from components.guard import refusal, visitor_address

from .frames import CONTROL, END, FRAME, SOUND
from .limits import MAX_BODY_BYTES, MAX_CONTROL_BYTES, ice_servers
from .supervisor import PROCESS, ProcessUnavailable

HELLO_S = 10.0  # a WebSocket must say what it wants within so long
FOREIGN = "The voice changer answers only pages of this app."
MAX_MESSAGE_BYTES = 16_000  # of a WebSocket message


def same_origin(connection: HTTPConnection) -> bool:
    """Tell whether a browser sent this from a page of the app itself.

    A browser always sends Origin with a POST and a WebSocket, and no page can change it.
    """
    return bool(connection.headers.get("origin")) and not refusal(connection.scope)


def _hello(text: str | bytes, connection: HTTPConnection) -> Any:
    """Read what a page wants, and add who the visitor is, which the page can't say.

    Raises
    ------
    ValueError
        It is not JSON.
    """
    try:
        hello = json.loads(text)
    except RecursionError as error:
        raise ValueError("lists in lists in lists") from error
    return {**hello, "visitor": visitor_address(connection)} if isinstance(hello, dict) else hello


async def ice(request: Request) -> Response:
    """Return the ICE servers for RTCPeerConnection."""
    if refusal(request.scope):
        return JSONResponse({"error": FOREIGN}, status_code=403)
    return JSONResponse({"iceServers": ice_servers()}, headers={"Cache-Control": "no-store"})


async def offer(request: Request) -> Response:
    """Answer an offer: {"kind", "sdp", "chain", "bypass", "packet", "prefetch"} -> {"sdp"} or {"error"}."""
    if not same_origin(request):
        return JSONResponse({"error": FOREIGN}, status_code=403)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return JSONResponse({"error": "The offer of a connection is too long."}, status_code=413)
    try:
        hello = _hello(bytes(body), request)
    except ValueError:
        return JSONResponse({"error": "The offer of a connection can't be read: reload the page."}, status_code=400)
    try:
        answer = await PROCESS.ask("offer", hello)
    except ProcessUnavailable as problem:
        return JSONResponse({"error": str(problem)}, status_code=503)
    return JSONResponse(answer, status_code=answer.pop("status"))


async def socket(websocket: WebSocket) -> None:
    """Relay a WebSocket: its first message is the hello, then sound is binary and control messages are text."""
    if not same_origin(websocket):
        await websocket.close(1008)
        return
    await websocket.accept()
    writer = None
    try:
        hello = _hello(await asyncio.wait_for(websocket.receive_text(), HELLO_S), websocket)
        reader, writer = await PROCESS.open("socket", hello)
        await _relay(websocket, reader, writer)
    except (ValueError, KeyError):  # no JSON, or not even text
        await _close(websocket, 1003, "The first message must say what is wanted, in JSON.")
    except (asyncio.TimeoutError, WebSocketDisconnect):
        await _close(websocket, 1008, "Nothing was said.")
    except ProcessUnavailable as problem:
        await _close(websocket, 1013, str(problem))
    finally:
        if writer is not None:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


async def _relay(websocket: WebSocket, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry messages both ways until one side ends."""
    ways = [asyncio.ensure_future(_up(websocket, writer)), asyncio.ensure_future(_down(websocket, reader))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
    await _close(websocket, 1000, "")


async def _up(websocket: WebSocket, writer: asyncio.StreamWriter) -> None:
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            writer.write(FRAME.pack(0, END))
            return
        text, sound = message.get("text"), message.get("bytes")
        body = sound if text is None else text.encode()
        if len(body) > (MAX_MESSAGE_BYTES if text is None else MAX_CONTROL_BYTES):
            await _close(websocket, 1009, "That message is too long.")
            return
        writer.write(FRAME.pack(len(body), SOUND if text is None else CONTROL) + body)
        await writer.drain()  # a flood waits here, not in memory


async def _down(websocket: WebSocket, reader: asyncio.StreamReader) -> None:
    with suppress(asyncio.IncompleteReadError, ConnectionError, WebSocketDisconnect):
        while True:
            size, kind = FRAME.unpack(await reader.readexactly(FRAME.size))
            body = await reader.readexactly(size)
            if kind == END:
                return
            await (websocket.send_bytes(body) if kind == SOUND else websocket.send_text(body.decode()))


async def _close(websocket: WebSocket, code: int, reason: str) -> None:
    """Close what is still open."""
    if WebSocketState.DISCONNECTED in (websocket.client_state, websocket.application_state):
        return
    with suppress(RuntimeError):  # the browser was quicker
        await websocket.close(code, reason)


ROUTES: list[BaseRoute] = [
    Route("/voice/ice", ice, methods=["GET"]),
    Route("/voice/offer", offer, methods=["POST"]),
    WebSocketRoute("/voice/ws", socket),
]
