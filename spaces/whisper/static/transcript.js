// Words coloured by probability and tied to a clock: click one to hear it, and follow the one being spoken.
// The value is lines of JSON: a head, then one line a segment. A longer value with the same beginning only adds lines.
import { clock } from '../../clock.js';

const READER_MOVED_MS = 4000; // after scrolling by hand, the text stays where the reader put it for so long

const timeText = (s) => {
  const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  const seconds = (s % 60).toFixed(1).padStart(4, '0');
  return h ? `${h}:${String(m).padStart(2, '0')}:${seconds}` : `${m}:${seconds}`;
};

const make = (tag, className, text = '') => Object.assign(document.createElement(tag), { className, textContent: text });

// The last start that is not after `time`; -1 before the first. Starts rise, so halving finds it.
function lastBefore(starts, time) {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export function mount({ element, props, watch }) {
  const root = element.querySelector('.lab-transcript');
  const [list, empty, about, copy, legend] = ['.lab-segments', '.lab-transcript-empty', '.lab-transcript-word',
    '.lab-transcript-copy', '.lab-transcript-legend'].map((s) => root.querySelector(s));
  const axis = clock(root.dataset.clock);
  const first = { empty: empty.textContent, legend: legend.innerHTML };
  let read = ''; // what of the value is on the page
  let [words, starts, texts] = [[], [], []];
  let lit = -1;
  let movedAt = -READER_MOVED_MS;

  const clear = () => {
    list.replaceChildren();
    [words, starts, texts, lit, read] = [[], [], [], -1, ''];
    [list.scrollTop, about.textContent] = [0, ''];
  };

  const showHead = ({ language, empty: text, note }) => {
    list.lang = language || '';
    empty.textContent = text || first.empty;
    if (note) legend.textContent = note;
    else legend.innerHTML = first.legend;
  };

  // A text without word times is one long word.
  const spans = (segment) => (segment.words.length ? segment.words : [[segment.start, segment.end, segment.text, null]]);

  const addSegment = (segment, into) => {
    const item = make('li', segment.doubt ? 'lab-segment doubtful' : 'lab-segment');
    const time = make('button', 'lab-segment-time', timeText(segment.start));
    time.type = 'button';
    time.setAttribute('aria-label', `${timeText(segment.start)}: play to ${timeText(segment.end)}`);
    time.onclick = () => axis.playSpan(segment.start, segment.end);
    const text = make('p', 'lab-segment-text');
    text.dir = 'auto';
    for (const [start, end, word, prob] of spans(segment)) {
      const span = make('span', 'lab-word', word.trim());
      if (prob !== null) span.style.setProperty('--doubt', (1 - prob).toFixed(3));
      span.tabIndex = words.length ? -1 : 0;
      span.setAttribute('role', 'button');
      span.dataset.i = words.length;
      span.word = { start, end, prob };
      if (text.childNodes.length && /^\s/.test(word)) text.append(' ');
      text.append(span);
      words.push(span);
      starts.push(Math.max(start, starts.at(-1) ?? 0));
    }
    item.append(time, text);
    if (segment.doubt) item.append(make('p', 'lab-segment-doubt', segment.doubt));
    into.append(item);
    texts.push(segment.text.trim());
  };

  const load = () => {
    const value = props.value || '';
    if (value === read) return;
    if (!value.startsWith(read) || !read) clear();
    const fresh = value.slice(read.length).split('\n').filter(Boolean).map((line) => JSON.parse(line));
    if (!read) showHead(fresh.shift() ?? {});
    const fragment = document.createDocumentFragment(); // one reflow for many segments
    fresh.forEach((segment) => addSegment(segment, fragment));
    list.append(fragment);
    read = value;
    empty.hidden = words.length > 0;
    copy.disabled = !words.length;
    light(axis.time);
  };

  const playing = () => document.querySelector(`.lab-player.playing[data-clock="${CSS.escape(root.dataset.clock)}"]`);

  // Scrolls the box, never the page, and only while the sound plays.
  const bringIntoBox = (span) => {
    if (!playing() || performance.now() - movedAt < READER_MOVED_MS) return;
    const [box, at] = [list.getBoundingClientRect(), span.getBoundingClientRect()];
    if (at.top < box.top || at.bottom > box.bottom) list.scrollTop += at.top - box.top - box.height / 3;
  };

  const light = (time) => {
    let next = lastBefore(starts, time);
    if (next >= 0 && (time >= words[next].word.end || (!time && !playing()))) next = -1; // between words, not begun
    if (next === lit) return;
    words[lit]?.classList.remove('now');
    lit = next;
    if (lit < 0) return;
    words[lit].classList.add('now');
    bringIntoBox(words[lit]);
  };

  const describe = (span) => {
    const { start, end, prob } = span.word;
    const sure = prob === null ? '' : `probability ${prob.toFixed(2)}, `;
    about.textContent = `“${span.textContent}”: ${sure}${start.toFixed(2)} to ${end.toFixed(2)} s`;
  };

  const wordOf = (event) => event.target.closest?.('.lab-word');
  const focus = (i) => {
    const span = words[i];
    if (!span) return;
    list.querySelector('.lab-word[tabindex="0"]')?.setAttribute('tabindex', '-1');
    span.tabIndex = 0;
    span.focus();
  };
  list.addEventListener('click', (event) => {
    const span = wordOf(event);
    if (!span || String(getSelection()).trim()) return; // selecting text is not asking to hear it
    describe(span);
    axis.playSpan(span.word.start, Infinity);
  });
  list.addEventListener('pointerover', (event) => wordOf(event) && describe(wordOf(event)));
  list.addEventListener('focusin', (event) => wordOf(event) && describe(wordOf(event)));
  list.addEventListener('keydown', (event) => {
    const span = wordOf(event);
    if (!span) return;
    const i = Number(span.dataset.i);
    const to = { ArrowRight: i + 1, ArrowDown: i + 1, ArrowLeft: i - 1, ArrowUp: i - 1, Home: 0, End: words.length - 1 }[event.key];
    if (to !== undefined) focus(to);
    else if (event.key === 'Enter' || event.key === ' ') axis.playSpan(span.word.start, Infinity);
    else return;
    event.preventDefault();
  });
  for (const kind of ['wheel', 'touchmove', 'keydown']) {
    list.addEventListener(kind, () => (movedAt = performance.now()), { passive: true });
  }
  copy.onclick = async () => {
    await navigator.clipboard?.writeText(texts.join('\n'));
    copy.textContent = 'Copied';
    setTimeout(() => (copy.textContent = 'Copy text'), 2000);
  };

  const leave = axis.subscribe({ time: (time) => (root.isConnected ? light(time) : leave()) });
  watch('value', load);
  load();
}
