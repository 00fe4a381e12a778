// Sends sound to the server while it is heard: from the microphone, or from an example that plays through the same path.
// One request at a time, each with all blocks that wait; the answer to it is what the page shows.
import { base } from './base.js';
import { shelf } from './own_store.js';

const RATE = 16000; // Hz, asked of the browser; where it refuses, the server converts
const BLOCK_S = 0.25;
const KEEP_S = 30; // of unsent sound while the server is away; older sound is given up, and that is said
const QUIET_MS = 3000; // without a block for so long something is wrong
const SILENT_S = 6; // of digital silence: the microphone is muted
const LOST_MS = 20000; // without an answer for so long the run is over

// The worklet: mixes to mono and collects blocks. It runs on the browser's audio thread, also in a tab in the background.
const WORKLET = `registerProcessor('lab-blocks', class extends AudioWorkletProcessor {
  constructor({ processorOptions: { size } }) { super(); this.block = new Float32Array(size); this.n = 0; }
  process([input]) {
    const frames = input[0]?.length ?? 128; // an ended example has no channels any more: silence
    for (let i = 0; i < frames; i++) {
      let sum = 0;
      for (const channel of input) sum += channel[i] / input.length;
      this.block[this.n++] = sum;
      if (this.n === this.block.length) { this.port.postMessage(this.block.slice()); this.n = 0; }
    }
    return true;
  }
});`;

const RESUME_MS = 5000;
const WHY = {
  NotAllowedError: 'The browser was not allowed to use the microphone: allow it in the address bar and press Start again, or play the example.',
  SecurityError: 'The browser keeps the microphone from this page: open it over HTTPS or on this machine, or play the example.',
  NotFoundError: 'No microphone was found: connect one and press Start again, or play the example.',
  NotReadableError: 'The microphone is in use by another program: close that and press Start again, or play the example.',
  NotRunning: 'The browser does not start its sound: close what else plays or records and press Start again, or reload the page.',
  OverconstrainedError: 'The microphone cannot give what is needed: choose another in the browser, or play the example.',
};

const tell = (channel, kind, more = {}) => document.dispatchEvent(new CustomEvent('lab-live', { detail: { channel, kind, ...more } }));
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const newToken = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');

function int16(block) {
  const out = new Int16Array(block.length);
  for (let i = 0; i < block.length; i++) out[i] = Math.max(-32768, Math.min(32767, Math.round(block[i] * 32768)));
  return out;
}

function base64(parts) {
  let text = '';
  for (const part of parts) {
    const bytes = new Uint8Array(part.buffer);
    for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  }
  return btoa(text);
}

// Opens the microphone or the example and calls `onBlock` with mono blocks; `onEnd(sentence)` when it ends by itself.
async function openSource(kind, clip, onBlock, onEnd) {
  let stream = null;
  if (kind === 'mic') {
    if (!navigator.mediaDevices?.getUserMedia) throw Object.assign(new Error(), { name: 'SecurityError' });
    stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
  }
  let context = null;
  let node = null;
  const connect = async (options) => {
    context = new AudioContext(options);
    if (stream) node = context.createMediaStreamSource(stream); // some browsers convert no rates here and throw
    await context.audioWorklet.addModule(URL.createObjectURL(new Blob([WORKLET], { type: 'text/javascript' })));
  };
  const close = () => {
    stream?.getTracks().forEach((track) => track.stop());
    if (context && context.state !== 'closed') context.close();
  };
  try {
    await connect({ sampleRate: RATE }).catch(async () => {
      context?.close();
      await connect({});
    });
    if (!stream) {
      const file = await fetch(new URL(clip.src, base()));
      node = new AudioBufferSourceNode(context, { buffer: await context.decodeAudioData(await file.arrayBuffer()) });
      node.connect(context.destination);
    }
    const blocks = new AudioWorkletNode(context, 'lab-blocks', {
      numberOfOutputs: 1, outputChannelCount: [1], processorOptions: { size: Math.round(BLOCK_S * context.sampleRate) } });
    blocks.port.onmessage = (event) => onBlock(event.data);
    node.connect(blocks).connect(context.destination); // its output is silence; unconnected it would not run
    const late = wait(RESUME_MS).then(() => { if (context.state !== 'running') throw Object.assign(new Error(), { name: 'NotRunning' }); });
    await Promise.race([context.resume(), late]); // a browser without a sound device may never answer
    if (stream) stream.getTracks()[0].onended = () => onEnd('The microphone was disconnected: connect it and press Start again.');
    else {
      // After the example half a second of silence, so that the last block is complete and the end of speech is heard.
      node.onended = () => setTimeout(() => onEnd(''), 900);
      node.start();
    }
    context.onstatechange = () => context.state === 'interrupted' && onEnd('Another program took the sound away: press Start again.');
  } catch (error) {
    close();
    throw error;
  }
  return { close, rate: context.sampleRate };
}

export function mount({ element, props, trigger, watch, server }) {
  const root = element.querySelector('.lab-live');
  const channel = root.dataset.channel;
  const [mic, play, stop, bar, time, message] = ['.lab-live-mic', '.lab-live-play', '.lab-live-stop', '.lab-live-meter i',
    '.lab-live-time', '.lab-live-message'].map((s) => root.querySelector(s));
  let run = null;

  const say = (text, problem = false) => {
    if (message.textContent === text) return;
    message.textContent = text;
    message.classList.toggle('problem', problem);
    message.setAttribute('role', problem ? 'alert' : 'status');
  };
  const buttons = (running) => {
    root.classList.toggle('running', running);
    mic.disabled = running;
    play.disabled = running || !props.value;
    stop.disabled = !running;
    if (!running) bar.style.width = '0';
  };

  const hear = (mine, block) => {
    if (mine !== run || mine.ending) return;
    mine.blockAt = performance.now();
    let peak = 0;
    for (const v of block) peak = Math.max(peak, Math.abs(v));
    bar.style.width = `${Math.max(0, Math.min(100, 100 + (20 * Math.log10(peak + 1e-6)) / 0.6))}%`; // -60 to 0 dBFS
    mine.silent_s = peak < 1e-4 ? mine.silent_s + BLOCK_S : 0;
    mine.heard_s += block.length / mine.rate;
    time.textContent = `${Math.floor(mine.heard_s / 60)}:${String(Math.floor(mine.heard_s % 60)).padStart(2, '0')}`;
    mine.outbox.push({ first: mine.next, samples: int16(block) });
    mine.next += block.length;
    while (mine.outbox.length * BLOCK_S > KEEP_S) {
      mine.outbox.shift();
      mine.lost_s += BLOCK_S;
    }
    drain(mine);
  };

  // A gap in the numbers (sound that was given up) may only lie between two messages.
  const waiting = (mine) => {
    const parts = [];
    for (const part of mine.outbox) {
      const before = parts.at(-1);
      if (before && before.first + before.samples.length !== part.first) break;
      parts.push(part);
    }
    return parts;
  };

  async function drain(mine) {
    if (mine.sending) return;
    mine.sending = true;
    while (mine === run && (mine.outbox.length || mine.ending)) {
      const parts = waiting(mine);
      const last = mine.ending && parts.length === mine.outbox.length;
      let reply = null;
      try {
        reply = await server.take_block({ token: mine.token, source: mine.source, rate: mine.rate, seen: mine.seen, last,
          first: parts[0]?.first ?? mine.next, pcm: base64(parts.map((part) => part.samples)) });
      } catch (error) {
        reply = null;
      }
      if (mine !== run) return;
      if (!reply || reply.ready === undefined) {
        if (performance.now() - mine.answerAt > LOST_MS) return end(mine, 'The server no longer answers: reload the page.');
        if (performance.now() - mine.answerAt > 2000) say('The server does not answer; what you say is kept for half a minute.', true);
        await wait(500);
        continue;
      }
      mine.answerAt = performance.now();
      if (reply.seen !== undefined) mine.seen = reply.seen;
      if (reply.ready) {
        mine.outbox.splice(0, parts.length);
        mine.readyAt = performance.now();
      } else if (performance.now() - mine.readyAt > 60000) return end(mine, 'The server did not start listening within a minute: press Start again.');
      say(reply.problem || watch_out(mine) || reply.say || '', Boolean(reply.problem));
      tell(channel, 'reply', { reply });
      if (reply.done || reply.problem) return end(mine, reply.problem || '');
      if (performance.now() - mine.tickAt > 1000 && !document.hidden) {
        mine.tickAt = performance.now();
        trigger('tick', { token: mine.token });
      }
      if (!reply.ready || (mine.ending && !mine.outbox.length)) await wait(200);
    }
    mine.sending = false;
  }

  const watch_out = (mine) => {
    if (mine.lost_s) return `${mine.lost_s.toFixed(1)} s of sound were lost while the server did not answer.`;
    if (mine.source === 'mic' && mine.silent_s >= SILENT_S) return 'The microphone sends nothing but silence: is it muted, or is another one chosen?';
    return '';
  };

  const release = (mine) => {
    clearInterval(mine.timer);
    mine.device?.close();
    mine.device = null;
  };

  // The sound is over; what is in the outbox still goes, and the server still answers.
  const finish = (mine, sentence = '') => {
    if (mine !== run || mine.ending) return;
    mine.ending = true;
    mine.endSentence = sentence;
    release(mine);
    stop.disabled = true;
    drain(mine);
  };

  const end = (mine, sentence) => {
    if (mine !== run) return;
    release(mine);
    run = null;
    buttons(false);
    say(sentence || mine.endSentence || '', Boolean(sentence || mine.endSentence));
    tell(channel, 'end');
    trigger('stopped', { token: mine.token });
  };

  const start = async (source, clip = props.value && JSON.parse(props.value)) => {
    if (run) return;
    if (source !== 'own') list?.mark(null);
    const mine = { token: newToken(), source, rate: RATE, next: 0, heard_s: 0, outbox: [], sending: false, ending: false, seen: 0,
      silent_s: 0, lost_s: 0, blockAt: performance.now(), answerAt: performance.now(), readyAt: performance.now(), tickAt: performance.now(), device: null };
    run = mine;
    buttons(true);
    stop.disabled = true;
    time.textContent = '0:00';
    say(source === 'mic' ? 'Waiting for the microphone: the browser may ask you.' : 'Fetching the example.');
    for (const audio of document.querySelectorAll('.lab-player audio')) audio.pause();
    const early = [];
    try {
      const device = await openSource(source, clip, (block) => (mine.device ? hear(mine, block) : early.push(block)),
        (sentence) => finish(mine, sentence));
      mine.rate = device.rate;
      mine.device = device;
    } catch (error) {
      run = null;
      buttons(false);
      if (source === 'own') return say('This sound cannot be played by your browser: upload it on the Whisper page instead.', true);
      const failed = source === 'mic' ? `The microphone cannot be opened (${error.name}): try another browser, or play the example.`
        : 'The example cannot be fetched or played: reload the page and try again.';
      say((source === 'mic' && WHY[error.name]) || failed, true);
      return;
    }
    mine.blockAt = performance.now();
    mine.answerAt = performance.now();
    stop.disabled = false;
    say('');
    tell(channel, 'begin', { source });
    trigger('start', { token: mine.token, source });
    early.forEach((block) => hear(mine, block));
    mine.timer = setInterval(() => {
      if (!root.isConnected) return release(mine);
      const quiet = performance.now() - mine.blockAt;
      if (quiet > QUIET_MS) say(`No sound has come from the ${source === 'mic' ? 'microphone' : 'example'} for ${Math.round(quiet / 1000)} s: is it still connected?`, true);
    }, 1000);
  };

  const own = root.querySelector('.lab-own'); // the visitor's own sounds, played as an example is
  const list = own && shelf(own, {
    use: (sound) => {
      if (run) return;
      list.mark(sound.id);
      start('own', { src: URL.createObjectURL(sound.blob) });
    },
  });
  mic.onclick = () => start('mic');
  play.onclick = () => start('clip');
  stop.onclick = () => run && finish(run);
  watch('value', () => buttons(Boolean(run)));
  buttons(false);
}
