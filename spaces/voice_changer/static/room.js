// The voice changer's page: ties presets, chain, player, pictures, lab, what-if and loopback together, and keeps its state.
import { base } from '../../base.js';
import { PRESETS } from './engine.js';
import { BAR_MS } from './room_budget.js';
import { ChainEditor, chainText, complete, latencyOf, same } from './room_chain.js';
import { LatePart } from './room_late.js';
import { loopback, sentence } from './room_loopback.js';
import { Pictures } from './room_pictures.js';
import { Player } from './room_player.js';
import { Recorder } from './room_record.js';
import { wav } from './room_signal.js';
import { Sounds } from './room_sounds.js';
import { WhatIf } from './room_whatif.js';

const DEAD_DB = -110; // less than any room's noise
const MUTED = 'The microphone gives no sound at all: is it muted, or is another one chosen?';
const HOWL_DB = -9; // mean level that no voice keeps up
const SETTLE_MS = 150; // after a slider moved, before the whole clip is changed anew

export function mount({ element, props, trigger, watch }) {
  const root = element.querySelector('.vc');
  const at = (selector) => root.querySelector(selector);
  const state = { fields: null, steps: [], bypass: false, touched: false };
  const pictures = new Pictures(root);
  const worker = new Worker(new URL('./room_worker.js', import.meta.url), { type: 'module' });
  const whatIf = new WhatIf(at('.vc-whatif'), (name, value) => set({ [name]: value }));
  const message = at('.vc-message');

  const say = (text, problem = false) => {
    message.textContent = text;
    message.classList.toggle('problem', problem);
    message.setAttribute('role', problem ? 'alert' : 'status');
  };
  // --- State: the fields of the page's address, as the server knows them --------------------------------------------
  const set = (some) => {
    state.touched = true;
    Object.assign(state.fields, some);
    trigger('moved', {});
  };
  const options = () => ({
    transport: state.fields.transport, chain: state.steps, bypass: state.bypass, packet: state.fields.packet,
    ringMs: state.fields.ring || 'auto', prefetch: state.fields.prefetch });
  const keepChain = () => {
    const own = PRESETS[state.fields.preset];
    set({ chain: same(state.steps, own.chain) ? '' : chainText(state.steps) });
    at('.vc-reset').hidden = !state.fields.chain;
    showDelay();
  };
  const useChain = (steps) => {
    state.steps = complete(steps);
    editor.show(state.steps);
    player.link?.setChain(state.steps);
    keepChain();
    changeClip();
  };
  const usePreset = (slug) => {
    state.fields.preset = slug;
    showPreset();
    hearChanged();
    useChain(PRESETS[slug].chain);
  };
  const hearChanged = (original = false) => {
    state.bypass = original;
    player.link?.bypass(original);
    root.querySelectorAll('.vc-ab button').forEach((b) => b.setAttribute('aria-pressed', String((b.dataset.bypass === '1') === original)));
  };
  const showPreset = () => {
    const slug = state.fields.preset;
    root.querySelectorAll('.vc-preset').forEach((b) => b.setAttribute('aria-pressed', String(b.dataset.preset === slug)));
    at('.vc-what').textContent = `${PRESETS[slug].title}: ${PRESETS[slug].what}`;
  };
  const showDelay = () => {
    const ms = latencyOf(state.steps) / 48;
    late.chain(ms);
    whatIf.show(state.fields, ms);
    const known = late.known(state.fields.transport);
    const chip = at('.vc-chip');
    chip.textContent = known === null ? `${ms.toFixed(1)} ms + the way there and back` : `${known.toFixed(1)} ms late, of ${BAR_MS}`;
    chip.classList.toggle('bad', known !== null && known > BAR_MS);
    chip.classList.toggle('good', known !== null && known <= BAR_MS);
  };

  // --- The whole clip, changed off the page's thread ------------------------------------------------------------------
  let ticket = 0;
  let settle = null;
  const changeClip = (samples = null) => {
    clearTimeout(settle);
    if (samples) state.given = samples;
    settle = setTimeout(() => {
      if (!state.given && !state.clipReady) return;
      worker.postMessage({ id: ++ticket, steps: state.steps, samples: state.given ?? undefined });
      state.clipReady = true;
      state.given = null;
    }, samples ? 0 : SETTLE_MS);
  };
  worker.onmessage = ({ data }) => {
    if (data.id !== ticket || !root.isConnected) return;
    if (data.problem) return say(data.problem, true);
    state.changed = data.after.samples;
    pictures.show(data);
    late.computed(data.block_us);
    root.dataset.shown = String(data.id);
  };

  const sounds = new Sounds(root, { base: base(), say, onSound: (sound, chosen) => {
    changeClip(sound.samples);
    if (chosen) set({ clip: sound.clip || state.fields.clip });
    if (player.busy && player.source.kind === 'file') player.start(sounds.source());
    buttons();
  } });
  const editor = new ChainEditor(at('.vc-chain'), {
    onSet: (i, name, value) => {
      state.steps[i][1][name] = value;
      player.link?.set(i, name, value);
      keepChain();
      changeClip();
    },
    onChain: useChain,
  });

  // --- Playing ----------------------------------------------------------------------------------------------------------
  const recorder = new Recorder({
    onChange: ({ seconds }) => {
      const button = at('.vc-record');
      button.textContent = recorder.running ? `Stop recording (${seconds.toFixed(0)} s)` : 'Record what is heard';
      button.classList.toggle('on', recorder.running);
    },
    onTake: ({ blob, seconds }) => takes(blob, `${state.fields.preset}-${new Date().toTimeString().slice(0, 8).replaceAll(':', '')}`, seconds),
  });
  let followed = null;
  const player = new Player({ base: base(), get: options, say, onChange: () => {
    if (player.link !== followed) {
      recorder.stop();
      pictures.end();
      followed = player.link;
      if (followed) pictures.follow(followed);
    }
    buttons();
  } });
  const buttons = () => {
    const { busy, running, source } = player;
    root.classList.toggle('running', running);
    at('.vc-stop').disabled = !busy;
    at('.vc-record').disabled = !running;
    at('.vc-save').disabled = !sounds.ready;
    at('.vc-play span').textContent = sounds.own ? 'Play your file' : 'Play the example';
    at('.vc-play').setAttribute('aria-pressed', String(busy && source?.kind === 'file'));
    at('.vc-mic').setAttribute('aria-pressed', String(busy && source?.kind === 'mic'));
    for (const audio of busy ? root.querySelectorAll('.vc-takes audio') : []) audio.pause();
  };
  const playClip = () => sounds.ready ? player.start(sounds.source()) : say('The example is still being fetched.');
  const meter = at('.vc-meter i');
  let [loud, dead] = [0, 0];
  setInterval(() => {
    if (!root.isConnected || document.hidden) return;
    const [before, after] = [pictures.level(0), pictures.level(1)];
    const mic = player.running && player.source.kind === 'mic';
    // A room is never without a sound; a microphone that is switched off is.
    dead = mic && before?.loudest < DEAD_DB ? dead + 1 : 0;
    if (dead === 30) say(MUTED, true);
    else if (!dead && message.textContent === MUTED) say('');
    meter.style.width = before ? `${Math.max(0, Math.min(100, (before.loudest + 60) * 1.8))}%` : '0';
    // Speech has pauses; what stays this loud for two seconds is the loudspeaker in the microphone.
    loud = mic && player.hear && after?.mean > HOWL_DB ? loud + 1 : 0;
    if (loud < 20) return;
    loud = 0;
    player.mute();
    say('The loudspeaker is heard by the microphone and howls, so the sound was switched off: put headphones on and start again.', true);
  }, 100);
  const takes = (blob, name, seconds) => {
    const url = URL.createObjectURL(blob);
    const row = document.createElement('div');
    const audio = Object.assign(new Audio(url), { controls: true, preload: 'metadata' });
    const link = Object.assign(document.createElement('a'), { href: url, download: `${name}.wav`, textContent: `${name}.wav, ${seconds.toFixed(1)} s`, className: 'lab-file' });
    row.append(audio, link);
    at('.vc-takes').prepend(row);
    while (at('.vc-takes').children.length > 5) {
      const old = at('.vc-takes').lastElementChild;
      URL.revokeObjectURL(old.querySelector('a').href);
      old.remove();
    }
    return link;
  };

  // --- What the visitor does --------------------------------------------------------------------------------------------
  const on = (selector, event, does) => root.querySelectorAll(selector).forEach((target) => target.addEventListener(event, () => does(target)));
  on('.vc-preset', 'click', ({ dataset }) => {
    usePreset(dataset.preset);
    if (!player.busy) playClip();
  });
  on('.vc-play', 'click', playClip);
  on('.vc-stop', 'click', () => {
    player.stop();
    say('');
    buttons();
  });
  on('.vc-mic', 'click', () => {
    at('.vc-headphones').hidden = false;
    at('.vc-headphones button').focus();
    sounds.microphones();
  });
  on('.vc-headphones button', 'click', ({ dataset }) => {
    at('.vc-headphones').hidden = true;
    const deviceId = at('.vc-device').value || undefined;
    player.start({ kind: 'mic', deviceId }, { hear: dataset.hear === '1' });
  });
  on('.vc-ab button', 'click', ({ dataset }) => hearChanged(dataset.bypass === '1'));
  on('.vc-reset', 'click', () => usePreset(state.fields.preset));
  on('.vc-chip', 'click', () => at('.vc-late').scrollIntoView({ behavior: 'smooth' }));
  on('.vc-record', 'click', () => (recorder.running ? recorder.stop() : player.link && recorder.start(player.link)));
  on('.vc-save', 'click', () => {
    if (state.changed) takes(wav([state.changed], 48000), `${sounds.name}-${state.fields.preset}`, state.changed.length / 48000).click();
  });
  const RESTS = 'The pictures rest while this page is in the background; the sound goes on.';
  document.addEventListener('visibilitychange', () => {
    if (!player.running) return;
    if (document.hidden) say(RESTS);
    else if (message.textContent === RESTS) say('');
  });
  const wayChanged = () => {
    showOptions();
    showDelay();
    player.again();
  };
  on('[name=vc-transport]', 'change', ({ value }) => {
    set({ transport: value });
    wayChanged();
  });
  for (const name of ['packet', 'ring', 'prefetch']) {
    on(`.vc-${name}`, 'change', ({ value }) => {
      set({ [name]: Number(value) });
      wayChanged();
    });
  }
  const showOptions = () => root.querySelectorAll('.vc-options label').forEach((label) => (label.hidden = label.dataset.for !== state.fields.transport));

  const late = new LatePart(root, { base: base(), options, say, before: () => player.stop(), onKnown: showDelay });
  const listen = async (button, how) => {
    const words = at('.vc-heard');
    player.stop();
    root.querySelectorAll('.vc-loop button').forEach((b) => (b.disabled = true));
    words.classList.remove('problem');
    words.textContent = 'Listening for five seconds…';
    try {
      const result = await loopback(how);
      const inside_ms = late.known(state.fields.transport) ?? NaN;
      words.textContent = sentence(result, { inside_ms, way: late.name(state.fields.transport) });
    } catch (problem) {
      words.textContent = problem.message;
      words.classList.add('problem');
    }
    root.querySelectorAll('.vc-loop button').forEach((b) => (b.disabled = false));
  };
  on('.vc-chirp', 'click', (button) => listen(button, {}));
  on('.vc-ruler', 'click', (button) => listen(button, { through_ms: 30 }));

  // --- From the server: the address's state when the page opens, and an example or answer that was clicked -----------------
  const take = () => {
    const value = props.value && JSON.parse(props.value);
    if (!value) return;
    const { steps, note, usual, stamp, ...fields } = value;
    const linked = Object.keys(fields).some((name) => new URLSearchParams(location.search).has(name));
    if (usual && linked) return; // the page's load event brings what the link asks for
    const first = !usual && !state.loaded;
    if (!usual) state.loaded = true;
    if (first && !linked && state.touched) return; // the visitor was quicker than the load event, which has nothing new
    const way = state.fields && ['transport', 'packet', 'ring', 'prefetch'].some((name) => state.fields[name] !== fields[name]);
    state.fields = fields;
    showPreset();
    at(`[name=vc-transport][value=${fields.transport}]`).checked = true;
    for (const name of ['packet', 'ring', 'prefetch']) at(`.vc-${name}`).value = String(fields[name]);
    state.steps = complete(steps ?? PRESETS[fields.preset].chain);
    editor.show(state.steps);
    at('.vc-reset').hidden = same(state.steps, PRESETS[fields.preset].chain);
    hearChanged();
    showOptions();
    showDelay();
    if (player.link && !way) player.link.setChain(state.steps);
    if (way) player.again();
    sounds.choose(fields.clip, false);
    changeClip();
    buttons();
    if (note) say(note, true);
    const place = { latency: '.vc-late', whatif: '.vc-whatif', loopback: '.vc-loop' }[fields.see];
    if (place) setTimeout(() => at(place).scrollIntoView({ behavior: 'smooth', block: 'start' }), 50);
    root.dataset.ready = '1';
  };
  watch('value', take);
  take();

  // The recorder's module, so that the browser has it when the server is gone (link.js does the same for its own).
  fetch(new URL('./room_worklet.js', import.meta.url)).catch(() => {});

  window.voiceLab = {
    fields: (...names) => names.map((name) => state.fields[name]),
    measure: ({ preset = state.fields.preset, seconds = 10, ...more }) => late.measure({ chain: complete(PRESETS[preset].chain), seconds, ...more }),
    module: (name) => import(new URL(`./${name}`, import.meta.url)),
    loopback, player, pictures, state,
  };
}
