// Runs on the browser's audio thread: a recorder, and the two ends of the loopback test on one clock.

// Collects what comes in, mixed to one channel, and posts it in blocks of 21 ms.
registerProcessor('room-recorder', class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Float32Array(1024);
    this.n = 0;
    this.on = true;
    this.port.onmessage = () => (this.on = false);
  }

  process([input]) {
    for (let i = 0; i < (input[0]?.length ?? 128); i++) {
      let sum = 0;
      for (const channel of input) sum += channel[i] / input.length;
      this.block[this.n++] = sum;
      if (this.n === this.block.length) {
        this.port.postMessage(this.block.slice());
        this.n = 0;
      }
    }
    return this.on;
  }
});

// Plays `play` and records what is heard meanwhile: sample 0 of both is the same moment.
registerProcessor('room-loopback', class extends AudioWorkletProcessor {
  constructor({ processorOptions: { play } }) {
    super();
    Object.assign(this, { play, at: 0, heard: new Float32Array(play.length) });
  }

  process([input], [output]) {
    const n = Math.min(this.play.length - this.at, output[0].length);
    if (n <= 0) return false;
    for (let i = 0; i < n; i++) {
      for (const channel of output) channel[i] = this.play[this.at + i];
      this.heard[this.at + i] = input[0] ? input[0][i] : 0;
    }
    this.at += n;
    if (this.at >= this.play.length) this.port.postMessage(this.heard);
    return true;
  }
});
