"""Part 1 of Keyword spotting by its handlers: one second, streams, live runs, the threshold, and bad input."""

from __future__ import annotations

import base64
import re

import numpy as np
import pytest

import models
from algorithms.keyword.takes import find_words, problems
from algorithms.sound import load
from algorithms.sound.clips import clip
from components.audio_input import OwnSound
from spaces.keyword_spotting import networks, sound, validation
from spaces.keyword_spotting.page import LESSON
from spaces.keyword_spotting.say import one as say_one
from spaces.keyword_spotting.say import stream as say_stream
from spaces.keyword_spotting.say import threshold as say_threshold
from tests.helpers.keyword_page import RATE, drawn, event, fields_of, happened, moved, own_sound, plain, shown


@pytest.fixture
def spotter():
    return models.get("kws/ds-cnn-int8")


# --- One second ------------------------------------------------------------------------------------------------------


def test_every_example_word_is_recognised():
    for word in (*sound.WORDS, "off2"):
        heard = sound.hear(None, f"word_{word}", "s-int8")
        assert heard.spotter.labels[heard.probs.argmax()] == word.rstrip("2")
        assert heard.mfcc.shape == (49, 10)
        assert heard.y.shape == (RATE,)
        assert not heard.notes


def test_answer_is_said_and_drawn():
    out = shown()
    assert "yes 0.9" in plain(out["answer"])
    assert "Small, 8 bits, answered." in plain(out["answer"])
    assert "yes is above one half for windows from -0.0" in out["slide"]["alt"]
    assert out["slide"]["data"][0]["y"][-3] == "yes"
    assert "curve" not in out
    assert not out["column_live"]["visible"]
    assert out["column_one"]["visible"]


def test_the_bars_are_those_of_the_middle_window(spotter):
    heard = sound.hear(None, "word_stop", "s-int8")
    middles, probs = say_one.slid(heard, spotter)
    at = np.abs(middles - 0.5).argmin()
    np.testing.assert_allclose(probs[at], heard.probs, atol=1e-5)


@pytest.mark.parametrize(
    ("probs", "words"),
    [
        ([0.95, 0.03, 0.02], "hears no word in this second (0.95)"),
        ([0.03, 0.95, 0.02], "for none of its words (0.95)"),
        ([0.02, 0.03, 0.95], "sure of “yes”; unknown comes second with 0.03"),
        ([0.1, 0.1, 0.8], "hears “yes”"),
        ([0.33, 0.33, 0.34], "cannot decide: “yes” is just ahead"),
        ([0.3, 0.2, 0.5], "leans to “yes” but is not sure; silence comes second"),
    ],
)
def test_sentences(probs, words):
    assert words in say_one.sentence(("_silence_", "_unknown_", "yes"), np.array(probs))


# --- Bad input -------------------------------------------------------------------------------------------------------


def test_loudest_second_has_the_word_in_its_middle():
    y = np.zeros(5 * RATE, np.float32)
    y[50_000:58_000] = 0.3 * np.random.default_rng(0).standard_normal(8000)
    assert sound.loudest_start(y) == pytest.approx(54_000 - 8000, abs=160)
    assert sound.loudest_start(y[:RATE]) == 0
    assert sound.loudest_start(np.concatenate([y[50_000:58_000], np.zeros(RATE)])) == 0
    assert sound.loudest_start(np.concatenate([np.zeros(RATE + 7), y[50_000:58_000]])) <= 8007


def test_notes_say_what_was_taken(tmp_path):
    word = load(clip("word_go").path).y
    long = own_sound(tmp_path, np.concatenate([np.zeros(2 * RATE), word, np.zeros(RATE)]))
    heard = sound.hear(long, "own", "s-int8")
    assert "Of 4.0 s the network hears the loudest second" in heard.notes[0]
    assert heard.spotter.labels[heard.probs.argmax()] == "go"
    short = own_sound(tmp_path, word[5000:9000])
    assert "lasts 0.25 s: silence was put around it" in sound.hear(short, "own", "s-int8").notes[0]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda word, rng: np.zeros(RATE), "hardly any sound"),
        (lambda word, rng: 1e-4 * rng.standard_normal(RATE), "hardly any sound here (its loudest moments lie 80 dB"),
        (lambda word, rng: np.clip(8 * word, -1, 1), "It is clipped"),
        (lambda word, rng: 0.1 * rng.standard_normal(RATE), "full from end to end"),
        (lambda word, rng: 0.3 * np.sin(np.arange(RATE) * 0.2), "full from end to end"),
    ],
)
def test_doubts_are_named(make, words):
    word = load(clip("word_yes").path).y
    doubts = sound.doubts(np.asarray(make(word, np.random.default_rng(0)), np.float32))
    assert words in " ".join(doubts)
    assert all(d.endswith(".") for d in doubts)
    assert sound.doubts(word) == []


@pytest.mark.parametrize("offset", [0.03, -0.1, 0.3])
def test_an_offset_is_no_loudness(offset):
    """Cheap sound cards add a constant: the same word with it is heard, doubted and cut out as without it."""
    word = load(clip("word_yes").path).y
    assert sound.doubts(word + np.float32(offset)) == []
    assert "hardly any sound" in sound.doubts(np.full(RATE, offset, np.float32))[0]
    noisy = np.random.default_rng(1).normal(0, 0.001, 4 * RATE)
    noisy[2 * RATE : 3 * RATE] += word
    switched_on = offset * np.exp(-np.arange(4 * RATE) / RATE)  # it fades, as a capacitor charges
    for added in (offset, switched_on):
        assert sound.loudest_start(noisy + added) == pytest.approx(sound.loudest_start(noisy), abs=160)
        (span,), (same,) = find_words(noisy + added), find_words(noisy)
        assert span.start_s == pytest.approx(same.start_s, abs=0.021)
        assert span.end_s == pytest.approx(same.end_s, abs=0.021)
    assert problems(word + offset) == problems(word)


def test_telephone_music_and_another_language_are_named(tmp_path):
    import soxr

    word = load(clip("word_yes").path).y
    notes = sound.hear(own_sound(tmp_path, soxr.resample(word, RATE, 8000), 8000), "own", "s-int8").notes
    assert "Nothing lies above 4 kHz" in " ".join(notes)
    assert "full from end to end" in " ".join(sound.hear(None, "tone", "s-int8").notes)
    assert len(sound.hear(None, "french", "s-int8").notes) == 3  # which second, no pause, telephone


def test_a_sound_that_is_gone_is_a_sentence():
    out = drawn(clip="own", own=OwnSound("/nowhere/own.wav", "own", 1.0))
    assert "no longer here" in out["note"]
    assert "answer" not in out
    assert "no longer here" in drawn(clip="own")["note"]


# --- A stream --------------------------------------------------------------------------------------------------------


def outcome(spotter, **fields):
    fields = fields_of(**fields)
    stream = say_stream.stream_of(fields, spotter)
    return say_stream.judge(stream, say_stream.rule_of(fields), fields["s_stream"])


def test_example_stream_is_judged_against_the_truth(spotter):
    judged = outcome(spotter)
    assert [(f.word, f.verdict) for f in judged.found] == [
        *((word, "right") for word in ("yes", "stop", "go", "left")),
        ("down", "wrong"),  # "house"
        *((word, "right") for word in ("no", "down", "on", "right", "up")),
    ]
    assert [s.word for s in judged.missed] == ["off"]
    twice = outcome(spotter, s_refractory=100, s_smooth=0)
    assert sum(f.verdict == "again" for f in twice.found) > 50
    assert [s.word for s in twice.missed] == ["off"]


def test_a_novel_has_only_false_alarms(spotter):
    assert outcome(spotter, s_stream="speech_long", s_threshold=0.5).found == ()
    judged = outcome(spotter, s_stream="speech_long", s_threshold=0.05)
    assert {f.verdict for f in judged.found} == {"false"}
    assert judged.missed == ()


def test_pictures_of_the_stream():
    out = shown(s_view="live")
    assert "it finds yes at 1.5 s" in out["curve"]["alt"]
    assert out["curve"]["alt"].endswith("It misses off.")
    assert "12 classes over 24 s" in out["rows"]["alt"]
    assert "9 of 10 keywords found 1 false alarm −0.0" in plain(out["stream_facts"])
    assert plain(out["table"]).count("right") == 10  # nine verdicts and the word
    assert "off – – missed" in plain(out["table"])
    assert out["stream_player"]["visible"]
    assert "Small, 8 bits, answered." in out["stream_facts"]
    saved = base64.b64decode(re.search(r'base64,([^"]+)"', out["table"])[1]).decode().splitlines()
    assert saved[0] == "time_s,word,probability,seconds_after_word_end,verdict"
    assert saved[1].startswith("1.5")
    assert saved[1].split(",")[1] == "yes"
    assert len(saved) == 1 + 10 + 1
    out = shown("s_threshold", s_view="live", s_threshold=0.95)
    assert "stream_player" not in out
    assert "answer" not in out
    assert "misses" in out["curve"]["alt"]


def test_long_streams_are_drawn_with_few_columns():
    values = np.random.default_rng(0).random((5000, 12))
    pooled, step = say_stream.pooled(values)
    assert len(pooled) <= say_stream.COLUMNS
    np.testing.assert_array_equal(pooled[3], values[3 * step : 4 * step].max(0))
    assert say_stream.pooled(values[:100])[1] == 1


def test_microphone_without_a_take_says_what_to_do():
    out = shown(s_view="live", s_stream="mic")
    assert "press Start microphone" in out["stream_facts"]
    assert out["curve"] is None
    assert not out["stream_player"]["visible"]


def test_own_network_without_training_is_named():
    out = shown(s_use="mine")
    assert "You have not trained a keyword" in out["s_note"]
    assert "Small, 8 bits, answered." in plain(out["answer"])
    assert out["s_use"]["visible"]
    assert "the packaged networks" in shown(s_use="mine", s_view="threshold")["s_note"]


def test_own_network_answers_and_is_not_kept(spotter):
    class Mine:
        labels = ("_silence_", "_unknown_", "yes", "sesame")

        def predict_features(self, features):
            p = spotter.predict_features(features)[:, :4]
            return p / p.sum(1, keepdims=True)

    out = shown(s_use="mine", mine=Mine())
    assert out["s_note"] == ""
    assert "Your own network answered." in plain(out["answer"])
    assert "sesame" in out["answer"]
    say_stream._packaged.cache_clear()
    live = shown(s_use="mine", mine=Mine(), s_view="live")
    assert "1 of 1 keywords found" in plain(live["stream_facts"])
    assert say_stream._packaged.cache_info().currsize == 0


# --- The threshold ---------------------------------------------------------------------------------------------------


def test_threshold_counts_are_those_that_were_measured():
    held = validation.load()
    fields = fields_of(s_threshold=0.7)
    peaks = held.peaks[held.network("s-int8"), held.smoothing(200)]
    missed = int(sum(peak / 255 < 0.7 for peak, label in zip(peaks, held.labels, strict=True) if label > 1))
    assert f"misses {missed} of 656 keywords" in say_threshold.sentence(fields)
    alarms = int(held.alarms[0, 0, 2, 69])
    assert f"English speech: {say_threshold._alarms(alarms, held.hours[0])};" in say_threshold.sentence(fields)
    assert held.hours[0] > 0.5


def test_curves_only_fall_and_rise():
    held = validation.load()
    for model in networks.MODELS:
        assert (np.diff(held.misses(model, 200)) >= 0).all()
        counts = held.alarm_counts(model, 200)
        assert (counts[:, 5:] <= counts[:, :1].max()).all()
        assert counts[0, -1] < counts[0, 50] < counts[0, 5]


def test_a_click_on_the_curve_gives_its_threshold():
    held, fields = validation.load(), fields_of()
    counts, misses = held.alarm_counts("s-int8", 200), 100 * held.misses("s-int8", 200)
    for threshold in (0.3, 0.6, 0.9):
        at = round(100 * threshold) - 1
        x = counts[0, at] / held.hours[0]
        assert say_threshold.nearest(fields, float(x), float(misses[at])) == pytest.approx(threshold, abs=0.02)
    assert 0.05 <= say_threshold.nearest(fields, 1e9, 0.0) <= say_threshold.nearest(fields, 1e-9, 100.0) <= 0.99


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "none in 0.80 h"), (1, "1.2 an hour, one every 48 min"), (400, "500 an hour, one every 7 s")],
)
def test_rates_are_said_in_words(count, words):
    assert say_threshold._alarms(count, 0.8) == words


def test_threshold_pictures():
    out = shown(s_view="threshold", s_threshold=0.9)
    assert out["det"]["alt"].startswith("At 0.90 it misses ")
    assert len(out["det"]["data"]) == 3 + 2 * 2
    assert out["both"]["layout"]["shapes"][0]["x0"] == pytest.approx(0.9)
    assert "Measured on 20" in out["threshold_facts"]
    assert "slide" not in out


# --- The frame -------------------------------------------------------------------------------------------------------


def resets(name):
    return LESSON.resets(fields_of().having(moved=name))


def test_another_sound_shows_the_second_and_another_network_does_not():
    assert resets("clip")["s_view"] == "one"
    assert resets("own")["s_view"] == "one"
    assert "s_view" not in resets("model")
    assert resets("s_threshold") == {}
    out = moved("clip", clip="word_no", s_view="live")
    assert out["s_view"] == "one"
    assert out["column_one"]["visible"]
    assert out["second"]["visible"]
    assert "value" in out["player"]
    assert "sure of “no”" in plain(out["answer"])


def test_input_is_shown_only_where_it_matters():
    for view_name, on in (("one", True), ("live", False), ("threshold", False)):
        out = drawn(s_view=view_name)
        assert out["second"]["visible"] == out["player"]["visible"] == on
    for part, on in (("inside", True), ("bits", True), ("confusions", False), ("own", False), ("micro", True)):
        out = drawn(part=part, s_view="live")
        assert out["second"]["visible"] == out["player"]["visible"] == on


def test_clicks_on_the_curves_set_the_threshold():
    out = happened("both", told=event(x=0.503, y=9.0), s_view="threshold")
    assert out["s_threshold"] == 0.5
    assert "At 0.50 it misses" in out["det"]["alt"]
    assert happened("both", told=event(x=-3, y=9.0), s_view="threshold")["s_threshold"] == 0.05
    held = validation.load()
    x, y = held.alarm_counts("s-int8", 200)[0, 49] / held.hours[0], 100 * held.misses("s-int8", 200)[49]
    out = happened("det", told=event(x=float(x), y=float(y)), s_view="threshold")
    assert out["s_threshold"] == pytest.approx(0.5, abs=0.02)


def test_a_link_to_ones_own_network_chooses_it():
    out = drawn("", s_use="mine")
    assert (out["s_use"]["value"], out["s_use"]["visible"]) == ("mine", True)


def test_a_field_of_another_part_draws_nothing_here():
    assert set(moved("o_set", o_set="alike")) == {"note", "second", "player"}


@pytest.mark.parametrize(
    ("part", "field", "value", "column"),
    [
        ("say", "s_view", "threshold", "column_threshold"),
        ("inside", "in_view", "cost", "in_column_cost"),
        ("bits", "b_view", "grid", "b_column_grid"),
        ("micro", "m_view", "code", "m_column_code"),
    ],
)
def test_a_part_that_is_opened_shows_the_view_that_a_link_has_set_meanwhile(part, field, value, column):
    assert moved("part", part=part, **{field: value})[column]["visible"]
