// The latency lab: sends the probe through a transport for some seconds and says how late it comes out.
import { VoiceLink } from './link.js';
import { histogram, quantile } from './room_budget.js';

const TICK_MS = 250;
const LONG_MS = 60; // journeys beyond which the pictures do not reach
const EDGE = { left: 46, right: 10, top: 8, bottom: 24 };
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

const LATE_S = 8; // longer at most where the probe was not found in time

/* Returns the link's stats after `seconds` of probe; onTick(stats) four times a second; `signal.stop` ends it early.
   Rejects with a sentence when the way cannot be opened or breaks. */
export async function measure({ transport, seconds = 10, chain, packet = 128, ringMs = 'auto', prefetch = 4, base }, onTick = () => {}, signal = {}) {
  const link = await VoiceLink.open({ transport, chain, packet, ringMs, prefetch, source: { kind: 'probe' }, monitor: false, base });
  let broken = '';
  link.onstate = ({ state, message }) => {
    if (state === 'failed' || state === 'ended') broken = message || 'The connection ended before the measurement did: try again.';
  };
  try {
    const start = performance.now();
    const passed = () => (performance.now() - start) / 1000;
    while (!signal.stop && passed() < seconds + (link.stats().median_ms === null ? LATE_S : 0)) {
      await wait(TICK_MS);
      if (broken) throw new Error(broken);
      onTick({ ...link.stats(), asked: transport, ran: link.transport, share: Math.min(0.99, passed() / seconds) });
    }
    return { ...link.stats(), asked: transport, ran: link.transport };
  } finally {
    link.onstate = null;
    link.close();
  }
}

// What the pictures show: journeys where packets travel (when a packet could have been played), else what was heard.
export function delaysOf(stats) {
  const packets = stats.ran === 'data' || stats.ran === 'websocket';
  return { packets, values: packets && stats.journeys_ms?.length ? stats.journeys_ms : stats.samples_ms, ring_ms: packets ? stats.ring_ms : null };
}

function paper(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = Math.round(w * ratio);
  canvas.height = Math.round(h * ratio);
  const pen = canvas.getContext('2d');
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.font = '11px Inter, system-ui, sans-serif';
  const style = getComputedStyle(canvas);
  const colours = Object.fromEntries(['--body-text-color-subdued', '--lab-grid', '--lab-c1', '--lab-c2', '--lab-c4', '--lab-bad'].map((name) => [name, style.getPropertyValue(name).trim()]));
  const text = (words, x, y, align = 'center', colour = '--body-text-color-subdued') => {
    pen.fillStyle = colours[colour];
    pen.textAlign = align;
    pen.textBaseline = 'middle';
    pen.fillText(words, x, y);
  };
  const line = (x0, y0, x1, y1, colour, dash = []) => {
    pen.strokeStyle = colours[colour];
    pen.setLineDash(dash);
    pen.beginPath();
    pen.moveTo(x0, y0);
    pen.lineTo(x1, y1);
    pen.stroke();
    pen.setLineDash([]);
  };
  return { pen, colours, text, line, box: { x: EDGE.left, y: EDGE.top, w: w - EDGE.left - EDGE.right, h: h - EDGE.top - EDGE.bottom } };
}

const steps = (top) => [1, 2, 5, 10, 20, 50, 100, 200].find((s) => top / s <= 6) ?? 500;

// The delay of each packet, newest at the right; those over the ring's line came too late to be played.
export function strip(canvas, stats) {
  const { pen, colours, text, line, box } = paper(canvas);
  const { values, ring_ms, packets } = delaysOf(stats);
  const shown = values.subarray(Math.max(0, values.length - (packets ? 3000 : 120)));
  const sorted = Float32Array.from(shown).sort();
  const high = packets ? Math.max(LONG_MS, ring_ms * 1.5) : Infinity; // what took longer is drawn at the edge
  const top = Math.min(high, Math.max(10, quantile(sorted, 0.995) * 1.25, (ring_ms ?? 0) * 1.3));
  const place = (ms) => box.y + box.h * (1 - Math.min(1, ms / top));
  for (let ms = 0; ms <= top; ms += steps(top)) {
    line(box.x, place(ms), box.x + box.w, place(ms), '--lab-grid');
    text(`${ms} ms`, box.x - 4, place(ms), 'right');
  }
  for (let i = 0; i < shown.length; i++) {
    pen.fillStyle = colours[ring_ms && shown[i] > ring_ms ? '--lab-bad' : '--lab-c1'];
    pen.fillRect(box.x + (box.w * i) / Math.max(1, shown.length - 1) - 1, place(shown[i]) - 1, packets ? 1.6 : 4, packets ? 2.4 : 4);
  }
  if (ring_ms) {
    line(box.x, place(ring_ms), box.x + box.w, place(ring_ms), '--lab-c4', [5, 4]);
    text(`ring buffer, ${ring_ms.toFixed(1)} ms`, box.x + box.w, place(ring_ms) - 8, 'right');
  }
  text(packets ? `the last ${shown.length} packets` : `${shown.length} measurements, four a second`, box.x + box.w, box.y + box.h + 13, 'right');
}

export function bars(canvas, stats) {
  const { pen, colours, text, line, box } = paper(canvas);
  const { values, ring_ms, packets } = delaysOf(stats);
  const sorted = Float32Array.from(values).sort();
  const from = sorted[0] > 40 ? Math.floor(sorted[0] / 10 - 1) * 10 : 0; // a long delay's spread is far from zero
  const high = packets ? Math.max(LONG_MS, ring_ms * 1.5) : Infinity;
  const top = Math.min(high, Math.max(4, (quantile(sorted, 0.998) - from) * 1.15, ((ring_ms ?? 0) - from) * 1.15));
  const width = top > 100 ? 5 : top > 40 ? 2 : top > 16 ? 1 : 0.5;
  const counts = histogram(values.map((ms) => ms - from), width, top);
  const most = Math.max(1, ...counts);
  const place = (ms) => box.x + (box.w * (ms - from)) / (counts.length * width);
  const roof = box.y + 30; // above the bars: what the lines are
  counts.forEach((count, i) => {
    const h = ((box.y + box.h - roof) * count) / most;
    pen.fillStyle = colours[ring_ms && from + i * width >= ring_ms ? '--lab-bad' : '--lab-c1'];
    pen.fillRect(place(from + i * width) + 0.5, box.y + box.h - h, Math.max(1, place(width) - place(0) - 1), h);
  });
  line(box.x, box.y + box.h, box.x + box.w, box.y + box.h, '--lab-grid');
  const step = steps(counts.length * width);
  for (let ms = Math.ceil(from / step) * step; ms <= from + counts.length * width; ms += step) text(`${ms} ms`, place(ms), box.y + box.h + 13);
  text(`${Math.round((100 * most) / Math.max(1, values.length))} %`, box.x - 6, roof, 'right');
  const right = (ms) => place(ms) > box.x + box.w * 0.6;
  [[0.5, 'median'], [0.99, '99 %']].forEach(([q, name], i) => {
    const ms = quantile(sorted, q);
    if (ms > from + counts.length * width) return; // it lies outside of the picture; the sentence beside has it
    line(place(ms), box.y + 12 * i, place(ms), box.y + box.h, '--lab-c2', [3, 3]);
    text(`${name} ${ms.toFixed(1)} ms`, place(ms) + (right(ms) ? -5 : 5), box.y + 5 + 13 * i, right(ms) ? 'right' : 'left');
  });
}
