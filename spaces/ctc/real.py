"""Part 3: emissions, trellis and alignment of a real sound, with every cell explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from components.audio_input import hint
from components.figure import Figure, figure
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.span_chips import SpanChips

from . import cell as cells
from . import files, pictures, spelling
from .alignment import Aligned
from .pictures import COLOURS
from .sound import Heard, clock_text, is_long

if TYPE_CHECKING:
    from .scene import Scene

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


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
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
    parts["t"] = gr.Number(-1, visible="hidden", minimum=-1, maximum=3000, step=1)
    parts["s"] = gr.Number(-1, visible="hidden", minimum=-1, maximum=6000, step=1)
    return parts


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


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show: greedy's line and the files are about the whole sound, the rest is not."""
    heard, aligned = scene.heard, scene.aligned
    if heard is None:
        return {}
    values: dict[str, Any] = {}
    another = fields.changed("part", "clip", "model", "hub")
    if another:
        values["greedy"] = greedy_line(scene.whole)
    if another or fields.changed("w"):
        values |= {"mel": pictures.mel(heard), "emissions": pictures.emissions(heard)}
    if aligned is None:
        blank = figure([], alt=scene.problem, y_range=(1, 0), xaxis=pictures.time_axis(heard), margin=pictures.MARGIN)
        status = hint([scene.problem], problem=True)
        return {**values, "status": status, "trellis": blank, "cell": "", "chips": None, "files": ""}
    if fields.changed("part", "clip", "model", "hub", "w", "text"):
        values |= {"status": hint([heard.how, *remarks(heard, aligned)]), "chips": chips(heard, aligned)}
    if another or fields.changed("text"):
        values["files"] = files.links(scene.whole, aligned.whole or aligned)
    at = chosen_cell(aligned, fields["t"], fields["s"])
    return values | cell_shown(scene, fields["colour"], at)


def cell_shown(scene: Scene, kind: str, at: tuple[int, int]) -> dict[str, Any]:
    """Return the trellis with a cell marked, and the card that explains it."""
    trellis = pictures.trellis(scene.heard, scene.aligned, kind, scene.view, at)
    return {"trellis": trellis, "cell": cell_card(scene.heard, scene.aligned, kind, at)}


def clicked(visit: Visit) -> dict[str, Any]:
    """Choose the cell at a time and a height of the trellis' picture, the nearest one where there is none."""
    scene = visit.scene
    if scene.aligned is None:
        return {}
    frames, n_states = scene.aligned.trellis.forward.shape
    t = min(max(int((float(visit.event.x) - scene.heard.start_s) / scene.heard.frame_s), 0), frames - 1)
    s = min(max(round(float(visit.event.y)), 0), n_states - 1)
    return {"t": t, "s": s, **cell_shown(scene, visit.fields["colour"], (t, s))}


def zoomed(visit: Visit) -> dict[str, Any]:
    """Follow the zoom of another picture on the clock: only its time counts."""
    return _zoomed(visit, visit.scene.view.get("s"))


def trellis_zoomed(visit: Visit) -> dict[str, Any]:
    """Follow the trellis' own zoom; the event has None for everything."""
    return _zoomed(visit, list(visit.event.y) if visit.event.y else None)


def _zoomed(visit: Visit, states: Any) -> dict[str, Any]:
    scene, fields, x = visit.scene, visit.fields, visit.event.x
    heard, aligned = scene.heard, scene.aligned
    if heard is None:
        return {}
    view = {"key": heard.key, "model": heard.model, "t": list(x) if x else None, "s": states}
    if aligned is None or fields["part"] != "real":
        return {"zoom": view}
    at = chosen_cell(aligned, fields["t"], fields["s"])
    return {"zoom": view, "trellis": pictures.trellis(heard, aligned, fields["colour"], view, at)}


_CELL = {"t": -1, "s": -1}
PART = Part(
    slug="real",
    title="3 On real sound",
    draw=draw,
    fields=("text", "colour", "t", "s"),
    show=show,
    on=(
        On(component="trellis", event="pick", handler=clicked),
        On(component="trellis", event="zoom", handler=trellis_zoomed),
        On(component="wave", event="zoom", handler=zoomed, also=(("mel", "zoom"), ("emissions", "zoom"))),
    ),
    forget={"clip": {"text": "", **_CELL}, "model": _CELL, "hub": _CELL, "w": _CELL},
)
