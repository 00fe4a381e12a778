"""The voice process, started by `supervisor`.

It reads one line from its standard input, {"token": ...}, and answers with one line, {"port": ...}: the port on
127.0.0.1 where the app's process reaches it. When its standard input ends, so does it: it never outlives the app.

A connection to that port begins with a JSON line {"token", "do", "hello"}. For "offer" a JSON line answers:
{"status", ...}. For "socket" messages follow both ways, see `frames`.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import hmac
import json
import os
import sys
import threading
from typing import Any

from .frames import CONTROL, END, FRAME, SOUND
from .limits import MAX_BODY_BYTES, Limits
from .sessions import Session, Sessions

BACKLOG_BYTES = 64_000  # waiting to go out, beyond which sound is dropped
SHUTDOWN_S = 2.0
NICE = -10  # sound can't wait; models can


class Process:
    """The main loop's objects.

    Parameters
    ----------
    token
        What every local connection must begin with: others on this machine can reach the port, too.
    limits
        See `Limits`.
    """

    def __init__(self, token: str, limits: Limits) -> None:
        self.token = token.encode()
        loop = asyncio.get_running_loop()
        self.sessions = Sessions(limits, loop.run_in_executor(None, _warm_up))
        self._tasks: set[asyncio.Task] = set()

    async def serve(self, ended: asyncio.Event) -> None:
        """Serve until `ended` is set."""
        server = await asyncio.start_server(self.connected, "127.0.0.1", 0, limit=2 * MAX_BODY_BYTES)
        print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
        watch = asyncio.ensure_future(self.sessions.watch())
        await ended.wait()
        server.close()
        watch.cancel()
        for session in list(self.sessions.all):
            session.close("The server stops.")
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.wait(others, timeout=SHUTDOWN_S) if others else None

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one local connection."""
        try:
            try:
                request = json.loads(await reader.readline())
            except ValueError:
                return  # nobody of ours
            if not hmac.compare_digest(str(request.get("token")).encode(), self.token):
                return
            if request["do"] == "offer":
                writer.write(json.dumps(await self.offer(request["hello"])).encode() + b"\n")
                await writer.drain()
            elif request["do"] == "socket":
                await self.socket(reader, writer, request["hello"])
            elif request["do"] == "census":  # for tests: what is alive in here
                writer.write(json.dumps(self.census()).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the app's side went away: the session is closed below or by its own watch
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def offer(self, hello: Any) -> dict[str, Any]:
        """Answer a WebRTC offer."""
        from . import peers

        session = None
        try:
            session = self.sessions.add(hello)
            return {"status": 200, **await peers.answer(session, hello)}
        except BaseException as problem:
            if session is not None:
                session.close()
            if not isinstance(problem, ValueError):
                raise
            return {"status": getattr(problem, "status", 400), "error": str(problem)}

    async def socket(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hello: Any) -> None:
        """Serve a WebSocket that the app's process relays."""

        def send(kind: int, body: bytes) -> None:
            if not writer.is_closing() and (kind != SOUND or writer.transport.get_write_buffer_size() < BACKLOG_BYTES):
                writer.write(FRAME.pack(len(body), kind) + body)

        session = None
        try:
            session = self.sessions.add(hello)
            session.tell = lambda text: send(CONTROL, text.encode())
            await session.prepare()
            session.hang_up = lambda: send(END, b"")
            session.ready()
            await _pump(session, reader, send)
        except ValueError as problem:
            send(CONTROL, json.dumps({"kind": "error", "message": str(problem)}).encode())
            send(END, b"")
        finally:
            if session is not None:
                session.close()

    def census(self) -> dict[str, Any]:
        """Return what is alive: sessions, tasks, threads, and the heavy modules that are loaded."""
        heavy = [name for name in ("gradio", "torch", "transformers", "librosa") if name in sys.modules]
        tasks = sorted(task.get_coro().__qualname__ for task in asyncio.all_tasks())
        return {"sessions": len(self.sessions.all), "tasks": tasks, "threads": threading.active_count(), "heavy": heavy}


async def _pump(session: Session, reader: asyncio.StreamReader, send: Any) -> None:
    # After the end is said, what still comes is read and dropped: closing at once would cut off what was said last.
    while True:
        size, kind = FRAME.unpack(await reader.readexactly(FRAME.size))
        body = await reader.readexactly(size)
        if kind == END:
            return
        if session.closed:
            continue
        if kind == CONTROL:
            session.heard(body.decode("utf-8", "replace"))
        else:
            for answer in session.sound(body):
                send(SOUND, answer)


def _warm_up() -> None:
    """Compile every effect and load WebRTC before the first visitor is answered; garbage collection then skips it."""
    from algorithms.voice.effects import warm_up

    from . import peers  # noqa: F401

    warm_up()
    gc.collect()
    gc.freeze()


async def main(limits: Limits) -> None:
    """Run until standard input ends."""
    token = json.loads(sys.stdin.readline())["token"]
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def wait_for_end() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(ended.set)

    with contextlib.suppress(AttributeError, PermissionError):  # not on Windows, not for everybody
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    threading.Thread(target=wait_for_end, daemon=True).start()
    await Process(token, limits).serve(ended)


if __name__ == "__main__":
    try:
        LIMITS = Limits.from_environment()
    except ValueError as problem:
        sys.exit(f"The voice process can't start: {problem}")
    asyncio.run(main(LIMITS))
