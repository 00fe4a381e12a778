// Several links or buttons as one tab stop: the arrow keys move among them, Tab leaves them.
export function roving(container, selector, { first = null, moved = () => {} } = {}) {
  const all = () => [...container.querySelectorAll(selector)];
  const stop = (wanted) => all().forEach((item) => (item.tabIndex = item === wanted ? 0 : -1));
  stop(first ?? all()[0]);
  container.addEventListener('focusin', (event) => event.target.matches(selector) && stop(event.target));
  container.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const seen = all().filter((item) => item.offsetParent);
    if (!step || !seen.length) return;
    event.preventDefault();
    const from = seen.indexOf(event.target.closest(selector) ?? moved(event.target));
    moved(null);
    seen[(from + step + seen.length) % seen.length].focus();
  });
}
