"""The words of part 4: what is to be seen, one cell of the map explained, and the tables of word times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import numpy as np

from . import rivals as others
from .reading import HEADS, POSITION_S, STAGES, Laid, Reading, far, head_name, lay, padding_share, whispers_own
from .rivals import Rivals, Span, median_ms

WAITING = '<p class="wa-soft">faster-whisper and the CTC model are placing the same words …</p>'


def chips(reading: Reading, spans: Sequence[Span]) -> list[dict[str, Any]]:
    """Return the words as `SpanChips` takes them."""
    return [
        {
            "text": w.text.strip(),
            "start": round(a, 3),
            "end": round(b, 3),
            "prob": round(float(reading.probs[w.first : w.last + 1].mean()), 4),
            "letters": [],
        }
        for w, (a, b) in zip(reading.words, spans, strict=True)
    ]


def facts(reading: Reading, laid: Laid, rivals: Rivals | None, padding: bool) -> list[str]:
    """Return what is to be seen, a sentence each."""
    heads = laid.recipe.heads
    every = len(reading.all_heads)
    if len(heads) == 1:
        who = head_name(heads[0])
    elif heads == reading.heard.model.alignment_heads:
        who = f"the {len(heads)} alignment heads (of {every})"
    else:
        who = f"all {every} heads"
    said = [
        f"Bright: where {who} {'listens' if len(heads) == 1 else 'listen'} while each token is chosen. Green: the "
        f"cheapest way down through the tokens, which gives {len(reading.words)} "
        f"{'word its' if len(reading.words) == 1 else 'words their'} times."
    ]
    if reading.typed:
        p, weakest = min((float(reading.probs[w.first : w.last + 1].min()), w.text.strip()) for w in reading.words)
        doubt = "so it was hardly said" if p < 0.01 else "so Whisper could have written all of it"
        said.append(
            f"These are your words: least likely is “{weakest}” (p = {p:.2g}), {doubt}. Warping gives every word a "
            "place, said or not."
        )
    if laid.recipe != whispers_own(reading):
        own = others.own_spans(reading)
        apart = others.apart_ms(laid.spans(reading), own, 0)
        said.append(
            f"With this recipe words begin {far(float(np.median(apart)))} at the median, and at most "
            f"{far(float(apart.max()))}, away from where Whisper's own recipe (alignment heads, all three steps, "
            "median over 7) puts them."
        )
    elif rivals is not None and rivals.ctc and rivals.ctc_prob < 0.2:
        said.append(
            f"The CTC model gives the letters a mean probability of only {rivals.ctc_prob:.2f}: most of these words "
            "are hardly in the sound, and times of what was not said mean nothing."
        )
    elif rivals is not None and rivals.ctc:
        late = np.median([1000 * (a[1] - b[1]) for a, b in zip(laid.spans(reading), rivals.ctc, strict=True) if b])
        if late > 0:
            said.append(
                f"Against the CTC model's letters, words end {far(late)} later at the median: a word is held until the "
                "path enters the next token, so pauses are given to words."
            )
    if padding:
        said.append(_padding(reading, laid))
    return said


def _padding(reading: Reading, laid: Laid) -> str:
    positions = reading.heard.listened.positions
    if positions == 1500:
        return "The sound fills all 30 s: there is no padding to look at."
    share = float(np.mean([padding_share(reading)[one] for one in laid.recipe.heads]))
    layers, heads = zip(*laid.recipe.heads, strict=True)
    rows = reading.rows(reading.cross[list(layers), list(heads)])[..., positions:].sum(-1).mean(0)
    most = int(rows.argmax())
    return (
        "The picture shows the weights as they are, over all 30 s. After the dotted line comes padding: it gets "
        f"{share:.0%} of the attention, most ({rows[most]:.0%}) while “{reading.names[most]}” is chosen. A head that "
        "finds nothing to listen to must look somewhere, because its weights sum to one; this part is cut away before "
        "the warping."
    )


def chosen_cell(reading: Reading, laid: Laid, fields: Mapping[str, Any]) -> tuple[int, int]:
    """Return the row and position in question: the clicked ones, else where the path enters a row in the middle."""
    rows, positions = laid.matrix.shape
    row, position = int(fields["a_s"]), int(fields["a_t"])
    if 0 <= row < rows and 0 <= position < positions:
        return row, position
    row = rows // 2
    return row, int(laid.columns[np.flatnonzero(laid.rows == row)[0]])


def card(reading: Reading, laid: Laid, cell: tuple[int, int]) -> str:
    """Explain one cell of the map: what it holds and how cheaply it can be reached."""
    i, j = cell
    m, cost = laid.matrix, laid.cost
    name = escape(reading.names[i])
    before = "the end of the prompt" if i == 0 else f"“{escape(reading.names[i - 1])}”"
    layers, heads = zip(*laid.recipe.heads, strict=True)
    weight = float(reading.rows(reading.cross[list(layers), list(heads)])[:, i, j].mean())
    peak = int(m[i].argmax())
    on_path = bool(((laid.rows == i) & (laid.columns == j)).any())
    ways = [
        (label, cost[a, b])
        for label, a, b in (("D(i−1, j−1)", i - 1, j - 1), ("D(i−1, j)", i - 1, j), ("D(i, j−1)", i, j - 1))
        if a >= 0 and b >= 0
    ]
    if ways:
        least = min(value for _, value in ways)
        filled = ", ".join(
            f"<b>{_number(value)}</b>" if value == least and k == [v for _, v in ways].index(least) else _number(value)
            for k, (_, value) in enumerate(ways)
        )
        symbols = f"D(i, j) = −m(i, j) + min({', '.join(label for label, _ in ways)})"
        numbers = f"= {_number(-m[i, j])} + min({filled}) = <strong>{_number(cost[i, j])}</strong>"
    else:
        symbols = "D(0, 0) = −m(0, 0): every path begins here"
        numbers = f"= <strong>{_number(cost[0, 0])}</strong>"
    worked = [
        (title, lay(reading, replace(laid.recipe, stage=stage)).matrix[i, j])
        for stage, title in (("standard", "compared between tokens"), ("median", "smoothed"))
    ]
    values = "".join(f"<dt>{title}</dt><dd>{_number(v)}</dd>" for title, v in worked)
    return (
        f'<div class="wa-cell" data-row="{i}" data-position="{j}"><h4>“{name}” at {j * POSITION_S:.2f} s</h4>'
        f"<p>Having read {before}, the decoder chooses “{name}” (p = {reading.probs[i]:.2g}). It looks hardest at "
        f"{peak * POSITION_S:.2f} s.</p>"
        f"<dl><dt>attention weight here</dt><dd>{weight:.4f}</dd>{values}<dt>on the path</dt>"
        f"<dd>{'yes' if on_path else 'no'}</dd></dl>"
        f'<p class="formula">i = {i}, j = {j}: {symbols}</p><p class="formula">{numbers}</p></div>'
    )


def _number(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")


def _apart(ours: float, theirs: float) -> str:
    """Write a signed difference in ms."""
    ms = round((theirs - ours) * 1000)
    return "0" if ms == 0 else f"{ms:+d}".replace("-", "−")


def table(reading: Reading, spans: Sequence[Span], rivals: Rivals | None, trouble: str = "") -> str:
    """Every word's time by attention, and how far the others' start and end lie from it in ms."""
    if trouble:
        return f'<p class="wa-soft">{escape(trouble)}</p>'
    if rivals is None:
        return WAITING
    lanes: list[tuple[str, Sequence[Span | None]]] = [("faster-whisper", rivals.faster)]
    if rivals.ctc:
        lanes.append(("CTC", rivals.ctc))
    head = "".join(f"<th>{name}: start</th><th>end</th>" for name, _ in lanes)
    rows = []
    for k, (word, (a, b)) in enumerate(zip(reading.words, spans, strict=True)):
        cells = "".join(
            f"<td>{_apart(a, lane[k][0])}</td><td>{_apart(b, lane[k][1])}</td>" if lane[k] else "<td>–</td><td>–</td>"
            for _, lane in lanes
        )
        p = reading.probs[word.first : word.last + 1].mean()
        rows.append(
            f"<tr><td dir=auto>{escape(word.text.strip())}</td><td>{a:.2f}–{b:.2f}</td><td>{p:.2f}</td>{cells}</tr>"
        )
    medians = "".join(
        f"<td><strong>{_of(median_ms(spans, lane, 0))}</strong></td><td><strong>{_of(median_ms(spans, lane, 1))}"
        "</strong></td>"
        for _, lane in lanes
    )
    why = f'<p class="wa-soft">{escape(rivals.why_no_ctc)}</p>' if rivals.why_no_ctc else ""
    return (
        '<h4 class="wa-title">The same words by others: ms earlier (−) or later (+)</h4>'
        '<div class="lab-scroll wa-times" tabindex="0"><table class="lab-table"><thead><tr><th>Word</th>'
        f"<th>Attention (s)</th><th>p</th>{head}</tr><tr class=wa-median><td>median distance</td><td></td><td></td>"
        f"{medians}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>{why}"
    )


def _of(value: float | None) -> str:
    return "–" if value is None else far(value)


def recipes(reading: Reading, rivals: Rivals | None) -> str:
    """What each step and the choice of heads does to the word starts, as a table."""
    if rivals is None:
        return ""
    own = others.own_spans(reading)

    def cell(key: tuple[str, str]) -> str:
        theirs = rivals.recipes[key]
        text = _of(median_ms(own, theirs, 0))
        return text if not rivals.ctc else f"{text} / {_of(median_ms(rivals.ctc, theirs, 0))}"

    rows = "".join(
        f"<tr><td>{HEADS[heads]}</td>{''.join(f'<td>{cell((heads, stage))}</td>' for stage in STAGES)}</tr>"
        for heads in ("aligned", "all")
    )
    head = "".join(f"<th>{title}</th>" for title in STAGES.values())
    which = "from Whisper's own recipe / from the CTC model" if rivals.ctc else "from Whisper's own recipe"
    return (
        f'<h4 class="wa-title">What each step is worth: median distance of word starts {which}</h4>'
        f'<div class="lab-scroll"><table class="lab-table"><thead><tr><th>Heads</th>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
