// The packet pump off the page's main thread.
import { Pump } from './pump.js';

const pump = new Pump((message) => self.postMessage(message));
self.onmessage = (event) => {
  pump.do(event.data);
  if (event.data.close) self.close();
};
