// One clock per time axis. Players move it; figures and transcripts on the same axis follow it.
// A group is found by name, so parts of a page need not know one another.

const listeners = new Set(); // of every clock's zoom

export const clocks = new Map();
clocks.changed = (listener) => listeners.add(listener);

class Clock {
  constructor() {
    this.time = 0; // seconds
    this.view = null; // [from, to] in seconds while zoomed, null when everything is shown
    this.wanted = null; // the view that the address asks for, until the page moves on
    this.sound = undefined; // what the view belongs to
    this.player = null; // the player that can play this axis
    this.listeners = new Set();
  }

  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  setTime(time, source) {
    this.time = time;
    for (const listener of this.listeners) listener.time?.(time, source);
  }

  setView(view, source) {
    this.view = view;
    for (const listener of this.listeners) listener.view?.(view, source);
    for (const listener of listeners) listener(this);
  }

  // As if the visitor had zoomed there; also once another sound, which may be on its way, has been drawn.
  restore(view) {
    this.wanted = view;
    this.setView(view, 'address');
  }

  seek(time) {
    if (this.player) this.player.seek(time);
    else this.setTime(time, this);
  }

  playSpan(from, to) {
    this.player?.playSpan(from, to);
  }
}

export function clock(name) {
  if (!clocks.has(name)) clocks.set(name, new Clock());
  return clocks.get(name);
}

// Calls `send(value)` at most once per `ms`, always ending with the newest value.
export function throttled(send, ms) {
  let timer = null;
  let last;
  let lastSent = 0;
  return (value) => {
    last = value;
    if (timer) return;
    timer = setTimeout(() => {
      timer = null;
      lastSent = performance.now();
      send(last);
    }, Math.max(0, ms - (performance.now() - lastSent)));
  };
}
