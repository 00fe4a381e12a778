// The list of the visitor's own sounds in a room that hears them on the server.
//
// A sound that the server has accepted is fetched once and stored. Chosen in another room, it goes in by the same upload
// button as a file, so the server treats it as any other upload.
import { base } from './base.js';
import { MOST_MB, add, get, shelf } from './own_store.js';

const CURRENT = 'lab-own-sound'; // which one an address means by "own"

export function mount({ element, props, trigger, watch }) {
  const root = element.querySelector('.lab-own');
  if (!root) return; // the page has gone on while this was fetched
  let bringing = null; // the stored sound that is on its way to the server

  // Hand a stored sound to the upload button beside this list.
  const bring = (sound) => {
    const input = element.closest('.lab-intake').querySelector('input[type=file]');
    const files = new DataTransfer();
    const ending = /\.[A-Za-z0-9]{1,5}$/.exec(sound.file)?.[0] ?? '.wav';
    const name = sound.title.endsWith(ending) ? sound.title : sound.title.replace(/[/\\]/g, ' ') + ending;
    files.items.add(new File([sound.blob], name, { type: sound.blob.type }));
    bringing = sound;
    input.files = files.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  };
  const list = shelf(root, {
    use: bring,
    gone: (sound) => {
      if (sound.id !== list.now) return;
      localStorage.removeItem(CURRENT);
      trigger('drop', {});
    },
  });

  const keep = async (own) => {
    try {
      const answer = await fetch(new URL(own.src, base()));
      if (Number(answer.headers.get('content-length')) > MOST_MB * 1e6) {
        list.say(`${own.title} is larger than ${MOST_MB} MB: it is used on this page, but not kept for other rooms.`);
        return null;
      }
      const now = new Date();
      const when = `${now.getDate()} ${now.toLocaleString('en', { month: 'short' })} ${now.toTimeString().slice(0, 5).replace(':', '.')}`;
      const title = own.recorded ? `Recording ${when}` : own.title;
      return await add({ title, file: own.file, duration: own.duration, blob: await answer.blob() });
    } catch {
      list.say('This browser does not let the page keep your sound for other rooms (a private window, or no space left).');
      return null;
    }
  };
  const accepted = async () => {
    const own = props.value ? JSON.parse(props.value) : null;
    const sound = own && (bringing ?? await keep(own));
    bringing = null;
    if (sound) localStorage.setItem(CURRENT, String(sound.id));
    else localStorage.removeItem(CURRENT);
    list.mark(sound?.id ?? null);
  };

  const wanted = async () => {
    delete document.documentElement.dataset.ownWanted;
    const id = Number(localStorage.getItem(CURRENT));
    const sound = id ? await get(id).catch(() => null) : null;
    if (sound) return bring(sound);
    list.say('This link is about a sound that is kept in another browser. You see the usual example instead.');
    document.dispatchEvent(new CustomEvent('lab-own-missing'));
  };
  document.addEventListener('lab-own-wanted', wanted);
  if (document.documentElement.dataset.ownWanted) wanted(); // asked for before this was here
  watch('value', accepted);
}
