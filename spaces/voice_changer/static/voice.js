// A chain of effects that can be exchanged and bypassed while it sounds: the old and the new sound are cross-faded.
import { RATE, VoiceChain } from './engine.js';

const FADE = Math.round(0.01 * RATE); // samples

export class Voice {
  constructor(chain, bypass = false) {
    this.chain = new VoiceChain(chain);
    this.bypassed = bypass;
    this.old = null; // what is faded out: a chain, or 'dry'
    this.left = 0; // samples of the fade still to come
    this.spare = new Float32Array(1024);
  }

  setChain(chain) {
    const next = new VoiceChain(chain); // throws on a bad chain, before anything changes
    if (!this.bypassed) this.fade(this.chain);
    this.chain = next;
  }

  set(index, name, value) {
    this.chain.set(index, name, value);
  }

  bypass(on) {
    if (on === this.bypassed) return;
    if (!on) this.chain.reset();
    this.fade(on ? this.chain : 'dry');
    this.bypassed = on;
  }

  fade(from) {
    this.old = from;
    this.left = FADE;
  }

  process(input, output) {
    if (this.bypassed) output.set(input);
    else this.chain.process(input, output);
    if (!this.old) return;
    const before = this.spare.subarray(0, input.length);
    if (this.old === 'dry') before.set(input);
    else this.old.process(input, before);
    for (let i = 0; i < output.length && this.left > 0; i++, this.left--) output[i] += (before[i] - output[i]) * (this.left / FADE);
    if (this.left <= 0) this.old = null;
  }
}
