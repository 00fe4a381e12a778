"""Part 3: the mel before and after the postnet, beside the true one; and what a vocoder makes of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from algorithms.signal.synthesis_mel import FLOOR
from components.figure import Figure
from components.lesson import Fields, Part
from components.page import text
from components.player import Player
from components.words import table

from . import pictures, speech
from .pictures import sentence, short
from .speech import FRAME_S, Spoken

if TYPE_CHECKING:
    from .page import Scene

# too quiet is blue, too loud is orange, right is the dark between them
DIFFERENCE = [[0, "#7fc8ff"], [0.25, "#2a6fbb"], [0.5, "#111318"], [0.75, "#c2570c"], [1, "#ffd0a0"]]
CHANGES = {"postnet": "what the postnet changes", "error": "how far the result is from the true mel"}
LIMIT = 2.0  # of differences in the picture
TEXT = r"""
**The decoder writes without seeing ahead.** A step knows the frames before it and nothing after. When all are written,
the **postnet**, five convolutions along time, looks at both sides of each frame and adds a correction. Training asks
for both: the mel before and the mel after are each compared with the true one.

**Smooth is what a distance rewards.** A sentence can be said in many ways, and the loss punishes whichever way was not
chosen; the least punished answer is the average of all, and an average has no fine structure. The table counts it: how
much neighbouring bands differ. Less than in the true mel means blurred, and a vocoder makes a dull, hoarse voice of a
blurred mel. The true mel went through the same Griffin-Lim, so what separates these sounds is the mel alone.

**Frame by frame only under teacher forcing.** When the network runs freely, its timing is its own, and after a few
sounds frame 50 of one mel is no longer frame 50 of the other. A distance in each frame then measures rhythm. With the
*true* frames told, both have the same rhythm, so the errors in the table are meant for that.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {
        "mel_after": Figure("After the postnet", clock=pictures.CLOCK, height=180),
        "mel_before": Figure("Before the postnet", clock=pictures.CLOCK, height=180),
        "mel_true": Figure("The true mel: the packaged voice says the same", clock="taco-true", height=180),
    }
    parts["change"] = gr.Radio(
        [(title, name) for name, title in CHANGES.items()],
        value="postnet",
        label="Difference",
        elem_classes="lab-chips",
    )
    parts["changed"] = Figure("Difference of two mels", clock=pictures.CLOCK, height=180)
    parts["mel_facts"] = gr.HTML("", apply_default_css=False)
    with gr.Column(elem_classes="taco-four"):
        parts["sound_before"] = Player("taco-before", label="Before the postnet")
        parts["sound_true"] = Player("taco-true", label="The true mel, vocoded")
        parts["sound_voice"] = Player("taco-voice", label="The packaged voice itself")
    text(TEXT)
    return parts


def detail(mel: np.ndarray) -> float:
    """Mean absolute difference of neighbouring bands of a mel [80, T], where there is speech."""
    loud = mel.mean(0) > mel.mean(0).max() - 4
    return float(np.abs(np.diff(mel[:, loud], axis=0)).mean())


def errors(spoken: Spoken) -> tuple[float, float]:
    """Mean absolute difference from the true mel, before and after the postnet, over the frames that both have."""
    n = min(spoken.true.shape[1], spoken.got.after.shape[1])
    return tuple(float(np.abs(m[:, :n] - spoken.true[:, :n]).mean()) for m in (spoken.got.before, spoken.got.after))


def facts(spoken: Spoken) -> str:
    """Return the table of numbers, as HTML."""
    before, after = errors(spoken)
    changed = float(np.abs(spoken.got.after - spoken.got.before).mean())
    forced = spoken.wish.forced
    rows = [
        (name, f"{mel.shape[1]} ({mel.shape[1] * FRAME_S:.2f} s)", f"{detail(mel):.3f}", apart)
        for name, mel, apart in (
            ("before the postnet", spoken.got.before, f"{before:.3f}" if forced else "–"),
            ("after the postnet", spoken.got.after, f"{after:.3f}" if forced else "–"),
            ("true", spoken.true, "0" if forced else "–"),
        )
    ]
    said = f"The postnet changes a value by {changed:.3f} on average (natural logarithm of amplitude). "
    if forced:
        said += (
            f"Its result is {'nearer to' if after < before else 'no nearer to'} the true mel than what it was given."
        )
    else:
        said += "For distances from the true mel, let the decoder be told the true frames (on the left)."
    return sentence(said) + table(("Mel", "Frames", "Difference of neighbouring bands", "Distance from the true"), rows)


def change(spoken: Spoken, which: str) -> dict[str, Any]:
    """Draw one difference."""
    got = spoken.got
    if which == "postnet":
        z, said = got.after - got.before, "After minus before the postnet"
    else:
        n = min(spoken.true.shape[1], got.after.shape[1])
        z, said = got.after[:, :n] - spoken.true[:, :n], "After the postnet minus the true mel"
    return pictures.mel(
        spoken,
        z,
        alt=f"{said}: {np.abs(z).mean():.3f} on average, at most {np.abs(z).max():.2f}.",
        limits=(-LIMIT, LIMIT),
        colorscale=DIFFERENCE,
    )


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    spoken = scene.spoken
    drawn: dict[str, Any] = {"changed": change(spoken, fields["change"])}
    if fields.moved == "change":
        return drawn
    limits = (float(np.log(FLOOR)), float(max(spoken.true.max(), spoken.got.after.max())))
    for name, z, said in (
        ("mel_after", spoken.got.after, "Predicted mel after the postnet"),
        ("mel_before", spoken.got.before, "Predicted mel before the postnet"),
        ("mel_true", spoken.true, "True mel"),
    ):
        alt = (
            f"{said}: {z.shape[1]} frames, {z.shape[1] * FRAME_S:.2f} s; neighbouring bands differ by {detail(z):.2f}."
        )
        drawn[name] = pictures.mel(spoken, z, alt=alt, limits=limits)
    title = short(spoken.wish.text, 50)
    return drawn | {
        "mel_facts": facts(spoken),
        "sound_before": pictures.sound(f"Before the postnet: {title}", spoken.sound("before")),
        "sound_true": pictures.sound(f"True mel, Griffin-Lim: {title}", spoken.sound("true")),
        "sound_voice": pictures.sound(f"{speech.VOICE} itself: {title}", spoken.true_y),
    }


PART = Part(slug="postnet", title="3 Before and after the postnet", draw=draw, show=show, fields=("change",))
