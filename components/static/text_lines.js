// A text line (class lab-typed) tells its room of Enter (where it has one line) and of being left. Left as it was
// entered, or as it was at the last Enter, it keeps quiet: that news would be on its way while a button beside it is
// already at work, and would overwrite what the button shows.
const LINE = '.lab-typed textarea, .lab-typed input';
const told = new WeakMap();
const line = (event) => (event.target.matches?.(LINE) ? event.target : null);
const tell = (event) => line(event) && told.set(event.target, event.target.value);

document.addEventListener('focusin', tell);
document.addEventListener('keydown', (event) => event.key === 'Enter' && !(event.target.rows > 1) && tell(event));
document.addEventListener('blur', (event) => {
  if (line(event) && told.get(event.target) === event.target.value) event.stopImmediatePropagation();
}, true);
