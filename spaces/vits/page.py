"""The page: its layout, what its parts share, and the scene that they show things of."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import gradio as gr

import models
from algorithms.vits import SAMPLE_RATE
from components.audio_input import hint
from components.lesson import Fields, Frame, Lesson, On, Slow, Visit
from components.player import Player, Sound
from models import ModelUnavailable
from models.tts import vits

from . import coupling, durations, encoder, generator, pronunciation, speech, training
from .lesson import THEORY
from .speech import COUPLINGS, SENTENCE, Spoken, wish_of
from .strip import CLOCK

PARTS = (pronunciation.PART, encoder.PART, durations.PART, coupling.PART, generator.PART, training.PART)
NEED_NETWORK = ("encoder", "flow", "decoder", "training")  # the others show what is kept of the first sentence, too


@dataclass(frozen=True)
class Scene:
    """What the parts show things of.

    Attributes
    ----------
    spoken : Spoken
        The sentence with all that was computed on the way.
    """

    spoken: Spoken


def waits(visit: Visit) -> bool | str:
    """Whether the voice has to be loaded first, and what is said meanwhile."""
    wish = wish_of(visit.fields)
    if visit.fields["part"] not in NEED_NETWORK and speech.known(wish) is not None:
        return False
    return speech.loading()


def scene(visit: Visit) -> Scene:
    """Say the sentence, or take what is kept of it."""
    wish = wish_of(visit.fields)
    if visit.fields["part"] not in NEED_NETWORK and (kept := speech.known(wish)) is not None:
        if not visit.fields.moved:  # the next click probably needs the voice: it loads while the visitor looks at this
            threading.Thread(target=load_voice, daemon=True).start()
        return Scene(kept)
    return Scene(speech.speak(wish, visit.progress))


def load_voice() -> None:
    """Load the voice; what is wrong with it is said where it is needed."""
    with suppress(ModelUnavailable):
        models.get(speech.MODEL)


def show(scene: Scene | None, fields: Fields) -> dict[str, Any]:
    """Return what the shared components show."""
    if scene is None:
        return {"status": "", "line": fields["text"]}
    spoken = scene.spoken
    shown = {
        "line": spoken.wish.text,
        "note": hint(_notes(spoken)),
        "status": about(spoken),
        "player": Sound(_title(spoken), y=spoken.y, sample_rate=SAMPLE_RATE),
    }
    return shown


def _title(spoken: Spoken) -> str:
    words = " ".join(w for w in spoken.script.words if w) or spoken.script.ipa
    return words if len(words) <= 80 else words[:79] + "…"


def _notes(spoken: Spoken) -> list[str]:
    script, found = spoken.script, []
    if script.normalised.left_out:
        found.append(f"Left out, because nobody can say it: {script.normalised.left_out}.")
    if script.tokens.left_out:
        found.append(f"This voice has no number for {script.tokens.left_out}: left out.")
    return found


def about(spoken: Spoken) -> str:
    """One line: which model said what, with which settings."""
    wish = spoken.wish
    changed = [
        words
        for words, usual in (
            (f"length_scale {wish.length_scale:g}", wish.length_scale == vits.LENGTH_SCALE),
            (f"noise_w {wish.noise_w:g}", wish.noise_w == vits.NOISE_W),
            (f"noise_scale {wish.noise_scale:g}", wish.noise_scale == vits.NOISE_SCALE),
            (f"{len(wish.edits)} durations by hand", not wish.edits),
            ("phonemes by hand", not spoken.script.typed),
            (f"{wish.couplings} of {COUPLINGS} coupling layers", wish.couplings == COUPLINGS),
        )
        if not usual
    ]
    settings = f" with {', '.join(changed)}" if changed else " with the voice’s own settings"
    sounds = sum(u.kind == "sound" for u in spoken.script.units)
    return (
        f"{speech.MODEL} says {sounds} sounds in {int(spoken.frames.sum())} frames, {spoken.duration_s:.2f} s, seed "
        f"{wish.seed}{settings}."
    )


def typed(visit: Visit) -> dict[str, Any]:
    """Take the typed line over."""
    return {"text": str(visit.taken["line"]).strip()}


def own_settings(_visit: Visit) -> dict[str, Any]:
    """Go back to the voice's own settings."""
    return {
        "length_scale": vits.LENGTH_SCALE,
        "noise_w": vits.NOISE_W,
        "noise_scale": vits.NOISE_SCALE,
        "seed": 0,
        "edits": "",
        "couplings": COUPLINGS,
    }


def another_seed(visit: Visit) -> dict[str, Any]:
    """Draw the next numbers."""
    return {"seed": (int(visit.fields["seed"] or 0) + 1) % 10_000}


def page(frame: Frame) -> dict[str, Any]:
    """Lay the page out; returns the shared components by name."""
    shared: dict[str, Any] = {}
    with gr.Column(elem_classes="vits-page"):
        frame.chips("vits-parts")
        with gr.Row(elem_classes="lab-stage", equal_height=False):
            with frame.page.controls():
                # Longer than the page takes, so that a text that is too long is told so instead of being cut.
                shared["line"] = gr.Textbox(
                    SENTENCE, label="English text", lines=2, max_lines=5, max_length=6000, elem_classes="vits-line"
                )
                shared["say"] = gr.Button("Say it", variant="primary")
                shared["note"] = gr.HTML("", elem_classes="lab-note-holder")
                shared["length_scale"] = gr.Slider(
                    0.5, 2.0, vits.LENGTH_SCALE, step=0.05, label="length_scale: slowness"
                )
                shared["noise_w"] = gr.Slider(0, 1.6, vits.NOISE_W, step=0.05, label="noise_w: chance in rhythm")
                shared["noise_scale"] = gr.Slider(0, 1.5, vits.NOISE_SCALE, step=0.001, label="noise_scale: in sound")
                with gr.Row(elem_classes="vits-seed"):
                    shared["seed"] = gr.Number(
                        0, label="Seed", minimum=0, maximum=9999, step=1, precision=0, min_width=90
                    )
                    shared["next_seed"] = gr.Button("Another", scale=0, min_width=100)
                shared["usual"] = gr.Button("The voice’s own settings")
                for name in ("text", "ipa", "edits"):  # set by buttons and by the strip
                    shared[name] = gr.Textbox(SENTENCE if name == "text" else "", visible="hidden")
                shared["couplings"] = gr.Number(
                    COUPLINGS, visible="hidden", minimum=0, maximum=COUPLINGS, step=1, precision=0
                )
            with frame.page.pictures():
                shared["player"] = Player(CLOCK, label="The sentence", sticky=True)
                shared["status"] = gr.HTML("", apply_default_css=False, elem_classes="lab-status vits-status")
                frame.parts()
    return shared


LESSON = Lesson(
    parts=PARTS,
    draw=page,
    theory=THEORY,
    fields=speech.FIELDS,
    scene=scene,
    show=show,
    refusals=(ValueError, ModelUnavailable),
    # Another text has other phonemes, and other phonemes have other units.
    forget={"text": {"ipa": "", "edits": ""}, "ipa": {"edits": ""}},
    slow=Slow(waits=waits, line="status"),
    on=(
        On(
            component="say",
            event="click",
            also=(("line", "submit"),),
            handler=typed,
            takes=("line",),
            redraw="text",
        ),
        On(component="next_seed", event="click", handler=another_seed, redraw="seed"),
        On(component="usual", event="click", handler=own_settings, redraw="length_scale"),
    ),
)
