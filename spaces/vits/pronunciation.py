"""Part 1: text to phonemes: what is no word, what eSpeak NG says in IPA, and the numbers that the network reads."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

import models
from algorithms.text.wer import word_errors
from algorithms.vits import FRAME_S, SAMPLE_RATE
from components import static_files
from components.figure import Figure
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.words import status

from .drawing import table
from .durations.pictures import sounded
from .speech import Script, Spoken
from .strip import CLOCK

if TYPE_CHECKING:
    from .page import Scene

LISTENER = "asr/whisper-tiny.en"
PLAY_JS = """
element.addEventListener('click', (event) => {
  const word = event.target.closest('button[data-from]');
  if (word) lab.clock('vits').playSpan(Number(word.dataset.from), Number(word.dataset.to));
});
"""
TEXT = r"""
**A network that reads letters must learn spelling, too.** English spelling is so irregular (*though, through, tough*)
that most synthesisers are given phonemes: then *through* and *threw* look alike, and a word that was never in training
is said right if its phonemes are. The price is a front end that may be wrong, and the network says faithfully what it
is told: eSpeak NG looks at neighbouring words at best, so homographs (*lead, tear, content*) are often said as the
other word. Correct the phonemes above and listen.

**Blanks.** Between any two symbols stands a blank, so that T symbols with their two ends become 2T + 3 tokens (Kim et
al. 2021, after Glow-TTS). Part 3 counts how much of the time they own.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    loader = static_files.module_loader("clock.js", PLAY_JS)
    parts["spelled"] = Figure("The sound, phoneme by phoneme", clock=CLOCK, height=220, hint="click to go there")
    parts["front"] = gr.HTML("", js_on_load=loader, apply_default_css=False)
    with gr.Row(elem_classes="lab-row"):
        parts["ipa_line"] = gr.Textbox(
            "", label="Phonemes (IPA): change them and press Enter", max_lines=3, max_length=600, scale=5
        )
        parts["say_ipa"] = gr.Button("Say these phonemes", scale=0, min_width=170)
        parts["automatic"] = gr.Button("As eSpeak says", scale=0, min_width=140)
    with gr.Row(elem_classes="lab-row"):
        parts["listen"] = gr.Button("What does Whisper tiny.en hear?", scale=0, min_width=250)
        parts["heard"] = gr.HTML("", apply_default_css=False)
    text(TEXT)
    return parts


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    spoken = scene.spoken
    return {"front": steps(spoken), "spelled": sounded(spoken), "ipa_line": spoken.script.ipa, "heard": ""}


def steps(spoken: Spoken) -> str:
    """Return the three steps as HTML."""
    script = spoken.script
    changed = [(s.rule, s.before, s.after) for s in script.normalised.steps]
    first = table(("Rule", "Written", "Said"), changed, empty="Nothing to change: all of it is words already.")
    left = f" Left out: {html.escape(script.normalised.left_out)}" if script.normalised.left_out else ""
    count = len(script.tokens.ids)
    source = "typed by hand" if script.typed else "by eSpeak NG’s rules and dictionary"
    return (
        f'<ol class="vits-steps"><li><h3>Into words</h3>{first}'
        f'<p class="lab-sentence vits-said-text">{html.escape(script.normalised.text)}{left}</p></li>'
        f"<li><h3>Into phonemes, {source}</h3>{_words(spoken)}</li>"
        f"<li><h3>Into {count} numbers, with a blank after each symbol</h3>{_tokens(script)}</li></ol>"
    )


def _words(spoken: Spoken) -> str:
    """Return each group of phonemes over its word, as a button that plays it."""
    script, bounds = spoken.script, spoken.bounds * FRAME_S
    cells = []
    for number, word in enumerate(script.words):
        mine = [i for i, u in enumerate(script.units) if u.word == number]
        if not mine:
            continue
        ipa = "".join(script.units[i].text for i in mine)
        start, end = bounds[mine[0]], bounds[mine[-1] + 1]
        cells.append(
            f'<button type="button" class="vits-spoken" data-from="{start:.3f}" data-to="{end:.3f}" '
            f'title="Hear it"><strong>{html.escape(ipa)}</strong> <span>{html.escape(word)}</span></button>'
        )
        after = mine[-1] + 1
        if after < len(script.units) and script.units[after].kind == "pause":
            cells.append(f'<span class="vits-mark">{html.escape(script.units[after].text)}</span>')
    return f'<div class="vits-spoken-row">{"".join(cells)}</div>'


def _tokens(script: Script) -> str:
    names = {"_": "blank", " ": "space", "^": "start", "$": "end"}
    cells = "".join(
        f'<span class="vits-token{" blank" if s == "_" else ""}" title="{names.get(s, "")}">'
        f"<strong>{html.escape('␣' if s == ' ' else s)}</strong><i>{i}</i></span>"
        for i, s in zip(script.tokens.ids, script.tokens.symbols, strict=True)
    )
    left = script.tokens.left_out
    note = f'<p class="lab-table-empty">No number for: {html.escape(left)} (left out)</p>' if left else ""
    return f'<div class="vits-tokens" tabindex="0" role="group" aria-label="Tokens">{cells}</div>{note}'


def phonemes_typed(visit: Visit) -> dict[str, Any]:
    """Take edited phonemes over; an empty line brings back those of the text."""
    return {"ipa": " ".join(str(visit.taken["ipa_line"]).split()), "edits": ""}


def automatic(_visit: Visit) -> dict[str, Any]:
    """Go back to what eSpeak says."""
    return {"ipa": "", "edits": ""}


def listened(visit: Visit) -> dict[str, Any]:
    """Have Whisper write down what it hears, and count the wrong words against the text."""
    spoken = visit.scene.spoken
    try:
        heard = transcribed(spoken.y)
    except models.ModelUnavailable as missing:
        return {"heard": status(str(missing), problem=True)}
    found = word_errors(spoken.script.normalised.text, heard)
    return {
        "heard": status(
            f"Whisper tiny.en hears: “{heard or 'nothing'}” That is {found.errors} of {found.n_ref} words wrong (word "
            f"error rate {found.rate:.2f}), counted without case and punctuation. It guesses from the context, too: a "
            "listener who knows the sentence forgives more than a count does."
        )
    }


def transcribed(y: np.ndarray) -> str:
    """Return what Whisper tiny.en hears in a sound of 22,050 Hz."""
    import soxr

    at_16k = soxr.resample(y, SAMPLE_RATE, 16_000).astype(np.float32)
    return models.get(LISTENER).transcribe(at_16k, language="en", word_timestamps=False).text.strip()


PART = Part(
    slug="phonemes",
    title="1 Text to phonemes",
    draw=draw,
    show=show,
    on=(
        On(
            component="say_ipa",
            event="click",
            also=(("ipa_line", "submit"),),
            handler=phonemes_typed,
            takes=("ipa_line",),
            redraw="ipa",
        ),
        On(component="automatic", event="click", handler=automatic, redraw="ipa"),
        On(
            component="listen",
            event="click",
            handler=listened,
            how={
                "show_progress": "minimal",
                "show_progress_on": "heard",
                "concurrency_id": "asr",
                "concurrency_limit": 2,
            },
        ),
    ),
)
