// On a phone the controls lie below the pictures: who taps a sound or a room's main button is taken to what follows.
const narrow = matchMedia('(max-width: 760px)'); // as in style.css
const calm = matchMedia('(prefers-reduced-motion: reduce)');
const ASKS = '.lab-controls button.primary, .lab-clips input[type=radio]';

document.addEventListener('click', (event) => {
  if (!narrow.matches || !event.target.closest) return;
  const run = event.target.closest('button.primary')?.closest('.lab-run-row');
  const shown = run ?? event.target.closest(ASKS)?.closest('.lab-stage')?.querySelector('.lab-pictures');
  shown?.scrollIntoView({ behavior: calm.matches ? 'auto' : 'smooth', block: 'start' });
});
