"""Keyword spotting in a sound that never ends: windows, smoothed posteriors, a threshold, and what comes out of it.

The network sees one second, 49 frames. In a stream this window moves on by a few frames of 20 ms at a time: the frames
that both windows share are computed once (`algorithms.keyword.features.StreamingMfcc`), and the network runs again. Its
probabilities flicker, so they are averaged over a short past and compared with a threshold; Chen, Parada and Heigold,
*Small-footprint keyword spotting using deep neural networks* (ICASSP 2014), section 2.3. After a detection the spotter
is deaf for a moment, as in TensorFlow's `RecognizeCommands` (speech_commands example), so that one word counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms.keyword.features import FRAME, HOP, N_COEFFICIENTS, N_FRAMES, SAMPLE_RATE, StreamingMfcc

FRAME_S = HOP / SAMPLE_RATE  # 20 ms from one frame to the next
WINDOW_S = (FRAME + (N_FRAMES - 1) * HOP) / SAMPLE_RATE  # 1 s
FLOOR_DB = -100.0  # level of digital silence


@dataclass(frozen=True)
class Rule:
    """How probabilities become detections.

    Attributes
    ----------
    smooth_ms
        Length of the moving mean over the past; 0 takes each answer as it is.
    threshold
        A detection needs this smoothed probability, 0 to 1.
    refractory_ms
        After a detection nothing is detected for so long.
    """

    smooth_ms: float = 200.0
    threshold: float = 0.7
    refractory_ms: float = 1000.0


@dataclass(frozen=True)
class Detection:
    """A keyword was found."""

    step: int  # index of the network's answer at which the threshold was reached
    label: int  # index of the class
    score: float  # smoothed probability


def is_keyword(labels: Sequence[str]) -> np.ndarray:
    """Which classes can be detected, bool [len(labels)]: those whose name has no underscore in front."""
    return np.array([not label.startswith("_") for label in labels])


def smooth(probs: np.ndarray, width: int) -> np.ndarray:
    """Mean of each row with the ``width - 1`` rows before it (fewer at the beginning); [n, classes] to the same.

    Chen et al. (2014), equation 2.

    Examples
    --------
    >>> smooth(np.array([[0.0], [1.0], [1.0]]), 2).ravel().tolist()
    [0.0, 0.5, 1.0]
    """
    if width < 1:
        raise ValueError(f"The smoothing window holds {width} answers: give it at least one.")
    if not len(probs):
        return probs
    sums = np.cumsum(np.concatenate([np.zeros((1, probs.shape[1])), probs]), axis=0)
    last = np.arange(1, len(probs) + 1)
    first = np.maximum(0, last - width)
    return ((sums[last] - sums[first]) / (last - first)[:, None]).astype(probs.dtype)


def steps_of(duration_ms: float, step_s: float) -> int:
    """How many of the network's answers a duration spans; at least one."""
    return max(1, round(duration_ms / 1000 / step_s))


def detect(smoothed: np.ndarray, keyword: np.ndarray, threshold: float, refractory: int) -> list[Detection]:
    """Find keywords in smoothed probabilities.

    Parameters
    ----------
    smoothed : np.ndarray [n, classes]
    keyword : np.ndarray bool [classes]
        Classes that count (`is_keyword`).
    threshold : float
    refractory : int
        Answers after a detection in which nothing is detected; at least 1.

    Returns
    -------
    list of Detection
        In order. At each answer only the likeliest keyword is looked at.
    """
    found: list[Detection] = []
    if not len(smoothed) or not keyword.any():
        return found
    columns = np.flatnonzero(keyword)
    best = columns[smoothed[:, columns].argmax(1)]
    score = smoothed[np.arange(len(smoothed)), best]
    steps, at = np.flatnonzero(score >= threshold), 0
    while at < len(steps):
        step = steps[at]
        found.append(Detection(int(step), int(best[step]), float(score[step])))
        at = np.searchsorted(steps, step + max(1, refractory))
    return found


def loud_frames(level_db: np.ndarray, first: int = 0, *, above_db: float = 12.0, past: int = 150) -> np.ndarray:
    """Which frames are clearly louder than the noise of the last three seconds, bool [n - first].

    Parameters
    ----------
    level_db : np.ndarray [n]
        Level of each frame of 20 ms, in dB.
    first : int
        The first frame that is asked for: a frame depends on those before it only, so a stream asks for the new ones.
    above_db : float
        A frame counts when it is so far above the noise: the 20th percentile of the `past` frames up to it. It also
        has to lie within 30 dB of the loudest of them, so that a fading echo ends a word.
    """
    level_db = np.asarray(level_db, np.float64)
    flags = np.zeros(len(level_db) - first, bool)
    for at in range(first, min(past - 1, len(level_db))):  # the beginning has a shorter past
        before = level_db[: at + 1]
        flags[at - first] = level_db[at] > max(np.percentile(before, 20) + above_db, before.max() - 30.0)
    start = max(first, past - 1)
    if start < len(level_db):
        windows = np.lib.stride_tricks.sliding_window_view(level_db[start - past + 1 :], past)
        least = np.maximum(np.percentile(windows, 20, axis=1) + above_db, windows.max(1) - 30.0)
        flags[start - first :] = level_db[start:] > least
    return flags


def word_spans(loud: np.ndarray, *, bridge: int = 6, shortest: int = 4) -> list[tuple[int, int]]:
    """Where somebody speaks, by loudness alone.

    Parameters
    ----------
    loud : np.ndarray bool [n]
        For each frame of 20 ms (`loud_frames`).
    bridge, shortest : int
        Gaps of fewer than `bridge` frames are closed (the closure of a *t* is one); shorter words are dropped.

    Returns
    -------
    list of (first frame, frame after the last)
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(loud, np.int8), [0]])))
    spans: list[tuple[int, int]] = []
    for first, after in edges.reshape(-1, 2).tolist():
        if spans and first - spans[-1][1] < bridge:
            spans[-1] = (spans[-1][0], after)
        else:
            spans.append((first, after))
    return [span for span in spans if span[1] - span[0] >= shortest]


class KeywordStream:
    """A spotter at work on a sound that arrives in blocks.

    Parameters
    ----------
    spotter
        Has ``labels`` and ``predict_features(mfcc [n, 49, 10]) -> [n, classes]``.
    every : int
        The network runs at every so many frames of 20 ms.

    Attributes
    ----------
    probs : np.ndarray
        float32 [n, classes]: the answers so far. Answer i is there at `time_s` (i), when its window's last sample is.
    level_db : np.ndarray
        float32 [frames]: level of every frame of 40 ms, dB below full scale (RMS).
    """

    def __init__(self, spotter: Any, every: int = 2) -> None:
        if every < 1:
            raise ValueError(f"The network can't run every {every} frames: take 1 or more.")
        self.spotter, self.every = spotter, int(every)
        self._front = StreamingMfcc()
        self._held = np.zeros((0, N_COEFFICIENTS), np.float32)  # frames that later windows still need
        self._first = 0  # index of the first held frame
        self._tail = np.zeros(0, np.float32)
        self._probs: list[np.ndarray] = []
        self._levels: list[np.ndarray] = []
        self._loud = np.zeros(0, bool)
        self.steps = 0

    @property
    def step_s(self) -> float:
        """Seconds from one answer to the next."""
        return self.every * FRAME_S

    def time_s(self, step: float) -> float:
        """When answer `step` is there, in seconds of sound."""
        return WINDOW_S + step * self.step_s

    @property
    def probs(self) -> np.ndarray:
        """All answers so far, float32 [n, classes]."""
        if not self._probs:
            return np.zeros((0, len(self.spotter.labels)), np.float32)
        self._probs = [np.concatenate(self._probs)]
        return self._probs[0]

    @property
    def level_db(self) -> np.ndarray:
        """Levels of all frames so far, float32 [frames]."""
        if not self._levels:
            return np.zeros(0, np.float32)
        self._levels = [np.concatenate(self._levels)]
        return self._levels[0]

    def push(self, block: np.ndarray) -> int:
        """Take the next samples (float32 [n] at 16 kHz, n any) and return how many answers are new."""
        block = np.asarray(block, np.float32)
        frames = self._front.push(block)
        self._level(block)
        self._held = np.concatenate([self._held, frames])
        starts = range(self.steps * self.every - self._first, len(self._held) - N_FRAMES + 1, self.every)
        if not len(starts):
            return 0
        self._probs.append(self.spotter.predict_features(np.stack([self._held[s : s + N_FRAMES] for s in starts])))
        self.steps += len(starts)
        spent = self.steps * self.every - self._first
        self._held, self._first = self._held[spent:], self._first + spent
        return len(starts)

    def _level(self, block: np.ndarray) -> None:
        y = np.concatenate([self._tail, block])
        count = max(0, 1 + (len(y) - FRAME) // HOP)
        if count:
            windows = np.lib.stride_tricks.sliding_window_view(y, FRAME)[: count * HOP : HOP]
            power = windows.astype(np.float64).var(axis=1)  # around its mean: an offset is no sound
            self._levels.append((10 * np.log10(power + 10 ** (FLOOR_DB / 10))).astype(np.float32))
        self._tail = y[count * HOP :].copy()

    def smoothed(self, rule: Rule) -> np.ndarray:
        """The answers after the moving mean of `rule`."""
        return smooth(self.probs, steps_of(rule.smooth_ms, self.step_s))

    def detections(self, rule: Rule) -> list[Detection]:
        """What `rule` finds in the answers so far."""
        return detect(
            self.smoothed(rule),
            is_keyword(self.spotter.labels),
            rule.threshold,
            steps_of(rule.refractory_ms, self.step_s),
        )

    def words(self) -> list[tuple[float, float]]:
        """Start and end of every stretch of speech so far, in seconds, by loudness (`loud_frames`, `word_spans`)."""
        self._loud = np.concatenate([self._loud, loud_frames(self.level_db, len(self._loud))])
        middle_s = FRAME / 2 / SAMPLE_RATE - FRAME_S / 2  # a frame stands for the 20 ms in its middle
        return [(middle_s + a * FRAME_S, middle_s + b * FRAME_S) for a, b in word_spans(self._loud)]


def latency_s(detected_s: float, words: Sequence[tuple[float, float]], *, longest_s: float = 1.2) -> float | None:
    """Seconds from the end of the word to its detection; negative where it was known before it was over.

    The word is the last one that began before the detection; None where none ended (or goes on) within `longest_s`.
    """
    begun = [word for word in words if word[0] < detected_s]
    if not begun or detected_s - begun[-1][1] > longest_s:
        return None
    return detected_s - begun[-1][1]
