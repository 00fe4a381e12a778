// The audio thread's part of the voice link, one processor for all transports. Input 0 is the sound to change, input 1
// the sound that a media track brought back. It runs the effects itself ('browser'), hands packets to a message port and
// plays what comes back ('packets'), or passes input 1 on ('track'); and it reports what it saw four times a second.
import { Ring } from './ring.js';
import { Voice } from './voice.js';

const HEADER = 12; // bytes: frame, time of sending, the server's waiting and working time; see pump.js
const ENVELOPE = 16; // samples of one value of the energy envelopes: a third of a millisecond
const REPORT = 94; // quanta of a report: a quarter of a second

registerProcessor('voice-link', class extends AudioWorkletProcessor {
  constructor({ processorOptions: { mode, chain, bypass, packet, ring } }) {
    super();
    this.mode = mode;
    this.voice = mode === 'browser' ? new Voice(chain, bypass) : null;
    this.ring = new Ring(ring);
    this.size = packet;
    this.mono = new Float32Array(128);
    this.filled = 0; // samples in the packet that is being filled
    this.pipe = null;
    this.inbox = [];
    this.ended = false;
    this.startReport();
    this.port.onmessage = ({ data }) => this.told(data);
  }

  told(data) {
    if (data.pipe) { // the way to the packet pump; a new one after a reconnection
      if (this.pipe) this.pipe.onmessage = null;
      this.pipe = data.pipe;
      this.filled = 0;
      this.ring.restart();
      this.pipe.onmessage = (event) => this.inbox.push(event.data);
    }
    if (data.chain) this.voice?.setChain(data.chain);
    if (data.set) this.voice?.set(...data.set);
    if (data.bypass !== undefined) this.voice?.bypass(data.bypass);
    if (data.goal !== undefined) this.ring.goal = data.goal;
    if (data.target !== undefined) this.ring.setTarget(data.target);
    if (data.end) this.ended = true;
  }

  startReport() {
    this.count = 0;
    this.journeys = [];
    this.delays = [];
    this.busy_ms = 0;
    this.before = new Float32Array((REPORT * 128) / ENVELOPE);
    this.after = new Float32Array((REPORT * 128) / ENVELOPE);
  }

  // Packets wait here for the next quantum: only then is it certain which frame they could have been played at.
  unpack() {
    for (const buffer of this.inbox.splice(0)) this.place(buffer);
  }

  place(buffer) {
    const frame = new DataView(buffer).getUint32(0, true);
    const pcm = new Int16Array(buffer, HEADER);
    const sent = currentFrame - ((currentFrame - frame) >>> 0); // frame numbers in packets have 32 bits
    const journey = this.ring.put(sent, pcm, currentFrame, 1 / 32768);
    if (journey < 0) return;
    this.journeys.push(journey);
    this.delays.push(this.ring.D);
  }

  process([input, back], [[output]]) {
    const mono = this.mono;
    mono.fill(0);
    for (const channel of input) for (let i = 0; i < mono.length; i++) mono[i] += channel[i] / input.length;
    for (let i = 0; i < mono.length; i++) if (!(Math.abs(mono[i]) <= 1)) mono[i] = Math.sign(mono[i]) || 0; // also NaN
    if (this.mode === 'browser') {
      const began = Date.now(); // whole milliseconds, but their mean over thousands of quanta is exact enough
      this.voice.process(mono, output);
      this.busy_ms += Date.now() - began;
    } else if (this.mode === 'packets') {
      this.capture(mono);
      if (this.inbox.length) this.unpack();
      this.ring.get(currentFrame, output);
    } else if (back.length) {
      for (const channel of back) for (let i = 0; i < output.length; i++) output[i] += channel[i] / back.length;
    }
    this.measure(mono, output);
    return !this.ended;
  }

  capture(mono) {
    if (!this.pipe) return;
    for (let i = 0; i < mono.length; i++) {
      if (!this.filled) {
        this.packet = new ArrayBuffer(HEADER + 2 * this.size);
        this.pcm = new Int16Array(this.packet, HEADER);
        new DataView(this.packet).setUint32(0, currentFrame + i, true);
      }
      this.pcm[this.filled++] = Math.max(-32768, Math.min(32767, Math.round(mono[i] * 32768)));
      if (this.filled < this.size) continue;
      this.pipe.postMessage(this.packet, [this.packet]);
      this.filled = 0;
    }
  }

  // The energy envelopes of both sounds, in which the page finds the delay of any transport; and the report.
  measure(mono, output) {
    const at = (this.count * 128) / ENVELOPE;
    for (let i = 0; i < 128; i++) {
      this.before[at + ((i / ENVELOPE) | 0)] += mono[i] * mono[i];
      this.after[at + ((i / ENVELOPE) | 0)] += output[i] * output[i];
    }
    if (++this.count < REPORT) return;
    const ring = this.ring;
    ring.adapt();
    const { journeys, delays, before, after, busy_ms } = this;
    this.port.postMessage({ journeys, delays, before, after, frames: REPORT * 128, busy_ms,
      D: ring.D, underruns: ring.underruns, missing: ring.missing });
    this.startReport();
  }
});
