// What the visitor has learned: kept in this browser (localStorage), shown in the list and by the rating, as a file.
import { NEW, review } from './sm2.js';

const KEY = 'lab-interview';
const MOST = 2000; // cards of an imported file
const CHANGED = 'iv-memory';

const today = () => Math.floor((Date.now() - new Date().getTimezoneOffset() * 60000) / 86400000);
const make = (tag, className = '', text = '') => Object.assign(document.createElement(tag), { className, textContent: text });
const whole = (value, low, high) => Number.isFinite(value) && value >= low && value <= high;

// A card as a file or the store may hold it; null for anything else.
function checked(card) {
  if (!card || typeof card !== 'object') return null;
  const { n, ef, days, due, at, known } = card;
  if (!whole(n, 0, 1e4) || !whole(ef, 1.3, 10) || !whole(days, 0, 1e5) || !whole(due, 0, 1e6)) return null;
  return { n, ef, days, due, at: whole(at, 0, 1e15) ? at : 0, known: known === true };
}

function checkedAll(kept) {
  const cards = {};
  for (const [id, card] of Object.entries(kept?.cards ?? {}).slice(0, MOST)) {
    const good = /^[\w.-]{1,100}$/.test(id) && checked(card);
    if (good) cards[id] = good;
  }
  return cards;
}

let cards = null;
const read = () => {
  if (cards) return cards;
  try {
    cards = checkedAll(JSON.parse(localStorage.getItem(KEY) ?? '{}'));
  } catch (error) {
    cards = {};
  }
  return cards;
};
const write = () => {
  let kept = true;
  try {
    localStorage.setItem(KEY, JSON.stringify({ version: 1, cards: read() }));
  } catch (error) {
    kept = false; // a private window: it lasts as long as the page
  }
  document.dispatchEvent(new CustomEvent(CHANGED));
  return kept;
};
addEventListener('storage', (event) => {
  if (event.key !== KEY) return;
  cards = null;
  document.dispatchEvent(new CustomEvent(CHANGED));
});

const set = (id, card) => {
  read()[id] = { ...card, at: Date.now() };
  return write();
};
const isDue = (card) => Boolean(card) && !card.known && card.due <= today();
const inDays = (n) => (n <= 0 ? 'today' : n === 1 ? 'tomorrow' : `in ${n} days`);
const said = (card) => (!card ? '' : card.known ? 'known' : isDue(card) ? 'due' : inDays(card.due - today()));

// Which of the questions comes next: what is due, longest first; then what is new, in order.
export function next(ids, now) {
  const others = ids.filter((id) => id !== now);
  const due = others.filter((id) => isDue(read()[id])).sort((a, b) => read()[a].due - read()[b].due);
  const after = ids.slice(ids.indexOf(now) + 1).concat(ids);
  return due[0] ?? after.find((id) => id !== now && !read()[id]) ?? null;
}

export function list({ element, props, watch }) {
  const root = element.querySelector('.iv-memory');
  const [counts, rows, out, into, line] = ['.iv-counts', '.iv-list', '.iv-export', '.iv-import input', '.iv-said'].map((s) => root.querySelector(s));
  let value = { q: '', rows: [], total: 0, query: {} };

  const count = () => {
    const all = Object.values(read());
    const shown = value.rows.length;
    counts.textContent = `${shown} of ${value.total} questions · ${all.filter((c) => c.known).length} known · `
      + `${all.filter(isDue).length} due today`;
    for (const item of rows.children) item.querySelector('em').textContent = said(read()[item.dataset.q]);
  };
  const load = () => {
    if (props.value) value = JSON.parse(props.value);
    rows.replaceChildren(...value.rows.map(([id, question, level, room]) => {
      const item = make('li');
      item.dataset.q = id;
      item.classList.toggle('here', id === value.q); // address.js takes aria-current for the usual question away
      const link = make('a');
      link.href = `interview?${new URLSearchParams({ ...value.query, q: id })}`;
      link.dataset.state = '';
      if (id === value.q) link.setAttribute('aria-current', 'true');
      link.append(make('span', '', question), make('small', '', `${level} · ${room}`), make('em'));
      item.append(link);
      return item;
    }));
    count();
    const here = rows.querySelector('.here');
    if (here) rows.scrollTop = here.offsetTop - rows.offsetTop - rows.clientHeight / 3;
  };
  out.onclick = () => {
    const file = new Blob([`${JSON.stringify({ version: 1, cards: read() }, null, 1)}\n`], { type: 'application/json' });
    const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(file), download: 'speech-lab-interview.json' });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    line.textContent = `Exported what this browser knows of ${Object.keys(read()).length} questions.`;
  };
  into.onchange = async () => {
    const [file] = into.files;
    into.value = '';
    if (!file) return;
    try {
      if (file.size > 2e6) throw new Error('too large');
      const given = JSON.parse(await file.text());
      if (given?.version !== 1) throw new Error('no such version');
      const found = checkedAll(given);
      let taken = 0;
      for (const [id, card] of Object.entries(found)) {
        if ((read()[id]?.at ?? -1) >= card.at) continue; // here it was learned later
        read()[id] = card;
        taken += 1;
      }
      write();
      line.textContent = `${taken} of ${Object.keys(found).length} questions were taken over; the others are newer here.`;
    } catch (error) {
      line.textContent = 'That is no file of progress that this page has exported: choose another one.';
    }
  };
  const leave = () => (root.isConnected ? count() : document.removeEventListener(CHANGED, leave));
  document.addEventListener(CHANGED, leave);
  watch('value', load);
  load();
}

export function rating({ element, props, trigger, watch }) {
  const root = element.querySelector('.iv-rate');
  const [known, when, forward] = ['.iv-known', '.iv-when', '.iv-next'].map((s) => root.querySelector(s));
  let value = { q: '', ids: [] };

  const show = () => {
    const card = read()[value.q];
    known.setAttribute('aria-pressed', String(Boolean(card?.known)));
    known.textContent = card?.known ? 'Known: ask again' : 'Mark as known';
    when.textContent = !card ? '' : card.known ? 'You know this one: it is not asked again.'
      : `It is asked again ${inDays(card.due - today())}.`;
  };
  const warn = (kept) => {
    if (!kept) when.textContent += ' Your browser does not let this page keep it: export it before you leave.';
  };
  for (const button of root.querySelectorAll('[data-quality]')) {
    button.onclick = () => warn(set(value.q, { ...review(read()[value.q] ?? NEW, Number(button.dataset.quality), today()), known: false }));
  }
  known.onclick = () => {
    const card = read()[value.q] ?? NEW;
    warn(set(value.q, { ...card, known: !card.known, due: card.known ? today() : card.due }));
  };
  forward.onclick = () => {
    const id = next(value.ids, value.q);
    if (id) trigger('choose', { q: id });
    else when.textContent = 'Nothing else of this choice is new or due: take another topic, or come back tomorrow.';
  };
  const load = () => {
    if (props.value) value = JSON.parse(props.value);
    show();
  };
  const heard = () => (root.isConnected ? show() : document.removeEventListener(CHANGED, heard));
  document.addEventListener(CHANGED, heard);
  watch('value', load);
  load();
}
