"""One cell of a trellis explained: its value, the cells that feed it, and the recursion filled with those numbers."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, log

import numpy as np

from algorithms import ctc

from .pictures import values
from .sound import symbol

LETTER = {"forward": "α", "backward": "β", "occupancy": "γ", "viterbi": "δ"}


@dataclass(frozen=True)
class Way:
    """One way into a cell (backward: out of it)."""

    state: int
    kind: str  # "stay", "step" or "skip"
    allowed: bool
    why: str
    term: float  # natural logarithm of what it brings; -inf where it is not allowed


@dataclass(frozen=True)
class Cell:
    """A cell with its recursion.

    Attributes
    ----------
    frame, state : int
    kind : str
        "forward", "backward", "occupancy" or "viterbi".
    value : float
        Natural logarithm, as the trellis holds it.
    ways : tuple of Way
        The two or three neighbours; empty in the first frame (backward: the last one) and for the occupancy.
    emission : float
        Log probability of the state's symbol in this frame.
    recomputed : float
        The recursion evaluated from the numbers above: equal to ``value``.
    """

    frame: int
    state: int
    kind: str
    value: float
    ways: tuple[Way, ...]
    emission: float
    recomputed: float


def _add(terms: Sequence[float]) -> float:
    top = max(terms, default=-inf)
    return top if top == -inf else top + log(sum(exp(t - top) for t in terms))


def explain(log_probs: np.ndarray, trellis: ctc.Trellis, kind: str, t: int, s: int) -> Cell:
    """Take a cell apart.

    Parameters
    ----------
    log_probs : [T, V]
    kind : "forward", "backward", "occupancy" or "viterbi"
    t, s : frame and state, inside the trellis

    Examples
    --------
    >>> import numpy as np
    >>> cell = explain(np.log(np.full((3, 2), 0.5)), ctc.trellis(np.log(np.full((3, 2), 0.5)), [1]), "forward", 1, 1)
    >>> [(way.kind, way.allowed) for way in cell.ways], round(float(np.exp(cell.recomputed)), 3)
    ([('stay', True), ('step', True)], 0.5)
    """
    logs = values(log_probs, trellis, kind)
    states, (frames, n_states) = trellis.states, logs.shape
    emission = float(log_probs[t, states[s]])
    value = float(logs[t, s])
    if kind == "occupancy":
        ways = ()
        recomputed = float(trellis.forward[t, s] + trellis.backward[t, s] - trellis.log_likelihood)
    elif kind == "backward":
        ways = _ways_out(log_probs, trellis, t, s) if t + 1 < frames else ()
        recomputed = _add([w.term for w in ways]) if ways else (0.0 if s >= n_states - 2 else -inf)
    else:
        ways = tuple(
            Way(f.state, f.kind, f.allowed, f.why, float(logs[t - 1, f.state]) if f.allowed else -inf)
            for f in (ctc.feeders(states.tolist(), s) if t else ())
        )
        join = _add if kind == "forward" else max
        recomputed = (join([w.term for w in ways]) if ways else (0.0 if s < 2 else -inf)) + emission
    return Cell(t, s, kind, value, ways, emission, recomputed)


def _ways_out(log_probs: np.ndarray, trellis: ctc.Trellis, t: int, s: int) -> tuple[Way, ...]:
    states = trellis.states.tolist()
    found = []
    for step, kind in enumerate(("stay", "step", "skip")):
        target = s + step
        if target >= len(states):
            break
        feeder = next(f for f in ctc.feeders(states, target) if f.kind == kind)
        term = float(log_probs[t + 1, states[target]] + trellis.backward[t + 1, target])
        found.append(Way(target, kind, feeder.allowed, feeder.why, term if feeder.allowed else -inf))
    return tuple(found)


def number(log_value: float) -> str:
    """Write a probability given by its natural logarithm: 0.0123, 1.2e-45 or 0."""
    if log_value == -inf:
        return "0"
    if log_value > log(1e-3):
        return f"{exp(log_value):.4f}".rstrip("0").rstrip(".")
    exponent = int(np.floor(log_value / log(10)))
    mantissa = exp(log_value - exponent * log(10))
    digits = str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa:.2f}×10{digits}"


def _formula(cell: Cell, trellis: ctc.Trellis, name: str) -> tuple[str, str]:
    """Return the recursion in symbols and filled with this cell's numbers, as HTML."""
    letter, t, s = LETTER[cell.kind], cell.frame + 1, cell.state
    whole = f"{letter}<sub>{t}</sub>({s})"
    if cell.kind == "occupancy":
        a, b, p = trellis.forward[cell.frame, s], trellis.backward[cell.frame, s], trellis.log_likelihood
        return (
            f"{whole} = α<sub>{t}</sub>({s}) · β<sub>{t}</sub>({s}) / p(text | sound)",
            f"{number(a)} · {number(b)} / {number(p)} = <strong>{number(cell.recomputed)}</strong>",
        )
    if cell.kind == "backward":
        if not cell.ways:
            ends = "a path may end here" if cell.value == 0 else "no path may end here"
            return f"{whole} in the last frame", f"{ends}: <strong>{number(cell.value)}</strong>"
        symbols = " + ".join(f"y<sub>{t + 1}</sub>({w.state}) · β<sub>{t + 1}</sub>({w.state})" for w in _used(cell))
        numbers = " + ".join(number(w.term) for w in _used(cell))
        return f"{whole} = {symbols}", f"{numbers} = <strong>{number(cell.recomputed)}</strong>"
    y = f"y<sub>{t}</sub>(“{html.escape(name)}”)"
    if not cell.ways:
        if s > 1:
            return f"{whole} in the first frame", "no path may begin here: <strong>0</strong>"
        return f"{whole} = {y}", f"a path may begin here: <strong>{number(cell.recomputed)}</strong>"
    terms = [f"{letter}<sub>{t - 1}</sub>({w.state})" for w in _used(cell)]
    numbers = [number(w.term) for w in _used(cell)]
    if cell.kind == "viterbi":
        left, filled = f"max({', '.join(terms)})", f"max({', '.join(numbers)})"
    else:
        left, filled = f"({' + '.join(terms)})", f"({' + '.join(numbers)})"
    return (
        f"{whole} = {left} · {y}",
        f"{filled} · {number(cell.emission)} = <strong>{number(cell.recomputed)}</strong>",
    )


def _used(cell: Cell) -> list[Way]:
    return [way for way in cell.ways if way.allowed]


def _drawing(cell: Cell, names: Sequence[str]) -> str:
    """Return the cell and its neighbours as an SVG: what feeds it on the left (backward: what it feeds, right)."""
    back = cell.kind == "backward"
    rows = sorted({way.state for way in cell.ways} | {cell.state})
    y = {state: 26 + 44 * i for i, state in enumerate(rows)}
    here, there = (60, 230) if back else (230, 60)
    out = []
    for way in cell.ways:
        x1, x2 = (here + 48, there - 50) if back else (there + 48, here - 50)
        y1, y2 = (y[cell.state], y[way.state]) if back else (y[way.state], y[cell.state])
        kind = "" if way.allowed else ' class="barred"'
        out.append(f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"{kind} marker-end="url(#ctc-tip)"/>')
        out.append(_box(there, y[way.state], names[way.state], way.state, number(way.term), way.allowed))
    out.append(_box(here, y[cell.state], names[cell.state], cell.state, number(cell.recomputed), True, "here"))
    height = 52 + 44 * (len(rows) - 1)
    frames = (f"frame {cell.frame + 1}", f"frame {cell.frame + (2 if back else 0)}")
    left, right = frames if back else frames[::-1]
    return (
        f'<svg viewBox="0 0 292 {height + 18}" class="ctc-feeders" role="img" aria-label="{left} feeds {right}">'
        '<defs><marker id="ctc-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>'
        f'{"".join(out)}<text class="when" x="60" y="{height + 10}">{left}</text>'
        f'<text class="when" x="230" y="{height + 10}">{right}</text></svg>'
    )


def _box(x: int, y: int, name: str, state: int, value: str, allowed: bool, extra: str = "") -> str:
    kind = extra or ("" if allowed else "barred")
    return (
        f'<g class="{kind}"><rect x="{x - 46}" y="{y - 17}" width="92" height="34" rx="7"/>'
        f'<text x="{x}" y="{y - 3}">{html.escape(name)} <tspan class="state">state {state}</tspan></text>'
        f'<text x="{x}" y="{y + 12}" class="value">{value}</text></g>'
    )


def card(cell: Cell, trellis: ctc.Trellis, vocab: Sequence[str], frame_s: float = 0.0, start_s: float = 0.0) -> str:
    """Return the explanation as HTML.

    Parameters
    ----------
    vocab : names of the symbols
    frame_s : seconds a frame; 0 leaves the time out
    start_s : where the first frame of the trellis stands in the sound
    """
    names = [symbol(vocab[i]) for i in trellis.states]
    when = f" ({start_s + cell.frame * frame_s:.2f} s)" if frame_s else ""
    formula, filled = _formula(cell, trellis, names[cell.state])
    skip = next((way for way in cell.ways if way.kind == "skip"), None)
    if skip is None:
        why = "" if cell.kind == "occupancy" or not cell.ways else "There is no state two away to skip from."
    else:
        a, b = names[skip.state], names[cell.state]
        if cell.kind == "backward":
            a, b = b, a
        why = f"<strong>Skip from “{html.escape(a)}” to “{html.escape(b)}”?</strong> {html.escape(skip.why)}"
    drawing = _drawing(cell, names) if cell.ways else ""
    return (
        f'<div class="ctc-cell" data-frame="{cell.frame}" data-state="{cell.state}">{drawing}<div>'
        f"<h4>Frame {cell.frame + 1}{when}, state {cell.state}: “{html.escape(names[cell.state])}”</h4>"
        f'<p class="formula">{formula}</p><p class="formula">= {filled}</p>'
        f'<p class="why">{why}</p><p class="log">ln {LETTER[cell.kind]} = {_log(cell.value)}, '
        f"ln y = {_log(cell.emission)}</p></div></div>"
    )


def _log(value: float) -> str:
    return "−∞" if value == -inf else f"{value:.3f}".replace("-", "−")
