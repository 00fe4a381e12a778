// "Where do the milliseconds go?": the three ways side by side, measured here, each part of each bar explained.
import { browserBudget, quantile } from './room_budget.js';
import { Budgets } from './room_budget_view.js';
import { bars, delaysOf, measure, strip } from './room_lab.js';

const NAMES = { browser: 'in the browser', data: 'over the data channel', track: 'over the audio track' };
const TITLES = { browser: 'In the browser', data: 'Server, data channel', track: 'Server, audio track' };
// Medians that were measured before the page was built: without an effect, browser and server on one machine.
const RECORDED_MS = { data: 10.7, track: 160 };
const SECONDS = 10;
const number = (v, digits = 1) => (Number.isFinite(v) ? v.toFixed(digits) : '–');

export class LatePart {
  // options(): what the page is set to; before(): called ahead of a measurement; onKnown(): a number is new.
  constructor(root, { base, options, say, before, onKnown }) {
    Object.assign(this, { root, base, options, say, before, onKnown, results: {}, chain_ms: 0, block_us: 0, signal: null });
    this.budgets = new Budgets(root.querySelector('.vc-late .vc-bars'), root.querySelector('.vc-late .vc-part'),
      (way) => this.results[way] && !this.signal && this.pictures(this.results[way]));
    this.progress = root.querySelector('.vc-progress');
    const at = (selector) => root.querySelector(selector);
    at('.vc-one').onclick = () => this.run([this.options().transport]);
    at('.vc-all').onclick = () => this.run(['browser', 'data', 'track']);
    at('.vc-cancel').onclick = () => (this.signal.stop = true);
    this.last = null;
    new ResizeObserver(() => this.last && this.pictures(this.last)).observe(at('.vc-strip canvas'));
    new MutationObserver(() => this.last && this.pictures(this.last)).observe(document.body, { attributes: true, attributeFilter: ['class'] });
  }

  name(transport) {
    return NAMES[transport];
  }

  // The declared delay of the chain changed: what was measured holds for the old one, so only its way is kept.
  chain(ms) {
    this.chain_ms = ms;
    this.draw();
  }

  computed(block_us) {
    this.block_us = block_us;
    this.draw();
  }

  // Worklet to worklet in ms with the chain of now, or null while unmeasured.
  known(transport) {
    if (transport === 'browser') return this.chain_ms;
    const result = this.results[transport];
    return result?.median_ms ? result.median_ms - result.budget.declared_ms + this.chain_ms : null;
  }

  row(transport) {
    const result = this.results[transport];
    const title = TITLES[transport];
    if (transport === 'browser') {
      const { base_ms = 0, output_ms = 0, quantum_ms = 0 } = result?.budget ?? {};
      const budget = { ...browserBudget(this.chain_ms), base_ms, output_ms, quantum_ms, how: { algorithm_ms: 'declared' } };
      const computing = this.block_us ? `computing takes ${this.block_us.toFixed(0)} µs of each 2667 µs block, ${(this.block_us / 26.67).toFixed(1)} %` : '';
      return { key: transport, title, budget, note: [result ? `measured ${number(result.median_ms)} ms` : '', computing].filter(Boolean).join(' · ') };
    }
    if (!result) {
      const ms = RECORDED_MS[transport];
      const budget = { way_ms: ms, algorithm_ms: this.chain_ms, how: { way_ms: 'recorded', algorithm_ms: 'declared' } };
      return { key: transport, title, budget, faint: true, note: `not measured here yet; on the project's own machine the way took ${ms} ms` };
    }
    const moved = this.chain_ms - result.budget.declared_ms;
    const budget = { ...result.budget, algorithm_ms: result.budget.algorithm_ms + moved };
    const over = result.ran === 'websocket' ? 'over a WebSocket: no direct connection · ' : '';
    const now = Math.abs(moved) > 0.01 ? ' · effect changed since' : '';
    const dropouts = result.underruns_per_min;
    return { key: transport, title, budget, note: `${over}measured for ${result.seconds.toFixed(0)} s${now}`, warning: dropouts > 6 ? `${dropouts.toFixed(0)} dropouts a minute` : '' };
  }

  draw() {
    this.budgets.show(['browser', 'data', 'track'].map((transport) => this.row(transport)));
    for (const transport of Object.keys(TITLES)) {
      const known = this.known(transport);
      const label = this.root.querySelector(`[name=vc-transport][value=${transport}]`).parentElement.querySelector('.vc-known');
      label.textContent = known === null ? '' : `${known.toFixed(1)} ms`;
    }
  }

  measure(how, onTick) {
    return measure({ base: this.base, ...how }, onTick, how.signal);
  }

  async run(transports) {
    if (this.signal) return;
    this.before();
    this.signal = {};
    this.busy(true);
    try {
      for (const transport of transports) {
        if (this.signal.stop) break;
        this.progress.classList.remove('problem');
        this.progress.textContent = `Connecting, ${NAMES[transport]}…`;
        const { bypass, ...options } = this.options();
        const result = await this.measure({ ...options, transport, seconds: SECONDS, signal: this.signal }, (now) => this.tick(now));
        if (result.median_ms === null) throw new Error('The probe was not found again in what came out: choose a voice that leaves its rhythm, or measure for longer.');
        this.results[transport] = result;
        this.draw();
        this.table();
        this.tick({ ...result, share: 1 });
        this.onKnown();
      }
      this.progress.textContent = this.summary(transports.filter((t) => this.results[t]));
      if (transports.length > 1 && this.results.data) this.pictures(this.results.data);
    } catch (problem) {
      this.progress.textContent = problem.message;
      this.progress.classList.add('problem');
    }
    this.signal = null;
    this.busy(false);
  }

  summary(transports) {
    const parts = transports.map((t) => `${number(this.results[t].median_ms)} ms ${NAMES[t]}`);
    const busy = transports.some((t) => this.results[t].underruns_per_min > 30) ? ' Many dropouts: other programs keep this machine or the network busy.' : '';
    return parts.length ? `Measured: ${parts.join(', ')}.${busy}` : '';
  }

  busy(on) {
    for (const name of ['.vc-one', '.vc-all']) this.root.querySelector(name).disabled = on;
    this.root.querySelector('.vc-cancel').hidden = !on;
  }

  tick(stats) {
    if (stats.share < 1) this.progress.textContent = `Measuring ${NAMES[stats.asked]}: ${stats.median_ms === null ? 'listening for the probe' : `${stats.median_ms.toFixed(1)} ms`}`;
    this.pictures(stats);
  }

  pictures(stats) {
    this.last = stats;
    const { values, packets, ring_ms } = delaysOf(stats);
    if (!values.length || document.hidden) return;
    this.root.querySelector('.vc-lab').classList.add('measured');
    const [one, two] = ['.vc-strip', '.vc-histogram'].map((name) => this.root.querySelector(name));
    strip(one.querySelector('canvas'), stats);
    bars(two.querySelector('canvas'), stats);
    one.querySelector('figcaption').textContent = `${packets ? 'Travel time of each packet' : 'Delay'}, ${NAMES[stats.asked]}`;
    const sorted = Float32Array.from(values).sort();
    one.querySelector('p').textContent = packets
      ? `When each packet could have been played: half within ${number(quantile(sorted, 0.5))} ms, 99 % within ${number(quantile(sorted, 0.99))} ms. Red ones came later than the ring waits: a dropout each, or part of one. The effect’s own delay comes on top.`
      : 'Found in the sound itself: the loudness of what came out, laid over that of what went in. The effect is included.';
    const words = `${NAMES[stats.asked]}: median ${number(stats.median_ms)} ms, 95 % within ${number(stats.p95_ms)} ms, 99 % within ${number(stats.p99_ms)} ms`;
    one.querySelector('canvas').setAttribute('aria-label', `Delay over time, ${words}${ring_ms ? `; the ring buffer holds ${number(ring_ms)} ms` : ''}`);
    two.querySelector('canvas').setAttribute('aria-label', `Histogram of the delays, ${words}`);
  }

  table() {
    this.root.querySelector('.vc-table tbody').replaceChildren(...Object.entries(this.results).map(([transport, r]) => {
      const row = document.createElement('tr');
      row.dataset.way = transport;
      const cpu = r.cpu_percent === null ? '–' : `${number(r.cpu_percent, 0)} %`;
      const cells = [TITLES[transport], `${number(r.median_ms)} ms`, `${number(r.p95_ms)} ms`, `${number(r.p99_ms)} ms`, number(r.underruns_per_min), cpu];
      row.append(...cells.map((text) => Object.assign(document.createElement('td'), { textContent: text })));
      return row;
    }));
  }
}
