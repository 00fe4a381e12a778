"""Part 4: the data. What there is, how it is parted, and what leaks where it is parted carelessly."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from algorithms.text.wer import normalize
from components.figure import Figure, figure
from components.lesson import Fields, Part
from components.page import text
from components.words import count, status, table

from . import material

if TYPE_CHECKING:
    from .page import Scene

BLOCK = {"apply_default_css": False}
PARTINGS = {"both": "By speaker and sentence", "clip": "By clip, at random"}
SPLITS = {"train": "to learn from", "development": "to watch by", "test": "to test"}
TEXT = """
**Why a careless split lies.** Part the clips at random, and most clips of the test are by people who have been
learnt from; with them come the microphone and the room. The error rate then says how well the network knows these
people, not how well it will do for the next one. With sentences it is worse: in collections like this one many people
read the same list, and a network that has learnt a sentence by heart writes it after its first syllable. (The packaged
clips were chosen without repeated sentences, so their count above stays 0.)

**What to look for in your own data.** Clips without text and texts without sound; clips over 30 s, of which Whisper
hears only the beginning; very many characters a second (the text belongs to another clip) or very few (silence, or a
part of the text is missing); two spellings of one letter; one person who has spoken half of everything.

**Your own folder** trains from a terminal, in the layout of Common Voice or LJ Speech or with a list `metadata.tsv`:
`python -m training.whisper_finetune FOLDER --work RESULT --language ml`. It leaves out clips without text,
without readable sound, over 30 s or with too long a text, and says how many; it warns where the script is not that of
the language. With ten or more named speakers it parts by speaker and sentence, else by sentence. How fast the text is,
two spellings, and who speaks most you have to look at yourself.
"""


@dataclass(frozen=True)
class Leaks:
    """What the test of a split has in common with what is learnt from."""

    tested: int  # clips of the test
    speakers: int  # of them by somebody who is learnt from
    sentences: int  # of them with a sentence that is learnt from


def parted(how: str, seed: int) -> dict[str, list[material.Clip]]:
    """The packaged clips by part: as they are shipped, or the same numbers of them drawn at random."""
    clips = list(material.clips())
    if how == "clip":
        order = np.random.default_rng(seed).permutation(len(clips))
        names = [one.split for one in clips]
        return {s: [clips[i] for i, name in zip(order, names, strict=True) if name == s] for s in SPLITS}
    return {split: [one for one in clips if one.split == split] for split in SPLITS}


def leaks(parts: dict[str, list[material.Clip]]) -> Leaks:
    """Count what leaks from the training part into the test."""
    voices = {one.speaker for one in parts["train"]}
    texts = {normalize(one.text) for one in parts["train"]}
    test = parts["test"]
    return Leaks(
        len(test), sum(one.speaker in voices for one in test), sum(normalize(one.text) in texts for one in test)
    )


def controls() -> dict[str, Any]:
    """Lay out what stands on the left."""
    titles = [(title, slug) for slug, title in PARTINGS.items()]
    return {
        "parting": gr.Radio(titles, value="both", label="How the clips are parted", elem_classes="lab-chips"),
        "draw_no": gr.Slider(0, 20, 0, step=1, label="Draw (seed)", visible=False),
    }


def draw() -> dict[str, Any]:
    """Lay it out and name its components."""
    made: dict[str, Any] = {"leak": gr.HTML("", **BLOCK), "parts": gr.HTML("", **BLOCK)}
    made["lengths"] = Figure("How long the clips are, and how fast the text", height=240)
    with gr.Accordion("All clips and their texts", open=False):
        made["review"] = gr.HTML("", **BLOCK)
    text(TEXT)
    return made


def said(found: Leaks) -> str:
    """The leaks in a sentence, as HTML."""
    if not found.speakers and not found.sentences:
        return status(f"None of the {found.tested} test clips shares its speaker or its sentence with the training.")
    return status(
        f"Of {count(found.tested, 'test clip')}, {found.speakers} are by somebody who is also learnt from, and "
        f"{found.sentences} have a sentence that is also learnt from.",
        problem=True,
    )


def scatter(parts: dict[str, list[material.Clip]]) -> dict[str, Any]:
    """Each clip by its length and its characters a second."""
    traces = [
        {
            "type": "scatter", "mode": "markers", "name": title, "marker": {"size": 8, "color": f"var(--lab-c{i})"},
            "x": [one.seconds for one in parts[split]],
            "y": [len(normalize(one.text)) / one.seconds for one in parts[split]],
        }
        for i, (split, title) in enumerate(SPLITS.items(), 1)
    ]  # fmt: skip
    everything = [one for part in parts.values() for one in part]
    speeds = [len(normalize(one.text)) / one.seconds for one in everything]
    alt = (
        f"{len(everything)} clips of {min(c.seconds for c in everything):.1f} to "
        f"{max(c.seconds for c in everything):.1f} s, {min(speeds):.0f} to {max(speeds):.0f} characters a second."
    )
    return figure(
        traces, alt=alt, x_title="Length (s)", y_title="Characters a second", yaxis={"rangemode": "tozero"},
        showlegend=True, legend={"orientation": "h", "y": 1.16, "x": 0}, margin={"t": 30}, dragmode=False,
    )  # fmt: skip


def show(_scene: Scene, fields: Fields) -> dict[str, Any]:
    """Show how the clips are parted and what that means."""
    parts = parted(fields["parting"], int(fields["draw_no"]))
    rows = [
        (title, str(len(parts[split])), f"{sum(one.seconds for one in parts[split]):.0f} s",
         str(len({one.speaker for one in parts[split]})), str(len({normalize(one.text) for one in parts[split]})))
        for split, title in SPLITS.items()
    ]  # fmt: skip
    listed = [
        (one.speaker, SPLITS[split], f"{one.seconds:.1f} s", f'<span lang="ml">{html.escape(one.text)}</span>')
        for split in SPLITS
        for one in parts[split]
    ]
    return {
        "draw_no": gr.update(visible=fields["parting"] == "clip"),
        "leak": said(leaks(parts)),
        "parts": table(("", "clips", "sound", "speakers", "sentences"), rows),
        "lengths": scatter(parts),
        "review": table(("speaker", "part", "length", "text"), listed),
    }


PART = Part(slug="data", title="4 The data", controls=controls, draw=draw, fields=("parting", "draw_no"), show=show,
            follows=frozenset({"parting", "draw_no"}))  # fmt: skip
