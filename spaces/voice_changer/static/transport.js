// The ways to the server: packets over a data channel, the same packets over a WebSocket, and a media track.
// Each returns {kind, control(message), close(), stats()} and tells its events through `hooks`.
import { Pump } from './pump.js';

const CONNECT_MS = 5000; // for the peer connection; after that the WebSocket takes over

export class Refused extends Error {} // the server answered, and its answer is no: another way would not help

// Start a pump in a Worker, or in the page where the data channels can't be handed over.
function startPump(first, transfer, onMessage) {
  try {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    try {
      worker.postMessage(first, transfer);
    } catch (error) {
      worker.terminate();
      throw error;
    }
    worker.onmessage = (event) => onMessage(event.data);
    return { inWorker: true, do: (message, moved = []) => worker.postMessage(message, moved) };
  } catch (error) {
    if (error.name !== 'DataCloneError' && error.name !== 'TypeError') throw error;
    const pump = new Pump(onMessage);
    pump.do(first);
    return { inWorker: false, do: (message) => pump.do(message) };
  }
}

async function ask(url, options) {
  let answer = null;
  try {
    answer = await fetch(url, options);
  } catch {
    throw new Error('The server does not answer.');
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(answer.status < 500 ? new Refused(body.error || 'The server refused the connection.') : new Error(body.error || 'The server does not answer.'));
  return body;
}

const within = (ms, promise, sentence) => new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error(sentence)), ms);
  promise.then(resolve, reject).finally(() => clearTimeout(timer));
});

// Ready when the server has said so over the control line; `events` gets what comes later.
class Line {
  constructor(kind, hooks) {
    this.kind = kind;
    this.hooks = hooks;
    this.ready = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.ready.catch(() => {}); // awaited by whoever opens; a close before that is no unhandled rejection
  }

  message({ open, closed, why, control, times, heard }) {
    if (control?.kind === 'ready') this.resolve(control);
    if (control?.kind === 'error') this.reject(new Refused(control.message));
    if (control) this.hooks.control(control);
    if (times) this.hooks.times(times, heard);
    if (closed) {
      this.reject(new Error(why || 'The connection was closed.'));
      if (!this.closing) this.hooks.lost(why);
    }
  }

  control(message) {
    this.pump.do({ control: message });
  }

  close() {
    if (this.closing) return;
    this.closing = true;
    this.pump?.do({ close: true });
    this.peer?.close();
    this.audio?.pause();
  }

  async stats() {
    return {};
  }
}

export async function openSocket(base, hello, pipe, hooks) {
  const url = new URL('voice/ws', base);
  url.protocol = url.protocol.replace('http', 'ws');
  const line = new Line('websocket', hooks);
  line.pump = startPump({ pipe, socket: url.href, hello }, [pipe], (message) => line.message(message));
  try {
    line.told = await within(30000, line.ready, 'The server does not answer.');
  } catch (error) {
    line.close();
    throw error;
  }
  line.pump.do({ run: true });
  return line;
}

// `kind` 'data': `pipe` is the audio thread's port. `kind` 'track': `stream` is what is sent.
export async function openPeer(kind, base, hello, { pipe, stream, policy }, hooks) {
  const { iceServers } = await ask(new URL('voice/ice', base));
  const peer = new RTCPeerConnection({ iceServers, iceTransportPolicy: policy ?? 'all' });
  const line = new Line(kind, hooks);
  line.peer = peer;
  try {
    const audio = peer.createDataChannel('audio', { ordered: false, maxRetransmits: 0 });
    const control = peer.createDataChannel('control');
    const first = { channels: [audio, control], pipe };
    const moved = [audio, control, ...(pipe ? [pipe] : [])];
    line.pump = startPump(first, moved, (message) => line.message(message));
    const arrived = new Promise((resolve) => {
      peer.ontrack = (event) => resolve(event.streams[0] ?? new MediaStream([event.track]));
    });
    if (stream) stream.getAudioTracks().forEach((track) => peer.addTrack(track, stream));
    await peer.setLocalDescription(await peer.createOffer());
    await gathered(peer);
    if (!peer.localDescription.sdp.includes('a=candidate:')) throw new Error('This browser has no address for a direct connection.');
    const answer = await ask(new URL('voice/offer', base), { method: 'POST', headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...hello, kind, sdp: peer.localDescription.sdp }) });
    await peer.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
    peer.onconnectionstatechange = () => peer.connectionState === 'failed' && line.message({ closed: true });
    line.told = await within(CONNECT_MS, line.ready, 'No direct connection (UDP) could be made.');
    if (stream) line.stream = await within(CONNECT_MS, arrived, 'The server sent no audio track.');
  } catch (error) {
    line.close();
    throw error;
  }
  line.pump.do({ run: true });
  line.stats = () => rtcStats(peer);
  return line;
}

// All candidates go in one offer; a server of one's own needs no trickling.
function gathered(peer) {
  return new Promise((resolve) => {
    if (peer.iceGatheringState === 'complete') return resolve();
    const timer = setTimeout(resolve, 2000);
    peer.addEventListener('icegatheringstatechange', () => {
      if (peer.iceGatheringState !== 'complete') return;
      clearTimeout(timer);
      resolve();
    });
  });
}

async function rtcStats(peer) {
  const out = {};
  for (const report of (await peer.getStats()).values()) {
    if (report.type === 'candidate-pair' && report.nominated && report.currentRoundTripTime !== undefined) out.rtt_ms = report.currentRoundTripTime * 1000;
    if (report.type === 'inbound-rtp' && report.kind === 'audio') {
      out.packetsReceived = report.packetsReceived;
      const { jitterBufferDelay, jitterBufferEmittedCount, concealedSamples, silentConcealedSamples, concealmentEvents } = report;
      Object.assign(out, { jitterBufferDelay, jitterBufferEmittedCount, concealedSamples, silentConcealedSamples, concealmentEvents });
    }
  }
  return out;
}
