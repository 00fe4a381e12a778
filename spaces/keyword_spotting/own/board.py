"""Cards of one second each, with picture, play button and a cross to remove it; clicks come back to Python."""

from __future__ import annotations

import base64
import html
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from gradio import processing_utils

from algorithms.keyword.features import SAMPLE_RATE, log_mel
from components.figure import MAGMA

FLOOR, CEILING = -11.0, 6.0  # natural logarithm of a band's energy that black and white stand for

JS = """
/* events: 'pick' */
let sound = null;
const stop = () => {
  if (!sound) return;
  sound.pause();
  sound.card.classList.remove('now');
  sound = null;
};
element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  const card = event.target.closest('[data-src]');
  if (!button || !card) return;
  if (button.dataset.pick) {
    stop();
    return trigger('pick', { what: button.dataset.pick, value: Number(card.dataset.id) });
  }
  const again = sound && sound.card === card;
  stop();
  if (again) return;
  const root = (window.gradio_config?.root || new URL('.', location.href).href).replace(/\\/?$/, '/');
  sound = new Audio(new URL(card.dataset.src, root));
  sound.card = card;
  sound.onended = stop;
  card.classList.add('now');
  sound.play().catch(stop);
});
"""


@dataclass(frozen=True)
class Card:
    """One second on the board.

    Attributes
    ----------
    id
        What a click on it tells.
    title, about
        Its name; and a few words below, plain text.
    y : np.ndarray
        float32 [16000].
    flags
        What is wrong with it.
    score
        0 to 1 as a bar, or None.
    good
        Whether the score is on the right side of the threshold.
    can
        Buttons beside playing: "remove", "vary".
    """

    id: int
    title: str
    about: str
    y: np.ndarray
    flags: tuple[str, ...] = ()
    score: float | None = None
    good: bool = True
    can: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Cards under a heading."""

    title: str
    about: str
    cards: tuple[Card, ...]
    kind: str = ""


BUTTONS = {"remove": ("×", "Remove"), "vary": ("Variations", "Show variations of")}


def _palette() -> bytes:
    stops = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for _, color in MAGMA], float)
    place = np.linspace(0, len(stops) - 1, 256)
    return np.stack([np.interp(place, np.arange(len(stops)), c) for c in stops.T], 1).round().astype(np.uint8).tobytes()


def picture(y: np.ndarray) -> str:
    """The log-mel energies of one second as a PNG in a data address, 49 x 40, low frequencies at the bottom."""
    z = (log_mel(y).T[::-1] - FLOOR) / (CEILING - FLOOR)
    z = np.round(255 * np.clip(z, 0, 1)).astype(np.uint8)
    rows = np.concatenate([np.zeros((len(z), 1), np.uint8), z], 1).tobytes()

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", z.shape[1], z.shape[0], 8, 3, 0, 0, 0)  # 8 bits, a palette
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"PLTE", _palette())
    png += chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(png).decode()


class TakeBoard(gr.HTML):
    """Give it groups of cards; it triggers ``pick`` with ``{"what": "remove" or "vary", "value": id}``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(value=kwargs.pop("value", None), js_on_load=JS, apply_default_css=False, **kwargs)

    def postprocess(self, value: Sequence[Group] | None) -> str | None:
        """Write the cards; their sounds go into Gradio's cache, which deletes old files."""
        if value is None:
            return None
        return "".join(self._group(group) for group in value)

    def preprocess(self, payload: str | None) -> None:
        """A board is never an input."""
        return None

    def _group(self, group: Group) -> str:
        cards = "".join(self._card(card) for card in group.cards)
        listed = f'<ul class="kwo-cards">{cards}</ul>' if cards else ""
        return (
            f'<section class="kwo-group {group.kind}"><h3>{html.escape(group.title)} '
            f"<span>{html.escape(group.about)}</span></h3>{listed}</section>"
        )

    def _card(self, card: Card) -> str:
        samples = (np.clip(card.y, -1, 1) * 32767).astype(np.int16)
        path = processing_utils.save_audio_to_cache(samples, SAMPLE_RATE, format="wav", cache_dir=self.GRADIO_CACHE)
        self.temp_files.add(path)
        title = html.escape(card.title)
        buttons = "".join(
            f'<button type="button" class="kwo-{what}" data-pick="{what}" aria-label="{BUTTONS[what][1]} {title}">'
            f"{BUTTONS[what][0]}</button>"
            for what in card.can
        )
        flags = "".join(f"<em>{html.escape(flag)}</em>" for flag in card.flags)
        about = f"<small>{html.escape(card.about)}</small>" if card.about else ""
        bar = ""
        if card.score is not None:
            kind = "good" if card.good else "bad"
            bar = f'<i class="kwo-score {kind}" style="--p:{card.score:.3f}"><b>{card.score:.2f}</b></i>'
        return (
            f'<li class="kwo-card{" flagged" if card.flags else ""}" data-id="{card.id}" '
            f'data-src="gradio_api/file={html.escape(path, quote=True)}">'
            f'<button type="button" class="kwo-play" aria-label="Play {title}">'
            f'<img src="{picture(card.y)}" alt=""></button>'
            f"<strong>{title}</strong>{bar}{about}{flags}{buttons}</li>"
        )
