// Carries packets between the audio thread's message port and the network, and times them. It runs in a Worker where the
// browser lets a data channel go there, so that a busy page can't hold sound up; else in the page.
//
// A packet, both ways, little-endian: uint32 frame of the first sample, uint32 time of sending in microseconds (returned
// as it came), uint16 waiting and uint16 working time in the server in microseconds, then int16 samples.
const REPORT_MS = 250;
const BACKLOG = 4000; // bytes waiting to be sent beyond which packets are dropped (40 ms): old sound is of no use
const BEHIND_MS = 80; // beyond the quickest answer: so old may the newest answered packet be,
const PROBE_MS = 20; // else only as often a packet is sent until the queues on the way, wherever they are, have drained
const NEW_ROUTE = 4; // reports: where all answers took longer than that for a second, the way has become longer
const DRIFT_MS = 0.25; // added to the quickest answer with each report

const now_us = () => Math.round((performance.now() * 1000) % 2 ** 32) >>> 0;

export class Pump {
  // `tell(message)`: {open}, {closed, why}, {control}, {times} for the page.
  constructor(tell) {
    this.tell = tell;
    this.clear();
    this.quickest_ms = 1000;
    this.answered_us = null; // when the newest packet that was answered had been sent
    this.sentAt = 0;
    this.slow = 0; // reports in a row in which every answer took too long
  }

  // Are packets waiting somewhere on the way? Then what is sent now would come too late as well.
  behind(now) {
    if (this.answered_us === null) return false;
    return ((now_us() - this.answered_us) >>> 0) / 1000 > this.quickest_ms + BEHIND_MS && now - this.sentAt < PROBE_MS;
  }

  clear() {
    this.times = { rtt: [], wait: [], work: [] };
  }

  begin() {
    this.timer = setInterval(() => this.report(), REPORT_MS);
  }

  // The port of the audio thread.
  attachPipe(pipe) {
    this.pipe = pipe;
    pipe.onmessage = (event) => this.send(event.data);
  }

  attachChannels(audio, control) {
    this.begin();
    this.audio = audio;
    this.controls = control;
    audio.binaryType = 'arraybuffer';
    audio.onmessage = (event) => this.arrived(event.data);
    control.onmessage = (event) => this.tell({ control: JSON.parse(event.data) });
    const open = () => audio.readyState === 'open' && control.readyState === 'open' && this.tell({ open: true });
    audio.onopen = open;
    control.onopen = open;
    audio.onclose = () => this.lost();
    control.onclose = () => this.lost();
  }

  attachSocket(url, hello) {
    this.begin();
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => socket.send(JSON.stringify(hello));
    socket.onmessage = (event) => (typeof event.data === 'string' ? this.tell({ control: JSON.parse(event.data) }) : this.arrived(event.data));
    socket.onclose = (event) => this.lost(event.reason);
  }

  lost(why = '') {
    if (this.done) return;
    this.close();
    this.tell({ closed: true, why });
  }

  send(packet) {
    const line = this.socket ?? this.audio;
    const open = this.socket ? line?.readyState === 1 : line?.readyState === 'open';
    const now = performance.now();
    if (!open || !this.running || line.bufferedAmount > BACKLOG || this.behind(now)) return;
    this.sentAt = now;
    new DataView(packet).setUint32(4, now_us() || 1, true);
    line.send(packet);
  }

  arrived(packet) {
    const view = new DataView(packet);
    const { rtt, wait, work } = this.times;
    const sent = view.getUint32(4, true);
    this.heard = true;
    if (sent) { // 0: a stand-in for what was lost on the way up
      const took_ms = ((now_us() - sent) >>> 0) / 1000;
      this.quickest_ms = Math.min(this.quickest_ms, took_ms);
      if (this.answered_us === null || ((sent - this.answered_us) | 0) > 0) this.answered_us = sent;
      rtt.push(took_ms);
      wait.push(view.getUint16(8, true) / 1000);
      work.push(view.getUint16(10, true) / 1000);
    }
    this.pipe?.postMessage(packet, [packet]);
  }

  // Packets only flow when the server has said that it is ready.
  run() {
    this.running = true;
  }

  control(message) {
    const line = this.socket ?? this.controls;
    if (line?.readyState === 1 || line?.readyState === 'open') line.send(JSON.stringify(message));
  }

  report() {
    this.tell({ times: this.times, heard: Boolean(this.heard) });
    this.heard = false;
    const least = Math.min(...this.times.rtt); // Infinity where nothing came
    this.slow = least > this.quickest_ms + BEHIND_MS && least < Infinity ? this.slow + 1 : 0;
    this.quickest_ms = this.slow >= NEW_ROUTE ? least : this.quickest_ms + DRIFT_MS;
    this.clear();
  }

  close() {
    this.done = true;
    clearInterval(this.timer);
    this.socket?.close();
    this.audio?.close();
    this.controls?.close();
    if (this.pipe) this.pipe.onmessage = null;
  }

  // What the page asks for.
  do({ pipe, channels, socket, hello, control, run, close }) {
    if (pipe) this.attachPipe(pipe);
    if (channels) this.attachChannels(...channels);
    if (socket) this.attachSocket(socket, hello);
    if (control) this.control(control);
    if (run) this.run();
    if (close) this.close();
  }
}
