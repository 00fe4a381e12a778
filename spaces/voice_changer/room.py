"""The voice changer's one component: everything on the page happens in the browser, see ``static/room.js``.

The server draws the skeleton below, sets the page up from a link (the component's value) and is told the page's state
for *Copy link*. Sound reaches it only through the room's own routes, when a visitor picks a transport that needs it.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from algorithms.sound.clips import clip
from algorithms.voice.effects import PRESETS
from components import static_files
from components.audio_input import SHELF

TRANSPORTS = {  # name -> (title, what it is)
    "browser": ("In the browser", "The effect runs in this page. Nothing is sent."),
    "data": ("Server, data channel", "Raw sound in small packets over WebRTC; late ones are dropped."),
    "track": ("Server, audio track", "The textbook way: Opus and jitter buffers, for comparison."),
}
PACKETS = (128, 256, 480, 960)  # samples at 48 kHz
RINGS = (0, 4, 6, 8, 10, 15, 20, 30, 40, 60)  # ms; 0: adapts by itself
FFTS = (0, 256, 512, 1024, 2048, 4096)  # samples; 0: the page's own effect
NETS = {"local": "this machine", "fibre": "fibre", "wifi": "Wi-Fi", "lte": "4G"}  # as in static/room_budget.js
EARS = {"wired": "cable", "le": "Bluetooth LE Audio", "sbc": "Bluetooth, SBC"}
LEGEND = '<span class="vc-legend"><i></i>before <i></i>after</span>'
ICONS = {
    "play": '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M8 5v14l11-7z"/></svg>',
    "mic": '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3z'
    'M6 11v1a6 6 0 0 0 12 0v-1M12 18v3"/></svg>',
    "stop": '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M7 7h10v10H7z"/></svg>',
}


def _presets() -> str:
    return "".join(
        f'<button type="button" class="vc-preset" data-preset="{slug}" aria-pressed="false" '
        f'title="{html.escape(preset.what, quote=True)}">{html.escape(preset.title)}</button>'
        for slug, preset in PRESETS.items()
    )


def _options(values: Mapping[Any, str]) -> str:
    return "".join(f'<option value="{value}">{html.escape(str(title))}</option>' for value, title in values.items())


def _transports() -> str:
    return "".join(
        f'<label class="vc-transport"><input type="radio" name="vc-transport" value="{name}"><span><strong>{title}'
        f'</strong><b class="vc-known"></b><em>{what}</em></span></label>'
        for name, (title, what) in TRANSPORTS.items()
    )


def _template(clips: Sequence[str]) -> str:
    sounds = "".join(
        f'<button type="button" data-clip="{i}" data-src="{static_files.url("clips/" + clip(i).path.name)}" '
        f'aria-pressed="false">{html.escape(clip(i).title)}</button>'
        for i in clips
    )
    packets = {n: f"{n} samples, {n / 48:.1f} ms" for n in PACKETS}
    ffts = {n: f"{n} samples, {n / 48:.1f} ms" if n else "none: this page's effect" for n in FFTS}
    return f"""
<section class="vc" aria-label="Voice changer">
 <div class="vc-presets" role="group" aria-label="Voices: a click plays the example with it">{_presets()}</div>
 <p class="vc-what" role="status"></p>
 <div class="vc-run">
  <button type="button" class="vc-play">{ICONS["play"]}<span>Play the example</span></button>
  <button type="button" class="vc-mic">{ICONS["mic"]}<span>Start with microphone</span></button>
  <button type="button" class="vc-stop" disabled>{ICONS["stop"]}<span>Stop</span></button>
  <div class="vc-ab" role="group" aria-label="What is heard">
   <button type="button" data-bypass="1" aria-pressed="false">Original</button>
   <button type="button" data-bypass="0" aria-pressed="true">Changed</button></div>
  <span class="vc-meter" aria-hidden="true"><i></i></span>
  <a class="vc-chip" href="#vc-late" title="Where the delay comes from"></a>
 </div>
 <div class="vc-headphones" role="alert" hidden>
  <p><strong>Headphones on?</strong> From loudspeakers the changed voice reaches the microphone again, and howls.</p>
  <button type="button" data-hear="1">Start, I wear headphones</button>
  <button type="button" data-hear="0">Start without hearing myself</button>
  <label>Microphone <select class="vc-device"><option value="">the usual one</option></select></label>
 </div>
 <p class="vc-message" role="status"></p>
 <div class="vc-grid">
  <div class="vc-pictures">
   <figure class="vc-card vc-pitch"><figcaption>Pitch over time {LEGEND}<span class="lab-hint">click a moment</span>
    </figcaption><canvas tabindex="0" role="slider" aria-valuemin="0" aria-valuenow="0" aria-label="Pitch over time">
    </canvas><p></p></figure>
   <figure class="vc-card vc-spectrum"><figcaption><span class="vc-when">Spectrum of that moment</span> {LEGEND}
    </figcaption><canvas role="img" aria-label="Spectrum"></canvas><p></p></figure>
   <div class="vc-card vc-chain"><h3>The chain
    <button type="button" class="vc-reset" hidden>back to the voice’s own</button></h3>
    <ol></ol><label class="vc-add">Add <select><option value="">an effect…</option></select></label>
    <p class="vc-sum"></p></div>
  </div>
  <div class="vc-side">
   <div class="vc-card"><h3>Sound</h3><div class="vc-sounds">{sounds}
    <label class="vc-file">Your own file…<input type="file" accept="audio/*,.wav,.flac,.mp3,.ogg,.m4a"></label></div>
    {SHELF}
   </div>
   <div class="vc-card"><h3>Where the effect runs</h3><div role="radiogroup" aria-label="Where the effect runs">
    {_transports()}</div>
    <div class="vc-options">
     <label data-for="data">Packet <select class="vc-packet">{_options(packets)}</select></label>
     <label data-for="data">Ring buffer <select class="vc-ring">
      {_options({ms: f"{ms} ms" if ms else "adapts by itself" for ms in RINGS})}</select></label>
     <label data-for="track">Packets held back <select class="vc-prefetch">
      {_options({n: f"{n}, {20 * n} ms" for n in range(9)})}</select></label>
    </div></div>
   <div class="vc-card vc-keep"><h3>Keep it</h3>
    <button type="button" class="vc-save">Save the changed example (WAV)</button>
    <button type="button" class="vc-record" disabled>Record what is heard</button>
    <div class="vc-takes" aria-live="polite"></div></div>
  </div>
 </div>
 <section class="vc-late" id="vc-late"><h2>Where do the milliseconds go?</h2>
  <div class="vc-card"><div class="vc-measure">
   <button type="button" class="vc-one">Measure 10 s</button>
   <button type="button" class="vc-all">Measure all three ways</button>
   <button type="button" class="vc-cancel" hidden>Stop measuring</button>
   <span class="vc-progress" role="status"></span></div>
   <div class="vc-bars"></div><div class="vc-part" role="status"></div></div>
  <div class="vc-lab">
   <figure class="vc-card vc-strip"><figcaption>Delay of each packet</figcaption><canvas role="img"
    aria-label="Delay of each packet over time: not measured yet"></canvas><p></p></figure>
   <figure class="vc-card vc-histogram"><figcaption>How often each delay</figcaption><canvas role="img"
    aria-label="Histogram of the delays: not measured yet"></canvas></figure>
   <div class="vc-card vc-scroll"><table class="lab-table vc-table"><caption>Measured here, in this browser</caption>
    <thead><tr><th>way</th><th>median</th><th>95 % within</th><th>99 % within</th><th>dropouts a minute</th>
    <th>server’s load, of one core</th></tr></thead><tbody></tbody></table></div>
  </div></section>
 <section class="vc-whatif" id="vc-whatif"><h2>What if…</h2>
  <div class="vc-card"><p class="vc-verdict" role="status"></p><div class="vc-bars"></div>
   <div class="vc-knobs">
    <label>Packets of <select data-what="w_packet">{_options(packets)}</select></label>
    <label>Phase vocoder with an FFT of <select data-what="w_fft">{_options(ffts)}</select></label>
    <label>The server is reached by <select data-what="w_net">{_options(NETS)}</select></label>
    <label>Headphones by <select data-what="w_ears">{_options(EARS)}</select></label>
    <label>Ring buffer <output></output><input type="range" min="0" max="60" step="1" data-what="w_ring"></label>
    <label>Distance to the server <output></output><input type="range" min="0" max="10000" step="100" data-what="w_km">
    </label>
   </div><div class="vc-part" role="status"></div></div></section>
 <section class="vc-loop" id="vc-loop"><h2>From mouth to ear</h2>
  <div class="vc-card"><p>The browser only estimates what the sound card adds, and knows nothing of loudspeaker, air and
   microphone; but it can listen: this plays eight short chirps and waits for them to come back. Take the headphones
   off, set the volume to medium and be quiet.</p> <button type="button" class="vc-chirp">Play the chirps and
   listen</button> <button type="button" class="vc-ruler">Check the measurement: a known delay of 30 ms</button> <p
   class="vc-heard" role="status"></p> </div></section> </section> """


class VoiceRoom(gr.HTML):
    """The whole room; its value sets it up, its ``moved`` event says that the visitor changed something.

    Give it the page's state as a mapping (see `page`). The newest state is read by the
    browser's ``window.voiceLab.fields()``.

    Parameters
    ----------
    clips
        Ids of the example sounds that are offered.
    """

    def __init__(self, clips: Sequence[str], **kwargs: Any) -> None:
        super().__init__(
            value=kwargs.pop("value", None),
            html_template=_template(clips),
            js_on_load="/* events: 'moved' */"
            + static_files.module_loader("room.js", "lab.mount({element, props, trigger, watch})", "voice_changer"),
            apply_default_css=False,
            **kwargs,
        )

    def postprocess(self, value: Mapping[str, Any] | None) -> str | None:
        """Encode the state as text."""
        return None if value is None else json.dumps(value, ensure_ascii=False)

    def preprocess(self, payload: str | None) -> None:
        """It is never an input: the page's fields are."""
        return None
