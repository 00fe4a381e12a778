"""Part 2: what makes attention fail, one thing at a time, seen and heard beside the sentence as it should be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from components.figure import Figure
from components.lesson import Fields, Part
from components.page import text
from components.player import Player

from . import pictures, speech
from .pictures import sentence, short
from .speech import Spoken, Wish

if TYPE_CHECKING:
    from .page import Scene

REPEATED = "She said no no no no no no no no and no."
LONG = (
    "He walked down the long street past the old church and the market and the little shops, over the bridge, along "
    "the river and up the hill to the house where his sister had lived for many years with her four children."
)
FAULTS = {
    "location": ("no location term", "The location term of the attention is left out."),
    "repeat": ("a repeated word", "The same sounds nine times: what they are does not tell which of them is next."),
    "long": ("a very long sentence", "Several times as long as any sentence that it was trained on."),
    "stop": ("no full stop", "The mark at the end is taken away; every sentence in training had one."),
    "dropout": ("no prenet dropout", "The prenet keeps all its units, which it never did in training."),
    "forward": ("forward only", "Weights farther than one token back and three ahead of the last place are set to 0."),
}
TEXT = r"""
**What everybody reports.** Attention is free to look anywhere, so it can skip words, say them twice, or hang in one
place and babble until a limit ends it. Public Tacotron projects are full of such reports. The faults come at places
that training did not show: words repeated many times, sentences far longer than any before, no mark at the end.

**Two things keep it going.** The *location term* tells attention where it was. Leave it out and only the query is left
to find the place. *Guided attention* is a loss in training: it says where to look. Here it uses the durations of the
voice that is learned. This network has both, four frames a step, and one steady synthetic voice, and is harder to
derail than those in the reports. What you see is what it does, not a drawing.

**A straight line proves nothing.** The first run of this training was guided by the diagonal alone (Tachibana et al.
2018). After two minutes all 30 sentences kept for validation had a clean line to the end, and after eight minutes
Whisper still understood no word of the eight that were tried: attention had learned a pace, and the decoder went on
from its last frame as if there were no text. With the tokens shuffled, its error hardly changed (0.685 to 0.703). Look
for a line that *bends* with the sounds, and shuffle the text.

**A constraint is a seat belt.** *Forward only* lets attention move only near its last place. It cures repeats and
skips of a network that nearly works; it can't help one that does not know when to move on, as the first fault with the
constraint added shows. Newer systems (FastSpeech, VITS) leave the question out: they predict a length for each sound.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    parts["fault"] = gr.Radio(
        [(title, name) for name, (title, _) in FAULTS.items()],
        value="location",
        label="What is wrong",
        elem_classes="lab-chips",
    )
    parts["guarded"] = gr.Checkbox(False, label="With the forward-only constraint added")
    parts["fault_said"] = gr.HTML("", apply_default_css=False)
    parts["wrong"] = Figure("With the fault", clock="taco-wrong", height=320)
    parts["wrong_sound"] = Player("taco-wrong", label="With the fault")
    parts["usual"] = Figure("The sentence as it should be", clock=pictures.CLOCK, height=320)
    parts["wrong_stops"] = Figure("The stop token’s probability, with the fault", clock="taco-wrong", height=150)
    text(TEXT)
    return parts


def wish_of(fields: Fields) -> Wish:
    """Return the page's sentence with the fault."""
    wish, fault = speech.wish_of(fields), fields["fault"]
    if fault in ("repeat", "long"):
        wish = replace(wish, text=REPEATED if fault == "repeat" else LONG)
    return replace(
        wish,
        mark=fault != "stop",
        location=fault != "location",
        dropout=fault != "dropout",
        forward_only=fault == "forward" or bool(fields["guarded"]),
    )


def said(usual: Spoken, wrong: Spoken, fault: str) -> str:
    """Say what happened, as HTML."""
    right = wrong.order.right
    judged = "It gets through all the same." if right else "It fails."
    if fault == "forward":
        judged = "It gets through." if right else "It fails."
    lengths = f"It writes {wrong.duration_s:.2f} s"
    if wrong.wish.text == usual.wish.text:
        lengths += f"; as it should be, the sentence takes {usual.duration_s:.2f} s"
    else:
        lengths += f"; the packaged voice takes {len(wrong.true_y) / speech.RATE:.2f} s for the same words"
    return sentence(f"{FAULTS[fault][1]} <strong>{judged}</strong> {pictures.told(wrong)} {lengths}.")


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    usual, wrong, fault = scene.spoken, scene.wrong, fields["fault"]
    title = FAULTS[fault][0] + (" and forward only" if fields["guarded"] and fault != "forward" else "")
    drawn = {
        "fault_said": said(usual, wrong, fault),
        "wrong": pictures.alignment(wrong),
        "wrong_sound": pictures.sound(
            f"{title[:1].upper()}{title[1:]}: {short(wrong.wish.text, 50)}", wrong.sound("after")
        ),
        "wrong_stops": pictures.stop(wrong),
    }
    if fields.moved not in ("fault", "guarded"):
        drawn["usual"] = pictures.alignment(usual)
    return drawn


PART = Part(slug="faults", title="2 When it fails", draw=draw, show=show, fields=("fault", "guarded"))
