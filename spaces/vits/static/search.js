// Monotonic alignment search, column by column: the table fills from the left, then the best path is traced back.
const CELL = 26;
const css = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
const short = (v) => (v === null ? '−∞' : v.toFixed(1).replace('-', '−'));

// Light for likely: a cell's place between the least and the most of its column.
function shade(column, v) {
  const known = column.filter((x) => x !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return high > low ? (v - low) / (high - low) : 1;
}

export function mount({ element, props, watch }) {
  const root = element.querySelector('.vits-search');
  const [canvas, slider, play, words] = ['canvas', 'input', 'button', '.vits-search-words'].map((s) => root.querySelector(s));
  const pen = canvas.getContext('2d');
  let value = null;
  let at = 0; // step: 0 to F columns filled, then F + 1 to 2F of the path traced back
  let cell = null; // [token, frame] that is told about
  let playing = false;

  const F = () => value.log_p[0].length;
  const filled = () => Math.min(at, F());
  const traced = () => Math.max(0, at - F());
  const size = () => Math.max(9, Math.min(CELL, (root.clientWidth - 24 - 46) / F()));

  const draw = () => {
    if (!value || !root.clientWidth) return;
    const [w, tokens, frames] = [size(), value.tokens.length, F()];
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [46 + w * frames, CELL * tokens + 22];
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const [text, soft, line, good, path] = ['--body-text-color', '--body-text-color-subdued', '--lab-grid', '--lab-c1', '--lab-c2'].map(css);
    const y = (i) => CELL * (tokens - 1 - i); // the first token lies at the bottom
    pen.textBaseline = 'middle';
    for (let i = 0; i < tokens; i++) {
      pen.font = `15px ${css('--font')}`;
      pen.fillStyle = value.tokens[i] === '·' ? soft : text;
      pen.textAlign = 'right';
      pen.fillText(value.tokens[i], 38, y(i) + CELL / 2);
    }
    for (let j = 0; j < frames; j++) {
      const table = j < filled() ? value.table : value.log_p;
      const column = table.map((row) => row[j]);
      for (let i = 0; i < tokens; i++) {
        const v = column[i];
        if (v === null) continue;
        pen.globalAlpha = (j < filled() ? 0.08 : 0.03) + (j < filled() ? 0.62 : 0.25) * shade(column, v) ** 3;
        pen.fillStyle = j < filled() ? good : soft;
        pen.fillRect(46 + w * j, y(i), w - 1, CELL - 1);
      }
    }
    pen.globalAlpha = 1;
    for (let k = 0; k < traced(); k++) {
      const j = frames - 1 - k;
      pen.fillStyle = path;
      pen.beginPath();
      pen.arc(46 + w * (j + 0.5) - 0.5, y(value.found[j]) + CELL / 2, Math.min(w, CELL) / 2 - 2, 0, 7);
      pen.fill();
    }
    pen.strokeStyle = text; // the durations that the latents were made with
    pen.lineWidth = 1.5;
    for (let j = 0; j < frames; j++) pen.strokeRect(46.75 + w * j, y(value.true[j]) + 0.75, w - 2.5, CELL - 2.5);
    if (cell) {
      pen.strokeStyle = css('--lab-cursor');
      pen.lineWidth = 2.5;
      pen.strokeRect(46 + w * cell[1], y(cell[0]), w - 1, CELL - 1);
    }
    pen.fillStyle = soft;
    pen.font = '11px monospace';
    pen.textAlign = 'center';
    const every = Math.ceil(28 / w);
    for (let j = 0; j < frames; j += every) pen.fillText(j + 1, 46 + w * (j + 0.5), CELL * tokens + 12);
    pen.strokeStyle = line;
    slider.value = at;
    tell();
  };

  const tell = () => {
    if (cell) {
      const [i, j] = cell;
      const [now, own] = [value.table[i][j], value.log_p[i][j]];
      const stay = j ? value.table[i][j - 1] : null;
      const move = j && i ? value.table[i - 1][j - 1] : null;
      const first = j ? `larger of stay ${short(stay)} and move on ${short(move)}` : 'nothing before it';
      words.textContent = now === null
        ? `Token ${i + 1} (${value.tokens[i]}), frame ${j + 1}: no path can be here, for each frame moves on by one token at most.`
        : `Token ${i + 1} (${value.tokens[i]}), frame ${j + 1}: ${first}, plus its own log likelihood ${short(own)} = ${short(now)}.`;
      return;
    }
    if (at === 0) words.textContent = 'The log likelihood of every frame under every token. Framed: the durations that the latents were made with.';
    else if (!traced()) words.textContent = `Column ${filled()} of ${F()}: each cell takes the larger of its two neighbours on the left, and adds its own.`;
    else if (at < 2 * F()) words.textContent = `Back from the last cell: at each frame the neighbour that the maximum came from.`;
    else words.textContent = value.summary;
  };

  const stop = () => {
    playing = false;
    play.textContent = '▶ Play the search';
  };
  const step = () => {
    if (!playing || !root.isConnected) return;
    at += 1;
    draw();
    if (at >= 2 * F()) return stop();
    setTimeout(() => requestAnimationFrame(step), at < F() ? 90 : 45);
  };
  play.onclick = () => {
    if (playing) return stop();
    playing = true;
    cell = null;
    play.textContent = '⏸ Pause';
    if (at >= 2 * F()) at = 0;
    step();
  };
  slider.oninput = () => {
    stop();
    cell = null;
    at = Number(slider.value);
    draw();
  };
  const pick = (i, j) => {
    const tokens = value.tokens.length;
    cell = [Math.max(0, Math.min(i, tokens - 1)), Math.max(0, Math.min(j, F() - 1))];
    draw();
  };
  canvas.onclick = (event) => {
    const box = canvas.getBoundingClientRect();
    pick(value.tokens.length - 1 - Math.floor((event.clientY - box.top) / CELL), Math.floor((event.clientX - box.left - 46) / size()));
  };
  canvas.onkeydown = (event) => {
    const move = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (event.key === 'Escape') cell = null;
    else if (!move) return;
    event.preventDefault();
    if (move) pick((cell ?? [0, -1])[0] + move[0], (cell ?? [0, -1])[1] + move[1]);
    else draw();
  };
  const load = () => {
    if (!props.value) return;
    value = JSON.parse(props.value);
    stop();
    cell = null;
    slider.max = 2 * F();
    at = 2 * F();
    root.dataset.found = value.found.join(' ');
    draw();
  };
  let width = 0;
  new ResizeObserver(() => {
    if (root.clientWidth === width) return;
    width = root.clientWidth;
    draw();
  }).observe(root);
  new MutationObserver(draw).observe(document.body, { attributes: true, attributeFilter: ['class'] });
  watch('value', load);
  load();
}
