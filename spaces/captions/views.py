"""How a captioning is drawn: timeline, latencies, numbers and downloads."""

from __future__ import annotations

import html
import shutil
import tempfile
from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder

from algorithms.text.subtitles import to_srt, to_txt, to_vtt
from components.figure import figure, line
from models.live.captions import KEEP_WORDS
from models.live.vad import SILENCE, SPEECH

from .log import BASE, SHOWN_S, TINY_EN, Log

NAMES = {TINY_EN: "Whisper tiny.en", BASE: "Whisper base"}
BAR_S = 2.0  # the latency this page promises at the median
FORMATS = (
    ("txt", "TXT", "plain text, one utterance a line"),
    ("srt", "SRT", "subtitles"),
    ("vtt", "VTT", "subtitles with a time for each word"),
)
LEVEL_DB = (-72, 0)


def status(text: str, *, problem: bool = False) -> str:
    """Write the line under the buttons: one sentence."""
    if not text:
        return ""
    kind, role = ("problem", "alert") if problem else ("note", "status")
    return f'<div class="lab-note {kind} lab-run" role="{role}">{html.escape(text)}</div>'


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
    many = f"{len(spans)} utterance{'' if len(spans) == 1 else 's'}"
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
        ("Model", NAMES.get(log.settings.model, log.settings.model)),
    ]
    if log.dropped_s:
        rows.append(("Left out", f"{log.dropped_s:.1f} s that came faster than they could be decoded"))
    if log.forgotten_words:
        rows.append(("Kept", f"the last {KEEP_WORDS} words; {log.forgotten_words} older ones are gone"))
    cells = "".join(f"<div><dt>{name}</dt><dd>{html.escape(value)}</dd></div>" for name, value in rows)
    return f'<dl class="lab-facts">{cells}</dl>'


def finished_sentence(log: Log) -> str:
    """Return what the status line says about a finished captioning."""
    if not log.words:
        return "No words: the voice activity detector or Whisper heard no speech in this sound."
    n = len(log.segments)
    what = f"{log.words} word{'' if log.words == 1 else 's'} in {n} utterance{'' if n == 1 else 's'}"
    if log.date:
        name = NAMES.get(log.settings.model, log.settings.model)
        return (
            f"Finished example, captioned by {name} on {log.date}: {what}. Press play to watch it come, or start live."
        )
    return f"Done: {what}, each stable {log.median_s:.1f} s after it was said (median)."


def write_downloads(log: Log) -> str:
    """Write the files into a folder of this visitor's own and return it; the page may fetch from there."""
    root = Path(get_upload_folder())
    root.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="captions-", dir=root))
    transcript = log.transcript
    texts = {"txt": to_txt(transcript), "srt": to_srt(transcript), "vtt": to_vtt(transcript, karaoke=True)}
    for extension, text in texts.items():
        (folder / f"captions.{extension}").write_text(text, encoding="utf-8")
    return str(folder)


def delete_downloads(folder: str) -> None:
    """Delete a visitor's files."""
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


def downloads(folder: str) -> str:
    """Return the row of download links; without a transcript they lead nowhere and say so."""
    links = []
    for extension, title, what in FORMATS:
        if not folder:
            links.append(f'<a class="lab-file" role="link" aria-disabled="true" title="No transcript yet">{title}</a>')
            continue
        path = Path(folder) / f"captions.{extension}"
        links.append(
            f'<a class="lab-file" href="gradio_api/file={html.escape(str(path), quote=True)}" '
            f'download="{path.name}" title="{what}">{title}</a>'
        )
    return f'<div class="lab-files"><span>Save as</span>{"".join(links)}</div>'
