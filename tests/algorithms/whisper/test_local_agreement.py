"""Local agreement against its definition, by brute force; trimming of a buffer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algorithms.text.transcript import Word
from algorithms.whisper.local_agreement import LocalAgreement, common_prefix, ends_sentence, trim_time, word_key


def words(text: str, start_s: float = 0.0) -> tuple[Word, ...]:
    """One word a second, each 0.8 s long."""
    return tuple(Word(start_s + i, start_s + i + 0.8, f" {w}", 0.9) for i, w in enumerate(text.split()))


def text(found) -> str:
    return "".join(w.text for w in found).strip()


def run(hypotheses: list[str], n: int, hold: int = 0) -> tuple[list[str], LocalAgreement]:
    """Give whole hypotheses to an agreement as continuations of what is stable; return the stable text after each."""
    agreement = LocalAgreement(n, hold=hold)
    stable: list[Word] = []
    after = []
    for hypothesis in hypotheses:
        forced = [word_key(w.text) for w in stable]
        full = words(hypothesis)
        assert [word_key(w.text) for w in full[: len(stable)]] == forced, "the test's hypotheses must keep stable text"
        stable += agreement.insert(full[len(stable) :])
        after.append(text(stable))
    return after, agreement


def test_the_example_of_the_definition():
    after, agreement = run(["the cat", "the cat sat", "the cat sad on", "the cat sad on it"], n=2)
    assert after == ["", "the cat", "the cat", "the cat sad on"]
    assert text(agreement.tail) == "it"
    assert text(agreement.flush()) == "it"
    assert agreement.tail == ()
    assert agreement.flush() == ()


def test_the_newest_spelling_and_times_are_taken():
    agreement = LocalAgreement(2, hold=0)
    agreement.insert(words("he was not."))
    stable = agreement.insert(words("He was not, an", start_s=0.1))
    assert text(stable) == "He was not,"
    assert stable[0].start_s == 0.1


def test_one_is_believed_at_once_and_the_held_back_word_is_not():
    assert run(["a", "a b"], n=1)[0] == ["a", "a b"]
    assert run(["a", "a b"], n=1, hold=1)[0] == ["", "a"]


def test_three_must_agree():
    assert run(["a b", "a b", "a b c"], n=3)[0] == ["", "", "a b"]


def test_an_empty_hypothesis_agrees_on_nothing():
    agreement = LocalAgreement(2, hold=0)
    assert agreement.insert(()) == ()
    assert agreement.insert(words("a")) == ()
    assert agreement.insert(()) == ()
    assert agreement.tail == ()
    assert agreement.flush() == ()


def test_marks_alone_are_words_of_their_own():
    assert word_key(" -") == "-"
    assert word_key(" Don’t!") == "don't"
    assert word_key("") == ""


@pytest.mark.parametrize("bad", [{"n": 0}, {"n": 1.5}, {"n": 2, "hold": -1}])
def test_bad_numbers_are_named(bad):
    with pytest.raises(ValueError, match=r"agree|held back"):
        LocalAgreement(**bad)


letters = st.lists(st.lists(st.sampled_from("abc"), max_size=6), max_size=8)


@given(letters, st.integers(1, 4), st.integers(0, 2))
def test_stable_text_is_the_common_prefix_of_the_last_n_and_never_changes(tails, n, hold):
    agreement = LocalAgreement(n, hold=hold)
    stable: list[str] = []
    history: list[list[str]] = []
    for tail in tails:
        before = list(stable)
        hypothesis = [*stable, *tail]  # the decoder is forced to begin with the stable text
        history.append(hypothesis)
        stable += [w.text.strip() for w in agreement.insert(words(" ".join(tail)))]
        assert stable[: len(before)] == before
        assert hypothesis[: len(stable)] == stable, "stable text is a prefix of the newest hypothesis"
        assert [w.text.strip() for w in agreement.tail] == hypothesis[len(stable) :]
        last = history[-n:]
        if len(last) == n:  # by brute force: the longest text with which every one of the last n begins
            longest = max(k for k in range(len(hypothesis) + 1) if all(h[:k] == hypothesis[:k] for h in last))
            assert len(stable) == max(len(before), min(longest, len(hypothesis) - hold))
        else:
            assert stable == []


@given(letters)
def test_more_agreement_never_gives_more_stable_text(tails):
    """On hypotheses that only ever differ behind what the laxer one called stable."""
    strict, lax = LocalAgreement(3, hold=0), LocalAgreement(2, hold=0)
    n_strict = n_lax = 0
    stable: list[str] = []  # by the laxer one
    for tail in tails:
        hypothesis = [*stable, *tail]
        n_strict += len(strict.insert(words(" ".join(hypothesis))[n_strict:]))
        found = lax.insert(words(" ".join(tail)))
        stable += [w.text.strip() for w in found]
        n_lax += len(found)
        assert n_strict <= n_lax


@given(st.lists(st.lists(st.sampled_from("ab"), max_size=5), max_size=5))
def test_common_prefix_by_brute_force(rows):
    found = common_prefix([words(" ".join(r)) for r in rows])
    shortest = min((len(r) for r in rows), default=0)
    assert found == max((k for k in range(shortest + 1) if all(r[:k] == rows[0][:k] for r in rows)), default=0)


def test_a_short_buffer_is_left_alone():
    assert trim_time(words("one two three"), 0, 10, 12) is None
    assert trim_time((), 0, 30, 12) is None


def test_cuts_behind_the_last_sentence_that_is_over():
    said = words("It was so. Then it rained. And Mr. Smith left")
    cut = trim_time(said, 0, 20, 12)
    assert 5.8 <= cut <= 6.0, "between 'rained.' and 'And', not behind 'Mr.'"


def test_without_a_sentence_end_cuts_in_the_widest_gap_of_the_later_half():
    said = list(words("one two three four five six seven eight"))
    said[6] = Word(6.4, 6.9, " seven", 0.9)  # a pause before it
    cut = trim_time(said, 0, 20, 12)
    assert 5.8 < cut < 6.4


def test_a_single_stable_word_is_cut_behind():
    assert trim_time(words("one"), 0, 20, 12) == 0.8


def test_words_outside_the_buffer_do_not_count():
    assert trim_time(words("one two."), 10, 30, 12) is None


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(0, 1), st.sampled_from(["a", "b.", "Mr."])), max_size=30))
def test_a_cut_only_takes_sound_whose_words_are_stable(steps):
    time, said = 0.0, []
    for gap, length, word in steps:
        said.append(Word(time + gap, time + gap + length, word, 0.9))
        time += gap + length
    cut = trim_time(said, 0, time + 20, 12)
    assert (cut is None) == (not [w for w in said if w.end_s > 0])
    if cut is not None:
        assert 0 < cut <= said[-1].end_s


@pytest.mark.parametrize(
    ("word", "ends"), [("so.", True), ("so?”", True), (" Mr.", False), ("so,", False), ("。", True), ("", False)]
)
def test_ends_of_sentences(word, ends):
    assert ends_sentence(word) is ends
