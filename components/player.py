"""A sound that can be played, scrubbed, slowed and saved, tied to the clock that figures follow."""

from __future__ import annotations

import base64
import html
import io
import json
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr
from gradio import processing_utils

from . import static_files

if TYPE_CHECKING:
    import numpy as np

TEMPLATE = """
<div class="lab-player empty" data-clock="{clock}" data-empty="{empty}">
  <audio preload="auto"></audio>
  <button type="button" class="lab-play" aria-label="Play">
    <svg class="i-play" viewBox="0 0 24 24" aria-hidden="true"><path d="M8 5v14l11-7z"/></svg>
    <svg class="i-pause" viewBox="0 0 24 24" aria-hidden="true"><path d="M7 5h4v14H7zM13 5h4v14h-4z"/></svg>
  </button>
  <div class="lab-player-middle">
    <div class="lab-player-title">{empty}</div>
    <input type="range" min="0" max="0" step="0.01" value="0" aria-label="{label}: position in seconds">
    <div class="lab-player-message" role="alert" hidden></div>
  </div>
  <span class="lab-time">0:00.0 / 0:00.0</span>
  <select aria-label="{label}: playing speed"><option value="0.25">¼×</option><option value="0.5">½×</option>
    <option value="1" selected>1×</option><option value="1.5">1½×</option><option value="2">2×</option></select>
  <a class="lab-save" role="link" aria-label="{label}: save as a file" title="Save"><svg viewBox="0 0 24 24"
    aria-hidden="true"><path d="M12 3v11m0 0l-5-5m5 5l5-5M4 19h16"/></svg></a>
</div>
"""


@dataclass(frozen=True)
class Sound:
    """What a `Player` plays: either a file or samples.

    Parameters
    ----------
    title
        Shown above the scrubber.
    path
        A file: one of the app's clips or a file in Gradio's cache. Exclusive with ``y``.
    y, sample_rate
        Samples, float in [-1, 1], shape [n] or [n, channels], and their rate in Hz. Played as 16-bit WAV without any
        peak normalisation.
    duration_s
        Shown before the browser has read the file.
    start_s
        Where the player is put, in seconds; None leaves a sound that is already there where it is.
    comment
        Stands in the metadata of a saved file (made of samples), such as that a voice is a clone.
    """

    title: str
    path: str | None = None
    y: np.ndarray | None = None
    sample_rate: int = 0
    duration_s: float = 0.0
    start_s: float | None = None
    comment: str = ""


class Player(gr.HTML):
    """The app's audio player. Give it a `Sound` (or None); it triggers ``cursor`` with ``{"t": seconds}`` as it moves.

    Parameters
    ----------
    clock
        Name of the time axis that this player moves; figures with the same name follow it.
    label
        For screen readers.
    empty
        What is shown while there is no sound.
    sticky
        Keep it in view while the page scrolls: for the one player that moves a page's pictures.
    """

    def __init__(
        self, clock: str, *, label: str = "Sound", empty: str = "No sound yet", sticky: bool = False, **kwargs
    ) -> None:
        template = TEMPLATE.format(
            clock=html.escape(clock, quote=True), label=html.escape(label), empty=html.escape(empty)
        )
        super().__init__(
            value=kwargs.pop("value", None),
            html_template=template,
            js_on_load="/* events: 'cursor' */"
            + static_files.module_loader("player.js", "lab.mount({element, props, trigger, watch})"),
            apply_default_css=False,
            elem_classes="lab-player-holder" if sticky else None,
            **kwargs,
        )

    def postprocess(self, value: Sound | None) -> str | None:
        """Turn a `Sound` into what the browser needs; samples go into Gradio's cache, which deletes old files."""
        if value is None:
            return None
        if value.path is not None:
            path = Path(value.path)
            inside = path.resolve().is_relative_to(static_files.CLIPS.resolve())
            src = static_files.url(f"clips/{path.name}") if inside else f"gradio_api/file={path}"
            return json.dumps(
                {
                    "src": src,
                    "title": value.title,
                    "duration": value.duration_s,
                    "file": path.name,
                    "start": value.start_s,
                },
                ensure_ascii=False,
            )
        import numpy as np

        samples = (np.clip(value.y, -1, 1) * 32767).astype(np.int16)
        try:
            src, file = self._cached(samples, value)
        except OSError:  # the disk is full: the sound travels with the answer
            src, file = _inline(_wav(samples, value.sample_rate, value.comment)), "sound.wav"
        about = {"src": src, "title": value.title, "duration": len(samples) / value.sample_rate, "file": file}
        return json.dumps(about, ensure_ascii=False)

    def _cached(self, samples: np.ndarray, value: Sound) -> tuple[str, str]:
        """Write int16 samples into Gradio's cache; return their address and the file's name."""
        # The server names a download after its file, so the file gets the sound's name.
        name = "".join(c if c.isalnum() else "-" for c in value.title.lower()).strip("-")[:60] or "sound"
        cached = processing_utils.save_bytes_to_cache(
            _wav(samples, value.sample_rate, value.comment), f"{name}.wav", self.GRADIO_CACHE
        )
        self.temp_files.add(cached)
        return f"gradio_api/file={cached}", f"{name}.wav"

    def preprocess(self, payload: str | None) -> None:
        """A player is never an input: its file belongs to the visitor's state."""
        return None


def _inline(wav: bytes) -> str:
    """Return a WAV file as the data: address that holds it."""
    return "data:audio/wav;base64," + base64.b64encode(wav).decode()


def _wav(samples: np.ndarray, sample_rate: int, comment: str) -> bytes:
    """Return int16 samples as a WAV file, with the comment in a LIST chunk of the type INFO behind them."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, sample_rate, len(samples), "NONE", ""))
        sound.writeframes(samples.astype("<i2").tobytes())
    if not comment:
        return file.getvalue()
    text = comment.encode() + b"\0"
    text += b"\0" * (len(text) % 2)
    info = b"INFO" + b"ICMT" + len(text).to_bytes(4, "little") + text
    whole = bytearray(file.getvalue() + b"LIST" + len(info).to_bytes(4, "little") + info)
    whole[4:8] = (len(whole) - 8).to_bytes(4, "little")
    return bytes(whole)
