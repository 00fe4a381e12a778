"""Pictures of part 1, a long sound: windows that follow the timestamps, and chunks cut at fixed places."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from itertools import pairwise
from typing import Any

from algorithms.signal import display
from algorithms.text import wer
from components.figure import figure, line
from components.player import Sound

from ..sound import SAMPLE_RATE, WINDOW_S, Window
from . import long_sound
from .long_sound import Chunk, Long, Turn

TEXT = r"""
**An hour is at least 120 windows, one after the other.** The decoder writes timestamp tokens around its segments,
and the next window starts where the last *closed* segment ended (`openai/whisper`, transcribe.py; Radford et al. 2022,
section 3.8). A sentence that is cut by the window's end is given up, and the next window hears it from its start. The
price: windows can't be computed at the same time, and a wrong timestamp shifts all that follows.

**Chunks at fixed places** can all be computed at once, which a GPU does many times faster. But some cuts fall
inside words. Chunks that **overlap** give the cut words a second chance: the texts are joined where they share words,
which mostly works, and fails where the two readings differ, or a phrase is repeated.
"""
MARGIN = {"l": 74, "r": 16, "t": 8, "b": 38}
WAVE_COLUMNS = 700


def about(long: Long, window: Window, fields: Mapping[str, Any], turns: tuple[Turn, ...]) -> str:
    """Which sound it is, and where the windows come from, as HTML."""
    if long.key == ("made",):
        what = f"“{escape(window.title)}” fits one window, so here are four of the English clips in a row"
    elif window.total_s > long_sound.MAX_S:
        what = f"The first {long_sound.MAX_S:.0f} s of “{escape(window.title)}”"
    else:
        what = f"“{escape(window.title)}”"
    if turns:
        how = f" {len(turns)} windows, as {fields['model']} reads them."
    else:
        how = f" Press “Compute it here” to let {fields['model']} read it."
    return f'<p class="lab-sentence">{what}: {long.duration_s:.1f} s.{how}</p>'


def player(long: Long) -> Sound:
    """What the second player plays."""
    return Sound(long.title, y=long.y, sample_rate=SAMPLE_RATE)


def windows(long: Long, turns: tuple[Turn, ...]) -> dict[str, Any]:
    """Draw the waveform and under it each window with its segments; arrows show what sets the next start."""
    t, low, high = display.envelope(long.y, SAMPLE_RATE, (0.0, long.duration_s), WAVE_COLUMNS)
    top = max(abs(float(low.min())), float(high.max()), 1e-3) * 2.4
    place = {"x0": float(t[0]), "dx": float((t[-1] - t[0]) / max(len(t) - 1, 1))}
    traces = [
        line(None, high / top, line={"width": 1}, hoverinfo="skip", **place),
        line(None, low / top, line={"width": 1}, fill="tonexty", fillcolor="var(--lab-c1)", hoverinfo="skip", **place),
    ]
    shapes, notes, dots = [], [], []
    box = {"type": "rect", "layer": "below"}
    for i, turn in enumerate(turns, 1):
        end = min(turn.start_s + WINDOW_S, long.duration_s)
        edge = {"line": {"color": "var(--lab-c3)", "width": 1.5}}
        shapes.append({**box, "x0": turn.start_s, "x1": end, "y0": -i - 0.36, "y1": -i + 0.36, **edge})
        for a, b, words in turn.segments:
            fill = {"fillcolor": "var(--lab-fill)", "line": {"width": 1, "color": "var(--lab-c1)"}}
            shapes.append({**box, "x0": a, "x1": b, "y0": -i - 0.28, "y1": -i + 0.28, **fill})
            dots.append((a, -i, f"{a:.2f} to {b:.2f} s<br>{escape(words.strip())}"))
        if i < len(turns):
            pointed = {"x": turn.next_s, "y": -i - 0.95, "ax": turn.next_s, "ay": -i + 0.28, "axref": "x", "ayref": "y"}
            notes.append({**pointed, "text": "", "arrowhead": 2, "arrowcolor": "var(--lab-c2)", "arrowwidth": 2})
    traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "x": [x for x, _, _ in dots],
            "y": [y for _, y, _ in dots],
            "text": [words for _, _, words in dots],
            "marker": {"size": 9, "color": "var(--lab-c1)"},
            "hovertemplate": "%{text}<extra></extra>",
        }
    )
    rows = len(turns)
    starts = ", ".join(f"{turn.start_s:.2f}" for turn in turns)
    return figure(
        traces,
        alt=(
            f"{long.title}, {long.duration_s:.1f} s: {rows} windows of 30 s start at {starts} s."
            if turns
            else f"{long.title}, {long.duration_s:.1f} s: not yet transcribed."
        ),
        x_title="Time (s)",
        x_range=(0, long.duration_s),
        home=str(long.key),
        xaxis={"uirevision": str(long.key), "automargin": False},
        yaxis={
            "range": [-max(rows, 1) - 0.6, 0.5],
            "tickvals": [0, *range(-1, -rows - 1, -1)],
            "ticktext": ["sound", *(f"window {i}" for i in range(1, rows + 1))],
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
        },
        margin=MARGIN,
        shapes=shapes,
        annotations=notes,
    )


def table(turns: tuple[Turn, ...]) -> str:
    """Each window: where it starts, what it wrote with its timestamps, what set the next start, as HTML."""
    if not turns:
        return ""
    rows = "".join(
        f"<tr><td>{i}</td><td>{t.start_s:.2f} s</td><td><div class='wi-written'>{_stamped(t.written)}</div>"
        + (f"<p>Given up, the next window writes it: <em>{escape(t.dropped.strip())}</em></p>" if t.dropped else "")
        + f"</td><td>{escape(t.why)}</td></tr>"
        for i, t in enumerate(turns, 1)
    )
    return (
        '<div class="lab-scroll wi-turns"><table class="lab-table"><thead><tr><th></th><th>Starts</th>'
        f"<th>What the decoder writes</th><th>What follows</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _stamped(written: str) -> str:
    shown = escape(written)
    return shown.replace("&lt;|", '<span class="wi-stamp">&lt;|').replace("|&gt;", "|&gt;</span>")


def cuts(long: Long, turns: tuple[Turn, ...], chunks: tuple[Chunk, ...], fields: Mapping[str, Any]) -> str:
    """The chunks with what stands at each cut, and how the two ways do against what was said, as HTML."""
    size, overlap = float(fields["i_chunk"]), float(fields["i_overlap"])
    shared = f", neighbours sharing {overlap:g} s" if overlap else ""
    if not chunks:
        return (
            f'<p class="lab-sentence">Chunks of {size:g} s{shared} are not computed yet: press “Compute it here”.</p>'
        )
    rows = ""
    for i, (a, b) in enumerate(pairwise(chunks), 1):
        place = f"{b.start_s:g} s" if not overlap else f"{b.start_s:g} to {a.end_s:g} s"
        rows += (
            f"<tr><td>{i}</td><td>{place}</td><td>… {escape(' '.join(a.text.split()[-6:]))} <b>|</b></td>"
            f"<td><b>|</b> {escape(' '.join(b.text.split()[:6]))} …</td></tr>"
        )
    whole = long_sound.joined(chunks, overlap)
    first = (
        '<div class="lab-scroll"><table class="lab-table"><thead><tr><th></th><th>Cut at</th><th>The chunk before '
        f"ends</th><th>The chunk after begins</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )
    ways = [(f"chunks of {size:g} s{shared}", whole)]
    if turns:
        ways.insert(
            0, ("windows that follow the timestamps", " ".join(s[2].strip() for t in turns for s in t.segments))
        )
    judged = "".join(f"<tr><td>{escape(name)}</td><td>{_errors(long.said, words)}</td></tr>" for name, words in ways)
    return first + f'<table class="lab-table"><tbody>{judged}</tbody></table>'


def _errors(said: str, words: str) -> str:
    if not said:
        return escape(words)
    found = wer.word_errors(said, words)
    wrong = [
        f"{e.ref or '(nothing)'} → {e.hyp or '(nothing)'}"
        for e in wer.align(wer.normalize(said).split(), wer.normalize(words).split())
        if e.kind != "hit"
    ]
    n = len(wer.normalize(said).split())
    return f"<strong>{found.errors} of {n} words wrong</strong>" + (f": {escape('; '.join(wrong))}" if wrong else "")
