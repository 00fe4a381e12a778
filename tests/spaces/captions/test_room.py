"""The captions room without a browser: settings, finished examples, live runs by hand, pictures, downloads."""

from __future__ import annotations

import base64
import time
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest

from algorithms.sound import load
from algorithms.sound.clips import clip
from algorithms.text.wer import word_errors
from components.live_mic import Block, LiveMic, example, read_block
from models.whisper.result import BASE
from spaces.captions import SPACE, live, page, views
from spaces.captions.log import Settings, from_json, precomputed, to_json
from spaces.captions.page import LESSON, Held
from tests.helpers.patience import until

RATE = 16_000
NOTHING = np.zeros(4, np.int16)
with gr.Blocks():
    WIRING = LESSON.build(SPACE)


def visit(held: Held | None = None, **fields):
    return WIRING.default_visit(kept={"held": held}, **fields)


def shows(held: Held | None = None, **fields) -> dict[str, Any]:
    """What the page shows, by name, when it is opened, or when the field `moved` has moved."""
    (values,) = LESSON.moved(visit(held, **fields)) if "moved" in fields else WIRING.shown(visit(held, **fields))
    return values


def message(samples=NOTHING, **changed) -> dict:
    plain = {"token": "t", "source": "mic", "first": 0, "rate": RATE, "last": False, "seen": 0}
    return {**plain, "pcm": base64.b64encode(samples.astype("<i2").tobytes()).decode(), **changed}


def event(**about) -> SimpleNamespace:
    return SimpleNamespace(**about)


@pytest.fixture(autouse=True)
def nobody_left():
    yield
    for token in list(live._live):
        live.end(token)


# ---- messages of the microphone ----


def test_a_message_is_unpacked():
    block = read_block(message(np.array([1, -2, 32767], np.int16), first=7, rate=48_000, last=True, seen=3))
    assert block.samples.tolist() == [1, -2, 32767]
    assert (block.first, block.sample_rate, block.last, block.seen) == (7, 48_000, True, 3)


@pytest.mark.parametrize(
    "bad",
    [
        {"pcm": "###"},
        {"pcm": "A" * 5_000_000},
        {"pcm": "QQ=="},
        {"rate": 5},
        {"first": -1},
        {"token": ""},
        {"seen": "x"},
    ],
)
def test_a_broken_message_is_one_sentence(bad):
    with pytest.raises(ValueError, match="reload the page"):
        read_block(message(**bad))
    with gr.Blocks():
        mic = LiveMic("x", lambda block: {"ready": True})
    assert "reload the page" in mic.take_block(message(**bad))["problem"]
    assert mic.take_block(message()) == {"ready": True}
    assert mic.take_block({})["done"]


def test_the_example_is_one_of_our_files():
    chosen = example("speech.flac", "Speech")
    assert chosen["src"].endswith("clips/speech.flac")
    assert chosen["title"] == "Speech"


# ---- finished examples ----


def test_opens_with_a_finished_captioning():
    out = shows()
    assert out["player"].title == clip("speech_long").title
    assert "Finished example, captioned by Whisper tiny.en" in out["status"]
    rows = out["captions"]["updates"]
    text = "".join(w[2] for row in rows for w in row["w"])
    assert word_errors(clip("speech_long").text, text).rate <= 0.12
    assert "speech in" in out["timeline"]["alt"]
    assert "median" in out["latency"]["alt"]
    assert "Real-time factor" in out["facts"]
    for name in ("txt", "srt", "vtt"):
        assert (Path(out["held"].folder) / f"captions.{name}").stat().st_size > 100
    again = shows(out["held"], moved="clip")
    assert not Path(out["held"].folder).exists(), "the old downloads are gone"
    assert again["captions"]["stamp"] != out["captions"]["stamp"]
    page.forget(again["held"])
    assert not Path(again["held"].folder).exists()


def test_every_example_and_answer_is_finished():
    for item in (*SPACE.examples, *SPACE.questions):
        log = precomputed(Settings(**dict(item.state)))
        assert log is not None, item.state
        assert log.words
        assert log.median_s is not None
        again = from_json(to_json(log))
        assert again.rows == log.rows
        assert again.transcript == log.transcript
        np.testing.assert_allclose(again.probs, log.probs)


def test_rows_tell_the_story_in_order():
    rows = precomputed(Settings()).rows
    assert [row["i"] for row in rows] == list(range(1, len(rows) + 1))
    heard = [row["h"] for row in rows]
    assert heard == sorted(heard) or sum(np.diff(heard) < 0) <= sum(row["e"] for row in rows)
    words = [w for row in rows for w in row["w"]]
    assert all(a[1] <= b[1] for a, b in pairwise(words))
    for row in rows:
        for word in row["w"]:
            assert word[4] == pytest.approx(row["t"] - word[1], abs=0.002), "latency: stable minus end of the word"


def test_settings_not_tried_say_what_to_do():
    out = shows(step=1.3)
    assert "start the microphone or play the example" in out["status"]
    assert out["captions"]["updates"] == []
    assert out["held"].folder == ""
    assert "aria-disabled" in out["files"]
    out = shows(clip="french", step=1.3)
    assert "tiny.en knows only English" in out["status"]
    assert page.model_changed(visit(model=BASE))["lang"]["interactive"]
    assert not page.model_changed(visit())["lang"]["interactive"]


def test_nobody_speaks_is_said():
    out = shows(clip="noise")
    assert "No words" in out["status"]
    assert "A bar for each stable word" in out["latency"]["alt"]
    assert "0 utterances" in out["timeline"]["alt"]


def test_file_names_differ_where_settings_do():
    base = {"model": BASE, "lang": "fr"}
    names = [Settings(**s).file_name() for s in ({}, {"n": 1}, {"full": True}, {"silence": 200}, base, {"step": 1.5})]
    assert len(set(names)) == len(names)
    assert Settings(lang="fr").options().language == "en", "tiny.en ignores the language"


# ---- live, by hand ----


def speak(token: str, y: np.ndarray, *, rate: int = RATE, repeat: bool = False) -> list[dict]:
    """Send a sound as the browser does, as fast as the server takes it; return the rows that came back."""
    samples, i, seen, rows = (y * 32767).astype(np.int16), 0, 0, []
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        part = samples[i : i + rate // 4]
        last = i >= len(samples)
        block = Block(token, "mic", i, part, rate, last, seen)
        reply = live.take(block)
        if repeat and reply["ready"]:
            reply = live.take(block)  # the first answer was lost
        rows += reply.get("updates", [])
        seen = reply.get("seen", seen)
        if reply.get("done"):
            assert not reply["problem"]
            return rows
        if reply["ready"] and not last:
            i += len(part)
        time.sleep(0.15 if last or not reply["ready"] else 0.02)
    raise AssertionError("the run did not end")


def start(held: Held | None, token: str, source: str = "mic", **changed) -> dict[str, Any]:
    return page.started(visit(held, clip="sentence", event=event(token=token, source=source), **changed))


def tick(token: str) -> dict[str, Any]:
    return page.tick(visit(event=event(token=token)))


def stopped(held: Held | None, token: str) -> dict[str, Any]:
    return page.stopped(visit(held, event=event(token=token)))


@pytest.mark.slow
def test_a_run_from_start_to_downloads_and_again():
    y = load(clip("sentence").path, sample_rate=RATE).y
    out = start(None, "one")
    assert "not kept" in out["status"]
    assert out["player"] is None
    rows = speak("one", y, repeat=True)
    text = "".join(w[2] for row in rows for w in row["w"])
    assert word_errors(clip("sentence").text, text).rate <= 0.13
    assert [row["i"] for row in rows] == sorted({row["i"] for row in rows}), "each row once, in order"
    drawn = tick("one")
    assert "speech in" in drawn["timeline"]["alt"]
    done = stopped(out["held"], "one")
    assert "Done: " in done["status"]
    assert "captions" not in done, "a microphone's captions stay as they stand"
    saved = (Path(done["held"].folder) / "captions.txt").read_text(encoding="utf-8")
    assert word_errors(text, saved).rate == 0
    heard_s = live.find("one").captioner.stats.heard_s
    assert heard_s == pytest.approx(len(y) / RATE, abs=0.01), "blocks that came twice were heard once"

    out = start(done["held"], "two", source="clip")
    assert live.find("one") is None, "one run a visitor"
    assert not Path(done["held"].folder).exists()
    rows = speak("two", y)
    assert rows[0]["i"] == 1, "a new start begins anew"
    done = stopped(out["held"], "two")
    assert done["captions"]["updates"][-1]["e"], "an example can be watched again"
    page.forget(done["held"])
    assert live.find("two") is None
    assert not Path(done["held"].folder).exists()


@pytest.mark.slow
def test_lost_sound_leaves_a_gap_and_times_stay_right():
    start(None, "gap")
    run = live.find("gap")
    assert until(lambda: run.captioner)
    run.take(Block("gap", "mic", 0, np.zeros(4000, np.int16), RATE, False, 0))
    run.take(Block("gap", "mic", 20_000, np.zeros(4000, np.int16), RATE, False, 0))
    assert run.captioner.stats.heard_s == 24_000 / RATE
    run.take(Block("gap", "mic", 18_000, np.zeros(8000, np.int16), RATE, False, 0))
    assert run.captioner.stats.heard_s == 26_000 / RATE, "what overlaps is taken once"


@pytest.mark.slow
def test_a_changed_control_holds_from_the_next_utterance():
    out = start(None, "change")
    run = live.find("change")
    assert until(lambda: run.captioner)
    said = shows(out["held"], moved="n", clip="sentence", n=3, silence=300)
    assert "next utterance" in said["status"]
    assert run.captioner.options.agreement == 3
    live.end("change")
    assert "Not captioned yet" in shows(out["held"], moved="n", clip="sentence", n=3, silence=300)["status"]


def test_unknown_runs_are_asked_to_wait_and_a_full_machine_says_so(monkeypatch):
    assert live.take(Block("never", "mic", 0, np.zeros(1, np.int16), RATE, False, 0)) == {"ready": False, "say": ""}
    monkeypatch.setattr(live, "MAX_LISTENERS", 0)
    out = start(None, "fifth")
    assert out["held"].token == ""
    reply = live.take(Block("fifth", "mic", 0, np.zeros(1, np.int16), RATE, False, 0))
    assert reply["done"]
    assert "try again in a minute" in reply["problem"]
    assert tick("fifth") == {}


def test_a_model_that_is_not_there_is_one_sentence(monkeypatch):
    import models

    def gone(*_):
        raise models.ModelUnavailable("The weights are missing: run `make venv`.")

    monkeypatch.setattr("spaces.captions.live.models.get", gone)
    out = start(None, "gone")
    run = live.find("gone")
    run._thread.join(20)
    reply = live.take(Block("gone", "mic", 0, np.zeros(1, np.int16), RATE, False, 0))
    assert reply["problem"] == "The weights are missing: run `make venv`."
    assert "run `make venv`" in stopped(out["held"], "gone")["status"]


def test_pictures_reach_back_a_minute_only():
    from dataclasses import replace

    log = precomputed(Settings())
    longer = replace(log, heard_s=log.heard_s + 100, frames_end_s=log.frames_end_s + 100)
    start_s, end_s = views.shown(longer)
    assert end_s - start_s == 60
    assert views.latency(longer)["alt"].startswith("A bar"), "words of long ago are not drawn"
    assert "left out" not in views.facts(log).lower()
    assert "Left out" in views.facts(replace(log, dropped_s=2.5, forgotten_words=7))
