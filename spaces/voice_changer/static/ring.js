// The playout ring. Everything is placed by its absolute frame number: the packet that was captured as frame f is played
// at frame f + D of the same clock. D follows the packets' journey times, within limits, so that it can't run away.
const SIZE = 65536; // samples, a power of two: 1.4 s
const QUANTUM = 128; // samples the browser asks for at once
const FLOOR = 4; // quanta, 10.7 ms: the shortest D that 'auto' chooses; less saves little and costs gaps
const BINS = 192; // quanta: the longest D and the longest journey that is understood, half a second
const WORTH = 1 / 240; // of all quarters of a second: a quantum more of delay is worth it where it saves so many from a gap
const DEAR = 20; // beyond the goal, only where it saves so many times more
const RECENT = 16; // quarters of a second over which the usual journey is taken: one stall doesn't change it
const ENOUGH = 6000; // samples: half a quarter of a second
const MARGIN = 2; // quanta over the usual journey that cost nothing
const LITTLE = 40; // quarters of a second: what was seen in a shorter time counts as if seen in this
const FORGET = 0.995; // kept of the histogram each quarter of a second: half of it after 35 s
const PATIENCE = 16; // quarters of a second before D goes down by a quarter of the way
const SETTLE = 4; // quarters of a second of a new connection from which nothing is learnt
const FADE = 480; // samples in which the stand-in for missing sound fades out: 10 ms
const JOIN = 64; // samples in which the sound after a gap is faded in
const PAST = 1024; // samples of what was played, for the stand-in

export class Ring {
  // `target`: D in samples, or 'auto'. `goal`: the D that 'auto' leaves only for much. `start`: its first D.
  constructor({ target = 'auto', goal = 960, start = 512 } = {}) {
    this.sound = new Float32Array(SIZE);
    this.tag = new Float64Array(SIZE).fill(-1); // which frame lies in each place
    this.past = new Float32Array(PAST);
    this.at = 0; // where the next sample of the past goes
    this.journeys = new Uint16Array(BINS); // of this quarter of a second, in quanta
    this.came = 0; // samples in this quarter
    this.medians = []; // of the last quarters
    this.worst = new Float64Array(BINS); // the longest journey of each quarter of a second
    this.goal = goal;
    this.D = start;
    this.next = start; // D from the next quantum on
    this.gap = 0; // samples of stand-in so far, 0 outside a gap
    this.join = 0; // samples of fade-in still to come
    this.primed = false; // has anything been played yet?
    this.patience = PATIENCE;
    this.unsettled = SETTLE;
    this.underruns = 0; // gaps that were heard
    this.missing = 0; // samples that were stood in for
    this.late = 0; // packets that came after their moment
    this.setTarget(target);
  }

  // A new connection: what is known of journey times was the old one's.
  restart() {
    this.journeys.fill(0);
    this.worst.fill(0);
    this.medians = [];
    this.unsettled = SETTLE;
  }

  setTarget(target) {
    this.auto = target === 'auto';
    if (!this.auto) this.next = Math.max(QUANTUM, Math.min(BINS * QUANTUM, Math.round(target)));
  }

  // Take a packet whose first sample was captured as `frame`, multiplied by `scale`; it can be played from frame `now` on.
  // Returns its journey time in samples (the smallest D for which it is in time), or -1: not a packet of this clock.
  put(frame, samples, now, scale = 1) {
    const journey = now - frame;
    if (journey < 0 || journey >= BINS * QUANTUM) return -1;
    for (let i = 0; i < samples.length; i++) {
      const at = (frame + i) & (SIZE - 1);
      this.sound[at] = samples[i] * scale;
      this.tag[at] = frame + i;
    }
    if (journey > this.D) this.late++;
    this.came += samples.length;
    this.journeys[Math.min(BINS - 1, Math.ceil(journey / QUANTUM))]++;
    return journey;
  }

  // Fill `output` with what is to be heard from frame `now` on.
  get(now, output) {
    const n = output.length;
    for (let i = 0; i < n; i++) {
      let value = this.read(now - this.D + i);
      if (this.next !== this.D) { // D changes: cross-fade from the one place to the other
        const other = this.read(now - this.next + i);
        if (value !== value) value = other;
        else if (other === other) value += (other - value) * ((i + 1) / n);
      }
      output[i] = value === value ? this.real(value) : this.standIn();
      this.past[this.at] = output[i];
      this.at = (this.at + 1) & (PAST - 1);
    }
    this.D = this.next;
  }

  // Choose D anew; called every quarter of a second.
  adapt() {
    const count = this.journeys.reduce((sum, n) => sum + n, 0);
    if (!count || this.unsettled-- > 0) return this.journeys.fill(0);
    let half = 0;
    // A quarter in which little came says what is possible, not what is usual.
    if (this.came > ENOUGH) this.medians.push(this.journeys.findIndex((n) => (half += n) * 2 > count));
    if (this.medians.length > RECENT) this.medians.shift();
    const usual = [...this.medians].sort((a, b) => a - b)[(this.medians.length - 1) >> 1] ?? 0;
    this.came = 0;
    for (let i = 0; i < BINS; i++) this.worst[i] *= FORGET;
    this.worst[this.journeys.findLastIndex((n) => n > 0)]++;
    this.journeys.fill(0);
    const wanted = this.worthwhile(usual) * QUANTUM;
    if (!this.auto || wanted >= this.D) this.patience = PATIENCE;
    if (!this.auto) return;
    if (wanted > this.D) this.next = wanted; // quickly up,
    else if (wanted < this.D && --this.patience <= 0) { // slowly down
      this.next = this.D - QUANTUM * Math.ceil((this.D - wanted) / QUANTUM / 4);
      this.patience = PATIENCE;
    }
  }

  // The number of quanta with the least cost: delay, which is dear beyond the goal, and gaps in the sound. A gap counts
  // once, however many packets were late together. (A quantile of all packets would wait for stalls of the whole machine,
  // which no tolerable D can bridge.)
  worthwhile(usual) {
    const all = this.worst.reduce((sum, n) => sum + n, 0);
    const goal = Math.max(Math.floor(this.goal / QUANTUM), usual + MARGIN);
    let gaps = all;
    let best = { quanta: FLOOR, cost: Infinity };
    for (let quanta = 0; quanta < BINS; quanta++) {
      gaps -= this.worst[quanta];
      const cost = quanta + (DEAR - 1) * Math.max(0, quanta - goal) + gaps / (Math.max(all, LITTLE) * WORTH);
      if (quanta >= Math.max(FLOOR, usual) && cost < best.cost) best = { quanta, cost };
    }
    return best.quanta;
  }

  // The sample of a frame, or NaN where it has not come.
  read(frame) {
    const at = frame & (SIZE - 1);
    return this.tag[at] === frame ? this.sound[at] : NaN;
  }

  real(value) {
    this.primed = true;
    if (this.gap && !this.join) this.join = JOIN; // the gap is over
    if (!this.join) return value;
    const mixed = value + (this.mirror(this.gap++) - value) * (this.join / (JOIN + 1));
    if (--this.join === 0) this.gap = 0;
    return mixed;
  }

  standIn() {
    if (!this.primed) return 0;
    if (!this.gap) {
      this.underruns++;
      this.edge = this.at;
    }
    this.join = 0;
    this.missing++;
    return this.mirror(this.gap++);
  }

  // The past backwards from the edge of the gap, fading out: there is no jump at the edge.
  mirror(k) {
    return k < FADE ? this.past[(this.edge - 1 - k) & (PAST - 1)] * (1 - k / FADE) : 0;
  }
}
