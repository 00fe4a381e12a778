"""Numbers that stand in the rooms' sentences, computed again and compared with what is written."""

from __future__ import annotations

import re

import numpy as np
import pytest

from algorithms.keyword.ds_cnn import LABELS
from algorithms.voice.effects import Chain
from algorithms.voice.presets import PRESETS
from spaces.ctc import lesson as ctc_words
from spaces.ctc import toy_numbers
from spaces.keyword_spotting import confusions
from spaces.keyword_spotting import lesson as keyword_words
from spaces.keyword_spotting import validation as keyword_results
from spaces.keyword_spotting.micro import numbers as micro
from spaces.keyword_spotting.questions import QUESTIONS as KEYWORD_QUESTIONS
from spaces.voice_changer.questions import HOW
from spaces.whisper_limits import lesson as limits_words


def encoder_gigamacs(width: int, layers: int) -> float:
    """Multiply-accumulates of a Whisper encoder for 30 s: two convolutions, then projections, MLP and attention."""
    convolutions = 3 * 80 * width * 3000 + 3 * width**2 * 1500
    return (convolutions + layers * (12 * width**2 * 1500 + 2 * 1500**2 * width)) / 1e9


def follow_up(question, words: str) -> str:
    """Return the only answer of a follow-up that contains these words."""
    (answer,) = [a for q, a in question.follow_ups if words in q + a]
    return answer


def test_what_25_gradient_steps_make_of_equal_frames():
    rows = np.array([[float(x) for x in row.split(",")] for row in ctc_words.EQUAL.split(";")])
    p = np.exp(toy_numbers.step(np.log(toy_numbers.floor(rows)), [1], 25)[0])
    (example,) = [e for e in ctc_words.EXAMPLES if e.title == "Why CTC is peaky"]
    assert (len(p), (p.max(1) > 0.9).sum(), (p[:, 0] > 0.9).sum()) == (10, 8, 6)
    assert "eight of the ten frames pass 0.9, six of them for the blank" in example.notice


def test_the_encoders_of_base_and_tiny():
    (question,) = [q for q in limits_words.QUESTIONS if q.question.startswith("tiny.en or base")]
    base, tiny = encoder_gigamacs(512, 6), encoder_gigamacs(384, 4)
    assert f"{base:.1f} and {tiny:.1f} billion" in follow_up(question, "billion")
    assert [f"does {base / tiny:.1f} times" in q for q, _ in question.follow_ups].count(True) == 1


def test_one_late_packet_in_nine_seconds():
    every_s = 1 / (48_000 / 128 * (1 - 0.9997))
    assert f"1 / (375 x 0.0003) = {every_s:.1f} s" in follow_up(HOW, "quantile")


def test_the_budget_adds_up():
    spent = dict(re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|", HOW.answer, re.M))
    total = float(re.search(r"[\d.]+", spent.pop("**together**"))[0])
    first = [re.search(r"\d+(\.\d+)?", cell) for cell in spent.values()]
    assert sum(float(found[0]) for found in first if found) == pytest.approx(total)
    assert total < 20
    assert Chain(PRESETS["chipmunk"].chain).latency / 48 == float(spent["effect, algorithmic"].split()[0])


def test_how_far_the_presets_move_pitch_and_formants():
    moved = dict(PRESETS["chipmunk"].chain)["pitch"]
    for name in ("semitones", "formant"):
        assert f"(x {2 ** (moved[name] / 12):.2f})" in PRESETS["chipmunk"].what
    formant = dict(PRESETS["man_to_woman"].chain)["pitch"]["formant"]
    assert f"{100 * (1 - 2 ** (-formant / 12)):.0f} % shorter" in PRESETS["man_to_woman"].what


def test_what_the_small_keyword_network_calls_unknown_and_silence():
    held = keyword_results.load()
    small, medium = (held.predicted[held.network(name)] for name in ("s-int8", "m-int8"))
    yes = held.speakers[(held.labels == LABELS.index("yes")) & (small == LABELS.index("_unknown_"))]
    (example,) = [e for e in keyword_words.EXAMPLES if e.title == "yes, but unknown"]
    assert (len(yes), len(set(yes))) == (5, 4)
    assert "Five times yes, by four people" in example.notice
    silent = held.speakers[(small == 0) & (medium == 0) & (held.labels != 0)]
    assert (len(silent), len(set(silent))) == (12, 1)
    text = confusions.TEXT.replace("\n", " ")
    assert "the twelve words that both 8-bit networks call silence are all one speaker's" in text


def test_the_flash_of_the_exported_network():
    (question,) = [q for q in KEYWORD_QUESTIONS if q.question.startswith("Eight bits are not faster")]
    flash = micro.stored("s")
    assert f"{flash.constants / 1000:.1f} kB of constants and {flash.ram / 1000:.1f} kB of RAM" in question.answer
