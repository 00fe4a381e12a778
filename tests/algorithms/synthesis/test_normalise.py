"""Written English into words: known sentences, and properties of any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algorithms.synthesis.normalise import normalise

SAID = [
    ("Dr. Smith paid $5.20 at 7:30 pm.", "Doctor Smith paid five dollars and twenty cents at seven thirty p m."),
    ("on 3 May 2024", "on the third of May, twenty twenty-four"),
    ("On May 3rd, 1984, it rained", "On May third, nineteen eighty-four, it rained"),
    ("2024-02-29", "February twenty-ninth, twenty twenty-four"),
    ("3/5/2024", "March fifth, twenty twenty-four"),
    ("31/12/2024", "thirty-one twelve twenty twenty-four"),  # no American date
    ("12:00 and 0:05 and 5:07 a.m. now", "twelve o'clock and zero oh five and five oh seven a m now"),
    ("$3 million, £0.01, €2", "three million dollars, one penny, two euros"),
    ("25% of 1,250 & 3.5 km", "twenty-five percent of one thousand two hundred fifty and three point five kilometers"),
    ("5 km/h, 1 kg, 44100 Hz", "five kilometers per hour, one kilogram, forty-four thousand one hundred hertz"),
    ("the 1980s and the 21st", "the nineteen eighties and the twenty-first"),
    ("No. 5? No. Yes.", "Number five? No. Yes."),
    ("version 1.2.3", "version one point two point three"),
    ("“x” – it’s 20°", "x - it's twenty degrees"),
    ("I may march 5 times", "I may march five times"),
]


@pytest.mark.parametrize(("written", "said"), SAID)
def test_what_a_reader_says(written, said):
    assert normalise(written).text == said


def test_every_change_is_told():
    done = normalise("Mr. X owes $2.")
    assert [(s.rule, s.before, s.after) for s in done.steps] == [
        ("abbreviation", "Mr.", "Mister"),
        ("money", "$2", "two dollars"),
    ]


def test_what_no_voice_can_say_is_left_out_and_named():
    done = normalise("Well 😀 done 🎉🎉 (yes)")
    assert done.text == "Well done yes"
    assert done.left_out == "😀🎉"
    assert normalise("...!?").text == "...!?"
    assert normalise("").text == ""


@given(st.text(max_size=60) | st.text("0123456789.,:/-$% ", max_size=40))
def test_any_text_becomes_something_that_can_be_read(text):
    said = normalise(text).text
    assert not any(c.isdecimal() for c in said)
    assert normalise(said).text == said, "what is said in words stays as it is"
