"""Part 3: emissions, trellis and alignment of a real sound, with every cell explained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr

from components.audio_input import hint
from components.figure import Figure, figure
from components.page import text
from components.span_chips import SpanChips

from . import cell as cells
from . import files, pictures, spelling
from .alignment import Aligned
from .pictures import COLOURS
from .sound import Heard, clock_text, is_long

TEXT = r"""
**Forward** $\alpha_t(s)$ adds up every way to be in state $s$ after frame $t$; **backward** $\beta_t(s)$ every way on
to the end; their product over $p(l \mid x)$ is the **occupancy** $\gamma_t(s)$, the probability that frame $t$ belongs
to state $s$. **Viterbi** replaces the sum by the maximum, and its best path is the forced alignment. With the blank
$b$ and $l'$ the target with blanks between and around its letters (Graves et al. 2006, equations 6 and 7):

$$\alpha_t(s) = y^t_{l'_s}\Big(\alpha_{t-1}(s) + \alpha_{t-1}(s-1) + \big[\,l'_s \ne b,\; l'_s \ne l'_{s-2}\,\big]\;
\alpha_{t-1}(s-2)\Big)$$

Graves counts frame $t$ in $\beta_t$ too; here it is left out, so that $\gamma = \alpha\beta / p$ without a division by
$y$.
"""
NAMES = ("status", "greedy", "mel", "emissions", "trellis", "cell", "chips", "files")
OUTPUTS = len(NAMES)


def build() -> dict[str, Any]:
    """Draw the part; returns its outputs and fields by name."""
    status = gr.HTML("", apply_default_css=False)
    parts: dict[str, Any] = {"status": status, "greedy": gr.HTML("", apply_default_css=False)}
    parts["mel"] = Figure("Mel spectrogram", clock="ctc", height=120)
    parts["emissions"] = Figure("Emissions", clock="ctc", height=290, hint="one column a frame; circles: greedy path")
    with gr.Row(elem_classes="ctc-row"):
        parts["text"] = gr.Textbox(
            "",
            label="Transcript to align",
            info="Empty: what greedy hears. Type what is said, or something wrong on purpose.",
            placeholder="greedy's transcript",
            max_length=12000,
            lines=1,
            scale=3,
        )
        parts["colour"] = gr.Radio(
            [(title, name) for name, title in COLOURS.items()],
            value="forward",
            label="Colour of the trellis",
            elem_classes="lab-chips",
            scale=4,
        )
    parts["trellis"] = Figure("Trellis", clock="ctc", height=340, hint="click a cell; drag to zoom; green: best path")
    parts["cell"] = gr.HTML("", apply_default_css=False, elem_classes="ctc-cell-holder")
    parts["chips"] = SpanChips("ctc", label="Words and letters: click one to hear it", empty="Nothing is aligned.")
    parts["files"] = gr.HTML("", apply_default_css=False, js_on_load=files.JS)
    text(TEXT)
    return parts


def outputs(parts: Mapping[str, Any]) -> list[gr.components.Component]:
    """Return the part's outputs in the order of `content`."""
    return [parts[name] for name in NAMES]


def chosen_cell(aligned: Aligned, t: float, s: float) -> tuple[int, int]:
    """Return the cell in question: the clicked one where it exists, else a skip on the best path near its middle."""
    frames, n_states = aligned.trellis.forward.shape
    if 0 <= t < frames and 0 <= s < n_states:
        return int(t), int(s)
    steps = aligned.path[1:] - aligned.path[:-1]
    skips = [i + 1 for i in range(len(steps)) if steps[i] == 2]
    middle = min(skips, key=lambda i: abs(i - frames // 2)) if skips else frames // 2
    return middle, int(aligned.path[middle])


def remarks(heard: Heard, aligned: Aligned) -> list[str]:
    """Return what is worth knowing about an alignment, a sentence each."""
    p, score = aligned.trellis.log_likelihood, aligned.path_score
    said = []
    if aligned.dropped:
        case = ""
        if spelling.by_letter(heard.vocab):
            case = " (capitals become small)" if "a" in heard.vocab else " (small letters become capital)"
        said.append(f"Left out, because the model has no symbol for it: {' '.join(aligned.dropped)}{case}.")
    whole = aligned.whole
    if whole is not None:
        cells_m = len(whole.path) * (2 * len(whole.tokens) + 1) / 1e6
        said.append(
            f"The best path was found over all {len(whole.path):,} frames and {len(whole.tokens):,} symbols at once. "
            f"Their trellis has {cells_m:,.0f} million cells; the pictures show 30 s of it, "
            f"{clock_text(heard.start_s)} to {clock_text(heard.end_s)}: α, β and γ count the ways through these frames "
            "and the symbols that lie on them."
        )
    where = "these 30 s" if whole is not None else "sound"
    said.append(
        f"ln p(text | {where}) = {p:.1f}, over all alignments; the best one alone has {score:.1f}, ".replace("-", "−")
        + f"{cells.number(score - p)} of the sum."
    )
    words = (whole or aligned).words
    weakest = min(words, key=lambda w: w.prob)
    if aligned.own_words and weakest.prob < 0.2:
        said.append(
            f"“{weakest.text}” gets a mean probability of only {weakest.prob:.3f}: forced alignment always finds a "
            "place, so look at this number before you believe one."
        )
    return said


def greedy_line(heard: Heard) -> str:
    """Return the greedy transcript, beside what was really said where that is known, as HTML."""
    from html import escape

    heard_text = escape(heard.greedy_text) or "<em>nothing: every frame is blank</em>"
    really = f"<dt>Really said</dt><dd>{escape(heard.spoken)}</dd>" if heard.spoken else ""
    tall = " ctc-greedy-long" if is_long(heard) else ""
    return f'<dl class="ctc-greedy{tall}"><dt>Greedy reads</dt><dd tabindex="0">{heard_text}</dd>{really}</dl>'


def chips(heard: Heard, aligned: Aligned) -> list[dict[str, Any]]:
    """Return the words with their letters as `SpanChips` takes them."""
    step = heard.frame_s

    def span(text: str, item: Any) -> dict[str, Any]:
        times = {
            "start": round(heard.start_s + item.start_frame * step, 3),
            "end": round(heard.start_s + item.end_frame * step, 3),
        }
        return {"text": text, **times, "prob": round(item.prob, 4)}

    letters = [a for a in aligned.letters if heard.vocab[a.token] not in spelling.SEPARATORS]
    between = spelling.separator(heard.vocab)  # without one, each symbol stands alone and has no letters
    found = []
    for word in aligned.words:
        own = [a for a in letters if word.start_frame <= a.start_frame < word.end_frame] if between else []
        found.append({**span(word.text, word), "letters": [span(heard.vocab[a.token], a) for a in own]})
    return found


def cell_card(heard: Heard, aligned: Aligned, kind: str, at: tuple[int, int]) -> str:
    """Return the explanation of one cell."""
    found = cells.explain(heard.log_probs, aligned.trellis, kind, *at)
    return cells.card(found, aligned.trellis, heard.vocab, heard.frame_s, heard.start_s)


def content(
    whole: Heard, heard: Heard, aligned: Aligned | None, problem: str, fields: Mapping[str, Any], view: Any
) -> tuple:
    """Return a value for each output: greedy's line and the files are about the whole sound, the rest about a stretch.

    Parameters
    ----------
    aligned, problem
        The alignment, or None and why there is none.
    """
    first = (greedy_line(whole), pictures.mel(heard), pictures.emissions(heard))
    if aligned is None:
        blank = figure([], alt=problem, y_range=(1, 0), xaxis=pictures.time_axis(heard), margin=pictures.MARGIN)
        return hint([problem], problem=True), *first, blank, "", None, ""
    at = chosen_cell(aligned, fields["t"], fields["s"])
    return (
        hint([heard.how, *remarks(heard, aligned)]),
        *first,
        pictures.trellis(heard, aligned, fields["colour"], view, at),
        cell_card(heard, aligned, fields["colour"], at),
        chips(heard, aligned),
        files.links(whole, aligned.whole or aligned),
    )
