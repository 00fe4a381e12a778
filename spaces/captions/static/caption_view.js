// Captions and the hypotheses they came from. One row of the log is one hypothesis:
// { i number, u utterance, t shown at, h heard up to, s seconds of computing, f words forced, e utterance over, r rejected,
//   w: [[start, end, text, probability, latency], ...] stable now, x: [[start, end, text, probability], ...] may change }
import { clock } from '../../clock.js';

const ROWS = 8; // hypotheses shown
const KEPT_ROWS = 400; // of a live run that can be looked at again
const PARAGRAPHS = 60; // utterances on the page; the whole text is a download
const CONTEXT = 4; // stable words before a hypothesis, to see where it goes on

const make = (tag, text = '', className = '') => Object.assign(document.createElement(tag), { textContent: text, className });
const key = (text) => text.toLowerCase().normalize('NFKC').replace(/[^\p{L}\p{N}']/gu, '') || text.trim();
const seconds = (s) => `${s.toFixed(1)} s`;

export function mount({ element, props, watch }) {
  const root = element.querySelector('.lab-captions');
  const [text, list, copy] = ['.lab-captions-text', '.lab-hyps', '.lab-captions-copy'].map((s) => root.querySelector(s));
  const empty = text.firstElementChild;
  const axis = clock(root.dataset.clock);
  let rows = [];
  let duration = 0;
  let live = false;
  let shown = -1; // rows drawn
  let pinned = true; // the reader has not scrolled up
  let paragraphs = new Map(); // utterance -> element

  const clear = () => {
    text.replaceChildren(empty);
    list.replaceChildren();
    [shown, paragraphs, pinned] = [0, new Map(), true];
    empty.hidden = false;
  };

  const paragraph = (utterance) => {
    if (!paragraphs.has(utterance)) {
      const p = make('p');
      p.append(make('span'), make('i'));
      p.lastChild.setAttribute('aria-hidden', 'true'); // read aloud once it is stable
      p.dir = 'auto';
      paragraphs.set(utterance, p);
      text.append(p);
      if (paragraphs.size > PARAGRAPHS) {
        const first = paragraphs.keys().next().value;
        paragraphs.get(first).remove();
        paragraphs.delete(first);
      }
    }
    return paragraphs.get(utterance);
  };

  const word = ([start, end, content, prob, latency]) => {
    const span = make('span', content, 'lab-captions-word');
    span.title = `said until ${seconds(end)}, stable ${seconds(latency)} later, probability ${prob.toFixed(2)}`;
    return span;
  };

  // What a row's words share with the row before it, from the first on: agreement as it builds up.
  const agreed = (row, before) => {
    if (!before || before.u !== row.u || before.e) return 0;
    const now = [...row.w, ...row.x];
    let n = 0;
    while (n < now.length && n < before.x.length && key(now[n][2]) === key(before.x[n][2])) n++;
    return n;
  };

  const rowItem = (row, before, context) => {
    const item = make('li');
    item.dataset.i = row.i;
    item.append(make('span', row.s ? seconds(row.t) : '', 'lab-hyps-time'));
    item.firstChild.title = row.s ? `heard ${seconds(row.h)}, took ${Math.round(1000 * row.s)} ms` : '';
    const words = make('span', '', 'lab-hyps-words');
    words.dir = 'auto';
    if (context.length) words.append(make('b', `${row.f > context.length ? '…' : ''}${context.join('')}`));
    const same = agreed(row, before);
    [...row.w, ...row.x].forEach(([, , content], i) => {
      words.append(make(i < row.w.length ? 'mark' : i < same ? 'u' : 'i', content));
    });
    if (row.r) words.append(make('em', ` rejected: ${row.r}`));
    else if (row.e) words.append(make('em', row.s ? ' end of the utterance' : ' end of the utterance: the last hypothesis stands'));
    item.append(words);
    return item;
  };

  const add = (index) => {
    const row = rows[index];
    if (row.w.length || row.x.length) {
      empty.hidden = true;
      const p = paragraph(row.u);
      p.firstChild.append(...row.w.map(word));
      p.lastChild.textContent = row.x.map((x) => x[2]).join('');
    } else if (paragraphs.has(row.u)) paragraphs.get(row.u).lastChild.textContent = '';
    const context = [];
    for (let i = index - 1; i >= 0 && rows[i].u === row.u && context.length < Math.min(CONTEXT, row.f); i--) {
      for (let k = rows[i].w.length - 1; k >= 0 && context.length < Math.min(CONTEXT, row.f); k--) context.unshift(rows[i].w[k][2]);
    }
    list.append(rowItem(row, rows[index - 1], context));
    while (list.children.length > ROWS) list.firstChild.remove();
  };

  const draw = (upTo) => {
    if (upTo < shown || shown < 0) clear();
    while (shown < upTo) add(shown++);
    if (pinned) text.scrollTop = text.scrollHeight;
    list.scrollTop = list.scrollHeight;
    copy.disabled = !paragraphs.size;
    root.dataset.rows = shown;
  };

  // At the start and at the end of the sound everything is shown, in between what was known at that moment.
  const atTime = (time) => {
    if (live || !rows.length) return;
    const playing = document.querySelector(`.lab-player.playing[data-clock="${CSS.escape(root.dataset.clock)}"]`);
    const all = !playing && (time < 0.05 || time >= duration - 0.1);
    let n = rows.length;
    if (!all) while (n && rows[n - 1].t > time) n--;
    if (n !== shown) draw(n);
  };

  const load = () => {
    if (live) return;
    const value = props.value ? JSON.parse(props.value) : { updates: [], duration: 0 };
    [rows, duration] = [value.updates, value.duration];
    shown = -1;
    draw(rows.length);
  };

  const heard = ({ detail }) => {
    if (detail.channel !== root.dataset.channel) return;
    if (!root.isConnected) return document.removeEventListener('lab-live', heard);
    if (detail.kind === 'begin') {
      [live, rows, shown] = [true, [], -1];
      draw(0);
    } else if (detail.kind === 'end') live = false;
    else if (live) {
      const known = rows.at(-1)?.i ?? 0;
      rows.push(...(detail.reply.updates ?? []).filter((row) => row.i > known));
      draw(rows.length);
      if (rows.length > KEPT_ROWS) {
        shown -= rows.length - KEPT_ROWS;
        rows = rows.slice(-KEPT_ROWS);
      }
    }
  };

  document.addEventListener('lab-live', heard);
  text.addEventListener('scroll', () => (pinned = text.scrollHeight - text.scrollTop - text.clientHeight < 24), { passive: true });
  const leave = axis.subscribe({ time: (t) => (root.isConnected ? atTime(t) : leave()) });
  copy.onclick = async () => {
    const words = [...paragraphs.values()].map((p) => p.firstChild.textContent.trim()).filter(Boolean).join('\n');
    await navigator.clipboard?.writeText(words);
    copy.textContent = 'Copied';
    setTimeout(() => (copy.textContent = 'Copy text'), 2000);
  };
  watch('value', load);
  load();
}
