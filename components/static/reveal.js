// Brings something into view that may lie in a closed accordion or in a part that is just being opened.

const PATIENCE_MS = 5000;

const appear = (id) => new Promise((found) => {
  const end = performance.now() + PATIENCE_MS;
  const look = () => {
    const element = document.getElementById(id);
    if (element?.offsetParent || performance.now() > end) found(element?.offsetParent ? element : null);
    else setTimeout(look, 50);
  };
  look();
});

const inView = (box) => box.top >= 60 && box.bottom <= innerHeight;

// `path` is a list of ids: the accordions from outside in, then the thing itself. Returns the element, or null.
export async function reveal(path) {
  let element = null;
  for (const id of path) {
    element = await appear(id);
    if (!element) return null;
    const button = element.querySelector(':scope > button.label-wrap:not(.open)');
    if (button) button.click();
  }
  // On a phone the controls lie below the pictures: of a control that is named, what it has done is shown.
  const narrow = matchMedia('(max-width: 760px)').matches;
  const stage = narrow && element?.closest('.lab-controls')?.closest('.lab-stage');
  const seen = stage ? stage.querySelector('.lab-pictures') : element;
  if (seen && !inView(seen.getBoundingClientRect())) {
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const block = seen.offsetHeight < 0.7 * innerHeight ? 'center' : 'start';
    seen.scrollIntoView({ behavior: calm ? 'auto' : 'smooth', block });
  }
  return element;
}
