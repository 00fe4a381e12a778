"""Part 1: frames against letters of the reader's own clip, counted."""

from __future__ import annotations

import html
from collections.abc import Iterable
from math import floor, log10
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from algorithms import ctc
from components.figure import Figure, figure, line
from components.lesson import Fields, Part
from components.page import text

from . import spelling
from .pictures import MARGIN, time_axis
from .sound import MEL_HOP_MS, Heard, is_long, symbol

if TYPE_CHECKING:
    from .scene import Scene

HELLO = "HHE-LL-LOO"
TEXT = """
**One second of speech may hold four letters or twenty, and no corpus says which frame belongs to which letter.** A
frame-by-frame recogniser gives one answer a frame, but a transcript has far fewer letters than there are frames. CTC's
way out is one more symbol, which says *nothing new here*, the **blank** (written –), and a rule that turns one symbol a
frame into text: merge repeats, then drop blanks. Training then adds up **all** ways to lay the text over the frames.
"""


def power_of_ten(count: int) -> str:
    """Write a large whole number as people read it: 1,234 or 3.1 × 10⁴¹."""
    if count < 10**7:
        return f"{count:,}"
    exponent = floor(log10(count))  # the number itself may have more digits than a float or a text can hold
    exponent += (count >= 10 ** (exponent + 1)) - (count < 10**exponent)  # the logarithm is rounded
    tenths = count // 10 ** (exponent - 1)
    digits = str(exponent).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{tenths / 10:.1f} × 10{digits}"


def hello() -> str:
    """Return a word small enough to count on one's fingers, before the sound, as HTML."""
    run = ctc.collapse(HELLO, blank="-")

    def shown(symbols: Iterable[str]) -> str:
        return f"<code>{''.join(symbols).replace('-', '–')}</code>"

    word = "".join(run.labels)
    ways = ctc.count_alignments(run.labels, len(HELLO))
    return (
        f'<p class="ctc-sentence">Begin with one word. A model that has {len(HELLO)} frames for {word} may write '
        f"{shown(HELLO)}, one symbol a frame; – says <em>nothing new here</em>. Merge repeats: "
        f"{shown(r.symbol for r in run.runs)}. Drop the –: {shown(word)}. That is one of <strong>{ways:,}</strong> "
        f"ways to lay the {len(word)} letters over {len(HELLO)} frames. Now a sentence:</p>"
    )


def counted(heard: Heard) -> dict[str, Any]:
    """Count samples, frames, letters and alignments of a sound.

    Returns
    -------
    dict
        ``samples``, ``mel``, ``frames``, ``letters``, ``alignments``, ``text`` and ``known`` (whether the text is what
        was really said, or only greedy's).
    """
    said = spelling.tokens_of(heard.spoken, heard.vocab)[0] if spelling.by_letter(heard.vocab) else []
    known = bool(said) and heard.clip in ("sentence", "speech", "speech_long")
    words = said if known else spelling.stripped(heard.greedy_tokens, heard.vocab)
    frames = len(heard.log_probs)
    return {
        "samples": len(heard.y),
        "mel": round(heard.duration_s * 1000 / MEL_HOP_MS),
        "frames": frames,
        "letters": len(words),
        "alignments": ctc.count_alignments(words, frames) if words else 1,
        "text": spelling.written(words, heard.vocab),
        "known": known,
    }


def facts(heard: Heard) -> str:
    """Return the numbers as HTML."""
    n = counted(heard)
    what = "letters and spaces" if spelling.by_letter(heard.vocab) else "phonemes"
    steps = (
        (f"{n['samples']:,}", "samples"),
        (f"{n['mel']:,}", f"mel frames of {MEL_HOP_MS:g} ms"),
        (f"{n['frames']:,}", f"model frames of {1000 * heard.frame_s:g} ms"),
        (f"{n['letters']:,}", what + ("" if n["known"] else " (as greedy hears them)")),
    )
    shown = "".join(f"<li><strong>{number}</strong><span>{what}</span></li>" for number, what in steps)
    if not n["letters"]:
        sentence = "No letter is likely anywhere in this sound: every frame may be blank, and there is one such path."
    else:
        ratio = n["frames"] / n["letters"]
        sentence = (
            f"That is {ratio:.1f} frames for each letter. These {n['letters']:,} {what} can be laid over the "
            f"{n['frames']} frames in <strong>{power_of_ten(n['alignments'])}</strong> valid ways. "
            "Nobody has marked the right one, and CTC does not need to know it: it sums over all."
        )
    return f'<ol class="ctc-counts">{shown}</ol>{texts(heard)}<p class="ctc-sentence">{sentence}</p>'


def texts(heard: Heard) -> str:
    """Return what was really said, where that is known, beside what the model hears, as HTML."""
    hears = html.escape(heard.greedy_text) or "<em>nothing: every frame is blank</em>"
    n = len(spelling.stripped(heard.greedy_tokens, heard.vocab))
    what = "letters and spaces" if spelling.by_letter(heard.vocab) else "phonemes"
    really = f"<dt>Really said</dt><dd>{html.escape(heard.spoken)}</dd>" if heard.spoken else ""
    return (
        f'<dl class="ctc-greedy{" ctc-greedy-long" if is_long(heard) else ""}">{really}'
        f'<dt>The model hears</dt><dd tabindex="0">{hears} ({n:,} {what}, the likeliest symbol of each frame)</dd></dl>'
    )


def spikes(heard: Heard) -> dict[str, Any]:
    """Draw the blank's probability and that of the likeliest letter in each frame, with the letters' names."""
    p = np.exp(heard.log_probs)
    best = p[:, 1:].argmax(1) + 1
    letter = p[np.arange(len(p)), best]
    names = [symbol(heard.vocab[i]) for i in best]
    x0, dx = heard.start_s + heard.frame_s / 2, heard.frame_s
    runs = [r for r in ctc.collapse(heard.log_probs.argmax(1).tolist()).runs if r.symbol]
    peaks = [r.start + int(letter[r.start : r.end].argmax()) for r in runs]
    blank_share = float((heard.log_probs.argmax(1) == 0).mean())
    traces = [
        line(
            None,
            p[:, 0],
            x0=x0,
            dx=dx,
            color="var(--lab-c3)",
            name="blank",
            line={"width": 1, "dash": "dot"},
            hovertemplate="%{x:.2f} s<br>blank %{y:.2f}<extra></extra>",
        ),
        line(
            None,
            letter,
            x0=x0,
            dx=dx,
            name="likeliest letter",
            text=names,
            fill="tozeroy",
            fillcolor="var(--lab-fill)",
            hovertemplate="%{x:.2f} s<br>“%{text}” %{y:.2f}<extra></extra>",
        ),
        {
            "type": "scatter",
            "mode": "text",
            "x": [x0 + dx * t for t in peaks],
            "y": [float(letter[t]) + 0.09 for t in peaks],
            "text": [names[t] for t in peaks],
            "thin": True,  # where names would overlap, the browser leaves some out
            "hoverinfo": "skip",
            "showlegend": False,
        },
    ]
    return figure(
        traces,
        alt=(
            f"{len(p)} frames of {1000 * dx:g} ms. The blank is likeliest in {100 * blank_share:.0f} % of them; the "
            f"others hold {len(peaks)} letters: {heard.greedy_text or 'none'}."
        ),
        x_title="Time (s)",
        y_title="Probability",
        x_range=(heard.start_s, heard.end_s),
        y_range=(0, 1.2),
        home=str(heard.key),
        xaxis=time_axis(heard),
        yaxis={"tickvals": [0, 0.5, 1]},
        margin={**MARGIN, "t": 24, "b": 38},
        showlegend=True,
        legend={"y": 1.0},
    )


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    gr.HTML(hello(), apply_default_css=False)
    counts = gr.HTML("", apply_default_css=False, elem_classes="ctc-facts")
    picture = Figure("What the model says in each frame", clock="ctc", height=230, hint="peaks are letters")
    text(TEXT)
    return {"counts": counts, "spikes": picture}


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return the counts of the whole sound, and the picture of the stretch that is shown."""
    return {} if scene.heard is None else {"counts": facts(scene.whole), "spikes": spikes(scene.heard)}


PART = Part(slug="why", title="1 Why alignment is a problem", draw=draw, show=show)
