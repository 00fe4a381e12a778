"""The interview room: its handlers called directly, with good and bad input, and with a voice that answers."""

from __future__ import annotations

import functools
import re
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

import models
from components.address import Address
from components.live_mic import Block
from spaces import discover
from spaces.interview import bank, live, marking, mock, report, study
from spaces.interview.lesson import EXAMPLES, SAMPLE, SAMPLE_OF

SPOKEN = (
    "Sound and text have different lengths. Nobody knows the alignment. The network has a blank symbol. "
    "Repeated letters are merged. The loss is the sum over all the paths."
)


@functools.cache
def wiring():
    with gr.Blocks() as demo:
        discover()["interview"].build()
    return next(block.wiring for block in demo.blocks.values() if isinstance(block, Address))


def visit(*, kept=None, event=None, typed=None, **fields):
    made = wiring().default_visit(kept=kept or {}, event=event, **fields)
    made.taken["typed"] = typed
    return made


def test_all_rooms_questions_are_here_and_are_not_copies():
    rooms = discover()
    assert len(bank.bank()) == sum(len(room.questions) for room in rooms.values()) >= 100
    for entry in bank.bank().values():
        assert entry.question in rooms[entry.slug].questions
        assert entry.demo.startswith(entry.slug)


def test_filters_and_search():
    assert {entry.slug for entry in bank.chosen("ctc")} == {"ctc"}
    assert {entry.question.level for entry in bank.chosen(level="principal")} == {"principal"}
    assert SAMPLE_OF in [entry.id for entry in bank.chosen(find="Forward-Backward  BLANK")]
    assert bank.chosen(find="no such words <b>") == []


def test_a_sitting_is_spread_over_topics():
    drawn = bank.spread(bank.chosen(), 8, seed=1)
    assert len({entry.slug for entry in drawn}) == 8
    assert len(bank.spread(bank.chosen("ctc", "mid"), 40, seed=1)) == len(bank.chosen("ctc", "mid"))


def test_the_page_opens_with_a_question_whose_answer_is_hidden():
    shown = wiring().open({})
    assert "What is a mel spectrogram" in shown["card"]
    assert shown["answer"] == ""
    assert shown["list"]["total"] == len(bank.bank())
    shown = study.reveal(visit(q="ctc.why-ctc"))
    assert "sum" in shown["answer"]
    assert "](ctc?part=collapse" in shown["follow_ups"], "links into the room's own page lead to that room"
    assert "A blank symbol" in shown["beside"]


def test_a_prediction_comes_before_the_demonstration():
    shown = study.demo(bank.bank()["ctc.why-ctc"])
    assert shown.index("What will happen") < shown.index("<details>") < shown.index('href="ctc?part=why')


@pytest.mark.parametrize("q", ["gone.away", "<script>", "x" * 99])
def test_a_question_that_is_not_there(q):
    shown = wiring().open({"q": q})
    assert "not here" in shown["line"]
    assert "<script>" not in shown["line"] + shown["card"]


def test_a_choice_without_questions():
    shown = wiring().open({"topic": "ctc", "find": "zebra"})
    assert "the list is empty" in shown["line"]
    assert shown["list"]["rows"] == []


def test_what_the_browser_chooses_is_checked():
    assert study.choose(visit(event=SimpleNamespace(q="ctc.why-ctc"))) == {"q": "ctc.why-ctc"}
    assert study.choose(visit(event=SimpleNamespace(q=["no"]))) == {}
    cell = study.choose_cell(visit(event=SimpleNamespace(row=1, col=0)))
    assert cell == {} or cell["level"] == "junior"
    assert study.choose_cell(visit(event=SimpleNamespace(row=99, col=0))) == {}


def test_the_example_is_what_its_card_says():
    """Three points have evidence, one stands after a "not", two were not found."""
    found = marking.judge(bank.bank()[SAMPLE_OF], SAMPLE).found
    assert [f is not None and not f.denied for f in found].count(True) == 3
    assert [f is not None and f.denied for f in found].count(True) == 1
    assert "Three points" in EXAMPLES[-1].notice


def test_what_a_visitor_types_is_text_and_never_markup():
    text = "<img src=x onerror=alert(1)> a <b>blank</b> [link](javascript:x) `code` # title"
    answer = marking.judge(bank.bank()[SAMPLE_OF], text)
    page = mock.marks(answer) + report.as_html([answer], "")
    assert "<img" not in page
    assert "<b>" not in page
    assert "blank<sup>2</sup></mark>" in page
    written = report.as_markdown([answer], "")
    assert "<img" not in written.replace("\\<img", "")
    assert "[link](" not in written


def test_a_sitting_from_begin_to_report(tmp_path):
    values = mock.begin(visit(topic="ctc", minutes=8))
    sitting = values["sitting"]
    assert len(sitting.ids) == 2
    assert "Question 1 of 2" in values["asked"]
    refused = mock.done(visit(kept={"sitting": sitting}, typed="   "))
    assert "no answer yet" in refused["said"]
    values = mock.done(visit(kept={"sitting": sitting}, typed="It has a blank."))
    sitting = values["sitting"]
    assert len(sitting.answers) == 1
    assert "Asked next" in values["marks"]
    assert 'download="interview-report.md"' in values["files"]
    again = mock.done(visit(kept={"sitting": sitting}, typed="Better."))["sitting"]
    assert [answer.text for answer in again.answers] == ["Better."], "a second try takes the first one's place"
    values = mock.forward(visit(kept={"sitting": again}))
    assert "Question 2 of 2" in values["asked"]
    assert values["marks"] == ""
    last = mock.forward(visit(kept={"sitting": values["sitting"]}))
    assert "last question" in last["said"]
    mock.forget(again)


def test_the_follow_up_probes_what_is_missing():
    entry = bank.bank()[SAMPLE_OF]
    for text, word in (("attention transducer sums over all paths", "blank"), ("blank, merged", "")):
        question, told = marking.probing(marking.judge(entry, text))
        assert word in f"{question} {told}".casefold()


def test_links_in_the_report_lead_to_the_app_that_made_it():
    assert report.base_of("http://localhost:7860/lab/interview?part=mock") == "http://localhost:7860/lab/"
    assert report.base_of("javascript:alert(1)//interview") == ""
    assert report.base_of("") == ""
    answer = marking.judge(bank.bank()[SAMPLE_OF], SAMPLE)
    assert "<https://lab.org/ctc?part=why" in report.as_markdown([answer], "https://lab.org/")


def blocks(y: np.ndarray, token: str, size: int = 4000):
    samples = np.round(32767 * np.clip(y, -1, 1)).astype(np.int16)
    for first in range(0, len(samples), size):
        part = samples[first : first + size]
        last = first + size >= len(samples)
        yield Block(token, "mic", first, part, 16_000, last, 0)


def test_a_synthetic_voice_answers_and_its_silence_ends_nothing():
    from scipy.signal import resample_poly

    voice = models.get("tts/hibari")
    y = resample_poly(voice.synthesize(SPOKEN), 16_000, voice.sample_rate).astype(np.float32)
    y = np.concatenate([np.zeros(16_000), y[: len(y) // 2], np.zeros(5 * 16_000), y[len(y) // 2 :], np.zeros(16_000)])
    event = SimpleNamespace(token="a voice")
    values = mock.started(visit(event=event, kept={"sitting": mock.Sitting()}))
    sitting = values["sitting"]
    written = ""
    for i, block in enumerate(blocks(y.astype(np.float32), "a voice")):
        reply = live.take(block)
        assert not reply["problem"]
        assert reply["done"] == block.last
        if i % 8 == 0:
            written = mock.tick(visit(event=event, kept={"sitting": sitting})).get("typed", written)
    assert written, "words are written while somebody speaks"
    values = mock.stopped(visit(event=event, kept={"sitting": sitting}))
    assert live.find("a voice") is None, "the sound is not kept"
    sitting = values["sitting"]
    assert any(length > 3 for _, length in sitting.spoken.pauses), "the silence in the middle is a pause"
    assert 60 < sitting.spoken.words_a_minute < 260
    answer = mock.done(visit(kept={"sitting": sitting}, typed=values["typed"]))["sitting"].answers[0]
    assert len(answer.made) >= 3, (values["typed"], answer.made)


def test_too_many_voices_are_told_so(monkeypatch):
    monkeypatch.setattr(live.Heard, "load", lambda self: None)
    try:
        for i in range(live.MOST):
            assert live.begin(f"t{i}") is not None
        assert live.begin("one too many") is None
        block = next(blocks(np.zeros(10, np.float32), "one too many"))
        assert re.search("type your answer", live.take(block)["problem"])
    finally:
        for i in range(live.MOST):
            live.end(f"t{i}")


def test_a_very_long_answer_ends(monkeypatch):
    monkeypatch.setattr(live, "MAX_S", 0.5)
    heard = live.Heard()
    heard.captioner = SimpleNamespace(feed=lambda samples, rate: None)
    replies = [heard.take(block) for block in blocks(np.zeros(16_000, np.float32), "long")]
    assert replies[-1]["problem"] == live.LONG
