"""Part 5: a podcast intro in the cloned voice: text from a template, a bed of music that ducks, loudness, the mark."""

from __future__ import annotations

from typing import Any

import gradio as gr
import numpy as np

from algorithms.mixing.bed import MOODS, RATE
from algorithms.mixing.intro import AFTER_S, BEFORE_S, Intro, mix
from algorithms.provenance.mark import mark
from algorithms.sound.encode import encode
from components.downloads import in_page
from components.figure import Figure, figure, line
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.player import Player, Sound

from .cloned import Result, provenance, tag_of, tag_words
from .pictures import MARGIN, sentence
from .scene import Scene

TEMPLATES = {
    "podcast": "Welcome to Speech Lab, the podcast in which we take voices apart. This one was cloned by a computer.",
    "news": "Good morning. Here is the news in one minute, read by a voice that a computer has copied.",
    "lecture": "Lesson one: what a sound is. You hear a cloned voice, and you will soon know how it is made.",
}
NONE = "none"
TARGET_LUFS = -16.0
MP3_KBPS = 128
SHOWN_S = 0.05  # of sound in one point of the picture
FLOOR_DB = -60.0

TEXT = rf"""
**The order matters.** First the voice, then music under it. The music begins {BEFORE_S} s before the voice and goes on
for {AFTER_S:.0f} s after it; in between it is turned down (**ducking**). A gate hears when somebody speaks. As the
whole voice is known beforehand, the music starts to go down before the first word, and stays down over short pauses.

**Loudness** is not the peak. LUFS (ITU-R BS.1770) filters the sound roughly as head and ear do, takes the
power of blocks of 0.4 s and leaves out those that are much softer than the rest, so that pauses don't count. Podcasts
are usually brought to {TARGET_LUFS:.0f} LUFS, so that nobody has to reach for the volume between two of them. Single
peaks would then pass full scale: a **limiter** turns the sound down for the few milliseconds around each.

**The mark comes last**, after music and limiter: what is put in before would be changed by both (part 4).
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {"intro": Player("intro", label="The intro")}
    parts["mix_picture"] = Figure("Voice and music", clock="intro", height=220, hint="click to go there")
    parts["mix_facts"] = gr.HTML("", apply_default_css=False)
    with gr.Row(elem_classes="clone-row"):
        parts["make_mp3"] = gr.Button(f"Make an MP3 of it ({MP3_KBPS} kb/s)", size="sm", scale=0, min_width=220)
        parts["mp3"] = gr.HTML("", apply_default_css=False)
    parts["bed"] = gr.Radio(
        [*((mood.title, slug) for slug, mood in MOODS.items()), ("no music", NONE)],
        value="calm",
        label="Music",
        elem_classes="lab-chips",
    )
    with gr.Row():
        parts["music_db"] = gr.Slider(-20, 6, -4, step=1, label="Music alone, against the voice (dB)", min_width=200)
        parts["depth_db"] = gr.Slider(0, 30, 14, step=1, label="Down under the voice (dB)", min_width=200)
    text("### The words\n\nA template goes into the text field: change it as you like and press *Clone it*.")
    parts["template"] = gr.Radio(
        [("podcast", "podcast"), ("news", "news"), ("lecture", "lecture")],
        value=None,
        label="Template",
        elem_classes="lab-chips",
    )
    text(TEXT)
    return parts


def mixed(result: Result, fields: Fields) -> Intro:
    """Put the clone over the chosen music."""
    import soxr

    voice = soxr.resample(result.y, 16_000, RATE)
    mood = None if fields["bed"] == NONE else fields["bed"]
    return mix(
        voice, mood, music_db=float(fields["music_db"]), depth_db=float(fields["depth_db"]), target_lufs=TARGET_LUFS
    )


def level(y: np.ndarray) -> np.ndarray:
    """Return the level of each `SHOWN_S` in dB of full scale, `FLOOR_DB` and more: float32 [n]."""
    size = round(SHOWN_S * RATE)
    power = (np.pad(y, (0, -len(y) % size)).reshape(-1, size).astype(np.float64) ** 2).mean(1)
    return np.float32(np.maximum(10 * np.log10(power + 1e-12), FLOOR_DB))


def mix_picture(made: Intro, home: str) -> dict[str, Any]:
    """Draw the levels of voice and music over time."""
    place = {"x0": SHOWN_S / 2, "dx": SHOWN_S}
    seconds = len(made.y) / RATE
    traces = [
        line(None, level(made.voice), name="voice", **place),
        line(None, level(made.music), color="var(--lab-c2)", name="music", **place),
    ]
    return figure(
        traces,
        alt=f"Voice and music over {seconds:.1f} s; under the voice the music is {-made.gain_db.min():.0f} dB softer.",
        x_title="Time (s)",
        y_title="Level (dB of full scale)",
        y_range=(FLOOR_DB, 0),
        x_range=(0, round(seconds, 3)),
        home=home,
        showlegend=True,
        legend={"orientation": "h", "y": 1.14},
        margin={**MARGIN, "t": 30, "r": 16},
    )


def chosen(visit: Visit) -> dict[str, Any]:
    """Put a template into the text field; nothing is cloned before the button is pressed."""
    words = TEMPLATES.get(visit.taken["template"])
    return {"words": words} if words else {}


def finished(result: Result, fields: Fields) -> tuple[Intro, np.ndarray]:
    """Return the mix and the same with the mark, float32 [n]: what is played and saved."""
    made = mixed(result, fields)
    return made, np.clip(mark(made.y, RATE, tag_of(result.wish)), -1, 1)


def as_mp3(visit: Visit) -> dict[str, Any]:
    """Return a link that holds the intro as an MP3; it travels inside the page, so the server keeps nothing."""
    result = visit.scene.result
    if result is None:
        return {"mp3": sentence("There is no intro yet: clone a sentence first.")}
    _, y = finished(result, visit.fields)
    comment = provenance(result.wish, " over computed music", visit.scene.oath)
    file = encode(y, RATE, "mp3", MP3_KBPS, comment=comment)
    return {"mp3": in_page("Save as", [("intro.mp3", "MP3", "audio/mpeg", "128 kb/s, mono", file)])}


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    result = scene.result
    if result is None:
        return {"intro": None, "mix_picture": None, "mix_facts": sentence(scene.problem), "mp3": ""}
    try:
        made, y = finished(result, fields)
    except ValueError as wrong:
        return {"intro": None, "mix_picture": None, "mix_facts": sentence(str(wrong)), "mp3": ""}
    tag = tag_of(result.wish)
    comment = provenance(result.wish, " over computed music", scene.oath)
    home = f"{hash(result.wish)} {fields['bed']}"
    return {
        "intro": Sound("The intro", y=y, sample_rate=RATE, comment=comment),
        "mp3": "",
        "mix_picture": mix_picture(made, home),
        "mix_facts": sentence(
            f"{len(y) / RATE:.1f} s, {made.lufs:.1f} LUFS (aim {TARGET_LUFS:.0f}). The limiter takes up to "
            f"{20 * np.log10(np.abs(made.voice + made.music).max() / made.peak):.0f} dB off single peaks, which end at "
            f"{20 * np.log10(made.peak):.1f} dB of full scale; then comes the mark {tag_words(tag)}. Mixed just now."
        ),
    }


PART = Part(
    slug="podcast",
    title="5 A podcast intro",
    draw=draw,
    fields=("bed", "music_db", "depth_db"),
    show=show,
    on=(
        On(component="template", event="input", handler=chosen, takes=("template",)),
        On(component="make_mp3", event="click", handler=as_mp3),
    ),
)
