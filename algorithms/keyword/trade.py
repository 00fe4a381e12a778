"""What a spotter in a stream costs: keywords missed against false alarms an hour, over all thresholds.

Both are counted as a stream decides (`algorithms.keyword.stream`): smoothed answers, a threshold, deaf for a moment
after a detection. False alarms are counted in running speech without keywords, misses on single clips in a stream of
faint noise. Chen, Parada and Heigold (ICASSP 2014), figure 4, draw the same two axes.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from algorithms.keyword.features import CLIP_SAMPLES, SAMPLE_RATE
from algorithms.keyword.stream import KeywordStream, detect, is_keyword, smooth, steps_of

THRESHOLDS = np.arange(1, 100) / 100
EVERY, REFRACTORY_MS = 2, 1000.0
PAUSE_S = 0.3  # between two recordings of running speech


def in_noise(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A clip float32 [16000] between two seconds of white noise as loud as its quietest tenth of a second, [48000]."""
    rms = np.sqrt(np.mean(y.reshape(10, -1) ** 2, axis=1)).min()
    noise = rms * rng.standard_normal((2, CLIP_SAMPLES)).astype(np.float32)
    return np.concatenate([noise[0], y, noise[1]])


def joined(sounds: Iterable[np.ndarray]) -> np.ndarray:
    """All sounds, 16 kHz, one after the other, faint noise between them; float32 [samples], empty for none."""
    rng, parts = np.random.default_rng(0), [np.zeros(0, np.float32)]
    for y in sounds:
        parts += [y, 1e-4 * rng.standard_normal(round(PAUSE_S * SAMPLE_RATE)).astype(np.float32)]
    return np.concatenate(parts)


def listened(spotter: Any, y: np.ndarray, every: int = EVERY) -> KeywordStream:
    """A stream that has heard all of `y`, taken in by the minute."""
    stream = KeywordStream(spotter, every)
    for start in range(0, len(y), 60 * SAMPLE_RATE):
        stream.push(y[start : start + 60 * SAMPLE_RATE])
    return stream


def alarms(stream: KeywordStream, smooth_ms: float, thresholds: np.ndarray = THRESHOLDS) -> np.ndarray:
    """How often each threshold detects something in what was heard, int [len(thresholds)]."""
    keyword, refractory = is_keyword(stream.spotter.labels), steps_of(REFRACTORY_MS, stream.step_s)
    smoothed = smooth(stream.probs, steps_of(smooth_ms, stream.step_s))
    return np.array([len(detect(smoothed, keyword, threshold, refractory)) for threshold in thresholds])


def peak(stream: KeywordStream, label: int, smooth_ms: float) -> float:
    """Highest smoothed probability of a class while it is the likeliest keyword; 0 where it never is.

    A threshold up to here finds the word, unless another keyword came first.
    """
    smoothed = smooth(stream.probs, steps_of(smooth_ms, stream.step_s))
    own = smoothed[:, label]
    return float((own * (own >= smoothed[:, is_keyword(stream.spotter.labels)].max(1))).max())


def alarms_at(miss: float, peaks: np.ndarray, counts: np.ndarray, thresholds: np.ndarray = THRESHOLDS) -> tuple:
    """The highest threshold that misses at most the share `miss` of the words with these `peaks`.

    Returns
    -------
    (threshold, share that it misses, false alarms there), of `counts` [len(thresholds)]; the lowest threshold where
    even that one misses more.
    """
    misses = np.mean(np.asarray(peaks)[:, None] < thresholds, axis=0)
    at = max(0, int(np.searchsorted(misses, miss, side="right")) - 1)
    return float(thresholds[at]), float(misses[at]), int(counts[at])
