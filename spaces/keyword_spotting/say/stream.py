"""A stream: what the spotter finds in an example or in the last take, drawn over time, counted and judged."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from algorithms.keyword.stream import KeywordStream, Rule, is_keyword
from algorithms.sound.clips import clip as get_clip
from components.figure import figure, heatmap, line
from components.player import Sound

from ..tables import csv_link
from . import live
from .one import shown

MIC = "mic"
STREAMS = {"word_stream": "Words in noise", "speech_long": "A novel", "tone": "Music", MIC: "The microphone"}
TRUTH = Path(__file__).parents[3] / "assets" / "precomputed" / "kws_stream.json"
COLUMNS = 600  # of the picture, at most
HIT_S = 1.0  # a detection up to so long after a word's end belongs to it
CLOCK = "kws_stream"
EMPTY = "Nothing was said yet: press Start microphone, or play an example."


@dataclass(frozen=True)
class Spoken:
    """A word of an example: when it is said is known, for the example was put together."""

    word: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Found:
    """A detection with what is known of it."""

    time_s: float
    word: str
    score: float
    late_s: float | None  # seconds after the word's end
    verdict: str  # "right", "again" (counted before), "wrong" (another word), "false" (no word), "" (nobody knows)


@dataclass(frozen=True)
class Outcome:
    """A stream, judged."""

    name: str
    found: tuple[Found, ...]
    missed: tuple[Spoken, ...]
    spoken: tuple[Spoken, ...] | None  # None where nobody knows
    heard_s: float


def rule_of(fields: Mapping[str, Any]) -> Rule:
    """The page's settings as a rule."""
    return Rule(float(fields["s_smooth"]), float(fields["s_threshold"]), float(fields["s_refractory"]))


@lru_cache(maxsize=4)
def truth(clip: str) -> tuple[Spoken, ...] | None:
    """Words of an example; empty where no keyword and no isolated word is said."""
    if clip == "word_stream":
        rows = json.loads(TRUTH.read_text(encoding="utf-8"))
        return tuple(Spoken(row["word"], row["start_s"], row["end_s"]) for row in rows)
    return None if clip == MIC else ()


@lru_cache(maxsize=8)
def _sound(clip: str) -> np.ndarray:
    from algorithms.sound import io as audio_io

    return audio_io.load(get_clip(clip).path, sample_rate=16_000).y


def listened(clip: str, spotter: Any, every: int) -> KeywordStream:
    """An example as the spotter hears it."""
    stream = KeywordStream(spotter, every)
    stream.push(_sound(clip))
    return stream


_packaged = lru_cache(maxsize=8)(listened)  # a visitor's own spotter is not kept here: it ends with the session


def stream_of(fields: Mapping[str, Any], spotter: Any, run: live.Run | None = None) -> KeywordStream | None:
    """The stream that the page shows; None where the microphone, whose run it may be, has not been used yet."""
    if fields["s_stream"] != MIC:
        hear = listened if fields["s_use"] == "mine" else _packaged
        return hear(fields["s_stream"], spotter, int(fields["s_every"]))
    return run.stream if run is not None and run.stream.steps else None


def player_sound(clip: str) -> dict:
    """An update of the player: the example; what the microphone heard is not kept, so there is no player."""
    if clip == MIC:
        return gr.update(value=None, visible=False)
    chosen = get_clip(clip)
    sound = Sound(STREAMS[clip], path=str(chosen.path), duration_s=chosen.duration_s)
    return gr.update(value=sound, visible=True)


def judge(stream: KeywordStream, rule: Rule, clip: str) -> Outcome:
    """Compare what was found with what was said."""
    spoken = truth(clip)
    keywords = set(stream.spotter.labels)
    words = stream.words() if spoken is None else [(s.start_s, s.end_s) for s in spoken]
    found, hit = [], set()
    for detection in stream.detections(rule):
        at_s, index, score, late_s = live.found_row(stream, detection, words)
        word, verdict = stream.spotter.labels[index], ""
        if spoken is not None:
            near = [i for i, s in enumerate(spoken) if s.start_s <= at_s <= s.end_s + HIT_S]
            match = next((i for i in near if spoken[i].word == word), None)
            if match is not None:
                verdict = "again" if match in hit else "right"
                hit.add(match)
            else:
                verdict = "wrong" if near else "false"
        found.append(Found(at_s, word, score, late_s, verdict))
    missed = tuple(s for i, s in enumerate(spoken or ()) if s.word in keywords and i not in hit)
    return Outcome(clip, tuple(found), missed, spoken, len(stream.level_db) * 0.02)


def pooled(values: np.ndarray, columns: int = COLUMNS) -> tuple[np.ndarray, int]:
    """Maxima over stretches of equal length, so that at most `columns` remain; [n, ...] and the stretch's length."""
    step = -(-len(values) // columns)
    if step <= 1:
        return values, 1
    starts = np.arange(0, len(values), step)
    return np.maximum.reduceat(values, starts, axis=0), step


VERDICTS = {"right": "right", "again": "same word again", "wrong": "false alarm: another word"}
VERDICTS |= {"false": "false alarm", "": ""}
MARKS = {"right": ("triangle-up", "var(--lab-good)"), "": ("triangle-up", "var(--lab-c1)")}
MARKS |= {"again": ("circle", "var(--lab-c2)"), "wrong": ("x", "var(--lab-bad)"), "false": ("x", "var(--lab-bad)")}


def curve(stream: KeywordStream, rule: Rule, outcome: Outcome) -> dict:
    """The likeliest keyword's smoothed probability, the threshold, and the detections."""
    smoothed = stream.smoothed(rule)[:, is_keyword(stream.spotter.labels)]
    best, step = pooled(smoothed.max(1))
    t = stream.time_s(0) + stream.step_s * step * np.arange(len(best))
    data = [line(t, best, name="likeliest keyword", hovertemplate="%{x:.2f} s: %{y:.2f}<extra></extra>")]
    for verdict, (symbol, color) in MARKS.items():
        these = [f for f in outcome.found if f.verdict == verdict]
        names = [f.word for f in these]
        if these:
            data.append(
                {
                    "type": "scatter", "mode": "markers+text", "x": [f.time_s for f in these],
                    "y": [min(f.score, 1.0) for f in these], "text": names if verdict != "again" else [""] * len(these),
                    "customdata": names, "textposition": "top center", "name": VERDICTS[verdict] or "found",
                    "textfont": {"color": color, "size": 12}, "marker": {"symbol": symbol, "size": 9, "color": color},
                    "hovertemplate": "%{customdata} at %{x:.2f} s, %{y:.2f}<extra></extra>", "cliponaxis": False,
                    "thin": True,
                }
            )  # fmt: skip
    for missed, color in ((False, "var(--body-text-color-subdued)"), (True, "var(--lab-bad)")):
        these = [s for s in outcome.spoken or () if (s in outcome.missed) == missed]
        if these:
            data.append(
                {
                    "type": "scatter", "mode": "text", "x": [(s.start_s + s.end_s) / 2 for s in these],
                    "y": [-0.08] * len(these), "text": [s.word for s in these], "hoverinfo": "skip", "thin": True,
                    "textfont": {"color": color, "size": 11}, "name": "missed" if missed else "said",
                }
            )  # fmt: skip
    spans = [(s.start_s, s.end_s) for s in outcome.spoken] if outcome.spoken is not None else stream.words()
    shapes = [
        {"type": "rect", "x0": a, "x1": b, "y0": 0, "y1": 1, "yref": "paper", "line": {"width": 0},
         "fillcolor": "var(--lab-soft)", "layer": "below"} for a, b in spans
    ]  # fmt: skip
    shapes.append(
        {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": rule.threshold, "y1": rule.threshold,
         "line": {"color": "var(--lab-c2)", "width": 1.5, "dash": "dash"}}
    )  # fmt: skip
    names = ", ".join(f"{f.word} at {f.time_s:.1f} s" for f in outcome.found[:20]) or "nothing"
    missed = ", ".join(s.word for s in outcome.missed)
    return figure(
        data,
        alt=f"With threshold {rule.threshold:.2f} it finds {names}." + (f" It misses {missed}." if missed else ""),
        x_title="",
        y_title="Probability",
        x_range=(0, max(outcome.heard_s, 1.0)),
        y_range=(-0.14, 1.16),
        home=outcome.name,
        shapes=shapes,
        xaxis={"uirevision": outcome.name},
        yaxis={"tickvals": [0, 0.25, 0.5, 0.75, 1]},
        margin={"l": 76, "b": 24},
    )


def rows(stream: KeywordStream, rule: Rule, outcome: Outcome) -> dict:
    """Smoothed probabilities of all classes, one row each."""
    smoothed, step = pooled(stream.smoothed(rule))
    labels = [shown(label) for label in stream.spotter.labels]
    share = {label: 100 * float(np.mean(smoothed.argmax(1) == i)) for i, label in enumerate(labels)}
    most = max(share, key=share.get)
    image = heatmap(
        np.round(255 * smoothed[:, ::-1].T).astype(np.uint8), 0.0, 1.0, unit="p",
        x0=stream.time_s(0), dx=stream.step_s * step, y=labels[::-1], showscale=False,
        hovertemplate="%{x:.2f} s<br>%{y}: %{z:.2f}<extra></extra>",
    )  # fmt: skip
    return figure(
        [image],
        alt=f"{len(labels)} classes over {outcome.heard_s:.0f} s; {most} is likeliest {share[most]:.0f} % of the time.",
        x_title="Time (s)",
        x_range=(0, max(outcome.heard_s, 1.0)),
        home=outcome.name,
        xaxis={"uirevision": outcome.name},
        yaxis={"type": "category", "tickfont": {"size": 11}},
        margin={"l": 76},
    )


def _median(values: Sequence[float]) -> str:
    return f"{np.median(values):+.2f} s".replace("-", "−") if values else "–"


def facts(stream: KeywordStream | None, outcome: Outcome | None, whose: str = "") -> str:
    """Counts in large figures, who answered, and how the latency was measured, as HTML."""
    if stream is None or outcome is None:
        return f'<p class="kws-note">{EMPTY}</p>'
    late = [f.late_s for f in outcome.found if f.late_s is not None and f.verdict in ("", "right")]
    if outcome.spoken is None:
        cells = [(str(len(outcome.found)), "detections"), (str(len(stream.words())), "words by loudness")]
        end = "the end by loudness: the level falls to 12 dB above the noise or 30 dB below the peak"
    else:
        keywords = [s for s in outcome.spoken if s.word in stream.spotter.labels]
        wrong = [f for f in outcome.found if f.verdict in ("wrong", "false")]
        again = sum(f.verdict == "again" for f in outcome.found)
        per_hour = 3600 * len(wrong) / max(outcome.heard_s, 1.0)
        cells = [
            *([(f"{len(keywords) - len(outcome.missed)} of {len(keywords)}", "keywords found")] if keywords else []),
            (str(len(wrong)), "false alarm" if len(wrong) == 1 else "false alarms"),
            *([(str(again), "counted again")] if again else []),
            *([] if keywords else [(f"{per_hour:.0f}", "an hour at this rate")]),
        ]
        end = "the end is known: the example was put together"
    if late:
        cells.append((_median(late), "from word end to detection"))
    cells.append((f"{1 / stream.step_s:.0f}", "answers a second"))
    boxes = "".join(f"<li><strong>{value}</strong> <span>{html.escape(what)}</span></li>" for value, what in cells)
    about = f"Median; {end}. Below zero: known before the word was over." if late else ""
    if outcome.spoken is None:
        about = f"What the microphone heard is not kept, only the answers to it. {about}"
    about = f"<small>{html.escape(whose)} {about}</small>"
    return f'<ul class="kws-facts">{boxes}</ul>{about}'


def file_rows(outcome: Outcome) -> list[tuple]:
    """The detections and misses as a table with a head."""
    found = [(f.time_s, f.word, f.score, "" if f.late_s is None else f.late_s, f.verdict) for f in outcome.found]
    missed = [(s.start_s, s.word, "", "", "missed") for s in outcome.missed]
    return [("time_s", "word", "probability", "seconds_after_word_end", "verdict"), *sorted(found + missed)]


def table(outcome: Outcome | None) -> str:
    """Every detection and every miss in order of time, as HTML."""
    if outcome is None or not (outcome.found or outcome.missed):
        return ""
    entries = [(f.time_s, f.word, f"{f.score:.2f}", "–" if f.late_s is None else f"{f.late_s:+.2f} s".replace("-", "−"),
                VERDICTS[f.verdict], f.verdict) for f in outcome.found]  # fmt: skip
    entries += [(s.start_s, s.word, "–", "–", "missed", "missed") for s in outcome.missed]
    judged = outcome.spoken is not None
    names = ("At", "Word", "Probability", "After word end", *(["Verdict"] if judged else []))
    head = "".join(f"<th scope=col>{name}</th>" for name in names)
    lines = "".join(
        f'<tr class="{kind}"><td>{at_s:.2f} s</td><td>{html.escape(word)}</td><td>{score}</td><td>{late}</td>'
        + (f"<td>{verdict}</td>" if judged else "") + "</tr>"
        for at_s, word, score, late, verdict, kind in sorted(entries)[:100]
    )  # fmt: skip
    return (
        '<div class="lab-scroll kws-table"><table class="lab-table">'
        f"<thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
        + csv_link("Save the detections as", "detections.csv", file_rows(outcome))
    )
