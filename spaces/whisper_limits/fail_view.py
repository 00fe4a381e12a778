"""How part A is drawn: three gauges, the ladder of attempts, what is written, and what the VAD changes."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from typing import Any, NamedTuple

from algorithms.text.wer import align, normalize
from algorithms.whisper import languages
from algorithms.whisper.fallback import Attempt, Checks, Decision, Thresholds, check
from components.figure import figure, line
from components.words import clock_text, count
from models.whisper.stream import SAMPLE_RATE

from .case import KINDS, Made
from .ladder import EARS, Outcome, to_json
from .window import VAD_STEP_S

SHOWN_CHARS = 170  # of a text in the table: loops are hundreds of words long
PICTURE_COLUMNS = 900


class Gauge(NamedTuple):
    """One of the three numbers, as it is drawn."""

    name: str
    label: str  # in plain words
    low: float
    high: float
    bad_below: bool
    beyond: str  # what happens to a value beyond the limit


GAUGES = {
    "logprob": Gauge(
        "avg_logprob", "Average log-probability", -2.0, 0.0, True, "unsure: decode again at a higher temperature"
    ),
    "no_speech": Gauge("no_speech_prob", "No-speech probability", 0.0, 1.0, False, "no speech: drop it, if unsure too"),
    "compression": Gauge(
        "compression_ratio", "Compression ratio", 0.0, 5.0, False, "repeats: decode again at a higher temperature"
    ),
}


def number(value: float, digits: int = 2) -> str:
    """Return a number with a real minus sign."""
    return f"{value:.{digits}f}".replace("-", "−")


def short(text: str, chars: int = SHOWN_CHARS) -> str:
    """Return the beginning of a text and how long it is, as HTML."""
    if len(text) <= chars:
        return html.escape(text)
    return f'{html.escape(text[:chars])}… <span class="limits-more">({len(text):,} characters)</span>'


def gauge(which: str, outcome: Outcome | None, thresholds: Thresholds) -> str:
    """Draw one number of every attempt against its limit.

    Parameters
    ----------
    which
        A key of `GAUGES`.
    outcome
        None, or without attempts, draws the scale alone.
    thresholds
        Where the limit stands.
    """
    g = GAUGES[which]
    limit = getattr(thresholds, which)

    def percent(value: float) -> float:
        return 100 * (min(max(value, g.low), g.high) - g.low) / (g.high - g.low)

    attempts = outcome.attempts if outcome else ()
    decision = outcome.decide(thresholds) if outcome else None
    # The first step of decoding does not know the temperature: one row says it all.
    rows = list(enumerate(attempts))[: 1 if which == "no_speech" else None]
    drawn = []
    for i, attempt in rows:
        value = getattr(attempt, g.name)
        bad = getattr(check(attempt, thresholds), {"logprob": "unsure", "compression": "repeats"}.get(which, which))
        mark = "✕" if bad else "●"
        kept = decision is not None and decision.kept == i and which != "no_speech"
        name = "all" if which == "no_speech" else f"T {attempt.temperature:g}"
        beyond = " →" if value > g.high else "← " if value < g.low else ""
        said = f"{beyond}{number(value)}" if value < g.low else f"{number(value)}{beyond}"
        drawn.append(
            f'<div class="limits-row{" bad" if bad else ""}{" kept" if kept else ""}"><span>{name}</span>'
            f'<div class="limits-track"><b style="left:{min(max(percent(value), 3), 97):.1f}%">{mark}</b></div>'
            f"<em>{said}</em></div>"
        )
    zone = f"left:0;width:{percent(limit):.1f}%" if g.bad_below else f"left:{percent(limit):.1f}%;right:0"
    n_bad = sum("limits-row bad" in row for row in drawn)
    said = ", ".join(f"{getattr(a, g.name):.2f} at temperature {a.temperature:g}" for _, a in rows) or "nothing yet"
    alt = f"{g.label}, limit {limit:g}: {said}. {n_bad} of {len(rows)} beyond the limit."
    side = "below" if g.bad_below else "above"
    return (
        f'<section class="limits-gauge" role="img" aria-label="{html.escape(alt, quote=True)}" data-bad="{n_bad}">'
        f"<h3>{g.label}</h3><p>{side} {number(limit)} is {g.beyond}</p>"
        f'<div class="limits-plot"><div class="limits-area"><i class="limits-zone" style="{zone}"></i>'
        f'<i class="limits-limit" style="left:{percent(limit):.1f}%"></i></div>{"".join(drawn)}</div>'
        f'<div class="limits-axis"><span>{number(g.low, 0)}</span><span>{number(g.high, 0)}</span></div></section>'
    )


def _reasons(checks: Checks) -> str:
    names = ("repeats itself", "unsure", "no speech")
    found = [name for name, fails in zip(names, checks, strict=True) if fails]
    return " + ".join(found) or "passes"


def _fate(i: int, decision: Decision | None, checks: Checks, last: int) -> str:
    """What becomes of the i-th attempt."""
    if decision is None:
        return "next temperature"
    if i == decision.kept and decision.passed:
        return "silence: nothing is written" if decision.dropped else "kept"
    if decision.passed:
        return "next temperature" if i < decision.kept else "not needed"
    if i == decision.kept:
        return "all failed: silence, nothing is written" if decision.dropped else "all failed: the best, kept"
    return "next temperature" if i < last else "the last one"


def ladder(outcome: Outcome | None, thresholds: Thresholds) -> str:
    """Return the table of attempts: what each wrote, its numbers, which checks it failed, what became of it."""
    if outcome is None or not outcome.attempts:
        return '<p class="lab-table-empty">No attempt yet.</p>'
    decision = outcome.decide(thresholds)
    rows = []
    for i, a in enumerate(outcome.attempts):
        checks = check(a, thresholds)
        fate = _fate(i, decision, checks, len(outcome.attempts) - 1)
        kept = decision is not None and i == decision.kept
        style = "kept" if kept else "spare" if fate == "not needed" else ""
        failed = checks.repeats or checks.unsure
        cells = (
            f"<td>{a.temperature:g}</td>"
            f'<td dir="auto">{short(a.text) or "(nothing)"}</td>'
            f'<td class="{"doubtful" if checks.unsure else ""}">{number(a.avg_logprob)}</td>'
            f'<td class="{"doubtful" if checks.no_speech else ""}">{number(a.no_speech_prob)}</td>'
            f'<td class="{"doubtful" if checks.repeats else ""}">{number(a.compression_ratio)}</td>'
            f"<td>{'✕' if failed else '●'} {_reasons(checks)}</td><td><strong>{fate}</strong></td>"
            f"<td>{'–' if outcome.date else f'{a.seconds:.1f} s'}</td>"
        )
        rows.append(f'<tr class="{style}" data-temperature="{a.temperature:g}">{cells}</tr>')
    heads = ("T", "Whisper writes", "log-prob", "no speech", "compr.", "Checks", "What happens", "Took")
    head = "".join(f'<th scope="col">{h}</th>' for h in heads)
    return (
        '<div class="lab-scroll" tabindex="0" role="region" aria-label="Attempts">'
        '<table class="lab-table limits-ladder">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def result_text(attempts: Sequence[Attempt], decision: Decision | None) -> str:
    """Return the text that Whisper gives out: "" where it takes the window for silence."""
    return "" if decision is None or decision.dropped else attempts[decision.kept].text


def verdict(outcome: Outcome | None, thresholds: Thresholds) -> str:
    """Say what Whisper writes in the end, and why, in words."""
    if outcome is None:
        return _card("What Whisper writes", "(press Run)", "No attempt has been made on this sound.", "none")
    if not outcome.attempts:
        return _card("What Whisper writes", "…", "The first attempt is being made.", "none")
    decision = outcome.decide(thresholds)
    tried = outcome.attempts[-1]
    if decision is None:
        why = (
            f"With these limits every attempt so far fails ({_reasons(check(tried, thresholds))}): Whisper would go on "
            "with a higher temperature. Press Run to see it."
        )
        return _card("So far", short(tried.text, 400), why, "again")
    kept = outcome.attempts[decision.kept]
    said = short(kept.text, 400)
    checks = check(kept, thresholds)
    if decision.dropped:
        why = f"Dropped as silence: the probability that nobody speaks, {number(kept.no_speech_prob)}, is above its "
        why += f"limit, and the text’s log-probability, {number(kept.avg_logprob)}, is not above its own."
        return _card("What Whisper writes", f"nothing <del>{said}</del>", why, "dropped")
    if not decision.passed:
        which = "all loop, and the likeliest" if checks.repeats else "the likeliest text that does not loop"
        why = f"All {len(outcome.attempts)} temperatures fail; {which} is kept."
        return _card("What Whisper writes", said or "(nothing)", why, "failed")
    first = "at once" if decision.kept == 0 else f"after {decision.kept} failed"
    why = f"Kept at temperature {kept.temperature:g}, {first}: "
    if checks.no_speech:
        why += (
            f"the no-speech probability is {number(kept.no_speech_prob)}, but the text is sure enough to overrule it."
        )
    else:
        why += "no check objects."
    return _card("What Whisper writes", said or "(nothing)", why, "kept")


def _card(title: str, text: str, why: str, kind: str) -> str:
    return (
        f'<section class="limits-verdict {kind}" aria-live="polite" data-fate="{kind}"><h3>{title}</h3>'
        f'<p class="limits-said" dir="auto">{text}</p><p class="limits-why">{why}</p></section>'
    )


def vad_figure(made: Made, probs: Any, regions: Sequence[tuple[float, float]], threshold: float) -> dict[str, Any]:
    """Draw the sound, Silero's probability of speech over time, its threshold, and what is kept."""
    import numpy as np

    y = made.y
    duration_s = len(y) / SAMPLE_RATE
    step = max(1, -(-len(y) // PICTURE_COLUMNS))
    rows = np.pad(y, (0, -len(y) % step)).reshape(-1, step)
    top = max(float(np.abs(y).max()), 1e-3)
    t = np.repeat((np.arange(len(rows)) + 0.5) * step / SAMPLE_RATE, 2)
    outline = 0.5 + 0.45 * np.stack([rows.min(axis=1), rows.max(axis=1)], axis=1).reshape(-1) / top
    data = []
    if regions:
        nan = float("nan")
        x = np.array([(a, a, b, b, nan) for a, b in regions]).reshape(-1)
        z = np.tile([0.0, 1.0, 1.0, 0.0, nan], len(regions))
        fill = {"fill": "toself", "fillcolor": "var(--lab-c1)", "opacity": 0.14, "hoverinfo": "skip"}
        data.append({**line(x, z, name="kept", line={"width": 0}), **fill})
    data += [
        line(t, outline, color="var(--lab-line)", name="waveform", line={"width": 1}, hoverinfo="skip"),
        line(
            (np.arange(len(probs)) + 0.5) * VAD_STEP_S,
            probs,
            name="speech probability",
            hovertemplate="%{x:.2f} s: %{y:.2f}<extra></extra>",
        ),
        line(
            np.array([0.0, duration_s]),
            np.array([threshold, threshold]),
            color="var(--lab-c2)",
            name="threshold",
            line={"dash": "dash"},
            hoverinfo="skip",
        ),
    ]
    kept_s = sum(b - a for a, b in regions)
    alt = (
        f"Silero’s speech probability over {duration_s:.1f} s, at most {float(np.max(probs)):.2f}; above {threshold:g} "
        f"it is speech. Kept: {kept_s:.1f} s in {len(regions)} stretches, cut out: {duration_s - kept_s:.1f} s."
    )
    return figure(
        data,
        alt=alt,
        x_title="Time (s)",
        y_title="Speech probability",
        x_range=(0, duration_s),
        y_range=(0, 1.02),
        home=made.title,
    )


def vad_texts(outcome: Outcome | None, thresholds: Thresholds, threshold: float) -> str:
    """Put the text without and with VAD side by side, and mark what differs."""
    if outcome is None or not outcome.attempts:
        return ""
    before = result_text(outcome.attempts, outcome.decide(thresholds))
    vad = outcome.vad
    if vad is None:
        return _pair(_marked(before, before), "<em>not decoded</em>", "", "")
    kept_s = sum(b - a for a, b in vad.regions)
    heard = f"{kept_s:.1f} of {outcome.duration_s:.1f} s were decoded"
    if not vad.regions:
        after, heard = "", "Nothing was left to decode, so nothing could be invented"
    elif not vad.attempts:
        after, heard = before, "The VAD took all of it for speech: nothing changes"
    else:
        after = result_text(vad.attempts, outcome.decide_vad(thresholds))
    if threshold != vad.threshold:
        heard += f" (at a threshold of {vad.threshold:g}; press Run for the new one)"
    return _pair(
        _marked(before, after, "del"), _marked(after, before, "ins"), "All of the sound was decoded.", heard + "."
    )


def _marked(text: str, other: str, mark: str = "") -> str:
    """A text with the words that the other has not marked."""
    if not text:
        return "<em>(nothing)</em>"
    words, theirs = text.split()[:120], other.split()[:120]
    edits = align([normalize(w) or w for w in words], [normalize(w) or w for w in theirs])
    missing = iter([e.kind == "hit" for e in edits if e.ref is not None])
    marked = [html.escape(w) if next(missing) or not mark else f"<{mark}>{html.escape(w)}</{mark}>" for w in words]
    more = " …" if len(text.split()) > len(words) else ""
    return " ".join(marked) + more


def _pair(without: str, with_: str, note: str, heard: str) -> str:
    cards = (("Without VAD", without, note), ("With VAD", with_, heard))
    return (
        '<div class="limits-pair-texts">'
        + "".join(
            f'<section><h3>{title}</h3><p dir="auto">{text}</p><p class="limits-why">{why}</p></section>'
            for title, text, why in cards
        )
        + "</div>"
    )


def about(outcome: Outcome | None, made: Made, fail: str) -> str:
    """Say what the sound is, who heard it, and offer the numbers as a file."""
    parts = [KINDS[fail].what, *made.notes]
    link = ""
    if outcome is not None and outcome.attempts:
        language = ""
        if outcome.language_prob is not None:
            language = f" It heard {languages.name(outcome.language)} (p = {outcome.language_prob:.2f})."
        parts.append(f"Listener: {EARS[outcome.ear]}.{language}")
        data = base64.b64encode(to_json(outcome).encode()).decode()
        link = (
            f' <a class="lab-file" download="{outcome.case.name()}.json" '
            f'href="data:application/json;base64,{data}">All numbers (JSON)</a>'
        )
    return f'<p class="limits-about">{html.escape(" ".join(parts))}{link}</p>'


def sentence(outcome: Outcome | None, thresholds: Thresholds, seconds: float = 0.0) -> str:
    """Return what the status line says about a run."""
    if outcome is None:
        return "Press Run to hear what Whisper makes of this."
    tries = f"{count(len(outcome.attempts), 'attempt')} on {clock_text(outcome.duration_s)} of sound"
    if outcome.date:
        return f"Precomputed by {EARS[outcome.ear]} on {outcome.date}: {tries}. Press Run to do it now."
    return f"Done: {tries} in {seconds:.1f} s."
