// The chain of effects as cards with sliders. A chain is a list [[name, {parameter: value}], ...] everywhere.
import { EFFECTS, VoiceChain } from './engine.js';

const make = (tag, className, text = '') => Object.assign(document.createElement(tag), { className, textContent: text });
const round = (v) => Number(Number(v).toPrecision(6));

// Every parameter filled in, so that sliders and comparisons have something to stand on.
export const complete = (steps) => steps.map(([name, given = {}]) => [name,
  Object.fromEntries(EFFECTS[name].params.map((p) => [p.name, given[p.name] ?? p.default]))]);

export const same = (a, b) => JSON.stringify(complete(a)) === JSON.stringify(complete(b));

// As a link writes it: gate:threshold_db=-50;pitch:semitones=5
export const chainText = (steps) => steps.map(([name, given]) => {
  const moved = EFFECTS[name].params.filter((p) => given[p.name] !== undefined && given[p.name] !== p.default);
  return name + (moved.length ? `:${moved.map((p) => `${p.name}=${round(given[p.name])}`).join(',')}` : '');
}).join(';');

export const latencyOf = (steps) => new VoiceChain(steps).latency;

export class ChainEditor {
  // onSet(index, name, value): a slider moved. onChain(steps): effects came or went.
  constructor(root, { onSet, onChain }) {
    Object.assign(this, { root, onSet, onChain, steps: [] });
    this.list = root.querySelector('ol');
    this.sum = root.querySelector('.vc-sum');
    this.add = root.querySelector('.vc-add select');
    for (const [name, { title }] of Object.entries(EFFECTS)) this.add.append(new Option(title, name));
    this.add.onchange = () => {
      const last = this.steps.at(-1)?.[0] === 'limiter' ? this.steps.length - 1 : this.steps.length;
      const steps = this.steps.toSpliced(last, 0, ...complete([[this.add.value, {}]]));
      this.add.value = '';
      this.onChain(steps);
    };
  }

  show(steps) {
    this.steps = complete(steps);
    this.list.replaceChildren(...this.steps.map((step, i) => this.card(step, i)));
    this.total();
  }

  card([name, values], i) {
    const effect = EFFECTS[name];
    const card = make('li', 'vc-effect');
    const head = make('div', 'vc-effect-head');
    const away = make('button', '', '×');
    away.type = 'button';
    away.title = `Take ${effect.title} out`;
    away.setAttribute('aria-label', away.title);
    away.onclick = () => this.onChain(this.steps.toSpliced(i, 1));
    head.append(make('strong', '', effect.title), make('span', 'vc-effect-ms'), away);
    head.title = effect.what;
    card.append(head);
    for (const p of effect.params) {
      const label = make('label', 'vc-slider');
      const shown = make('output', '', this.value(p, values[p.name]));
      const input = Object.assign(document.createElement('input'), { type: 'range', min: p.low, max: p.high, step: p.step || 'any', value: values[p.name] });
      input.dataset.param = p.name;
      input.setAttribute('aria-valuetext', shown.textContent);
      input.oninput = () => {
        values[p.name] = Number(input.value);
        shown.textContent = this.value(p, values[p.name]);
        input.setAttribute('aria-valuetext', shown.textContent);
        this.total();
        this.onSet(i, p.name, values[p.name]);
      };
      label.append(make('span', '', p.label), shown, input);
      card.append(label);
    }
    return card;
  }

  value(p, v) {
    if (p.choices?.length) return p.choices[Math.round(v)];
    const digits = p.step >= 1 ? 0 : p.step >= 0.1 ? 1 : 2;
    return `${Number(v).toFixed(digits)}${p.unit ? ` ${p.unit}` : ''}`;
  }

  total() {
    const each = this.steps.map((step) => latencyOf([step]));
    this.list.querySelectorAll('.vc-effect-ms').forEach((span, i) => (span.textContent = each[i] ? `${(each[i] / 48).toFixed(1)} ms` : ''));
    const whole = latencyOf(this.steps);
    const parts = each.filter((n) => n);
    this.sum.textContent = whole
      ? `Declared delay: ${parts.length > 1 ? `${parts.join(' + ')} = ` : ''}${whole} samples, ${(whole / 48).toFixed(1)} ms`
      : 'Declared delay: 0. Each sample goes out in the block in which it came in.';
  }
}
