// The latency budget: its parts, what each means, and a model that answers "what if". No DOM, no sound: plain numbers.
export const RATE = 48000; // Hz
export const QUANTUM = 128; // samples: Web Audio computes in blocks of this size
export const BAR_MS = 20; // what the page is out to keep
const FIBRE_KM_PER_MS = 200; // light in glass: 299.8 km/ms over a refractive index of about 1.47
export const samplesToMs = (n) => (1000 * n) / RATE;

// kind: who answers for it; it decides the colour. field: its name in link.stats().budget.
export const PARTS = [
  {
    key: 'quantum', field: 'quantum_ms', title: 'Collecting a block', kind: 'device',
    what: 'Web Audio hands sound over in blocks of 128 samples, so the first sample of a block waits for the last: 128 / 48 000 = 2.67 ms. That is before the first worklet, so it comes on top of the measured delay.',
    less: 'Nothing on the page makes it smaller. latencyHint: 0 asks for the smallest buffer that the system allows; the default may take several blocks.',
  },
  {
    key: 'capture', field: 'capture_ms', title: 'Audio thread to network', kind: 'browser',
    what: 'The worklet may not send packets itself: it posts each to the thread that owns the connection, and that one must be woken. The number is what is left of a packet’s travel time when everything else is subtracted; half of it is counted here, half at playout.',
    less: 'A thread of its own for the connection, away from the page: there a redraw would hold packets up.',
  },
  {
    key: 'packet', field: 'packet_ms', title: 'Filling a packet', kind: 'browser',
    what: 'A packet leaves when it is full. Beyond the first block of 128 samples it costs (n − 128) / 48 ms: nothing at 128, 17.3 ms at 960. The audio track packs Opus frames of 20 ms.',
    less: 'Smaller packets. The price: 375 packets a second each way, with some 100 bytes of headers (IP, UDP, DTLS, SCTP and the page’s own) on 256 bytes of sound.',
  },
  {
    key: 'network_out', field: 'network_out_ms', title: 'Way to the server', kind: 'network',
    what: 'From the browser to the server process. One way is not measurable without a common clock, so it is half of the round trip less the time inside the server.',
    less: 'A nearer server, a cable instead of radio, UDP instead of TCP: one lost TCP packet holds up all behind it.',
  },
  {
    key: 'queue', field: 'queue_ms', title: 'Waiting in the server', kind: 'server',
    what: 'A packet that has arrived waits until the event loop of the audio process takes it. With a model in the same Python process this grew to seconds; in a process of its own it stays small. On the audio track: the packets that its jitter buffer holds back, 20 ms each.',
    less: 'A process that does nothing else; models elsewhere, at a lower priority.',
  },
  {
    key: 'processing', field: 'processing_ms', title: 'Computing the effect', kind: 'server',
    what: 'The time that the effect takes for one packet, by the clock of the machine that computes it. It must stay well under the length of the packet, or sound piles up.',
    less: 'Compiled code (numba on the server, JIT JavaScript here), no allocation, no lock. At a few per cent of real time there is little left to win.',
  },
  {
    key: 'algorithm', field: 'algorithm_ms', title: 'The effect itself', kind: 'algorithm',
    what: 'The delay that a method needs on any computer, however fast: it has to have heard a stretch of sound before it can give out its beginning. Declared by each effect in samples, and tested with an impulse or a correlation.',
    less: 'Another method: PSOLA waits for half of the longest pitch period, the delay line for 10 ms, a phase vocoder for a whole FFT window.',
  },
  {
    key: 'network_back', field: 'network_back_ms', title: 'Way back', kind: 'network',
    what: 'From the server process to the browser: the other half of the round trip.',
    less: 'As on the way out.',
  },
  {
    key: 'way', field: 'way_ms', title: 'The whole way', kind: 'unknown',
    what: 'Not measured in this browser yet. On the project’s own machine, browser and server on one computer and without an effect, the way from worklet to worklet took this long. Press “Measure” to see yours, in its parts.',
    less: 'First measure.',
  },
  {
    key: 'ring', field: 'ring_ms', title: 'Ring buffer', kind: 'ring',
    what: 'Packets come at uneven times, sound must go out evenly. Sample f is played at f + D: what arrives early waits here. D grows by a block of 2.7 ms where that saves dropouts, and beyond 20 ms for the whole way only where it saves many. On the audio track: the browser’s own jitter buffer.',
    less: 'A smaller D; then packets that come later than D are missing when their turn comes, and a fading copy of the sound before fills the gap. Less delay costs dropouts, and fewer dropouts cost delay.',
  },
  {
    key: 'playout', field: 'playout_ms', title: 'Network to audio thread', kind: 'browser',
    what: 'Back to the audio thread, and the wait for its next block of 128 samples (1.3 ms on average). It also holds what no other part explains, so that the parts add up to the measured number.',
    less: 'As on the way out: a thread of its own.',
  },
  {
    key: 'base', field: 'base_ms', title: 'To the sound system', kind: 'device',
    what: 'AudioContext.baseLatency: from the end of the Web Audio graph to the operating system, as the browser reports it. It comes on top of the measured delay.',
    less: 'latencyHint: 0. Above that the operating system decides.',
  },
  {
    key: 'output', field: 'output_ms', title: 'Sound card, headphones', kind: 'device',
    what: 'AudioContext.outputLatency: from the operating system to the loudspeaker, as the browser estimates it. It comes on top of the measured delay; what a Bluetooth headset adds is often not in it.',
    less: 'A cable. Only a loopback test tells the truth: see the end of this page.',
  },
];
export const part = (key) => PARTS.find((p) => p.key === key);
export const ON_TOP = new Set(['quantum', 'base', 'output']); // not between the two worklets
const value = (budget, key) => Math.max(0, Number(budget?.[`${key}_ms`]) || 0);

// The bar of a budget: its parts in order with start and length in ms, leaving out what is zero. What lies outside of the
// two worklets comes last, so that the bar of 20 ms can be read off the axis.
export function segments(budget) {
  let from = 0;
  const inner = PARTS.filter(({ key }) => !ON_TOP.has(key));
  const outer = PARTS.filter(({ key }) => ON_TOP.has(key));
  return [...inner, ...outer].map(({ key }) => {
    const ms = value(budget, key);
    from += ms;
    return { key, ms, from: from - ms };
  }).filter((s) => s.ms > 0.004);
}

// Worklet to worklet: everything but the devices.
export const inside = (budget) => PARTS.reduce((sum, { key }) => sum + (ON_TOP.has(key) ? 0 : value(budget, key)), 0);
export const devices = (budget) => [...ON_TOP].reduce((sum, key) => sum + value(budget, key), 0);

// In the browser nothing is sent: the effect runs in the worklet, within its block, and adds only its own delay.
export const browserBudget = (algorithm_ms) => ({ algorithm_ms, measured_ms: algorithm_ms });

// --- What if ---------------------------------------------------------------------------------------------------------
// One way and its spread (what the ring must cover) for the last mile. Typical figures, not measured here; on one machine
// the spread is what the page's ring takes when nothing else runs: D of 10.7 ms less a journey of 2.7 ms.
export const NETS = {
  local: { title: 'this machine', one_way_ms: 0.3, jitter_ms: 8, note: 'the operating system alone; the spread is scheduling' },
  fibre: { title: 'fibre, cable', one_way_ms: 4, jitter_ms: 9, note: 'typical: 8 ms to the provider and back' },
  wifi: { title: 'Wi-Fi', one_way_ms: 6, jitter_ms: 15, note: 'typical: the air is shared, packets are sent again' },
  lte: { title: '4G', one_way_ms: 25, jitter_ms: 25, note: 'typical: 50 ms there and back, and bursts' },
};
export const EARS = {
  wired: { title: 'cable', ms: 0, note: 'nothing is added' },
  le: { title: 'Bluetooth LE Audio', ms: 30, note: 'typical: LC3 has frames of 10 ms, radio and buffers double that and more' },
  sbc: { title: 'Bluetooth, SBC', ms: 200, note: 'typical: 150 to 250 ms; a headset that also listens is faster and sounds like a telephone' },
};

/* The budget of a voice changer that does not exist.
   packet: samples; ring: ms of waiting, or 'auto' (covers the spread); fft: window of a phase vocoder in samples, 0 for the page's
   own effect, whose delay is algorithm_ms; net, km: the way to the server; ears: the headphones. */
export function whatIf({ packet = 128, ring = 'auto', fft = 0, net = 'local', km = 0, ears = 'wired', algorithm_ms = 0, processing_ms = 0.1 }) {
  const way = NETS[net].one_way_ms + km / FIBRE_KM_PER_MS;
  return {
    quantum_ms: samplesToMs(QUANTUM),
    capture_ms: 0.5,
    packet_ms: samplesToMs(Math.max(0, packet - QUANTUM)),
    network_out_ms: way,
    queue_ms: 0.1,
    processing_ms,
    algorithm_ms: fft ? samplesToMs(fft) : algorithm_ms,
    network_back_ms: way,
    ring_ms: ring === 'auto' ? NETS[net].jitter_ms : ring,
    playout_ms: 0.5 + samplesToMs(QUANTUM / 2),
    output_ms: EARS[ears].ms,
  };
}

// Says what a what-if comes to, in one or two sentences.
export function verdict(budget, { jitter_ms = 0 } = {}) {
  const total = inside(budget) + devices(budget);
  const [largest] = [...segments(budget)].sort((a, b) => b.ms - a.ms);
  const name = part(largest.key).title.toLowerCase();
  const fits = inside(budget) <= BAR_MS;
  const first = fits
    ? `${inside(budget).toFixed(1)} ms from worklet to worklet: under ${BAR_MS} ms.`
    : `${inside(budget).toFixed(1)} ms from worklet to worklet: ${(inside(budget) - BAR_MS).toFixed(1)} ms too many.`;
  const ring = value(budget, 'ring');
  const dry = ring < jitter_ms ? ` The ring buffer of ${ring.toFixed(0)} ms is shorter than the spread of ${jitter_ms} ms: expect dropouts.` : '';
  const ear = devices(budget) > 0.5 ? ` With the sound system ${total.toFixed(1)} ms.` : '';
  return `${first} The largest part: ${name}, ${largest.ms.toFixed(1)} ms.${ear}${dry}`;
}

// --- Statistics of a measurement -------------------------------------------------------------------------------------
export function quantile(sorted, q) {
  if (!sorted.length) return NaN;
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
}

// Counts in bins of `width` ms from 0 to the largest delay; what lies beyond `limit` falls into the last.
export function histogram(samples, width, limit = 400) {
  let top = width;
  for (const ms of samples) if (Number.isFinite(ms)) top = Math.max(top, Math.min(limit, ms));
  const counts = new Array(Math.ceil(top / width + 1e-9) + 1).fill(0);
  for (const ms of samples) if (Number.isFinite(ms)) counts[Math.min(counts.length - 1, Math.max(0, Math.floor(ms / width)))]++;
  return counts;
}
