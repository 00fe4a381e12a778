"""Takes of a word out of one recording: where each is, one second around it, and what may be wrong with it.

Somebody says a word several times with pauses. The level of 20 ms frames tells words from pauses; each word gets a
second of its own, with the word in the middle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from algorithms.keyword.features import CLIP_SAMPLES, SAMPLE_RATE

FRAME = 320  # 20 ms
SILENT_DB = -55.0  # dBFS: a recording whose loudest frame is softer holds no word
ABOVE_FLOOR_DB = 9.0  # a word stands out of the noise by this
BELOW_PEAK_DB = 30.0  # what is so much softer than the loudest frame is no part of a word
CLOSURE_S = 0.20  # a shorter gap is the closure of a p, t or k inside a word
SHORTEST_S, LONGEST_S = 0.12, 1.0
CLIPPED_SHARE = 0.002  # of a word's samples at its highest value


@dataclass(frozen=True)
class Span:
    """Where a word lies, in seconds."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s


def level_db(y: np.ndarray) -> np.ndarray:
    """RMS of each whole 20 ms in dB below full scale, float64 [n // 320]; digital silence is -120."""
    frames = np.asarray(y, np.float64)[: len(y) // FRAME * FRAME].reshape(-1, FRAME)
    return 10 * np.log10((frames**2).mean(1) + 1e-12)


def without_offset(y: np.ndarray) -> np.ndarray:
    """The whole 20 ms frames of a sound, each around its own mean, float64 [n // 320 * 320].

    An offset, as cheap sound cards add one, is no sound, also where it comes and goes.
    """
    frames = np.asarray(y, np.float64)[: len(y) // FRAME * FRAME].reshape(-1, FRAME)
    return (frames - frames.mean(axis=1, keepdims=True)).reshape(-1)


def find_words(y: np.ndarray) -> list[Span]:
    """The words of a recording, those that are said with pauses between them.

    Parameters
    ----------
    y : float32 [n] at 16 kHz, mono

    Returns
    -------
    list of Span
        In order; what lasts less than 0.12 s (a click, a breath) is left out, what lasts longer than a second is not.
    """
    level = level_db(without_offset(y))
    if not len(level) or level.max() < SILENT_DB:
        return []
    floor = np.percentile(level, 15) if len(level) > 25 else -90.0  # too short to hold a pause: no noise to measure
    loud = level > max(min(floor + ABOVE_FLOOR_DB, level.max() - 6), level.max() - BELOW_PEAK_DB)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(int), [0]])))
    spans: list[list[int]] = []
    for start, end in edges.reshape(-1, 2):
        if spans and (start - spans[-1][1]) * FRAME < CLOSURE_S * SAMPLE_RATE:
            spans[-1][1] = int(end)
        else:
            spans.append([int(start), int(end)])
    found = [Span(a * FRAME / SAMPLE_RATE, b * FRAME / SAMPLE_RATE) for a, b in spans]
    return [span for span in found if span.duration_s >= SHORTEST_S]


def second_around(y: np.ndarray, span: Span) -> np.ndarray:
    """One second with the middle of a word in its middle, float32 [16000]; zeros where the recording has not begun.

    Neighbouring words that would reach in are kept: the network will meet the same in a stream.
    """
    middle = round((span.start_s + span.end_s) / 2 * SAMPLE_RATE)
    padded = np.pad(np.asarray(y, np.float32), CLIP_SAMPLES)
    start = middle + CLIP_SAMPLES - CLIP_SAMPLES // 2
    return padded[start : start + CLIP_SAMPLES].copy()


def problems(y: np.ndarray, duration_s: float | None = None) -> tuple[str, ...]:
    """What is wrong with a take of one second, each a few words and what to do; empty where nothing is.

    Parameters
    ----------
    y : float32 [16000]
    duration_s : how long the word lasts, where that is known
    """
    y = np.asarray(y, np.float64)
    found = []
    peak = float(np.abs(y - y.mean()).max(initial=0.0))
    level = level_db(without_offset(y))
    if level.max(initial=-120.0) < SILENT_DB:
        return ("silent: nothing stands out, so speak closer to the microphone",)
    top = float(np.abs(y).max(initial=0.0))
    if peak > 0.5 and (np.abs(y) >= 0.995 * top).mean() > CLIPPED_SHARE:
        found.append("clipped: turn the microphone down and say it again")
    elif level.max() < -40:
        found.append("very soft: speak closer to the microphone")
    if duration_s is not None and duration_s > LONGEST_S:
        found.append(
            f"{duration_s:.1f} s long, but the network sees one second: say it quicker, or choose a shorter word"
        )
    if peak > 1e-3 and narrow_band(y):
        found.append("nothing above 4 kHz, as from a telephone (8 kHz): record with at least 16 kHz")
    floor = np.percentile(level, 10)
    if level.max() - floor < 12:
        found.append("hardly louder than its background: find a quieter place")
    return tuple(found)


def narrow_band(y: np.ndarray) -> bool:
    """Whether a sound has next to nothing between 4.3 and 7.5 kHz, as one that was sampled at 8 kHz.

    Its power there lies more than 60 dB below that under 3.4 kHz: real microphones at 16 kHz add more noise than that.
    """
    power = np.abs(np.fft.rfft(np.asarray(y, np.float64) * np.hanning(len(y)))) ** 2
    hz = np.arange(len(power)) * SAMPLE_RATE / len(y)
    above = power[(hz > 4300) & (hz < 7500)].sum()
    below = power[(hz > 100) & (hz < 3400)].sum()
    return bool(above < below * 10**-6)
