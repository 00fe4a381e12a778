"""The CTC page's handlers called as they are: the frame, parts 1, 2 and 6 and the lesson, against the definitions."""

from __future__ import annotations

import re
from itertools import product
from math import comb

import numpy as np
import pytest

from algorithms import ctc
from spaces.ctc import SPACE, collapse, lesson, rivals, sound, why
from spaces.ctc.page import LESSON
from tests.helpers.ctc_page import PAGE, USUAL, after, drawn, event_of, visit_of


@pytest.fixture
def usual():
    return dict(USUAL)


@pytest.fixture(scope="module")
def sentence():
    return sound.hear(None, "sentence")


SHOWN = {  # what each part draws when it opens
    "why": {"counts", "spikes"},
    "collapse": {"editor", "verdict", "listed"},
    "real": {"status", "greedy", "mel", "emissions", "trellis", "cell", "chips", "files"},
    "toy": {"grid", "toy_trellis", "card", "facts", "paths", "gradient", "training"},
    "decode": {"results", "df", "tree", "table"},
    "rivals": {"listen", "attended", "pair", "attention", "letters", "compared", "mix", "said"},
}


@pytest.mark.parametrize("part", SHOWN)
def test_every_part_is_drawn_and_only_it(part):
    assert list(SHOWN) == [p.slug for p in LESSON.parts]
    values = drawn(part=part)
    assert [values[f"part {slug}"]["visible"] for slug in SHOWN] == [slug == part for slug in SHOWN]
    for slug, names in SHOWN.items():
        assert set(PAGE.frame.own[slug]) & set(values) == (names if slug == part else set())
    about_sound = part in ("why", "real", "rivals")
    assert values["controls"]["visible"] == values["heard"]["visible"] == about_sound
    assert ({"note", "zoom", "model_note", "fetch", "mover", "w", "player", "wave"} <= set(values)) == about_sound
    assert drawn(part="decode", case="clip")["controls"]["visible"]


def test_what_a_moved_field_leaves_as_it_is():
    assert set(drawn(part="real", moved="colour")) & SHOWN["real"] == {"trellis", "cell"}
    assert SHOWN["real"] - set(drawn(part="real", moved="text")) == {"greedy", "mel", "emissions"}
    assert SHOWN["real"] - set(drawn(part="real", moved="w")) == {"greedy", "files"}
    assert SHOWN["real"] <= set(drawn(part="real", moved="model"))
    assert not {"player", "wave", "controls"} & set(drawn(part="real", moved="colour"))
    assert set(drawn(part="decode", moved="df")) == {"tree", "table"}
    assert set(drawn(part="rivals", moved="pab")) & SHOWN["rivals"] == {"mix", "said"}


def test_what_a_moved_field_resets():
    cell, toy_cell = {"t": -1, "s": -1}, {"tx": -1, "ty": -1}
    for moved in ("clip", "own"):
        assert LESSON.resets(visit_of(moved=moved).fields) == {"text": "", "w": 0, **cell}
    for moved in ("model", "hub", "w"):
        assert LESSON.resets(visit_of(moved=moved).fields) == cell
    for moved in ("tf", "ts"):
        assert LESSON.resets(visit_of(moved=moved).fields) == toy_cell
    for moved in ("", "part", "text", "colour", "path", "toy", "tc", "case", "df", "pab"):
        assert LESSON.resets(visit_of(moved=moved).fields) == {}


# ---------------------------------------------------------------- 1 why


def test_counts_of_the_default_clip(sentence):
    n = why.counted(sentence)
    assert n["samples"] == len(sentence.y) == 52640
    assert n["frames"] == len(sentence.log_probs) == 165
    assert n["mel"] == 329
    assert n["text"] == "he might even have been made amiable himself"
    assert n["letters"] == 44
    # 44 symbols, one pair of equal neighbours (the ee of been): binomial(165 + 44 - 1, 88).
    assert n["alignments"] == comb(208, 88)
    assert "1.9 × 10⁶⁰" in why.facts(sentence)


def test_a_word_comes_before_the_sentence_and_what_was_said_beside_what_is_heard(sentence):
    word = why.hello()
    assert "<code>HHE–LL–LOO</code>" in word
    assert f"<strong>{ctc.count_alignments(list('HELLO'), 10):,}</strong> ways" in word
    texts = why.texts(sentence)
    really, hears = re.findall(r"<dt>(.*?)</dt><dd", texts)
    assert (really, hears) == ("Really said", "The model hears")
    assert sentence.spoken in texts
    symbols = len(sentence.greedy_text.replace(" ", "")) + sentence.greedy_text.count(" ")
    assert f"{sentence.greedy_text} ({symbols} letters and spaces" in texts


def test_large_numbers_are_written_as_people_read_them():
    assert why.power_of_ten(286) == "286"
    assert why.power_of_ten(1_234_567) == "1,234,567"
    assert why.power_of_ten(31 * 10**40) == "3.1 × 10⁴¹"
    assert why.power_of_ten(10**300 - 1) == "9.9 × 10²⁹⁹"
    assert why.power_of_ten(10**300) == "1.0 × 10³⁰⁰"
    assert why.power_of_ten(comb(38_000, 16_000)).endswith("× 10¹¹²³⁰")  # ten minutes of speech


def test_spikes_name_the_greedy_letters(sentence):
    picture = why.spikes(sentence)
    names = "".join(picture["data"][2]["text"]).replace("␣", " ")
    assert names == sentence.greedy_text
    assert len(picture["data"][0]["y"]) == 165


# ---------------------------------------------------------------- 2 collapse


def test_the_verdict_is_right_for_every_path():
    for target in ("AB", "AA"):
        for symbols in product("AB-", repeat=4):
            path = "".join(symbols)
            solved, words = collapse.verdict(path, target, 4)
            spelt = "".join(ctc.collapse(path, "-").labels)
            assert solved == (spelt == target), (path, words)
            assert words.startswith("Solved") == solved


@pytest.mark.parametrize(
    ("path", "target", "frames", "hint"),
    [
        ("HHELLLO", "HELLO", 7, "the two Ls have merged. Put a blank between them"),
        ("HELLO", "HELLO", 5, "takes at least 6 (5 letters take a frame each, and 1 pair of equal letters"),
        ("HEL-LO", "HELLO", 8, "has 6 frames and the puzzle asks for 8: add 2"),
        ("HEL-LO-XX", "HELLO", 9, "X is not in HELLO"),
        ("HEEE-LO-L", "HELLO", 9, "after HEL comes L"),
        ("---------", "HELLO", 9, "it must begin with H"),
        ("HEL-LO-OO", "HELLO", 9, "only repeats of its last letter"),
        ("AB", "", 2, "no letters"),
    ],
)
def test_hints(path, target, frames, hint):
    solved, words = collapse.verdict(path, target, frames)
    assert not solved
    assert hint in words


def test_all_alignments_are_listed(usual):
    shown = collapse.alignments_list("HELLO", 7)
    listed = [c.replace("–", "-") for c in re.findall("<code>(.*?)</code>", shown)]
    brute = ["".join(p) for p in product("HELO-", repeat=7) if "".join(ctc.collapse("".join(p), "-").labels) == "HELLO"]
    assert sorted(listed) == sorted(brute)
    assert f"<strong>{len(brute)}</strong>" in shown
    assert len(re.findall("<code>", collapse.alignments_list("HELLO", 20))) == collapse.LISTED
    assert "No path of 3 frames" in collapse.alignments_list("HELLO", 3)


def test_the_editor_shows_both_steps(usual):
    shown = collapse.show(None, {**usual, "path": " hhe_LL·lo "})
    value, words = shown["editor"], shown["verdict"]
    assert value["path"] == "HHE-LL-LO"
    assert value["runs"] == [["H", 0, 2], ["E", 2, 3], ["-", 3, 4], ["L", 4, 6], ["-", 6, 7], ["L", 7, 8], ["O", 8, 9]]
    assert value["labels"] == list("HELLO")
    assert "-" in value["symbols"]
    assert "Solved" in words


def test_dashes_that_only_stand_between_frames(usual):
    """The way many articles write it: H-H-E-L-L--L-O means HHELL–LO, but with every dash a blank it says HHELLLO."""
    assert collapse.dashes_between("H-H-E-L-L--L-O") == "HHELL-LO"
    assert "".join(ctc.collapse("HHELL-LO", "-").labels) == "HELLO"
    words = collapse.show(None, {**usual, "path": "H-H-E-L-L--L-O"})["verdict"]
    assert "HHELLLO" in words
    assert "which collapses to HELLO" in words
    assert collapse.dashes_between("HHE-LL-LO") == ""


def test_a_clicked_path_goes_back_into_the_field():
    shown = after(event_of("collapse", "editor"), visit_of(part="collapse", frames=7), text="HHEL-LO")
    assert (shown["path"], shown["editor"]["path"]) == ("HHEL-LO", "HHEL-LO")
    assert "Solved" in shown["verdict"]


# ---------------------------------------------------------------- 6 rivals


@pytest.mark.parametrize("p", [0.0, 0.3, 0.5, 1.0])
def test_the_marginals_are_the_best_that_independent_frames_can_do(p):
    mixed = rivals.independent(p)
    assert sum(mixed.values()) == pytest.approx(1)

    def loss(a: float, b: float) -> float:
        """Cross-entropy of p(A) = a in the first frame and p(B) = b in the second with the truth."""
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = [q * np.log(v) for q, v in ((p, a * b), (1 - p, (1 - a) * (1 - b))) if q]
        return -sum(terms)

    grid = np.linspace(0, 1, 21)
    best = min((loss(a, b), a, b) for a in grid for b in grid if np.isfinite(loss(a, b)))
    assert best[1:] == pytest.approx((p, p))
    assert mixed["AB"] == pytest.approx(p * p)
    shown = rivals.mixture(p)
    assert f"{100 * 2 * p * (1 - p):.0f} %" in shown["said"]
    assert len(shown["mix"]["data"]) == 2


# ---------------------------------------------------------------- the lesson


def test_examples_are_true(usual):
    """What the cards promise, computed."""
    states = {example.title: {**usual, **example.state} for example in SPACE.examples}
    hello = states["HELLO in seven frames"]
    assert "".join(ctc.collapse(hello["path"], "-").labels) == "HELO"
    assert collapse.verdict("HHEL-LO", hello["target"], hello["frames"])[0]  # the middle L made blank
    assert states["Frames against letters"]["clip"] == "sentence"  # counted above
    assert states["A wrong transcript"]["text"] == lesson.WRONG
    assert rivals.independent(states["Two answers become four"]["pab"]) == dict.fromkeys(("AB", "CD", "AD", "CB"), 0.25)


def test_links_in_the_follow_ups_open_states_of_this_page():
    from urllib.parse import parse_qsl

    links = [link for q in SPACE.questions for _, words in q.follow_ups for link in re.findall(r"\]\(\?(.*?)\)", words)]
    assert len(links) >= 4
    for link in links:
        query = dict(parse_qsl(link, strict_parsing=True))
        assert set(query) <= set(PAGE.state.fields)
        assert PAGE.state.parse(query)[1] == []
