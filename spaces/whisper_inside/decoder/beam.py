"""The beam search: its whole tree, what every hypothesis is worth, and where the winner leaves the greedy path."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from ..sound import Heard
from . import run
from .paths import marked
from .pictures import percent, quoted, shown, signed

if TYPE_CHECKING:
    from algorithms.whisper.beam import Beam
    from algorithms.whisper.decode import Decoded

COLUMN, ROW, TOP = 92, 34, 40  # pixels: between depths, between ranks, above the first rank
DEPTHS = 46  # columns drawn at once, around the chosen node
N_DROPPED = 5  # dropped candidates drawn at the chosen depth


def rows_of(beam: Beam) -> dict[int, int]:
    """Rank, from 0, of every kept or finished node among those of its depth, likeliest first."""
    found: dict[int, int] = {}
    count: dict[int, int] = {}
    for i, node in enumerate(beam.nodes):  # nodes stand in the order of their totals within a depth
        if node.fate != "dropped":
            found[i] = count.get(node.depth, 0)
            count[node.depth] = found[i] + 1
    return found


def alive(beam: Beam) -> set[int]:
    """Nodes on the way to a finished hypothesis; the others have died out."""
    return {i for end in beam.finished for i in beam.path(end)}


def chosen(beam: Beam, greedy: Decoded, node: int) -> int:
    """The node that is shown: the clicked one, else where the winner leaves the greedy path, else its end."""
    if 0 <= node < len(beam.nodes):
        return node
    path = beam.path(beam.finished[0])
    split = first_difference(beam.tokens(path[-1]), greedy.tokens)
    return path[-1 if split is None else min(split, len(path) - 1)]


def first_difference(winner: list[int], greedy: tuple[int, ...]) -> int | None:
    """Position, from 0, of the first token in which two texts differ; None where they are the same."""
    for i in range(max(len(winner), len(greedy))):
        if winner[i : i + 1] != list(greedy[i : i + 1]):
            return i
    return None


def tree(heard: Heard, beam: Beam, greedy: Decoded, node: int) -> str:
    """The tree as a drawing that scrolls sideways: depth to the right, likelier hypotheses above."""
    at = chosen(beam, greedy, node)
    deepest = max(n.depth for n in beam.nodes)
    here = beam.nodes[at].depth
    first = max(1, min(here - DEPTHS // 2, deepest - DEPTHS + 1))
    last = min(deepest, first + DEPTHS - 1)
    rows, living = rows_of(beam), alive(beam)
    best, path = set(beam.path(beam.finished[0])), set(beam.path(at))
    lost = [i for i, n in enumerate(beam.nodes) if n.depth == here and n.fate == "dropped"][:N_DROPPED]
    if at not in rows and at not in lost:
        lost[-1] = at
    ranks = max(rows.values()) + 1
    below = sum(beam.nodes[i].depth == here for i in rows) + 0.4
    placed = {**rows, **{i: below + k for k, i in enumerate(lost)}}

    def place(i: int) -> tuple[float, float]:
        n = beam.nodes[i]
        return (n.depth - first) * COLUMN + 70, round(TOP + placed[i] * ROW + 12)

    lines, dots = [], []
    for i in sorted(placed, key=lambda i: i in path):
        n = beam.nodes[i]
        if not first <= n.depth <= last:
            continue
        x, y = place(i)
        fate = "dropped" if i in lost else "finished" if n.fate == "finished" else "kept" if i in living else "died"
        marks = " ".join(w for w, on in ((fate, True), ("best", i in best), ("on", i in path), ("now", i == at)) if on)
        if n.parent in rows and n.depth > first:
            px, py = place(n.parent)
            lines.append(f'<path class="{marks}" d="M{px + 33} {py}C{x - 24} {py} {px + 40} {y} {x - 33} {y}"/>')
        dots.append(_node(heard, beam, i, x, y, marks, fate))
    split = first_difference(beam.tokens(beam.finished[0]), greedy.tokens)
    if split is not None and first <= split + 1 <= last:
        x = (split + 1 - first) * COLUMN + 32
        lines.append(
            f'<path class="split" d="M{x} 4V{TOP + ranks * ROW}"/>'
            f'<text class="split" x="{x + 4}" y="13">leaves greedy</text>'
        )
    height = round(TOP + (max(placed.values()) + 1) * ROW + 4)
    width = (last - first) * COLUMN + 70 + 60
    numbers = "".join(
        f'<text class="depth" x="{(d - first) * COLUMN + 70}" y="{TOP - 8}">{d}</text>' for d in range(first, last + 1)
    )
    part = f", tokens {first} to {last} of {deepest}" if last - first + 1 < deepest else ""
    return (
        f'<div class="wi-d-card"><h4>The beam{part} <span class="lab-hint">token number to the right, likelier above; '
        "click or focus a token for its hypothesis</span></h4>"
        f'<div class="wi-d-scroll" tabindex="0" role="group" aria-label="Beam tree"><svg width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}">{numbers}{"".join(lines)}{"".join(dots)}</svg></div>'
        '<p class="wi-d-legend"><span>thick: the winner</span><span>solid: leads to a finished text</span>'
        "<span>dashed: kept, but died out later</span><span>double frame: finished</span>"
        "<span>✕ dotted: dropped at the chosen depth</span></p></div>"
    )


def _node(heard: Heard, beam: Beam, i: int, x: float, y: float, marks: str, fate: str) -> str:
    n = beam.nodes[i]
    name = run.token_text(heard.model, n.token)
    short = name if len(name) <= 9 else name[:8] + "…"
    told = (
        f"{fate}: “{heard.model.text(beam.tokens(i)).strip()[-80:]}”, Σ ln p = {signed(n.total)}, "
        f"mean {signed(n.score, 3)}; this token {percent(_exp(n.logprob))}"
    )
    words = html.escape(short.replace(" ", "·", 1) if short.startswith(" ") else short)
    words = "✕ " + words if fate == "dropped" else words
    double = (
        f'<rect class="inner" x="{x - 30}" y="{y - 10}" width="60" height="20" rx="3"/>' if fate == "finished" else ""
    )
    return (
        f'<g class="{marks}" data-pick="node" data-value="{i}" data-key="n{i}" tabindex="0" '
        f'role="button" aria-label="{html.escape(f"{short.strip()}, {told}", quote=True)}">'
        f"<title>{html.escape(told)}</title>"
        f'<rect x="{x - 33}" y="{y - 13}" width="66" height="26" rx="5"/>{double}'
        f'<text x="{x}" y="{y + 4}">{words}</text></g>'
    )


def _exp(x: float) -> float:
    import math

    return math.exp(x)


def card(heard: Heard, beam: Beam, greedy: Decoded, node: int) -> str:
    """The chosen node's hypothesis and its score, with the ranking formula filled in."""
    at = chosen(beam, greedy, node)
    n, model = beam.nodes[at], heard.model
    fate = {
        "finished": "finished",
        "dropped": "dropped: the beam was full of likelier ones",
        "kept": "kept" if at in alive(beam) else "kept, but none of its continuations stayed in the beam",
    }[n.fate]
    text = html.escape(model.text(beam.tokens(at)).strip()) or "<em>(no text yet)</em>"
    end = ", the end not counted" if n.fate == "finished" else ""
    rank = f", rank <b>{beam.finished.index(at) + 1}</b> of the finished" if at in beam.finished else ""
    return (
        f'<div class="wi-d-card"><h4>Token {n.depth}: {shown(model, n.token)} <span class="lab-hint">{fate}</span></h4>'
        f"<p>{text}</p><p>ln p of this token {signed(n.logprob)} (p = {percent(_exp(n.logprob))}); of the whole "
        f"hypothesis Σ ln p = {signed(n.total)}.</p>"
        f'<div class="wi-d-formula"><p>score = Σ ln p / length = {signed(n.total)} / {n.length} = '
        f"<b>{signed(n.score, 4)}</b>{rank}</p><small>length: tokens of the hypothesis{end}. Without dividing, "
        "short texts would win: every token makes Σ ln p smaller.</small></div></div>"
    )


def results(heard: Heard, beam: Beam, greedy: Decoded) -> str:
    """The finished hypotheses and the greedy text, with what the search has cost."""
    model, winner = heard.model, beam.tokens(beam.finished[0])
    split = first_difference(winner, greedy.tokens)
    if split is None:
        verdict = "The winner is the greedy text: here, the beam was not needed."
    else:
        theirs = quoted(model, greedy.tokens[split]) if split < len(greedy.tokens) else "nothing"
        mine = quoted(model, winner[split]) if split < len(winner) else "nothing"
        total = beam.nodes[beam.finished[0]].total
        verdict = (
            f"The winner leaves the greedy path at token {split + 1}: {html.escape(mine)} instead of "
            f"{html.escape(theirs)}. As a whole it is e<sup>{signed(total - greedy.total_logprob)}</sup> times as "
            "likely."
        )
    greedy_length = max(1, len(greedy.tokens) - (not greedy.cut))
    rows = [
        f'<tr class="{"now" if k == 0 else ""}"><td><button type="button" data-pick="node" data-value="{i}" '
        f'data-key="f{i}">{k + 1}</button></td><td>{marked(heard, tuple(beam.tokens(i)), greedy.tokens)}</td>'
        f"<td>{signed(beam.nodes[i].total)}</td><td>{beam.nodes[i].length}</td>"
        f"<td>{signed(beam.nodes[i].score, 4)}</td></tr>"
        for k, i in enumerate(beam.finished)
    ]
    rows.append(
        f"<tr><td>greedy</td><td>{marked(heard, greedy.tokens, tuple(winner))}</td>"
        f"<td>{signed(greedy.total_logprob)}</td><td>{greedy_length}</td>"
        f"<td>{signed(greedy.total_logprob / greedy_length, 4)}</td></tr>"
    )
    deepest = max(n.depth for n in beam.nodes)
    runs = sum(n.fate == "kept" for n in beam.nodes if n.depth < deepest) + 1
    return (
        f'<div class="wi-d-card"><h4>Finished hypotheses</h4><p>{verdict}</p><div class="lab-scroll">'
        '<table class="lab-table wi-d-samples"><thead><tr><th>rank</th><th>text</th><th>Σ ln p</th><th>length</th>'
        f"<th>Σ ln p / length</th></tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
        f"<p>Cost: {runs} runs of the decoder for a new token, where greedy took {len(greedy.tokens)} "
        f"({runs / len(greedy.tokens):.1f} times as many); {len(beam.nodes):,} tokens were tried.</p></div>"
    )


def progress(heard: Heard, beam: Beam, width: int) -> str:
    """A line while the search runs."""
    best = max((n for n in beam.nodes if n.fate != "dropped"), key=lambda n: (n.depth, n.total))
    text = html.escape(heard.model.text(beam.tokens(beam.nodes.index(best))).strip()[-70:])
    return (
        f'<p class="lab-note" role="status">Searching with a beam of {width}: token {best.depth}, '
        f"{sum(n.fate == 'finished' for n in beam.nodes)} finished. Best so far: “{text}”</p>"
    )
