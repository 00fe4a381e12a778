"""How a run is drawn: figures, a table, sentences."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from algorithms.text.transcript import Segment, Word
from algorithms.whisper import languages
from components.figure import figure, line
from components.words import clock_text, count, fact_list
from models.whisper.result import Envelope, Result, model_name

MAX_WORD_BARS = 1500  # more bars than this are narrower than a pixel and slow the browser
MAX_OUTLINED_BARS = 100  # of more, the gaps between them would hide them
TOP_LANGUAGES = 5
SILENT_PEAK = 1e-3  # -60 dBFS
# Whisper's own limits (Radford et al. 2022, section 4.5): beyond them a window's text is not to be trusted.
DOUBT_LOGPROB, DOUBT_NO_SPEECH, DOUBT_COMPRESSION = -1.0, 0.6, 2.4
SOURCES = {"package": "weights in the Python package", "hub": "weights from the Hugging Face hub,"}


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
        ("Numbers", model.precision.replace("int8_float32", "int8 weights, the rest in float32")),
        ("Language", task + language if result.transcript.segments or result.language_probs else "none heard"),
        ("Speed", "press Transcribe to measure it here" if result.date else speed),
    ]
    return fact_list(rows)


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


def doubt(segment: Segment) -> str:
    """Return why a segment may not have been said, in one sentence; "" where its numbers are within limits."""
    reasons = []
    if segment.no_speech_prob is not None and segment.no_speech_prob > DOUBT_NO_SPEECH:
        reasons.append(f"the model gives a probability of {segment.no_speech_prob:.2f} that nobody speaks here")
    if segment.avg_logprob is not None and segment.avg_logprob < DOUBT_LOGPROB:
        reasons.append(f"its average log-probability is {segment.avg_logprob:.2f}, below {DOUBT_LOGPROB:g}")
    if segment.compression_ratio is not None and segment.compression_ratio > DOUBT_COMPRESSION:
        reasons.append(f"it repeats itself (compression ratio {segment.compression_ratio:.1f})")
    return f"Perhaps invented: {', and '.join(reasons)}." if reasons else ""


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
            (
                "Compression",
                f"Bytes of text divided by bytes after zlib; above {DOUBT_COMPRESSION:g} it repeats itself",
            ),
            ("No speech", f"Probability that the window holds no speech; above {DOUBT_NO_SPEECH:g} is suspect"),
            (
                "Temperature",
                "0: beam search. Above 0: that of the last attempt; if all failed, the text is the best of them",
            ),
        )
    )
    return (
        f'<div class="lab-scroll lab-segments-table" tabindex="0" role="region" aria-label="Segments"><table '
        f'class="lab-table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    )
