// The address is the state: written as the page changes, obeyed when a link is followed or Back is pressed.
//
// Python calls by `window.labAddress.push([name, ...])`, which also waits for this module: `start` when the page has
// been drawn for the first time, `moved` when a field has changed, `done` when an asked-for state has been drawn,
// `drawn` when a visitor's own sound has been. Each gets the fields' values in order.
import { clocks, throttled } from './clock.js';
import { reveal } from './reveal.js';
import { roving } from './roving.js';

const OWN = 'own'; // stands for the visitor's own sound, which stays in this browser
const WRITE_MS = 400; // browsers refuse more than 100 changes of the address in 30 seconds
const LOST_MS = 30000; // after which the sound that an address is about is no longer waited for
const ZOOM = 'zoom';

const text = (value) => (typeof value === 'boolean' ? String(Number(value)) : String(value ?? ''));
const samePage = (url) => url.origin === location.origin && trimmed(url.pathname) === trimmed(location.pathname);
const trimmed = (path) => path.replace(/\/+$/, '');

export function mount({ element, trigger }) {
  const { fields, chips, passing, looks } = JSON.parse(element.querySelector('[data-page]').dataset.page);
  const usual = new Map(fields.map(([name, preset]) => [name, text(preset)]));
  let ready = false; // the page has been drawn for the address that it was opened with
  let state = new URLSearchParams(); // what the fields hold, where that is not the usual value
  let opened = state; // what they held when the page was drawn for a link
  let unwritten = false;
  let going = false; // a state has been asked for and not been drawn yet
  let again = false;
  let wantsOwn = false; // the address is about the visitor's own sound, which is on its way from this browser's store
  let looked = null; // what an example has shown: { element, key }
  let look = null; // what to show when the state has been drawn
  let written = location.pathname + location.search;

  const queryOf = (values) => {
    const query = new URLSearchParams();
    fields.forEach(([name], i) => {
      if (values[i] != null && text(values[i]) !== usual.get(name)) query.set(name, text(values[i]));
    });
    return query;
  };
  const canonical = (search) => { // the fields of an address, in their order, without those at their usual value
    const given = new URLSearchParams(search);
    return queryOf(fields.map(([name]) => given.get(name)));
  };
  const keyOf = (query) => { // what tells two states apart: not where the play cursor stands
    const rest = new URLSearchParams(query);
    for (const name of passing) rest.delete(name);
    return rest.toString();
  };
  const axis = () => {
    const player = document.querySelector('.lab-player[data-clock]');
    return clocks.get((player ?? document.querySelector('.lab-figure[data-clock]:not([data-clock=""])'))?.dataset.clock);
  };

  const write = (push = false) => {
    unwritten = false;
    const query = new URLSearchParams(state);
    const view = axis()?.view;
    if (view) query.set(ZOOM, view.map((seconds) => Number(seconds.toFixed(3))).join('_'));
    const url = location.pathname + (query.size ? `?${query}` : '');
    if (url === written) return;
    history[push ? 'pushState' : 'replaceState'](null, '', url + (push ? '' : location.hash));
    written = url;
  };
  const settle = () => unwritten && ready && !going && !wantsOwn && write();
  const soon = throttled(settle, WRITE_MS);
  const writeSoon = () => {
    unwritten = true;
    soon();
  };

  // Which example the page shows, if it shows one; the outline of what it pointed at goes with it.
  const mark = () => {
    const key = keyOf(state);
    for (const link of document.querySelectorAll('a[data-state]')) {
      const asks = canonical(link.search);
      const current = keyOf(asks) === key && passing.every((name) => !asks.has(name) || asks.get(name) === opened.get(name));
      if (current) link.setAttribute('aria-current', 'true');
      else link.removeAttribute('aria-current');
    }
    if (looked && looked.key !== key) {
      looked.element.classList.remove('lab-looked');
      looked = null;
    }
  };
  const show = async () => {
    const name = look;
    look = null;
    looked?.element.classList.remove('lab-looked');
    looked = null;
    const found = name ? await reveal(looks[name] ?? []) : null;
    if (!found) return;
    found.classList.add('lab-looked');
    looked = { element: found, key: keyOf(state) };
  };
  const zoomTo = (search) => {
    const view = new URLSearchParams(search).get(ZOOM)?.split('_').map(Number) ?? null;
    const clock = axis();
    if (!clock || (!view && !clock.view)) return;
    if (view && !(view.length === 2 && view.every(Number.isFinite) && view[0] < view[1])) return;
    clock.restore(view);
  };

  const wait = (on) => { // the pointer says that the click was heard
    document.body.classList.toggle('lab-going', on);
    document.body.style.cursor = on ? 'progress' : '';
  };
  const go = () => {
    if (going) {
      again = true;
      return;
    }
    going = true;
    wait(true);
    written = location.pathname + location.search;
    trigger('go', { query: location.search });
  };
  const open = (search, wanted) => {
    settle();
    look = wanted || null;
    const query = canonical(search);
    const zoom = new URLSearchParams(search).get(ZOOM);
    if (zoom) query.set(ZOOM, zoom);
    const url = location.pathname + (query.size ? `?${query}` : '');
    if (url !== location.pathname + location.search) history.pushState(null, '', url);
    go();
  };
  const arrived = (values) => {
    wait(false);
    state = opened = queryOf(values);
    zoomTo(location.search);
    mark();
    void show();
    writeSoon();
  };

  const api = {
    start(values) {
      group();
      ready = true;
      // Rooms without an input for sounds have none to wait for.
      wantsOwn = new URLSearchParams(location.search).get('clip') === OWN && Boolean(document.querySelector('.lab-intake .lab-own'));
      const link = [...document.querySelectorAll('a[data-look]')].find((a) => keyOf(canonical(a.search)) === keyOf(canonical(location.search)));
      const [entry] = performance.getEntriesByType('navigation');
      if (link && location.search && entry?.type === 'navigate') look = link.dataset.look; // somebody's link to an example
      arrived(values);
      if (!wantsOwn) return;
      setTimeout(lost, LOST_MS);
      document.documentElement.dataset.ownWanted = '1';
      document.dispatchEvent(new CustomEvent('lab-own-wanted'));
    },
    moved(values) {
      if (!ready || going || wantsOwn) return;
      const next = queryOf(values);
      if (next.toString() === state.toString()) return;
      const clock = axis();
      if (clock) clock.wanted = null;
      const another = next.get(chips) !== state.get(chips);
      if (another) settle(); // what was shown until now keeps its entry
      state = next;
      mark();
      if (another) write(true);
      else writeSoon();
    },
    done(values) {
      going = false;
      if (again) {
        again = false;
        go();
      } else arrived(values);
    },
    drawn() { // the visitor's own sound
      if (!wantsOwn) return;
      wantsOwn = false;
      go(); // the page as the address wants it, now that its sound is here
    },
  };

  const lost = () => { // it is not here, or the server did not take it
    if (!wantsOwn) return;
    wantsOwn = false;
    writeSoon();
  };
  const group = () => { // the examples are one tab stop
    const examples = document.querySelector('.lab-examples:not([data-grouped])');
    if (!examples) return;
    examples.dataset.grouped = '1';
    roving(examples, 'a');
  };
  group();
  const copy = (button) => {
    const words = button.querySelector('span');
    settle();
    const url = new URL(location.href);
    const own = url.searchParams.get('clip') === OWN;
    if (own) url.searchParams.delete('clip');
    const said = () => {
      words.textContent = own ? 'Copied, without your own sound' : 'Link copied';
      button.classList.add('said');
      setTimeout(() => {
        words.textContent = 'Copy link';
        button.classList.remove('said');
      }, 2500);
    };
    const ask = () => window.prompt('Copy this link', url.href);
    if (navigator.clipboard) navigator.clipboard.writeText(url.href).then(said, ask);
    else ask();
  };
  const offer = () => { // on a busy machine the bar may be drawn later than this
    const button = document.querySelector('.lab-copy');
    if (!button) return setTimeout(offer, 50);
    button.hidden = false;
    button.onclick = () => copy(button);
  };
  offer();
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('a[href]');
    if (!link || event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    if (link.target || link.hasAttribute('download') || link.hash || !samePage(new URL(link.href))) return;
    event.preventDefault(); // in place, so that a visitor's own sound stays
    open(link.search, link.dataset.look);
  });
  addEventListener('popstate', () => {
    if (ready && location.pathname + location.search !== written) go();
  });
  document.addEventListener('lab-own-missing', lost);
  addEventListener('pagehide', settle);
  clocks.changed(() => writeSoon());

  const waiting = Array.isArray(window.labAddress) ? window.labAddress : [];
  window.labAddress = { push: ([name, values]) => api[name](values) };
  waiting.forEach(window.labAddress.push);
}
