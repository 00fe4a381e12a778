"""Parts 4 and 5 of the CTC page: the toy trellis and the decoders, against brute force and plain definitions."""

from __future__ import annotations

import re
from itertools import pairwise, product

import gradio as gr
import numpy as np
import pytest

from algorithms import ctc
from algorithms.ctc.beam import beam_search
from spaces.ctc import decoding, lesson, sound, toy, toy_events
from spaces.ctc import view as handlers
from tests.helpers.ctc_page import USUAL, random_log_probs


@pytest.fixture
def usual():
    return dict(USUAL)


@pytest.fixture(scope="module")
def sentence():
    return sound.hear(None, "sentence")


# ---------------------------------------------------------------- 4 toy


@pytest.mark.parametrize(
    ("target", "frames"), [("A", 1), ("AA", 3), ("BEE", 7), ("ABCDE", 12), ("AAAAA", 12), ("ABA", 5)]
)
def test_three_ways_to_one_probability(usual, target, frames):
    fields = {**usual, "part": "toy", "toy": target, "tf": frames}
    shown = toy.content(fields, None)
    numbers = [float(x) for x in re.findall(r"<code>(0\.\d+)</code>", shown[3])]
    assert len(numbers) == 3
    assert np.ptp(numbers) < 1e-9
    assert "All three agree" in shown[3]
    # Enumerated once more, without any of the page's code.
    _, tokens, vocab, _ = toy.setting(fields)
    p = toy.parse("", frames, len(vocab))
    if len(vocab) ** frames < 50_000:
        total = sum(
            np.prod(p[np.arange(frames), list(path)])
            for path in product(range(len(vocab)), repeat=frames)
            if ctc.collapse(path).labels == tokens
        )
        assert numbers[0] == pytest.approx(total, abs=1e-9)


def test_gradient_steps_lower_the_loss_and_sharpen(usual):
    fields = {**usual, "part": "toy", "toy": "A", "tf": 10, "tp": lesson.EQUAL}
    written, history, *_ = toy_events.trained(25, None, fields)
    loss, peak, blank = zip(*history["rows"], strict=True)
    assert len(loss) == 26
    assert all(b < a for a, b in pairwise(loss))
    assert peak[0] == pytest.approx(0.5)
    assert peak[-1] > 0.85
    assert blank[-1] > 0.6
    best = toy.parse(written, 10, 2).argmax(1)
    assert "".join("-a"[i] for i in best) == "----aa----"
    _, longer, *_ = toy_events.trained(1, history, {**fields, "tp": written})
    assert len(longer["rows"]) == 27


def test_the_gradient_is_the_slope_of_the_loss():
    log_probs = random_log_probs(5, 3)
    tokens, e = [1, 2], 1e-6
    g = ctc.gradient(log_probs, tokens)
    for t, k in product(range(5), range(3)):
        moved = log_probs.copy()
        moved[t, k] += e
        moved[t] -= np.logaddexp.reduce(moved[t])
        slope = (-ctc.log_likelihood(moved, tokens) + ctc.log_likelihood(log_probs, tokens)) / e
        assert slope == pytest.approx(g[t, k], abs=1e-5)


def test_probabilities_travel_in_the_address(usual):
    probs = toy.floor(toy.random_probs(12, 6, 3))
    again = toy.parse(toy.write(probs), 12, 6)
    assert np.abs(again - probs).max() < 3e-4
    assert len(toy.write(probs)) < 800
    for nonsense in ("", "1,2;3", "a,b", "1,2,3"):
        assert toy.parse(nonsense, 4, 3).shape == (4, 3)
        assert np.allclose(toy.parse(nonsense, 4, 3).sum(1), 1)


def test_dragged_and_preset_probabilities(usual):
    fields = {**usual, "part": "toy"}
    equal = toy_events.preset("equal", fields)
    assert np.allclose(toy.parse(equal[0], 7, 3), 1 / 3, atol=1e-3)
    probs = np.full((7, 3), 1 / 3).tolist()
    probs[2] = [0.8, 0.1, 0.1]
    written, history, *shown = toy_events.edited(probs, fields)
    assert toy.parse(written, 7, 3)[2, 0] == pytest.approx(0.8, abs=1e-3)
    assert history is None
    assert shown[0] == gr.skip()  # the bar in the hand is left alone
    assert toy_events.edited([[1, 2]], fields)[0] == gr.skip()


def test_stepping_through_a_pass(usual):
    fields = {**usual, "part": "toy", "ts": 12}
    done, t, s, *shown = toy_events.stepped(1, fields, None)
    assert (done, t, s) == (1, -1, -1)
    assert "1 frames computed" in shown[1]["alt"]
    (
        done,
        *_,
    ) = toy_events.stepped(1, {**fields, "ts": 3}, None)
    assert done == 4
    backward = toy.content({**fields, "tc": "backward", "ts": 2}, None)
    filled = [column is not None for column in backward[1]["data"][0]["z"][0]]
    assert filled == [False] * 5 + [True] * 2  # from the end
    t, s, *shown = toy_events.clicked(3.2, 2.0, fields, None)
    assert (t, s) == (2, 2)
    assert "Frame 3, state 2" in shown[2]


def test_a_toy_that_can_not_be_says_how_many_frames_it_needs(usual):
    shown = toy.content({**usual, "toy": "EEE", "tf": 4}, None)
    assert "EEE needs at least 5 frames, a blank between equal letters included" in shown[2]
    assert "empty target" in toy.content({**usual, "toy": "--", "tf": 4}, None)[2]


# ---------------------------------------------------------------- 5 decoding


def test_the_two_frames_in_which_greedy_is_wrong(usual):
    """Proved by listing all four paths."""
    case = decoding.two_frames()
    p = np.exp(case.log_probs)
    sums: dict[str, float] = {}
    for path in product(range(2), repeat=2):
        words = "".join(case.vocab[i] for i in ctc.collapse(path).labels)
        sums[words] = sums.get(words, 0) + p[0, path[0]] * p[1, path[1]]
    assert sums == {"": pytest.approx(0.36), "a": pytest.approx(0.64)}
    assert ctc.greedy(case.log_probs) == []
    assert decoding.spelt(beam_search(case.log_probs, case.vocab, 2)[-1][0].tokens, case) == "a"
    rows = decoding.results({**usual, "case": "two"}, None, case)
    assert [(row["name"], row["text"], row["errors"]) for row in rows[:2]] == [
        ("Greedy", "", 1.0),
        ("Beam of 4", "a", 0),
    ]
    assert [np.exp(row["log_prob"]) for row in rows[:2]] == pytest.approx([0.36, 0.64])


def test_a_language_model_says_cat_and_a_hot_word_kat(usual):
    case = decoding.cat()
    fields = {**usual, "case": "cat"}
    assert [row["text"] for row in decoding.results(fields, None, case)] == ["kat", "kat", "cat"]
    hot = decoding.results({**fields, "hot": "kat"}, None, case)
    assert [row["text"] for row in hot] == ["kat", "kat", "kat"]
    assert hot[2]["name"] == "Beam + LM + hot words"


def test_the_tree_joins_texts_to_where_their_paths_come_from(usual):
    fields = {**usual, "case": "two"}
    _, slider, tree, table = decoding.content(fields, None)
    assert slider["maximum"] == 2
    edges, nodes = tree["data"]
    assert nodes["text"] == ["∅", "∅", "a", "a", "∅"]
    pairs = {(x0, y0, x1, y1) for x0, x1, y0, y1 in zip(
        edges["x"][::3], edges["x"][1::3], edges["y"][::3], edges["y"][1::3], strict=True)}  # fmt: skip
    # "a" after two frames is fed by "a" and by the empty text, the empty text by itself alone.
    assert pairs == {(0, 0, 1, 0), (0, 0, 1, 1), (1, 0, 2, 0), (1, 1, 2, 0), (1, 0, 2, 1)}
    assert "0.24" in table  # ends in blank: a–
    assert "0.4" in table  # ends in its letter: –a and aa


def test_the_beam_on_the_chosen_sound(usual, sentence):
    fields = {**usual, "part": "decode", "case": "clip", "width": 8}
    rows = decoding.results(fields, sentence, decoding.case_of(fields, sentence))
    assert rows[0]["text"] == sentence.greedy_text
    assert rows[1]["log_prob"] >= rows[0]["log_prob"]  # a beam finds a text at least as likely
    assert all(0 <= row["errors"] < 0.6 for row in rows)
    frame, tree, _ = handlers.step_of(60.2, None, None, fields)
    assert frame == 60
    assert tree["alt"].startswith("Beams of frames 51 to 60 of 165")
