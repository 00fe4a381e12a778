"""The voice process, its supervisor and the app's routes, with real connections on this machine."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from algorithms.voice.effects import Chain
from spaces.voice_changer.link.supervisor import Supervisor
from tests.helpers.app import ROOT
from tests.helpers.awaited import awaited
from tests.helpers.patience import PATIENCE, until
from tests.helpers.voice_lines import packet, prompt, tone, unpack, voice_app, webrtc

pytestmark = pytest.mark.slow  # starts processes
ROBOT = [["ring", {"carrier_hz": 70}]]


@pytest.fixture(scope="module")
def app():
    with voice_app() as running:
        yield running


@pytest.fixture
def strict(monkeypatch):
    """An app whose visitors may do very little."""
    limits = {"CONNECTIONS": "2", "IDLE_S": "2", "CONNECT_S": "1", "MINUTES": "0.05"}
    for name, value in limits.items():
        monkeypatch.setenv(f"VOICE_MAX_{name}" if name in ("CONNECTIONS", "MINUTES") else f"VOICE_{name}", value)
    with voice_app() as running:
        yield running


def ready(line) -> dict:
    """Wait for the server's word that it takes sound."""
    message = json.loads(line.recv(60))
    assert message["kind"] == "ready", message
    return message


def sounds(line, n: int) -> list[tuple[int, int, np.ndarray]]:
    """Receive n packets, passing over control messages."""
    got = []
    while len(got) < n:
        data = line.recv(PATIENCE)
        if isinstance(data, bytes):
            got.append(unpack(data))
    return got


def until_closed(line) -> list[dict]:
    """Read control messages until the server closes the line."""
    messages = []
    try:
        while True:
            data = line.recv(PATIENCE)
            if isinstance(data, str):
                messages.append(json.loads(data))
    except ConnectionClosed:
        return messages


def test_websocket_two_visitors_hear_only_themselves_and_change_while_they_sound(app):
    with app.socket({"chain": ROBOT}) as one, app.socket({"chain": [], "bypass": True}) as two:
        assert ready(one)["latency"] == Chain([("ring", {})]).latency
        ready(two)
        high, low = tone(900, 12800), tone(300, 12800)
        for at in range(0, 12800, 128):
            one.send(packet(at, high[at : at + 128], stamp=prompt(7, at // 128)))
            two.send(packet(at, low[at : at + 128], stamp=prompt(9, at // 128)))
        first, second = sounds(one, 100), sounds(two, 100)
        assert {stamp % 16 for _, stamp, _ in first} == {7}
        assert {stamp % 16 for _, stamp, _ in second} == {9}
        np.testing.assert_allclose(np.concatenate([y for _, _, y in second]), low, atol=1e-4)
        want = Chain([("ring", {"carrier_hz": 70})]).process(high.astype(np.float32))
        np.testing.assert_allclose(np.concatenate([y for _, _, y in first]), want, atol=1e-4)

        one.send(json.dumps({"chain": [["gain", {"level_db": -40}]]}))
        while json.loads(one.recv(PATIENCE)).get("kind") != "chain":
            pass
        for at in range(12800, 25600, 128):
            one.send(packet(at, high[at - 12800 : at - 12672]))
        y = np.concatenate([y for _, _, y in sounds(one, 100)])
        assert 0.004 < np.abs(y[-1280:]).max() < 0.006, "40 dB softer"
        for wrong in (
            {"chain": [["nothing", {}]]},
            {"set": [5, "level_db", 0]},
            {"set": "x"},
            [1],
            {"set": [0, "level_db", 1e9]},
        ):
            one.send(json.dumps(wrong))
            while (answer := one.recv(PATIENCE)) and (not isinstance(answer, str) or "problem" not in answer):
                pass
            assert json.loads(answer)["message"].endswith(".")
    assert app.settled()["sessions"] == 0


@pytest.mark.parametrize(
    ("send", "says"),
    [
        ([b"abc"], "64 to 960"),
        ([packet(0, np.zeros(128)) + b"\0"], "64 to 960"),
        ([packet(128 * i, np.zeros(128)) for i in range(1500)], "48000 samples a second"),
        (["{"], "JSON"),
        (['{"set": [0]}'] * 200, "too many"),
        ([b"x" * 20_000], "1009"),
        (["x" * 9_000], "1009"),
    ],
)
def test_websocket_nonsense_ends_its_own_connection_only(app, send, says):
    with app.socket() as good, app.socket() as bad:
        ready(good), ready(bad)
        try:
            for message in send:
                bad.send(message)
            if says == "JSON":  # a bad control message is answered, and the line stays
                assert "problem" in bad.recv(PATIENCE)
                bad.send(packet(0, np.zeros(128)))
                sounds(bad, 1)
            else:
                messages = until_closed(bad)
                told = " ".join(message.get("message", "") for message in messages) + f" {bad.close_code}"
                assert says in told
        except ConnectionClosed:  # the server was quicker than we
            pass
        good.send(packet(0, tone(200, 128)))
        ((_, _, sound),) = sounds(good, 1)
        np.testing.assert_allclose(sound, tone(200, 128), atol=1e-4)
    assert app.settled()["sessions"] == 0


def test_bad_hellos_and_foreign_pages_are_refused(app):
    with pytest.raises(InvalidStatus) as refused, app.socket(origin="http://evil.example"):
        pass
    assert refused.value.response.status_code == 403
    assert app.post(b"{}", origin="http://evil.example") == (
        403,
        {"error": "The voice changer answers only pages of this app."},
    )
    assert app.post(b"{}", origin="")[0] == 403
    for body, status in (
        (b"{", 400),
        (b"[]", 400),
        (b"[" * 50_000, 400),
        (b"\0", 400),
        (b"\xff", 400),
        (b"{}", 400),
        (b" " * 70_000, 413),
    ):
        code, answer = app.post(body)
        assert (code, answer["error"][-1]) == (status, ".")
    sdp = "v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
    for offer in (
        {"kind": "data", "sdp": sdp},
        {"kind": "track", "sdp": sdp, "prefetch": 99},
        {"kind": "fax", "sdp": sdp},
    ):
        assert app.post(json.dumps(offer).encode())[0] == 400
    for hello in (
        {"chain": [["nothing", {}]]},
        {"chain": 3},
        {"packet": 5},
        [],
        {"chain": [["gain", {"level_db": "x"}]]},
    ):
        with app.socket(hello) as line:
            (message,) = until_closed(line)
            assert message["kind"] == "error"
            assert message["message"].endswith(".")
    for first in ("[" * 50_000, "\0", "a" * 5000):
        with app.socket() as good, connect(app.url.replace("http", "ws") + "/voice/ws", origin=app.url) as line:
            line.send(first)
            assert until_closed(line) == []
            assert (line.close_code, line.close_reason) == (1003, "The first message must say what is wanted, in JSON.")
            ready(good)
    assert app.settled()["sessions"] == 0


def test_limits_number_silence_and_time(strict):
    with strict.socket() as one, strict.socket() as two:
        ready(one), ready(two)
        with strict.socket() as three:
            (message,) = until_closed(three)
            assert "already changes 2 voices" in message["message"]
        assert strict.post(b'{"kind": "data"}')[0] == 429
        began = time.monotonic()
        assert last_words_while_talking(one)["message"].startswith("The connection ended after 0.05 minutes")
        assert time.monotonic() - began > 2
        assert until_closed(two)[-1]["message"].startswith("No sound came for 2 s")
    # An offer that leads to no connection is forgotten.
    awaited(forgotten_offer(strict))
    assert strict.settled()["sessions"] == 0


def last_words_while_talking(line) -> dict:
    with suppress(ConnectionClosed):
        for frame in itertools.count(0, 480):
            line.send(packet(frame, np.zeros(480)))
            time.sleep(0.01)
            while isinstance(answer := line.recv(PATIENCE), str):
                if json.loads(answer)["kind"] == "end":
                    return json.loads(answer)
    return until_closed(line)[-1]


async def forgotten_offer(app) -> None:
    from aiortc import RTCConfiguration, RTCPeerConnection

    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.createDataChannel("audio")
    await connection.setLocalDescription(await connection.createOffer())
    answer = await app.process.ask("offer", {"kind": "data", "sdp": connection.localDescription.sdp})
    assert answer["status"] == 200
    await connection.close()


def test_webrtc_two_data_connections_and_one_that_sends_nonsense(app):
    async def talk() -> None:
        async with webrtc(app.process, chain=ROBOT) as one, webrtc(app.process) as two, webrtc(app.process) as bad:
            high, low = tone(900, 6400), tone(300, 6400)
            bad.audio.send(b"odd")
            for at in range(0, 6400, 128):
                one.audio.send(packet(at, high[at : at + 128], stamp=prompt(3, at // 128)))
                two.audio.send(packet(at, low[at : at + 128], stamp=prompt(4, at // 128)))
                await asyncio.sleep(0.002)
            await asyncio.wait_for(bad.over.wait(), PATIENCE)
            assert "64 to 960" in bad.messages[-1]["message"]
            await asyncio.to_thread(until, lambda: len(one.packets) >= 50 and len(two.packets) >= 50)
            for peer, visitor, want in (
                (one, 3, Chain([("ring", {"carrier_hz": 70})]).process(high.astype(np.float32))),
                (two, 4, low),
            ):
                got = sorted((unpack(data) for data in peer.packets), key=lambda item: item[0])
                assert {stamp % 16 for _, stamp, _ in got if stamp} == {visitor}
                heard = {frame: y for frame, stamp, y in got if stamp}
                assert len(heard) >= 45, "unreliable, but this is one machine"
                if len(heard) == 50:  # nothing was lost, so the effects heard the same
                    np.testing.assert_allclose(
                        np.concatenate([heard[at] for at in range(0, 6400, 128)]), want, atol=1e-4
                    )

    awaited(talk())
    assert app.settled()["sessions"] == 0


def test_webrtc_track_comes_back_changed(app):
    async def talk() -> np.ndarray:
        from aiortc import MediaStreamTrack
        from av import AudioFrame

        class Tone(MediaStreamTrack):
            kind = "audio"
            at = 0

            async def recv(self) -> AudioFrame:
                await asyncio.sleep(0.02)
                pcm = np.rint(tone(1000, 960, self.at) * 32767).astype(np.int16)
                frame = AudioFrame.from_ndarray(pcm[None, :], format="s16", layout="mono")
                frame.sample_rate, frame.pts = 48000, self.at
                self.at += 960
                return frame

        async with webrtc(
            app.process, chain=[["ring", {"carrier_hz": 200}]], kind="track", track=Tone(), prefetch=0
        ) as peer:
            (receiver,) = [t.receiver for t in peer.connection.getTransceivers()]
            heard = []
            while len(heard) < 40:
                frame = await asyncio.wait_for(receiver.track.recv(), 10)
                heard.append(frame.to_ndarray().reshape(-1, 2)[:, 0] / 32768)
            y = np.concatenate(heard[20:])
            return np.abs(np.fft.rfft(y * np.hanning(len(y))))[:: len(y) // 480]  # every 100 Hz

    spectrum = awaited(talk())
    assert set(np.argsort(spectrum)[-2:]) == {8, 12}, "1000 Hz times 200 Hz is 800 and 1200 Hz"
    assert app.settled()["sessions"] == 0


def test_a_hundred_connections_leave_nothing_behind(app):
    with app.socket() as line:
        ready(line)
    before, app_before = app.settled(), app.tasks()

    async def twenty() -> None:
        for i in range(20):
            async with webrtc(app.process) as peer:
                peer.audio.send(packet(0, np.zeros(128)))
                if i % 2:
                    await asyncio.sleep(0.01)

    for i in range(80):
        with app.socket() as line:
            if i % 4:  # every fourth leaves before it is answered
                ready(line)
                line.send(packet(0, np.zeros(128)))
    awaited(twenty())
    after = app.settled()
    assert (after["sessions"], after["tasks"]) == (0, before["tasks"])
    assert after["threads"] <= before["threads"] + 4  # a pool may have grown by its few threads
    assert app.tasks() == app_before
    assert after["heavy"] == [], "models would stall the sound"


def test_a_killed_process_is_started_again_and_ends_with_its_app(app):
    first = app.process.pid
    with app.socket() as line:
        ready(line)
        os.kill(first, signal.SIGKILL)
        assert until_closed(line) == []
    with app.socket() as line:
        ready(line)
        line.send(packet(0, np.zeros(128)))
        sounds(line, 1)
    assert app.process.pid not in (None, first)

    async def again() -> None:
        async with webrtc(app.process):
            pass

    os.kill(app.process.pid, signal.SIGKILL)
    awaited(again())
    app.process.stop()
    assert app.process.pid is None

    # An app that is killed takes its voice process with it: that one waits for the end of its standard input.
    code = "import os; from spaces.voice_changer.link.supervisor import PROCESS; PROCESS.start(); "
    code += "print(PROCESS.pid, flush=True); os.kill(os.getpid(), 9)"
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as doomed:
        pid = int(doomed.stdout.readline())
    assert until(lambda: not alive(pid))


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"  # a zombie waits for its new parent
    except FileNotFoundError:
        return False


def test_a_process_that_does_not_start_is_told_in_a_sentence(monkeypatch, capfd):
    monkeypatch.setenv("VOICE_IDLE_S", "soon")
    broken = Supervisor()
    with pytest.raises(RuntimeError, match="did not start"):
        broken.start()
    assert "VOICE_IDLE_S must be a number" in capfd.readouterr().err
    assert broken.pid is None
