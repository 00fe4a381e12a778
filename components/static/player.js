// A sound with a scrubber, tied to a clock. It says when the browser can't play a format instead of staying mute.
import { base } from './base.js';
import { clock, throttled } from './clock.js';

const clockText = (s) => {
  if (!Number.isFinite(s)) return '0:00.0';
  const minutes = Math.floor(s / 60);
  return `${minutes}:${(s - 60 * minutes).toFixed(1).padStart(4, '0')}`;
};

export function mount({ element, props, trigger, watch }) {
  const root = element.querySelector('.lab-player');
  const audio = root.querySelector('audio');
  const [button, scrubber] = [root.querySelector('.lab-play'), root.querySelector('input[type=range]')];
  const [time, message, title] = ['.lab-time', '.lab-player-message', '.lab-player-title'].map((s) => root.querySelector(s));
  const [speed, save] = [root.querySelector('select'), root.querySelector('a')];
  const axis = clock(root.dataset.clock);
  const tell = throttled((t) => trigger('cursor', { t }), 120);
  let stopAt = null;
  let src = null;

  const duration = () => (Number.isFinite(audio.duration) ? audio.duration : Number(scrubber.max) || 0);
  const show = () => {
    scrubber.value = audio.currentTime;
    scrubber.setAttribute('aria-valuetext', `${audio.currentTime.toFixed(1)} seconds`);
    scrubber.style.setProperty('--played', `${(100 * audio.currentTime) / (duration() || 1)}%`);
    time.textContent = `${clockText(audio.currentTime)} / ${clockText(duration())}`;
  };
  const moved = () => {
    show();
    axis.setTime(audio.currentTime, api);
    tell(audio.currentTime);
  };
  const follow = () => {
    if (stopAt !== null && audio.currentTime >= stopAt) {
      audio.pause();
      stopAt = null;
    }
    moved();
    if (!audio.paused && root.isConnected) requestAnimationFrame(follow);
  };
  const api = {
    seek(t) {
      stopAt = null;
      audio.currentTime = Math.max(0, Math.min(t, duration()));
      moved();
    },
    playSpan(from, to) {
      audio.currentTime = from;
      stopAt = to;
      audio.play().catch(() => {});
    },
  };
  axis.player = api;

  button.onclick = () => {
    stopAt = null;
    if (!audio.paused) return audio.pause();
    for (const other of document.querySelectorAll('.lab-player audio')) if (other !== audio) other.pause();
    if (axis.view && (audio.currentTime < axis.view[0] || audio.currentTime >= axis.view[1])) {
      audio.currentTime = Math.max(0, axis.view[0]); // zoomed in: play what is on the screen
    }
    audio.play().catch(() => {});
  };
  scrubber.oninput = () => api.seek(Number(scrubber.value));
  speed.onchange = () => (audio.playbackRate = Number(speed.value));
  audio.onplay = () => {
    root.classList.add('playing');
    button.setAttribute('aria-label', 'Pause');
    follow();
  };
  const rests = () => {
    root.classList.remove('playing');
    button.setAttribute('aria-label', 'Play');
  };
  audio.onpause = () => {
    rests();
    moved();
  };
  audio.onloadedmetadata = () => {
    scrubber.max = duration();
    audio.playbackRate = Number(speed.value);
    show();
  };
  audio.onerror = () => {
    if (!src) return;
    message.textContent = 'Your browser cannot play this file format; everything else on the page still works with it.';
    message.hidden = false;
  };

  const load = () => {
    const value = props.value ? JSON.parse(props.value) : null;
    root.classList.toggle('empty', !value);
    button.disabled = scrubber.disabled = !value;
    title.textContent = value ? value.title : root.dataset.empty;
    if (!value) {
      audio.pause();
      return;
    }
    if (value.src === src) {
      if (value.start != null) api.seek(value.start);
      return;
    }
    src = value.src;
    message.hidden = true;
    stopAt = null;
    const url = new URL(src, base());
    audio.src = src.startsWith('data:') ? src : url.href;
    audio.load(); // a sound that played stops, and browsers fire no event for that
    rests();
    save.href = audio.src;
    save.download = value.file;
    scrubber.max = value.duration || 0;
    if (value.start) audio.currentTime = value.start;
    scrubber.value = value.start ?? 0;
    axis.setTime(value.start ?? 0, api);
    show();
  };
  watch('value', load);
  load();
}
