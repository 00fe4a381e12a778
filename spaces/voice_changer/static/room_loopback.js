// From mouth to ear: chirps go out of the loudspeaker and are listened for by the microphone, both on the audio thread's
// clock. What is found is everything that no page can know: sound card, loudspeaker, air, microphone.
import { chirp, find, median } from './room_signal.js';

// When the chirps begin, in s: at uneven distances, so that nothing that repeats in the room is taken for them.
const STARTS_S = [0, 0.55, 1.19, 1.78, 2.45, 3.02, 3.72, 4.29];
const WINDOW_S = 0.5; // after each, in which it is looked for: the longest delay that is found is a little shorter
const SURE = 12; // how far the correlation's peak must stand out
const AGREE_MS = 3;
const PLAIN = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

const WHY = {
  NotAllowedError: 'The browser was not allowed to use the microphone: allow it in the address bar and try again.',
  SecurityError: 'The browser keeps the microphone from this page: open it over HTTPS or on this machine.',
  NotFoundError: 'No microphone was found: connect one and try again.',
  NotReadableError: 'The microphone is in use by another program: close that and try again.',
};

/* Returns { delay_ms, spread_ms, found, count, delays, through_ms }; delay_ms is NaN when too few chirps were heard again.
   through_ms: instead of the loudspeaker and the microphone a delay line of so many ms, to check the ruler itself. */
export async function loopback({ through_ms = null } = {}) {
  const context = new AudioContext({ sampleRate: 48000, latencyHint: 0 });
  let stream = null;
  try {
    if (through_ms === null) {
      if (!navigator.mediaDevices?.getUserMedia) throw Object.assign(new Error(), { name: 'SecurityError' });
      stream = await navigator.mediaDevices.getUserMedia({ audio: PLAIN });
    }
    await context.audioWorklet.addModule(new URL('./room_worklet.js', import.meta.url));
    const sound = chirp(context.sampleRate);
    const starts = STARTS_S.map((s) => Math.round(s * context.sampleRate));
    const window = Math.round(WINDOW_S * context.sampleRate);
    const play = new Float32Array(starts.at(-1) + window);
    for (const start of starts) play.set(sound, start);
    const node = new AudioWorkletNode(context, 'room-loopback', { outputChannelCount: [1], processorOptions: { play } });
    const heard = new Promise((done) => (node.port.onmessage = ({ data }) => done(data)));
    if (stream) {
      context.createMediaStreamSource(stream).connect(node);
      node.connect(context.destination);
    } else {
      // A loop in the graph must have a delay in it, and adds one block of its own.
      const line = new DelayNode(context, { delayTime: through_ms / 1000, maxDelayTime: 1 });
      node.connect(line).connect(node);
      node.connect(new GainNode(context, { gain: 0 })).connect(context.destination);
    }
    await context.resume();
    const late = new Promise((_, fail) => setTimeout(() => fail(new Error('The sound system does not run: press the button again.')), 1000 * (play.length / context.sampleRate + 5)));
    return { ...measure(await Promise.race([heard, late]), sound, starts, window, context.sampleRate), through_ms };
  } catch (error) {
    throw new Error(WHY[error.name] ?? error.message);
  } finally {
    stream?.getTracks().forEach((track) => track.stop());
    context.close();
  }
}

// Looks for the chirp after each start: where it lies is the delay. Other sounds can be taken for it, but not always at the
// same place, so only what agrees within AGREE_MS counts, and more than half must agree.
export function measure(heard, sound, starts, window, rate) {
  const delays = [];
  for (const start of starts) {
    const { at: place, score } = find(heard.subarray(start, start + window), sound);
    if (score >= SURE) delays.push((1000 * place) / rate);
  }
  const near = (centre) => delays.filter((ms) => Math.abs(ms - centre) <= AGREE_MS);
  const agreed = delays.map(near).sort((a, b) => b.length - a.length)[0] ?? [];
  const count = starts.length;
  const enough = agreed.length > count / 2;
  return { delay_ms: enough ? median(agreed) : NaN, spread_ms: enough ? Math.max(...agreed) - Math.min(...agreed) : NaN, found: agreed.length, count, delays };
}

// What is to be said about it. `inside_ms`: what the voice changer adds, NaN while unmeasured.
export function sentence({ delay_ms, spread_ms, found, count, through_ms }, { inside_ms, way }) {
  if (!Number.isFinite(delay_ms)) {
    return `The chirps were not heard again (${found} of ${count} at one place): turn the volume up, use loudspeakers instead of headphones, bring the microphone nearer.`;
  }
  const ruler = `${found} of ${count} chirps came back after ${delay_ms.toFixed(1)} ms (spread ${spread_ms.toFixed(2)} ms).`;
  if (through_ms !== null) return `${ruler} The delay line was set to ${through_ms} ms; a loop inside the browser adds one block of 128 samples, 2.7 ms, so ${(through_ms + 128 / 48).toFixed(1)} ms are right.`;
  const sum = Number.isFinite(inside_ms)
    ? ` With the ${inside_ms.toFixed(1)} ms of the effect ${way} that makes ${(delay_ms + inside_ms).toFixed(0)} ms from mouth to ear.`
    : '';
  const feel = delay_ms > 60 ? ' Most of it is not ours: the operating system, the sound card, or Bluetooth.' : '';
  return `${ruler} That is loudspeaker to microphone, through both converters and the air (1 ms for 34 cm).${sum}${feel}`;
}
