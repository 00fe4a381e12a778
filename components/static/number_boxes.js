// A number box tells its room only numbers that it can have: what is typed on the way there, or beyond, waits until the
// box is left or Enter is pressed, and then becomes the nearest one that is allowed. An empty box gets back what it held.
// (Gradio sends everything at once, and a number out of range comes back as an error.)
const BOX = 'input[type=number]';
const held = new WeakMap(); // the last number that was allowed
const box = (event) => (event.target.matches?.(BOX) ? event.target : null);
const nearest = (input) => {
  const [value, low, high] = [input.valueAsNumber, parseFloat(input.min), parseFloat(input.max)];
  if (Number.isNaN(value)) return NaN;
  return Math.max(Number.isNaN(low) ? value : low, Math.min(value, Number.isNaN(high) ? value : high));
};
const settle = (input) => {
  const allowed = nearest(input);
  if (allowed === input.valueAsNumber) return;
  input.value = Number.isNaN(allowed) ? held.get(input) ?? input.min : allowed;
  input.dispatchEvent(new Event('input', { bubbles: true }));
};

document.addEventListener('focusin', (event) => box(event) && held.set(event.target, event.target.value));
document.addEventListener('input', (event) => {
  const input = box(event);
  if (!input) return;
  if (nearest(input) === input.valueAsNumber) held.set(input, input.value);
  else event.stopImmediatePropagation();
}, true);
document.addEventListener('keydown', (event) => event.key === 'Enter' && box(event) && settle(event.target), true);
document.addEventListener('focusout', (event) => box(event) && settle(event.target), true);
