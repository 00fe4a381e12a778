"""One word is one word, however its letters are written."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algorithms import ctc
from algorithms.text.letters import folded, without_marks
from algorithms.text.wer import normalize, word_errors

HINDI = "नमस्ते आप कैसे हैं आज"  # five words with vowel signs and a virama
ENGLISH = ["-", " ", "'", *"abcdefghijklmnopqrstuvwxyz"]
FRENCH = [*ENGLISH, *"éèàç"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HINDI, 5),
        ("வணக்கம் எப்படி இருக்கிறீர்கள்", 3),  # Tamil
        ("السَّلامُ عَلَيْكُم", 2),  # Arabic with its vowels
        ("สวัสดีครับ", 1),  # Thai
        (unicodedata.normalize("NFD", "café déjà vu"), 3),
        ("o’clock don‘t rockʼn oʻahu", 4),
        ("been—made en–dash", 4),
        ("co\u00adop", 1),
        ("यू\u200dके", 1),
    ],
)
def test_words_are_counted_as_they_are(text, words):
    assert len(normalize(text).split()) == words
    counts = word_errors(text, text)
    assert (counts.errors, counts.n_ref) == (0, words)
    other = word_errors(unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text))
    assert (other.errors, other.n_ref) == (0, words)


def test_what_is_the_same_counts_as_the_same():
    for one, two in (("o'clock", "o’clock"), ("ﬁne", "fine"), ("café", "cafe\u0301"), ("ＡＢＣ", "abc")):
        assert word_errors(one, two).errors == 0, one
    assert normalize("\u0301 a") == "a", "a mark without a letter is none"
    assert word_errors("कि", "की").errors == 1, "marks are letters, not ornaments"


@pytest.mark.parametrize(
    ("text", "vocab", "kept", "dropped"),
    [
        ("café", ENGLISH, "cafe", ""),
        ("cafe\u0301", ENGLISH, "cafe", ""),
        ("cafe\u0301", FRENCH, "café", ""),
        ("garçon naïf", FRENCH, "garçon naif", ""),
        ("ﬁne", ENGLISH, "fine", ""),
        ("o’clock", ENGLISH, "o'clock", ""),
        ("been—made", ENGLISH, "been made", "—"),
        ("yes,no…so", ENGLISH, "yes no so", ",…"),
        ("ill-disposed", ["_", *ENGLISH[1:]], "illdisposed", "-"),
        ("Hello, you.", ENGLISH, "hello you", ",."),
        ("नमस्ते", ["_", " ", *dict.fromkeys("नमस्ते")], "नमस्ते", ""),
        ("привет", ENGLISH, "", "привет"),
    ],
)
def test_what_a_vocabulary_can_spell(text, vocab, kept, dropped):
    assert ctc.spellable(text, vocab) == (kept, dropped)


@given(st.text(max_size=40))
def test_folding_is_done_once_and_never_fails(text):
    for form in ("NFC", "NFKC"):
        assert folded(folded(text, form), form) == folded(text, form)
    assert not any(unicodedata.category(c)[0] == "M" for c in without_marks(text))
    ctc.spellable(text, ENGLISH)
