import itertools

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from algorithms.text.wer import ErrorCounts, align, character_errors, count, normalize, word_errors

words = st.lists(st.sampled_from(["a", "b", "c", "dd"]), max_size=9)


def test_known_alignment():
    edits = align(["the", "cat", "sat", "on", "the", "mat"], ["the", "bat", "sat", "on", "mat", "today"])
    assert [(e.kind, e.ref, e.hyp) for e in edits] == [
        ("hit", "the", "the"),
        ("substitution", "cat", "bat"),
        ("hit", "sat", "sat"),
        ("hit", "on", "on"),
        ("deletion", "the", None),
        ("hit", "mat", "mat"),
        ("insertion", None, "today"),
    ]
    counts = count(edits)
    assert counts == ErrorCounts(hits=4, substitutions=1, deletions=1, insertions=1)
    assert counts.rate == 3 / 6


@given(words, words)
def test_costs_the_least_and_spells_both_sides(ref, hyp):
    edits = align(ref, hyp)
    assert [e.ref for e in edits if e.ref is not None] == ref
    assert [e.hyp for e in edits if e.hyp is not None] == hyp
    for e in edits:
        assert (e.kind == "hit") == (e.ref == e.hyp)
    assert count(edits).errors == brute_force_distance(tuple(ref), tuple(hyp))


def brute_force_distance(a, b, memo=None):
    memo = {} if memo is None else memo
    if not a or not b:
        return len(a) + len(b)
    if (a, b) not in memo:
        memo[a, b] = min(
            brute_force_distance(a[1:], b[1:], memo) + (a[0] != b[0]),
            brute_force_distance(a[1:], b, memo) + 1,
            brute_force_distance(a, b[1:], memo) + 1,
        )
    return memo[a, b]


def brute_force_hits(a, b):
    """The most hits among all alignments with the fewest errors, by trying every path."""
    if not a or not b:
        return len(a) + len(b), 0
    options = []
    for step_a, step_b in ((1, 1), (1, 0), (0, 1)):
        errors, negative_hits = brute_force_hits(a[step_a:], b[step_b:])
        hit = step_a and step_b and a[0] == b[0]
        options.append((errors + (not hit), negative_hits - bool(hit)))
    return min(options)


short = st.lists(st.sampled_from("abc"), max_size=5)


@given(short, short)
def test_of_the_cheapest_alignments_one_with_most_hits(ref, hyp):
    counts = count(align(ref, hyp))
    assert (counts.errors, -counts.hits) == brute_force_hits(tuple(ref), tuple(hyp))


@given(words.filter(bool), words)
def test_rates_agree_with_jiwer(ref, hyp):
    ref_text, hyp_text = " ".join(ref), " ".join(hyp)
    assert word_errors(ref_text, hyp_text).rate == pytest.approx(jiwer.wer(ref_text, hyp_text))
    assert character_errors(ref_text, hyp_text).rate == pytest.approx(jiwer.cer(ref_text, hyp_text))


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  The cat,\tSAT -- on 3.5 mats! ", "the cat sat on 3 5 mats"),
        ("Don't; 'quoted' rock 'n' roll", "don't quoted rock n roll"),
        ("it\u2019s", "it's"),
        ("[Music] hello (laughs) <unk>", "hello"),
        ("forty-two \u201cline\u201d Bible", "forty two line bible"),
        ("\ufb01ne caf\u00e9", "fine café"),
        ("about 1455", "about 1455"),
        ("...", ""),
        ("", ""),
    ],
)
def test_normalize(raw, clean):
    assert normalize(raw) == clean


@given(st.text())
def test_normalize_is_idempotent(text):
    once = normalize(text)
    # NFKC of lower-cased text may bring in letters that lower again (as in Whisper's own): twice is a fixed point.
    twice = normalize(once)
    assert normalize(twice) == twice
    assert twice == " ".join(twice.split())


def test_pooling_weighs_every_word_the_same():
    total = word_errors("a b c d", "a b c d") + word_errors("e", "f")
    assert total == ErrorCounts(4, 1, 0, 0)
    assert total.rate == 1 / 5


def test_an_empty_reference_has_no_rate():
    counts = word_errors("...", "something said")
    assert counts.insertions == 2
    with pytest.raises(ValueError, match="reference has no words"):
        _ = counts.rate


def test_too_long_is_refused_and_an_hour_is_not():
    with pytest.raises(ValueError, match="too much memory"):
        align(["a"] * 10_000, ["a"] * 10_000)
    many = list(itertools.islice(itertools.cycle("abcdefg"), 3000))
    assert count(align(many, many[1:])).errors == 1
