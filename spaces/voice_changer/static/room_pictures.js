// The live pictures: pitch over time and the spectrum, before and after. Canvas, drawn at most once a screen refresh.
import { clearest, median, moved, pitch, spectrumAt, spread } from './room_signal.js';

const SPAN_S = 6; // of sound in the rolling picture
const HOP_S = 0.02; // between two live pitch values
const PITCH_HZ = [60, 800];
const SPECTRUM_HZ = [80, 12000];
const LEVELS_DB = [-100, -5];
const EDGE = { left: 44, right: 8, top: 8, bottom: 22 };
const RATE = 48000;
const LEVEL_S = 0.12; // how far back level() looks
const LEVEL_BLOCK = 240; // samples

const powerDb = (power) => 10 * Math.log10(power + 1e-12);
const share = (hz, [low, high]) => Math.log(hz / low) / Math.log(high / low);
const colour = (root, name) => getComputedStyle(root).getPropertyValue(name).trim();

class Canvas {
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext('2d');
  }

  // Clears, fits the bitmap to the screen and returns the inner box.
  begin() {
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [this.canvas.clientWidth, this.canvas.clientHeight];
    if (this.canvas.width !== Math.round(w * ratio) || this.canvas.height !== Math.round(h * ratio)) {
      this.canvas.width = Math.round(w * ratio);
      this.canvas.height = Math.round(h * ratio);
    }
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.pen.clearRect(0, 0, w, h);
    this.pen.font = '11px Inter, system-ui, sans-serif';
    this.ink = colour(this.canvas, '--body-text-color-subdued');
    this.grid = colour(this.canvas, '--lab-grid');
    this.old = colour(this.canvas, '--lab-c2');
    this.new = colour(this.canvas, '--lab-c1');
    this.fill = colour(this.canvas, '--lab-fill');
    this.mark = colour(this.canvas, '--lab-cursor');
    this.box = { x: EDGE.left, y: EDGE.top, w: w - EDGE.left - EDGE.right, h: h - EDGE.top - EDGE.bottom };
    return this.box;
  }

  rule(x0, y0, x1, y1, colour = this.grid, width = 1) {
    this.pen.strokeStyle = colour;
    this.pen.lineWidth = width;
    this.pen.beginPath();
    this.pen.moveTo(Math.round(x0) + 0.5, Math.round(y0) + 0.5);
    this.pen.lineTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
    this.pen.stroke();
  }

  text(words, x, y, align = 'center') {
    this.pen.fillStyle = this.ink;
    this.pen.textAlign = align;
    this.pen.textBaseline = 'middle';
    this.pen.fillText(words, x, y);
  }
}

function trackPicture(canvas, tracks, from_s, to_s, cursor_s) {
  const c = new Canvas(canvas);
  const { x, y, w, h } = c.begin();
  const place = (hz) => y + h * (1 - share(hz, PITCH_HZ));
  for (const hz of [75, 100, 150, 200, 300, 400, 600]) {
    c.rule(x, place(hz), x + w, place(hz));
    c.text(String(hz), x - 6, place(hz), 'right');
  }
  c.text('Hz', x - 6, y + 2, 'right');
  const step = w < 420 ? 2 : 1;
  for (let s = Math.ceil(from_s / step) * step; s <= to_s; s += step) {
    if (s < 0) continue;
    const at = x + (w * (s - from_s)) / (to_s - from_s);
    c.rule(at, y + h, at, y + h + 4);
    c.text(`${s} s`, Math.min(at, x + w - 8), y + h + 13);
  }
  tracks.forEach(({ values, hop_s, first_s = 0 }, i) => {
    c.pen.fillStyle = i ? c.new : c.old;
    for (let k = 0; k < values.length; k++) {
      if (!(values[k] > PITCH_HZ[0] && values[k] < PITCH_HZ[1])) continue;
      const s = first_s + k * hop_s;
      if (s < from_s || s > to_s) continue;
      const size = i ? 2.6 : 4.4; // where both are the same, the one before shows around the one after
      c.pen.fillRect(x + (w * (s - from_s)) / (to_s - from_s) - size / 2, place(values[k]) - size / 2, size, size);
    }
  });
  if (cursor_s === undefined) return;
  const cursor = x + (w * (cursor_s - from_s)) / (to_s - from_s);
  c.rule(cursor, y, cursor, y + h, c.mark, 2);
}

function spectrumPicture(canvas, spectra) {
  const c = new Canvas(canvas);
  const { x, y, w, h } = c.begin();
  for (const db of [-80, -60, -40, -20]) {
    const at = y + h * ((LEVELS_DB[1] - db) / (LEVELS_DB[1] - LEVELS_DB[0]));
    c.rule(x, at, x + w, at);
    c.text(String(db), x - 6, at, 'right');
  }
  c.text('dB', x - 6, y + 2, 'right');
  for (const hz of [100, 200, 500, 1000, 2000, 5000, 10000]) {
    const at = x + w * share(hz, SPECTRUM_HZ);
    c.rule(at, y, at, y + h);
    c.text(hz >= 1000 ? `${hz / 1000} kHz` : hz === 100 ? '100 Hz' : `${hz}`, at, y + h + 13);
  }
  c.pen.save();
  c.pen.beginPath();
  c.pen.rect(x, y, w, h);
  c.pen.clip();
  spectra.forEach((levels, i) => {
    const bin = RATE / 2 / levels.length;
    c.pen.beginPath();
    let previous = Math.floor(SPECTRUM_HZ[0] / bin);
    for (let px = 0; px <= w; px += 2) {
      const hz = SPECTRUM_HZ[0] * (SPECTRUM_HZ[1] / SPECTRUM_HZ[0]) ** (px / w);
      const place = Math.min(levels.length - 2, hz / bin);
      const to = Math.floor(place);
      // Where a pixel has less than one bin, between two; where it has several, the largest.
      let top = levels[to] + (place - to) * (levels[to + 1] - levels[to]);
      for (let k = previous + 1; k <= to; k++) top = Math.max(top, levels[k]);
      previous = to;
      const at = y + h * Math.min(1.2, (LEVELS_DB[1] - top) / (LEVELS_DB[1] - LEVELS_DB[0]));
      if (px) c.pen.lineTo(x + px, at);
      else c.pen.moveTo(x, at);
    }
    c.pen.strokeStyle = i ? c.new : c.old;
    c.pen.lineWidth = i ? 2 : 1.5;
    c.pen.stroke();
    if (i) {
      c.pen.lineTo(x + w, y + h);
      c.pen.lineTo(x, y + h);
      c.pen.fillStyle = c.fill;
      c.pen.fill();
    }
  });
  c.pen.restore();
}

const hertz = (hz) => `${Math.round(hz)} Hz`;
// `before`, `after`: pitch tracks, `late` entries apart.
export function pitchSentence(before, after, late) {
  const [before_hz, after_hz, steps] = [median(before), median(after), moved(before, after, late)];
  if (!Number.isFinite(before_hz)) return 'No pitch was found: nothing in this sound repeats regularly.';
  if (!Number.isFinite(after_hz) || !Number.isFinite(steps)) return `The voice lay around ${hertz(before_hz)}; after the effect hardly any pitch is left.`;
  if (spread(after) < 0.3 && spread(before) > 1) return `The pitch moved around ${hertz(before_hz)} before; after it is one note, ${hertz(after_hz)}.`;
  if (Math.abs(steps) < 0.3) return `The pitch stays where it was, around ${hertz(before_hz)} (the median).`;
  return `Median pitch ${hertz(before_hz)} before and ${hertz(after_hz)} after; moment by moment ${Math.abs(steps).toFixed(1)} semitones ${steps > 0 ? 'up' : 'down'}.`;
}
const spacing = (hz) => (Number.isFinite(hz) ? `${hertz(hz)} apart` : 'not regular');

export class Pictures {
  constructor(root) {
    this.root = root;
    [this.track, this.spectrum] = ['.vc-pitch canvas', '.vc-spectrum canvas'].map((s) => root.querySelector(s));
    [this.trackWords, this.spectrumWords] = ['.vc-pitch p', '.vc-spectrum p'].map((s) => root.querySelector(s));
    this.offline = null;
    this.live = null;
    this.moment = null; // s: whose spectrum is shown while nothing plays
    this.drawn = 0; // screens drawn, for tests
    new MutationObserver(() => this.rest()).observe(document.body, { attributes: true, attributeFilter: ['class'] });
    new ResizeObserver(() => this.rest()).observe(this.track);
    const pick = (event) => {
      const { left, width } = this.track.getBoundingClientRect();
      this.go(((event.clientX - left - EDGE.left) / (width - EDGE.left - EDGE.right)) * (this.offline?.seconds ?? 0));
    };
    this.track.addEventListener('pointerdown', pick);
    this.track.addEventListener('pointermove', (event) => event.buttons && pick(event));
    this.track.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -0.05, ArrowRight: 0.05 }[event.key];
      if (step) this.go(this.moment + step);
      if (step) event.preventDefault();
    });
  }

  // The spectrum of another moment.
  go(moment) {
    if (this.live || !this.offline) return;
    this.moment = Math.max(0, Math.min(this.offline.seconds, moment));
    this.rest();
  }

  // What the whole clip gives, while nothing plays; `fresh`: it is another clip.
  show(result) {
    const other = this.offline?.before.samples.length !== result.before.samples.length;
    this.offline = result;
    if (other || this.moment === null) this.moment = clearest(result.before.pitch, result.after.pitch) * 0.01 - 0.03;
    if (this.live) return;
    this.say(pitchSentence(result.before.pitch, result.after.pitch, Math.round(result.latency / (0.01 * RATE))));
    this.rest();
  }

  say(sentence) {
    if (this.trackWords.textContent === sentence) return;
    this.trackWords.textContent = sentence;
    this.track.setAttribute('aria-label', `Pitch over time. ${sentence} The arrow keys choose the moment of the spectrum below.`);
  }

  when(live) {
    this.root.querySelector('.vc-when').textContent = live ? 'Spectrum now' : 'Spectrum of that moment';
    this.root.querySelector('.vc-pitch .lab-hint').hidden = live;
  }

  saySpectrum(words) {
    this.spectrumWords.textContent = words;
    this.spectrum.setAttribute('aria-label', `Spectrum from 80 Hz to 12 kHz. ${words}`);
  }

  rest() {
    if (this.live || !this.offline || !this.root.isConnected) return;
    const { before, after, seconds, latency } = this.offline;
    trackPicture(this.track, [before, after].map(({ pitch: values }) => ({ values, hop_s: 0.01, first_s: -0.03 })), 0, seconds, this.moment);
    const at = this.moment * RATE;
    spectrumPicture(this.spectrum, [spectrumAt(before.samples, at), spectrumAt(after.samples, at + latency)]);
    const [from, to] = [before, after].map(({ pitch: values }, i) => values[Math.round((this.moment + 0.03 + (i * latency) / RATE) * 100)]);
    this.saySpectrum(`At ${this.moment.toFixed(2)} s: the narrow peaks are the harmonics of the pitch, ${spacing(from)} before, ${spacing(to)} after. The broad hills are the formants of the mouth.`);
    this.track.setAttribute('aria-valuenow', this.moment.toFixed(2));
    this.track.setAttribute('aria-valuemax', seconds.toFixed(2));
    this.track.setAttribute('aria-valuetext', `${this.moment.toFixed(2)} seconds`);
    this.drawn++;
  }

  // Follows a running link until `end`.
  follow(link) {
    const taps = [link.before, link.after].map((node) => {
      const spectrum = new AnalyserNode(link.context, { fftSize: 4096, smoothingTimeConstant: 0.7 });
      const wave = new AnalyserNode(link.context, { fftSize: 8192 });
      node.connect(spectrum);
      node.connect(wave);
      return { node, spectrum, wave, levels: new Float32Array(2048), y: new Float32Array(8192), values: [] };
    });
    const late_s = () => (Number.isFinite(link.stats().median_ms) ? link.stats().median_ms / 1000 : link.latency / RATE);
    const live = { link, taps, start: link.context.currentTime, steps: 0, said: 0 };
    this.live = live;
    this.when(true);
    const frame = () => {
      if (this.live !== live) return;
      if (!this.root.isConnected) return this.end();
      requestAnimationFrame(frame);
      const now = link.context.currentTime - live.start;
      const due = Math.floor(now / HOP_S) + 1;
      if (due > live.steps) {
        for (const tap of taps) {
          tap.wave.getFloatTimeDomainData(tap.y);
          const hz = pitch(tap.y, link.context.sampleRate);
          while (tap.values.length < due - 1) tap.values.push(NaN); // screens that were missed
          tap.values.push(hz);
        }
        live.steps = due;
        const first = Math.max(0, due - Math.ceil(SPAN_S / HOP_S) - 1);
        if (now - live.said > 0.5) {
          live.said = now;
          const [before, after] = taps.map((tap) => tap.values.slice(first));
          this.say(`The last ${SPAN_S} s: ${pitchSentence(before, after, Math.round(late_s() / HOP_S))}`);
          this.saySpectrum('Now: the narrow peaks are the harmonics of the pitch, the broad hills the formants of the mouth.');
        }
        const to_s = Math.max(SPAN_S, now);
        trackPicture(this.track, taps.map(({ values }) => ({ values: values.slice(first), hop_s: HOP_S, first_s: first * HOP_S })), to_s - SPAN_S, to_s);
      }
      for (const tap of taps) tap.spectrum.getFloatFrequencyData(tap.levels);
      spectrumPicture(this.spectrum, taps.map(({ levels }) => levels));
      this.drawn++;
    };
    requestAnimationFrame(frame);
  }

  // How loud what comes in (0) or goes out (1) was in the last LEVEL_S: the mean and the loudest 5 ms, in dB;
  // null while nothing runs. Asked at least every LEVEL_S it misses nothing, however short.
  level(which) {
    if (!this.live) return null;
    const { wave, y } = this.live.taps[which];
    wave.getFloatTimeDomainData(y);
    let [sum, loudest, blocks] = [0, 0, 0];
    for (let end = y.length; end > y.length - LEVEL_S * RATE; end -= LEVEL_BLOCK) {
      let power = 0;
      for (let i = end - LEVEL_BLOCK; i < end; i++) power += (y[i] * y[i]) / LEVEL_BLOCK;
      sum += power;
      loudest = Math.max(loudest, power);
      blocks++;
    }
    return { mean: powerDb(sum / blocks), loudest: powerDb(loudest) };
  }

  end() {
    if (!this.live) return;
    for (const { node, spectrum, wave } of this.live.taps) {
      node.disconnect(spectrum);
      node.disconnect(wave);
    }
    this.live = null;
    this.when(false);
    if (this.offline) this.show(this.offline);
  }
}
