// What is wider than its place (a table, a formula, a row of chips on a phone) can be reached: by Tab where it scrolls,
// and the chip that is chosen is brought into view.
import { throttled } from './clock.js';

const WIDE = '.lab-scroll, .lab-prose table, .katex-display';
const EVERY_MS = 150; // pictures change the page many times a second
const shown = new WeakMap(); // a row of chips to the chip that it has been scrolled to

const look = () => {
  for (const box of document.querySelectorAll(WIDE)) {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else if (box.tabIndex === 0 && !box.role) box.removeAttribute('tabindex');
  }
  for (const row of document.querySelectorAll('.lab-chips .wrap')) {
    const chip = row.querySelector('label.selected');
    if (!chip || row.scrollWidth <= row.clientWidth + 1 || shown.get(row) === chip.textContent) continue;
    shown.set(row, chip.textContent);
    const [inside, around] = [chip.getBoundingClientRect(), row.getBoundingClientRect()];
    row.scrollLeft += inside.left - around.left - (around.width - inside.width) / 2;
  }
};
const soon = throttled(look, EVERY_MS);

new MutationObserver(soon).observe(document.documentElement, { childList: true, subtree: true });
addEventListener('change', soon, true);
addEventListener('resize', soon);
soon();
