// The signal processing that the pictures need: pitch, spectrum, where a sound lies in another, a WAV file. No DOM.

const FACTOR = 4; // pitch is looked for at a quarter of the rate
const FRAME_S = 0.035;
const LOWEST_HZ = 55;
const HIGHEST_HZ = 900;
const SURE = 0.3; // how far the sound may be from repeating exactly and still have a pitch
const NEARLY = 0.2;

/* The pitch of the end of `y` in Hz, or NaN where nothing repeats.
   YIN (de Cheveigné and Kawahara 2002): the lag at which the sound differs least from itself by equation 8, the first
   of those that are nearly as good, with a parabola through its neighbours. Needs about 55 ms of sound. */
export function pitch(y, rate) {
  const low = rate / FACTOR;
  const size = Math.round(FRAME_S * low);
  const longest = Math.ceil(low / LOWEST_HZ);
  const need = size + longest + 1;
  if (y.length < need * FACTOR) return NaN;
  const x = new Float32Array(need);
  const offset = y.length - need * FACTOR;
  let energy = 0;
  for (let i = 0; i < need; i++) {
    let sum = 0;
    for (let j = 0; j < FACTOR; j++) sum += y[offset + i * FACTOR + j];
    x[i] = sum / FACTOR;
    energy += x[i] * x[i];
  }
  if (energy / need < 1e-5) return NaN; // under -50 dB
  const shortest = Math.max(2, Math.floor(low / HIGHEST_HZ));
  const d = new Float32Array(longest + 1);
  let total = 0;
  d[0] = 1;
  for (let lag = 1; lag <= longest; lag++) {
    let sum = 0;
    for (let i = 0; i < size; i++) {
      const difference = x[i] - x[i + lag];
      sum += difference * difference;
    }
    total += sum;
    d[lag] = total > 0 ? (sum * lag) / total : 1;
  }
  let least = Infinity;
  for (let lag = shortest; lag < longest; lag++) least = Math.min(least, d[lag]);
  if (least > SURE) return NaN;
  // The first dip that is nearly as good as the best: multiples of a period are as good as the period itself.
  let best = shortest;
  while (d[best] > least + NEARLY) best++;
  while (best + 1 < longest && d[best + 1] < d[best]) best++;
  const [a, b, c] = [d[best - 1], d[best], d[best + 1]];
  const bend = a - 2 * b + c;
  return low / (best + (bend > 0 ? (a - c) / (2 * bend) : 0));
}

// Pitch every `hop_s` seconds. Entry i belongs to the frame that ends at i * hop_s.
export function pitchTrack(y, rate, hop_s = 0.01) {
  const hop = Math.round(hop_s * rate);
  const need = Math.round(0.056 * rate);
  const track = new Float32Array(Math.floor(y.length / hop)).fill(NaN);
  for (let i = 0; i < track.length; i++) {
    const end = i * hop;
    if (end >= need) track[i] = pitch(y.subarray(end - need, end), rate);
  }
  return track;
}

export function median(values) {
  const known = Array.from(values).filter(Number.isFinite).sort((a, b) => a - b);
  return known.length ? known[known.length >> 1] : NaN;
}

export const semitones = (from, to) => 12 * Math.log2(to / from);

// How far the pitch moved: the median over the moments at which both tracks have one, in semitones; `late` steps lie
// between a moment before and the same moment after. NaN where fewer than a tenth of the moments before have one after.
export function moved(before, after, late = 0) {
  const steps = [];
  let voiced = 0;
  for (let i = 0; i < before.length; i++) {
    if (!Number.isFinite(before[i])) continue;
    voiced++;
    if (Number.isFinite(after[i + late])) steps.push(semitones(before[i], after[i + late]));
  }
  return steps.length > 0.1 * voiced ? median(steps) : NaN;
}

// How far a track's pitch wanders: the range of its middle half, in semitones; NaN where there is hardly any.
export function spread(track) {
  const known = Array.from(track).filter(Number.isFinite).sort((a, b) => a - b);
  return known.length < 8 ? NaN : semitones(known[known.length >> 2], known[(3 * known.length) >> 2]);
}

// In-place FFT of radix 2; re and im have a power of two of values.
export function fft(re, im) {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j], re[i]];
      [im[i], im[j]] = [im[j], im[i]];
    }
  }
  for (let size = 2; size <= n; size <<= 1) {
    const step = (-2 * Math.PI) / size;
    for (let k = 0; k < size >> 1; k++) {
      const [c, s] = [Math.cos(step * k), Math.sin(step * k)];
      for (let i = k; i < n; i += size) {
        const j = i + (size >> 1);
        const r = re[j] * c - im[j] * s;
        const m = re[j] * s + im[j] * c;
        re[j] = re[i] - r;
        im[j] = im[i] - m;
        re[i] += r;
        im[i] += m;
      }
    }
  }
}

// Power spectrum in dB (0 dB: a full-scale sine) of the `size` samples around sample `at`, in a Hann window.
export function spectrumAt(y, at, size = 4096) {
  const start = Math.round(at - size / 2);
  const re = new Float64Array(size);
  const im = new Float64Array(size);
  for (let i = 0; i < size; i++) re[i] = (y[start + i] ?? 0) * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
  fft(re, im);
  return Float32Array.from({ length: size / 2 }, (_, k) => 10 * Math.log10((re[k] ** 2 + im[k] ** 2) / (size / 4) ** 2 + 1e-12));
}

// The middle of the longest stretch with a pitch before and, if there is any, after: an entry of the tracks.
export function clearest(before, after) {
  const some = after.some(Number.isFinite);
  let best = { from: 0, n: 0 };
  for (let i = 0, n = 0; i < before.length; i++) {
    n = Number.isFinite(before[i]) && (!some || Number.isFinite(after[i])) ? n + 1 : 0;
    if (n > best.n) best = { from: i - n + 1, n };
  }
  return best.from + (best.n >> 1);
}

/* Where `reference` lies in `y`: { at, score } with `at` in samples (between two by a parabola) and `score`, how far the
   peak of the correlation stands out of its neighbourhood (1: not at all). By FFT: both are short. */
export function find(y, reference) {
  let size = 2;
  while (size < y.length + reference.length) size <<= 1;
  const [ar, ai, br, bi] = [0, 0, 0, 0].map(() => new Float64Array(size));
  ar.set(y);
  br.set(reference);
  fft(ar, ai);
  fft(br, bi);
  for (let k = 0; k < size; k++) {
    const r = ar[k] * br[k] + ai[k] * bi[k];
    // Conjugated, so that the same forward transform goes back.
    ai[k] = -(ai[k] * br[k] - ar[k] * bi[k]);
    ar[k] = r;
  }
  fft(ar, ai);
  const lags = y.length - reference.length;
  let at = 0;
  let sum = 0;
  for (let i = 0; i < lags; i++) {
    sum += ar[i] * ar[i];
    if (Math.abs(ar[i]) > Math.abs(ar[at])) at = i;
  }
  const [a, b, c] = [ar[at - 1] ?? 0, ar[at], ar[at + 1] ?? 0].map(Math.abs);
  const bend = a - 2 * b + c;
  return { at: at + (bend < 0 ? (a - c) / (2 * bend) : 0), score: b / Math.sqrt(sum / Math.max(1, lags) + 1e-30) };
}

// A sweep from `low` to `high` Hz with soft ends: easy to find in noise, and not unpleasant.
export function chirp(rate, seconds = 0.06, low = 600, high = 6000) {
  const n = Math.round(seconds * rate);
  return Float32Array.from({ length: n }, (_, i) => {
    const t = i / rate;
    const phase = 2 * Math.PI * (low * t + ((high - low) * t * t) / (2 * seconds));
    return 0.5 * Math.sin(phase) * Math.min(1, (6 * i) / n, (6 * (n - 1 - i)) / n);
  });
}

// Mono 16-bit WAV of a list of blocks.
export function wav(blocks, rate) {
  const n = blocks.reduce((sum, block) => sum + block.length, 0);
  const view = new DataView(new ArrayBuffer(44 + 2 * n));
  const text = (at, words) => [...words].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, 'RIFF');
  view.setUint32(4, 36 + 2 * n, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, 2 * n, true);
  let at = 44;
  for (const block of blocks) for (const v of block) {
    view.setInt16(at, Math.max(-32768, Math.min(32767, Math.round(v * 32767))), true);
    at += 2;
  }
  return new Blob([view], { type: 'audio/wav' });
}
