"""How a captioning is drawn: timeline, latencies, numbers and downloads."""

from __future__ import annotations

import html
from typing import Any

from algorithms.text.subtitles import to_srt, to_txt, to_vtt
from components import downloads
from components.figure import figure, line
from components.words import count, fact_list
from models.live.captions import KEEP_WORDS
from models.live.vad import SILENCE, SPEECH
from models.whisper.result import model_name

from .log import SHOWN_S, Log

BAR_S = 2.0  # the latency this page promises at the median
FORMATS = (
    ("txt", "TXT", "plain text, one utterance a line"),
    ("srt", "SRT", "subtitles"),
    ("vtt", "VTT", "subtitles with a time for each word"),
)
STEM = "captions"  # of the files' names
LEVEL_DB = (-72, 0)


def shown(log: Log) -> tuple[float, float]:
    """Return the stretch of time that the pictures show: all of a finished example, else the last minute."""
    end = max(log.heard_s, log.frames_end_s, 1.0)
    return max(0.0, end - SHOWN_S), end


def timeline(log: Log | None) -> dict[str, Any]:
    """Draw the level of the sound below, the probability of speech above, and the utterances behind both."""
    import numpy as np

    axes = {
        "xaxis": {"anchor": "y"},
        "yaxis": {"domain": [0, 0.46], "fixedrange": True},
        "yaxis2": {"domain": [0.54, 1], "title": "Speech prob.", "range": [0, 1.05], "tickvals": [0, 0.5, 1]},
    }
    if log is None or not len(log.probs):
        return figure(
            [],
            alt="The level and the speech probability appear here while sound comes in.",
            x_title="Time (s)",
            y_title="Level (dBFS)",
            x_range=(0, 10),
            y_range=LEVEL_DB,
            **axes,
        )
    start_s, end_s = shown(log)
    t = log.frames_end_s - log.frame_s * (np.arange(len(log.probs))[::-1] + 0.5)
    inside = t >= start_s
    spans = [u for u in log.utterances if u[1] > start_s]
    shapes = [_rectangle(max(a, start_s), b) for a, b in spans]
    shapes += [_vertical(b) for _, b in spans if b < end_s - 0.05]
    data = [
        line(t[inside], log.levels_db[inside], name="level", color="var(--lab-c1)", line={"width": 1.2}),
        line(t[inside], log.probs[inside], name="speech probability", color="var(--lab-c3)", yaxis="y2"),
        line(
            np.array([start_s, end_s]),
            np.array([SPEECH, SPEECH]),
            name="speech begins above",
            color="var(--lab-good)",
            yaxis="y2",
            line={"dash": "dot", "width": 1},
        ),
        line(
            np.array([start_s, end_s]),
            np.array([SILENCE, SILENCE]),
            name="silence counts below",
            color="var(--lab-bad)",
            yaxis="y2",
            line={"dash": "dot", "width": 1},
        ),
    ]
    share = float(np.mean(log.probs[inside] >= SPEECH)) if inside.any() else 0.0
    many = count(len(spans), "utterance")
    alt = f"{start_s:.0f} to {end_s:.0f} s: {many}, speech in {100 * share:.0f} % of the time."
    return figure(
        data,
        alt=alt,
        x_title="Time (s)",
        y_title="Level (dBFS)",
        x_range=(start_s, end_s),
        y_range=LEVEL_DB,
        home=log.title,
        shapes=shapes,
        **axes,
    )


def _rectangle(a: float, b: float) -> dict[str, Any]:
    area = {"type": "rect", "xref": "x", "yref": "paper", "x0": a, "x1": b, "y0": 0, "y1": 1, "layer": "below"}
    return {**area, "fillcolor": "var(--lab-fill)", "line": {"width": 0}}


def _vertical(x: float) -> dict[str, Any]:
    edge = {"type": "line", "xref": "x", "yref": "paper", "x0": x, "x1": x, "y0": 0, "y1": 1}
    return {**edge, "line": {"color": "var(--lab-c2)", "width": 1.5, "dash": "dash"}}


def latency(log: Log | None) -> dict[str, Any]:
    """Draw a bar for each stable word: how long after its end it became stable."""
    import numpy as np

    words = [] if log is None else [w for w in log.words_timed if w[1] >= shown(log)[0]]
    if not words:
        return figure(
            [],
            alt="A bar for each stable word appears here.",
            x_title="Time (s)",
            y_title="Latency (s)",
            x_range=(0, 10) if log is None else shown(log),
            y_range=(0, 2.5),
        )
    ends = np.array([w[1] for w in words])
    late = np.array([w[4] for w in words])
    median = float(np.median(late))
    bars = {
        "type": "bar",
        "x": ends,
        "y": late,
        "width": 0.12 if len(words) < 120 else 0.2,
        "text": [html.escape(w[2].strip()) for w in words],
        "textposition": "none",
        "marker": {"color": late, "cmin": 0, "cmax": 2.5, "colorscale": [[0, "var(--lab-c1)"], [1, "var(--lab-c2)"]]},
        "name": "latency",
        "hovertemplate": "%{text}<br>said until %{x:.2f} s<br>stable %{y:.2f} s later<extra></extra>",
    }
    x_range = shown(log)
    level = line(
        np.array(x_range),
        np.array([median, median]),
        name="median",
        color="var(--lab-c3)",
        line={"dash": "dash", "width": 1.5},
    )
    top = max(2.5, 1.08 * float(late.max()))
    return figure(
        [bars, level],
        alt=f"Latency of {len(words)} stable words: median {median:.2f} s, longest {late.max():.2f} s.",
        x_title="Time (s)",
        y_title="Latency (s)",
        x_range=x_range,
        y_range=(0, top),
        home=log.title,
    )


def facts(log: Log | None) -> str:
    """Say in numbers how fast and how steady the captions were."""
    if log is None:
        return ""
    buffers = [row["b"] for row in log.rows]
    times = "no stable word yet" if log.median_s is None else f"{log.median_s:.2f} s, 95 % within {log.p95_s:.2f} s"
    rows = [
        ("Latency, median", times),
        ("Stable words", str(log.words)),
        ("Hypotheses", f"{log.hypotheses}, {log.hypotheses / max(log.heard_s, 1e-3):.1f} a second"),
        ("Real-time factor", f"{log.real_time_factor:.2f}"),
        ("Buffer", f"{buffers[-1]:.1f} s, longest {max(buffers):.1f} s" if buffers else "empty"),
        ("Model", model_name(log.settings.model)),
    ]
    if log.dropped_s:
        rows.append(("Left out", f"{log.dropped_s:.1f} s that came faster than they could be decoded"))
    if log.forgotten_words:
        rows.append(("Kept", f"the last {KEEP_WORDS} words; {log.forgotten_words} older ones are gone"))
    return fact_list(rows)


def finished_sentence(log: Log) -> str:
    """Return what the status line says about a finished captioning."""
    if not log.words:
        return "No words: the voice activity detector or Whisper heard no speech in this sound."
    what = f"{count(log.words, 'word')} in {count(len(log.segments), 'utterance')}"
    if log.date:
        begin = f"Finished example, captioned by {model_name(log.settings.model)} on {log.date}"
        return f"{begin}: {what}. Press play to watch it come, or start live."
    return f"Done: {what}, each stable {log.median_s:.1f} s after it was said (median)."


def write_downloads(log: Log) -> str:
    """Write the files into a folder of this visitor's own and return it."""
    transcript = log.transcript
    texts = {"txt": to_txt(transcript), "srt": to_srt(transcript), "vtt": to_vtt(transcript, karaoke=True)}
    return downloads.write("captions", STEM, texts)


def links(folder: str) -> str:
    """Return the row of download links; without a transcript they lead nowhere and say so."""
    return downloads.links(FORMATS, folder, STEM)
