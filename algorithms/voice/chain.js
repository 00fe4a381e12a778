// Checks one parameter as algorithms/voice/effects.py does; the sentences are for a student.
function checked(effect, name, value) {
  const param = EFFECTS[effect].params.find((p) => p.name === name);
  if (!param) {
    throw new RangeError(`The effect "${effect}" has no parameter "${name}"; it has: ${EFFECTS[effect].params.map((p) => p.name).join(', ') || 'none'}.`);
  }
  if (typeof value !== 'number' || !(value >= param.low && value <= param.high)) {
    throw new RangeError(`${param.label} must be a number from ${param.low} to ${param.high} ${param.unit}`.trim() + `, not ${value}.`);
  }
  return value;
}

/** A row of effects over a stream of any block size: the same as Python's algorithms.voice.effects.Chain. */
export class VoiceChain {
  /** steps: [["pitch", {semitones: 5}], ...]; parameters left out take their defaults. */
  constructor(steps, rate = RATE) {
    if (rate !== RATE) throw new RangeError(`The voice effects run at ${RATE} Hz, not ${rate}: resample the sound first.`);
    this.work = new Float64Array(1024);
    this.stages = steps.map(([name, values]) => {
      const effect = EFFECTS[name];
      if (!Object.hasOwn(EFFECTS, name)) {
        throw new RangeError(`There is no effect "${name}"; the effects are: ${Object.keys(EFFECTS).join(', ')}.`);
      }
      for (const key of Object.keys(values || {})) checked(name, key, values[key]);
      const target = Float64Array.from(effect.params, (p) => (values && p.name in values ? values[p.name] : p.default));
      const state = new Float64Array(effect.state.reduce((a, b) => a + b, 0));
      let start = 0;
      const parts = effect.state.map((size) => state.subarray(start, (start += size)));
      return {name, effect, kernel: KERNELS[effect.kernel], target, now: target.slice(), state, parts};
    });
    this.latency = this.stages.reduce((sum, stage) => sum + stage.effect.latency, 0);
  }

  /** The chain as it is set now, in the form the constructor takes. */
  get steps() {
    return this.stages.map((s) => [s.name, Object.fromEntries(s.effect.params.map((p, k) => [p.name, s.target[k]]))]);
  }

  /** Change input (Float32Array of any length) into output (as long; may be the same array). */
  process(input, output) {
    const work = this.work;
    for (let k = 0; k < input.length; k++) {
      if (!(Math.abs(input[k]) <= 1e4)) {
        throw new RangeError('The sound holds a value that is not a number between -1 and 1: look where it comes from.');
      }
    }
    for (let start = 0; start < input.length; start += work.length) {
      const n = Math.min(work.length, input.length - start);
      for (let k = 0; k < n; k++) work[k] = input[start + k];
      for (const s of this.stages) s.kernel(work, n, s.target, s.now, ...s.parts);
      for (let k = 0; k < n; k++) output[start + k] = work[k];
    }
    return output;
  }

  /** Set a parameter of one step; it glides there, so nothing clicks. */
  set(index, name, value) {
    const stage = this.stages[index];
    if (!stage) throw new RangeError(`The chain has ${this.stages.length} steps, so there is no step ${index}.`);
    checked(stage.name, name, value);
    stage.target[stage.effect.params.findIndex((p) => p.name === name)] = value;
  }

  /** Forget everything heard so far and stand at the set parameters. */
  reset() {
    for (const stage of this.stages) {
      stage.state.fill(0);
      stage.now.set(stage.target);
    }
  }
}
