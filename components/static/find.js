// The search over rooms, parts, examples, questions and terms: one small index, searched here in the browser.
import { base } from './base.js';

const root = base();
const MOST = 30;

const plain = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
const wordsOf = (text) => plain(text).split(/[^\p{L}\p{N}.+#]+/u).filter(Boolean);
const make = (tag, className, text = '') => Object.assign(document.createElement(tag), { className, textContent: text });

let index = null; // [{ kind, title, text, where, url, titleWords, words }]
const load = async () => {
  if (index) return;
  const answer = await fetch(new URL('lab-files/find.json', root));
  if (!answer.ok) throw new Error(answer.statusText);
  const found = await answer.json();
  found.forEach((entry) => Object.assign(entry, { titleWords: wordsOf(entry.title), words: wordsOf(`${entry.text} ${entry.where} ${entry.kind}`) }));
  index = found;
};

// Every word that was typed must begin a word of the entry; words of the title count more, whole ones most.
const scoreOf = (entry, typed) => {
  let score = 0;
  for (const word of typed) {
    const begins = (other) => other.startsWith(word);
    if (entry.titleWords.includes(word)) score += 8;
    else if (entry.titleWords.some(begins)) score += 5;
    else if (entry.words.includes(word)) score += 2;
    else if (entry.words.some(begins)) score += 1;
    else return 0;
  }
  return score + entry.weight - entry.titleWords.length / 100;
};
export const search = (entries, text) => {
  const typed = wordsOf(text);
  if (!typed.length) return entries.filter((entry) => entry.kind === 'Room');
  return entries.map((entry) => [scoreOf(entry, typed), entry]).filter(([score]) => score > 0)
    .sort(([a], [b]) => b - a).slice(0, MOST).map(([, entry]) => entry);
};

let dialog = null;
function build() {
  dialog = make('dialog', 'lab-find');
  dialog.setAttribute('aria-label', 'Find in Speech Lab');
  dialog.innerHTML = `<div class="lab-find-head"><input type="text" role="combobox" aria-expanded="true" aria-controls="lab-found"
    aria-autocomplete="list" aria-label="Find a room, a part, an example, a question or a term" autocomplete="off"
    spellcheck="false" placeholder="Find a room, an example, a question, a term …"><kbd>Esc</kbd></div>
    <p class="lab-find-note" role="status"></p><ul id="lab-found" role="listbox" aria-label="Found"></ul>`;
  document.querySelector('.contain').append(dialog); // Gradio puts that before the selectors of media rules
  const [input, note, list] = [dialog.querySelector('input'), dialog.querySelector('p'), dialog.querySelector('ul')];
  let at = 0;

  const choose = (next) => {
    const items = [...list.children];
    at = items.length ? (next + items.length) % items.length : 0;
    items.forEach((item, i) => item.setAttribute('aria-selected', String(i === at)));
    if (items[at]) input.setAttribute('aria-activedescendant', items[at].id);
    else input.removeAttribute('aria-activedescendant');
    items[at]?.scrollIntoView({ block: 'nearest' });
  };
  const show = () => {
    if (!index) return;
    const found = search(index, input.value);
    list.replaceChildren(...found.map((entry, i) => {
      const item = make('li', '');
      Object.assign(item, { id: `lab-found-${i}`, role: 'option' });
      const link = make('a', '');
      link.href = new URL(entry.url, root);
      link.tabIndex = -1;
      if (entry.look) link.dataset.look = entry.look;
      link.append(make('b', '', entry.kind), make('strong', '', entry.title), make('span', '', entry.where), make('small', '', entry.text));
      link.onclick = () => dialog.close();
      item.addEventListener('pointermove', () => at !== i && choose(i));
      item.append(link);
      return item;
    }));
    note.textContent = found.length ? '' : `Nothing is called “${input.value}” here. Try another word for it.`;
    choose(0);
  };
  input.oninput = show;
  dialog.onkeydown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      choose(at + step);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      list.children[at]?.querySelector('a').click();
    }
  };
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close()); // the backdrop
  dialog.show_ = show;
}

export async function open() {
  if (!dialog) build();
  if (!dialog.open) dialog.showModal();
  const input = dialog.querySelector('input');
  input.select();
  const note = dialog.querySelector('p');
  if (!index) note.textContent = 'Fetching the list …';
  try {
    await load();
    dialog.show_();
  } catch {
    note.textContent = 'The list could not be fetched from the server. Close this and try again.';
  }
}
