"""Pictures of part 2 about states: the two-dimensional view, likeness of two moments, and cards that play moments."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from components.figure import figure, heatmap, line

from ..drawing import levels, time_axis
from ..sound import Heard
from . import states as numbers
from .pictures import MARGIN
from .states import POSITION_S

MAX_DOTS = 750
AROUND_S = 0.15  # of sound played on both sides of a moment
COLOURS = [f"var(--lab-c{i})" for i in range(1, 7)]
VOWELS = "aeiouy"

# A button plays its span; a card that asks for it plays once when it arrives after a click.
PLAY_JS = """
const clock = lab.clock('whisper_inside');
const play = (span) => { const [from, to] = span.split(',').map(Number); clock.playSpan(from, to); };
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-span]');
  if (button) play(button.dataset.span);
});
watch('value', () => {
  const now = /data-now="([^"]+)"/.exec(props.value || '');
  if (now) play(now[1]);
});
"""


def play_button(position: int, words: str) -> str:
    """A button that plays a moment with its surroundings."""
    at = (position + 0.5) * POSITION_S
    span = f"{max(0.0, at - AROUND_S):.2f},{at + AROUND_S:.2f}"
    return f'<button type="button" class="wi-moment" data-span="{span}">▶ {at:.2f} s{escape(words)}</button>'


def _now(position: int, clicked: bool) -> str:
    at = (position + 0.5) * POSITION_S
    return f' data-now="{max(0.0, at - AROUND_S):.2f},{at + AROUND_S:.2f}"' if clicked else ""


def _quoted(said: str) -> str:
    return f" “{said}”" if said else ""


def plane(heard: Heard, stage: str, kind: str, at: int) -> dict[str, Any]:
    """Draw every moment as a dot on the plane of largest variance, coloured by what is said there."""
    scores, share, _ = numbers.flat(heard, stage)
    said = numbers.said_at(heard, kind)
    group = -(-len(scores) // MAX_DOTS)
    shown = np.arange(0, len(scores), group)
    changes = np.cumsum(np.append(False, said[1:] != said[:-1]))  # a number for each stretch with one word
    by_letter = kind == "letter"
    names = ["quiet or between" if s in ("", "·") else s for s in said]
    if by_letter:
        colours = ["var(--lab-grid)" if s in ("", "·") else COLOURS[1 if s in VOWELS else 2] for s in said]
    else:
        colours = ["var(--lab-grid)" if not s else COLOURS[int(c) % 6] for s, c in zip(said, changes, strict=True)]
    times = (shown + 0.5) * POSITION_S
    traces: list[dict[str, Any]] = []
    for colour in dict.fromkeys(colours[i] for i in shown):
        chosen = [k for k, i in enumerate(shown) if colours[i] == colour]
        traces.append(
            {
                "type": "scatter",
                "mode": "text" if by_letter and colour != "var(--lab-grid)" else "markers",
                "x": scores[shown[chosen], 0],
                "y": scores[shown[chosen], 1],
                "text": [said[shown[k]] if by_letter else names[shown[k]] for k in chosen],
                "customdata": times[chosen],
                "marker": {"size": 6, "color": colour},
                "textfont": {"size": 12, "color": colour},
                "hovertemplate": "%{customdata:.2f} s<br>%{text}<extra></extra>",
            }
        )
    if not by_letter:
        middles = [np.flatnonzero(changes == c) for c in np.unique(changes)]
        middles = [m for m in middles if said[m[0]]]
        traces.append(
            {
                "type": "scatter",
                "mode": "text",
                "x": [float(np.median(scores[m, 0])) for m in middles],
                "y": [float(np.median(scores[m, 1])) for m in middles],
                "text": [str(said[m[0]]) for m in middles],
                "textfont": {"size": 12},
                "hoverinfo": "skip",
            }
        )
    near = [p for p, _ in numbers.neighbours(heard, stage, at)]
    for places, size, colour in (([at], 18, "var(--lab-cursor)"), (near, 14, "var(--body-text-color)")):
        ring = {"size": size, "color": "rgba(0,0,0,0)", "line": {"color": colour, "width": 2}}
        traces.append(
            {"type": "scatter", "mode": "markers", "x": scores[places, 0], "y": scores[places, 1], "marker": ring}
            | {"hoverinfo": "skip"}
        )
    return figure(
        traces,
        alt=(
            f"States {numbers.stage_names(heard)[stage]}, {len(shown)} moments: the first two directions hold "
            f"{100 * share[0]:.0f} % and {100 * share[1]:.0f} % of the variance. Ringed: "
            f"{(at + 0.5) * POSITION_S:.2f} s and its {len(near)} most similar moments."
        ),
        x_title=f"First direction ({100 * share[0]:.0f} % of the variance)",
        y_title=f"Second ({100 * share[1]:.0f} %)",
        home=f"{heard.window.key} {stage}",
        margin={"l": 62, "r": 16, "t": 8, "b": 40},
    )


def nearest_moment(heard: Heard, stage: str, x: float, y: float) -> int:
    """The drawn moment whose dot lies nearest to a place on the plane."""
    scores, _, _ = numbers.flat(heard, stage)
    shown = np.arange(0, len(scores), -(-len(scores) // MAX_DOTS))
    span = np.maximum(np.ptp(scores, axis=0), 1e-9)
    return int(shown[(((scores[shown] - [x, y]) / span) ** 2).sum(1).argmin()])


def plane_card(heard: Heard, stage: str, at: int, clicked: bool) -> str:
    """A moment and those most like it, each with a button that plays it, as HTML."""
    said = numbers.said_at(heard)
    near = numbers.neighbours(heard, stage, at)
    buttons = "".join(play_button(p, f"{_quoted(said[p])} · {cosine:.2f}") for p, cosine in near)
    _, share, (number, biggest) = numbers.flat(heard, stage)
    two = 100 * float(share.sum())
    lines = [f"The plane keeps <strong>{two:.0f} %</strong> of the variance: dots close on it may be far apart."]
    if biggest > 0.5:
        lines.append(
            f"Beware: one value of {numbers.states(heard, stage).shape[1]}, number {number}, holds "
            f"{100 * biggest:.0f} % of all variance here, so the first direction is mostly that. "
            "The last norm scales it down."
        )
    others = f"<p>Most like it, by the cosine in all dimensions: {buttons}</p>" if near else ""
    return (
        f'<div class="wi-card"{_now(at, clicked)}><p>Chosen: {play_button(at, _quoted(said[at]))}</p>{others}'
        f"<p>{' '.join(lines)}</p></div>"
    )


def same_letters(heard: Heard, stage: str) -> dict[str, Any]:
    """Draw, for every stage, how often the most similar moment a second or more away holds the same letter."""
    names = numbers.stage_names(heard)
    found = {slug: numbers.same_letter(heard, slug) for slug in names}
    known = {slug: 100 * value for slug, value in found.items() if value is not None}
    if not known:
        return figure([], alt="No letters: the CTC model writes English only, and it takes some words to compare.")
    best = max(known, key=lambda slug: known[slug])
    return figure(
        [
            {
                "type": "bar",
                "x": [names[slug] for slug in known],
                "y": list(known.values()),
                "marker": {"color": [COLOURS[1] if slug == stage else COLOURS[0] for slug in known]},
                "hovertemplate": "%{x}<br>%{y:.0f} %<extra></extra>",
            }
        ],
        alt="Same letter at the most similar moment: "
        + ", ".join(f"{names[slug]} {value:.0f} %" for slug, value in known.items())
        + f". Most: {names[best]}.",
        y_title="Same letter (%)",
        margin={"l": 62, "r": 16, "t": 8, "b": 30},
    )


def likeness_map(heard: Heard, stage: str, a: int, b: int) -> dict[str, Any]:
    """Draw the cosine of every two moments; the two chosen ones are marked."""
    n, shown = heard.listened.positions, numbers.positions(heard)
    group = int(shown[1] - shown[0]) if len(shown) > 1 else 1
    z = numbers.likeness(heard, stage)[np.ix_(shown, shown)]
    low = float(np.percentile(z, 2))
    step = group * POSITION_S
    ends = [0, n * POSITION_S]
    x, y = (a + 0.5) * POSITION_S, (b + 0.5) * POSITION_S
    value = float(numbers.likeness(heard, stage)[a, b])
    return figure(
        [
            heatmap(
                levels(z, low, 1),
                low,
                1,
                unit="cosine",
                x0=POSITION_S / 2,
                dx=step,
                y0=POSITION_S / 2,
                dy=step,
                hovertemplate="%{x:.2f} s and %{y:.2f} s<br>cosine %{z:.2f}<extra></extra>",
            ),
            {
                "type": "scatter",
                "mode": "markers",
                "x": [x],
                "y": [y],
                "marker": {"symbol": "circle-open", "size": 14, "color": "#37c1b1", "line": {"width": 3}},
                "hoverinfo": "skip",
            },
        ],
        alt=(
            f"Likeness of every two moments, {numbers.stage_names(heard)[stage]}: {x:.2f} s and {y:.2f} s have cosine "
            f"{value:.2f}."
        ),
        x_title="One moment (s)",
        y_title="Another (s)",
        home=str(heard.window.key),
        xaxis=time_axis(heard.window, ends[1]),
        yaxis={"range": ends},
        margin=MARGIN,
    )


def likeness_through(heard: Heard, stage: str, a: int, b: int) -> dict[str, Any]:
    """Draw the cosine of two moments at every stage."""
    names = numbers.stage_names(heard)
    values = [float(numbers.likeness(heard, slug)[a, b]) for slug in names]
    places = list(names.values())
    here = list(names).index(stage)
    return figure(
        [
            line(places, np.array(values), mode="lines+markers", hovertemplate="%{x}<br>%{y:.2f}<extra></extra>"),
            {
                "type": "scatter",
                "mode": "markers",
                "x": [places[here]],
                "y": [values[here]],
                "marker": {"size": 12, "color": COLOURS[1]},
                "hoverinfo": "skip",
            },
        ],
        alt="Cosine of the two moments: "
        + ", ".join(f"{n} {v:.2f}" for n, v in zip(places, values, strict=True))
        + ".",
        y_title="Cosine",
        y_range=(min(-0.2, min(values) - 0.1), 1.05),
        margin={"l": 62, "r": 16, "t": 8, "b": 30},
    )


def likeness_card(heard: Heard, stage: str, a: int, b: int, clicked: bool) -> str:
    """The two chosen moments with their number and buttons that play them, as HTML."""
    said = numbers.said_at(heard)
    cosine = float(numbers.likeness(heard, stage)[a, b])
    width = numbers.states(heard, stage).shape[1]
    buttons = play_button(a, _quoted(said[a])) + play_button(b, _quoted(said[b]))
    return (
        f'<div class="wi-card"{_now(a, clicked)}><p>{buttons} cosine <strong>{cosine:.2f}</strong> '
        f"{numbers.stage_names(heard)[stage]}</p>"
        f"<p>cos = (h₁ − m)·(h₂ − m) / (|h₁ − m| |h₂ − m|), with {width} values each and m the clip’s mean: without "
        "taking it away, all moments look alike.</p></div>"
    )
