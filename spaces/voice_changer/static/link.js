// A voice link: a source of sound, a transport that changes it somewhere, and the speakers, all on one audio clock.
//
//   const link = await VoiceLink.open({transport: 'data', chain: [['pitch', {semitones: 5}]], source: {kind: 'probe'}});
//   link.onstate = ({state, message}) => …;   link.set(0, 'semitones', 3);   link.stats().median_ms;   link.close();
//
// transport: 'browser' (an AudioWorklet, no server), 'data' (packets over a WebRTC data channel; where no peer connection
// can be made, over a WebSocket), 'websocket', 'track' (a WebRTC audio track with Opus). One definition of the effects
// serves all. `stats()` is documented in stats.js.
import { base } from '../../base.js';
import { DelayFinder } from './delay.js';
import { RATE, VoiceChain } from './engine.js';
import { openSource } from './source.js';
import { Stats } from './stats.js';
import { Refused, openPeer, openSocket } from './transport.js';

const RETRY_MS = [300, 700, 1500, 3000, 5000, 8000];
const SILENT_REPORTS = 8; // quarters of a second without a packet from the server: it is gone
const RESUME_MS = 4000; // for the sound device to start
const CHANGE_MS = 400; // until other effects are heard
const SETTLE_MS = 1200; // after a (re)connection, before anything is counted
const DEFAULTS = { transport: 'browser', chain: [], bypass: false, packet: 128, ringMs: 'auto', goalMs: 20, prefetch: 4, source: { kind: 'probe' }, monitor: true };

// What the audio thread and the worker will ask for comes into the browser's cache now: later the server may be gone.
for (const part of ['worklet', 'ring', 'voice', 'worker', 'pump']) fetch(new URL(`./${part}.js`, import.meta.url)).catch(() => {});

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

export class VoiceLink {
  // Resolves when sound runs; rejects with an Error whose message is a sentence for the page.
  static async open(options) {
    const link = new VoiceLink({ ...DEFAULTS, ...options });
    try {
      await link.start();
    } catch (error) {
      const sentence = link.closed ? 'The connection was closed.' : error.message;
      link.close('failed', sentence);
      link.release(); // also what was opened after somebody had closed the link
      throw new Error(sentence, { cause: error });
    }
    return link;
  }

  constructor(options) {
    this.options = options;
    this.transport = options.transport;
    this.chain = options.chain;
    this.bypassed = options.bypass;
    this.base = options.base ?? base();
    this.onstate = options.onstate ?? null;
    this.state = '';
    this.shadow = new VoiceChain(this.chain); // checks what is set; throws on a bad chain
    this.latency = this.shadow.latency; // samples
    this.settled = 0;
    this.reports = 0;
    this.finder = new DelayFinder();
    this.counts = new Stats(this.transport, options.packet);
  }

  tell(state, message = '') {
    this.state = state;
    this.message = message;
    this.onstate?.({ state, message });
  }

  async start() {
    this.tell('connecting', this.transport === 'browser' ? '' : 'Connecting to the server.');
    const context = new AudioContext({ sampleRate: RATE, latencyHint: 0 });
    this.context = context;
    if (context.sampleRate !== RATE) throw new Error(`This browser plays at ${context.sampleRate} Hz only; the effects need 48000 Hz: set the sound device to 48 kHz.`);
    await context.audioWorklet.addModule(new URL('./worklet.js', import.meta.url));
    this.input = await openSource(context, this.options.source, (sentence) => this.sourceEnded(sentence));
    this.before = new AnalyserNode(context, { fftSize: 2048, smoothingTimeConstant: 0 });
    this.after = new AnalyserNode(context, { fftSize: 2048, smoothingTimeConstant: 0 });
    this.speakers = new GainNode(context, { gain: this.options.monitor ? 1 : 0 });
    if (this.closed) throw new Error('closed');
    this.input.node.connect(this.before);
    this.after.connect(this.speakers).connect(context.destination);
    if (this.transport !== 'browser') await this.connect();
    else this.makeNode('browser');
    if (this.closed) throw new Error('closed');
    await Promise.race([context.resume(), wait(RESUME_MS)]);
    if (context.state !== 'running') throw new Error('The browser keeps the sound off until you click on the page: press Start again.');
    context.onstatechange = () => this.contextChanged();
    this.input.start?.();
    this.running();
  }

  running() {
    const direct = 'No direct connection (UDP) could be made, so the same packets go over a WebSocket.';
    this.settled = performance.now() + SETTLE_MS;
    this.tell('running', this.options.transport === 'data' && this.transport === 'websocket' ? direct : '');
  }

  makeNode(mode) {
    this.node?.port.postMessage({ end: true });
    this.node?.disconnect();
    const { packet, ringMs } = this.options;
    const ring = { target: ringMs === 'auto' ? 'auto' : (ringMs * RATE) / 1000, goal: this.ringGoal() };
    const node = new AudioWorkletNode(this.context, 'voice-link', { numberOfInputs: 2, numberOfOutputs: 1, outputChannelCount: [1],
      processorOptions: { mode, chain: this.chain, bypass: this.bypassed, packet, ring } });
    node.port.onmessage = (event) => this.report(event.data);
    node.onprocessorerror = () => this.close('failed', 'The effects stopped with an error in the browser: start again, and tell us which effects you had chosen.');
    this.before.connect(node, 0, 0);
    node.connect(this.after);
    this.node = node;
    this.finder = new DelayFinder();
    this.counts.transport = this.transport;
  }

  // The ring's share of the delay that the whole way should have, in samples.
  ringGoal() {
    return Math.max(0, (this.options.goalMs * RATE) / 1000 - (this.bypassed ? 0 : this.latency));
  }

  // Open the way to the server; the same again after it was lost.
  async connect() {
    const { chain, bypassed } = this;
    await this.connectLine({ chain, bypass: bypassed, packet: this.options.packet, prefetch: this.options.prefetch });
    if (this.chain !== chain) this.line.control({ chain: this.chain }); // it was changed on the way
    if (this.bypassed !== bypassed) this.line.control({ bypass: this.bypassed });
  }

  async connectLine(hello) {
    const policy = this.options.iceTransportPolicy;
    const hooks = { control: (message) => this.heard(message), lost: () => this.lost(),
      times: (times, heard) => this.timed(times, heard) };
    if (this.options.transport === 'track') {
      this.sending ??= new MediaStreamAudioDestinationNode(this.context, { channelCount: 1 });
      this.before.connect(this.sending);
      this.line = await openPeer('track', this.base, hello, { stream: this.sending.stream, policy }, hooks);
      this.makeNode('track');
      this.playRemote(this.line.stream);
      return;
    }
    if (!this.node) this.makeNode('packets');
    if (this.transport === 'data') {
      try {
        const { port1, port2 } = new MessageChannel();
        this.line = await openPeer('data', this.base, hello, { pipe: port1, policy }, hooks);
        this.node.port.postMessage({ pipe: port2 }, [port2]);
        return;
      } catch (error) {
        if (error instanceof Refused) throw error;
        this.transport = 'websocket';
        this.counts.transport = 'websocket';
      }
    }
    const { port1, port2 } = new MessageChannel();
    this.line = await openSocket(this.base, hello, port1, hooks);
    this.node.port.postMessage({ pipe: port2 }, [port2]);
  }

  // Chromium only plays a remote stream into the audio graph while an element plays it too.
  playRemote(stream) {
    this.element ??= Object.assign(new Audio(), { muted: true });
    this.element.srcObject = stream;
    this.element.play().catch(() => {}); // refused before a gesture; the graph plays all the same afterwards
    this.remote?.disconnect();
    this.remote = this.context.createMediaStreamSource(stream);
    this.remote.connect(this.node, 0, 1);
  }

  // Four times a second from the audio thread.
  report(report) {
    if (this.closed) return;
    if (this.state !== 'running' || performance.now() < this.settled) {
      this.counts.skip(report);
      return;
    }
    // Packets say their delay themselves; there the sound is only asked now and then.
    const often = this.transport === 'browser' || this.transport === 'track' ? 1 : 4;
    const found = this.finder.add(report.before, report.after, ++this.reports % often === 0);
    this.counts.heard(report, this.bypassed ? 0 : this.latency, found);
    if (this.transport === 'track') this.line?.stats().then((now) => this.tracked(now));
  }

  tracked(now) {
    const { packetsReceived } = this.counts.rtc?.now ?? {};
    this.counts.jitter(now);
    this.expect(now.packetsReceived !== packetsReceived);
  }

  // Called four times a second with whether anything came from the server; after two seconds of nothing it is gone.
  expect(heard) {
    if (this.state !== 'running' || this.context.state !== 'running') return;
    this.silent = heard ? 0 : (this.silent ?? 0) + 1;
    if (this.silent >= SILENT_REPORTS) this.lost();
  }

  timed(times, heard) {
    if (performance.now() > this.settled) this.counts.pumped(times);
    if (this.transport !== 'track') this.expect(heard);
  }

  // Control messages of the server.
  heard(message) {
    if (message.kind === 'stats' && performance.now() > this.settled) this.counts.told(message);
    if (message.kind === 'ready' || message.kind === 'chain') this.latency = message.latency;
    if (message.kind === 'problem') this.onstate?.({ state: this.state, message: message.message });
    if (message.kind === 'end' || (message.kind === 'error' && this.state === 'running')) this.close('ended', message.message);
  }

  async lost() {
    if (this.closed || this.state !== 'running') return;
    this.tell('reconnecting', 'The connection to the server was lost; trying again.');
    this.line?.close();
    this.silent = 0;
    for (const pause of RETRY_MS) {
      await wait(pause);
      if (this.closed) return;
      try {
        this.transport = this.options.transport;
        this.counts.transport = this.transport;
        await this.connect();
        if (this.closed) return this.line.close();
        return this.running();
      } catch (error) {
        if (error instanceof Refused) return this.close('failed', error.message);
      }
    }
    this.close('failed', 'The server does not answer any more: start again, or let the browser do the effects.');
  }

  contextChanged() {
    if (this.closed || this.context.state === 'running') return;
    if (this.context.state === 'interrupted') this.tell(this.state, 'Another program took the sound away; it goes on when that is over.');
    else this.context.resume();
  }

  sourceEnded(sentence) {
    if (this.closed) return;
    const rest_ms = sentence ? 0 : 600; // what is still on its way is heard
    setTimeout(() => this.close('ended', sentence), rest_ms);
  }

  setChain(chain) {
    this.shadow = new VoiceChain(chain); // throws on a bad chain, before anything changes
    this.chain = chain;
    this.latency = this.shadow.latency;
    this.node?.port.postMessage({ chain, goal: this.ringGoal() });
    this.line?.control({ chain });
    this.changed();
  }

  set(index, name, value) {
    this.shadow.set(index, name, value); // throws on a bad value
    this.chain = this.chain.map(([effect, params], i) => [effect, i === index ? { ...params, [name]: value } : params]);
    this.node?.port.postMessage({ set: [index, name, value] });
    this.line?.control({ set: [index, name, value] });
  }

  bypass(on) {
    this.bypassed = Boolean(on);
    this.node?.port.postMessage({ bypass: this.bypassed, goal: this.ringGoal() });
    this.line?.control({ bypass: this.bypassed });
    this.changed();
  }

  monitor(on) {
    this.options.monitor = Boolean(on);
    this.speakers?.gain.setTargetAtTime(on ? 1 : 0, this.context.currentTime, 0.01);
  }

  // D of the ring in milliseconds, or 'auto'.
  ring(ringMs) {
    this.options.ringMs = ringMs;
    this.node?.port.postMessage({ target: ringMs === 'auto' ? 'auto' : (ringMs * RATE) / 1000 });
  }

  // See stats.js; as new as the last report, which comes four times a second.
  stats() {
    if (this.summary?.version !== this.counts.version) this.summary = this.counts.summary(this.context);
    return this.summary;
  }

  // What was measured held for other effects.
  changed() {
    this.settled = Math.max(this.settled, performance.now() + CHANGE_MS);
    this.finder = new DelayFinder();
    this.resetStats();
  }

  resetStats() {
    this.counts.reset();
  }

  close(state = 'ended', message = '') {
    if (this.closed) return;
    this.closed = true;
    this.release();
    this.tell(state, message);
  }

  release() {
    this.line?.close();
    this.input?.stop();
    this.node?.port.postMessage({ end: true });
    if (this.element) this.element.srcObject = null;
    if (this.context && this.context.state !== 'closed') this.context.close();
  }
}
