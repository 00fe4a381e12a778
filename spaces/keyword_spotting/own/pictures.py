"""Pictures and words of "Your own keyword": scores against the threshold, the loss curve, figures and warnings."""

from __future__ import annotations

import html

import numpy as np

from components.figure import figure, line

from .result import Curve, Result, strangers
from .takes import Kept

EMPTY_SCORES = "Train: held-out takes, your other words, and other people's words appear here with their probabilities."
OTHER_PEOPLE = "other people"
MARGIN = {"l": 112, "r": 20, "t": 8, "b": 42}


def _spread(n: int, seed: int) -> np.ndarray:
    """Heights within a row, so that equal scores can be told apart."""
    return np.random.default_rng(seed).uniform(-0.3, 0.3, n)


def scores(result: Result | None, threshold: float) -> dict:
    """Every held-out sound as a dot: its probability to the right, what it is by row; the threshold as a line."""
    if result is None:
        return figure([], alt=EMPTY_SCORES, x_title="Probability of the keyword", x_range=(0, 1), y_range=(-0.6, 2.6),
                      yaxis={"visible": False}, xaxis={"showgrid": False}, margin=MARGIN,
                      annotations=[{"text": EMPTY_SCORES.replace(", and", ",<br>and"), "x": 0.5, "y": 1,
                                    "showarrow": False}])  # fmt: skip
    said = strangers()[1]
    data, ticks, alt, row = [], [], [], 0
    for name, held in reversed(list(zip(result.names, result.held, strict=True))):
        mine = f"{name}: " if len(result.names) > 1 else ""
        rows = [(OTHER_PEOPLE, held.strangers, "var(--lab-c3)", said, 4)]
        if len(held.others):
            rows.append(("other words", held.others, "var(--lab-c2)", None, 6))
        rows.append(("takes", held.takes, "var(--lab-c1)", None, 8))
        for title, p, color, words, size in rows:
            data.append(
                {
                    "type": "scatter", "mode": "markers", "x": p, "y": row + _spread(len(p), row),
                    "text": list(words) if words else None, "marker": {"color": color, "size": size, "opacity": 0.7},
                    "hovertemplate": ("%{text}: " if words else "") + "%{x:.2f}<extra></extra>", "showlegend": False,
                }
            )  # fmt: skip
            ticks.append(mine + title)
            row += 1
        misses, (others, alien) = held.misses(threshold), held.alarms(threshold)
        alt.append(
            f"{name} at threshold {threshold:.2f}: {100 * misses:.0f} % of the held-out takes missed, "
            f"{100 * alien:.1f} % of other people's {len(held.strangers)} words taken for it"
            + (f", {100 * others:.0f} % of the other words in the same voice." if len(held.others) else ".")
        )
    marks = [{"type": "line", "x0": threshold, "x1": threshold, "y0": 0, "y1": 1, "yref": "paper",
              "line": {"color": "var(--body-text-color)", "width": 1.5, "dash": "dash"}}]  # fmt: skip
    top = result.held[0].strangers
    height = ticks.index(_row(result, OTHER_PEOPLE)) + 0.42
    notes = [
        {"x": float(top[i]), "y": height, "text": said[i], "showarrow": False,
         "font": {"size": 11, "color": "var(--lab-c3)"}}
        for i in _apart(top)
    ]  # fmt: skip
    return figure(
        data,
        alt=" ".join(alt),
        x_title="Probability of the keyword",
        x_range=(-0.02, 1.02),
        y_range=(-0.6, row - 0.3),
        shapes=marks,
        annotations=notes,
        yaxis={"tickvals": list(range(row)), "ticktext": ticks, "zeroline": False, "showgrid": False},
        margin=MARGIN,
    )


def _row(result: Result, title: str) -> str:
    return f"{result.names[0]}: {title}" if len(result.names) > 1 else title


def _apart(p: np.ndarray, most: int = 4, least: float = 0.15) -> list[int]:
    """The highest scores, as far as their words have room beside each other."""
    found: list[int] = []
    for i in np.argsort(-p)[:40]:
        if p[i] > 0.15 and all(abs(p[i] - p[j]) > least for j in found):
            found.append(int(i))
        if len(found) == most:
            break
    return found


def learning(curve: Curve | None) -> dict:
    """Loss above, share of right answers below; network after network, each without one take, the last with all."""
    axes = {
        "xaxis": {"anchor": "y2"},
        "yaxis": {"domain": [0.56, 1], "title": "Loss", "rangemode": "tozero"},
        "yaxis2": {"domain": [0, 0.44], "title": "Right (%)", "range": [0, 105], "tickvals": [0, 50, 100]},
    }
    if curve is None or not curve.step:
        empty = "The loss and the share of right answers appear here while it learns."
        return figure([], alt=empty, x_title="Step of training", x_range=(0, 1800), y_range=(0, 2),
                      yaxis={"visible": False}, xaxis={"showgrid": False}, margin=MARGIN,
                      annotations=[{"text": empty, "x": 900, "y": 1, "showarrow": False}])  # fmt: skip
    x = np.array(curve.network) * curve.steps + np.array(curve.step)
    data = []
    columns = (
        ("loss", "y", 1.0, "what it learns from", "var(--lab-c1)"),
        ("held_loss", "y", 1.0, "held out", "var(--lab-c2)"),
        ("accuracy", "y2", 100.0, "", "var(--lab-c1)"),
        ("held_right", "y2", 100.0, "", "var(--lab-c2)"),
    )
    for name, axis, factor, legend, color in columns:
        values = np.array([np.nan if v is None else factor * v for v in getattr(curve, name)], float)
        pieces_x, pieces_y = [], []
        for k in np.unique(curve.network):  # a gap between two networks: they have nothing to do with each other
            of = np.array(curve.network) == k
            pieces_x += [x[of], [x[of][-1]]]
            pieces_y += [values[of], [np.nan]]
        xs, ys = np.concatenate(pieces_x), np.concatenate(pieces_y)
        data.append(line(xs.tolist(), ys.tolist(), color=color, name=legend, yaxis=axis, showlegend=bool(legend),
                         hovertemplate="%{y:.2f}<extra></extra>"))  # fmt: skip
    notes = []
    for k in range(curve.networks):
        text = f"{'' if k else 'check '}{k + 1}" if k < curve.networks - 1 else "<b>all takes</b>"
        notes.append({"x": (k + 0.5) * curve.steps, "y": 1.0, "yref": "paper", "yanchor": "bottom", "text": text,
                      "showarrow": False, "font": {"size": 11}})  # fmt: skip
    lines = [{"type": "line", "x0": k * curve.steps, "x1": k * curve.steps, "y0": 0, "y1": 1, "yref": "paper",
              "line": {"color": "var(--lab-line)", "width": 1}} for k in range(1, curve.networks)]  # fmt: skip
    last = [v for v in curve.held_right if v is not None]
    where = f"Step {curve.step[-1]} of {curve.steps} of network {curve.network[-1] + 1} of {curve.networks}"
    alt = f"{where}: loss {curve.loss[-1]:.2f}"
    alt += f"; the held-out takes are right in {100 * last[-1]:.0f} %." if last else "."
    axes["xaxis"] |= {"tickvals": [k * curve.steps for k in range(curve.networks + 1)]}
    return figure(
        data,
        alt=alt,
        x_title="Step of training",
        x_range=(0, curve.networks * curve.steps),
        shapes=lines,
        annotations=notes,
        showlegend=True,
        legend={"x": 1, "xanchor": "right", "y": 0.5, "yanchor": "middle"},
        **axes,
        margin={**MARGIN, "t": 24, "l": 62},
    )


def facts(result: Result | None, threshold: float) -> str:
    """The held-out figures at this threshold in large type, as HTML."""
    if result is None:
        return ""
    cells = []
    for name, held in zip(result.names, result.held, strict=True):
        misses, (others, alien) = held.misses(threshold), held.alarms(threshold)
        word = f"“{html.escape(name)}”"
        rows = [(held.takes, 1 - misses, f"held-out takes and variations of {word} heard", misses <= 0.1)]
        rows.append((held.strangers, alien, f"other people’s words taken for {word}", alien <= 0.01))
        if len(held.others):
            rows.append(
                (held.others, others, f"other words in the same voice, held out too, taken for {word}", others <= 0.1)
            )
        cells += [(f"{round(len(p) * share)} of {len(p)}", about, ok) for p, share, about, ok in rows]
    boxes = "".join(f'<li class="{"good" if ok else "bad"}"><strong>{a}</strong> {b}</li>' for a, b, ok in cells)
    made = f"Computed beforehand ({result.made})" if result.made else f"Computed now, in {result.seconds:.1f} s"
    layers = "last two layers" if result.both else "last layer"
    return (
        f'<ul class="kwo-facts">{boxes}</ul><p class="kwo-made">{made}: {result.curve.networks} networks, of which '
        f"{result.curve.networks - 1} each did without some takes, so that these could be tested; {layers} trained. "
        f"Threshold of least cost: {result.threshold:.2f}.</p>"
    )


def warnings(result: Result | None, kept: Kept, names: tuple[str, ...], language: str) -> str:
    """What is wrong with the words or takes, and what to do: one line each, as HTML."""
    said = []
    for kind, name in zip(("first", "second"), names, strict=False):
        n = len(kept.of(kind))
        if n == 1:
            said.append(
                f"One take of “{name}” can't be checked: no take is left that the network has not heard. Record four "
                "more, each a little different."
            )
        elif 2 <= n < 5:
            said.append(f"“{name}” has {n} takes: with five or more, the held-out figures begin to mean something.")
    if not kept.of("others") and len(kept.of("first")) > 1:
        said.append(
            "No other words in this voice: the network may learn to know the voice instead of the word. Add five other "
            "words, said the same way."
        )
    flagged = sum(bool(e.flags) for e in kept.entries)
    if flagged:
        said.append(
            f"{flagged} take{' is' if flagged == 1 else 's are'} marked above: listen, then remove or record again."
        )
    if language != "en-us" or any(not name.isascii() for name in names):
        said.append(
            "The kept layers learned from English words. A word of another language can work, but sounds that English "
            "lacks may fall together: trust the held-out figures, and choose a longer word if they are poor."
        )
    if result is not None:
        said += judged(result, kept)
    return "".join(f'<div class="lab-note problem" role="status">{html.escape(text)}</div>' for text in said)


def judged(result: Result, kept: Kept) -> list[str]:
    """Warnings that follow from training."""
    said = []
    if len(result.names) == 2 and (result.confused > 0.2 or (result.apart is not None and result.apart < 0.75)):
        a, b = result.names
        said.append(
            f"“{a}” and “{b}” sound the same to the network: {100 * result.confused:.0f} % of the held-out takes were "
            "taken for the other word, so no threshold helps. Choose words with other vowels or more syllables."
        )
    for name, held, (word, share) in zip(result.names, result.held, result.sounds_like, strict=True):
        if share >= 0.5 and word != name:
            said.append(
                f"The packaged network takes {100 * share:.0f} % of your takes of “{name}” for “{word}”: the two sound "
                f"alike, so say “{word}” too when you test."
            )
        missed = held.misses(result.threshold)
        if missed > 0.3:
            said.append(
                f"{100 * missed:.0f} % of the held-out takes of “{name}” are missed: the takes differ too much. Listen "
                "to them, remove odd ones, and record more."
            )
        if held.alarms(result.threshold)[1] > 0.02:
            said.append(
                f"Other people’s words are taken for “{name}” too often: choose a longer word, or tick everything that "
                "it must not react to."
            )
    for number in result.odd:
        entry = kept.find(number)
        if entry is not None:
            place = [e.id for e in kept.of(entry.take.kind)].index(number) + 1
            said.append(
                f"Take {place} of “{entry.take.word}” sounds unlike the others: listen, and remove it if need be."
            )
    return said
