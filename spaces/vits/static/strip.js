// Every sound of a sentence as a block whose right edge can be dragged: one frame is PX pixels, words stand below.
// Rows end between words. While an edge is dragged the rows stay as they are, so that nothing jumps under the pointer.
import { clock } from '../../clock.js';

const PX = 8; // pixels a frame
const PATIENCE_MS = 60000; // after which an unanswered change is taken back
const KEY_MS = 350; // after the last key, before the sentence is said again
const NAMES = { ' ': '␣', '^': '^', $: '$' };
const SPOKEN = { ' ': 'gap between words', '^': 'start of the sentence', $: 'end of the sentence', ',': 'pause, comma',
  '.': 'pause, full stop', '?': 'pause, question mark', '!': 'pause, exclamation mark', ';': 'pause, semicolon', ':': 'pause, colon' };

const make = (tag, className, text = '') => Object.assign(document.createElement(tag), { className, textContent: text });
const ms = (frames, frameS) => `${Math.round(1000 * frames * frameS)} ms`;

// The loudness of a unit's frames as a shape that stretches with its block.
function shape(levels) {
  const n = levels.length;
  const y = (v) => 50 - (v / 255) * 46;
  const top = levels.map((v, i) => `${((i + 0.5) / n) * 100},${y(v).toFixed(1)}`);
  const bottom = levels.map((v, i) => `${((i + 0.5) / n) * 100},${(100 - y(v)).toFixed(1)}`).reverse();
  const [a, b] = [levels[0], levels[n - 1]];
  const points = [`0,${y(a).toFixed(1)}`, ...top, `100,${y(b).toFixed(1)}`, `100,${(100 - y(b)).toFixed(1)}`, ...bottom, `0,${(100 - y(a)).toFixed(1)}`];
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 100 100');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  const polygon = document.createElementNS('http://www.w3.org/2000/svg', 'polygon');
  polygon.setAttribute('points', points.join(' '));
  svg.append(polygon);
  return svg;
}

export function mount({ element, props, trigger, watch }) {
  const root = element.querySelector('.vits-strip');
  const [rows, panel, said] = ['.vits-rows', '.vits-panel', '.vits-said'].map((s) => root.querySelector(s));
  const [again, hold, reset] = ['.vits-again', '.vits-hold', '.vits-reset'].map((s) => root.querySelector(s));
  const axis = clock(root.dataset.clock);
  let value = null; // what Python has sent
  let lengths = []; // frames of each unit, as they are on the screen
  let blocks = []; // of each unit
  let selected = -1;
  let timer = null;

  const about = (i) => {
    const u = value.units[i];
    const name = SPOKEN[u.t] ?? `${u.t}${value.words[u.w] ? ` in “${value.words[u.w]}”` : ''}`;
    return `${name}: ${lengths[i]} ${lengths[i] === 1 ? 'frame' : 'frames'}, ${ms(lengths[i], value.frame_s)}`;
  };
  const bounds = () => lengths.reduce((all, n) => [...all, all[all.length - 1] + n], [0]);

  // The new sound is played once the browser has it.
  const playWhenLoaded = () => {
    if (!again.checked) return;
    const audio = document.querySelector(`.lab-player[data-clock="${root.dataset.clock}"] audio`);
    audio?.addEventListener('loadeddata', () => axis.playSpan(0, Infinity), { once: true });
  };
  const send = (what) => {
    clearTimeout(timer);
    timer = null;
    root.setAttribute('aria-busy', 'true');
    playWhenLoaded();
    trigger('edit', what);
    setTimeout(() => root.hasAttribute('aria-busy') && load(), PATIENCE_MS); // refused: back to what is heard
  };
  const commit = () => {
    const changes = value.units.flatMap((u, i) => (lengths[i] === u.n ? [] : [[i, lengths[i] === u.m ? null : lengths[i]]]));
    if (changes.length) send({ changes });
  };

  const resize = (i) => {
    const { block, edge, count } = blocks[i];
    block.style.width = `${lengths[i] * PX}px`;
    block.classList.toggle('edited', lengths[i] !== value.units[i].m);
    count.textContent = lengths[i];
    edge.setAttribute('aria-valuenow', lengths[i]);
    edge.setAttribute('aria-valuetext', about(i));
  };
  // Gives unit i a length; where the whole length is kept, the next unit pays. Returns whether anything has changed.
  const setLength = (i, wanted) => {
    const [u, next] = [value.units[i], value.units[i + 1]];
    let n = Math.max(u.min, Math.min(wanted, value.max));
    if (hold.checked && next) {
      n = Math.max(n, lengths[i] + lengths[i + 1] - value.max);
      n = Math.min(n, lengths[i] + lengths[i + 1] - next.min);
    }
    if (n === lengths[i]) return false;
    if (hold.checked && next) {
      lengths[i + 1] -= n - lengths[i];
      resize(i + 1);
    }
    lengths[i] = n;
    resize(i);
    said.textContent = about(i);
    if (selected === i) describe();
    return true;
  };

  const select = (i, play) => {
    selected = i;
    for (const [k, { block }] of blocks.entries()) block.classList.toggle('selected', k === i);
    describe();
    if (play) {
      const at = bounds();
      axis.playSpan(Math.max(0, at[i] * value.frame_s - 0.02), Math.max(at[i + 1] * value.frame_s + 0.02, at[i] * value.frame_s + 0.14));
    }
  };

  const action = (words, act, label = words) => {
    const button = make('button', 'vits-action', words);
    button.type = 'button';
    button.setAttribute('aria-label', label);
    button.onclick = act;
    return button;
  };
  const describe = () => {
    if (selected < 0 || !value.units[selected]) {
      panel.replaceChildren(make('span', 'vits-about', 'Touch a block to hear it and to see what it is made of.'));
      return;
    }
    const [i, u] = [selected, value.units[selected]];
    const words = make('span', 'vits-about', `${about(i)} (the model: ${u.m}). ${u.made}`);
    const step = (d) => () => {
      if (setLength(i, lengths[i] + d)) commitSoon();
    };
    const buttons = [action('−', step(-1), 'One frame shorter'), action('+', step(1), 'One frame longer')];
    if (u.n !== u.m) buttons.push(action('As the model', () => send({ changes: [[i, null]] })));
    if (u.k === 'gap') buttons.push(action('Insert a pause', () => send({ pause: i })));
    if (u.k === 'pause' && i < value.units.length - 2) buttons.push(action('Take the pause out', () => send({ unpause: i })));
    const group = make('span', 'vits-actions');
    group.append(...buttons);
    const focused = panel.contains(document.activeElement) ? document.activeElement.getAttribute('aria-label') : null;
    panel.replaceChildren(words, group);
    if (focused) buttons.find((b) => b.getAttribute('aria-label') === focused)?.focus();
  };
  const commitSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(commit, KEY_MS);
  };

  const focusEdge = (i) => blocks[Math.max(0, Math.min(i, blocks.length - 1))]?.edge.focus();
  const edgeOf = (i) => {
    const edge = make('button', 'vits-edge');
    edge.type = 'button';
    edge.setAttribute('role', 'slider');
    edge.setAttribute('aria-orientation', 'horizontal');
    edge.setAttribute('aria-valuemin', value.units[i].min);
    edge.setAttribute('aria-valuemax', value.max);
    edge.setAttribute('aria-label', `Right edge of ${SPOKEN[value.units[i].t] ?? value.units[i].t}`);
    edge.tabIndex = i === 0 ? 0 : -1; // one tab stop; up and down choose the edge
    edge.onfocus = () => {
      for (const b of blocks) b.edge.tabIndex = b.edge === edge ? 0 : -1;
      select(i, false);
    };
    edge.onkeydown = (event) => {
      const steps = { ArrowRight: 1, ArrowLeft: -1, PageUp: 5, PageDown: -5 };
      const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (move) focusEdge(i + move);
      else if (event.key in steps) {
        if (setLength(i, lengths[i] + steps[event.key] * (event.shiftKey ? 5 : 1))) commitSoon();
      } else if (event.key === 'Home') {
        if (setLength(i, value.units[i].min)) commitSoon();
      } else if (event.key === 'Delete' || event.key === 'Backspace') {
        if (setLength(i, value.units[i].m)) commitSoon();
      } else return;
      event.preventDefault();
    };
    edge.onpointerdown = (event) => {
      if (event.button) return;
      edge.focus();
      edge.setPointerCapture(event.pointerId);
      const [x, n] = [event.clientX, lengths[i]];
      root.classList.add('dragging');
      edge.onpointermove = (e) => setLength(i, n + Math.round((e.clientX - x) / PX));
      edge.onpointerup = edge.onpointercancel = () => {
        edge.onpointermove = edge.onpointerup = edge.onpointercancel = null;
        root.classList.remove('dragging');
        commit();
      };
      event.preventDefault();
    };
    return edge;
  };

  const draw = () => {
    const focused = blocks.findIndex((b) => b.edge === document.activeElement);
    let at = 0;
    blocks = value.units.map((u, i) => {
      const block = make('div', `vits-unit ${u.k}`);
      const body = make('button', 'vits-body');
      body.type = 'button';
      body.tabIndex = -1; // the edge stands for the unit: what it is is said there
      body.append(shape(value.env.slice(at, at + u.n)), make('span', 'vits-ipa', NAMES[u.t] ?? u.t));
      body.setAttribute('aria-label', `Hear ${SPOKEN[u.t] ?? u.t}`);
      const count = make('span', 'vits-count', u.n); // no part of the button, whose name would have to say it
      body.onclick = () => select(i, true);
      at += u.n;
      const edge = edgeOf(i);
      block.append(body, edge, count);
      return { block, edge, count };
    });
    const groups = [];
    value.units.forEach((u, i) => {
      const last = groups[groups.length - 1];
      if (last && u.w >= 0 && last.word === u.w) last.units.push(i);
      else groups.push({ word: u.w, units: [i] });
    });
    const room = rows.clientWidth - 24;
    const lines = [];
    let [used, start] = [Infinity, 0];
    for (const group of groups) {
      const width = group.units.reduce((sum, i) => sum + lengths[i] * PX, 0);
      if (used + width > room && (group.word >= 0 || used === Infinity)) {
        const row = make('div', 'vits-row');
        row.append(make('span', 'vits-time', `${(start * value.frame_s).toFixed(2)} s`));
        lines.push(row);
        used = 0;
      }
      used += width;
      start += width / PX;
      const box = make('div', 'vits-group');
      const line = make('div', 'vits-units');
      line.append(...group.units.map((i) => blocks[i].block));
      box.append(line, make('span', 'vits-word', value.words[group.word] ?? ''));
      lines[lines.length - 1].append(box);
    }
    rows.replaceChildren(...lines);
    value.units.forEach((_, i) => resize(i));
    if (selected >= value.units.length) selected = -1;
    select(selected, false);
    if (focused >= 0) focusEdge(focused);
    reset.disabled = !value.units.some((u) => u.n !== u.m);
    root.dataset.frames = lengths.join(' ');
    light(axis.time);
  };

  const light = (time) => {
    if (!value) return;
    let end = 0;
    const frame = time / value.frame_s;
    value.units.forEach((u, i) => {
      const now = time > 0 && frame >= end && frame < end + u.n;
      blocks[i]?.block.classList.toggle('now', now);
      end += u.n;
    });
  };

  const load = () => {
    if (!props.value) return;
    value = JSON.parse(props.value);
    lengths = value.units.map((u) => u.n);
    root.removeAttribute('aria-busy');
    if (rows.clientWidth) draw();
  };
  reset.onclick = () => send({ reset: true });
  let width = 0;
  new ResizeObserver(() => {
    if (!value || !rows.clientWidth || rows.clientWidth === width || root.classList.contains('dragging')) return;
    width = rows.clientWidth;
    draw();
  }).observe(rows);
  const leave = axis.subscribe({ time: (time) => (root.isConnected ? light(time) : leave()) });
  watch('value', load);
  load();
}
