// Gradio gives each choice of a radio a name of its own, so that none of them are a group: every choice is a tab stop
// and the arrow keys do nothing. With one name for all of them, browsers do what people expect.
import { throttled } from './clock.js';

const EVERY_MS = 100; // pictures change the page many times a second
let groups = 0;

const join = () => {
  for (const choice of document.querySelectorAll('fieldset input[type=radio]')) {
    const field = choice.closest('fieldset');
    field.dataset.group ??= `lab-group-${++groups}`;
    if (choice.name !== field.dataset.group) choice.name = field.dataset.group;
  }
};

new MutationObserver(throttled(join, EVERY_MS)).observe(document.documentElement, { childList: true, subtree: true });
join();
