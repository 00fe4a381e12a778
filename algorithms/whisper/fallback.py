"""Whisper's judgement of its own text: three checks, the temperature fallback, and the silence rule.

Source: Radford et al. 2022, section 4.5 (https://arxiv.org/abs/2212.04356); openai/whisper, ``transcribe.py``,
``decode_with_fallback``; faster-whisper, ``transcribe.py``, ``generate_with_fallback`` and ``generate_segments``. Where
the two programs differ this module does as faster-whisper does: if every attempt fails, it keeps the one with the best
average log-probability among those that do not repeat themselves, openai/whisper the last (hottest) one.

>>> sure = Attempt(temperature=0.0, text="Hello.", avg_logprob=-0.2, no_speech_prob=0.1, compression_ratio=0.8)
>>> decide([sure], Thresholds())
Decision(kept=0, passed=True, dropped=False)
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)  # openai/whisper's and faster-whisper's own


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Whisper's three limits; None switches a check off."""

    logprob: float | None = -1.0  # average log-probability below: unsure
    no_speech: float | None = 0.6  # no-speech probability above, and unsure: silence
    compression: float | None = 2.4  # compression ratio above: the text repeats itself


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One decoding of one window."""

    temperature: float  # 0: beam search; above: the best of five samples
    text: str
    avg_logprob: float  # mean natural-log probability of the tokens and the end
    no_speech_prob: float  # of the token <|nospeech|> at the first step, 0 to 1; the same for every attempt
    compression_ratio: float  # see `compression_ratio`
    seconds: float = 0.0  # that it took


class Checks(NamedTuple):
    """What the three checks say of one attempt, each True where its limit is passed."""

    repeats: bool
    unsure: bool
    no_speech: bool

    @property
    def silence(self) -> bool:
        """Nobody speaks, and the text is unsure too: no further attempt is made."""
        return self.no_speech and self.unsure

    @property
    def falls_back(self) -> bool:
        """Whether the next temperature is tried."""
        return (self.repeats or self.unsure) and not self.silence


class Decision(NamedTuple):
    """What becomes of a window."""

    kept: int  # index of the attempt that counts
    passed: bool  # it passed; False: all failed, and it is the best of them
    dropped: bool  # it is taken for silence: nothing is written


def compression_ratio(text: str) -> float:
    """Bytes of `text` in UTF-8 over their number after zlib: above 1 the text holds repetitions.

    >>> compression_ratio("no no no no no no no no no no no no no no no no") > 2.4
    True
    """
    data = text.encode("utf-8")
    return len(data) / len(zlib.compress(data))


def check(attempt: Attempt, thresholds: Thresholds) -> Checks:
    """Hold one attempt against the limits; a value exactly at its limit is within it."""
    return Checks(
        repeats=thresholds.compression is not None and attempt.compression_ratio > thresholds.compression,
        unsure=thresholds.logprob is not None and attempt.avg_logprob < thresholds.logprob,
        no_speech=thresholds.no_speech is not None and attempt.no_speech_prob > thresholds.no_speech,
    )


def is_dropped(attempt: Attempt, thresholds: Thresholds) -> bool:
    """Whether the window is left out as silence if this attempt is the kept one.

    No speech, unless the text is surer than the limit on the log-probability.
    """
    sure = thresholds.logprob is not None and attempt.avg_logprob > thresholds.logprob
    return check(attempt, thresholds).no_speech and not sure


def decide(attempts: Sequence[Attempt], thresholds: Thresholds, *, more: bool = False) -> Decision | None:
    """Apply the fallback rule to the attempts made so far.

    Parameters
    ----------
    attempts
        In the order of their temperatures, at least one.
    thresholds
        The limits.
    more
        Whether hotter attempts can still follow.

    Returns
    -------
    Decision or None
        None where all have failed and more can follow: Whisper goes on.

    Raises
    ------
    ValueError
        There is no attempt.
    """
    if not attempts:
        raise ValueError("There is nothing to decide on: decode the window at least once.")
    checks = [check(a, thresholds) for a in attempts]
    for i, of_attempt in enumerate(checks):
        if not of_attempt.falls_back:
            return Decision(i, True, is_dropped(attempts[i], thresholds))
    if more:
        return None
    no_loops = [i for i, c in enumerate(checks) if not c.repeats]
    kept = max(no_loops or range(len(attempts)), key=lambda i: attempts[i].avg_logprob)
    return Decision(kept, False, is_dropped(attempts[kept], thresholds))
