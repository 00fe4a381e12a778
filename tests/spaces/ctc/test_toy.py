"""Parts 4 and 5 of the CTC page: the toy trellis and the decoders, against brute force and plain definitions."""

from __future__ import annotations

import re
from itertools import pairwise, product

import numpy as np
import pytest

from algorithms import ctc
from algorithms.ctc.beam import beam_search
from components.lesson import Fields
from spaces.ctc import decoding, lesson, sound, toy
from spaces.ctc import toy_numbers as numbers
from spaces.ctc.scene import Scene
from tests.helpers.ctc_page import PAGE, USUAL, after, event_of, random_log_probs, visit_of

NO_SOUND = Scene(view={})


@pytest.fixture
def usual():
    return Fields(USUAL)


@pytest.fixture(scope="module")
def sentence():
    return sound.hear(None, "sentence")


# ---------------------------------------------------------------- 4 toy


@pytest.mark.parametrize(
    ("target", "frames"), [("A", 1), ("AA", 3), ("BEE", 7), ("ABCDE", 12), ("AAAAA", 12), ("ABA", 5)]
)
def test_three_ways_to_one_probability(usual, target, frames):
    fields = usual.having(part="toy", toy=target, tf=frames)
    facts = toy.show(NO_SOUND, fields)["facts"]
    found = [float(x) for x in re.findall(r"<code>(0\.\d+)</code>", facts)]
    assert len(found) == 3
    assert np.ptp(found) < 1e-9
    assert "All three agree" in facts
    # Enumerated once more, without any of the page's code.
    _, tokens, vocab, _ = numbers.setting(fields)
    p = numbers.parse("", frames, len(vocab))
    if len(vocab) ** frames < 50_000:
        total = sum(
            np.prod(p[np.arange(frames), list(path)])
            for path in product(range(len(vocab)), repeat=frames)
            if ctc.collapse(path).labels == tokens
        )
        assert found[0] == pytest.approx(total, abs=1e-9)


def test_the_best_path_frames_its_cells(usual):
    shown = toy.show(NO_SOUND, usual.having(part="toy", toy="BEE", tf=7, tc="viterbi", ts=7))["toy_trellis"]
    frames = shown["layout"]["shapes"]
    assert [round((f["x0"] + f["x1"]) / 2) for f in frames] == list(range(1, 8)), "one in each frame"
    assert all(f["type"] == "rect" and "fillcolor" not in f for f in frames), "the numbers in them can be read"


def test_gradient_steps_lower_the_loss_and_sharpen():
    fields = {"part": "toy", "toy": "A", "tf": 10, "tp": lesson.EQUAL}
    shown = after(event_of("toy", "many"), visit_of(**fields))
    written, history = shown["tp"], shown["history"]
    assert shown["training"]["alt"].startswith("25 steps")
    loss, peak, blank = zip(*history["rows"], strict=True)
    assert len(loss) == 26
    assert all(b < a for a, b in pairwise(loss))
    assert peak[0] == pytest.approx(0.5)
    assert peak[-1] > 0.85
    assert blank[-1] > 0.6
    best = numbers.parse(written, 10, 2).argmax(1)
    assert "".join("-a"[i] for i in best) == "----aa----"
    shown = after(event_of("toy", "one"), visit_of(**{**fields, "tp": written}, history=history))
    assert len(shown["history"]["rows"]) == 27
    assert shown["training"]["alt"].startswith("26 steps")
    assert shown["grid"]["probs"]  # the bars show what was learned
    assert "history" not in after(event_of("toy", "one"), visit_of(part="toy", toy="EEE", tf=4))


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


def test_probabilities_travel_in_the_address():
    probs = numbers.floor(numbers.random_probs(12, 6, 3))
    again = numbers.parse(numbers.write(probs), 12, 6)
    assert np.abs(again - probs).max() < 3e-4
    assert len(numbers.write(probs)) < 800
    for nonsense in ("", "1,2;3", "a,b", "1,2,3"):
        assert numbers.parse(nonsense, 4, 3).shape == (4, 3)
        assert np.allclose(numbers.parse(nonsense, 4, 3).sum(1), 1)


def test_dragged_and_preset_probabilities():
    equal = after(event_of("toy", "equal"), visit_of(part="toy"))
    assert np.allclose(numbers.parse(equal["tp"], 7, 3), 1 / 3, atol=1e-3)
    assert np.allclose(equal["grid"]["probs"], 1 / 3, atol=1e-3)
    random = [after(event_of("toy", "random"), visit_of(part="toy")) for _ in range(2)]
    assert random[0]["tp"] != random[1]["tp"]
    probs = np.full((7, 3), 1 / 3).tolist()
    probs[2] = [0.8, 0.1, 0.1]
    drag, old = event_of("toy", "grid"), {"key": ["BEE", 7], "rows": [(1.0, 0.5, 0.5)] * 9}
    shown = after(drag, visit_of(part="toy", history=old), probs=probs)
    assert numbers.parse(shown["tp"], 7, 3)[2, 0] == pytest.approx(0.8, abs=1e-3)
    assert shown["history"] is None
    assert shown["training"]["alt"].startswith("0 steps")
    assert "grid" not in shown  # the bar in the hand is left alone
    assert "tp" not in after(drag, visit_of(part="toy"), probs=[[1, 2]])


def test_stepping_through_a_pass(usual):
    on = event_of("toy", "next")
    shown = after(on, visit_of(part="toy", ts=12, tx=3, ty=1))
    assert (shown["ts"], shown["tx"], shown["ty"]) == (1, -1, -1)
    assert "1 frames computed" in shown["toy_trellis"]["alt"]
    assert after(on, visit_of(part="toy", ts=3))["ts"] == 4
    assert after(event_of("toy", "back"), visit_of(part="toy", ts=12))["ts"] == 6
    backward = toy.show(NO_SOUND, usual.having(tc="backward", ts=2))
    filled = [column is not None for column in backward["toy_trellis"]["data"][0]["z"][0]]
    assert filled == [False] * 5 + [True] * 2  # from the end
    shown = after(event_of("toy", "toy_trellis"), visit_of(part="toy", ts=12), x=3.2, y=2.0)
    assert (shown["tx"], shown["ty"]) == (2, 2)
    assert "Frame 3, state 2" in shown["card"]


def test_a_toy_that_can_not_be_says_how_many_frames_it_needs(usual):
    shown = toy.show(NO_SOUND, usual.having(toy="EEE", tf=4))
    assert "EEE needs at least 5 frames, a blank between equal letters included" in shown["card"]
    assert "empty target" in toy.show(NO_SOUND, usual.having(toy="--", tf=4))["card"]


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


def test_green_marks_the_fewest_wrong_letters_and_bold_the_likeliest(usual):
    case = decoding.cat()
    rows = decoding.results({**usual, "case": "cat"}, None, case)
    cells = re.findall(
        r"<tr><td>(.+?)</td><td>(.*?)</td><td(.*?)>.*?</td><td(.*?)>", decoding.results_table(rows, case)
    )
    marked = {text: ("likeliest" in bold, "fewest" in green) for _, text, bold, green in cells}
    assert marked == {"kat": (True, False), "cat": (False, True)}
    unknown = decoding.results_table([{**row, "errors": None} for row in rows], case)
    assert "Green" not in unknown
    assert "ctc-fewest" not in unknown


def test_the_tree_joins_texts_to_where_their_paths_come_from(usual):
    shown = decoding.show(NO_SOUND, usual.having(case="two"))
    table = shown["table"]
    assert shown["df"]["maximum"] == 2
    edges, nodes = shown["tree"]["data"]
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
    shown = after(event_of("decode", "tree"), visit_of(**fields), x=60.2)
    assert shown["df"] == 60
    assert shown["tree"]["alt"].startswith("Beams of frames 51 to 60 of 165")
    assert set(shown) & set(PAGE.frame.own["decode"]) == {"df", "tree", "table"}
