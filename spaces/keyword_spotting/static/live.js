// What a keyword spotter answers while somebody speaks, scrolling: on top the likeliest keyword's smoothed probability
// with the threshold and the detections, below it one row a class, darker for likelier.
const SHOWN_S = 10;
const BEHIND_S = 0.45; // the picture ends this much before now, so that it always has something to show
const TOP = 110; // height of the curve
const ROW = 17;
const LEFT = 74;

const css = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
const shown = (label) => (label.startsWith('_') ? label.replaceAll('_', '') : label);

export function mount({ element }) {
  const root = element.querySelector('.kws-canvas');
  const canvas = root.querySelector('canvas');
  const [heard, count] = [root.querySelector('.kws-heard'), root.querySelector('.kws-count')];
  const pen = canvas.getContext('2d');
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  let run = null;

  const begin = () => {
    run = { rows: [], labels: [], keyword: [], detections: [], words: [], heard_s: 0, at: performance.now(), step_s: 0.04, start_s: 1 };
    root.hidden = false;
    root.classList.add('running');
    heard.textContent = 'Listening: the first answer comes after one second';
    heard.classList.remove('found');
    count.textContent = '';
    requestAnimationFrame(frame);
  };

  const take = (reply) => {
    if (!reply.labels) return;
    if (!run) begin(); // this picture came onto the page after the run had begun
    const n = reply.labels.length;
    const raw = Uint8Array.from(atob(reply.rows), (c) => c.charCodeAt(0));
    for (let i = 0; i * n < raw.length; i++) run.rows[reply.first + i] = raw.subarray(i * n, (i + 1) * n);
    const before = run.detections.at(-1)?.[0];
    Object.assign(run, { labels: reply.labels, keyword: reply.keyword, detections: reply.detections, words: reply.words,
      threshold: reply.threshold, heard_s: reply.heard_s, step_s: reply.step_s, start_s: reply.start_s, at: performance.now() });
    const last = run.detections.at(-1);
    if (last && last[0] !== before) {
      const late = last[3] === null ? '' : `, ${Math.abs(last[3]).toFixed(2)} s ${last[3] < 0 ? 'before' : 'after'} the word’s end`;
      heard.innerHTML = '';
      heard.append(Object.assign(document.createElement('strong'), { textContent: run.labels[last[1]] }), ` ${last[2].toFixed(2)}${late}`);
      heard.classList.add('found');
    }
    count.textContent = `${reply.count} ${reply.count === 1 ? 'detection' : 'detections'} in ${reply.heard_s.toFixed(0)} s`;
    if (calm.matches) draw();
  };

  const end = () => {
    run = null;
    root.hidden = true;
    root.classList.remove('running');
  };

  const frame = () => {
    if (!run || !root.isConnected) return;
    if (!calm.matches) draw();
    requestAnimationFrame(frame);
  };

  function draw() {
    const width = root.clientWidth;
    if (!width || !run) return;
    const ratio = devicePixelRatio || 1;
    const height = TOP + 14 + ROW * Math.max(12, run.labels.length) + 20;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
      canvas.style.height = `${height}px`;
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const [text, soft, grid, c1, c2, cursor] = ['--body-text-color', '--body-text-color-subdued', '--lab-grid', '--lab-c1', '--lab-c2', '--lab-cursor'].map(css);
    const font = css('--font') || 'sans-serif';
    const now = run.heard_s + Math.min(1.5, (performance.now() - run.at) / 1000) - BEHIND_S;
    const from = now - SHOWN_S;
    const right = width - 8;
    const x = (t) => LEFT + ((t - from) / SHOWN_S) * (right - LEFT);
    const y = (p) => 8 + (1 - p) * (TOP - 8);
    const bottom = TOP + 14 + ROW * run.labels.length;

    // Where somebody speaks, by loudness.
    pen.fillStyle = css('--lab-soft');
    for (const [a, b] of run.words) if (b > from) pen.fillRect(Math.max(LEFT, x(a)), 8, Math.min(right, x(b)) - Math.max(LEFT, x(a)), TOP - 8);
    // Frame, seconds, threshold.
    pen.strokeStyle = grid;
    pen.fillStyle = soft;
    pen.font = `11px ${font}`;
    pen.textAlign = 'center';
    for (let s = Math.max(0, Math.ceil(from)); s <= now; s++) {
      pen.beginPath(); pen.moveTo(x(s), 8); pen.lineTo(x(s), bottom); pen.stroke();
      if (s % 2 === 0) pen.fillText(`${s} s`, x(s), bottom + 14);
    }
    pen.textAlign = 'right';
    pen.textBaseline = 'middle';
    pen.fillText('1', LEFT - 6, y(1) + 3);
    pen.fillText('likeliest', LEFT - 6, y(0.5));
    pen.fillText('0', LEFT - 6, y(0) - 4);
    if (run.threshold !== undefined) {
      pen.strokeStyle = c2;
      pen.setLineDash([5, 4]);
      pen.beginPath(); pen.moveTo(LEFT, y(run.threshold)); pen.lineTo(right, y(run.threshold)); pen.stroke();
      pen.setLineDash([]);
    }
    // Rows and curve.
    const first = Math.max(0, Math.floor((from - run.start_s) / run.step_s));
    const wide = Math.max(1, x(run.step_s) - x(0) + 0.6);
    pen.fillStyle = c1;
    const curve = [];
    for (let i = first; i < run.rows.length; i++) {
      const row = run.rows[i];
      const t = run.start_s + i * run.step_s;
      if (!row || t > now) continue;
      let best = 0;
      row.forEach((p, k) => {
        if (run.keyword[k]) best = Math.max(best, p);
        if (p < 8) return;
        pen.globalAlpha = p / 255;
        const left = Math.max(LEFT, x(t - run.step_s));
        pen.fillRect(left, TOP + 14 + k * ROW, Math.min(wide, right - left), ROW - 2);
      });
      curve.push([Math.max(LEFT, x(t)), y(best / 255)]);
    }
    pen.globalAlpha = 1;
    pen.strokeStyle = c1;
    pen.lineWidth = 2;
    pen.beginPath();
    curve.forEach(([a, b], i) => (i ? pen.lineTo(a, b) : pen.moveTo(a, b)));
    pen.stroke();
    pen.lineWidth = 1;
    pen.fillStyle = text;
    pen.font = `12px ${font}`;
    pen.textAlign = 'right';
    run.labels.forEach((label, k) => pen.fillText(shown(label), LEFT - 6, TOP + 14 + k * ROW + ROW / 2 - 1));
    // Detections.
    pen.textAlign = 'left';
    pen.font = `600 13px ${font}`;
    for (const [t, label] of run.detections) {
      if (t < from || t > now) continue;
      pen.strokeStyle = cursor;
      pen.beginPath(); pen.moveTo(x(t), 8); pen.lineTo(x(t), bottom); pen.stroke();
      const word = run.labels[label];
      const at = Math.min(x(t) + 4, right - pen.measureText(word).width);
      pen.fillStyle = cursor;
      pen.fillText(word, at, 16);
    }
  }

  const listen = ({ detail }) => {
    if (!root.isConnected) return document.removeEventListener('lab-live', listen);
    if (detail.channel !== root.dataset.channel) return;
    if (detail.kind === 'begin') begin();
    else if (detail.kind === 'reply') take(detail.reply);
    else end();
  };
  document.addEventListener('lab-live', listen);
}
