// Records what is heard into a WAV file in the page's memory; nothing is uploaded.
import { wav } from './room_signal.js';

const LONGEST_S = 300;

export class Recorder {
  // onChange({ seconds }) while it runs; onTake({ blob, seconds }) when it is done.
  constructor({ onChange, onTake }) {
    Object.assign(this, { onChange, onTake, node: null });
  }

  get running() {
    return Boolean(this.node);
  }

  async start(link) {
    const { context } = link;
    await context.audioWorklet.addModule(new URL('./room_worklet.js', import.meta.url));
    const node = new AudioWorkletNode(context, 'room-recorder', { outputChannelCount: [1] });
    this.blocks = [];
    this.rate = context.sampleRate;
    let n = 0;
    node.port.onmessage = ({ data }) => {
      if (this.node !== node) return;
      this.blocks.push(data);
      n += data.length;
      this.onChange({ seconds: n / this.rate });
      if (n / this.rate >= LONGEST_S) this.stop();
    };
    link.after.connect(node).connect(context.destination); // it gives out silence; unconnected it would not run
    this.node = node;
    this.onChange({ seconds: 0 });
  }

  // Everything is here already but the last 21 ms: the sound's context may be gone a moment later.
  stop() {
    const { node, blocks, rate } = this;
    this.node = null;
    if (!node) return;
    node.port.postMessage('stop');
    this.onChange({ seconds: 0 });
    const seconds = blocks.reduce((sum, block) => sum + block.length, 0) / rate;
    if (seconds) this.onTake({ blob: wav(blocks, rate), seconds });
  }
}
