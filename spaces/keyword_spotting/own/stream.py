"""The trained word at once in a stream, for those without a microphone: takes and other words one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from algorithms.keyword.augment import Ranges, change, draw
from algorithms.keyword.features import CLIP_SAMPLES, SAMPLE_RATE
from algorithms.keyword.stream import KeywordStream, Rule
from algorithms.sound import io as audio_io
from algorithms.sound.clips import clip
from components.player import Sound

from ..say.stream import HIT_S, Found, Outcome, Spoken
from .takes import Kept

CLOCK = "kws_own"
SEED = 4711  # none that training draws from
PACKAGED = ("word_yes", "word_stop", "word_marvin", "word_left", "word_down")
MOST = 12  # seconds with a word
STEP_S = 1.25


def compose(kept: Kept, names: tuple[str, ...]) -> tuple[np.ndarray, tuple[Spoken, ...]]:
    """Takes, each varied as no training varied it, and other words by turns in faint noise.

    Returns
    -------
    tuple
        float32 [n] at 16 kHz; and when each word is said (a second around it).
    """
    rng = np.random.default_rng(SEED)
    mine = [(e.take.y, names[0 if e.take.kind == "first" else 1]) for e in kept.entries if e.take.kind != "others"]
    mine = [mine[i] for i in rng.permutation(len(mine))][: MOST // 2]
    rest = [(e.take.y, e.take.word) for e in kept.of("others")][:3]
    rest += [(_packaged(name), clip(name).title.lower()) for name in PACKAGED]
    rest = [rest[i] for i in rng.permutation(len(rest))]
    words = [pair for two in zip(mine, rest, strict=False) for pair in two]
    y = rng.normal(0, 10 ** (-58 / 20), round((len(words) * STEP_S + 1.5) * SAMPLE_RATE))
    limits, spoken = Ranges(shift_ms=0, room_s=0.25, gain_db=6), []
    for number, (sound, word) in enumerate(words):
        start = round((0.5 + number * STEP_S) * SAMPLE_RATE)
        y[start : start + CLIP_SAMPLES] += change(sound, draw(limits, rng), rng)
        spoken.append(Spoken(word, start / SAMPLE_RATE + 0.15, start / SAMPLE_RATE + 0.85))
    return np.clip(y, -1, 1).astype(np.float32), tuple(spoken)


def _packaged(name: str) -> np.ndarray:
    return audio_io.load(clip(name).path, sample_rate=SAMPLE_RATE).y[:CLIP_SAMPLES]


def heard(
    spotter: Any, kept: Kept, names: tuple[str, ...], threshold: float
) -> tuple[Sound, KeywordStream, Rule, Outcome]:
    """Let the spotter listen to the stream; returns what `say.stream.curve` draws and the sound to play."""
    y, spoken = compose(kept, names)
    stream, rule = KeywordStream(spotter, 2), Rule(smooth_ms=100.0, threshold=threshold, refractory_ms=1000.0)
    stream.push(y)
    found, hit = [], set()
    for detection in stream.detections(rule):
        at_s, word = stream.time_s(detection.step), spotter.labels[detection.label]
        near = [i for i, s in enumerate(spoken) if s.start_s <= at_s <= s.end_s + HIT_S]
        match = next((i for i in near if spoken[i].word == word), None)
        if match is not None:
            hit.add(match)
        verdict = "right" if match is not None else "wrong" if near else "false"
        found.append(Found(at_s, word, detection.score, None, verdict))
    missed = tuple(s for i, s in enumerate(spoken) if s.word in spotter.labels and i not in hit)
    outcome = Outcome("own", tuple(found), missed, spoken, len(y) / SAMPLE_RATE)
    return Sound("A stream with your word", y=y, sample_rate=SAMPLE_RATE), stream, rule, outcome


def summary(outcome: Outcome, labels: tuple[str, ...]) -> str:
    """What was found, in one sentence, as HTML."""
    keywords = [s for s in outcome.spoken or () if s.word in labels]
    right = len(keywords) - len(outcome.missed)
    false = sum(f.verdict != "right" for f in outcome.found)
    alarms = f"{false} false alarm{'' if false == 1 else 's'}"
    return (
        f'<p class="kwo-made">{right} of {len(keywords)} found, {alarms}, with the mean over 100 ms and the threshold '
        "above. The word comes from your takes, each varied anew, so it is easier than your next breath: the real test "
        "is your voice in part 1.</p>"
    )
