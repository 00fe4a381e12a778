// Where the app begins, also where it is mounted below another address: what the server names is relative to this.
export const base = () => (window.gradio_config?.root || new URL('.', location.href).href).replace(/\/?$/, '/');
