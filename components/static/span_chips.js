// Words and letters as buttons on a clock: a click plays exactly that span; what sounds is lit.
import { clock } from './clock.js';

const SHORTEST_S = 0.16; // a letter of one frame is too short for an ear: it is played with its neighbourhood

const make = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text });

export function mount({ element, props, watch }) {
  const root = element.querySelector('.lab-chipset');
  const [list, empty, about] = ['.lab-chipset-words', '.lab-chipset-empty', '.lab-chipset-about'].map((s) => root.querySelector(s));
  const axis = clock(root.dataset.clock);
  let chips = [];

  const play = ({ start, end }) => {
    const extra = Math.max(0, SHORTEST_S - (end - start)) / 2;
    axis.playSpan(Math.max(0, start - extra), end + extra);
  };
  const chip = (span, className, kind) => {
    const button = make('button', className, span.text);
    button.type = 'button';
    button.span = span;
    button.style.setProperty('--doubt', (1 - span.prob).toFixed(3));
    const words = `${kind} “${span.text}”: ${span.start.toFixed(2)} to ${span.end.toFixed(2)} s, probability ${span.prob.toFixed(2)}`;
    button.title = words;
    button.setAttribute('aria-label', `Play ${words}`);
    button.onclick = () => {
      about.textContent = words;
      play(span);
    };
    chips.push(button);
    return button;
  };
  const light = (time) => {
    for (const button of chips) button.classList.toggle('now', time > 0 && time >= button.span.start && time < button.span.end);
  };
  const load = () => {
    const words = props.value ? JSON.parse(props.value) : [];
    chips = [];
    about.textContent = '';
    list.replaceChildren(...words.map((word) => {
      const group = make('span', 'lab-chipset-word', '');
      const letters = make('span', 'lab-chipset-letters', '');
      letters.append(...word.letters.map((letter) => chip(letter, 'lab-letter', 'Letter')));
      group.append(chip(word, 'lab-chipset-name', 'Word'), letters);
      return group;
    }));
    empty.hidden = words.length > 0;
    light(axis.time);
  };
  const leave = axis.subscribe({ time: (time) => (root.isConnected ? light(time) : leave()) });
  watch('value', load);
  load();
}
