"""Part 3: what each augmentation is worth in training, as a matrix of trained with against tested with."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import gradio as gr

from algorithms.augmentation.checks import SAMPLE_RATE
from algorithms.augmentation.recipes import KINDS, TITLES
from components.figure import Figure, figure
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.player import Player, Sound

from . import live, nets
from .pictures import DIVERGING

if TYPE_CHECKING:
    from .page import Scene

BLOCK = {"apply_default_css": False}
MOST = 0.3  # of the colours: 30 points more or fewer than clean training
SHORT = {"spec": "Spec-<br>Aug.", "all": "All"}  # six columns stand side by side on a phone
TEXT = """
**Read a column, not a row.** Each column is one condition in which all six networks were tested, so only numbers below
each other can be compared. The colour is the difference to clean training in that column: blue is better, red is worse.
Noise, speed and holes pay where they are met again, on the diagonal, and none of them costs much on clean speech.
Simulated rooms alone did little, even in measured rooms. Off the diagonal the gains are small, the largest where
everything comes at once, for a network that was told about holes knows nothing about cafés. **All of them** together is
the best in two columns only (rooms, and everything at once), but it has the best mean over all six.

**What the interval says.** Each row was trained several times from other random weights, and the test has only a few
dozen people. Draw people and trainings again two thousand times, and 95 % of the results lie in the interval. Where it
includes zero, this experiment has not shown that the augmentation does anything.

**When it hurts.** An augmentation must not change the answer. Speed moves the pitch, so it spoils a task whose answer
*is* the pitch or the speaker; strong holes hide a short word whole, and its label then teaches guessing. Turning the
wave upside down never matters here, because the features do not see it.
"""


def controls() -> dict[str, Any]:
    """Lay out what stands on the left."""
    titles = [(TITLES[kind], kind) for kind in KINDS]
    return {
        "trained": gr.Radio(titles, value="noise", label="Trained with", elem_classes="lab-chips"),
        "tested": gr.Radio(titles, value="noise", label="Tested in", elem_classes="lab-chips"),
    }


def draw() -> dict[str, Any]:
    """Lay the pictures out and name them."""
    made: dict[str, Any] = {
        "pair_player": Player("aug_pair", label="A word in this condition"),
        "matrix": Figure(
            "Clips right in %: trained with (rows), tested in (columns)",
            height=400,
            hint="click a cell; blue: better than clean training",
        ),
        "cell": gr.HTML("", **BLOCK),
    }
    text(TEXT)
    return made | live.draw()


def matrix(trained: str, tested: str) -> dict[str, Any]:
    """Draw the table; the colour is what is gained over clean training in the same condition."""
    cells = nets.measured()["cells"]
    gains = [[cells[row][column]["gain"] for column in KINDS] for row in KINDS]
    image = {
        "type": "heatmap",
        "z": gains,
        "x": list(range(len(KINDS))),
        "y": list(range(len(KINDS))),
        "zmin": -MOST,
        "zmax": MOST,
        "colorscale": [[at, color] for (at, _), (_, color) in zip(DIVERGING, reversed(DIVERGING), strict=True)],
        "showscale": False,
        "hoverinfo": "none",  # "skip" would skip clicks as well
    }
    labels = [
        {
            "x": j,
            "y": i,
            "text": f"<b>{100 * cells[row][column]['right']:.0f}</b>"
            + (f"<br>{points(cells[row][column]['gain'], 0)}" if row != "clean" else ""),
            "showarrow": False,
            "font": {"size": 13, "color": "#111"},
        }
        for i, row in enumerate(KINDS)
        for j, column in enumerate(KINDS)
    ]
    i, j = KINDS.index(trained), KINDS.index(tested)
    ring = {"type": "rect", "x0": j - 0.5, "x1": j + 0.5, "y0": i - 0.5, "y1": i + 0.5,
            "line": {"width": 3, "color": "#111"}}  # fmt: skip
    rows = (
        f"trained with {TITLES[row]}: "
        + ", ".join(f"{TITLES[column]} {100 * cells[row][column]['right']:.0f}" for column in KINDS)
        for row in KINDS
    )
    ticks = {"tickvals": list(range(len(KINDS))), "ticktext": [SHORT.get(kind, TITLES[kind]) for kind in KINDS]}
    return figure(
        [image],
        alt=f"Percent of the clips that are right. {'; '.join(rows)}.",
        y_title="Trained with",
        xaxis={**ticks, "side": "top", "tickangle": 0, "showgrid": False},
        yaxis={**ticks, "autorange": "reversed", "showgrid": False},
        annotations=labels,
        shapes=[ring],
        dragmode=False,
        margin={"l": 84, "r": 6, "t": 44, "b": 8},
    )


def share(value: float) -> str:
    """A share in percent, with one decimal."""
    return f"{100 * value:.1f} %"


def points(value: float, digits: int = 1) -> str:
    """A difference of shares in percentage points, with its sign."""
    said = f"{100 * value:+.{digits}f}".replace("-", "−")
    return said if any(c in "123456789" for c in said) else said[1:]


def schooled(kind: str) -> str:
    """A network's training in words."""
    if kind == "clean":
        return "trained on clean clips"
    return f"trained with {TITLES[kind] if kind == 'spec' else TITLES[kind].lower()}"


def card(trained: str, tested: str) -> str:
    """What one cell says, as HTML: the share, the interval, and what is gained over clean training."""
    found = nets.measured()
    cell = found["cells"][trained][tested]
    low, high = cell["interval"]
    said = (
        f"<p><strong>{share(cell['right'])}</strong> of {found['clips']} clips of {found['speakers']} people that "
        f"training never heard, mean of {found['seeds']} trainings (95 % interval {share(low)} to {share(high)}).</p>"
    )
    if trained != "clean":
        low, high = cell["gain_interval"]
        verdict = (
            "The interval includes zero, so no effect is shown."
            if low <= 0 <= high
            else f"It {'helps' if low > 0 else 'hurts'} in this condition."
        )
        said += (
            f"<p>Against clean training: <strong>{points(cell['gain'])} points</strong> ({points(low)} to "
            f"{points(high)}). {verdict}</p>"
        )
    return (
        f'<section class="aug-about"><h3>Trained with: {TITLES[trained]}. Tested in: {TITLES[tested]}.</h3>{said}'
        f'{heard(trained, tested)}<p class="aug-facts">Measured on Speech Commands v0.02, {found["date"]}; '
        f"<code>python -m training.augmentation.matrix</code> does it again.</p></section>"
    )


def rival(trained: str) -> str:
    """The network that a cell's is compared with."""
    return "all" if trained == "clean" else "clean"


def pair(trained: str, tested: str) -> dict[str, Any] | None:
    """The word and the draw that this cell's network gets right and its rival wrong; None where none was found."""
    return nets.measured()["pairs"][trained][tested]


def heard(trained: str, tested: str) -> str:
    """What both networks answer to the word that is played, as HTML."""
    found, other = pair(trained, tested), rival(trained)
    if found is None:
        return (
            f"<p>Among {nets.measured()['tries'][tested]} tries with the ten packaged words there was none that this "
            f"network gets right and the one {schooled(other)} gets clearly wrong: what plays is the first.</p>"
        )
    said = []
    for kind, (label, p) in found["heard"].items():
        mark = "right" if label == found["word"] else "wrong"
        said.append(f"the one {schooled(kind)} hears <strong>{html.escape(label)}</strong> ({p:.2f}, {mark})")
    holes = " The holes are cut into the features, so you hear it whole." if tested == "spec" else ""
    return (
        f"<p>The word that plays is “{found['word']}”. Of two networks ({nets.MODEL}), {'; '.join(said)}. The number "
        f"is the answer’s probability, computed beforehand.{holes}</p>"
    )


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Show a cell."""
    trained, tested = fields["trained"], fields["tested"]
    chosen = pair(trained, tested) or {"word": nets.WORDS[0], "draw": 0}
    y, _ = nets.word_in(chosen["word"], tested, chosen["draw"])
    return {
        "pair_player": Sound(f"“{chosen['word']}”, {TITLES[tested].lower()}", y=y, sample_rate=SAMPLE_RATE),
        "matrix": matrix(trained, tested),
        "cell": card(trained, tested),
        **live.show(scene.trained_now, trained),
    }


def picked(visit: Visit) -> dict[str, Any]:
    """Look at the cell that was clicked."""
    last = len(KINDS) - 1
    column, row = (min(max(round(float(at)), 0), last) for at in (visit.event.x, visit.event.y))
    return {"trained": KINDS[row], "tested": KINDS[column]}


PART = Part(
    slug="worth",
    title="3 What it is worth",
    controls=controls,
    draw=draw,
    show=show,
    fields=("trained", "tested"),
    on=(On(component="matrix", event="pick", handler=picked, redraw="trained"), *live.ON),
)
