"""The confusion matrix as a table of buttons: a click or Enter on a cell tells Python which one."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import gradio as gr
import numpy as np

from components.static_files import NEWEST

from ..say.one import shown
from ..tables import csv_link

JS = """
/* events: 'pick' */
let focused = null;
element.addEventListener('click', (event) => {
  const hit = event.target.closest('[data-said]');
  if (!hit) return;
  focused = hit.dataset.said + ' ' + hit.dataset.answered;
  trigger('pick', { said: Number(hit.dataset.said), answered: Number(hit.dataset.answered) });
});
element.addEventListener('keydown', (event) => { // arrow keys walk over the table
  const hit = event.target.closest('[data-said]');
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  if (!hit || !step) return;
  event.preventDefault();
  const [said, answered] = [Number(hit.dataset.said) + step[0], Number(hit.dataset.answered) + step[1]];
  element.querySelector(`[data-said="${said}"][data-answered="${answered}"]`)?.focus();
});
watch('value', () => requestAnimationFrame(() => { // the table is new: put the keyboard back where it was
  if (focused === null) return;
  const [said, answered] = focused.split(' ');
  element.querySelector(`[data-said="${said}"][data-answered="${answered}"]`)?.focus({ preventScroll: true });
}));
"""


class Board(gr.HTML):
    """Shows what `matrix` returns; triggers ``pick`` with ``{"said", "answered"}``, the row and column of a cell."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(value="", js_on_load=NEWEST + JS, apply_default_css=False, **kwargs)


def matrix(counts: np.ndarray, labels: Sequence[str], said: int, answered: int) -> str:
    """Confusion counts as an HTML table.

    Parameters
    ----------
    counts : np.ndarray int [said, answered]
    labels
        Names of the classes.
    said, answered
        The chosen cell.

    Returns
    -------
    str
        Rows: what was said, with the share that was recognised; columns: the answer, with the share of these answers
        that was right.
    """
    names = [html.escape(shown(label)) for label in labels]
    totals, answers = counts.sum(1), counts.sum(0)
    head = "".join(f'<th scope="col"><span>{name}</span></th>' for name in names)
    lines = []
    for i, row in enumerate(counts):
        cells = "".join(
            _cell(i, j, int(n), int(totals[i]), names, (i, j) == (said, answered)) for j, n in enumerate(row)
        )
        recall = f"{100 * row[i] / totals[i]:.0f} %" if totals[i] else "–"
        lines.append(f'<tr><th scope="row">{names[i]}</th>{cells}<td class="sum">{recall}</td></tr>')
    precision = "".join(
        f'<td class="sum">{100 * counts[j, j] / n:.0f}<span> %</span></td>' if n else '<td class="sum">–</td>'
        for j, n in enumerate(answers)
    )
    rows = zip(labels, counts.tolist(), strict=True)
    right = f"{100 * np.trace(counts) / max(1, counts.sum()):.1f}"
    return (
        '<div class="kws-matrix"><table><caption>Row: said. Column: answered. Right: share of the row that is right '
        "(recall). Bottom: share of these answers that is right (precision).</caption>"
        f'<thead><tr><td></td>{head}<th scope="col"><span>recall</span></th></tr></thead>'
        f'<tbody>{"".join(lines)}</tbody><tfoot><tr><th scope="row">precision</th>{precision}'
        f'<td class="sum all">{right}</td></tr></tfoot></table>'
        + csv_link("Save the counts as", "confusions.csv", [("said", *labels), *([n, *r] for n, r in rows)])
        + "</div>"
    )


def _cell(i: int, j: int, n: int, total: int, names: Sequence[str], chosen: bool) -> str:
    share = n / total if total else 0.0
    kind = ("hit" if i == j else "error") + (" none" if not n else "")
    # Rare mistakes would be invisible in proportion: the square root lifts them.
    words = f"{names[i]} said, {names[j]} answered: {n} of {total}"
    return (
        f'<td><button type="button" class="{kind}" data-said="{i}" data-answered="{j}" '
        f'style="--share:{share**0.5:.2f}" aria-label="{words}" title="{words}" '
        f'aria-pressed="{str(chosen).lower()}">{n or ""}</button></td>'
    )
