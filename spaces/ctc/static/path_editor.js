// The collapse rule on a row of frames: click a frame to give it the brush's symbol; the two steps are drawn below it.
const BLANK = '-';
const name = (symbol) => (symbol === BLANK ? '–' : symbol === ' ' ? '␣' : symbol);
const spoken = (symbol) => (symbol === BLANK ? 'blank' : symbol);

const make = (tag, className, text = '') => Object.assign(document.createElement(tag), { className, textContent: text });

const place = (item, row, start, end) => {
  item.style.gridRow = row;
  item.style.gridColumn = `${start + 2} / ${end + 2}`;
  return item;
};

export function mount({ element, props, trigger, watch }) {
  const root = element.querySelector('.lab-path');
  const [brushes, grid] = ['.lab-path-brushes', '.lab-path-grid'].map((s) => root.querySelector(s));
  let value = null;
  let brush = null;

  const send = (path) => {
    if (path !== value.path) trigger('edit', { text: path }); // Gradio takes an event's "path" for a file
  };
  const set = (i, symbol) => send(value.path.slice(0, i) + symbol + value.path.slice(i + 1));

  const drawBrushes = () => {
    if (!value.symbols.includes(brush)) brush = value.symbols[0];
    brushes.replaceChildren(make('span', 'lab-path-note', 'Brush'), ...value.symbols.map((symbol) => {
      const button = make('button', symbol === BLANK ? 'lab-path-brush blank' : 'lab-path-brush', name(symbol));
      button.type = 'button';
      button.setAttribute('aria-pressed', String(symbol === brush));
      button.setAttribute('aria-label', `Brush ${spoken(symbol)}`);
      button.onclick = () => {
        brush = symbol;
        brushes.querySelectorAll('button').forEach((b) => b.setAttribute('aria-pressed', String(b === button)));
      };
      return button;
    }));
  };

  const frame = (symbol, i) => {
    const button = make('button', symbol === BLANK ? 'lab-path-frame blank' : 'lab-path-frame', name(symbol));
    button.type = 'button';
    button.setAttribute('aria-label', `Frame ${i + 1}: ${spoken(symbol)}`);
    button.onclick = () => set(i, brush === symbol ? BLANK : brush);
    button.onkeydown = (event) => {
      const to = { ArrowLeft: i - 1, ArrowRight: i + 1 }[event.key];
      if (to !== undefined) grid.querySelectorAll('.lab-path-frame')[to]?.focus();
      else if (event.key === 'Backspace' || event.key === 'Delete') set(i, BLANK);
      else if (event.key.length === 1 && /[\p{L}-]/u.test(event.key) && !event.ctrlKey && !event.metaKey) set(i, event.key.toUpperCase());
      else return;
      event.preventDefault();
    };
    return place(button, 2, i, i + 1);
  };

  const draw = (animate) => {
    const focused = [...grid.querySelectorAll('.lab-path-frame')].indexOf(document.activeElement);
    const frames = [...value.path];
    grid.style.setProperty('--frames', frames.length);
    const rows = ['', 'Frames', '1 Merge repeats', '2 Drop blanks'].map((words, row) => {
      const label = make('span', 'lab-path-row', words);
      label.style.gridRow = row + 1;
      label.style.gridColumn = 1;
      return label;
    });
    const numbers = frames.map((_, i) => place(make('span', 'lab-path-number', String(i + 1)), 1, i, i + 1));
    let kept = 0;
    const runs = value.runs.flatMap(([symbol, start, end], i) => {
      const blank = symbol === BLANK;
      const merged = place(make('span', blank ? 'lab-path-run blank' : 'lab-path-run', name(symbol)), 3, start, end);
      merged.style.setProperty('--wait', `${0.12 * i}s`);
      const label = place(make('span', blank ? 'lab-path-label gone' : 'lab-path-label', name(symbol)), 4, start, end);
      label.style.setProperty('--wait', `${0.12 * (value.runs.length + i) + 0.3}s`);
      if (!blank) label.dataset.i = kept++;
      return [merged, label];
    });
    grid.classList.remove('animate');
    grid.replaceChildren(...rows, ...numbers, ...frames.map(frame), ...runs);
    if (animate) {
      grid.getBoundingClientRect(); // so that the class below starts the animation anew
      grid.classList.add('animate');
    }
    if (focused >= 0) grid.querySelectorAll('.lab-path-frame')[focused]?.focus();
    root.dataset.text = value.labels.join('');
  };

  const load = () => {
    if (!props.value) return;
    value = JSON.parse(props.value);
    drawBrushes();
    draw(true);
  };
  root.querySelector('.lab-path-play').onclick = () => value && draw(true);
  root.querySelector('.lab-path-clear').onclick = () => value && send(BLANK.repeat(value.path.length));
  watch('value', load);
  load();
}
