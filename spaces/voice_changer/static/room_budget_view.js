// Draws budgets as stacked bars on one axis in ms. Each part is a button; a click explains it below.
import { BAR_MS, ON_TOP, devices, inside, part, segments } from './room_budget.js';

const make = (tag, className, text = '') => Object.assign(document.createElement(tag), { className, textContent: text });
const say = (ms) => (ms >= 0.095 ? ms.toFixed(1) : ms.toFixed(2));
const ORIGIN = { measured: 'measured', declared: 'declared by the effect', derived: 'derived from measured times', known: 'known', recorded: 'recorded, not measured here', assumed: 'assumed, typical' };
const FIXED = { quantum: 'known', base: 'reported by the browser', output: 'reported by the browser' };

export class Budgets {
  // `rows` of `show`: { key, title, budget (with `how`: where each number comes from), note, faint }
  // onChosen(row): a part of that row was clicked.
  constructor(bars, words, onChosen = () => {}) {
    Object.assign(this, { bars, words, onChosen, chosen: null, rows: [] });
    this.bars.addEventListener('click', (event) => {
      const button = event.target.closest('button[data-part]');
      if (!button) return;
      this.explain(button.dataset.row, button.dataset.part);
      onChosen(button.dataset.row);
    });
  }

  // The axis reaches over every bar that fits 60 ms; longer ones run out of the picture, unless the whole is asked for.
  // `first`: the part that is explained until another is chosen, else the largest.
  show(rows, { whole = false, first = '' } = {}) {
    this.rows = rows;
    const totals = rows.map(({ budget }) => inside(budget) + devices(budget));
    const limit = whole ? Math.max(26, ...totals.map((ms) => ms * 1.03)) : Math.max(26, ...totals.filter((ms) => ms <= 60).map((ms) => ms * 1.06), ...(totals.every((ms) => ms > 60) ? [60] : []));
    const focus = document.activeElement?.dataset?.part && this.bars.contains(document.activeElement)
      ? { ...document.activeElement.dataset } : null;
    this.bars.replaceChildren(...rows.map((row) => this.row(row, limit)), this.axis(limit));
    if (focus) this.bars.querySelector(`[data-row="${focus.row}"][data-part="${focus.part}"]`)?.focus();
    if (!this.chosen || !this.rows.some(({ key, budget }) => key === this.chosen.row && budget[`${this.chosen.part}_ms`] > 0)) {
      const parts = segments(rows[0].budget).sort((a, b) => b.ms - a.ms);
      const opened = parts.find(({ key }) => key === first) ?? parts[0];
      this.chosen = opened ? { row: rows[0].key, part: opened.key } : null;
    }
    if (this.chosen) this.explain(this.chosen.row, this.chosen.part);
  }

  row({ key, title, budget, note = '', warning = '', faint = false }, limit) {
    const total = inside(budget) + devices(budget);
    const row = make('div', `vc-bar${faint ? ' faint' : ''}`);
    row.dataset.row = key;
    const head = make('div', 'vc-bar-head');
    const sum = make('b', inside(budget) <= BAR_MS ? 'good' : 'bad', `${say(inside(budget))} ms`);
    head.append(make('strong', '', title), sum);
    if (devices(budget) > 0.05) head.append(make('span', '', `+ ${say(devices(budget))} ms sound system`));
    if (note) head.append(make('em', '', note));
    if (warning) head.append(make('em', 'bad', warning));
    const bar = make('div', 'vc-stack');
    for (const { key: name, ms, from } of segments(budget)) {
      if (from >= limit) break;
      const button = make('button', `vc-seg kind-${part(name).kind}`);
      button.type = 'button';
      button.dataset.part = name;
      button.dataset.row = key;
      button.style.left = `${(100 * from) / limit}%`;
      button.style.width = `${(100 * Math.min(ms, limit - from)) / limit}%`;
      button.title = `${part(name).title}: ${say(ms)} ms`;
      button.setAttribute('aria-label', `${title}, ${button.title}`);
      if (ms / limit > 0.12) button.append(make('span', '', `${part(name).title} ${say(ms)}`));
      else if (ms / limit > 0.05) button.append(make('span', '', say(ms)));
      bar.append(button);
    }
    if (total > limit) bar.append(make('i', 'vc-torn', `${say(total)} ms →`));
    const line = make('i', 'vc-line');
    line.style.left = `${(100 * BAR_MS) / limit}%`;
    bar.append(line);
    row.append(head, bar);
    return row;
  }

  axis(limit) {
    const axis = make('div', 'vc-axis');
    const step = limit <= 60 ? 10 : limit <= 150 ? 25 : 50;
    for (const ms of [BAR_MS, ...Array.from({ length: Math.floor(limit / step) + 1 }, (_, i) => i * step)]) {
      if (ms !== BAR_MS && Math.abs(ms - BAR_MS) / limit < 0.08) continue;
      const tick = make('span', ms === BAR_MS ? 'bar' : '', ms === BAR_MS ? '20 ms' : String(ms));
      tick.style.left = `${(100 * ms) / limit}%`;
      axis.append(tick);
    }
    return axis;
  }

  explain(rowKey, name) {
    const row = this.rows.find(({ key }) => key === rowKey);
    if (!row) return;
    this.chosen = { row: rowKey, part: name };
    this.bars.querySelectorAll('button').forEach((b) => b.setAttribute('aria-pressed', String(b.dataset.row === rowKey && b.dataset.part === name)));
    const { title, what, less, kind } = part(name);
    const ms = row.budget[`${name}_ms`];
    const origin = ORIGIN[row.budget.how?.[`${name}_ms`]] ?? FIXED[name] ?? '';
    const head = make('p', 'vc-part-head');
    head.append(make('i', `vc-dot kind-${kind}`), make('strong', '', title), make('b', '', `${say(ms)} ms`), make('span', '', [row.title, origin].filter(Boolean).join(' · ')));
    const shrink = make('p', 'vc-less');
    shrink.append(make('strong', '', 'To make it smaller: '), less);
    // Every part once more as a chip: the narrow ones can't be hit in the bar.
    const chips = make('div', 'vc-chips');
    for (const { key: other, ms: its } of segments(row.budget)) {
      const chip = make('button', 'vc-part-chip');
      chip.type = 'button';
      chip.setAttribute('aria-pressed', String(other === name));
      chip.append(make('i', `vc-dot kind-${part(other).kind}`), `${part(other).title} ${say(its)}`);
      chip.onclick = () => {
        this.explain(rowKey, other);
        this.words.querySelector('.vc-part-chip[aria-pressed=true]')?.focus();
      };
      chips.append(chip);
    }
    const tops = segments(row.budget).filter((s) => ON_TOP.has(s.key));
    const sum = make('p', 'vc-sum', `${segments(row.budget).filter((s) => !ON_TOP.has(s.key)).map((s) => say(s.ms)).join(' + ')} = ${say(inside(row.budget))} ms`
      + (tops.length ? `, and on top ${tops.map((s) => say(s.ms)).join(' + ')} ms` : ''));
    this.words.replaceChildren(chips, head, make('p', '', what), shrink, ...(segments(row.budget).length > 1 ? [sum] : []));
  }
}
