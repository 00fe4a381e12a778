"""engine.js in Chromium does what the Python chain does, on a page and in an AudioWorklet."""

import base64
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import numpy as np
import pytest

from algorithms.sound import io as audio_io
from algorithms.sound.clips import clip
from algorithms.voice import kernel_js
from algorithms.voice.effects import DEFAULT_PRESET, EFFECTS, PRESETS, RATE, Chain, as_json

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><title>engine</title><script>
const floats = (text) => new Float32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
const text = (array) => {
  const bytes = new Uint8Array(array.buffer);
  let all = '';
  for (let k = 0; k < bytes.length; k += 32768) all += String.fromCharCode(...bytes.subarray(k, k + 32768));
  return btoa(all);
};
</script>"""
ON_A_PAGE = """async ([sound, chains, moves]) => {
  const { VoiceChain } = await import('/engine.js');
  const x = floats(sound);
  const sizes = [128, 64, 960, 1, 333, 2000];
  return chains.map((steps, number) => {
    const chain = new VoiceChain(steps);
    const y = new Float32Array(x.length);
    for (let start = 0, turn = 0; start < x.length; turn++) {
      if (turn === 60) for (const [index, name, value] of moves[number]) chain.set(index, name, value);
      const end = Math.min(x.length, start + sizes[turn % sizes.length]);
      chain.process(x.subarray(start, end), y.subarray(start, end));
      start = end;
    }
    chain.reset();
    const again = new VoiceChain(chain.steps).process(x, new Float32Array(x.length));
    const same = chain.process(x, new Float32Array(x.length)).every((v, k) => v === again[k]);
    return { sound: text(y), latency: chain.latency, steps: chain.steps, same };
  });
}"""
IN_A_WORKLET = """async ([sound, steps]) => {
  const x = floats(sound);
  const context = new OfflineAudioContext(1, x.length, 48000);
  await context.audioWorklet.addModule('/worklet.js');
  const source = context.createBufferSource();
  source.buffer = context.createBuffer(1, x.length, 48000);
  source.buffer.copyToChannel(x, 0);
  const node = new AudioWorkletNode(context, 'voice', { processorOptions: { steps } });
  source.connect(node).connect(context.destination);
  source.start();
  return text((await context.startRendering()).getChannelData(0));
}"""
WORKLET = """
import { VoiceChain } from '/engine.js';
registerProcessor('voice', class extends AudioWorkletProcessor {
  constructor({ processorOptions }) { super(); this.chain = new VoiceChain(processorOptions.steps); }
  process([[input]], [[output]]) { if (input) this.chain.process(input, output); return true; }
});
"""
REFUSED = """async () => {
  const { VoiceChain } = await import('/engine.js');
  const why = (task) => {
    try { task(); return 'nothing was thrown'; } catch (error) { return `${error.name}: ${error.message}`; }
  };
  const chain = new VoiceChain([['pitch', {}]]);
  return [
    why(() => new VoiceChain([['nothing', {}]])),
    why(() => new VoiceChain([['constructor', {}]])),
    why(() => new VoiceChain([['pitch', { hertz: 3 }]])),
    why(() => new VoiceChain([['pitch', { semitones: 13 }]])),
    why(() => new VoiceChain([['pitch', { semitones: NaN }]])),
    why(() => new VoiceChain([], 44100)),
    why(() => chain.set(1, 'semitones', 0)),
    why(() => chain.set(0, 'formant', 9)),
    why(() => chain.process(Float32Array.of(0, NaN), new Float32Array(2))),
  ];
}"""


@pytest.fixture(scope="module")
def page(chromium):
    """An empty page on a host of its own that can import engine.js."""
    files = {
        "/": ("text/html", PAGE),
        "/engine.js": ("text/javascript", kernel_js.ENGINE.read_text(encoding="utf-8")),
        "/worklet.js": ("text/javascript", WORKLET),
    }

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            kind, body = files.get(self.path, ("text/plain", ""))
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        page = chromium.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        yield page
        page.close()
        server.shutdown()
        thread.join()


def packed(x: np.ndarray) -> str:
    return base64.b64encode(x.astype(np.float32).tobytes()).decode()


def unpacked(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), np.float32)


def difference_db(y: np.ndarray, reference: np.ndarray) -> float:
    """Return the largest difference against the largest sample, in dB."""
    return 20 * np.log10(np.abs(y - reference).max() / np.abs(reference).max() + 1e-15)


def sound() -> np.ndarray:
    """Return 1.2 s of speech, and some full-scale noise and silence."""
    rng = np.random.default_rng(0)
    speech = audio_io.load(clip("speech").path, sample_rate=RATE).y[RATE // 2 : RATE // 2 + 57600]
    return np.concatenate([speech, rng.uniform(-1, 1, 2400), np.zeros(2400)]).astype(np.float32)


def test_every_effect_and_preset_sounds_the_same_in_the_browser(page):
    x = sound()
    chains = [[(name, {})] for name in EFFECTS]
    # Every parameter starts away from its default and moves to the other end while the sound runs.
    chains += [[(name, {p.name: p.low for p in effect.params})] for name, effect in EFFECTS.items()]
    moves = [[(0, p.name, p.high) for p in effect.params] for effect in EFFECTS.values()]
    moves = [[] for _ in EFFECTS] + moves + [[] for _ in PRESETS]
    chains += [preset.chain for preset in PRESETS.values()]
    results = page.evaluate(ON_A_PAGE, [packed(x), json.loads(json.dumps(chains)), moves])
    for steps, move, result in zip(chains, moves, results, strict=True):
        chain = Chain(steps)
        sizes, start, turn, parts = [128, 64, 960, 1, 333, 2000], 0, 0, []
        while start < len(x):
            if turn == 60:
                for step in move:
                    chain.set(*step)
            parts.append(chain.process(x[start : start + sizes[turn % 6]]))
            start += sizes[turn % 6]
            turn += 1
        assert difference_db(unpacked(result["sound"]), np.concatenate(parts)) < -60, steps
        assert result["latency"] == chain.latency
        assert result["steps"] == [[name, values] for name, values in chain.steps]
        assert result["same"], "a chain that was reset is as good as new"


def test_the_default_preset_runs_in_an_audio_worklet(page):
    x = sound()
    steps = PRESETS[DEFAULT_PRESET].chain
    y = unpacked(page.evaluate(IN_A_WORKLET, [packed(x), json.loads(json.dumps(steps))]))
    assert difference_db(y, Chain(steps).process(x)) < -60


def test_the_tables_are_python_s(page):
    tables = page.evaluate(
        "import('/engine.js').then(({ RATE, EFFECTS, PRESETS, DEFAULT_PRESET }) =>"
        " [RATE, { effects: EFFECTS, presets: PRESETS }, DEFAULT_PRESET])"
    )
    assert tables == [RATE, json.loads(json.dumps(as_json())), DEFAULT_PRESET]


def test_what_is_wrong_is_refused_with_a_sentence(page):
    said = page.evaluate(REFUSED)
    for text, part in zip(
        said,
        (
            'no effect "nothing"; the effects are: gain, ',
            'no effect "constructor"',
            'no parameter "hertz"; it has: semitones, formant',
            "Pitch must be a number from -12 to 12 semitones, not 13",
            "not NaN",
            "48000 Hz, not 44100",
            "has 1 steps, so there is no step 1",
            "Formants must be a number from -8 to 8 semitones, not 9",
            "not a number between -1 and 1",
        ),
        strict=True,
    ):
        assert text.startswith("RangeError: ")
        assert part in text
