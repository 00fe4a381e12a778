// Changes a whole clip in one go, off the page's thread: what the pictures show before anything plays.
import { VoiceChain } from './engine.js';
import { pitchTrack } from './room_signal.js';

const BLOCK = 128;
const RATE = 48000;
const HOP_S = 0.01; // between two pitch values
let before = null; // { samples, pitch } of the clip in hand

const look = (samples) => ({ samples, pitch: pitchTrack(samples, RATE, HOP_S) });

function change(samples, steps) {
  const chain = new VoiceChain(steps);
  const out = new Float32Array(samples.length);
  const start = performance.now();
  for (let at = 0; at < samples.length; at += BLOCK) {
    const end = Math.min(samples.length, at + BLOCK);
    chain.process(samples.subarray(at, end), out.subarray(at, end));
  }
  const took_ms = performance.now() - start;
  return { out, latency: chain.latency, took_ms, block_us: (1000 * took_ms * BLOCK) / samples.length };
}

self.onmessage = ({ data }) => {
  if (data.samples) before = look(data.samples);
  try {
    const { out, latency, took_ms, block_us } = change(before.samples, data.steps);
    const after = look(out);
    self.postMessage({ id: data.id, latency, took_ms, block_us, seconds: out.length / RATE, before, after });
  } catch (error) {
    self.postMessage({ id: data.id, problem: error.message });
  }
};
