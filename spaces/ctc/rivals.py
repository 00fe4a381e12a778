"""Part 6: CTC beside attention and RNN-T, and what conditional independence costs."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from math import log2
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from components.audio_input import hint
from components.figure import Figure, figure, heatmap, line
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.stopping import Run, Stop
from components.work import Stopped, Work, bar
from models import ModelUnavailable

from . import attention
from .alignment import Aligned
from .pictures import MARGIN, time_axis
from .sound import Heard, symbol
from .spelling import SEPARATORS

if TYPE_CHECKING:
    from .scene import Scene

LISTENING = Stop({})  # another sound or model on the page ends it
MAX_TICKS = 26  # names beside a picture of 300 pixels

HEAD = ("", "CTC", "Attention (LAS, Whisper)", "RNN-T (transducer)")
ROWS = (
    ("Model", "Σ over paths of Π p(symbol of frame t | x)", "Π p(token u | tokens before, x)",
     "Σ over paths of Π p(symbol | letters so far, frame)"),
    ("Assumes", "frames independent given the sound; order kept; text no longer than the frames",
     "nothing about order or length: it may skip, repeat and invent",
     "order kept; each symbol depends on the letters so far"),
    ("Knows language", "no model of text inside: only the encoder's context, and an external one in the beam",
     "the decoder is a language model that listens", "a small one inside, the prediction network"),
    ("Streams", "yes, as far as its encoder does", "not as it is: it attends to the whole clip",
     "yes: it was made for that"),
    ("Training", "forward-backward over T × (2L + 1) cells: light", "cross-entropy for each token, no sum over paths",
     "forward-backward over T × (L + 1) cells, each with a softmax of its own over V: heavy"),
    ("Decoding", "one pass for all frames at once, then greedy or beam", "a decoder pass for every token, one by one",
     "a small pass for every frame and every letter"),
    ("Gives times", "yes, by forced alignment; spikes may come early or late", "only roughly, from cross-attention",
     "yes, often late"),
    ("Fails by", "misspelling", "loops, and fluent sentences over silence", "delay"),
)  # fmt: skip
BESIDE = """
**The same sound by both.** CTC gives every frame a letter or the blank, so a word's place is read off its frames.
Whisper's decoder writes token by token and, for each, looks over the *whole* sound: its cross-attention weights say
where. Nothing makes them go forwards, but a few heads have learned to (the *alignment heads*, averaged here); dynamic
time warping draws the best path that does (green). That path leaves no gaps, so a pause goes to one of its neighbours,
and attention often follows the sound a little late; CTC's spikes lie inside the word. In the French clip, Whisper
tiny.en writes fluent English that nobody said, while CTC misspells what it hears.
"""
TEXT = r"""
**Conditional independence, made visible.** Suppose a sound of two frames is, as far as anybody can tell, either AB or
CD. CTC must choose the two frames *independently given the sound*. The best it can do is the right share for each
frame (the marginals), and so it mixes: AD and CB, which nobody says, get their part. An attention decoder or an RNN-T
sees its own first letter and never mixes. In speech:
the same sound may be written “AAA” or “triple A” (Hannun 2017), and the letters that follow must fit the first one.
An external language model, asked in the beam, repairs much of it.
"""


def table() -> str:
    """Return the comparison as HTML."""
    head = "".join(f"<th>{cell}</th>" for cell in HEAD)
    rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in ROWS)
    return (
        f'<div class="lab-scroll"><table class="lab-table ctc-rivals"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    text(BESIDE)
    parts: dict[str, Any] = {}
    parts["listen"] = gr.Button("Let Whisper tiny.en listen to this sound", variant="primary")
    parts["attended"] = gr.HTML("", apply_default_css=False)
    with gr.Column(visible=False) as parts["pair"]:
        parts["attention"] = Figure(
            "Attention: where Whisper listens for each token", clock="ctc", height=300, hint="boxes: the word by CTC"
        )
        parts["letters"] = Figure(
            "CTC: to which word each frame belongs", clock="ctc", height=300, hint="occupancy γ of the same words"
        )
        parts["compared"] = gr.HTML("", apply_default_css=False)
    gr.HTML(table(), apply_default_css=False)
    text(TEXT)
    parts |= {"pab": gr.Slider(0, 1, 0.5, step=0.05, label="How often the sound means AB (else CD)")}
    parts["mix"] = Figure("What each model believes", height=250)
    parts["said"] = gr.HTML("", apply_default_css=False)
    return parts


def beside(heard: Heard | None) -> dict[str, Any]:
    """Return what CTC and attention show of a sound; button and sentence alone before Whisper has heard it.

    Parameters
    ----------
    heard : the stretch that is shown, None where there is no sound
    """
    found = attention.known(heard) if heard is not None else None
    if found is None:
        said = hint(["Press the button: the decoder's attention on this sound is then drawn (a few seconds)."])
        listen = gr.update(visible=heard is not None)
        return {"listen": listen, "attended": said, "pair": gr.update(visible=False), "compared": ""}
    aligned, rows = attention.compare(heard, found)
    return {
        "listen": gr.update(visible=False),
        "attended": sentence(found, rows),
        "pair": gr.update(visible=True),
        "attention": attention_picture(heard, found, rows),
        "letters": words_picture(heard, aligned),
        "compared": word_table(rows),
    }


def sentence(found: attention.Attention, rows: Sequence[attention.Compared]) -> str:
    """Say what Whisper wrote and how far its times are from CTC's, as HTML."""
    both = [(r.attention_s[0] - r.ctc_s[0], r.attention_s[1] - r.ctc_s[1]) for r in rows if r.ctc_s]
    end = "" if found.text[-1:] in ".?!" else "."
    said = f'<p class="ctc-sentence">Whisper writes “{html.escape(found.text)}”{end}'
    if not both:
        return said + " The CTC model has no letters for it, so there is nothing to compare.</p>"
    starts, ends = (float(np.median([abs(d[i]) for d in both])) for i in (0, 1))
    return (
        f"{said} The same {len(both)} words, put on the frames by CTC, begin "
        f"<strong>{1000 * starts:.0f} ms</strong> and end <strong>{1000 * ends:.0f} ms</strong> away from where the "
        "attention puts them (medians).</p>"
    )


def _ticks(names: Sequence[str]) -> dict[str, Any]:
    every = max(1, -(-len(names) // MAX_TICKS))
    at = list(range(0, len(names), every))
    return {
        "range": [len(names) - 0.5, -0.5],
        "tickvals": at,
        "ticktext": [names[i] for i in at],
        "tickfont": {"size": 10},
        "automargin": False,  # so that one instant is one vertical line through all pictures
    }


def _short(name: str) -> str:
    return name if len(name) <= 9 else name[:8] + "…"


def attention_picture(heard: Heard, found: attention.Attention, rows: Sequence[attention.Compared]) -> dict[str, Any]:
    """Draw token by time: the mean of the alignment heads, the warped path, and CTC's words as boxes."""
    w = found.weights
    top = w.max(axis=1, keepdims=True)  # each token against its own clearest frame
    names = [_short(symbol(t).replace(" ", "␣")) for t in found.tokens]
    starts = heard.start_s + attention.FRAME_S * found.starts
    steps_x = np.repeat(starts, 2)[1:-1].astype(np.float32)
    steps_y = np.repeat(np.arange(len(w)), 2).astype(np.int16)
    traces = [
        heatmap(
            np.round(w / np.maximum(top, 1e-9) * 255).astype(np.uint8),
            0,
            1,
            unit="",
            x0=heard.start_s + attention.FRAME_S / 2,
            dx=attention.FRAME_S,
            y0=0,
            dy=1,
            hovertemplate="%{x:.2f} s<br>%{z:.2f} of the token's peak<extra></extra>",
        ),
        line(steps_x, steps_y, color="#37c1b1", name="warped path", hoverinfo="skip", line={"width": 1.6}),
    ]
    box = {"type": "rect", "fillcolor": "rgba(0,0,0,0)", "line": {"width": 1.3, "color": "#ffffff"}}
    return figure(
        traces,
        alt=f"Cross-attention of {len(w)} tokens over {w.shape[1]} frames of 20 ms: {found.text}",
        home=str(heard.key),
        xaxis=time_axis(heard),
        yaxis=_ticks(names),
        margin=MARGIN,
        shapes=[
            {**box, "x0": r.ctc_s[0], "x1": r.ctc_s[1], "y0": r.first - 0.5, "y1": r.last + 0.5}
            for r in rows
            if r.ctc_s
        ],
    )


def words_picture(heard: Heard, aligned: Aligned | None) -> dict[str, Any]:
    """Draw word by time: the probability that a frame belongs to a letter of the word, given the text."""
    if aligned is None:
        axis = {"xaxis": time_axis(heard), "margin": MARGIN}
        return figure([], alt="The CTC model can't spell what Whisper wrote.", y_range=(1, 0), **axis)
    gamma = aligned.trellis.occupancy[:, 1::2]  # [T, L]: the states that are letters
    spaces = [heard.vocab[t] in SEPARATORS for t in aligned.tokens]
    word = np.cumsum(spaces)
    z = np.zeros((len(aligned.words), len(gamma)))
    for i, number in enumerate(word.tolist()):
        if not spaces[i]:
            z[number] += gamma[:, i]
    names = [_short(w.text) for w in aligned.words]
    return figure(
        [
            heatmap(
                np.round(np.clip(z, 0, 1) * 255).astype(np.uint8),
                0,
                1,
                unit="γ",
                x0=heard.start_s + heard.frame_s / 2,
                dx=heard.frame_s,
                y0=0,
                dy=1,
                hovertemplate="%{x:.2f} s<br>γ %{z:.2f}<extra></extra>",
            )
        ],
        alt=f"CTC: {len(names)} words over {len(gamma)} frames: {aligned.text}.",
        x_title="Time (s)",
        home=str(heard.key),
        xaxis=time_axis(heard),
        yaxis=_ticks(names),
        margin={**MARGIN, "b": 38},
    )


def word_table(rows: Sequence[attention.Compared]) -> str:
    """Return the words' times by both as HTML."""

    def span(times: tuple[float, float] | None) -> str:
        return f"{times[0]:.2f} to {times[1]:.2f} s" if times else "no letters"

    def apart(r: attention.Compared) -> str:
        return f"{1000 * (r.attention_s[0] - r.ctc_s[0]):+.0f} ms".replace("-", "−") if r.ctc_s else ""

    body = "".join(
        f"<tr><td>{html.escape(r.text)}</td><td>{span(r.ctc_s)}</td><td>{span(r.attention_s)}</td><td>{apart(r)}</td></tr>"
        for r in rows
    )
    return (
        '<div class="lab-scroll ctc-words"><table class="lab-table"><thead><tr><th>Word</th><th>CTC</th>'
        f"<th>Attention</th><th>begins later by</th></tr></thead><tbody>{body}</tbody></table></div>"
    )


def independent(p_ab: float) -> dict[str, float]:
    """Return what two independent frames with the right marginals make of AB with probability p_ab, else CD."""
    q = 1 - p_ab
    return {"AB": p_ab * p_ab, "CD": q * q, "AD": p_ab * q, "CB": q * p_ab}


def mixture(p: float) -> dict[str, Any]:
    """Return picture and sentence of the two answers that become four, AB with probability p."""
    truth = {"AB": p, "CD": 1 - p, "AD": 0.0, "CB": 0.0}
    mixed = independent(p)
    bars = [
        ("the truth; attention and RNN-T can hold it", truth, "var(--lab-c1)"),
        ("best that independent frames can do (CTC)", mixed, "var(--lab-c2)"),
    ]
    traces = [
        {
            "type": "bar",
            "x": list(values),
            "y": list(values.values()),
            "name": name,
            "marker": {"color": colour},
            "hovertemplate": "%{x}: %{y:.3f}<extra></extra>",
        }
        for name, values, colour in bars
    ]
    wrong = mixed["AD"] + mixed["CB"]
    # Kullback-Leibler divergence of the independent model from the truth: what the pair shares, the mutual information.
    lost = sum(-v * log2(v) for v in (p, 1 - p) if v > 0)
    picture = figure(
        traces,
        alt=f"True: AB {p:.2f}, CD {1 - p:.2f}. Independent frames: "
        + ", ".join(f"{k} {v:.3f}" for k, v in mixed.items())
        + ".",
        y_title="Probability",
        y_range=(0, 1),
        barmode="group",
        showlegend=True,
        margin={"t": 40},
        xaxis={"type": "category", "fixedrange": True},
        yaxis={"fixedrange": True},
        dragmode=False,
    )
    said = (
        f'<p class="ctc-sentence">Independent frames give <strong>{100 * wrong:.0f} %</strong> to AD and CB, '
        f"which never happen: {lost:.2f} bits of mutual information between the two letters are lost.</p>"
    )
    return {"mix": picture, "said": said}


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    mixed = mixture(float(fields["pab"]))
    return mixed if fields.moved == "pab" else {**beside(scene.heard), **mixed}


def listened(visit: Visit) -> Iterator[dict[str, Any]]:
    """Let Whisper hear the shown stretch, saying how far it is, and draw what it attends to."""
    heard = visit.scene.heard
    if heard is None:
        yield beside(None)
        return

    def work(run: Run) -> Iterator[dict[str, Any]]:
        run.job = job = Work(lambda progress: attention.listen(heard, progress))
        try:
            for share, what in job.wait():
                yield {"attended": bar(share, what)}
            yield beside(heard)
        except Stopped:
            return
        except (ModelUnavailable, ValueError) as wrong:
            yield {"attended": hint([str(wrong)], problem=True)}

    yield from LISTENING.steps(visit.request, work, lambda run: {})


PART = Part(
    slug="rivals",
    title="6 Beside its rivals",
    draw=draw,
    fields=("pab",),
    show=show,
    on=(
        On(
            component="listen",
            event="click",
            handler=listened,
            how={"concurrency_id": "ctc", "concurrency_limit": 2},
        ),
    ),
)
