// HTML that can be clicked: what carries data-pick tells Python; the stepper's play button runs in the browser.
// The content is replaced at every step, so listeners sit on the element that stays, and focus and scrolling are put
// back. Playing waits for each answer: a slow server slows the play instead of being flooded.

const PLAY_MS = 500; // between two tokens while playing

export function mount({ element, trigger }) {
  let timer = null, asked = null, askedAt = 0, focused = null, scrolled = 0;
  const board = () => element.querySelector('[data-step]');
  const ask = (what, value) => trigger('pick', { what, value });
  const stop = () => { clearInterval(timer); timer = asked = null; dress(); };
  const dress = () => {
    const button = element.querySelector('[data-play]');
    if (!button) return;
    const [sign, words] = timer ? ['❚❚', 'Pause'] : ['▶', 'Play'];
    if (button.textContent !== sign) button.textContent = sign;
    button.setAttribute('aria-label', words);
    button.title = words;
  };
  const tick = () => {
    const at = board();
    if (!at || !element.offsetParent) return stop();
    const [step, last] = [Number(at.dataset.step), Number(at.dataset.last)];
    if (asked !== null && step !== asked && performance.now() - askedAt < 4000) return;
    if (step >= last) return stop();
    asked = step + 1;
    askedAt = performance.now();
    ask('step', asked);
  };
  const play = () => {
    if (timer) return stop();
    const at = board();
    timer = setInterval(tick, PLAY_MS);
    if (Number(at.dataset.step) >= Number(at.dataset.last)) { asked = 1; askedAt = performance.now(); ask('step', 1); }
    dress();
  };
  const explain = (target) => {
    const chip = target.closest('[data-why]');
    const words = element.querySelector('.wi-d-why');
    if (chip && words) words.textContent = chip.dataset.why;
  };
  element.addEventListener('click', (event) => {
    if (event.target.closest('[data-play]')) return play();
    explain(event.target);
    const hit = event.target.closest('[data-pick]');
    if (!hit || hit.disabled) return;
    if (timer) stop();
    ask(hit.dataset.pick, Number(hit.dataset.value));
  });
  element.addEventListener('mouseover', (event) => explain(event.target));
  element.addEventListener('focusin', (event) => { focused = event.target.dataset?.key ?? null; });
  element.addEventListener('keydown', (event) => {
    if ((event.key === 'Enter' || event.key === ' ') && event.target.matches('g[data-pick]')) {
      event.preventDefault();
      return ask(event.target.dataset.pick, Number(event.target.dataset.value));
    }
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = board();
    if (!by || !at || at.dataset.arrows === undefined) return;
    event.preventDefault();
    const to = Number(at.dataset.step) + by;
    if (to >= 1 && to <= Number(at.dataset.last)) ask('step', to);
  });
  element.addEventListener('scroll', (event) => { scrolled = event.target.scrollLeft; }, true);
  const settle = () => {
    dress();
    const strip = element.querySelector('.wi-d-scroll');
    if (strip) {
      strip.scrollLeft = scrolled;
      const now = strip.querySelector('.now');
      if (now) {
        const [a, b] = [strip.getBoundingClientRect(), now.getBoundingClientRect()];
        if (b.left < a.left || b.right > a.right) strip.scrollLeft += b.left - a.left - a.width / 2;
      }
    }
    const lost = document.activeElement === document.body || document.activeElement === null;
    if (focused && lost) element.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  };
  new MutationObserver(settle).observe(element, {
    childList: true, characterData: true, subtree: true, attributes: true, attributeFilter: ['data-step', 'class'],
  });
  settle();
}
