// Gradio opens a dropdown's list a moment after every key, also after those that leave it: the list then stays open over
// what lies below. It closes by itself if it does not hear of them.
const LEAVING = new Set(['Tab', 'Shift']);

document.addEventListener('keydown', (event) => {
  if (LEAVING.has(event.key) && event.target.matches?.('input[role=combobox][aria-controls$=-options]')) event.stopPropagation();
}, true);
