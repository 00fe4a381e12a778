"""Pictures of part 1: the chain of the whole model, the log-mel window, its scaling and its two fillings."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from algorithms.whisper.mel import N_COLUMNS, MelSteps, band_frequencies
from components.figure import figure, heatmap

from ..drawing import levels, pooled, time_axis
from ..sound import WINDOW_S, Window

SIZES = {"tiny.en": (384, 4), "base": (512, 6)}  # width, layers of each half: known before the weights are read
COLUMNS = 750  # pixels across a window: four columns of 10 ms each
STEPS = {"power": "1 mel power", "log": "2 log₁₀", "clamped": "3 clamp", "scaled": "4 scale: what Whisper sees"}
UNITS = {"power": "power", "log": "log₁₀", "clamped": "log₁₀", "scaled": "value"}
MARGIN = {"l": 62, "r": 84, "t": 22, "b": 38}

# A box opens the part that explains it, and there the view: both are chips of the page, so a click on them does it.
CHAIN_JS = """
element.addEventListener('click', (event) => {
  const box = event.target.closest('[data-part]');
  if (!box) return;
  event.preventDefault();
  const press = (chips, value, tries = 300) => {
    const input = [...document.querySelectorAll(`${chips} input`)].find((radio) => radio.value === value);
    if (!input && tries) setTimeout(() => press(chips, value, tries - 1), 100); // its part is still opening
    else if (input && !input.checked) input.click();
  };
  press('.wi-parts', box.dataset.part);
  if (box.dataset.view) press(`.wi-views-${box.dataset.part}`, box.dataset.view);
});
"""


def chain(window: Window, model: str) -> str:
    """Draw the model from sound to text with this clip's true sizes, as HTML; each box opens its part."""
    width, layers = SIZES[model]
    n = len(window.y)
    filled = f"{WINDOW_S - window.duration_s:.2f} s filled up" if window.duration_s < WINDOW_S else "full"
    boxes = (
        ("input", "window", "Sound", f"{n:,}", f"samples: {window.duration_s:.2f} s"),
        ("input", "fill", "Window", "480,000", f"30 s: {filled}"),
        ("input", "scale", "Log-mel", "80 × 3000", "10 ms a column"),
        ("encoder", "conv", "2 convolutions", f"1500 × {width}", "20 ms a step"),
        ("encoder", "attention", f"{layers} encoder layers", f"1500 × {width}", "each sees all"),
        ("decoder", "", f"{layers} decoder layers", "token by token", "text so far + sound"),
        ("attention", "", "Cross-attention", "tokens × 1500", "where it listens"),
    )
    items = "".join(
        f'<li><a class="lab-box" href="?part={part}" data-part="{part}" data-view="{view}"><span>{escape(name)}</span>'
        f"<strong>{escape(shape)}</strong><em>{escape(note)}</em></a></li>"
        for part, view, name, shape, note in boxes
    )
    return f'<ol class="lab-flow wi-chain" aria-label="The whole model; each box opens its part">{items}</ol>'


def band_axis() -> dict[str, Any]:
    """Layout of the axis of the 80 bands: their frequencies beside some of them."""
    hz = band_frequencies()
    shown = [0, 16, 32, 48, 64, 79]
    return {
        "tickvals": shown,
        "ticktext": [f"{hz[i] / 1000:.1f} kHz" if hz[i] >= 1000 else f"{hz[i]:.0f} Hz" for i in shown],
        "range": [-0.5, 79.5],
        "fixedrange": True,
    }


def mel_window(window: Window, steps: MelSteps, step: str = "scaled", keep: float = 8.0) -> dict[str, Any]:
    """Draw the window after one of `STEPS`, with sound and filling told apart."""
    z = getattr(steps, step)
    empty = bool(np.isnan(z[0, -1]))  # nothing stands behind the sound before the scaling
    z = z[:, : steps.sound] if empty else z
    low, high = float(z.min()), float(z.max())
    if step == "power":
        low = 0.0
    small, group = pooled(z, COLUMNS)
    end = steps.sound / 100
    filling = f"filled up: {steps.filling:.2f}" if step == "scaled" else "filled up: silence"
    marks = [(end / 2, f"the sound, {end:.2f} s")]
    if steps.sound < N_COLUMNS:
        marks.append(((end + WINDOW_S) / 2, "nothing yet: filled after step 4" if empty else filling))
    names = {"power": "mel power", "log": "its logarithm", "clamped": "after the clamp", "scaled": "after the scaling"}
    return figure(
        [
            heatmap(
                levels(small, low, high),
                low,
                high,
                unit=UNITS[step],
                x0=0.005 * group,
                dx=0.01 * group,
                hovertemplate="%{x:.2f} s<br>band %{y:.0f}<br>%{z:.2f}<extra></extra>",
            )
        ],
        alt=(
            f"80 bands x 3000 columns of 10 ms, {names[step]}: values from {z.min():.3g} to {z.max():.3g}. "
            f"{steps.sound} columns are sound, {N_COLUMNS - steps.sound} are filled up"
            + (f" with {steps.filling:.2f}." if step == "scaled" else ".")
            + (f" The clamp keeps {keep:g} powers of ten." if step in ("clamped", "scaled") else "")
        ),
        x_title="Time (s)",
        home=str(window.key),
        xaxis=time_axis(window),
        yaxis=band_axis(),
        margin=MARGIN,
        shapes=[
            {"type": "line", "x0": end, "x1": end, "yref": "paper", "y0": 0, "y1": 1.08}
            | {"line": {"color": "var(--lab-c2)", "width": 2}}
        ]
        if steps.sound < N_COLUMNS
        else [],
        annotations=[
            {"x": x, "y": 1.01, "yref": "paper", "yanchor": "bottom", "text": words, "showarrow": False}
            | {"font": {"size": 11, "color": "var(--body-text-color)"}}
            for x, words in marks
            if x > 1.0
        ],
    )


def histogram(steps: MelSteps, keep: float) -> dict[str, Any]:
    """Draw how often each value of the logarithm occurs in the sound, and what the clamp cuts off."""
    x = steps.log[:, : steps.sound].ravel()
    edges = np.linspace(min(x.min(), steps.loudest - 8.5), steps.loudest, 71)
    counts, _ = np.histogram(x, edges)
    centres = (edges[1:] + edges[:-1]) / 2
    limit = steps.loudest - keep
    colours = ["var(--lab-c2)" if c < limit else "var(--lab-c1)" for c in centres]
    below = float((x < limit).mean())
    note = {"showarrow": False, "yref": "paper", "font": {"size": 11, "color": "var(--body-text-color)"}}
    return figure(
        [
            {
                "type": "bar",
                "x": centres,
                "y": 100 * counts / len(x),
                "marker": {"color": colours},
                "width": float(edges[1] - edges[0]),
                "hovertemplate": "log₁₀ power %{x:.2f}<br>%{y:.2f} % of the cells<extra></extra>",
            }
        ],
        alt=(
            f"Histogram of the log power of {len(x):,} cells: loudest {steps.loudest:.2f}, quietest {x.min():.2f}. The "
            f"clamp at {limit:.2f} lifts {100 * below:.1f} % of them."
        ),
        x_title="log₁₀ of the mel power",
        y_title="Cells (%)",
        bargap=0,
        margin={"l": 62, "r": 20, "t": 24, "b": 40},
        shapes=[
            {"type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1}
            | {"line": {"color": colour, "width": 2, "dash": dash}}
            for at, colour, dash in ((limit, "var(--lab-c2)", "solid"), (steps.loudest, "var(--lab-c3)", "dot"))
        ],
        annotations=[
            {**note, "x": limit, "y": 1.0, "yanchor": "bottom", "text": f"clamp {limit:.2f}"},
            {**note, "x": steps.loudest, "y": 1.0, "yanchor": "bottom", "xanchor": "right"}
            | {"text": f"loudest {steps.loudest:.2f}"},
        ],
    )


def scaling(steps: MelSteps, keep: float) -> str:
    """Tell the four steps with this clip's numbers, as HTML."""
    power, log = steps.power[:, : steps.sound], steps.log[:, : steps.sound]
    limit = steps.loudest - keep
    bottom = max(limit, -10.0)  # nothing lies below the floor of step 2
    low, high = (bottom + 4) / 4, (steps.loudest + 4) / 4
    quiet, loud = float(power.min()), float(power.max())
    ratio = f"the loudest is {loud / quiet:.0e} times the quietest" if quiet > 0 else "the quietest is exactly zero"
    lifted = 100 * float((log < limit).mean())
    rows = (
        ("1", "mel power", f"{quiet:.1e} to {loud:.3g}", f"linear: {ratio}, so a picture of it is nearly black"),
        ("2", "log₁₀(max(power, 10⁻¹⁰))", f"{log.min():.2f} to {steps.loudest:.2f}", "a factor of ten is one step"),
        (
            "3",
            f"max(x, {steps.loudest:.2f} − {keep:g})",
            f"{max(limit, log.min()):.2f} to {steps.loudest:.2f}",
            f"{lifted:.1f} % of the cells lay below {limit:.2f} and are lifted to it"
            if lifted
            else f"no cell lies below {limit:.2f}: nothing is lifted",
        ),
        (
            "4",
            "(x + 4) / 4",
            f"{max(low, (log.min() + 4) / 4):.2f} to {high:.2f}",
            f"({bottom:.2f} + 4) / 4 = {low:.2f} is now silence, "
            f"({steps.loudest:.2f} + 4) / 4 = {high:.2f} the loudest",
        ),
    )
    body = "".join(
        f"<tr><td>{n}</td><td><code>{escape(what)}</code></td><td>{span}</td><td>{escape(note)}</td></tr>"
        for n, what, span, note in rows
    )
    return (
        '<div class="lab-scroll"><table class="lab-table"><thead><tr><th></th><th>Step</th><th>Values of this sound'
        f"</th><th>What it does</th></tr></thead><tbody>{body}</tbody></table></div>"
    )


def fillings(window: Window, both: dict[str, MelSteps]) -> dict[str, Any]:
    """Draw the two fillings of the same sound side by side on one scale: 1 s of the sound, then what follows."""
    sound = next(iter(both.values())).sound
    first = max(0, sound - 150)
    last = min(N_COLUMNS, max(sound + 150, first + 300))
    low = min(float(s.scaled[:, first:last].min()) for s in both.values())
    high = max(float(s.scaled[:, first:last].max()) for s in both.values())
    traces, titles, marks = [], [], []
    for i, (name, steps) in enumerate(both.items()):
        axis = "" if i == 0 else "2"
        traces.append(
            heatmap(
                levels(steps.scaled[:, first:last], low, high),
                low,
                high,
                unit="value",
                x0=first / 100 + 0.005,
                dx=0.01,
                xaxis=f"x{axis}",
                yaxis="y",
                showscale=i == 1,
                hovertemplate="%{x:.2f} s<br>band %{y:.0f}<br>%{z:.2f}<extra></extra>",
            )
        )
        titles.append(
            {
                "xref": f"x{axis} domain",
                "x": 0.5,
                "yref": "paper",
                "y": 1.0,
                "yanchor": "bottom",
                "showarrow": False,
                "text": f"{name}: {steps.filling:.2f}",
                "font": {"size": 12, "color": "var(--body-text-color)"},
            }
        )
        marks.append(
            {
                "type": "line",
                "xref": f"x{axis}",
                "yref": "paper",
                "x0": sound / 100,
                "x1": sound / 100,
                "y0": 0,
                "y1": 1,
            }
            | {"line": {"color": "var(--lab-c2)", "width": 2}}
        )
    span = [first / 100, last / 100]
    return figure(
        traces,
        alt="; ".join(f"{name}: columns behind the sound hold {s.filling:.2f}" for name, s in both.items())
        + f". The sound ends at {sound / 100:.2f} s.",
        x_title="Time (s)",
        home=str(window.key),
        xaxis={"domain": [0, 0.485], "range": span, "fixedrange": True},
        xaxis2={"domain": [0.515, 1], "range": span, "fixedrange": True, "title": "Time (s)", "anchor": "y"},
        yaxis=band_axis(),
        margin=MARGIN,
        shapes=marks if sound < N_COLUMNS else [],
        annotations=titles,
    )
