// Probabilities that are dragged: rows are symbols, columns frames, and a column always sums to one.
import { throttled } from '../../clock.js';

const LEAST = 0.001;
const MOST = 0.99;
const DRAG_PIXELS = 90; // from 0 to 1
const shown = (p) => (p >= 0.995 ? '1' : p.toFixed(2).slice(1));

const make = (tag, className, text = '') => Object.assign(document.createElement(tag), { className, textContent: text });

export function mount({ element, props, trigger, watch }) {
  const grid = element.querySelector('.lab-probs-grid');
  let value = null;
  let cells = [];
  const tell = throttled((probs) => trigger('edit', { probs }), 120);

  const show = (t) => value.symbols.forEach((symbol, v) => {
    const [cell, p] = [cells[v][t], value.probs[t][v]];
    cell.style.setProperty('--p', p);
    cell.lastChild.textContent = shown(p);
    cell.setAttribute('aria-valuenow', Math.round(100 * p));
    cell.setAttribute('aria-valuetext', `${symbol} in frame ${t + 1}: ${p.toFixed(2)}`);
  });
  const set = (t, v, wanted) => {
    const column = value.probs[t];
    const p = Math.min(MOST, Math.max(LEAST, wanted));
    const rest = 1 - column[v];
    const others = column.length - 1;
    value.probs[t] = column.map((q, i) => (i === v ? p : rest > 1e-6 ? (q / rest) * (1 - p) : (1 - p) / others));
    show(t);
    tell(value.probs);
  };

  const cell = (symbol, v, t) => {
    const item = make('div', 'lab-probs-cell');
    item.append(make('i', ''), make('b', ''));
    item.tabIndex = 0;
    for (const [name, text] of Object.entries({ role: 'slider', 'aria-valuemin': 0, 'aria-valuemax': 100,
      'aria-label': `Probability of ${symbol} in frame ${t + 1}`, 'aria-orientation': 'vertical' })) item.setAttribute(name, text);
    item.style.gridRow = v + 2;
    item.style.gridColumn = t + 2;
    item.onpointerdown = (event) => {
      const [y, p] = [event.clientY, value.probs[t][v]];
      item.setPointerCapture(event.pointerId);
      item.onpointermove = (move) => set(t, v, p + (y - move.clientY) / DRAG_PIXELS);
    };
    item.onpointerup = item.onpointercancel = () => (item.onpointermove = null);
    item.onkeydown = (event) => {
      const by = { ArrowUp: 0.05, ArrowRight: 0.05, ArrowDown: -0.05, ArrowLeft: -0.05, PageUp: 0.2, PageDown: -0.2 }[event.key];
      const to = { Home: LEAST, End: MOST }[event.key];
      if (by === undefined && to === undefined) return;
      event.preventDefault();
      set(t, v, to ?? value.probs[t][v] + by);
    };
    return item;
  };

  const build = () => {
    const frames = value.probs.length;
    grid.style.setProperty('--frames', frames);
    cells = value.symbols.map((symbol, v) => value.probs.map((_, t) => cell(symbol, v, t)));
    const numbers = value.probs.map((_, t) => {
      const number = make('span', 'lab-probs-number', String(t + 1));
      number.style.gridRow = 1;
      number.style.gridColumn = t + 2;
      return number;
    });
    const names = value.symbols.map((symbol, v) => {
      const name = make('span', 'lab-probs-name', symbol);
      name.style.gridRow = v + 2;
      name.style.gridColumn = 1;
      return name;
    });
    grid.replaceChildren(...numbers, ...names, ...cells.flat());
  };

  const load = () => {
    if (!props.value) return;
    const fresh = JSON.parse(props.value);
    const same = value && fresh.probs.length === value.probs.length && fresh.symbols.join() === value.symbols.join();
    value = fresh;
    if (!same) build(); // else a cell that is being dragged stays where it is
    value.probs.forEach((_, t) => show(t));
  };
  watch('value', load);
  load();
}
