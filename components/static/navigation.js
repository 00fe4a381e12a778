// The bar: groups that open by click, hover and keyboard; one menu on a phone; the search.
// The whole bar is one tab stop: the arrow keys move along it, and down into a group's rooms.
import { roving } from './roving.js';

const HOVER_OUT_MS = 250;
const TYPES = 'input:not([type=radio], [type=checkbox], [type=range], [type=button]), textarea, select, [contenteditable=true]';

export function mount({ element }) {
  const bar = element.querySelector('.lab-nav');
  document.title = bar.dataset.title;
  document.documentElement.lang = 'en';

  bar.querySelector('.lab-theme').onclick = () => {
    const dark = document.body.classList.toggle('dark');
    localStorage.setItem('lab-theme', dark ? 'dark' : 'light');
  };

  const firstSound = () => [...document.querySelectorAll('.lab-play, .lab-live-play, .lab-live-mic, .vc-start')]
    .find((button) => button.offsetParent && !button.disabled);
  element.querySelector('.lab-skip').onclick = () => firstSound()?.focus();

  // Groups
  const groups = [...bar.querySelectorAll('.lab-group')];
  const buttonOf = (group) => group.querySelector('button');
  const linksOf = (group) => [...group.querySelectorAll('a')];
  const isOpen = (group) => buttonOf(group).getAttribute('aria-expanded') === 'true';
  let held = false; // opened by a click: leaving it with the pointer does not close it
  let leaving = null;
  const set = (group, open) => {
    buttonOf(group).setAttribute('aria-expanded', String(open));
    group.classList.toggle('open', open);
  };
  const only = (group) => groups.forEach((other) => set(other, other === group));
  const close = () => {
    held = false;
    only(null);
  };
  for (const group of groups) {
    const button = buttonOf(group);
    button.onclick = () => {
      if (isOpen(group) && held) return close();
      only(group);
      held = true;
    };
    group.onpointerenter = (event) => {
      clearTimeout(leaving);
      if (event.pointerType === 'mouse' && !held) only(group);
    };
    group.onpointerleave = (event) => {
      if (event.pointerType === 'mouse' && !held) leaving = setTimeout(close, HOVER_OUT_MS);
    };
    group.onkeydown = (event) => {
      const links = linksOf(group);
      const at = links.indexOf(document.activeElement);
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        if (!isOpen(group)) only(group);
        held = true;
        const next = at + step;
        if (next < 0 && at >= 0) button.focus();
        else links[(next + links.length) % links.length].focus();
      } else if (event.key === 'Escape' && isOpen(group)) {
        close();
        button.focus();
      }
    };
  }
  bar.addEventListener('focusout', (event) => {
    if (event.relatedTarget && !event.relatedTarget.closest('.lab-group')) close();
  });
  document.addEventListener('pointerdown', (event) => event.target.closest('.lab-group') || close());

  // One tab stop: from a room's link the arrow keys go on from its group.
  bar.querySelectorAll('.lab-menu a').forEach((link) => (link.tabIndex = -1));
  roving(bar, '.lab-bar-item', {
    moved: (from) => {
      if (from) return buttonOf(from.closest('.lab-group'));
      close();
      return null;
    },
  });

  // A phone's menu
  const menu = bar.querySelector('.lab-menu-open');
  const showMenu = (open) => {
    bar.classList.toggle('open', open);
    menu.setAttribute('aria-expanded', String(open));
    bar.querySelectorAll('.lab-menu a').forEach((link) => (link.tabIndex = open ? 0 : -1));
  };
  menu.onclick = () => showMenu(!bar.classList.contains('open'));
  bar.addEventListener('click', (event) => event.target.closest('.lab-menu a') && (showMenu(false), close()));

  // The search
  const url = new URL('find.js', import.meta.url);
  let finder = null; // there before it is wanted: what is typed after the slash goes into it
  import(url.href).then((found) => (finder = found));
  const find = () => finder?.open();
  bar.querySelector('.lab-find-open').onclick = find;
  document.addEventListener('keydown', (event) => {
    const typing = event.target.closest?.(TYPES);
    const wanted = (event.key === 'k' && (event.ctrlKey || event.metaKey)) || (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey);
    if (event.key === 'Escape' && bar.classList.contains('open')) {
      showMenu(false);
      menu.focus();
    }
    if (!wanted) return;
    event.preventDefault();
    find();
  });
  bar.dataset.ready = '1';
}
