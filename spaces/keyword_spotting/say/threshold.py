"""Where to set the threshold: misses on the validation clips against false alarms in hours of running speech."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from components.figure import figure, line

from .. import validation
from ..networks import TITLES
from ..validation import THRESHOLDS

FLOOR = 0.5  # alarms that stand for none on a logarithmic axis
INSIDE = {"orientation": "v", "font": {"size": 11}, "bgcolor": "var(--lab-card)"}  # where a picture has room for names
SPEECH = {"english": "English", "other languages": "others"}


def _at(fields: Mapping[str, Any]) -> int:
    return int(np.clip(round(100 * float(fields["s_threshold"])) - 1, 0, len(THRESHOLDS) - 1))


def _an_hour(counts: np.ndarray, hours: float) -> np.ndarray:
    return np.maximum(counts, FLOOR) / hours


def det(fields: Mapping[str, Any]) -> dict:
    """Misses (%) against false alarms an hour; one point a threshold, the chosen one marked."""
    held, model, smooth_ms = validation.load(), fields["model"], float(fields["s_smooth"])
    data = []
    for name in held.about["networks"]:
        if name != model:
            x = _an_hour(held.alarm_counts(name, smooth_ms)[0], held.hours[0])
            data.append(line(x, 100 * held.misses(name, smooth_ms), name=TITLES[name].split(":")[0],
                             color="var(--body-text-color-subdued)", line={"width": 1, "dash": "dot"},
                             text=[f"{t:.2f}" for t in THRESHOLDS],
                             hovertemplate="threshold %{text}: %{y:.1f} % missed, %{x:.1f} an hour"))  # fmt: skip
    counts, misses, at = held.alarm_counts(model, smooth_ms), 100 * held.misses(model, smooth_ms), _at(fields)
    for row, (kind, color) in enumerate(zip(held.about["speech"], ("var(--lab-c1)", "var(--lab-c3)"), strict=True)):
        x = _an_hour(counts[row], held.hours[row])
        data.append(line(x, misses, name=f"{TITLES[model].split(':')[0]}, {SPEECH[kind]}", color=color,
                         text=[f"{t:.2f}" for t in THRESHOLDS], line={"width": 2.5},
                         hovertemplate="threshold %{text}: %{y:.1f} % missed, %{x:.1f} an hour"))  # fmt: skip
        data.append({"type": "scatter", "mode": "markers", "x": [x[at]], "y": [misses[at]], "showlegend": False,
                     "marker": {"size": 12, "color": color, "line": {"width": 2, "color": "var(--lab-card)"}},
                     "hoverinfo": "skip"})  # fmt: skip
    return figure(
        data,
        alt=sentence(fields),
        x_title="False alarms an hour of speech without keywords",
        y_title="Keywords missed (%)",
        y_range=(0, 100),
        showlegend=True,
        xaxis={"type": "log", "tickvals": [0.1, 1, 10, 100, 1000]},
        legend={**INSIDE, "x": 1, "xanchor": "right", "y": 1, "yanchor": "top"},
        margin={"t": 10},
    )


def both(fields: Mapping[str, Any]) -> dict:
    """Misses and false alarms, each against the threshold."""
    held, model, smooth_ms = validation.load(), fields["model"], float(fields["s_smooth"])
    counts, at = held.alarm_counts(model, smooth_ms), _at(fields)
    misses = 100 * held.misses(model, smooth_ms)
    data = [
        line(THRESHOLDS, misses, color="var(--lab-c2)", name="keywords missed", line={"width": 2.5},
             hovertemplate="threshold %{x:.2f}: %{y:.1f} % missed"),
        line(THRESHOLDS, _an_hour(counts[0], held.hours[0]), color="var(--lab-c1)", name="false alarms, English",
             line={"width": 2.5}, yaxis="y2", hovertemplate="threshold %{x:.2f}: %{y:.1f} an hour"),
        line(THRESHOLDS, _an_hour(counts[1], held.hours[1]), color="var(--lab-c3)", name="… other languages",
             yaxis="y2", hovertemplate="threshold %{x:.2f}: %{y:.1f} an hour"),
    ]  # fmt: skip
    chosen = float(THRESHOLDS[at])
    return figure(
        data,
        alt=sentence(fields),
        x_title="Threshold",
        y_title="Missed (%)",
        x_range=(0, 1),
        y_range=(0, 100),
        showlegend=True,
        yaxis2={
            "title": "False alarms an hour", "overlaying": "y", "side": "right", "type": "log", "showgrid": False,
            "tickvals": [1, 10, 100, 1000],
        },
        shapes=[
            {"type": "line", "x0": chosen, "x1": chosen, "y0": 0, "y1": 1, "yref": "paper",
             "line": {"color": "var(--lab-cursor)", "width": 1.5, "dash": "dot"}}
        ],
        legend={**INSIDE, "x": 0.02, "xanchor": "left", "y": 0.5, "yanchor": "middle"},
        margin={"r": 56, "t": 10},
    )  # fmt: skip


def nearest(fields: Mapping[str, Any], alarms_an_hour: float, missed_percent: float) -> float:
    """The threshold whose point lies nearest to a click on the curves of `det`; both axes count by what they show."""
    held, model, smooth_ms = validation.load(), fields["model"], float(fields["s_smooth"])
    y = 100 * held.misses(model, smooth_ms)
    away = []
    for counts, hours in zip(held.alarm_counts(model, smooth_ms), held.hours, strict=True):
        x = np.log10(_an_hour(counts, hours))
        away.append(((x - np.log10(max(alarms_an_hour, 1e-3))) / 3) ** 2 + ((y - missed_percent) / 100) ** 2)
    return float(np.clip(THRESHOLDS[np.minimum(*away).argmin()], 0.05, 0.99))


def _alarms(count: int, hours: float) -> str:
    if not count:
        return f"none in {hours:.2f} h"
    each = 3600 * hours / count
    pace = f"{each:.0f} s" if each < 100 else f"{each / 60:.0f} min"
    pace = f"one every {pace}"
    return f"{count / hours:.0f} an hour, {pace}" if count / hours >= 10 else f"{count / hours:.1f} an hour, {pace}"


def sentence(fields: Mapping[str, Any]) -> str:
    """What the chosen threshold costs, in words."""
    held, model, smooth_ms, at = validation.load(), fields["model"], float(fields["s_smooth"]), _at(fields)
    counts = held.alarm_counts(model, smooth_ms)[:, at]
    missed = held.misses(model, smooth_ms)[at]
    n = int(held.keyword_clips.sum())
    return (
        f"At {THRESHOLDS[at]:.2f} it misses {round(missed * n)} of {n} keywords ({100 * missed:.1f} %). False alarms "
        f"in English speech: {_alarms(int(counts[0]), held.hours[0])}; in four other languages: "
        f"{_alarms(int(counts[1]), held.hours[1])}."
    )


def facts(fields: Mapping[str, Any]) -> str:
    """The sentence, and where the numbers come from, as HTML."""
    held = validation.load()
    speakers = len(set(held.speakers[held.keyword_clips].tolist()))
    return (
        f'<p class="ctc-sentence">{sentence(fields)}</p><p class="kws-source">Measured on {held.about["date"]} with an '
        f"answer every {20 * held.about['every']} ms and {held.about['refractory_ms'] / 1000:.0f} s of deafness after "
        f"a detection: misses on {int(held.keyword_clips.sum())} keyword clips of {speakers} speakers that training "
        f"never heard, false alarms in {held.hours[0]:.2f} h of English without a keyword (readers, coffee orders, "
        f"wake words) and {held.hours[1]:.2f} h of Spanish, French, Italian and Russian announcements. Where "
        "nothing fired, the curve stands at half an alarm.</p>"
    )
