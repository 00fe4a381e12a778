"""Keyword spotting without a browser: a live run, block by block, with its limits."""

from __future__ import annotations

import base64

import numpy as np
import pytest

import models
from algorithms.keyword.stream import Rule
from algorithms.sound import load
from algorithms.sound.clips import clip
from components.live_mic import Block
from spaces.keyword_spotting import say
from spaces.keyword_spotting.say import live
from spaces.keyword_spotting.say import stream as say_stream
from tests.helpers.keyword_page import RATE, event, happened, plain, shown, visit


@pytest.fixture
def spotter():
    return models.get("kws/ds-cnn-int8")


@pytest.fixture(autouse=True)
def no_runs():
    yield
    live._runs.clear()
    live._refused.clear()


# --- Live ------------------------------------------------------------------------------------------------------------


def blocks(y, token="t", size=4000, rate=RATE, source="mic"):
    pcm = np.round(np.clip(y, -1, 1) * 32767).astype(np.int16)
    for first in range(0, len(pcm), size):
        last = first + size >= len(pcm)
        yield Block(token, source, first, pcm[first : first + size], rate, last, 0)


def rows_of(answer):
    return np.frombuffer(base64.b64decode(answer["rows"]), np.uint8).reshape(-1, len(answer["labels"]))


def started(source="mic", token="t", **given):
    """Start a run: its token and the chosen stream."""
    given = say.started(visit(event=event(token=token, source=source), **given))
    assert given["s_view"] == "live"
    return given["run"], given["s_stream"]


def test_live_run_gives_what_the_file_gives(spotter):
    y = load(clip("word_stream").path).y[: 6 * RATE]
    assert started("clip") == ("t", "word_stream")
    seen, got, answer = 0, {}, {}
    for block in blocks(y, source="clip"):
        answer = live.take(Block(**{**block.__dict__, "seen": seen}))
        for i, row in enumerate(rows_of(answer)):
            got[answer["first"] + i] = row
        seen = answer["seen"]
    run = live.find("t")
    assert answer["done"]
    assert run.finished
    assert not run.running
    assert sorted(got) == list(range(run.stream.steps))
    np.testing.assert_array_equal(
        np.array([got[i] for i in sorted(got)]), np.round(255 * run.stream.smoothed(run.rule))
    )
    words = [answer["labels"][d[1]] for d in answer["detections"]]
    assert words == ["yes", "stop"]
    assert answer["detections"][0][3] == pytest.approx(1.6 - 1.658, abs=0.15)  # the word's end is known
    assert answer["count"] == 2
    file = say_stream.listened("word_stream", spotter, 2)
    np.testing.assert_allclose(run.stream.probs, file.probs[: run.stream.steps], atol=0.03)  # 16 bits


def test_a_block_may_come_twice_or_get_lost():
    y = load(clip("word_stream").path).y[: 2 * RATE]
    started()
    first, second, third, *_ = blocks(y)
    live.take(first)
    live.take(first)
    live.take(third)  # the second never came: silence in its place
    run = live.find("t")
    assert run.heard_s == pytest.approx(0.75, abs=0.04)
    live.take(second)
    assert run.heard_s == pytest.approx(0.75, abs=0.04)


def test_other_rates_are_resampled():
    import soxr

    y = load(clip("word_stream").path).y[: 3 * RATE]
    started()
    for block in blocks(soxr.resample(y, RATE, 48_000), size=12_000, rate=48_000):
        answer = live.take(block)
    assert answer["labels"][answer["detections"][0][1]] == "yes"


def test_sliders_act_while_it_runs():
    y = load(clip("word_stream").path).y[: 4 * RATE]
    started()
    run = live.find("t")
    for block in list(blocks(y))[:-1]:
        answer = live.take(block)
    assert answer["count"] == 2
    assert run.running
    out = shown("s_refractory", s_view="live", s_refractory=100, s_stream="mic", run="t")
    assert "curve" not in out
    assert run.rule == Rule(200, 0.7, 100)
    last = list(blocks(y))[-1]
    answer = live.take(Block(**{**last.__dict__, "seen": answer["seen"]}))
    assert answer["first"] == 0  # everything once more, smoothed anew
    assert answer["count"] > 10
    finished = shown(s_view="live", s_stream="mic", run="t")
    assert "words by loudness" in finished["stream_facts"]
    assert "is not kept" in finished["stream_facts"]
    assert "Small, 8 bits, answered." in shown(s_view="live", s_stream="mic", run="t", model="m-int8")["stream_facts"]
    assert "yes at 1.5" in finished["curve"]["alt"]


def test_start_follows_its_source():
    assert started("mic", "a") == ("a", "mic")
    assert started("clip", "b", s_stream="mic") == ("b", "word_stream")
    assert started("clip", "c", s_stream="tone", run="a") == ("c", "tone")
    assert live.find("a") is None  # a new start forgets the run before


def test_start_opens_the_stream_and_the_end_draws_it():
    out = happened("s_mic", "start", event(token="t", source="mic"), s_stream="tone")
    assert (out["run"], out["s_view"], out["s_stream"]) == ("t", "live", "mic")
    assert [out[f"column_{name}"]["visible"] for name in ("one", "live", "rule", "more")] == [False, True, True, True]
    assert "word_stream" in out["s_mic"]["src"], "what Play would play follows the chosen stream"
    assert not out["second"]["visible"]
    assert "curve" not in out, "the canvas shows it while it runs"
    for block in blocks(load(clip("word_stream").path).y[: 3 * RATE]):
        live.take(block)
    out = happened("s_mic", "stopped", run="t", s_view="live", s_stream="mic")
    assert "yes at 1.5" in out["curve"]["alt"]
    out = happened("s_mic", "stopped", run="t", part="bits", s_view="live", s_stream="mic")
    assert not [name for name in out if name.startswith("b_")], "another part that is open by then stays as it is"


def test_start_needs_no_sound_that_is_still_there():
    assert started(clip="own") == ("t", "mic")


def test_no_more_than_the_machine_takes(monkeypatch):
    for i in range(live.MAX_RUNNING):
        assert started(token=str(i))[0]
    assert started(token="one too many")[0] == ""
    block = next(blocks(np.zeros(4000), "one too many"))
    assert "try again in a minute" in live.take(block)["problem"]
    live.end("0")
    assert started(token="next")[0] == "next"
    assert live.take(next(blocks(np.zeros(4000), "never begun"))) == {"ready": False, "say": ""}


def test_gone_visitors_make_room(monkeypatch):
    monkeypatch.setattr(live, "IDLE_S", 0.0)
    for i in range(live.MAX_RUNNING + live.KEEP_FINISHED + 5):
        assert started(token=str(i))[0]
    assert len(live._runs) <= live.KEEP_FINISHED + 1


def test_a_run_ends_by_itself(monkeypatch):
    monkeypatch.setattr(live, "MAX_S", 1.0)
    started()
    for block in blocks(np.zeros(2 * RATE)):
        answer = live.take(block)
        if answer["done"]:
            break
    assert "press Start again" in answer["problem"]
    assert live.find("t").heard_s < 1.3


def test_silence_is_heard_as_silence():
    started()
    for block in blocks(np.zeros(3 * RATE)):
        answer = live.take(block)
    assert answer["count"] == 0
    assert answer["labels"][rows_of(answer)[-1].argmax()] == "_silence_"
    out = shown(s_view="live", s_stream="mic", run="t")
    assert "0 detections 0 words by loudness" in plain(out["stream_facts"])
    assert out["table"] == ""
