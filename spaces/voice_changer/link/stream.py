"""One visitor's packets through the effects: in the order of their frames, with a stand-in for what was lost.

A packet, both ways, little-endian: uint32 frame of the first sample, uint32 time of sending (returned as it came, so
that the browser knows the round trip; 0 for a stand-in), uint16 waiting time before the effects and uint16 time in them
in microseconds (zero on the way up), then 64 to 960 int16 samples at 48 kHz. Frame numbers run on modulo 2**32.
"""

from __future__ import annotations

import struct
from time import perf_counter

import numpy as np

from algorithms.voice.effects import Chain

from .limits import MAX_CHAIN_STEPS, PACKET_SAMPLES, RATE

HEADER = struct.Struct("<IIHH")
FADE = 480  # samples in which one chain gives way to another: 10 ms
BRIDGE = 960  # longest gap in samples that gets a stand-in; after a longer one the effects start anew
STALE_S = 0.06  # a packet that waited so much longer than the quickest is not worth answering: the queue must drain,
DRAINED_S = 0.02  # until one waited only so long;
NEW_ROUTE_S = 1.0  # where all have waited for so long, the way has become longer, and no queue is left
DRIFT = 0.001  # seconds a second by which the quickest is forgotten: the two clocks drift
BURST_S = 1.0  # sound may come so much faster than real time at once: a browser that was held up sends it in a heap
FASTER = 1.02  # and this much faster in the long run: the two clocks are not the same


class BadPacket(ValueError):
    """A packet that is no packet, or too many of them: the connection ends with this sentence."""


def check_chain(chain: object) -> list[tuple[str, dict[str, float]]]:
    """Return the chain of a message as `Chain` takes it; ValueError in a sentence."""
    if not isinstance(chain, list) or not all(isinstance(step, list) and len(step) == 2 for step in chain):
        raise ValueError('A chain is a list of steps like ["pitch", {"semitones": 5}].')
    if len(chain) > MAX_CHAIN_STEPS:
        raise ValueError(f"A chain has at most {MAX_CHAIN_STEPS} effects, not {len(chain)}.")
    if not all(isinstance(name, str) and isinstance(values, dict) for name, values in chain):
        raise ValueError('A chain is a list of steps like ["pitch", {"semitones": 5}].')
    return [(name, values) for name, values in chain]


class Voice:
    """A chain that can be exchanged and bypassed while it sounds: the old and the new sound are cross-faded.

    The same as ``static/voice.js`` in the browser.
    """

    def __init__(self, chain: Chain, bypass: bool = False) -> None:
        self.chain = chain
        self.bypassed = bypass
        self._old: Chain | None = None  # what is faded out; None is the dry sound
        self._left = 0  # samples of the fade still to come

    def exchange(self, chain: Chain) -> None:
        """Go over to another chain."""
        if not self.bypassed:
            self._old, self._left = self.chain, FADE
        self.chain = chain

    def bypass(self, on: bool) -> None:
        """Go over to the unchanged sound, or back."""
        if on == self.bypassed:
            return
        if not on:
            self.chain.reset()
        self._old, self._left = (self.chain if on else None), FADE
        self.bypassed = on

    def process(self, block: np.ndarray) -> np.ndarray:
        """Change float32 [n] to float32 [n]."""
        out = block if self.bypassed else self.chain.process(block)
        if not self._left:
            return out
        before = block if self._old is None else self._old.process(block)
        weight = np.maximum(self._left - np.arange(len(block), dtype=np.float32), 0) / FADE
        self._left = max(0, self._left - len(block))
        out = out + (before - out) * weight
        if not self._left:
            self._old = None
        return out


class Stream:
    """Takes one visitor's packets and makes the answers.

    Parameters
    ----------
    voice
        What changes the sound.

    Attributes
    ----------
    samples, late, lost : int
        Samples taken, packets that came too late, samples that never came.
    """

    def __init__(self, voice: Voice) -> None:
        self.voice = voice
        self.samples = self.late = self.lost = 0
        self._next: int | None = None  # the frame that should come now
        self._tail = np.zeros(0, np.float32)  # the last packet's sound
        self._credit = BURST_S * RATE  # samples that may come now
        self._credit_at: float | None = None
        self._quickest_s: float | None = None  # least time from the browser's clock to ours, see `_queued`
        self._quickest_at = 0.0
        self._draining_since: float | None = None
        self._least_s = 0.0  # least wait since then

    def take(self, packet: bytes | str, arrived_s: float) -> list[bytes]:
        """Return the answers to a packet: itself changed, before it the stand-ins for what is missing.

        Parameters
        ----------
        packet
            As it came; text is none.
        arrived_s
            `time.perf_counter` when it came.

        Raises
        ------
        BadPacket
            It has no packet's form, or packets come faster than sound does.
        """
        frame, stamp, samples = self._open(packet)
        self._spend(len(samples), arrived_s)
        queued_s = self._queued(stamp, arrived_s) if stamp else 0.0
        if self._is_stale(queued_s, arrived_s):
            self.late += 1
            return []
        gap = 0 if self._next is None else (frame - self._next + 2**31) % 2**32 - 2**31
        if gap < 0 and gap > -RATE:  # its place is taken: the stand-in has gone out
            self.late += 1
            return []
        answers = []
        if 0 < gap <= BRIDGE:
            self.lost += gap
            answers.append(self._bridge(gap))
        elif gap:
            self.lost += max(0, gap)
            self.voice.chain.reset()
        if gap:  # a gap ends with a short fade, so that the effects get no jump
            n = min(64, len(samples))
            samples[:n] *= np.linspace(0, 1, n, dtype=np.float32)
        self._next = (frame + len(samples)) % 2**32
        self._tail = samples
        self.samples += len(samples)
        began_s = perf_counter()
        out = self.voice.process(samples)
        ended_s = perf_counter()
        answers.append(_packet(frame, out, stamp, queued_s * 1e6, (ended_s - began_s) * 1e6))
        return answers

    def _open(self, packet: bytes | str) -> tuple[int, int, np.ndarray]:
        least, most = PACKET_SAMPLES
        if not isinstance(packet, bytes):
            raise BadPacket("What came is text, not packets of sound.")
        size = len(packet) - HEADER.size
        if size % 2 or not 2 * least <= size <= 2 * most:
            raise BadPacket(
                f"A packet has a header and {least} to {most} samples of two bytes, not {len(packet)} bytes."
            )
        frame, stamp, _, _ = HEADER.unpack_from(packet)
        return frame, stamp, np.frombuffer(packet, "<i2", offset=HEADER.size).astype(np.float32) / 32768

    def _spend(self, n: int, now_s: float) -> None:
        """Sound that comes faster than real time is no sound; the credit fills at the speed of sound."""
        if self._credit_at is not None:
            self._credit = min(BURST_S * RATE, self._credit + (now_s - self._credit_at) * RATE * FASTER)
        self._credit_at = now_s
        self._credit -= n
        if self._credit < 0:
            raise BadPacket("More sound came than there is time for: a microphone gives 48000 samples a second.")

    def _queued(self, stamp: int, arrived_s: float) -> float:
        """Return how long a packet waited before it was read: how much longer it took than the quickest, in seconds.

        Where the machine is too slow for a moment, packets queue up in the socket. Read in order and answered, each
        would be late; left out, they cost next to nothing, and the queue is gone. (The two clocks have nothing to do
        with each other, so only differences count; the browser's runs on modulo 2**32 us.)
        """
        wrap_s = 2**32 / 1e6
        took_s = (arrived_s - stamp / 1e6) % wrap_s
        if self._quickest_s is None:
            self._quickest_s, self._quickest_at = took_s, arrived_s
        self._quickest_s += DRIFT * (arrived_s - self._quickest_at)
        self._quickest_at = arrived_s
        waited_s = (took_s - self._quickest_s + wrap_s / 2) % wrap_s - wrap_s / 2
        if waited_s < 0:
            self._quickest_s = took_s
        return max(0.0, waited_s)

    def _is_stale(self, queued_s: float, arrived_s: float) -> bool:
        """Tell whether a packet waited too long to be answered."""
        if queued_s <= (STALE_S if self._draining_since is None else DRAINED_S):
            self._draining_since = None
            return False
        if self._draining_since is None:
            self._draining_since, self._least_s = arrived_s, queued_s
        self._least_s = min(self._least_s, queued_s)
        if arrived_s - self._draining_since < NEW_ROUTE_S:
            return True
        self._quickest_s += self._least_s
        self._draining_since = None
        return False

    def _bridge(self, gap: int) -> bytes:
        """The stand-in for `gap` missing samples: the last packet backwards, fading out, through the effects."""
        sound = np.zeros(gap, np.float32)
        n = min(gap, len(self._tail))
        sound[:n] = self._tail[::-1][:n] * np.linspace(1, 0, n, dtype=np.float32)
        return _packet(self._next, self.voice.process(sound), 0, 0, 0)


def _packet(frame: int, sound: np.ndarray, stamp: int, waited_us: float, worked_us: float) -> bytes:
    pcm = np.clip(np.rint(sound * 32768), -32768, 32767).astype("<i2")
    return HEADER.pack(frame, stamp, _uint16(waited_us), _uint16(worked_us)) + pcm.tobytes()


def _uint16(value: float) -> int:
    return min(65535, max(0, round(value)))
