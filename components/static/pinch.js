// Two fingers on a picture zoom along its x axis, as they would zoom a map; one finger still scrolls the page.
const LEAST_PX = 12; // fingers nearer to each other than this zoom as if they were this far apart

// `view()` gives the range that is `shown` and the `whole` one, or null where there is nothing to zoom; `zoom(range)`
// shows another, null for the whole. `toX(px)` and `width()` say where the axis lies in `area`, in pixels.
export function pinch({ area, view, zoom, toX, width }) {
  let range = null;
  let frame = 0;
  const show = () => {
    frame = 0;
    zoom(range);
  };
  const places = (event) => {
    const { left } = area.getBoundingClientRect();
    return [...event.touches].map((touch) => toX(touch.clientX - left)).sort((a, b) => a - b);
  };
  area.addEventListener('touchstart', (event) => {
    const begun = event.touches.length === 2 && view();
    if (!begun) return;
    const perPx = (begun.shown[1] - begun.shown[0]) / width();
    const held = places(event).map((px) => begun.shown[0] + px * perPx); // stays under the fingers
    const follow = (move) => {
      if (move.touches.length !== 2 || !move.cancelable) return;
      move.preventDefault(); // else the browser zooms the page
      const [left, right] = places(move);
      const { whole } = begun;
      const now = (held[1] - held[0]) / Math.max(LEAST_PX, right - left);
      const [from, to] = [Math.max(whole[0], held[0] - left * now), Math.min(whole[1], held[0] + (width() - left) * now)];
      range = from <= whole[0] && to >= whole[1] ? null : [from, to];
      frame ||= requestAnimationFrame(show);
    };
    const targets = new Set([...event.touches].map((touch) => touch.target)); // which plotly.js replaces as it draws
    const over = () => {
      for (const target of targets) target.removeEventListener('touchmove', follow);
    };
    for (const target of targets) {
      target.addEventListener('touchmove', follow, { passive: false });
      for (const end of ['touchend', 'touchcancel']) target.addEventListener(end, over, { once: true });
    }
  }, { capture: true, passive: true });
}
