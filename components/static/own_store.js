// The visitor's own sounds: kept in this browser (IndexedDB) and nowhere else, so that every room can offer them.
const STORE = 'sounds';
export const MOST_MB = 64; // for one sound; a longer one is used where it was brought, and not kept

const database = new Promise((found, failed) => {
  const request = indexedDB.open('speech-lab', 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'id', autoIncrement: true });
  request.onsuccess = () => found(request.result);
  request.onerror = () => failed(request.error);
});
database.catch(() => {}); // said by whoever asks
const done = (request) => new Promise((found, failed) => {
  request.onsuccess = () => found(request.result);
  request.onerror = () => failed(request.error);
});
const store = async (mode = 'readonly') => (await database).transaction(STORE, mode).objectStore(STORE);

// A sound is { id, title, file, duration in seconds or null, blob }.
export const all = async () => done((await store()).getAll());
export const get = async (id) => done((await store()).get(id));
export const add = async (sound) => ({ ...sound, id: await done((await store('readwrite')).add(sound)) });
export const put = async (sound) => done((await store('readwrite')).put(sound));
export const remove = async (id) => done((await store('readwrite')).delete(id));

const make = (tag, className, text = '') => Object.assign(document.createElement(tag), { className, textContent: text });
const clockText = (s) => (s == null ? '' : `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, '0')}`);

// The list of them in a `.lab-own` section. `use(sound)` when one is chosen, `gone(sound)` when one was removed.
export function shelf(root, { use, gone = () => {} }) {
  const [list, note] = [root.querySelector('ul'), root.querySelector('p')];
  let now = null; // the id of the sound that this page has

  const button = (className, text, label, click) => {
    const made = make('button', className, text);
    made.type = 'button';
    if (label) made.setAttribute('aria-label', made.title = label);
    made.addEventListener('click', click);
    return made;
  };
  const show = async () => {
    const sounds = await all().catch(() => []);
    root.hidden = !sounds.length && !note.textContent;
    list.replaceChildren(...sounds.reverse().map((sound) => {
      const item = make('li', '');
      const choose = button('lab-own-use', sound.title, '', () => use(sound));
      choose.append(make('small', '', clockText(sound.duration)));
      choose.setAttribute('aria-pressed', String(sound.id === now));
      const rename = button('lab-own-rename', '✎', `Rename ${sound.title}`, () => edit(item, sound));
      const drop = button('lab-own-remove', '×', `Remove ${sound.title} from this browser`, async () => {
        await remove(sound.id);
        gone(sound);
        note.textContent = '';
        show();
      });
      item.append(choose, rename, drop);
      return item;
    }));
  };
  const edit = (item, sound) => {
    const input = Object.assign(make('input', ''), { value: sound.title, maxLength: 60 });
    input.setAttribute('aria-label', 'New name');
    let over = false;
    const end = async (keep) => {
      if (over) return;
      over = true;
      const title = input.value.trim();
      if (keep && title && title !== sound.title) await put({ ...sound, title });
      show();
    };
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') end(true);
      if (event.key === 'Escape') end(false);
    });
    input.addEventListener('blur', () => end(true));
    item.replaceChildren(input);
    input.select();
  };
  show();
  return {
    show,
    say(words) {
      note.textContent = words;
      show();
    },
    mark(id) {
      now = id;
      show();
    },
    get now() {
      return now;
    },
  };
}

// Keeps a file that the visitor has chosen where no server takes part.
export const keepFile = async (file, duration) => (file.size > MOST_MB * 1e6 ? null
  : add({ title: file.name, file: file.name, duration, blob: file }).catch(() => null));
