// Where the sound comes from: a microphone, a file or the probe; and why a microphone did not open.
import { probeBuffer } from './delay.js';

const WHY = {
  NotAllowedError: 'The browser was not allowed to use the microphone: allow it in the address bar and start again, or use a file.',
  SecurityError: 'The browser keeps the microphone from this page: open it over HTTPS or on this machine, or use a file.',
  NotFoundError: 'No microphone was found: connect one and start again, or use a file.',
  NotReadableError: 'The microphone is in use by another program: close that and start again, or use a file.',
  OverconstrainedError: 'The microphone you chose is not there any more: choose another, or use a file.',
  NotSupportedError: 'This browser cannot bring the microphone to 48 kHz: set the device to 48 kHz in the system, or try another browser.',
};

// Plain voice: what a call would do to the sound (echo cancellation, noise suppression, gain) costs time and fights effects.
const PLAIN = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };

// Returns {node, stop(), settings}; `onEnd(sentence)` is called when the sound ends by itself.
export async function openSource(context, source, onEnd) {
  if (source.kind === 'mic') {
    let stream = null;
    try {
      if (!navigator.mediaDevices?.getUserMedia) throw Object.assign(new Error(), { name: 'SecurityError' });
      const device = source.deviceId ? { deviceId: { exact: source.deviceId } } : {};
      stream = await navigator.mediaDevices.getUserMedia({ audio: { ...PLAIN, ...device } });
      const node = context.createMediaStreamSource(stream);
      const [track] = stream.getAudioTracks();
      track.onended = () => onEnd('The microphone was disconnected: connect it and start again.');
      return { node, track, settings: track.getSettings(), stop: () => stream.getTracks().forEach((t) => t.stop()) };
    } catch (error) {
      stream?.getTracks().forEach((track) => track.stop());
      throw new Error(WHY[error.name] || `The microphone cannot be opened (${error.name}): try another browser, or use a file.`);
    }
  }
  const probe = source.kind === 'probe';
  if (!probe && !source.buffer) throw new Error('There is no sound to play: choose a file or a recording first.');
  const node = new AudioBufferSourceNode(context, { buffer: probe ? probeBuffer(context) : source.buffer, loop: probe || Boolean(source.loop) });
  node.onended = () => onEnd('');
  return { node, start: () => node.start(0, source.offset_s ?? 0), stop: () => { node.onended = null; try { node.stop(); } catch { /* never started */ } } };
}
