"""Key points are found in good answers, not in bad ones, and what was found stands where it is said to stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algorithms.text.delivery import delivery, fillers
from algorithms.text.key_points import findings, stem
from spaces import discover

WHY_CTC = discover()["ctc"].questions[0].rubric
EVIDENCE = [point.evidence for point in WHY_CTC.points]
GOOD = """Well, sound and text have different lengths, and nobody tells us which frame belongs to which letter.
So C T C adds a blank, merges repeated symbols, and sums the probabilities of all the paths that give the text. A
dynamic program, the forward backward algorithm, makes that cheap. It isn't the only way: a transducer solves the same
problem."""
BAD = """CTC is a kind of neural network which is very accurate. You train it on a lot of data with a GPU, and then
you get the words. It was invented by Google and it is much better than anything before."""


def made(text: str, evidence=EVIDENCE) -> list[bool]:
    return [found is not None and not found.denied for found in findings(text, evidence)]


def test_a_good_answer_makes_every_point():
    assert all(made(GOOD)), [p.name for p, there in zip(WHY_CTC.points, made(GOOD), strict=True) if not there]


def test_a_bad_answer_makes_none():
    assert not any(made(BAD))


def test_what_was_found_stands_there():
    words = [[GOOD[a:b] for a, b in found.spans] for found in findings(GOOD, EVIDENCE)]
    assert words[1] == ["blank"]
    assert words[2] == ["merges"]
    assert words[3] == ["sums", "paths"]


def test_order_and_endings_do_not_matter():
    assert made("Over paths one has to sum.", ["sum* path*"]) == [True]
    assert made("The paths are summed.", ["sum path"]) == [True]
    assert len({stem(word) for word in ("drop", "drops", "dropped", "dropping")}) == 1


def test_words_far_apart_or_in_two_sentences_do_not_belong_together():
    assert made("We sum. The path is long.", ["sum path"]) == [False]
    assert made("We sum " + "and so on " * 8 + "a path.", ["sum path"]) == [False]


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("It doesn't need a blank.", True),
        ("There is no blank.", True),
        ("It is not slow, and it has a blank.", False),
        ("It never stops because the blank is there.", False),
        ("It has no blank. The blank is needed after all.", False),
    ],
)
def test_a_not_before_the_words_is_kept_for_a_reader(text, denied):
    (found,) = findings(text, ["blank"])
    assert found.denied == denied


def test_a_way_may_have_its_own_not():
    assert made("Nobody knows the alignment.", ["no alignment"]) == [True]
    assert made("The alignment is known.", ["no alignment"]) == [False]


def test_spellings_are_one():
    assert made("An R. N. N. T, or R N N T.", ["rnnt"]) == [True]
    assert made("It takes twenty milliseconds at 16kHz.", ["20 ms", "16 khz"]) == [True, True]
    assert made("We quantize the neighbors’ colour.", ["quantis*", "neighbour*", "color"]) == [True, True, True]


def test_an_answer_that_only_lists_words_is_the_known_weakness():
    """It is evidence for a reader, who sees it; nothing else would find this out without understanding."""
    assert all(made("align blank merge, all paths, forward backward, attention"))


@given(st.text(max_size=400))
def test_any_text_is_read(text):
    for found in findings(text, EVIDENCE):
        assert found is None or all(0 <= a < b <= len(text) for a, b in found.spans)


def test_long_texts_are_read_in_part():
    assert made("word " * 100_000 + "blank", ["blank"]) == [False]


def test_pace_pauses_and_fillers():
    words = [(0.0, 0.4, " So,"), (0.5, 0.9, " um,"), (3.0, 3.4, " you"), (3.4, 3.8, " know"), (3.9, 4.0, " yes.")]
    said = delivery(words)
    assert said.words == 5
    assert said.words_a_minute == pytest.approx(75)
    assert said.pauses == ((0.9, 2.1),)
    assert said.fillers == ("um", "you know")
    assert delivery([]).words_a_minute == 0
    assert fillers("The drum hummed.") == ()
