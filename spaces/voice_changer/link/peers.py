"""WebRTC with aiortc: packets over a data channel, or an audio track. Imported by the voice process only."""

from __future__ import annotations

import asyncio
import re
from typing import Any

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
    sdp = check_sdp(offer.get("sdp"), kind)
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


def check_sdp(sdp: object, kind: str) -> str:
    """Return an offer without the candidates that would send questions into the network (.local names).

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
    kept = [line for line in lines if not (line.startswith("a=candidate:") and ".local " in line)]
    return "\r\n".join(kept) + "\r\n"


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
