"""Part 2's measurement: one change, stronger and stronger, and three recognisers that never saw it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from algorithms.augmentation.table import apply, find
from algorithms.augmentation.transform import Amount
from algorithms.keyword.speech_commands import middle_second
from algorithms.sound.clips import clip as get_clip

from .sound import PRECOMPUTED, material, packaged

FILE = PRECOMPUTED / "augmentation-breaks.json"
WORDS = ("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go")
SENTENCES = ("sentence", "speech")
LISTENERS = {
    "kws": ("kws/ds-cnn-int8", "keywords wrong"),
    "ctc": ("ctc/whisper-tiny", "letters wrong (CER)"),
    "whisper": ("asr/whisper-tiny.en", "words wrong (WER)"),
}


@dataclass(frozen=True)
class Ladder:
    """Steps of one change, in the order of the axis.

    Attributes
    ----------
    slug : str
        The change.
    amount : str
        Its amount that moves.
    values : tuple of float
    rest : dict
        Its other amounts.
    title : str
        For the menu.
    """

    slug: str
    amount: str
    values: tuple[float, ...]
    rest: dict[str, Any]
    title: str

    @property
    def moved(self) -> Amount:
        """The amount that moves."""
        (a,) = (a for a in find(self.slug).amounts if a.name == self.amount)
        return a

    @property
    def axis(self) -> str:
        """Title of the horizontal axis, with the unit."""
        a = self.moved
        return f"{a.label} ({a.unit})" if a.unit else a.label

    def amounts(self, value: float) -> dict[str, Any]:
        """Every amount at a step."""
        return {**find(self.slug).usual(), **self.rest, self.amount: value}


LADDERS = {
    "white": Ladder("noise", "snr_db", (30, 20, 15, 10, 5, 0, -5), {"noise": "white"}, "White noise"),
    "cafe": Ladder("noise", "snr_db", (30, 20, 15, 10, 5, 0, -5), {"noise": "cafe"}, "Café"),
    "babble": Ladder("noise", "snr_db", (30, 20, 15, 10, 5, 0, -5), {"noise": "babble"}, "Other voices"),
    "room": Ladder("room", "decay_s", (0.1, 0.3, 0.6, 1.0, 1.5, 2.5), {"room": "simulated"}, "Room"),
    "speed": Ladder("speed", "speed", (0.5, 0.65, 0.8, 1.0, 1.25, 1.5, 2.0), {}, "Speed"),
    "tempo": Ladder("tempo", "tempo", (0.5, 0.65, 0.8, 1.0, 1.25, 1.5, 2.0), {}, "Tempo"),
    "pitch": Ladder("pitch", "semitones", (-12, -8, -4, 0, 4, 8, 12), {}, "Pitch"),
    "low_pass": Ladder("low_pass", "low_pass_hz", (7800, 4000, 2500, 1500, 1000, 700, 400), {}, "Low-pass"),
    "clip": Ladder("clip", "clip_db", (0, 10, 20, 30, 40), {}, "Clipping"),
    "drop_time": Ladder("drop_time", "gap_ms", (0, 50, 100, 200, 400, 600), {"gaps": 8.0}, "Eight gaps"),
    "opus": Ladder("opus", "opus_kbps", (64, 24, 12, 8, 6), {}, "Opus"),
    "gain": Ladder("gain", "gain_db", (0, -10, -20, -30, -40), {}, "Softer"),
}


@dataclass(frozen=True)
class Point:
    """What one recogniser makes of one step.

    Attributes
    ----------
    listener : str
        One of `LISTENERS`.
    value : float
        Of the ladder's amount.
    error : float
        Share of the words, letters or keywords that are wrong; above 1 where many are made up.
    texts : dict
        Clip id to what was written.
    sure : float or None
        For the keyword network: mean probability of the right word.
    """

    listener: str
    value: float
    error: float
    texts: dict[str, str]
    sure: float | None = None


def sounded(ladder: Ladder, value: float, clip_id: str, seed: int) -> np.ndarray:
    """A packaged clip at a step of the ladder, float32 [n]; another `seed` draws other noise, rooms and gaps."""
    number = (*WORDS, *SENTENCES).index(clip_id.removeprefix("word_"))
    changed = apply(ladder.slug, packaged(clip_id), ladder.amounts(value), (seed, number), material())
    return np.clip(changed, -1, 1)  # as every sound card and file does


def keyword_point(ladder: Ladder, value: float, seed: int) -> Point:
    """The keyword network's answers to the ten words; a longer word is heard in its middle second."""
    import models

    spotter = models.get(LISTENERS["kws"][0])
    texts, sure = {}, []
    for word in WORDS:
        p = spotter.predict(middle_second(sounded(ladder, value, f"word_{word}", seed)))
        texts[f"word_{word}"] = spotter.labels[int(p.argmax())].strip("_")
        sure.append(float(p[spotter.labels.index(word)]))
    wrong = np.mean([text != clip_id.removeprefix("word_") for clip_id, text in texts.items()])
    return Point("kws", value, float(wrong), texts, round(float(np.mean(sure)), 4))


def ctc_point(ladder: Ladder, value: float, seed: int) -> Point:
    """The CTC model's letters of the two sentences: the likeliest letter of each frame, without a language model."""
    import models
    from algorithms.ctc.core import greedy
    from algorithms.text.wer import character_errors

    model = models.get(LISTENERS["ctc"][0])

    def write(y: np.ndarray) -> str:
        return "".join(model.vocab[t] for t in greedy(model.log_probs(y))).replace("|", " ").strip()

    return _sentences("ctc", ladder, value, seed, write, character_errors)


def whisper_point(ladder: Ladder, value: float, seed: int) -> Point:
    """Whisper's words of the two sentences: one greedy pass at temperature 0, so that the same sound gives the same."""
    import models
    from algorithms.text.wer import word_errors
    from models.whisper.stream import WhisperOptions

    model = models.get(LISTENERS["whisper"][0])
    options = WhisperOptions(language="en", beam_size=1, temperatures=(0.0,), word_timestamps=False)

    def write(y: np.ndarray) -> str:
        return model.stream(y, options).transcript().text.strip()

    return _sentences("whisper", ladder, value, seed, write, word_errors)


def _sentences(listener, ladder, value, seed, write: Callable[[np.ndarray], str], count) -> Point:
    texts = {clip_id: write(sounded(ladder, value, clip_id, seed)) for clip_id in SENTENCES}
    errors = [count(get_clip(clip_id).text, text) for clip_id, text in texts.items()]
    rate = sum(e.errors for e in errors) / sum(e.n_ref for e in errors)
    return Point(listener, value, round(rate, 4), texts)


POINTS = {"kws": keyword_point, "ctc": ctc_point, "whisper": whisper_point}


def climb(
    key: str, seed: int, listeners: Sequence[str] = tuple(LISTENERS)
) -> Iterator[tuple[float, str, Point | None]]:
    """Measure a ladder: yields (share done, what comes next, the point just measured or None at the beginning).

    The quick listener first, so that there is something to see at once.
    """
    ladder = LADDERS[key]
    steps = [(listener, value) for listener in listeners for value in ladder.values]
    point = None
    for i, (listener, value) in enumerate(steps):
        yield i / len(steps), f"{LISTENERS[listener][0]} at {value:g}", point
        point = POINTS[listener](ladder, value, seed)
    yield 1.0, "", point


@lru_cache(maxsize=1)
def precomputed() -> dict[str, Any]:
    """What `precompute` has measured: {"date", "seed", "points": {ladder: [point, ...]}}; empty where it has not."""
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {"points": {}}


def known(key: str) -> list[Point]:
    """The precomputed points of a ladder."""
    return [Point(**one) for one in precomputed()["points"].get(key, ())]
