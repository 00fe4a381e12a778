// The what-if: sliders for a voice changer that is not there, and its budget beside the bar of 20 ms.
import { EARS, NETS, verdict, whatIf } from './room_budget.js';
import { Budgets } from './room_budget_view.js';

const MOVES = { w_packet: 'packet', w_fft: 'algorithm', w_net: 'network_out', w_ears: 'output', w_ring: 'ring', w_km: 'network_out' };
const UNCHANGED = { w_packet: 128, w_ring: 0, w_fft: 0, w_net: 'local', w_km: 0, w_ears: 'wired' };

export class WhatIf {
  constructor(root, onMove) {
    this.root = root;
    this.budgets = new Budgets(root.querySelector('.vc-bars'), root.querySelector('.vc-part'));
    this.knobs = root.querySelectorAll('[data-what]');
    this.knobs.forEach((knob) => {
      const moved = () => {
        const text = ['w_net', 'w_ears'].includes(knob.dataset.what);
        const value = text ? knob.value : Number(knob.value);
        this.fields = { ...this.fields, [knob.dataset.what]: value };
        this.draw();
        this.budgets.explain('whatif', MOVES[knob.dataset.what]);
        onMove(knob.dataset.what, value);
      };
      knob.oninput = moved;
    });
  }

  // `fields`: the page's; `algorithm_ms`: the delay of the chain on the page.
  show(fields, algorithm_ms) {
    Object.assign(this, { fields, algorithm_ms });
    this.knobs.forEach((knob) => (knob.value = String(fields[knob.dataset.what])));
    this.draw();
  }

  draw() {
    const { w_ring, w_fft, w_net, w_km, w_ears } = this.fields;
    const say = (name, text) => {
      const knob = this.root.querySelector(`[data-what=${name}]`);
      knob.setAttribute('aria-valuetext', text);
      knob.closest('label').querySelector('output').textContent = text;
    };
    say('w_ring', w_ring ? `${w_ring} ms of waiting` : `adapts: ${NETS[w_net].jitter_ms} ms`);
    say('w_km', `${w_km} km: ${(w_km / 200).toFixed(1)} ms one way, in glass fibre`);
    const budget = this.budget(this.fields);
    const notes = [w_net === 'local' ? '' : `network ${NETS[w_net].note}`, w_ears === 'wired' ? '' : `headphones ${EARS[w_ears].note}`].filter(Boolean);
    this.root.querySelector('.vc-verdict').textContent = verdict(budget, { jitter_ms: NETS[w_net].jitter_ms });
    const title = w_fft ? `Phase vocoder, ${w_fft} samples` : 'What if';
    const changed = Object.keys(UNCHANGED).some((name) => this.fields[name] !== UNCHANGED[name]);
    const usual = { key: changed ? 'usual' : 'whatif', title: 'This page, on one machine', budget: this.budget(UNCHANGED) };
    const rows = changed ? [{ key: 'whatif', title, budget, note: notes.join('; ') }, usual] : [usual];
    // The bars above explain the effect's own delay already: here the page opens with the ring buffer.
    this.budgets.show(rows, { whole: true, first: w_fft ? '' : 'ring' });
  }

  budget({ w_packet, w_ring, w_fft, w_net, w_km, w_ears }) {
    const budget = whatIf({ packet: w_packet, ring: w_ring || 'auto', fft: w_fft, net: w_net, km: w_km, ears: w_ears, algorithm_ms: this.algorithm_ms });
    const assumed = ['capture', 'network_out', 'queue', 'processing', 'network_back', 'ring', 'playout', 'output'].map((name) => [`${name}_ms`, 'assumed']);
    return { ...budget, how: { ...Object.fromEntries(assumed), packet_ms: 'known', algorithm_ms: w_fft ? 'known' : 'declared' } };
  }
}
