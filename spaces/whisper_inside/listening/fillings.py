"""Part 1, the two fillings of one window: side by side, and what the model writes with each."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from algorithms.text import wer
from algorithms.whisper.mel import N_COLUMNS, mel_steps

from .. import sound
from ..sound import Window
from . import pictures

if TYPE_CHECKING:
    from models.registry import Progress

NAMES = {"zeros": "zeros in the spectrogram", "silence": "silence in the sound"}
KNOWN = (  # nothing is decoded before the button
    '<p class="lab-table-empty">Press the button: the model chosen on the left hears the window with each filling.</p>'
)


def content(window: Window) -> dict[str, Any]:
    """The picture and its sentence; values for the outputs of part 1."""
    both = {name: mel_steps(window.y, slug == "silence") for slug, name in NAMES.items()}
    zeros, silence = both.values()
    if zeros.sound == N_COLUMNS:
        words = "The sound fills this window, so there are no fillings to compare. Choose a shorter sound."
    else:
        low = f"{silence.loudest:.2f} − 8" if silence.loudest - 8 > -10 else "−10"
        words = (
            f"After the sound, {N_COLUMNS - zeros.sound} columns hold <strong>0.00</strong> in one window and "
            f"<strong>{silence.filling:.2f}</strong> in the other: ({low} + 4) / 4, the lowest level that is left."
        )
    return {"fillings": pictures.fillings(window, both), "fill_facts": f'<p class="lab-sentence">{words}</p>'}


def marked(text: str, other: str) -> str:
    """A text as HTML, the words that stand otherwise in `other` marked."""
    kinds = wer.align(text.split(), other.split())
    words = (f"<mark>{escape(e.ref)}</mark>" if e.kind != "hit" else escape(e.ref) for e in kinds if e.ref is not None)
    return " ".join(words) or "<em>nothing</em>"


def compared(window: Window, fields: Mapping[str, Any], progress: Progress | None = None) -> str:
    """Decode the window with both fillings; returns a table as HTML, different words marked.

    Raises
    ------
    ModelUnavailable, ValueError
        As `sound.hear`.
    """
    found = {}
    for slug in NAMES:
        heard = sound.hear(window, {**fields, "pad": slug}, progress)
        decoded = sound.greedy(heard)
        found[slug] = heard.model.text(decoded.tokens).strip(), decoded.avg_logprob, decoded.no_speech_prob
    (a, *_), (b, *_) = found.values()
    texts = {"zeros": marked(a, b), "silence": marked(b, a)}
    rows = "".join(
        f"<tr><td>{escape(NAMES[slug])}</td><td>{texts[slug]}</td><td>{logprob:.3f}</td><td>{silent:.3f}</td></tr>"
        for slug, (_, logprob, silent) in found.items()
    )
    verdict = "Both fillings give the same words." if a == b else "Marked: words that only this filling gives."
    return (
        '<div class="lab-scroll"><table class="lab-table"><thead><tr><th>Filled with</th><th>Greedy text, float32</th>'
        "<th>Average log-probability</th><th>No-speech probability</th></tr></thead>"
        f'<tbody>{rows}</tbody></table></div><p class="lab-sentence">{verdict}</p>'
    )
