"""Part 1: the reference, the voice that is converted, and the clone."""

from __future__ import annotations

import html
from typing import Any

import gradio as gr

from components.figure import Figure
from components.lesson import Fields, Part
from components.page import text
from components.player import Player
from components.words import table

from .cloned import MODEL, SPEAKER, Result
from .pictures import mel, sentence, sound
from .scene import Scene

TEXT = r"""
**No network is trained for the new voice.** A ready text-to-speech voice says the sentence. Whisper's encoder turns
both recordings into rows of numbers that stand mostly for *what* is said: one every 20 ms, and as it reads twice, the
second time half a row later, one every 10 ms. For each row of the spoken sentence the most similar rows of the
reference are looked up, and the **reference's own sound** at these places, the mean of two spectra at each moment, is
put in a row (of unvoiced ones, such as an s, half is the ready voice's). Pitch, pauses and loudness follow the
sentence, moved into the reference speaker's range; the WORLD vocoder turns all of it into a waveform.

### Three families
"""
FAMILIES = table(
    ("Family", "Needs of the voice", "Takes", "Good at"),
    (
        (
            "Voice conversion (kNN-VC, FreeVC; this room)",
            "seconds to a minute; nothing is trained",
            "seconds, on a laptop",
            "keeps the timing of whoever speaks; copies the recording, its noise, too",
        ),
        (
            "Speaker-conditioned TTS (YourTTS, XTTS)",
            "a few seconds, for a speaker embedding",
            "a large network, trained on many voices",
            "melody that fits the text; the likeness is a guess from few seconds",
        ),
        (
            "Fine-tuning a TTS",
            "ten minutes or more, with their text",
            "hours of training, often a GPU",
            "one speaker’s habits; the result is a file that is the voice, and must be guarded like it",
        ),
    ),
)


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    parts["result_mel"] = Figure("The clone: mel spectrogram", clock="clone", height=170)
    with gr.Row(elem_classes="clone-pair"):
        parts["source_player"] = Player("source", label="The voice before cloning")
        parts["reference_player"] = Player("reference", label="The reference")
    parts["facts"] = gr.HTML("", apply_default_css=False)
    text(TEXT)
    gr.HTML(FAMILIES, apply_default_css=False)
    return parts


def facts(result: Result) -> str:
    """Say in a few sentences what was done, with this result's numbers."""
    seconds = len(result.y) / 16_000
    before, after = result.likeness("source", "reference"), result.likeness("result", "reference")
    pitch = f"Median pitch {result.source_hz:.0f} Hz before and {result.reference_hz:.0f} Hz after. " * bool(
        result.source_hz
    )
    tempo = f"Spoken {result.tempo:.2f} times as fast as before. " if result.tempo != 1 else ""
    when = "just now" if result.ran else "beforehand"
    return (
        f'<p class="clone-sentence">Likeness to the reference (cosine of GE2E embeddings, see '
        f'<a href="?part=close">part 3</a>): <strong>{before:.2f}</strong> before, <strong>{after:.2f}</strong> '
        f"after. {html.escape(pitch + tempo)}{seconds:.1f} s of sound in {result.joins + 1} stretches of the reference."
        f" Made {when} by {MODEL}.</p>"
    )


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    result = scene.result
    if result is None:
        return {
            **dict.fromkeys(("result_mel", "source_player")),
            "reference_player": scene.recording,
            "facts": sentence(scene.problem),
        }
    home = str(hash(result.wish))
    before = f"Before cloning: {SPEAKER}" if result.wish.task == "say" else f"Before: {result.source_title}"
    return {
        "result_mel": mel(result.y, alt="Mel spectrogram of the clone, 0 to 8 kHz.", home=home),
        "source_player": sound(before, result.source),
        "reference_player": sound(f"Reference: {result.reference_title}", result.reference),
        "facts": facts(result),
    }


PART = Part(slug="clone", title="1 Clone a voice", draw=draw, show=show)
