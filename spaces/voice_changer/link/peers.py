"""WebRTC with aiortc: packets over a data channel, or an audio track. Imported by the voice process only."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.jitterbuffer import JitterBuffer
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from .limits import MAX_CANDIDATES, ice_servers
from .sessions import Refusal, Session

BACKLOG_BYTES = 4_000  # waiting to go out, beyond which packets are dropped (40 ms of sound): old sound is of no use
CONTROL_BYTES = 64_000  # the same for control messages
OPUS_S = 0.02  # of sound in a packet of the track


async def answer(session: Session, offer: dict[str, Any]) -> dict[str, str]:
    """Make the peer connection that a page's offer asks for.

    Parameters
    ----------
    session
        The visitor; its ``tell`` and ``hang_up`` are set here.
    offer
        ``sdp``, ``kind`` ("data" or "track"), ``prefetch`` (0 to 10 packets, for the track).

    Returns
    -------
    dict
        ``sdp`` of the answer.

    Raises
    ------
    Refusal
        The offer can't be read, or it is for something else than one data connection or one audio track.
    """
    kind, prefetch = offer.get("kind"), offer.get("prefetch", 4)
    if kind not in ("data", "track"):
        raise Refusal('The kind of a voice connection is "data" or "track".')
    if not isinstance(prefetch, int) or not 0 <= prefetch <= 10:
        raise Refusal("The jitter buffer's prefetch is 0 to 10 packets.")
    may = await asyncio.to_thread(reachable, session.visitor, ice_servers())
    sdp = with_somewhere(check_sdp(offer.get("sdp"), kind, may), session.visitor)
    await session.prepare()
    # An empty list, not none at all: aiortc's default asks a server of Google's.
    servers = [RTCIceServer(**server) for server in ice_servers()]
    peer = RTCPeerConnection(RTCConfiguration(iceServers=servers))
    channels: dict[str, Any] = {}
    closing: set[asyncio.Task] = set()

    def tell(text: str) -> None:
        control = channels.get("control")
        if control is not None and control.readyState == "open" and control.bufferedAmount < CONTROL_BYTES:
            control.send(text)

    def hang_up() -> None:
        task = asyncio.ensure_future(_close(peer))
        closing.add(task)
        task.add_done_callback(closing.discard)

    session.tell, session.hang_up = tell, hang_up

    @peer.on("datachannel")
    def opened(channel) -> None:
        if channel.label not in ("audio", "control") or channel.label in channels:
            session.close("The server closed the connection: the page opened a channel that nobody knows.")
            return
        channels[channel.label] = channel
        if channel.label == "control":
            channel.on("message", session.heard)
        elif kind == "data":
            channel.on("message", lambda packet: _echo(session, channel, packet))
        channel.on("close", session.close)
        if len(channels) == 2:
            session.ready()

    @peer.on("connectionstatechange")
    def changed() -> None:
        if peer.connectionState in ("failed", "closed"):
            session.close()

    @peer.on("track")
    def tracked(track: MediaStreamTrack) -> None:
        session.queue_ms = prefetch * OPUS_S * 1000
        peer.addTrack(ChangedTrack(track, session))

    try:
        if session.closed:
            raise Refusal("The connection was closed.")
        try:
            await peer.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="offer"))
            if kind == "track":
                _set_prefetch(peer, prefetch)
            await peer.setLocalDescription(await peer.createAnswer())
        except (
            ValueError,
            KeyError,
            IndexError,
            AssertionError,
            AttributeError,
        ) as error:  # what aiortc's parser raises
            raise Refusal("The offer of a connection can't be read: reload the page.") from error
    except BaseException:
        await peer.close()
        raise
    return {"sdp": peer.localDescription.sdp}


def reachable(visitor: str, servers: Sequence[Mapping[str, Any]]) -> Callable[[str], bool]:
    """Return which addresses the server may be asked to send to; names are looked up.

    They are the visitor's own, those of the ICE servers (a visitor behind one is met there), and, for a visitor on this
    machine, all of this machine. Another page's offer could name anything in the server's network.
    """
    found = {visitor}
    for server in servers:
        urls = server["urls"]
        for url in [urls] if isinstance(urls, str) else urls:
            with suppress(OSError, ValueError):
                host = urlsplit(f"//{url.partition(':')[2]}").hostname  # turn:host:port?transport=...
                found |= {place[0] for *_, place in socket.getaddrinfo(host, None)}
    try:
        here = ipaddress.ip_address(visitor).is_loopback
    except ValueError:
        here = False

    def may(address: str) -> bool:
        return address in found or (here and _is_mine(address))

    return may


def _is_mine(address: str) -> bool:
    """Whether an address in figures is one of this machine's, where alone a socket can be bound to it."""
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except (ValueError, OSError):
        return False
    return not ipaddress.ip_address(address).is_multicast


def check_sdp(sdp: object, kind: str, may: Callable[[str], bool]) -> str:
    """Return an offer without the candidates that the server may not send to, and without names.

    Raises `Refusal` for what is no offer of one data connection (kind "data") or with one audio track (kind "track").
    """
    if not isinstance(sdp, str) or not sdp.startswith("v=0"):
        raise Refusal("The offer of a connection can't be read: reload the page.")
    media = sorted(re.findall(r"^m=(\w+) ", sdp, re.MULTILINE))
    if media != (["application"] if kind == "data" else ["application", "audio"]):
        raise Refusal("A voice connection has one data connection, and for the audio track one track.")
    lines = sdp.splitlines()
    if sum(line.startswith("a=candidate:") for line in lines) > MAX_CANDIDATES:
        raise Refusal("The offer names too many addresses.")
    kept = [line for line in lines if _goes_there(line, may)]
    return "\r\n".join(kept) + "\r\n"


def with_somewhere(sdp: str, visitor: str) -> str:
    """Return an offer in which no candidate is left with one, at the visitor's own address and the port of nothing.

    Without any, aiortc gives up before the browser's own questions arrive, from which it learns where the browser is.
    """
    try:
        ipaddress.ip_address(visitor)
    except ValueError:
        return sdp
    if "\na=candidate:" in sdp:
        return sdp
    head, *media = re.split(r"^(?=m=)", sdp, flags=re.MULTILINE)
    media[0] += f"a=candidate:1 1 udp 1 {visitor} 9 typ host\r\n"
    return head + "".join(media)


def _goes_there(line: str, may: Callable[[str], bool]) -> bool:
    """Whether a line of an offer names no address, or one that the server may send to."""
    words = line.split()
    return not line.startswith("a=candidate:") or (len(words) > 5 and may(words[4]))


def _echo(session: Session, channel: Any, packet: bytes | str) -> None:
    for answer_ in session.sound(packet):
        if channel.readyState == "open" and channel.bufferedAmount < BACKLOG_BYTES:
            channel.send(answer_)


def _set_prefetch(peer: RTCPeerConnection, packets: int) -> None:
    """Set how many packets the receiver gathers first; aiortc has no setting for its 4, which cost 80 ms."""
    for transceiver in peer.getTransceivers():
        transceiver.receiver._RTCRtpReceiver__jitter_buffer = JitterBuffer(capacity=16, prefetch=packets)


async def _close(peer: RTCPeerConnection) -> None:
    try:
        # What was said last (why the connection ends) still goes out.
        await asyncio.sleep(0.05)
    finally:
        await peer.close()


class ChangedTrack(MediaStreamTrack):
    """The visitor's audio track with the effects on it: 20 ms at a time, as Opus packs it."""

    kind = "audio"

    def __init__(self, source: MediaStreamTrack, session: Session) -> None:
        super().__init__()
        self.source = source
        self.session = session

    async def recv(self) -> AudioFrame:
        """Return the next 20 ms."""
        frame = await self.source.recv()
        channels = frame.to_ndarray().reshape(-1, len(frame.layout.channels))  # int16, interleaved
        out = self.session.change(channels.mean(axis=1, dtype=np.float32) / 32768)
        if out is None:
            raise MediaStreamError
        pcm = np.clip(np.rint(out * 32768), -32768, 32767).astype(np.int16)
        changed = AudioFrame.from_ndarray(pcm[None, :], format="s16", layout="mono")
        changed.sample_rate, changed.pts, changed.time_base = frame.sample_rate, frame.pts, frame.time_base
        return changed
