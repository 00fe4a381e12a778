"""The voice link without a network: packets through the effects, limits, offers."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from algorithms.voice.effects import Chain
from spaces.voice_changer.link import limits, peers, routes
from spaces.voice_changer.link.sessions import Refusal, Sessions
from spaces.voice_changer.link.stream import BadPacket, Stream, Voice, check_chain
from spaces.voice_changer.link.supervisor import ProcessUnavailable, Supervisor
from tests.helpers.app import ROOT
from tests.helpers.awaited import awaited
from tests.helpers.voice_lines import HEADER, packet, tone, unpack

LOUD = [("gain", {"level_db": 6})]


def stream(steps=()) -> Stream:
    return Stream(Voice(Chain(list(steps))))


def sent_us(frame: int) -> int:
    return 1 + round(frame / 0.048)


def through(line: Stream, sound: np.ndarray, size: int = 128, first: int = 0) -> list[tuple[int, int, np.ndarray]]:
    """Send sound in packets at the speed of sound; return all answers."""
    answers = []
    for at in range(0, len(sound) - size + 1, size):
        answers += line.take(packet(first + at, sound[at : at + size], stamp=sent_us(at)), at / 48000)
    return [unpack(answer) for answer in answers]


@pytest.mark.parametrize("size", [64, 128, 480, 960])
def test_packets_come_back_changed_with_their_frame_and_time(size):
    sound = tone(440, 4800)
    answers = through(stream([("limiter", {}), ("ring", {})]), sound, size)
    want = Chain([("limiter", {}), ("ring", {})]).process(sound.astype(np.float32))
    assert [frame for frame, _, _ in answers] == list(range(0, 4800 - size + 1, size))
    assert [stamp for _, stamp, _ in answers] == [sent_us(at) for at in range(0, 4800 - size + 1, size)]
    got = np.concatenate([y for _, _, y in answers])
    np.testing.assert_allclose(got, want[: len(got)], atol=1e-4)  # int16 there and back


def test_frame_numbers_run_on_over_their_end():
    line = stream()
    sound = tone(300, 1280)
    answers = through(line, sound, first=2**32 - 512)
    assert [frame for frame, _, _ in answers] == [(2**32 - 512 + at) % 2**32 for at in range(0, 1280, 128)]
    assert line.lost == line.late == 0


def test_a_lost_packet_gets_a_stand_in_without_a_jump():
    line = stream()
    sound = tone(200, 1024)
    answers = []
    for at in (0, 128, 384, 512):  # the packet of frame 256 is lost
        answers += line.take(packet(at, sound[at : at + 128], sent_us(at)), at / 48000)
    frames = [unpack(answer)[0] for answer in answers]
    assert frames == [0, 128, 256, 384, 512]
    assert unpack(answers[2])[1] == 0, "a stand-in carries no time"
    out = np.concatenate([unpack(answer)[2] for answer in answers])
    slope = np.abs(np.diff(sound)).max()
    assert np.abs(np.diff(out)).max() < 4 * slope
    assert np.abs(out[256:300]).max() > 0.1, "the stand-in is the last sound, not silence"
    assert line.lost == 128


def test_a_late_packet_is_left_out_and_a_long_gap_starts_anew():
    line = stream()
    through(line, tone(200, 1024))
    assert line.take(packet(512, tone(200, 128)), 1.0) == []
    assert line.late == 1
    (answer,) = line.take(packet(96_000, tone(200, 128)), 2.0)  # two seconds later
    assert unpack(answer)[0] == 96_000
    (answer,) = line.take(packet(0, tone(200, 128)), 2.1)  # the browser's clock began again
    assert unpack(answer)[0] == 0


@pytest.mark.parametrize(
    ("bad", "says"),
    [("text", "text"), (b"", "64 to 960"), (packet(0, np.zeros(128))[:-1], "64 to 960"), (b"x" * 5, "64 to 960")]
    + [(packet(0, np.zeros(n)), "64 to 960") for n in (0, 63, 961, 30_000)],
)
def test_what_is_no_packet_is_refused_in_a_sentence(bad, says):
    with pytest.raises(BadPacket, match=says):
        stream().take(bad, 0.0)


@given(st.lists(st.binary(max_size=400), max_size=8))
def test_any_bytes_are_answered_or_refused(messages):
    line = stream([("gain", {})])
    for i, message in enumerate(messages):
        try:
            for answer in line.take(message, i / 100):
                frame, _, sound = unpack(answer)
                assert 0 <= frame < 2**32
                assert 1 <= len(sound) <= 960
                assert np.abs(sound).max() <= 1
        except BadPacket:
            return  # the connection is over


def test_more_sound_than_time_is_refused_but_a_heap_after_a_stall_is_not():
    line = stream()
    for i in range(375):  # a second of sound at once: the browser was held up
        line.take(packet(128 * i, np.zeros(128)), 5.0)
    with pytest.raises(BadPacket, match="48000 samples a second"):
        line.take(packet(128 * 375, np.zeros(128)), 5.0)
    calm = stream()
    for i in range(3000):  # a clock that is 1 % fast is no flood
        calm.take(packet(128 * i, np.zeros(128)), i * 128 / 48000 / 1.01)


def test_a_queue_drains_instead_of_being_late_for_ever():
    """Packets wait 0 to 90 ms in the socket while the machine is slow; the browser's clock wraps on the way."""
    line = stream()
    waits_s = [0.0] * 50 + [0.001 * k for k in range(90)] + [0.03] * 5 + [0.01] * 50
    waits_s += [0.5] * 400  # from here on the way is longer: another route
    answered, told_us = [], []
    for i, wait_s in enumerate(waits_s):
        sent_s = i * 128 / 48000
        stamp = (2**32 - 200_000 + round(sent_s * 1e6)) % 2**32 or 1
        answers = line.take(packet(128 * i, np.zeros(128), stamp), 1000 + sent_s + wait_s)
        answered.append(bool(answers))
        told_us += [HEADER.unpack_from(answer)[2] for answer in answers]
    assert answered == [True] * 111 + [False] * 34 + [True] * 50 + [False] * 375 + [True] * 25
    assert line.late == 34 + 375
    assert told_us[:111] == pytest.approx([1e6 * wait_s for wait_s in waits_s[:111]], abs=500)


def test_exchanging_and_bypassing_fade_without_a_jump():
    sound = tone(150, 48000).astype(np.float32)
    voice = Voice(Chain(LOUD))
    out = []
    for i in range(0, len(sound), 128):
        if i == 12800:
            voice.exchange(Chain([("gain", {"level_db": -20})]))
        if i == 25600:
            voice.bypass(True)
        if i == 38400:
            voice.bypass(False)
        out.append(voice.process(sound[i : i + 128]))
    y = np.concatenate(out)
    assert np.abs(np.diff(y)).max() < 3 * np.abs(np.diff(sound)).max()
    for at, gain in ((6000, 2), (20000, 0.1), (32000, 1), (45000, 0.1)):
        np.testing.assert_allclose(y[at : at + 640], gain * sound[at : at + 640], rtol=0.02, atol=1e-3)


def test_a_chain_is_checked():
    assert check_chain([["gain", {"level_db": 3}]]) == [("gain", {"level_db": 3})]
    for bad in ("gain", [["gain"]], [["gain", 3]], [[1, {}]], {"gain": {}}, None, [["gain", {}]] * 13):
        with pytest.raises(ValueError, match=r"chain"):
            check_chain(bad)


def test_limits_and_ice_servers_come_from_the_environment():
    assert limits.Limits.from_environment({}) == limits.Limits()
    told = {"VOICE_MAX_CONNECTIONS": "3", "VOICE_MAX_MINUTES": "0.5", "VOICE_IDLE_S": "2", "VOICE_CONNECT_S": "4"}
    told["VOICE_MAX_PER_VISITOR"] = "2"
    assert limits.Limits.from_environment(told) == limits.Limits(3, 2, 30.0, 2.0, 4.0)
    for bad in ("many", "0", "-1", "nan", "inf"):
        with pytest.raises(ValueError, match="VOICE_IDLE_S must be a number"):
            limits.Limits.from_environment({"VOICE_IDLE_S": bad})
    assert limits.ice_servers({}) == []
    assert limits.ice_servers({"VOICE_ICE_SERVERS": '[{"urls": "stun:s.example"}]'}) == [{"urls": "stun:s.example"}]
    for bad in ("{", '"x"', "[1]", "[{}]"):
        with pytest.raises(ValueError, match="VOICE_ICE_SERVERS must be a JSON list"):
            limits.ice_servers({"VOICE_ICE_SERVERS": bad})
    with pytest.raises(ValueError, match="VOICE_TURN_SECRET"):
        limits.ice_servers({"VOICE_TURN_URLS": "turn:t.example"})


def test_turn_credentials_are_those_of_openssl():
    told = {"VOICE_TURN_URLS": "turns:t.example:443?transport=tcp", "VOICE_TURN_SECRET": "north"}
    (server,) = limits.ice_servers(told, now_s=1_700_000_000)
    assert server["username"] == "1700086400"
    command = ["openssl", "dgst", "-sha1", "-hmac", "north", "-binary"]
    digest = subprocess.run(command, input=b"1700086400", capture_output=True, check=True).stdout
    encoded = subprocess.run(["openssl", "base64"], input=digest, capture_output=True, check=True).stdout
    assert server["credential"] == encoded.decode().strip()


SDP = "v=0\r\n" + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"


def nowhere(_address: str) -> bool:
    return False


def test_offers_are_checked_and_ask_nothing_of_the_network():
    local = "a=candidate:1 1 udp 2113937151 0f2b7a6c-1111-4111-8111-111111111111.local 50000 typ host\r\n"
    near = "a=candidate:2 1 udp 2113937151 10.0.0.7 50001 typ host\r\n"
    assert peers.check_sdp(SDP + local + near, "data", peers.reachable("10.0.0.7", [])) == SDP + near
    audio = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
    assert peers.check_sdp(SDP + audio, "track", nowhere) == SDP + audio
    bad = [(None, "data"), ("hello", "data"), ("v=0\r\n", "data"), (SDP + audio, "data"), (SDP, "track")]
    bad += [(SDP + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n", "data"), (SDP + near * 40, "data")]
    for sdp, kind in bad:
        with pytest.raises(Refusal, match=r"\.$"):
            peers.check_sdp(sdp, kind, nowhere)


def test_the_server_sends_to_its_visitor_and_the_ice_servers_only():
    servers = [{"urls": ["turn:192.0.2.7:3478?transport=udp", "stun:192.0.2.8"]}, {"urls": "turns:[2001:db8::1]:443"}]
    may = peers.reachable("198.51.100.4", servers)
    assert all(map(may, ("198.51.100.4", "192.0.2.7", "192.0.2.8", "2001:db8::1")))
    others = ("10.0.0.7", "169.254.169.254", "127.0.0.1", "8.8.8.8", "a.example.org", "", "224.0.0.1")
    assert not any(map(may, others))
    here = peers.reachable("127.0.0.1", [])
    assert here("127.0.0.2"), "another address of this machine, for a visitor on it"
    assert not any(map(here, ("192.0.2.7", "169.254.169.254", "224.0.0.1", "a.example.org")))


def test_an_offer_without_a_candidate_waits_at_the_visitors_own_address():
    there = "a=candidate:1 1 udp 1 198.51.100.4 9 typ host\r\n"
    audio = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
    assert peers.with_somewhere(SDP + audio, "198.51.100.4") == SDP + there + audio
    assert peers.with_somewhere(SDP + there, "198.51.100.5") == SDP + there
    assert peers.with_somewhere(SDP, "") == SDP


def test_a_voice_process_that_can_not_be_started_is_told_in_a_sentence(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ProcessUnavailable, match="did not start"):
        Supervisor().start()


def test_one_visitor_can_not_take_all_places():
    async def visits() -> None:
        warm = asyncio.get_running_loop().create_future()
        sessions = Sessions(limits.Limits(connections=4, per_visitor=3), warm)
        taken = [sessions.add({"visitor": "198.51.100.4"}) for _ in range(3)]
        with pytest.raises(Refusal, match="From your address 3 voices") as refused:
            sessions.add({"visitor": "198.51.100.4"})
        assert refused.value.status == 429
        sessions.add({"visitor": "198.51.100.5"})
        taken[0].close()
        sessions.add({"visitor": "198.51.100.4"})

    awaited(visits())


@pytest.mark.parametrize(
    ("headers", "same"),
    [
        ({"origin": "http://lab.example", "host": "lab.example"}, True),
        ({"origin": "https://lab.example", "host": "10.0.0.1:7860", "x-forwarded-host": "lab.example"}, True),
        ({"origin": "http://LAB.example:7860", "host": "lab.example:7860"}, True),
        ({"origin": "http://evil.example", "host": "lab.example"}, False),
        ({"origin": "http://evil.example", "host": "evil.example"}, False),
        ({"origin": "http://evil.example", "host": "lab.example", "x-forwarded-host": "evil.example"}, False),
        ({"origin": "null", "host": "lab.example"}, False),
        ({"host": "lab.example"}, False),
        ({"origin": "http://lab.example:1234", "host": "lab.example"}, False),
    ],
)
def test_only_pages_of_the_app_are_answered(headers, same, monkeypatch):
    from starlette.requests import HTTPConnection

    monkeypatch.setenv("SPEECH_LAB_HOSTS", "lab.example")
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert routes.same_origin(HTTPConnection({"type": "http", "headers": raw})) is same


def test_the_apps_process_loads_nothing_heavy_for_the_routes():
    code = "import sys, spaces.voice_changer.link.routes; "
    code += "print([name for name in ('numpy', 'aiortc', 'av', 'numba') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
