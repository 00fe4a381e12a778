// Finds the delay of a sound in the sound itself: the energy envelope of what came out is laid over that of what went in.
// It works for every transport and every effect, since an effect changes pitch and timbre but not when something is loud.
export const ENVELOPE_RATE = 3000; // values a second: the worklet adds up the energy of 16 samples
const WINDOW = 3600; // values compared: 1.2 s
const LONGEST = 2700; // the longest delay looked for: 0.9 s
const COARSE = 3; // first in steps of a millisecond, then finely
const SMOOTH = 18; // values that are averaged, twice: 6 ms, so that the pitch's single pulses don't count
const SURE = 0.6; // correlation below which no delay is claimed
const APART = 0.1; // and by so much another delay must fit worse

export class DelayFinder {
  constructor() {
    this.before = new Float32Array(WINDOW + LONGEST + 16);
    this.after = new Float32Array(WINDOW + LONGEST + 16);
    this.filled = 0;
  }

  // Take a quarter of a second of both envelopes; returns {delay_ms, correlation}, or null where nothing can be said or
  // nothing was asked.
  add(before, after, asked = true) {
    for (const [kept, fresh] of [[this.before, before], [this.after, after]]) {
      kept.copyWithin(0, fresh.length);
      for (let i = 0; i < fresh.length; i++) kept[kept.length - fresh.length + i] = Math.sqrt(fresh[i]);
    }
    this.filled += before.length;
    return !asked || this.filled < this.before.length ? null : findDelay(this.before, this.after);
  }
}

const pool = (x, by) => Float32Array.from({ length: Math.floor(x.length / by) }, (_, i) => {
  let sum = 0;
  for (let j = 0; j < by; j++) sum += x[i * by + j];
  return sum;
});

// The mean of each value and those before it; on both sounds alike, so it moves no delay.
function smooth(x) {
  const out = new Float32Array(x.length);
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    sum += x[i] - (i >= SMOOTH ? x[i - SMOOTH] : 0);
    out[i] = Math.max(0, sum / SMOOTH);
  }
  return out;
}

// Pearson's correlation of the last `n` values of `y` with the values of `x` that lie `lag` earlier.
function correlation(x, y, n, lag) {
  let sx = 0;
  let sy = 0;
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = y.length - n; i < y.length; i++) {
    const a = x[i - lag];
    const b = y[i];
    sx += a;
    sy += b;
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  const spread = (xx - (sx * sx) / n) * (yy - (sy * sy) / n);
  return spread > 1e-12 ? (xy - (sx * sy) / n) / Math.sqrt(spread) : 0;
}

// The lag that fits best; `second` is how well the best one fits that is at least `apart` lags away.
function best(x, y, n, from, to, apart = Infinity) {
  const values = Float32Array.from({ length: to - from + 1 }, (_, i) => correlation(x, y, n, from + i));
  const highest = (keep) => values.reduce((top, value, i) => (keep(i) && (top < 0 || value > values[top]) ? i : top), -1);
  const top = highest(() => true);
  const second = highest((i) => Math.abs(i - top) >= apart);
  return { lag: from + top, value: values[top], second: second < 0 ? -1 : values[second] };
}

// `sent` and `heard`: envelopes on one clock, at ENVELOPE_RATE.
export function findDelay(sent, heard) {
  const before = smooth(smooth(sent));
  const after = smooth(smooth(heard));
  const length = before.length - (before.length % COARSE);
  const rough = best(pool(before.subarray(-length), COARSE), pool(after.subarray(-length), COARSE), WINDOW / COARSE, 0, LONGEST / COARSE, 50);
  if (rough.value < SURE || rough.value - rough.second < APART) return null;
  const centre = rough.lag * COARSE;
  const { lag, value } = best(before, after, WINDOW, Math.max(0, centre - COARSE), Math.min(LONGEST, centre + COARSE));
  // The top of a parabola through the three highest points lies between two values.
  const left = lag ? correlation(before, after, WINDOW, lag - 1) : value;
  const right = correlation(before, after, WINDOW, lag + 1);
  const bend = left - 2 * value + right;
  const shift = lag && bend < 0 ? (0.5 * (left - right)) / bend : 0;
  return { delay_ms: ((lag + shift) * 1000) / ENVELOPE_RATE, correlation: value };
}

// Eight seconds of short, voice-like bursts at irregular moments (so that only one delay fits), to be played in a loop.
export function probeBuffer(context) {
  const rate = context.sampleRate;
  const buffer = context.createBuffer(1, 8 * rate, rate);
  const sound = buffer.getChannelData(0);
  let seed = 1;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  for (let at = 0.05; at < 7.8; at += 0.12 + 0.25 * random()) {
    const n = Math.round((0.03 + 0.04 * random()) * rate);
    const level = 0.3 + 0.4 * random();
    const f0 = 110 + 60 * random();
    for (let i = 0; i < n; i++) {
      let value = 0;
      for (let k = 1; k <= 12; k++) value += Math.cos((2 * Math.PI * k * f0 * i) / rate + k * k) / k;
      sound[Math.round(at * rate) + i] = 0.3 * level * value * Math.sin((Math.PI * i) / n) ** 2;
    }
  }
  return buffer;
}
