"""Part 4: the inaudible mark in every clone, the detector that finds it, and what the mark survives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import gradio as gr
import numpy as np

from algorithms.provenance.find import PHASES, SPEEDS, THRESHOLD, Found, find
from algorithms.provenance.mark import BITS, HIGH_HZ, LOW_HZ, PERIOD_S, STRENGTH_DB, TILE_S, TILES, mark
from algorithms.sound import AudioError, load
from components.figure import Figure, figure, heatmap
from components.lesson import Fields, Halt, On, Part, Visit
from components.page import text
from components.player import Player
from components.stopping import Stop
from components.words import status
from components.work import Stopped, Work, bar
from models.cloning.knn import MAX_REFERENCE_S, SAMPLE_RATE

from . import cloned
from .cloned import Result, tag_of, tag_words
from .pictures import MARGIN, sentence, sound
from .scene import Scene
from .treatments import BY_SLUG, TREATMENTS, Outcome, try_one, wrong_bits

SUBJECTS = [("the clone", "clone"), ("the recording that was chosen", "recording")]
TEXT = rf"""
**How the mark is made.** The spectrum from {LOW_HZ:.0f} to {HIGH_HZ:.0f} Hz is cut into bands and the time into tiles
of {1000 * TILE_S:.0f} ms. A secret pattern of signs makes each tile {STRENGTH_DB} dB louder or softer. That is in
proportion to what sounds there, so it hides under the sound itself, and silence stays silent. Speech changes by far
more from tile to tile, so one tile tells nothing; but summed over thousands, each times its sign, the speech averages
out and the pattern remains. It repeats every {PERIOD_S:.1f} s. A third of the tiles say where it begins, the others
carry {BITS} bits. This is a *patchwork* (Bender et al. 1996) spread over time and frequency.

**How it is found.** Nobody tells the detector where the pattern begins or how fast the sound is played: it tries
{TILES * PHASES} places at {len(SPEEDS)} speeds. The score says how far the best stands out, in standard deviations of
all of them. The luckiest of so many tries reaches 4 to 5 where there is no mark, so {THRESHOLD:.0f} and more counts
as found.

**What it is not.** The pattern is in this program's open code, so whoever reads it can take the mark out, or put it
into a recording of a real voice. A time stretch that keeps the pitch moves the tiles against each other and destroys
the mark; so do other voice changers, or cloning the clone. A mark that is found says much; one that isn't says nothing.
"""


class Looked(NamedTuple):
    """What the detector was given, and what it found or why it can't look."""

    title: str
    y: np.ndarray | None = None
    found: Found | None = None
    problem: str = ""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {"mark_line": gr.HTML("", apply_default_css=False)}
    parts["subject"] = gr.Radio(SUBJECTS, value="clone", label="Look for the mark in", elem_classes="lab-chips")
    parts["treat"] = gr.Radio(
        [(one.title, one.slug) for one in TREATMENTS],
        value="none",
        label="What happened to it before",
        elem_classes="lab-chips",
    )
    parts["searched"] = Figure("The detector’s score at every speed and place", height=240)
    parts["treated"] = Player("treated", label="What the detector hears")
    with gr.Row(elem_classes="clone-row", equal_height=True):
        parts["try_all"] = gr.Button("Try all on this clone", min_width=220, scale=0)
        parts["try_halt"] = gr.Button("Stop", visible=False, min_width=80, scale=0)
        parts["try_line"] = gr.HTML("", apply_default_css=False)
    parts["survives"] = Figure("What the mark survives", height=300)
    parts["outcomes"] = gr.State(None, time_to_live=3600)
    text("### Can one hear it?\n\nThe voice before cloning, without a mark and with one of the strength you choose.")
    parts["strength"] = gr.Slider(0.5, 8, STRENGTH_DB, step=0.5, label="Strength of the mark (dB)")
    with gr.Row(elem_classes="clone-pair"):
        parts["plain"] = Player("plain", label="Without a mark")
        parts["with_mark"] = Player("with_mark", label="With a mark")
    parts["alone"] = Player("alone", label="The difference alone")
    parts["heard"] = gr.HTML("", apply_default_css=False)
    text(TEXT)
    return parts


def look(scene: Scene, fields: Fields) -> Looked:
    """Treat what was chosen and look for the mark in it."""
    result, recording = scene.result, scene.recording
    try:
        if fields["subject"] == "clone":
            if result is None:
                return Looked("", problem=scene.problem)
            y, title = result.y, "The clone"
        elif result is not None:
            of_source = result.wish.task == "convert"
            y = result.source if of_source else result.reference
            title = result.source_title if of_source else result.reference_title
        elif recording is not None:
            y, title = load(recording.path, sample_rate=SAMPLE_RATE, max_s=MAX_REFERENCE_S).y, recording.title
        else:
            return Looked("", problem=scene.problem)
        treatment = BY_SLUG[fields["treat"]]
        treated = treatment.treat(y)
        heard = title if treatment.slug == "none" else f"{title}, afterwards: {treatment.title}"
        return Looked(heard, treated, find(treated))
    except (AudioError, ValueError) as wrong:
        return Looked("", problem=str(wrong))


def said(looked: Looked, result: Result | None, subject: str) -> str:
    """Say what was found, with its numbers."""
    found = looked.found
    if found is None:
        return sentence(looked.problem)
    if not found.marked:
        return sentence(
            f"No mark found: the best of all tries reaches {found.score:.1f}, and it takes {THRESHOLD:.0f}. That is no "
            "proof that no computer made it."
        )
    words = f"Marked: score {found.score:.1f} ({THRESHOLD:.0f} is enough), played at {found.speed:.3f} of its speed. "
    if subject == "clone" and result is not None:
        wrong = wrong_bits(found, tag_of(result.wish))
        words += f"{BITS - wrong} of {BITS} bits of its number {tag_words(tag_of(result.wish))} were read right."
    else:
        words += f"Its number reads {tag_words(found.payload)}. Some computer made this voice, or marked it as if."
    return sentence(words)


def searched_picture(found: Found) -> dict[str, Any]:
    """Draw the score over speed and place."""
    row, column = np.unravel_index(found.scores.argmax(), found.scores.shape)
    # Phases of one tile lie far apart in the table; beside each other, a mark is one spot, and no edge divides it.
    scores = found.scores.reshape(len(SPEEDS), PHASES, TILES).transpose(0, 2, 1).reshape(len(SPEEDS), -1)
    half = scores.shape[1] // 2
    scores, step_s = np.roll(scores, half, axis=1), PERIOD_S / scores.shape[1]
    at = {
        "type": "scatter",
        "mode": "markers",
        "x": [float((scores[row].argmax() - half) * step_s)],
        "y": [float(SPEEDS[row])],
        "marker": {"size": 18, "symbol": "circle-open", "color": "#fff", "line": {"width": 2}},
        "hoverinfo": "skip",
    }
    high = max(float(scores.max()), 2 * THRESHOLD)
    levels = np.round(np.clip(scores / high, 0, 1) * 255).astype(np.uint8)
    return figure(
        [
            heatmap(
                levels,
                0.0,
                high,
                x0=-half * step_s,
                dx=step_s,
                y0=float(SPEEDS[0]),
                dy=float(SPEEDS[1] - SPEEDS[0]),
                unit="score",
                hovertemplate="begins at %{x:.2f} s, speed %{y:.3f}: %{z:.1f}<extra></extra>",
            ),
            *([at] if found.marked else []),
        ],
        alt=f"The best of {scores.size:,} tries is {found.scores[row, column]:.1f}, at {SPEEDS[row]:.3f} times the "
        f"speed. {THRESHOLD:.0f} is needed.",
        home=f"{found.score}",
        x_title="Where a period begins (s)",
        y_title="Speed",
        margin=MARGIN,
    )


def survives_picture(outcomes: tuple[Outcome, ...]) -> dict[str, Any]:
    """Draw the score after each treatment, coloured by whether all bits were right."""
    if not outcomes:
        return figure([], alt="Not tried yet on this clone: press the button.", dragmode=False)
    shown = outcomes[::-1]
    titles = [BY_SLUG[one.slug].title for one in shown]
    colours = [
        "var(--lab-bad)" if one.score < THRESHOLD else "var(--lab-c1)" if one.wrong == 0 else "var(--lab-c4)"
        for one in shown
    ]
    words = [
        "not found" if one.score < THRESHOLD else "all bits" if one.wrong == 0 else f"wrong bits: {one.wrong}"
        for one in shown
    ]
    ask = {"type": "line", "x0": THRESHOLD, "x1": THRESHOLD, "yref": "paper", "y0": 0, "y1": 1, "line": {"dash": "dot"}}
    return figure(
        [
            {
                "type": "bar",
                "orientation": "h",
                "x": [one.score for one in shown],
                "y": titles,
                "text": words,
                "textposition": "auto",
                "marker": {"color": colours},
                "hovertemplate": "%{y}: score %{x:.1f}, %{text}<extra></extra>",
            }
        ],
        alt="; ".join(
            f"{title}: score {one.score:.1f}, {word}" for one, title, word in zip(shown, titles, words, strict=True)
        ),
        x_title=f"Score (the dotted line, {THRESHOLD:.0f}, counts as found)",
        yaxis={"automargin": True},
        shapes=[ask],
        dragmode=False,
        margin={**MARGIN, "l": 150, "r": 16},
    )


def heard(result: Result, strength_db: float) -> dict[str, Any]:
    """Mark the voice before cloning, and say how far below it the change lies."""
    plain = result.source
    changed = mark(plain, SAMPLE_RATE, tag_of(result.wish), strength_db=strength_db)
    rest = changed - plain
    below = 10 * np.log10(float((plain.astype(float) ** 2).sum() / max(float((rest.astype(float) ** 2).sum()), 1e-12)))
    return {
        "plain": sound("Without a mark", plain),
        "with_mark": sound(f"With a mark of {strength_db:g} dB", changed),
        "alone": sound("The difference alone", rest),
        "heard": sentence(
            f"The difference lies {below:.0f} dB below the voice, and in the same places, where the voice hides it. "
            f"Clones carry {STRENGTH_DB:g} dB. Move it up until you hear it: the voice becomes rough."
        ),
    }


TRYING = Stop({})


def try_all(visit: Visit) -> Iterator[dict[str, Any]]:
    """Try every treatment on the clone, in a thread, with progress."""
    wish = cloned.wish_of(visit.own, visit.fields)
    result = cloned.known(wish)
    if result is None:
        yield {"try_line": status("There is no clone yet: make one first.", problem=True)}
        return

    def tried(tell: Any) -> tuple[Outcome, ...]:
        found = []
        for i, one in enumerate(TREATMENTS):
            tell(i / len(TREATMENTS), f"Trying: {one.title}")
            found.append(try_one(result.y, one.slug, tag_of(wish)))
        return tuple(found)

    visit.run.job = job = Work(tried)
    yield {"try_line": bar(0.0, "Trying"), "try_halt": gr.update(visible=True)}
    try:
        for share, what in job.wait():
            yield {"try_line": bar(share, what)}
    except Stopped:
        return
    yield {
        "outcomes": (wish, job.result),
        "survives": survives_picture(job.result),
        "try_line": "",
        "try_halt": gr.update(visible=False),
    }


def halted(_visit: Visit) -> dict[str, Any]:
    """Say that it was stopped."""
    return {"try_line": status("Stopped."), "try_halt": gr.update(visible=False)}


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    result, values = scene.result, {}
    if fields.moved != "strength":
        looked = look(scene, fields)
        values |= {
            "mark_line": said(looked, result, fields["subject"]),
            "searched": searched_picture(looked.found) if looked.found else None,
            "treated": sound(looked.title, looked.y) if looked.y is not None else None,
            "survives": survives_picture(scene.outcomes),
            "try_line": "",
        }
    if fields.moved not in ("subject", "treat"):
        empty = {**dict.fromkeys(("plain", "with_mark", "alone")), "heard": ""}
        values |= heard(result, float(fields["strength"])) if result is not None else empty
    return values


PART = Part(
    slug="marked",
    title="4 Is it a clone?",
    draw=draw,
    fields=("subject", "treat", "strength"),
    show=show,
    on=(
        On(
            component="try_all",
            event="click",
            handler=try_all,
            halt=Halt(stop=TRYING, button="try_halt", last=halted),
        ),
    ),
)
