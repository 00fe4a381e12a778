"""Part 5: greedy decoding against prefix beam search, alone and with a character language model and hot words."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from algorithms import ctc
from algorithms.ctc.beam import Beam, CharNgram, beam_search
from components.figure import Figure, figure, line
from components.lesson import Fields, On, Part, Visit
from components.page import text

from . import spelling
from .cell import number
from .sound import Heard, clock_text, symbol

if TYPE_CHECKING:
    from .scene import Scene

WINDOW = 10  # frames of the tree that are shown at once
MIN_PROB = 1e-3  # letters less likely than this in a frame are not tried on real sound
DEFAULTS = {"width": 4, "lm": 0.3, "bonus": 1}  # beam width, language model λ, letter bonus µ
FIRST = 2  # frame up to which the tree is drawn at first
N_SHOWN = 8  # beams of a step that are drawn

TEXT = r"""
**Greedy** takes the likeliest symbol of each frame, which gives the likeliest *path*. What is wanted is the likeliest
*text*, whose many paths add up. **Prefix beam search** keeps the best texts so far instead of the best paths, each
with two numbers, $p_b$ (its paths that end in a blank) and $p_n$ (those that end in its last letter), because the same
letter again is a new letter only after a blank. Lines that meet in a node are paths that merge into one text.

A language model and hot words can only be asked about *texts*, so they work in the beam and not in greedy:

$$\text{score}(l) = \ln p(l \mid x) + \lambda \ln p_{\text{LM}}(l) + \mu\, |l| + \text{hot words}$$

($\mu$ rewards length, because every letter costs the language model something. After Hannun et al. 2014, who use a
model of words and reward their number as $\beta \ln |W|$; here both count letters.) """


@dataclass(frozen=True, eq=False)
class Case:
    """What is decoded."""

    log_probs: np.ndarray
    vocab: tuple[str, ...]
    spoken: str  # "" where nobody knows
    stretch: str = ""  # which part of a long sound this is
    letters: bool = True  # False: phonemes, which the language model of letters can't judge


def two_frames() -> Case:
    """The smallest case in which greedy is wrong: p(blank) = 0.6 and p(a) = 0.4 in two frames.

    The likeliest path is blank blank, 0.36, and says nothing. "a" has three paths, a–, –a and aa: 0.24 + 0.24 + 0.16 =
    0.64.
    """
    return Case(np.log(np.array([[0.6, 0.4], [0.6, 0.4]])), ("-", "a"), "a")


def cat() -> Case:
    """Sound alone can't tell c from k: "kat" is a little likelier than "cat" until a language model is asked."""
    vocab = ("-", "a", "c", "k", "t")
    rows = [
        [0.90, 0.02, 0.03, 0.03, 0.02],
        [0.10, 0.02, 0.41, 0.45, 0.02],
        [0.70, 0.20, 0.04, 0.04, 0.02],
        [0.10, 0.86, 0.01, 0.01, 0.02],
        [0.80, 0.10, 0.02, 0.02, 0.06],
        [0.10, 0.02, 0.02, 0.02, 0.84],
        [0.90, 0.02, 0.02, 0.02, 0.04],
    ]
    return Case(np.log(np.array(rows)), vocab, "cat")


CASES = {"two": ("Two frames: greedy is wrong", two_frames), "cat": ("c or k? Ask a language model", cat)}
CLIP = ("clip", "The chosen sound")


@lru_cache(maxsize=1)
def language_model() -> tuple[CharNgram, int]:
    """Return a model of six letters made from this app's own lessons, and how many letters it has read.

    No example clip's text is in it: that would be cheating.
    """
    from .. import discover

    lines = []
    for room in discover().values():
        for question in room.questions:
            lines += [question.question, question.answer, *(part for pair in question.follow_ups for part in pair)]
    kept = [ctc.spellable(line, ("-", " ", "'", *"abcdefghijklmnopqrstuvwxyz"))[0] for line in lines]
    return CharNgram([line for line in kept if line], order=6), sum(map(len, kept))


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    choices = [(title, name) for name, (title, _) in CASES.items()] + [CLIP[::-1]]
    parts["case"] = gr.Radio(choices, value="two", label="What is decoded", elem_classes="lab-chips")
    with gr.Row(elem_classes="ctc-row"):
        parts["width"] = gr.Slider(1, 16, DEFAULTS["width"], step=1, label="Beam width", min_width=150)
        parts["lm"] = gr.Slider(0, 2, DEFAULTS["lm"], step=0.1, label="Language model λ", min_width=150)
        parts["bonus"] = gr.Slider(0, 3, DEFAULTS["bonus"], step=0.1, label="Letter bonus µ", min_width=150)
        parts["hot"] = gr.Textbox("", label="Hot words", placeholder="kat", max_length=100, lines=1, min_width=130)
        parts["hb"] = gr.Slider(0, 5, 1, step=0.1, label="Bonus for each of their letters", min_width=150)
    parts["results"] = gr.HTML("", apply_default_css=False)
    with gr.Row(elem_classes="ctc-row"):
        parts["which"] = gr.Radio(
            [("Beam alone", "beam"), ("Beam + language model + hot words", "lm")],
            value="beam",
            label="Which beam is drawn",
            elem_classes="lab-chips",
            scale=3,
        )
        parts["df"] = gr.Slider(1, 3000, FIRST, step=1, label="Up to frame", scale=3, min_width=200)
    parts["tree"] = Figure("The beam step by step", height=330, hint="click a text to see that step's numbers")
    parts["table"] = gr.HTML("", apply_default_css=False)
    text(TEXT)
    return parts


def case_of(fields: Mapping[str, Any], heard: Heard | None) -> Case | None:
    """Return what is decoded; None where the chosen sound can't be read."""
    if fields["case"] in CASES:
        return CASES[fields["case"]][1]()
    return None if heard is None else _clip_case(heard)


@lru_cache(maxsize=24)
def _beams(key: Any, case: Case, with_lm: bool, width: int, lm: float, bonus: float, hot: str, hb: float) -> list:
    extra: dict[str, Any] = {"min_prob": MIN_PROB if key is not None else 0}
    if with_lm:
        extra |= {"insertion_bonus": bonus}
        if case.letters:
            extra |= {"language_model": language_model()[0], "lm_weight": lm}
        extra |= {"hot_words": hot.lower().split(), "hot_bonus": hb}
    return beam_search(case.log_probs, case.vocab, width, **extra)


_cases: dict[Any, Case] = {name: make() for name, (_, make) in CASES.items()}


def beams(fields: Mapping[str, Any], heard: Heard | None, which: str) -> list[list[Beam]]:
    """Return every step of one of the two searches.

    Parameters
    ----------
    which
        "beam" or "lm".
    """
    settings = (int(fields["width"]), fields["lm"], fields["bonus"], fields["hot"], fields["hb"])
    if which == "beam":
        settings = (settings[0], 0, 0, "", 0)
    if fields["case"] in CASES:
        return _beams(None, _cases[fields["case"]], which == "lm", *settings)
    return _beams(heard.key, _clip_case(heard), which == "lm", *settings)


@lru_cache(maxsize=6)
def _clip_case(heard: Heard) -> Case:
    """The shown stretch, in small letters and with spaces, as the language model writes them."""
    letters = spelling.by_letter(heard.vocab)
    vocab = tuple(" " if s == "|" else s.lower() if letters else s for s in heard.vocab)
    stretch = f"{clock_text(heard.start_s)} to {clock_text(heard.end_s)}" if heard.whole is not None else ""
    return Case(heard.log_probs, vocab, "" if stretch else heard.spoken, stretch, letters)


def spelt(tokens: Any, case: Case) -> str:
    """Return the text of some tokens."""
    return spelling.written(tokens, case.vocab)


def results(fields: Mapping[str, Any], heard: Heard | None, case: Case) -> list[dict[str, Any]]:
    """Return what each decoder finds.

    Returns
    -------
    list of dict
        ``name``, ``text``, ``log_prob`` (ln of the sum over all paths of that text) and ``errors`` (characters wrong,
        None where nobody knows the truth).
    """
    from algorithms.text.wer import character_errors

    found = [("Greedy", ctc.greedy(case.log_probs))]
    found.append((f"Beam of {int(fields['width'])}", beams(fields, heard, "beam")[-1][0].tokens))
    hot = " + hot words" if fields["hot"].strip() else ""
    found.append(
        (("Beam + LM" if case.letters else "Beam + letter bonus") + hot, beams(fields, heard, "lm")[-1][0].tokens)
    )
    truth = ctc.spellable(case.spoken, case.vocab)[0] if case.spoken and case.letters else ""
    rows = []
    for name, tokens in found:
        words = spelt(tokens, case)
        errors = character_errors(truth, words.strip()).rate if truth else None
        log_prob = ctc.log_likelihood(case.log_probs, list(tokens))
        rows.append({"name": name, "text": words, "log_prob": log_prob, "errors": errors})
    return rows


def results_table(rows: list[dict[str, Any]], case: Case) -> str:
    """Return the decoders' results as HTML."""
    best = max(row["log_prob"] for row in rows)
    fewest = min((row["errors"] for row in rows if row["errors"] is not None), default=None)
    likeliest, right = ' class="ctc-likeliest"', ' class="ctc-fewest"'
    body = "".join(
        f"<tr><td>{row['name']}</td><td>{html.escape(row['text'].strip()) or '(nothing)'}</td>"
        f"<td{likeliest if row['log_prob'] > best - 1e-9 else ''}>{number(row['log_prob'])}</td>"
        f"<td{right if fewest is not None and row['errors'] == fewest else ''}>{_percent(row['errors'])}</td></tr>"
        for row in rows
    )
    marks = "Bold: the likeliest of these texts, judged by the sound alone."
    if fewest is not None:
        marks += " Green: the fewest letters wrong; it need not be the same text."
    model = (
        "The language model guesses each letter from the five before it and was made from "
        f"{language_model()[1]:,} letters of this app's own interview questions and answers."
        if case.letters
        else "This model writes phonemes, so the language model of letters is left out."
    )
    stretch = f" What is decoded is the stretch that the waveform shows, {case.stretch}." if case.stretch else ""
    really = f" Really said: “{html.escape(case.spoken.rstrip('.'))}”." if case.spoken else ""
    return (
        '<div class="lab-scroll"><table class="lab-table"><thead><tr><th>Decoder</th><th>Text</th>'
        "<th>p(text | sound), all its paths</th><th>Letters wrong</th></tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
        f"<p class='ctc-sentence'>{marks}{really} {model}{stretch}</p>"
    )


def _percent(rate: float | None) -> str:
    return "" if rate is None else f"{100 * rate:.0f} %"


def _label(tokens: tuple, case: Case) -> str:
    words = "".join(symbol(case.vocab[i]) for i in tokens)
    return ("…" + words[-5:] if len(words) > 6 else words) or "∅"


def tree(steps: list[list[Beam]], case: Case, frame: int) -> dict[str, Any]:
    """Draw the beams of the last frames up to one: texts as nodes, lines from where their paths come.

    Parameters
    ----------
    steps : what `beam_search` returned
    frame : 1 for the first
    """
    last = min(max(frame, 1), len(steps))
    first = max(0, last - WINDOW)
    shown = {t: steps[t][:N_SHOWN] for t in range(first, last)}
    # Before the first frame there is the empty text alone.
    before = [Beam((), 0.0, -np.inf, 0.0)] if first == 0 else steps[first - 1][:N_SHOWN]
    columns = {first: before, **{t + 1: shown[t] for t in shown}}
    xs: list[float | None] = []
    ys: list[float | None] = []
    for x in range(first + 1, last + 1):
        rank = {beam.tokens: i for i, beam in enumerate(columns[x - 1])}
        for i, beam in enumerate(columns[x]):
            for parent in {beam.tokens, beam.tokens[:-1]}:
                if parent in rank:
                    xs += [x - 1, x, None]
                    ys += [rank[parent], i, None]
    nodes = [(x, i, beam) for x, column in columns.items() for i, beam in enumerate(column)]
    top = {x: column[0].score for x, column in columns.items()}
    shade = [float(np.exp(max(beam.score - top[x], -30))) for x, _, beam in nodes]
    traces = [
        line(xs, ys, color="var(--lab-grid)", hoverinfo="skip"),
        {
            "type": "scatter",
            "mode": "markers+text",
            "x": [x for x, _, _ in nodes],
            "y": [i for _, i, _ in nodes],
            "text": [_label(beam.tokens, case) for _, _, beam in nodes],
            "textposition": "top center",
            "marker": {"size": [6 + 12 * v for v in shade], "color": "var(--lab-c1)", "opacity": 0.85},
            "hovertext": [
                f"{x}, rank {i + 1}<br>“{spelt(b.tokens, case)[-30:]}”<br>ln p {b.log_prob:.3f}, extra {b.extra:.3f}"
                for x, i, b in nodes
            ],
            "hoverinfo": "text",
        },
    ]
    best = spelt(steps[last - 1][0].tokens, case)
    rows = max(len(column) for column in columns.values())
    return figure(
        traces,
        alt=f"Beams of frames {first + 1} to {last} of {len(steps)}; best so far: “{best}”.",
        x_title="Frame (0: before the first)",
        y_title="Rank",
        home=f"{len(steps)} {last} {first}",
        xaxis={"range": [first - 0.4, last + 0.5], "dtick": 1, "fixedrange": True},
        yaxis={
            "range": [max(rows, 3) - 0.5, -0.7],
            "tickvals": list(range(rows)),
            "ticktext": [str(i + 1) for i in range(rows)],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
        dragmode=False,
    )


def step_table(steps: list[list[Beam]], case: Case, frame: int) -> str:
    """Return the beams after one frame with their numbers, as HTML."""
    last = min(max(frame, 1), len(steps))
    body = "".join(
        f"<tr><td>{i + 1}</td><td><code>{html.escape(spelt(b.tokens, case)[-40:]) or '∅'}</code></td>"
        f"<td>{number(b.log_blank)}</td><td>{number(b.log_token)}</td><td>{number(b.log_prob)}</td>"
        f"<td>{b.extra:+.2f}</td><td>{b.score:.2f}</td></tr>".replace("-", "−")
        for i, b in enumerate(steps[last - 1][:N_SHOWN])
    )
    return (
        f'<div class="lab-scroll"><table class="lab-table"><thead><tr><th>Frame {last}</th><th>text so far</th>'
        "<th>p<sub>b</sub> ends in blank</th><th>p<sub>n</sub> ends in its letter</th><th>sum</th>"
        f"<th>LM, bonus, hot</th><th>score (ln)</th></tr></thead><tbody>{body}</tbody></table></div>"
    )


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    case = case_of(fields, scene.heard)
    if case is None:
        return {"results": "", "tree": figure([], alt="There is no sound to decode."), "table": ""}
    steps = beams(fields, scene.heard, fields["which"])
    frame = min(int(fields["df"]), len(steps))
    if frame <= FIRST and fields["case"] not in CASES and fields.moved != "df":
        frame = telling(steps)  # a sound begins with silence
    shown = {"tree": tree(steps, case, frame), "table": step_table(steps, case, frame)}
    if fields.moved in ("df", "which"):
        return shown
    decoded = results_table(results(fields, scene.heard, case), case)
    return {**shown, "results": decoded, "df": gr.update(maximum=len(steps), value=frame)}


def telling(steps: list[list[Beam]], letters: int = 4) -> int:
    """Return the first frame, from 1, after which the best text has some letters, or the last one."""
    return next((t for t, beams in enumerate(steps, 1) if len(beams[0].tokens) >= letters), len(steps))


def clicked(visit: Visit) -> dict[str, int]:
    """Go to the frame that was clicked in the tree."""
    return {"df": max(1, round(float(visit.event.x)))}


PART = Part(
    slug="decode",
    title="5 Decoding",
    draw=draw,
    fields=("case", "width", "lm", "bonus", "hot", "hb", "which", "df"),
    show=show,
    on=(On(component="tree", event="pick", handler=clicked, redraw="df"),),
)
