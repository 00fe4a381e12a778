// Collects what the worklet and the packet pump report, and sums it up: the delay, its spread, and the budget behind it.
//
// All delays are from the capture to the playout worklet on one audio clock, the effects' own delay included.
//   samples_ms, median_ms, p95_ms, p99_ms   'data' and 'websocket': of every packet that came, from its frame numbers;
//                                           'browser' and 'track': found in the sound, four times a second
//   found_ms, found_correlation             found in the sound, for every transport
//   journeys_ms, journey_p95_ms, ...        of every packet: after which time it could have been played
//   ring_ms                                 the D of the ring: packets whose journey is longer come too late
//   underruns, underruns_per_min, missing_ms   gaps that were heard and how long they were together ('track': the
//                                           browser's own count of concealments)
//   processing_us                           a block's time in the effects (128 samples or a packet)
//   cpu_percent                             of one core in the voice process for this connection, null without one
//   budget                                  the parts of the median; see `budget`
const KEEP = 32768; // delays that are remembered: about 90 s of packets
const QUANTUM_MS = (128 / 48000) * 1000;
const OPUS_MS = 20; // of sound in a packet of the audio track

class Recent {
  constructor(size) {
    this.values = new Float32Array(size);
    this.count = 0;
  }

  push(value) {
    this.values[this.count++ % this.values.length] = value;
  }

  // Oldest first.
  list() {
    const { values, count } = this;
    if (count <= values.length) return values.slice(0, count);
    const at = count % values.length;
    const out = new Float32Array(values.length);
    out.set(values.subarray(at));
    out.set(values.subarray(0, at), values.length - at);
    return out;
  }
}

// The quantiles `qs` of some values, or nulls where there are none.
function quantiles(values, qs) {
  const sorted = Float32Array.from(values).sort();
  return qs.map((q) => {
    if (!sorted.length) return null;
    const at = q * (sorted.length - 1);
    const low = Math.floor(at);
    return sorted[low] + (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]) * (at - low);
  });
}
const median = (values) => quantiles(values, [0.5])[0];

export class Stats {
  constructor(transport, packet) {
    this.transport = transport;
    this.packet = packet;
    this.last = null;
    this.version = 0; // changes with every report
    this.reset();
  }

  reset() {
    this.version++;
    this.delays = new Recent(KEEP); // ms, from the capture to the playout worklet, the effects' own delay included
    this.journeys = new Recent(KEEP); // ms, after which a packet could have been played
    this.found = new Recent(1024); // ms, found in the sound
    this.rtt = new Recent(4096); // ms, packet pump to packet pump
    this.wait = new Recent(4096); // ms in the server before the effects
    this.work = new Recent(4096); // ms in the effects
    this.base = this.last ? { underruns: this.last.underruns, missing: this.last.missing } : null;
    this.seconds = 0;
    this.busy_ms = 0;
    this.server = {};
    this.cpu_percent = 0;
    this.tellings = 0;
    this.rtc = null; // the track's counters when counting began, and now
    this.jitter_buffer_ms = 0;
  }

  // A quarter of a second that doesn't count: its gaps are not underruns.
  skip(report) {
    this.base ??= { underruns: 0, missing: 0 };
    this.base.underruns += report.underruns - (this.last?.underruns ?? 0);
    this.base.missing += report.missing - (this.last?.missing ?? 0);
    this.last = report;
  }

  // A quarter of a second from the worklet; `latency`: the effects' own delay in samples.
  heard(report, latency, found) {
    this.base ??= { underruns: report.underruns, missing: report.missing };
    this.last = report;
    this.version++;
    this.latency_ms = (latency * 1000) / 48000;
    this.seconds += report.frames / 48000;
    this.busy_ms += report.busy_ms;
    for (const delay of report.delays) this.delays.push((delay * 1000) / 48000 + this.latency_ms);
    for (const journey of report.journeys) this.journeys.push((journey * 1000) / 48000);
    if (found) {
      this.found.push(found.delay_ms);
      this.correlation = found.correlation;
    }
  }

  // The browser's counters of the track: its own jitter buffer, and what it stood in for.
  jitter(now) {
    const { first = now, now: before = now } = this.rtc ?? {};
    const emitted = now.jitterBufferEmittedCount - before.jitterBufferEmittedCount;
    if (emitted > 0) this.jitter_buffer_ms = ((now.jitterBufferDelay - before.jitterBufferDelay) * 1000) / emitted;
    this.rtc = { first, now };
  }

  // Gaps that were heard, and the samples that were stood in for.
  gaps() {
    if (this.transport === 'track') {
      const { first, now } = this.rtc ?? { first: {}, now: {} };
      const grown = (name) => (now[name] ?? 0) - (first[name] ?? 0);
      return { underruns: grown('concealmentEvents'), missing: grown('concealedSamples') - grown('silentConcealedSamples') };
    }
    if (!this.last) return { underruns: 0, missing: 0 };
    return { underruns: this.last.underruns - this.base.underruns, missing: this.last.missing - this.base.missing };
  }

  // Once a second from the server.
  told(message) {
    Object.assign(this.server, message);
    this.cpu_percent += message.cpu_percent;
    this.tellings++;
  }

  pumped({ rtt, wait, work }) {
    for (let i = 0; i < rtt.length; i++) {
      this.rtt.push(rtt[i]);
      this.wait.push(wait[i]);
      this.work.push(work[i]);
    }
  }

  get processing_ms() {
    if (this.transport === 'browser') return this.seconds ? (this.busy_ms / this.seconds) * (128 / 48000) : 0;
    if (this.transport === 'track') return (this.server.processing_us ?? 0) / 1000;
    return median(this.work.list()) ?? 0;
  }

  summary(context) {
    const packets = this.transport === 'data' || this.transport === 'websocket';
    const samples = (packets ? this.delays : this.found).list();
    const [measured, p95_ms, p99_ms] = quantiles(samples, [0.5, 0.95, 0.99]);
    const { underruns, missing } = this.gaps();
    const journeys = this.journeys.list();
    const [journey, journey_p95_ms, journey_p99_ms] = quantiles(journeys, [0.5, 0.95, 0.99]);
    return {
      version: this.version,
      transport: this.transport,
      median_ms: measured,
      p95_ms,
      p99_ms,
      samples_ms: samples,
      journeys_ms: journeys,
      journey_p95_ms,
      journey_p99_ms,
      found_ms: median(this.found.list()),
      found_correlation: this.correlation ?? null,
      seconds: this.seconds,
      underruns,
      underruns_per_min: this.seconds ? (underruns * 60) / this.seconds : 0,
      missing_ms: (missing * 1000) / 48000,
      ring_ms: packets && this.last ? (this.last.D * 1000) / 48000 : null,
      processing_us: this.processing_ms * 1000,
      cpu_percent: this.tellings ? this.cpu_percent / this.tellings : null,
      budget: this.budget(context, measured, journey ?? 0),
    };
  }

  // The parts from `capture_ms` to `playout_ms` add up to `measured_ms`; `how` says where each number comes from.
  budget(context, measured, journey) {
    const outside = {
      quantum_ms: QUANTUM_MS, // collected before the worklet sees it; not in the measured number
      base_ms: (context?.baseLatency ?? 0) * 1000,
      output_ms: (context?.outputLatency ?? 0) * 1000,
    };
    const none = { capture_ms: 0, packet_ms: 0, network_out_ms: 0, queue_ms: 0, processing_ms: 0, algorithm_ms: 0, network_back_ms: 0, ring_ms: 0, playout_ms: 0 };
    const told = { declared_ms: this.latency_ms ?? 0, measured_ms: measured };
    if (measured === null) return { ...none, ...outside, ...told, how: {} };
    if (this.transport === 'browser') {
      return { ...none, algorithm_ms: measured, ...outside, ...told, how: { algorithm_ms: 'measured' } };
    }
    const declared = Math.min(this.latency_ms, measured);
    if (this.transport === 'track') {
      const way = (this.rtc?.now.rtt_ms ?? 0) / 2;
      const parts = { ...none, packet_ms: OPUS_MS, network_out_ms: way, queue_ms: this.server.queue_ms ?? 0, processing_ms: this.processing_ms,
        algorithm_ms: declared, network_back_ms: way, ring_ms: this.jitter_buffer_ms };
      const how = { packet_ms: 'known', network_out_ms: 'derived', queue_ms: 'derived', processing_ms: 'measured', algorithm_ms: 'declared', network_back_ms: 'derived',
        ring_ms: 'measured', playout_ms: 'derived' };
      return { ...fit(parts, measured, ['queue_ms', 'ring_ms', 'packet_ms']), ...outside, ...told, how };
    }
    // Packets: the journey is known from the frame numbers, the round trip and the server's share from the time stamps.
    // What is left of the journey is the way between the audio thread and the pump and the wait for the next quantum.
    const packet_ms = (Math.max(0, this.packet - 128) * 1000) / 48000;
    const queue_ms = median(this.wait.list()) ?? 0;
    const processing_ms = this.processing_ms;
    const way = Math.max(0, (median(this.rtt.list()) ?? 0) - queue_ms - processing_ms) / 2;
    const handover = Math.max(0, journey - packet_ms - 2 * way - queue_ms - processing_ms);
    const toQuantum = Math.min(handover, QUANTUM_MS / 2); // on average half a quantum
    const capture_ms = (handover - toQuantum) / 2;
    const parts = { capture_ms, packet_ms, network_out_ms: way, queue_ms, processing_ms, algorithm_ms: declared, network_back_ms: way,
      ring_ms: Math.max(0, measured - declared - journey), playout_ms: 0 };
    const how = { capture_ms: 'derived', packet_ms: 'known', network_out_ms: 'derived', queue_ms: 'measured', processing_ms: 'measured', algorithm_ms: 'declared',
      network_back_ms: 'derived', ring_ms: 'measured', playout_ms: 'derived' };
    return { ...fit(parts, measured, ['ring_ms', 'network_out_ms', 'network_back_ms']), ...outside, ...told, how };
  }
}

// What no part explains is the last part's; where the parts are more than the whole, the listed ones give way in turn.
function fit(parts, whole, giving) {
  const rest = () => whole - Object.values(parts).reduce((sum, value) => sum + value, 0);
  parts.playout_ms = 0;
  for (const name of giving) if (rest() < 0) parts[name] = Math.max(0, parts[name] + rest());
  parts.playout_ms = Math.max(0, rest());
  return parts;
}
