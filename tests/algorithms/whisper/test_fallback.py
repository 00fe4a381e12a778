"""Whisper's three checks and its temperature fallback, held against faster-whisper's own code."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms.whisper.fallback import (
    TEMPERATURES,
    Attempt,
    Decision,
    Thresholds,
    check,
    compression_ratio,
    decide,
    is_dropped,
)

LOOP = "no " * 60
PLAIN = "Nothing here is said twice."


def attempt(logprob: float = -0.3, no_speech: float = 0.1, text: str = PLAIN, temperature: float = 0.0) -> Attempt:
    return Attempt(
        temperature=temperature,
        text=text,
        avg_logprob=logprob,
        no_speech_prob=no_speech,
        compression_ratio=compression_ratio(text.strip()),
    )


def faster_whisper_decides(attempts: list[Attempt], thresholds: Thresholds) -> tuple[str, float, float]:
    """Run faster-whisper's `generate_with_fallback` on canned decodings; return text, log-probability, temperature."""
    from faster_whisper.transcribe import WhisperModel

    waiting = iter(attempts)

    def generate(*_, **__):
        a = next(waiting)
        # One token: faster-whisper divides the summed score by length + 1.
        found = SimpleNamespace(sequences_ids=[[a]], scores=[2 * a.avg_logprob], no_speech_prob=a.no_speech_prob)
        return [found]

    whisper = SimpleNamespace(
        time_precision=0.02, max_length=448, model=SimpleNamespace(generate=generate), logger=logging.getLogger("test")
    )
    tokenizer = SimpleNamespace(decode=lambda tokens: tokens[0].text)
    options = SimpleNamespace(
        temperatures=[a.temperature for a in attempts],
        max_initial_timestamp=1.0,
        max_new_tokens=None,
        beam_size=5,
        best_of=5,
        patience=1,
        length_penalty=1,
        repetition_penalty=1,
        no_repeat_ngram_size=0,
        suppress_blank=True,
        suppress_tokens=[],
        compression_ratio_threshold=thresholds.compression,
        log_prob_threshold=thresholds.logprob,
        no_speech_threshold=thresholds.no_speech,
    )
    result, logprob, temperature, _ = WhisperModel.generate_with_fallback(whisper, None, [], tokenizer, options)
    return result.sequences_ids[0][0], logprob, temperature


def assert_same(attempts: list[Attempt], thresholds: Thresholds) -> None:
    kept, logprob, temperature = faster_whisper_decides(attempts, thresholds)
    ours = decide(attempts, thresholds)
    assert attempts[ours.kept] is kept
    assert kept.avg_logprob == pytest.approx(logprob)
    # Where all failed, faster-whisper hands on the last temperature (it resets the prompt), whichever text it keeps.
    assert temperature == attempts[ours.kept if ours.passed else -1].temperature


CASES = {
    "passes at once": ([attempt()], 0, True, False),
    "unsure, then sure": ([attempt(-1.5), attempt(-0.5)], 1, True, False),
    "a loop, then plain": ([attempt(-0.1, text=LOOP), attempt(-0.9)], 1, True, False),
    "unsure and no speech: silence": ([attempt(-1.5, 0.9), attempt(-0.2, 0.9)], 0, True, True),
    "no speech but sure: kept": ([attempt(-0.8, 0.94)], 0, True, False),
    "a sure loop without speech goes on": ([attempt(-0.5, 0.9, LOOP), attempt(-1.4, 0.9)], 1, True, True),
    "all fail: the best that does not loop": (
        [attempt(-0.1, text=LOOP), attempt(-1.8), attempt(-1.2), attempt(-1.6)],
        2,
        False,
        False,
    ),
    "all loop: the likeliest of them": ([attempt(-0.4, text=LOOP), attempt(-0.2, text=LOOP + "!")], 1, False, False),
    "an unsure loop without speech is silence": ([attempt(-1.2, 0.7, LOOP)], 0, True, True),
    "exactly at the limits is within them": ([attempt(-1.0, 0.6)], 0, True, False),
}


@pytest.mark.parametrize("name", CASES)
def test_a_table_of_cases_as_faster_whisper_decides_them(name):
    attempts, kept, passed, dropped = CASES[name]
    attempts = [Attempt(**{**a.__dict__, "temperature": t}) for a, t in zip(attempts, TEMPERATURES, strict=False)]
    assert decide(attempts, Thresholds()) == Decision(kept, passed, dropped)
    assert_same(attempts, Thresholds())


limits = st.builds(
    Thresholds,
    logprob=st.none() | st.floats(-2, 0),
    no_speech=st.none() | st.floats(0, 1),
    compression=st.none() | st.floats(0.5, 5),
)
tries = st.builds(
    attempt,
    st.floats(-3, 0, allow_subnormal=False),
    st.floats(0, 1),
    st.sampled_from([PLAIN, LOOP, "", "You", "a b a b a b"]),
)


@given(attempts=st.lists(tries, min_size=1, max_size=6), thresholds=limits)
@settings(max_examples=300, deadline=None)
def test_any_attempts_as_faster_whisper_decides_them(attempts, thresholds):
    attempts = [Attempt(**{**a.__dict__, "temperature": t}) for a, t in zip(attempts, TEMPERATURES, strict=False)]
    assert_same(attempts, thresholds)


@given(text=st.text(max_size=400))
def test_compression_ratio_is_faster_whispers(text):
    from faster_whisper.transcribe import get_compression_ratio

    assert compression_ratio(text) == get_compression_ratio(text)


def test_compression_ratio_of_known_texts():
    assert compression_ratio(PLAIN) < 1.1
    assert compression_ratio(LOOP) > 2.4
    assert compression_ratio("") == 0


def test_more_attempts_are_asked_for_while_all_fail():
    assert decide([attempt(-2)], Thresholds(), more=True) is None
    assert decide([attempt(-2)], Thresholds()) == Decision(0, False, False)
    assert decide([attempt(-0.2)], Thresholds(), more=True) == Decision(0, True, False)


def test_a_check_that_is_off_never_fails():
    wild = attempt(-9, 1.0, LOOP)
    off = Thresholds(logprob=None, no_speech=None, compression=None)
    assert not any(check(wild, off))
    assert decide([wild], off) == Decision(0, True, False)


def test_without_the_log_probability_limit_no_speech_alone_drops():
    """As in faster-whisper's `generate_segments`: nothing can overrule the no-speech probability then."""
    alone = Thresholds(logprob=None)
    assert is_dropped(attempt(-0.1, 0.9), alone)
    assert not is_dropped(attempt(-0.1, 0.9), Thresholds())


def test_nothing_to_decide_on():
    with pytest.raises(ValueError, match="at least once"):
        decide([], Thresholds())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["speech", "sentence"])
def test_the_kept_text_is_faster_whispers_where_beam_search_passes(name):
    """At T = 0 decoding has no chance in it, so text and numbers are those of a whole transcription."""
    import models
    from algorithms.sound import io as audio_io
    from algorithms.sound.clips import clip
    from models.whisper.packaged import WhisperOptions
    from spaces.whisper_limits.window import Window

    model = models.get("asr/whisper-tiny.en")
    y = audio_io.load(clip(name).path, sample_rate=16_000).y
    window = Window(model, y)
    ours = [window.attempt(0.0)]
    decision = decide(ours, Thresholds(), more=True)
    assert decision == Decision(0, True, False)
    segments = tuple(model.stream(y, WhisperOptions(word_timestamps=False)))
    assert ours[0].text == "".join(s.text for s in segments).strip()
    assert segments[0].temperature == 0
    assert ours[0].avg_logprob == pytest.approx(segments[0].avg_logprob, abs=1e-4)
    assert ours[0].no_speech_prob == pytest.approx(segments[0].no_speech_prob, abs=1e-4)
    assert ours[0].compression_ratio == pytest.approx(segments[0].compression_ratio, abs=1e-4)
