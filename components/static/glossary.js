// A term of the field explains itself where it stands: on hover, focus and tap. The first of each in a piece of text is
// marked; what it means comes from the rooms' own lists of terms.
import { base } from './base.js';
import { throttled } from './clock.js';

const WHERE = '.lab-prose, .lab-figure figcaption, span[data-testid=block-info]';
const NOT_IN = 'a, button, code, .katex, .lab-term, h1, h2, h3';
const LOOK_MS = 700, LEAVE_MS = 250;

const root = base();
const room = () => location.pathname.slice(new URL(root).pathname.length).replace(/\/$/, '');
const bubble = document.createElement('div');
bubble.className = 'lab-meaning';
bubble.id = 'lab-meaning';
bubble.setAttribute('role', 'note');
bubble.hidden = true;

const terms = new Map(); // spelling in lower case -> entry
let pattern = null;

const load = async () => {
  const answer = await fetch(new URL('lab-files/glossary.json', root)).catch(() => null);
  if (!answer?.ok) return; // then the words stand as they are
  const here = room();
  const all = (await answer.json()).filter((term) => term.room === here || term.everywhere);
  for (const term of all.sort((a, b) => (a.room === here) - (b.room === here))) { // a room's own meaning comes last
    terms.set(term.name.toLowerCase(), term);
  }
  const names = [...terms.keys()].sort((a, b) => b.length - a.length).map((n) => n.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (names.length) pattern = new RegExp(`(?<![\\w-])(?:${names.join('|')})s?(?![\\w-])`, 'gi');
};

const meant = (text) => terms.get(text.toLowerCase()) ?? terms.get(text.toLowerCase().replace(/s$/, ''));

const marked = (text) => {
  const term = document.createElement('dfn');
  return Object.assign(term, { className: 'lab-term', tabIndex: 0, textContent: text });
};

const mark = (block) => {
  const seen = new Set();
  const walk = document.createTreeWalker(block, NodeFilter.SHOW_TEXT,
    (node) => (node.parentElement.closest(NOT_IN) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT));
  const texts = [];
  while (walk.nextNode()) texts.push(walk.currentNode);
  for (const text of texts) {
    const pieces = [];
    let from = 0;
    for (const found of text.data.matchAll(pattern)) {
      const term = meant(found[0]);
      if (seen.has(term.meaning)) continue;
      seen.add(term.meaning);
      pieces.push(text.data.slice(from, found.index), marked(found[0]));
      from = found.index + found[0].length;
    }
    if (pieces.length) text.replaceWith(...pieces, text.data.slice(from));
  }
};

const marksOf = (block) => `${block.querySelectorAll('.lab-term').length} in ${block.textContent}`;
const done = new WeakMap(); // block -> what it was when it had been marked; what is drawn anew has lost its marks

const markAll = () => {
  if (!pattern) return;
  for (const block of document.querySelectorAll(WHERE)) {
    if (done.get(block) === marksOf(block)) continue;
    if (/\$[^$]+\$/.test(block.textContent) || !block.offsetParent) continue; // a formula is still to be drawn, or unseen
    mark(block);
    done.set(block, marksOf(block));
  }
};

let shown = null;
let leaving = null;

const hide = () => {
  shown?.classList.remove('open');
  shown?.removeAttribute('aria-describedby');
  shown = null;
  bubble.hidden = true;
};

// Next to its term, also while the page scrolls, as it does to show a term that the keyboard has reached.
const place = () => {
  if (!shown) return;
  const at = shown.getBoundingClientRect();
  const size = bubble.getBoundingClientRect();
  const below = at.bottom + 6 + size.height < innerHeight;
  bubble.style.left = `${Math.max(8, Math.min(at.left, document.documentElement.clientWidth - size.width - 8))}px`;
  bubble.style.top = `${below ? at.bottom + 6 : Math.max(8, at.top - size.height - 6)}px`;
};

const show = (word) => {
  clearTimeout(leaving);
  const term = meant(word.textContent);
  if (shown === word || !term) return;
  hide();
  shown = word;
  bubble.replaceChildren(Object.assign(document.createElement('p'), { textContent: term.meaning }));
  const link = Object.assign(document.createElement('a'), { href: new URL(term.url, root).href, textContent: 'See it' });
  link.setAttribute('aria-label', `See it: ${term.name}`);
  bubble.append(link);
  (document.querySelector('.gradio-container .contain') || document.body).append(bubble);
  bubble.hidden = false;
  word.classList.add('open');
  word.setAttribute('aria-describedby', bubble.id);
  place();
};

const leave = () => {
  clearTimeout(leaving);
  leaving = setTimeout(() => {
    if (!bubble.matches(':hover') && !bubble.contains(document.activeElement) && document.activeElement !== shown) hide();
  }, LEAVE_MS);
};

const termOf = (event) => event.target.closest?.('.lab-term');
document.addEventListener('pointerover', (event) => { if (event.pointerType === 'mouse' && termOf(event)) show(termOf(event)); });
document.addEventListener('pointerout', (event) => { if (event.pointerType === 'mouse' && (termOf(event) || bubble.contains(event.target))) leave(); });
document.addEventListener('focusin', (event) => { if (termOf(event)) show(termOf(event)); else if (!bubble.contains(event.target)) hide(); });
document.addEventListener('click', (event) => {
  const word = termOf(event);
  if (word) { // in a control's label a click would go to the control
    event.preventDefault();
    show(word);
  } else if (!bubble.contains(event.target) || event.target.closest('a')) hide(); // elsewhere, or to what it shows
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && shown) hide();
  else if ((event.key === 'Enter' || event.key === ' ') && termOf(event)) {
    event.preventDefault();
    if (shown) hide(); else show(termOf(event));
  }
});
addEventListener('scroll', place, { passive: true, capture: true });

await load();
new MutationObserver(throttled(markAll, LOOK_MS)).observe(document.documentElement, { childList: true, subtree: true });
markAll();
