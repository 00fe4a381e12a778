// The one figure of Speech Lab: plotly.js with linked time axes, a play cursor, dark mode and data download.
import { clock, throttled } from './clock.js';
import { pinch } from './pinch.js';
import { roving } from './roving.js';

const HOME = new URL('.', import.meta.url);
let plotlyLoading = null;

function loadPlotly() {
  plotlyLoading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = new URL('plotly.min.js', HOME).href;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error('plotly.js could not be loaded'));
    document.head.append(script);
  });
  return plotlyLoading;
}
// At once, while the server is still thinking; whether it worked is the business of the first figure that draws.
loadPlotly().catch(() => {});

const css = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

// "var(--lab-c1)" anywhere in a figure becomes the theme's colour, so figures follow light and dark.
const themed = (value) => {
  if (typeof value === 'string') return value.startsWith('var(') ? css(value.slice(4, -1)) : value;
  if (Array.isArray(value)) return value.map(themed);
  if (value && typeof value === 'object' && !ArrayBuffer.isView(value)) {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, themed(v)]));
  }
  return value;
};

const bytes = (b64) => Uint8Array.from(atob(b64), (c) => c.charCodeAt(0));

// An image travels as deflated uint8 with its range; here it becomes rows of floats in its own unit (dB, say).
async function unpack({ u8, shape, lo, hi }) {
  const stream = new Blob([bytes(u8)]).stream().pipeThrough(new DecompressionStream('deflate'));
  const raw = new Uint8Array(await new Response(stream).arrayBuffer());
  const scale = (hi - lo) / 255;
  return Array.from({ length: shape[0] }, (_, r) =>
    Float32Array.from(raw.subarray(r * shape[1], (r + 1) * shape[1]), (v) => lo + v * scale));
}

// Rows of an image on a log or mel axis have names of their own ("1250 Hz") for the label under the pointer.
const named = (trace) => (trace.rowtext
  ? { ...trace, text: trace.rowtext.map((row, r) => Array(trace.z[r].length).fill(row)) } : trace);

async function unpackAll(data) {
  return Promise.all(data.map(async (trace) => (trace.z?.u8 ? named({ ...trace, z: await unpack(trace.z) }) : trace)));
}

function baseLayout(layout, narrow) {
  const [text, grid, soft] = [css('--body-text-color'), css('--lab-grid'), css('--body-text-color-subdued')];
  const axis = { gridcolor: grid, zerolinecolor: grid, linecolor: grid, tickcolor: grid, tickfont: { color: soft },
    automargin: true, title: { font: { color: text, size: 12 }, standoff: 6 } };
  const merge = (name) => ({ ...axis, ...layout[name], title: { ...axis.title, text: layout[name]?.title ?? '' } });
  const axes = Object.keys(layout).filter((k) => /^[xy]axis\d*$/.test(k));
  return {
    paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', autosize: true, showlegend: false,
    hovermode: 'closest',
    dragmode: matchMedia('(pointer: coarse)').matches ? false : 'zoom',
    ...layout,
    margin: { l: 52, r: 16, t: 8, b: 40, ...layout.margin, ...(narrow && { r: 10 }) },
    font: { family: css('--font') || 'sans-serif', size: 12, color: text },
    hoverlabel: { font: { family: css('--font-mono') || 'monospace', size: 12 } },
    legend: { orientation: 'h', y: 1.02, yanchor: 'bottom', x: 0, font: { color: text }, ...layout.legend },
    ...Object.fromEntries([...new Set([...axes, 'xaxis', 'yaxis'])].map((name) => [name, merge(name)])),
  };
}

// Colour bars eat a third of a phone's width: there, the numbers are left to the tap label.
const fitTraces = (data, narrow) => data.map((trace) => {
  if (trace.type !== 'heatmap') return trace;
  const bar = { thickness: 10, outlinewidth: 0, tickfont: { color: css('--body-text-color-subdued'), size: 11 }, ...trace.colorbar };
  return { ...trace, colorbar: bar, showscale: trace.showscale !== false && !narrow };
});

function csv(gd) {
  const cell = (v) => (typeof v === 'number' ? String(+v.toPrecision(7)) : `"${String(v ?? '').replaceAll('"', '""')}"`);
  const lines = [];
  const label = (ax) => gd.layout[ax]?.title?.text || ax[0];
  for (const trace of gd._fullData.map((full) => full._input)) {
    const at = (name, i) => (trace[name] ? trace[name][i] ?? gd._fullData[0][name]?.[i] : (trace[`${name}0`] ?? 0) + i * (trace[`d${name}`] ?? 1));
    lines.push(cell(trace.name || 'data'));
    if (trace.z) {
      lines.push([cell(`${label('yaxis')} \\ ${label('xaxis')}`), ...Array.from(trace.z[0], (_, i) => cell(at('x', i)))].join(','));
      trace.z.forEach((row, r) => lines.push([cell(trace.rowtext?.[r] ?? at('y', r)), ...Array.from(row, cell)].join(',')));
    } else {
      const full = gd._fullData.find((f) => f._input === trace);
      lines.push(`${cell(label('xaxis'))},${cell(label('yaxis'))}`);
      for (let i = 0; i < full.y.length; i++) lines.push(`${cell(full.x ? full.x[i] : at('x', i))},${cell(full.y[i])}`);
    }
  }
  return lines.join('\n');
}

function saveText(text, name) {
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(new Blob([text], { type: 'text/csv' })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// Which of the names on a picture can be written without one overlapping the next; zooming in brings the others back.
const pen = document.createElement('canvas').getContext('2d');
function fitting({ x, text, textfont }, axis) {
  pen.font = `${textfont?.size ?? 12}px ${css('--font') || 'sans-serif'}`;
  let free = -Infinity;
  return text.map((name, i) => {
    const [middle, half] = [axis.d2p(x[i]), pen.measureText(name).width / 2];
    if (middle - half < free) return '';
    free = middle + half + 3;
    return name;
  });
}

export function mount({ element, props, trigger, watch }) {
  const root = element.querySelector('.lab-figure');
  const plot = root.querySelector('.lab-plot');
  const [line, words, row] = ['.lab-cursor', '.lab-alt', '.lab-words'].map((s) => root.querySelector(s));
  const axis = root.dataset.clock ? clock(root.dataset.clock) : null;
  const hint = root.querySelector('.lab-hint');
  // A finger scrolls the page and taps: what takes a mouse is not promised to it.
  if (matchMedia('(pointer: coarse)').matches && hint) {
    const can = hint.textContent.split(/[,;] /).filter((what) => !what.startsWith('double-click'));
    hint.textContent = can.map((what) => what.replace(/^drag/, 'pinch').replace(/\bclick\b/, 'tap')).join('; ');
  }
  const self = { xView: null, yView: null, spec: null, drawn: false, turn: 0 };
  const tellZoom = throttled((range) => trigger('zoom', range), 150);
  const tellHover = throttled((point) => trigger('hover', point), 80);

  // A zoom that comes from the address is told once, by the first figure on the clock.
  const tellAddress = () => {
    const first = root === document.querySelector(`.lab-figure[data-clock="${root.dataset.clock}"]`);
    if (first) tellZoom({ x: axis.view, y: self.yView });
  };

  // Words stand under their place in the picture, also while it is zoomed.
  const placeWords = () => {
    const x = plot._fullLayout?.xaxis;
    if (row.hidden || !x) return;
    for (const word of row.children) {
      const [left, right] = word.span.map((s) => Math.max(0, Math.min(x.d2p(s), x._length)));
      word.style.left = `${x._offset + left}px`;
      word.style.width = `${Math.max(0, right - left - 1)}px`;
      word.style.visibility = right - left > 8 ? '' : 'hidden';
    }
  };
  const lightWords = () => {
    for (const word of row.children) word.classList.toggle('now', axis.time > 0 && axis.time >= word.span[0] && axis.time < word.span[1]);
  };
  const writeWords = (words) => {
    const text = JSON.stringify(words);
    if (!axis || text === row.dataset.words) return placeWords();
    row.dataset.words = text;
    row.hidden = !words.length;
    row.replaceChildren(...words.map(([said, from, to]) => {
      const word = Object.assign(document.createElement('button'), { type: 'button', textContent: said, span: [from, to] });
      word.title = `${said}: ${from.toFixed(2)} to ${to.toFixed(2)} s, as Whisper finds it`;
      word.onclick = () => axis.playSpan(from, to);
      return word;
    }));
    if (!row.dataset.roving) roving(row, 'button');
    row.dataset.roving = '1';
    row.querySelectorAll('button').forEach((word, i) => (word.tabIndex = i ? -1 : 0));
    placeWords();
  };

  const placeCursor = () => {
    const x = plot._fullLayout?.xaxis;
    if (!axis || !x || !self.spec) return;
    const pixel = x.d2p(axis.time);
    const inside = pixel >= -1 && pixel <= x._length + 1;
    line.hidden = !inside;
    if (!inside) return;
    line.style.transform = `translateX(${x._offset + pixel}px)`;
    line.style.top = `${plot._fullLayout._size.t}px`;
    line.style.height = `${plot._fullLayout._size.h}px`;
  };

  // Text traces with `thin: true`, their x in order.
  const thin = () => self.spec.data.forEach((trace, i) => {
    if (!trace.thin || !plot.data?.[i]) return;
    const text = fitting(trace, plot._fullLayout.xaxis);
    if (text.some((name, k) => name !== plot.data[i].text[k])) window.Plotly.restyle(plot, { text: [text] }, [i]);
  });

  const shown = () => {
    const layout = structuredClone(self.spec.layout);
    layout.xaxis ??= {};
    layout.yaxis ??= {};
    const xView = axis ? axis.view : self.xView;
    if (xView) layout.xaxis.range = [...xView];
    if (self.yView) layout.yaxis.range = [...self.yView];
    return layout;
  };

  const point = (event) => {
    const p = event.points[0];
    return { x: p.x, y: p.y, z: p.z ?? null, row: p.pointIndex?.[0] ?? p.pointIndex ?? null, col: p.pointIndex?.[1] ?? null, curve: p.curveNumber };
  };

  const wire = () => {
    plot.on('plotly_click', (event) => {
      if (axis && typeof event.points[0].x === 'number') axis.seek(event.points[0].x);
      trigger('pick', point(event));
    });
    if (root.dataset.hover) plot.on('plotly_hover', (event) => tellHover(point(event)));
    plot.on('plotly_relayout', (change) => {
      thin();
      const range = (name) => (change[`${name}.range[0]`] !== undefined
        ? [change[`${name}.range[0]`], change[`${name}.range[1]`]] : change[`${name}.range`]);
      const [x, y] = [range('xaxis'), range('yaxis')];
      if (self.following || (!x && !y)) return placeCursor();
      if (y) self.yView = y;
      if (x) self.xView = x;
      if (x && axis) axis.setView(x, self);
      tellZoom({ x: axis ? axis.view : self.xView, y: self.yView });
      placeCursor();
    });
    plot.on('plotly_doubleclick', () => {
      self.xView = self.yView = null;
      axis?.setView(null, self);
      draw();
      tellZoom({ x: null, y: null });
    });
    plot.on('plotly_afterplot', () => {
      placeCursor();
      placeWords();
    });
  };

  const drawnAxis = () => (self.drawn ? plot._fullLayout?.xaxis : null);
  pinch({
    area: root.querySelector('.lab-canvas'),
    toX: (px) => px - drawnAxis()._offset,
    width: () => drawnAxis()._length,
    view: () => {
      const whole = self.spec?.layout.xaxis?.range;
      const x = drawnAxis();
      return whole && x?.type === 'linear' && !x.fixedrange && self.spec.layout.dragmode !== false ? { shown: x.range, whole } : null;
    },
    zoom: (range) => {
      if (range) window.Plotly.relayout(plot, { 'xaxis.range': range });
      else if (axis ? axis.view : self.xView) plot.emit('plotly_doubleclick');
    },
  });

  const buttons = (Plotly) => [[
    { name: 'csv', title: 'Download the data (CSV)', icon: Plotly.Icons.disk, click: (gd) => saveText(csv(gd), `${root.dataset.name}.csv`) },
    'toImage', 'zoomIn2d', 'zoomOut2d',
    { name: 'home', title: 'Show everything', icon: Plotly.Icons.home, click: () => plot.emit('plotly_doubleclick') },
  ]];

  async function draw() {
    const turn = ++self.turn;
    if (!props.value) return;
    const spec = JSON.parse(props.value);
    const [Plotly, data] = await Promise.all([loadPlotly(), unpackAll(spec.data)]);
    if (turn !== self.turn || !root.isConnected) return; // a newer figure has arrived meanwhile
    self.spec = spec;
    if (spec.home !== self.home) self.xView = self.yView = null; // another sound: the old zoom has no meaning
    self.home = spec.home;
    const sound = spec.layout.xaxis?.uirevision;
    if (axis && sound !== undefined && sound !== axis.sound) { // the stretch of time zoomed into belonged to another
      const first = axis.sound === undefined;
      axis.sound = sound;
      if (!first && (axis.view || axis.wanted)) axis.setView(axis.wanted, axis.wanted ? 'address' : self);
    }
    const narrow = root.clientWidth < 480;
    const config = { displaylogo: false, responsive: false, doubleClick: false, showSendToCloud: false, scrollZoom: false,
      modeBarButtons: buttons(Plotly), displayModeBar: narrow ? false : 'hover',
      toImageButtonOptions: { format: 'png', scale: 2, filename: root.dataset.name } };
    await Plotly.react(plot, themed(fitTraces(data, narrow)), themed(baseLayout(shown(), narrow)), config);
    if (!self.drawn) {
      self.drawn = true;
      root.classList.add('drawn');
      wire();
      if (axis?.view) tellAddress();
    }
    thin();
    writeWords(spec.words ?? []);
    words.textContent = spec.alt; // what a screen reader reads, and the plot's buttons, but not its ticks
    for (const svg of plot.querySelectorAll('.main-svg')) svg.setAttribute('aria-hidden', 'true');
    placeCursor();
    root.dispatchEvent(new CustomEvent('lab-drawn', { bubbles: true }));
  }

  if (axis) {
    const leave = axis.subscribe({
      time: () => {
        placeCursor();
        lightWords();
      },
      view: async (view, source) => {
        if (!root.isConnected) return leave();
        if (source === self || !self.drawn) return;
        if (source === 'address') tellAddress();
        self.following = true;
        await window.Plotly.relayout(plot, { 'xaxis.range': view ?? self.spec.layout.xaxis.range });
        self.following = false;
      },
    });
  }
  let width = 0;
  new ResizeObserver(throttled(() => {
    if (!self.drawn || !root.clientWidth || root.clientWidth === width) return;
    width = root.clientWidth;
    draw();
  }, 60)).observe(root);
  new MutationObserver(() => self.drawn && draw()).observe(document.body, { attributes: true, attributeFilter: ['class'] });
  watch('value', draw);
  draw().catch((error) => (words.textContent = error.message));
}
