"""The voice link in a real browser: the ring, the delay found in a sound, every transport, and what may go wrong."""

from __future__ import annotations

import os
import signal

import pytest

from components import static_files
from tests.helpers.browser import Visitor
from tests.helpers.voice_lines import voice_app

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SETUP = """async (base) => {
  for (const name of ['link', 'ring', 'delay', 'engine']) Object.assign(window, await import(`/${base}${name}.js`));
  window.links = [];
  window.states = [];
  window.wait = (ms) => new Promise((done) => setTimeout(done, ms));
  window.open_ = async (options) => {
    const link = await VoiceLink.open({ monitor: false, onstate: (s) => states.push(s), ...options });
    links.push(link);
    return link;
  };
  window.until = async (test, ms = 30000) => {
    for (const end = performance.now() + ms; performance.now() < end; await wait(30)) if (test()) return true;
    throw new Error(`waited in vain for ${test}: ${JSON.stringify(states)}`);
  };
  window.readings = async (link, n) => {
    await until(() => link.counts.found.count >= n);
    return link.stats();
  };
  // The loudest frequency that comes out, and whether nothing else does.
  window.peak = (link) => {
    const x = new Float32Array(1024);
    link.after.getFloatFrequencyData(x);
    const top = x.indexOf(Math.max(...x));
    const others = x.filter((_, k) => Math.abs(k - top) > 12);
    return [Math.round(top * 48000 / 2048 / 250) * 250, Math.max(...others) - x[top] < -35];
  };
  window.tone = (hz) => {
    const buffer = new AudioBuffer({ length: 48000, sampleRate: 48000 });
    buffer.getChannelData(0).forEach((_, i, all) => (all[i] = 0.5 * Math.sin(2 * Math.PI * hz * i / 48000)));
    return { kind: 'file', buffer, loop: true };
  };
}"""


@pytest.fixture(scope="module")
def app():
    with voice_app() as running:
        yield running


@pytest.fixture
def bare(chromium, app):
    """A bare page that has imported the link; ``bare(script, arg)`` runs an async function's body there."""
    visitor = Visitor(chromium, app.url)
    visitor.page.goto(app.url)
    visitor.page.evaluate(SETUP, static_files.url("", "voice_changer"))

    def run(body: str, arg=None):
        return visitor.page.evaluate(f"async (arg) => {{ {body} }}", arg)

    run.visitor = visitor
    yield run
    visitor.page.evaluate("links.forEach((link) => link.close())")
    visitor.context.close()
    assert visitor.errors == []
    assert visitor.foreign() == []


def test_ring_plays_each_frame_d_later_and_adapts_within_limits(bare):
    out = bare("""
      const sine = (f) => 0.5 * Math.sin(2 * Math.PI * 200 * f / 48000);
      const block = (p) => Float32Array.from({ length: 128 }, (_, i) => sine(p * 128 + i));
      // `journey(p)`: quanta after which packet p arrives; -1 for never.
      const run = (ring, quanta, journey) => {
        const heard = [];
        for (let q = 0; q < quanta; q++) {
          for (let p = 0; p <= q; p++) if (q - p === journey(p)) ring.put(p * 128, block(p), q * 128);
          const out = new Float32Array(128);
          ring.get(q * 128, out);
          heard.push(...out);
        }
        return heard.slice(640);
      };
      const rings = Array.from({ length: 3 }, () => new Ring({ target: 384 }));
      const exact = run(rings[0], 40, () => 1);
      const holed = run(rings[1], 60, (p) => ([20, 21, 40].includes(p) ? -1 : 1));
      run(rings[2], 60, (p) => (p === 20 ? 4 : 1));
      // Four minutes, and the D that the ring has chosen at the end, in quanta.
      const chosen = (journey) => {
        const ring = new Ring();
        const empty = new Float32Array(128);
        for (let q = 200; q < 94 * 4 * 120; q++) {
          ring.put((q - journey(q)) * 128, empty, q * 128);
          ring.get(q * 128, empty);
          if (q % 94 === 93) ring.adapt();
        }
        return ring.D / 128;
      };
      return {
        worst: Math.max(...exact.map((v, i) => Math.abs(v - sine(640 + i - 384)))),
        jump: Math.max(...holed.slice(1).map((v, i) => Math.abs(v - holed[i]))),
        gaps: [rings[1].underruns, rings[1].missing],
        late: [rings[2].late, rings[2].underruns],
        strange: [new Ring().put(5000, block(0), 128), new Ring().put(0, block(0), 30000)],
        chosen: {
          steady: chosen(() => 1),
          slow: chosen(() => 5),
          distant: chosen(() => 48),
          jittery: chosen((q) => (q % 50 ? 1 : 6)),
          dear: chosen((q) => (q % 500 === 0 ? 4 : q % 5000 === 1 ? 12 : 1)),
          stalled: chosen((q) => (q % 3000 > 2992 ? 30 : 1)),
        },
      };
    """)
    assert out["worst"] < 1e-6
    assert out["gaps"] == [2, 384]
    assert out["jump"] < 6 * 0.5 * 2 * 3.1416 * 200 / 48000, "a gap and its end are no clicks"
    assert out["late"] == [1, 1]
    assert out["strange"] == [-1, -1], "packets of another clock are left out"
    # As long as the usual journey, longer where that saves many gaps; no D bridges a stall of the whole machine.
    assert out["chosen"] == {"steady": 4, "slow": 5, "distant": 48, "jittery": 6, "dear": 4, "stalled": 4}


def test_delay_is_found_in_the_sound_to_a_fraction_of_a_millisecond(bare):
    out = bare("""
      const sound = probeBuffer(new OfflineAudioContext(1, 48000, 48000)).getChannelData(0);
      const envelope = (delay, gain = () => 1) => Float32Array.from({ length: 6300 }, (_, k) => {
        let sum = 0;
        for (let i = 0; i < 16; i++) sum += (sound[48000 + k * 16 + i - delay] * gain(k)) ** 2;
        return Math.sqrt(sum);
      });
      const sent = envelope(0);
      const swelling = (k) => 0.2 + 0.1 * Math.sin(k / 900);
      let seed = 1;
      const noise = Float32Array.from({ length: 6300 }, () => (seed = (seed * 48271) % 2147483647) / 2147483647);
      const found = (delay) => findDelay(sent, envelope(delay, swelling))?.delay_ms;
      return {
        wrong: [0, 100, 531, 7680, 38400].map((delay) => found(delay) - delay / 48),
        none: [findDelay(sent, new Float32Array(6300)), findDelay(sent, noise)],
      };
    """)
    assert out["wrong"] == pytest.approx([0] * 5, abs=0.4)
    assert out["none"] == [None, None]


def test_in_the_browser_the_effects_own_delay_and_no_server(bare):
    bare.visitor.context.set_offline(True)
    out = bare("""
      const link = await open_({ chain: PRESETS.chipmunk.chain });
      const stats = await readings(link, 3);
      link.setChain([['gain', { level_db: 0 }]]);
      link.set(0, 'level_db', -40);
      const refused = [];
      for (const wrong of [() => link.set(0, 'level_db', 999), () => link.setChain([['none', {}]])]) {
        try { wrong(); } catch (error) { refused.push(error.message); }
      }
      const level = (node) => {
        const x = new Float32Array(2048);
        node.getFloatTimeDomainData(x);
        return Math.max(...x.map(Math.abs));
      };
      const ratio = (low, high) => until(() => {
        const before = level(link.before);
        return before > 0.1 && level(link.after) > low * before && level(link.after) < high * before;
      });
      await ratio(0.005, 0.02);
      link.bypass(true);
      await ratio(0.9, 1.1);
      link.bypass(false);
      await ratio(0.005, 0.02);
      link.close();
      return { stats, refused, last: states.at(-1) };
    """)
    bare.visitor.context.set_offline(False)
    declared = out["stats"]["budget"]["declared_ms"]
    assert 1 <= declared <= 15
    assert out["stats"]["median_ms"] == pytest.approx(declared, abs=2.5)
    assert len(out["refused"]) == 2
    assert out["last"]["state"] == "ended"


@pytest.mark.parametrize("transport", ["data", "websocket", "track"])
def test_what_the_packets_say_is_what_is_heard_and_the_budget_adds_up(bare, app, transport):
    # With relays only and none of them there is no way for WebRTC: the fallback.
    options = {"data": {}, "websocket": {"transport": "data", "iceTransportPolicy": "relay"}, "track": {"prefetch": 4}}
    out = bare(
        """
        const link = await open_({ chain: [['gain', { level_db: -6 }]], ringMs: 150, ...arg });
        await readings(link, 1);
        // A gap (the machine is busy) bends what is found; a reading without one is enough.
        let found = null;
        const clean = arg.transport === 'track' ? 0.6 : 0.99;
        await until(() => {
          if (link.stats().found_correlation > clean) found = link.counts.found.list().at(-1);
          return found !== null && link.stats().cpu_percent !== null;
        });
        const { samples_ms, journeys_ms, ...stats } = link.stats();
        const told = states.at(-1);
        link.set(0, 'level_db', -20);
        link.close();
        return { ...stats, found, ran: link.transport, message: told.message, samples: [...samples_ms].slice(-50) };
        """,
        {"transport": transport, **options[transport]},
    )
    assert out["ran"] == transport
    assert ("WebSocket" in out["message"]) == (transport == "websocket"), "the page says what really runs"
    if transport == "track":
        assert out["median_ms"] > 60, "Opus, four packets gathered, the browser's jitter buffer"
    else:
        assert out["samples"] == pytest.approx([150] * 50)
        assert out["found"] == pytest.approx(150, abs=0.5)
    budget, names = out["budget"], ["capture", "packet", "network_out", "queue", "processing", "algorithm"]
    parts = [budget[f"{name}_ms"] for name in [*names, "network_back", "ring", "playout"]]
    assert sum(parts) == pytest.approx(budget["measured_ms"], abs=1e-3)
    assert min(parts) >= 0
    assert out["cpu_percent"] > 0
    assert app.settled()["sessions"] == 0


def test_three_links_hear_only_themselves_and_survive_the_servers_death(bare, app):
    # The track's codec adds a little of its own to a tone, so only its frequency is looked at.
    heard = """
      let p;
      await until(() => {
        p = [one, two, three].map(peak);
        return p[0][1] && p[1][1] && p[2][0] === 2000;
      });
      return p.map(([hz]) => hz);
    """
    bare("""
      const usual = { chain: [['gain', { level_db: 0 }]], ringMs: 150 };
      window.one = await open_({ ...usual, transport: 'data', source: tone(1000) });
      window.three = await open_({ ...usual, transport: 'track', source: tone(2000) });
      window.two = await open_({ ...usual, transport: 'websocket', source: tone(3000) });
    """)
    assert bare(heard) == [1000, 3000, 2000]
    os.kill(app.process.pid, signal.SIGKILL)
    states = bare("""
      await until(() => states.filter((s) => s.state === 'reconnecting').length >= 3);
      await until(() => [one, two, three].every((link) => link.state === 'running'), 60000);
      return states;
    """)
    assert [s["state"] for s in states].count("running") == 6
    assert all(s["message"].endswith(".") for s in states if s["state"] == "reconnecting")
    assert bare(heard) == [1000, 3000, 2000]


def test_what_goes_wrong_is_said_in_a_sentence(bare):
    out = bare("""
      const fails = async (options) => open_(options).then(() => 'no failure', (error) => error.message);
      const said = { chain: await fails({ chain: [['nothing', {}]] }) };
      said.file = await fails({ source: { kind: 'file' } });
      const asked = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      for (const name of ['NotAllowedError', 'NotFoundError', 'NotReadableError', 'OddError']) {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name));
        said[name] = await fails({ source: { kind: 'mic' } });
      }
      navigator.mediaDevices.getUserMedia = asked;
      const Usual = window.AudioContext;
      window.AudioContext = class extends Usual { constructor() { super({ sampleRate: 44100 }); } };
      said.rate = await fails({});
      window.AudioContext = Usual;
      const mic = await open_({ source: { kind: 'mic' }, chain: [] });
      mic.input.track.dispatchEvent(new Event('ended')); // as when it is pulled out
      await until(() => mic.state === 'ended');
      said.unplugged = states.at(-1).message;
      const buffer = new AudioBuffer({ length: 24000, sampleRate: 44100 });
      buffer.getChannelData(0).fill(NaN); // a broken file
      const short = await open_({ source: { kind: 'file', buffer }, chain: [['gain', {}]] });
      await until(() => short.state === 'ended');
      said.over = states.at(-1).message;
      return said;
    """)
    assert out.pop("over") == ""
    assert "48000 Hz" in out["rate"]
    assert "disconnected" in out["unplugged"]
    assert "not allowed" in out["NotAllowedError"]
    assert "OddError" in out["OddError"]
    for sentence in out.values():
        assert sentence.endswith("."), sentence
