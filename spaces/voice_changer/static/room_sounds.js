// The sounds that can be played: the page's examples and a file of the visitor's, which never leaves the browser by itself.
import { keepFile, shelf } from '../../own_store.js';

const LONGEST_S = 600;
const RATE = 48000;
const SILENT = 1e-4; // of full scale, −80 dB

export class Sounds {
  // onSound({ samples, clip, name }, chosen): another sound is there; chosen: by the visitor.
  constructor(root, { base, say, onSound }) {
    Object.assign(this, { root, base, say, onSound, buffer: null, own: false, clip: null, name: '' });
    this.buttons = root.querySelectorAll('[data-clip]');
    this.buttons.forEach((button) => (button.onclick = () => this.choose(button.dataset.clip, true)));
    const input = root.querySelector('.vc-file input');
    input.onchange = async () => {
      const [file] = input.files;
      input.value = '';
      if (file && await this.openFile(file)) this.list.mark((await keepFile(file, this.buffer.duration))?.id ?? null);
    };
    this.list = shelf(root.querySelector('.lab-own'), {
      use: async (sound) => {
        if (await this.openFile(new File([sound.blob], sound.title, { type: sound.blob.type }))) this.list.mark(sound.id);
      },
    });
  }

  get ready() {
    return Boolean(this.buffer);
  }

  source() {
    return { kind: 'file', buffer: this.buffer, loop: true };
  }

  async choose(clip, chosen) {
    if (clip === this.clip && !this.own) return;
    this.clip = clip;
    const button = [...this.buttons].find((b) => b.dataset.clip === clip);
    try {
      const answer = await fetch(new URL(button.dataset.src, this.base));
      if (!answer.ok) throw new Error(answer.statusText);
      const bytes = await answer.arrayBuffer();
      if (this.clip === clip) await this.take(bytes, { clip, name: clip, own: false }, chosen, () => this.clip === clip);
    } catch {
      if (this.clip === clip) this.say('The example cannot be fetched: the server does not answer. Use the microphone or a file.', true);
    }
  }

  // Returns whether it could be read.
  async openFile(file) {
    this.clip = null;
    try {
      await this.take(await file.arrayBuffer(), { clip: '', name: file.name.replace(/\.\w+$/, ''), own: true }, true, () => this.clip === null);
      return true;
    } catch {
      this.say(`${file.name} cannot be read as sound: try a WAV, FLAC, MP3, OGG or M4A file.`, true);
      return false;
    }
  }

  async take(bytes, { clip, name, own }, chosen, still) {
    // Decoding this way also brings it to 48 kHz, and needs no click before.
    const buffer = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(bytes);
    if (!still()) return;
    if (!buffer.length) throw new Error('no sound in it');
    const samples = new Float32Array(Math.min(buffer.length, LONGEST_S * RATE));
    for (let c = 0; c < buffer.numberOfChannels; c++) {
      const channel = buffer.getChannelData(c);
      for (let i = 0; i < samples.length; i++) samples[i] += channel[i] / buffer.numberOfChannels;
    }
    Object.assign(this, { own, name, buffer: new AudioBuffer({ length: samples.length, numberOfChannels: 1, sampleRate: RATE }) });
    this.buffer.copyToChannel(samples, 0);
    this.buttons.forEach((b) => b.setAttribute('aria-pressed', String(b.dataset.clip === clip)));
    const label = this.root.querySelector('.vc-file');
    label.classList.toggle('chosen', own);
    if (!own) this.list.mark(null);
    label.firstChild.textContent = own ? name.slice(0, 28) : 'Your own file…';
    if (!samples.some((value) => Math.abs(value) > SILENT)) this.say(`“${name}” is silent from its beginning to its end: choose another file.`, true);
    else if (buffer.length > samples.length) this.say(`Only the first ${LONGEST_S / 60} minutes of ${name} are used.`);
    else if (chosen) this.say('');
    this.onSound({ samples, clip, name }, chosen);
  }

  // Fills the list of microphones: their names are known once one was allowed.
  async microphones() {
    const select = this.root.querySelector('.vc-device');
    const devices = await navigator.mediaDevices?.enumerateDevices?.() ?? [];
    const known = devices.filter(({ kind, deviceId }) => kind === 'audioinput' && deviceId && deviceId !== 'default');
    const value = select.value;
    select.replaceChildren(new Option('the usual one', ''), ...known.map(({ label, deviceId }, i) => new Option(label || `Microphone ${i + 1}`, deviceId)));
    select.value = known.some(({ deviceId }) => deviceId === value) ? value : '';
  }
}
