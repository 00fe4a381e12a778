"""Part 1: four sounds without names; then their names, numbers and differences."""

from __future__ import annotations

from typing import Any

import gradio as gr
import numpy as np

from algorithms.signal.stft import stft
from algorithms.signal.synthesis_mel import SYNTHESIS_MEL
from components.figure import Figure
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.player import Player
from components.words import table

from . import pictures
from .pictures import sentence
from .scene import LETTERS, Scene
from .sound import RATE, RECORDING, Method, Result

TEXT = r"""
**What each is given.** Griffin-Lim gets the mel spectrogram and nothing else. **WORLD does not use the mel**: it takes
the recording apart in its own way, into pitch, spectral envelope and aperiodicity every 5 ms, so what it rebuilds shows
what that description loses. VITS's decoder, a HiFi-GAN, can't take part: it was trained on VITS's own latents (192
learned values a frame), and a mel means nothing to it. A network that does take this mel has not been
trained for this page yet.

**What the numbers say.** Each compares with the recording. *PESQ* (wide band) models hearing and gives 1.0 to about
4.6; *spectral convergence* is the error of the magnitudes as a share of them; *log-spectral distance* is the
difference in dB, its root mean square over each frame, then the mean over frames; the *mel error* is the mean
difference of the two log mels. None of them is an ear. With a hundred iterations on the **true mel** of a recording,
Griffin-Lim gets a PESQ that small neural vocoders find hard to beat. It loses with few iterations, and with the
smoothed mels that a text-to-speech system predicts, where there is no true sound to be found.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {
        "side_picture": Figure("The chosen letter’s spectrogram", clock="voc-look", height=170),
    }
    text(
        "**Listen first.** One of the four is the recording; three come out of vocoders. Which is which, and which "
        "would you accept?"
    )
    with gr.Column(elem_classes="voc-four"):
        for letter in LETTERS:
            parts[f"player_{letter}"] = Player(f"voc-{letter}", label=f"Sound {letter}")
    with gr.Row(elem_classes="voc-row"):
        parts["guess"] = gr.Radio([*LETTERS], value=None, label="Which one is the recording?", elem_classes="lab-chips")
        parts["named"] = gr.Checkbox(False, label="Show the names and the numbers")
        parts["shuffle"] = gr.Button("Shuffle them again", size="sm", min_width=140, scale=0)
    parts["order"] = gr.Number(0, precision=0, visible="hidden")
    parts["answer"] = gr.HTML("", apply_default_css=False)
    parts["time"] = gr.Button("Measure the speed now", size="sm", visible=False)
    parts["look"] = gr.Radio([*LETTERS], value="A", label="Look at", elem_classes="lab-chips")
    parts["side_difference"] = Figure("How far the chosen letter is from the recording", clock="voc-look", height=190)
    text(TEXT)
    return parts


def given(method: Method) -> str:
    """Say what a method gets."""
    if method == RECORDING:
        return f"{RATE:,} samples a second"
    if method.name == "world":
        return "its own analysis: pitch, 60 coefficients of the envelope, aperiodicity, 200 times a second"
    return f"the mel: {80 * RATE / 256:,.0f} numbers a second"


def number(value: float | None, digits: int = 2) -> str:
    """Write a number; a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def numbers(scene: Scene) -> str:
    """Return the table of the four, as HTML."""
    rows = []
    for letter, method, result in zip(LETTERS, scene.methods, scene.results, strict=True):
        s = result.scores
        speed = "–" if result.seconds is None else f"{result.seconds / scene.source.duration_s:.2f}"
        rows.append(
            (
                letter,
                method.title,
                given(method),
                number(s["pesq"]),
                number(s["convergence"]),
                number(s["lsd_db"], 1),
                number(s["mel_l1"]),
                speed,
            )
        )
    head = ("", "Vocoder", "Gets", "PESQ", "Spectral convergence", "Log-spectral distance (dB)", "Mel error (nats)")
    return table((*head, "Real-time factor"), rows)


def answer(scene: Scene, guess: str | None) -> str:
    """Say whether the guess was right, with the table, as HTML."""
    right = LETTERS[scene.methods.index(RECORDING)]
    said = []
    if guess in LETTERS:
        said.append(
            f"You chose {guess}, and {guess} is the recording."
            if guess == right
            else f"You chose {guess}: that is {scene.methods[LETTERS.index(guess)].title}. The recording is {right}."
        )
    if all(result.scores["pesq"] is None for result in scene.results):
        said.append("PESQ finds nobody speaking here, so it says nothing.")
    timed = any(result.seconds is not None for result in scene.results)
    said.append(
        "The real-time factor is seconds of computing for a second of sound, measured on this machine when the sound "
        "was last made."
        if timed
        else "These sounds were made beforehand; how fast this machine is has not been measured yet."
    )
    return sentence(" ".join(said[:-1])) * (len(said) > 1) + numbers(scene) + sentence(said[-1])


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    named, look = bool(fields["named"]), LETTERS.index(fields["look"])
    values: dict[str, Any] = {
        "answer": answer(scene, fields["guess"]) if named else "",
        "time": gr.update(visible=named),
    }
    names = [method.title if named else scene.source.title for method in scene.methods]
    if fields.changed("clip", "n_iter", "momentum", "named", "order", "part"):
        for letter, name, result in zip(LETTERS, names, scene.results, strict=True):
            values[f"player_{letter}"] = pictures.sound(f"{letter}: {name}", result.y)
    found = np.abs(stft(_of(scene, look).y, SYNTHESIS_MEL))
    values["side_picture"] = pictures.spectrogram(
        scene.source, found, alt=f"Spectrogram of {fields['look']}, in dB below the recording's loudest cell."
    )
    values["side_difference"] = pictures.difference(
        scene.source,
        found,
        alt=f"{fields['look']} against the recording: blue cells are too quiet, orange ones too loud, dark ones right.",
    )
    return values


def _of(scene: Scene, index: int) -> Result:
    return scene.results[index]


def shuffled(visit: Visit) -> dict[str, Any]:
    """Hide the names and deal the letters anew."""
    return {"order": int(visit.fields["order"]) + 1, "named": False, "guess": None}


def timed(visit: Visit) -> dict[str, Any]:
    """Compute the three vocoders once more, to see how long that takes here."""
    scene = visit.scene
    for method in scene.methods:
        if method != RECORDING:
            scene.source.make(method, anew=True)
    return {}


PART = Part(
    slug="side",
    title="1 Side by side",
    draw=draw,
    show=show,
    fields=("guess", "named", "order", "look"),
    on=(
        On(component="shuffle", event="click", handler=shuffled, redraw="order"),
        On(component="time", event="click", handler=timed, redraw="named"),
    ),
    forget={"clip": {"named": False, "guess": None}},
)
