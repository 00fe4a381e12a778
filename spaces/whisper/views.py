"""How a run is drawn: figures, tables, lines of text and download links."""

from __future__ import annotations

import html
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder

from algorithms.text.subtitles import to_json, to_srt, to_textgrid, to_txt, to_vtt
from algorithms.text.transcript import Segment, Word
from components.figure import figure, line

from . import languages
from .result import DOUBT_COMPRESSION, DOUBT_LOGPROB, DOUBT_NO_SPEECH, Envelope, Result, about

MAX_WORD_BARS = 1500  # more bars than this are narrower than a pixel and slow the browser
MAX_OUTLINED_BARS = 100  # of more, the gaps between them would hide them
TOP_LANGUAGES = 5
SILENT_PEAK = 1e-3  # -60 dBFS
FORMATS = (
    ("srt", "SRT", "subtitles"),
    ("vtt", "VTT", "subtitles with a time for each word"),
    ("txt", "TXT", "plain text"),
    ("json", "JSON", "everything, with word times and probabilities"),
    ("TextGrid", "TextGrid", "words and segments as tiers, for Praat"),
)
NAMES = {"asr/whisper-tiny.en": "Whisper tiny.en", "asr/whisper-base": "Whisper base"}
SOURCES = {"package": "weights in the Python package", "hub": "weights from the Hugging Face hub,"}


def clock_text(seconds: float) -> str:
    """Return a time as people read it: 0:08.3, 1:02:03."""
    if seconds >= 3600:
        return f"{int(seconds // 3600)}:{int(seconds // 60) % 60:02d}:{int(seconds % 60):02d}"
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"


def count(n: int, what: str) -> str:
    """Return a number of things in words: "1 word", "20 words"."""
    return f"{n} {what}{'' if n == 1 else 's'}"


def model_name(model_id: str) -> str:
    """Return how the page calls a model."""
    return NAMES.get(model_id, model_id.removeprefix("hub:"))


def waveform(
    envelope: Envelope | None, segments: Sequence[Segment], home: str, duration_s: float = 0.0
) -> dict[str, Any]:
    """Draw the sound with a block of colour for each segment and, at its foot, a bar for each word.

    Parameters
    ----------
    envelope
        None while nothing has been read: then the picture is empty.
    home
        Names the sound: another one starts unzoomed.
    duration_s
        Of the whole sound, where not all of it has been read yet.
    """
    import numpy as np

    if envelope is None or not len(envelope.low):
        return figure([], alt="The waveform appears while the sound is transcribed.", x_title="Time (s)", home=home)
    top = max(float(np.abs(envelope.low).max()), float(np.abs(envelope.high).max()), 1e-3) * 1.05
    t = (np.arange(len(envelope.low)) + 0.5) * envelope.step_s
    outline = np.stack([envelope.low, envelope.high], axis=1).reshape(-1)
    blocks = [_blocks(segments[i::2], top, f"var(--lab-{colour})") for i, colour in enumerate(("c1", "c3"))]
    words = [word for segment in segments for word in segment.words]
    data = [
        *(block for block in blocks if block),
        line(np.repeat(t, 2), outline, name="waveform", line={"width": 1}, hoverinfo="skip"),
        *([_word_bars(words, top)] if 0 < len(words) <= MAX_WORD_BARS else []),
    ]
    length_s = max(envelope.duration_s, duration_s)
    said = (
        f"{count(len(segments), 'segment')} and {count(len(words), 'word')} are marked"
        if segments
        else "No words are marked"
    )
    return figure(
        data,
        alt=f"Waveform of {length_s:.1f} s of sound. {said}.",
        x_title="Time (s)",
        x_range=(0, length_s),
        y_range=(-1.25 * top, top),
        home=home,
        yaxis={"showticklabels": False, "showgrid": False, "zeroline": False, "fixedrange": True},
        bargap=0,
    )


def _blocks(segments: Sequence[Segment], top: float, colour: str) -> dict[str, Any] | None:
    """Every second segment as a rectangle, all in one trace: an hour has hundreds of them."""
    import numpy as np

    if not segments:
        return None
    nan = float("nan")
    x = np.array([(s.start_s, s.start_s, s.end_s, s.end_s, nan) for s in segments]).reshape(-1)
    y = np.tile([-top, top, top, -top, nan], len(segments))
    fill = {"fill": "toself", "fillcolor": colour, "opacity": 0.16, "line": {"width": 0}}
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "hoverinfo": "skip", "name": "segments", **fill}


def _word_bars(words: list[Word], top: float) -> dict[str, Any]:
    import numpy as np

    prob = np.array([1.0 if w.prob is None else w.prob for w in words])
    return {
        "type": "bar",
        "name": "words",
        "x": np.array([(w.start_s + w.end_s) / 2 for w in words]),
        "width": np.array([max(w.end_s - w.start_s, 0.01) for w in words]),
        "base": -1.25 * top,
        "y": np.full(len(words), 0.2 * top),
        "marker": {
            "color": prob,
            "cmin": 0,
            "cmax": 1,
            "colorscale": [[0, "var(--lab-c2)"], [1, "var(--lab-c1)"]],
            "line": {"width": 1 if len(words) <= MAX_OUTLINED_BARS else 0, "color": "var(--lab-card)"},
        },
        "text": [html.escape(w.text.strip()) for w in words],
        "textposition": "none",
        "customdata": prob,
        "hovertemplate": "%{text}<br>p = %{customdata:.2f}<br>%{x:.2f} s<extra></extra>",
    }


def language_bars(probs: tuple[tuple[str, float], ...], why_not: str) -> dict[str, Any]:
    """Draw the five likeliest languages; without any, the reason in words.

    Parameters
    ----------
    probs
        (code, probability), best first.
    why_not
        Shown where `probs` is empty.
    """
    import numpy as np

    if not probs:
        note = {"text": why_not, "showarrow": False, "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
        hidden = {"visible": False}
        return figure([], alt=why_not, annotations=[note], xaxis=hidden, yaxis=hidden, home="none")
    top = probs[:TOP_LANGUAGES]
    names = [languages.name(code) for code, _ in top]
    values = np.array([p for _, p in top])
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": values,
        "y": names,
        "marker": {"color": "var(--lab-c1)"},
        "text": [f"{p:.3f}" for p in values],
        "textposition": "outside",
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    alt = "Language probabilities: " + ", ".join(f"{n} {p:.3f}" for n, p in zip(names, values, strict=True)) + "."
    return figure(
        [bars],
        alt=alt,
        x_title="Probability",
        x_range=(0, 1.12),
        yaxis={"autorange": "reversed", "showgrid": False},
        xaxis={"tickvals": [0, 0.25, 0.5, 0.75, 1]},
        home=alt,
    )


def facts(result: Result) -> str:
    """Say which model made this, from what, and how fast."""
    model = result.model
    kind, _, place = model.source.partition(":")
    source = f"{SOURCES[kind]} {place}" if kind in SOURCES else f"weights in {model.source}"
    speed = f"{result.done_s:.1f} s of sound in {result.seconds:.2f} s: real-time factor {result.real_time_factor:.2f}"
    detected = f", p = {result.language_probs[0][1]:.3f}" if result.language_probs else ""
    language = languages.name(result.transcript.language) + detected
    task = "translated into English from " if result.settings.task == "translate" else ""
    rows = [
        ("Model", f"{model_name(model.id)}, {source}"),
        ("Licence", model.licence),
        ("Numbers", model.precision.replace("int8_float32", "int8 weights, float32 sums")),
        ("Language", task + language if result.transcript.segments or result.language_probs else "none heard"),
        ("Speed", "press Transcribe to measure it here" if result.date else speed),
    ]
    cells = "".join(f"<div><dt>{name}</dt><dd>{html.escape(value)}</dd></div>" for name, value in rows)
    return f'<dl class="lab-facts">{cells}</dl>'


def status(text: str, *, done: float | None = None, problem: bool = False) -> str:
    """Write the line under the player: what is going on, with a bar where a share is known.

    Parameters
    ----------
    text
        One sentence.
    done
        0 to 1; None draws no bar.
    problem
        Whether something went wrong.
    """
    if not text:
        return ""
    bar = ""
    if done is not None:
        percent = round(100 * min(max(done, 0.0), 1.0))
        bar = (
            f'<div class="lab-bar" role="progressbar" aria-label="Progress" aria-valuemin="0" aria-valuemax="100" '
            f'aria-valuenow="{percent}"><i style="width:{percent}%"></i></div>'
        )
    kind, role = ("problem", "alert") if problem else ("note", "status")
    return f'<div class="lab-note {kind} lab-run" role="{role}">{html.escape(text)}{bar}</div>'


def finished_sentence(result: Result) -> str:
    """Return what the status line says about a result."""
    words = len(result.transcript.text.split())
    what = f"{count(words, 'word')} in {count(len(result.transcript.segments), 'segment')}"
    if result.date:
        begin = f"Precomputed by {model_name(result.model.id)} on {result.date}"
        return f"{begin}: {what}. Press Transcribe to run it now." if words else f"{begin}. {_nothing(result)}"
    if result.stopped:
        return f"Stopped at {clock_text(result.done_s)} of {clock_text(result.duration_s)}: {what} so far."
    if not words:
        return _nothing(result)
    end = " Times of single words were not asked for." if not result.settings.words else ""
    if _silent(result):
        end = " The sound is silent (below -60 dBFS), so these words are the model's invention."
    return f"Done: {what} in {result.seconds:.1f} s.{end}"


def _silent(result: Result) -> bool:
    if result.envelope is None or not len(result.envelope.low):
        return False
    return max(-float(result.envelope.low.min()), float(result.envelope.high.max())) < SILENT_PEAK


def _nothing(result: Result) -> str:
    if _silent(result):
        return "No words: the sound is silent (below -60 dBFS). Check the microphone, or choose another sound."
    why = "the voice activity detector or Whisper" if result.settings.vad else "Whisper"
    return f"No words: {why} heard no speech in this sound."


def segments_table(result: Result) -> str:
    """Return the segments with the numbers by which Whisper judges itself; those beyond its limits stand out."""

    def cell(value: float | None, bad: bool) -> str:
        if value is None:
            return "<td>–</td>"
        return f'<td class="{"doubtful" if bad else ""}">{value:.2f}</td>'

    rows = "".join(
        f"<tr><td>{s.start_s:.2f}</td><td>{s.end_s:.2f}</td><td>{html.escape(s.text.strip())}</td>"
        + cell(s.avg_logprob, s.avg_logprob is not None and s.avg_logprob < DOUBT_LOGPROB)
        + cell(s.compression_ratio, s.compression_ratio is not None and s.compression_ratio > DOUBT_COMPRESSION)
        + cell(s.no_speech_prob, s.no_speech_prob is not None and s.no_speech_prob > DOUBT_NO_SPEECH)
        + cell(s.temperature, False)
        + "</tr>"
        for s in result.transcript.segments
    )
    if not rows:
        return '<p class="lab-table-empty">No segments.</p>'
    heads = "".join(
        f'<th scope="col" title="{title}">{name}</th>'
        for name, title in (
            ("Start (s)", "Where the segment begins"),
            ("End (s)", "Where it ends"),
            ("Text", "As decoded"),
            ("Avg log-prob", f"Mean natural-log probability of its window's tokens; below {DOUBT_LOGPROB:g}: suspect"),
            ("Compression", f"Bytes of text over bytes after zlib; above {DOUBT_COMPRESSION:g} it repeats itself"),
            ("No speech", f"Probability that the window holds no speech; above {DOUBT_NO_SPEECH:g} is suspect"),
            ("Temperature", "0: beam search passed the checks; higher: sampled"),
        )
    )
    return (
        f'<div class="lab-scroll lab-segments-table" tabindex="0" role="region" aria-label="Segments"><table '
        f'class="lab-table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def write_downloads(result: Result) -> str:
    """Write the five files into a folder of this visitor's own and return it; the page may fetch from there."""
    root = Path(get_upload_folder())
    root.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="transcript-", dir=root))
    texts = {
        "srt": to_srt(result.transcript),
        "vtt": to_vtt(result.transcript, karaoke=True),
        "txt": to_txt(result.transcript),
        "json": to_json(result.transcript, **about(result)),
        "TextGrid": to_textgrid(result.transcript, duration_s=result.duration_s),
    }
    for extension, text in texts.items():
        (folder / f"{file_stem(result.title)}.{extension}").write_text(text, encoding="utf-8")
    return str(folder)


def file_stem(title: str) -> str:
    """Return a file name for a sound's title."""
    stem = "".join(c if c.isalnum() else "-" for c in title.rsplit(".", 1)[0].lower())
    return "-".join(part for part in stem.split("-") if part)[:60] or "transcript"


def downloads(result: Result | None) -> str:
    """Return the row of download links; without a transcript they lead nowhere and say so."""
    ready = result is not None and result.folder and result.transcript.segments
    links = []
    for extension, title, what in FORMATS:
        if not ready:
            links.append(f'<a class="lab-file" role="link" aria-disabled="true" title="No transcript yet">{title}</a>')
            continue
        path = Path(result.folder) / f"{file_stem(result.title)}.{extension}"
        links.append(
            f'<a class="lab-file" href="gradio_api/file={html.escape(str(path), quote=True)}" '
            f'download="{html.escape(path.name, quote=True)}" title="{what}">{title}</a>'
        )
    return f'<div class="lab-files"><span>Save as</span>{"".join(links)}</div>'
