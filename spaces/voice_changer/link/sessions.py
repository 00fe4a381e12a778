"""The visitors of a voice process: one `Session` each with its own effects, and what they may take together."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from algorithms.voice.effects import Chain

from .limits import MAX_CONTROL_BYTES, MAX_CONTROLS_PER_S, PACKET_SAMPLES, Limits
from .stream import BadPacket, Stream, Voice, check_chain

FULL = "The server already changes {n} voices, which is all it can: try again later, or let the browser do the effects."
TOO_MANY = "From your address {n} voices are changed already, which is all one visitor gets: end one of them first."
TOO_LONG = "The connection ended after {minutes:g} minutes, its longest time: start again."
IDLE = "No sound came for {seconds:g} s, so the server closed the connection: start again."


class Refusal(ValueError):
    """The server's answer is no, with the sentence for the page and the HTTP status."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


class Session:
    """One visitor.

    Parameters
    ----------
    sessions
        Where it is counted.
    hello
        The page's wishes: ``chain``, ``bypass``, ``packet`` (samples), ``prefetch`` (packets of the track's jitter
        buffer); and ``visitor``, the visitor's address, which the app's process adds.

    Attributes
    ----------
    tell, hang_up : callable
        Set by who has the line: sends a control message (text) to the page; cuts the line, called once, from `close`.
    """

    def __init__(self, sessions: Sessions, hello: dict[str, Any]) -> None:
        self.sessions = sessions
        self.visitor = str(hello.get("visitor", ""))
        self.steps = check_chain(hello.get("chain", []))
        self.bypassed = hello.get("bypass") is True
        self.packet = hello.get("packet", 128)
        least, most = PACKET_SAMPLES
        if not isinstance(self.packet, int) or not least <= self.packet <= most:
            raise Refusal(f"A packet has {least} to {most} samples, not {self.packet!r}.")
        self.stream: Stream | None = None
        self.tell: Callable[[str], None] = lambda text: None
        self.hang_up: Callable[[], None] = lambda: None
        self.began_s = self.heard_s = time.monotonic()
        self.connected = False
        self.closed = False
        self.queue_ms: float | None = None  # of the track's jitter buffer
        self._controls = 0  # messages in this second
        self._samples = 0  # taken at the last sweep
        self._busy_s = 0.0  # in the effects since the last sweep
        self._blocks = 0
        self._tasks: set[asyncio.Task] = set()

    async def prepare(self) -> None:
        """Make the effects, in a thread: a kernel that has never run is compiled, which takes seconds."""
        await self.sessions.warm
        self.stream = Stream(Voice(await asyncio.to_thread(_warm_chain, self.steps), self.bypassed))
        self.began_s = time.monotonic()  # compiling doesn't count

    def ready(self) -> None:
        """The line is there: tell the page."""
        if self.closed or self.connected:
            return
        self.connected = True
        self.heard_s = time.monotonic()
        self.say(kind="ready", latency=self.stream.voice.chain.latency)

    def say(self, **message: Any) -> None:
        """Send a control message."""
        self.tell(json.dumps(message))

    def sound(self, packet: bytes | str) -> list[bytes]:
        """Return the answers to a packet of sound; a bad one ends the connection."""
        arrived_s = perf_counter()
        if self.closed or self.stream is None:
            return []
        try:
            answers = self.stream.take(packet, arrived_s)
        except BadPacket as problem:
            self.close(f"The server closed the connection. {problem}")
            return []
        self.heard_s = time.monotonic()
        self._worked(perf_counter() - arrived_s)
        return answers

    def change(self, samples: np.ndarray) -> np.ndarray | None:
        """Return a block of the audio track changed, float32 [n]; None when the connection is over."""
        began_s = perf_counter()
        if self.closed or self.stream is None:
            return None
        out = self.stream.voice.process(samples)
        self.stream.samples += len(samples)
        self.heard_s = time.monotonic()
        self._worked(perf_counter() - began_s)
        return out

    def _worked(self, seconds: float) -> None:
        self._busy_s += seconds
        self._blocks += 1

    def heard(self, text: str | bytes) -> None:
        """Take a control message: {"chain": ...}, {"set": [index, name, value]} or {"bypass": bool}."""
        self._controls += 1
        if self._controls > MAX_CONTROLS_PER_S or not isinstance(text, str) or len(text) > MAX_CONTROL_BYTES:
            self.close("The server closed the connection: too many or too long messages came from the page.")
            return
        if self.stream is None:
            return
        try:
            message = json.loads(text)
            if not isinstance(message, dict):
                raise ValueError("A message to the voice changer is a JSON object.")
            if "chain" in message:
                task = asyncio.ensure_future(self._exchange(check_chain(message["chain"])))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            if "set" in message:
                self._set(message["set"])
            if "bypass" in message:
                self.stream.voice.bypass(message["bypass"] is True)
                self.say(kind="chain", latency=self.stream.voice.chain.latency)
        except ValueError as problem:
            self.say(kind="problem", message=str(problem))

    def _set(self, change: object) -> None:
        if not isinstance(change, list) or len(change) != 3 or not isinstance(change[0], int):
            raise ValueError('A parameter is set with [step, "name", value].')
        self.stream.voice.chain.set(*change)

    async def _exchange(self, steps: list) -> None:
        try:
            chain = await asyncio.to_thread(_warm_chain, steps)
        except ValueError as problem:
            self.say(kind="problem", message=str(problem))
            return
        self.stream.voice.exchange(chain)
        self.say(kind="chain", latency=chain.latency)

    def sweep(self, now_s: float, cpu_s: float, all_samples: int, took_s: float) -> None:
        """Once a second: end what lasts too long or is silent, tell the page what its sound costs."""
        limits = self.sessions.limits
        self._controls = 0
        if not self.connected:
            if self.stream is not None and now_s - self.began_s > limits.connect_s:
                self.close("")
            return
        if now_s - self.began_s > limits.seconds:
            self.close(TOO_LONG.format(minutes=limits.seconds / 60))
        elif now_s - self.heard_s > limits.idle_s:
            self.close(IDLE.format(seconds=limits.idle_s))
        else:
            share = self.fresh / all_samples if all_samples else 0
            message = {"cpu_percent": 100 * cpu_s / took_s * share, "late": self.stream.late, "lost": self.stream.lost}
            if self._blocks:
                message["processing_us"] = 1e6 * self._busy_s / self._blocks
            if self.queue_ms is not None:
                message["queue_ms"] = self.queue_ms
            self.say(kind="stats", **message)
        self._samples = self.stream.samples
        self._busy_s, self._blocks = 0.0, 0

    @property
    def fresh(self) -> int:
        """Samples taken since the last sweep."""
        return self.stream.samples - self._samples if self.stream else 0

    def close(self, sentence: str = "") -> None:
        """End the connection; the sentence is told to the page where there is one."""
        if self.closed:
            return
        if sentence:
            self.say(kind="end", message=sentence)
        self.closed = True
        for task in self._tasks:
            task.cancel()
        self.sessions.remove(self)
        self.hang_up()


def _warm_chain(steps: list) -> Chain:
    """Make a chain and run it once on silence, so that its first packet takes no longer than the others."""
    chain = Chain(steps)
    chain.process(np.zeros(128, np.float32))
    chain.reset()
    return chain


class Sessions:
    """All visitors of this process.

    Parameters
    ----------
    limits
        See `Limits`.
    warm
        Awaited before the first visitor is answered: the compiled effects.
    """

    def __init__(self, limits: Limits, warm: asyncio.Future) -> None:
        self.limits = limits
        self.warm = warm
        self.all: set[Session] = set()

    def add(self, hello: object) -> Session:
        """Take a new visitor in, or raise `Refusal`."""
        if not isinstance(hello, dict):
            raise Refusal("A voice connection begins with a JSON object.")
        if len(self.all) >= self.limits.connections:
            raise Refusal(FULL.format(n=self.limits.connections), 429)
        visitor = str(hello.get("visitor", ""))
        if sum(session.visitor == visitor for session in self.all) >= self.limits.per_visitor:
            raise Refusal(TOO_MANY.format(n=self.limits.per_visitor), 429)
        session = Session(self, hello)
        self.all.add(session)
        return session

    def remove(self, session: Session) -> None:
        """Forget a visitor."""
        self.all.discard(session)

    async def watch(self) -> None:
        """Look after all visitors, once a second, for ever."""
        last_s, last_cpu_s = time.monotonic(), time.process_time()
        while True:
            await asyncio.sleep(1)
            now_s, cpu_s = time.monotonic(), time.process_time()
            samples = sum(session.fresh for session in self.all)
            for session in list(self.all):
                session.sweep(now_s, cpu_s - last_cpu_s, samples, now_s - last_s)
            last_s, last_cpu_s = now_s, cpu_s
