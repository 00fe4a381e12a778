// What plays: the example, a file or the microphone, through one link at a time.
import { VoiceLink } from './link.js';

export class Player {
  // get(): { transport, chain, packet, ringMs, prefetch, bypass }, the link's options; onChange(): the page shows anew; say(text, problem).
  constructor({ base, get, onChange, say }) {
    Object.assign(this, { base, get, onChange, say, link: null, source: null, hear: true, opening: null });
  }

  get running() {
    return Boolean(this.link);
  }

  get busy() {
    return Boolean(this.link || this.opening);
  }

  // Opens a link for `source`; an older one ends first. Of two quick starts the later wins.
  async start(source, { hear = true } = {}) {
    this.stop();
    const ticket = (this.opening = {});
    Object.assign(this, { source, hear });
    this.onChange();
    this.say(source.kind === 'mic' ? 'Waiting for the microphone: the browser may ask you.' : '');
    const onstate = (news) => this.heard(ticket, news);
    let link = null;
    try {
      link = await VoiceLink.open({ ...this.get(), source, monitor: hear, base: this.base, onstate });
    } catch (error) {
      if (this.opening !== ticket) return;
      this.opening = null;
      this.say(error.message, true);
      this.onChange();
      return;
    }
    if (this.opening !== ticket) return void link.close();
    this.opening = null;
    this.ticket = ticket;
    this.link = link;
    this.say(link.message);
    this.onChange();
  }

  heard(ticket, { state, message = '' }) {
    if (ticket === this.opening) {
      if (state === 'connecting' && message) this.say(message);
    } else if (ticket === this.ticket && this.link) {
      if (state === 'ended' || state === 'failed') this.stop();
      this.say(message, Boolean(message) && state !== 'running');
    }
  }

  stop() {
    const { link } = this;
    this.opening = null;
    this.link = null;
    this.ticket = null;
    if (!link) return;
    this.onChange(); // pictures and recorders let go of the link's nodes while they still live
    link.close();
  }

  mute() {
    this.hear = false;
    this.link?.monitor(false);
  }

  // Another transport, packet or ring: the same sound goes on through a new link.
  again() {
    if (this.busy) this.start(this.source, { hear: this.hear });
  }
}
