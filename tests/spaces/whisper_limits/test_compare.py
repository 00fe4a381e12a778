"""The room Whisper's limits, part B: texts normalised step by step, aligned, counted and drawn; rates as jiwer's."""

from __future__ import annotations

import html

import jiwer
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms.text.transcript import Segment, Transcript, Word
from algorithms.text.wer import align, count
from models.whisper.result import TINY_EN
from spaces.whisper_limits import compare_view, hides
from spaces.whisper_limits.counting import score, timed_tokens
from spaces.whisper_limits.normalise import LEVELS, normalise, steps


def transcript(*words: tuple[str, float, float], language: str = "en") -> Transcript:
    timed = [Word(a, b, f" {text}", 0.9) for text, a, b in words]
    text = "".join(w.text for w in timed)
    return Transcript.from_segments(
        [Segment(timed[0].start_s, timed[-1].end_s, text, timed)] if timed else [], language
    )


def test_claim_the_rates_of_what_wer_hides():
    for hidden in hides.HIDDEN:
        for level in LEVELS:
            counts = count(align(normalise(hidden.ref, level).split(), normalise(hidden.hyp, level).split()))
            assert (counts.errors, counts.n_ref) == getattr(hidden, level), (hidden.ref, level)
    assert hides.table().count("<tr>") == len(hides.HIDDEN) + 1


def test_claim_the_word_error_rate_by_hand():
    said, heard = "he was not an ill disposed young man", "he was hot in the old spells young man"
    counts = count(align(said.split(), heard.split()))
    assert (counts.substitutions, counts.deletions, counts.insertions, counts.n_ref) == (4, 0, 1, 8)
    assert counts.rate == 0.625


@given(text=st.text(alphabet=st.sampled_from("aB3 '-.,!?()[]é’ \n"), max_size=60))
@settings(max_examples=80, deadline=None)
def test_the_last_step_is_the_normalised_text(text):
    for level in ("none", "basic"):
        assert steps(text, level)[-1][1] == normalise(text, level)


def test_english_is_whispers_own_normaliser():
    from transformers.models.whisper.english_normalizer import EnglishTextNormalizer

    whisper = EnglishTextNormalizer({})
    for text in ("Mr. Brown didn't pay $20, um, for twenty-five cats.", "It's [noise] (laughs) 1,455!", "", "don’t"):
        assert normalise(text, "english") == whisper(text).strip()
        assert steps(text, "english")[-1][1] == " ".join(normalise(text, "english").split())
    assert normalise("twenty five", "english") == "25"
    assert steps("I'm four", "english")[0] == ("as written", "I'm four")


def test_words_keep_their_times_when_a_normaliser_joins_them():
    spoken = transcript(
        ("Mr.", 0, 0.3), ("Brown", 0.3, 0.8), ("paid", 0.8, 1.0), ("twenty", 1.0, 1.4), ("five", 1.4, 1.8)
    )
    assert timed_tokens(spoken, "basic") == [
        ("mr", (0, 0.3)),
        ("brown", (0.3, 0.8)),
        ("paid", (0.8, 1.0)),
        ("twenty", (1.0, 1.4)),
        ("five", (1.4, 1.8)),
    ]
    joined = timed_tokens(spoken, "english")
    assert [token for token, _ in joined] == ["mister", "brown", "paid", "25"]
    assert joined[0][1] == (0, 0.3)
    assert 0.8 <= joined[3][1][0] <= 1.4
    assert timed_tokens(Transcript("", "en", ()), "basic") == []


def test_a_deletion_is_heard_in_its_gap():
    heard = transcript(("he", 0.0, 0.4), ("ill", 1.2, 1.5))
    scored = score("he was ill", heard, "basic")
    assert [p.kind for p in scored.pairs] == ["hit", "deletion", "hit"]
    start, end = scored.pairs[1].span
    assert 0.2 < start < 0.4
    assert 1.2 < end < 1.4
    nothing = score("he was", Transcript("", "en", ()), "basic")
    assert [p.kind for p in nothing.pairs] == ["deletion", "deletion"]


@given(
    ref=st.lists(st.sampled_from("abcd"), min_size=1, max_size=9),
    hyp=st.lists(st.sampled_from("abcd"), min_size=1, max_size=9),
)
@settings(max_examples=80, deadline=None)
def test_rates_are_jiwers(ref, hyp):
    scored = score(" ".join(ref), transcript(*((w, i, i + 1) for i, w in enumerate(hyp))), "none")
    theirs = jiwer.process_words(" ".join(ref), " ".join(hyp))
    assert scored.words.rate == pytest.approx(theirs.wer)
    # Equally cheap alignments may hold different numbers of hits; ours has the most, so these can only be smaller.
    assert scored.match_error_rate <= theirs.mer + 1e-9
    assert scored.information_lost <= theirs.wil + 1e-9
    if scored.words.hits == theirs.hits:
        assert scored.match_error_rate == pytest.approx(theirs.mer)
        assert scored.information_lost == pytest.approx(theirs.wil)
    assert 0 <= scored.information_lost <= 1


def test_formulas_are_filled_in():
    scored = score("a b c d", transcript(("a", 0, 1), ("x", 1, 2), ("c", 2, 3), ("d", 3, 4), ("e", 4, 5)), "basic")
    assert compare_view.formula("WER", scored.words, "words") == (
        "WER = (S + D + I) / N = (1 + 0 + 1) / 4 words = <strong>50.0 %</strong>"
    )
    assert "not defined" in compare_view.formula("WER", score("", transcript(("a", 0, 1)), "basic").words, "words")


def _result(model: str, said: Transcript, **changes):
    from models.whisper.result import ModelFacts, Result, Settings

    facts = ModelFacts(id=model, source="package:x", licence="MIT", precision="int8", multilingual=True)
    values = {"title": "x", "language_probs": (), "duration_s": 2.0, "done_s": 2.0, "seconds": 1.0}
    return Result(settings=Settings(model=model), model=facts, transcript=said, **{**values, **changes})


def test_rows_name_errors_without_colour_and_play():
    said = transcript(("a", 0, 1), ("x", 1, 2), ("c", 2, 3))
    drawn = compare_view.rows([_result(TINY_EN, said)], [score("a b c d", said, "basic")], "reference")
    assert "<em>S</em>" in drawn
    assert "<em>D</em>" in drawn
    assert 'data-from="0.950" data-to="2.100"' in drawn
    assert "substitution: “b” and “x”" in html.unescape(drawn)
    assert "WER = (S + D + I) / N = (1 + 1 + 0) / 4 words" in drawn
    assert "WER" not in compare_view.rows([_result(TINY_EN, said)], [score("a b c", said, "basic")], "Whisper base")
    loop = transcript(*((f"w{i}", i, i + 1) for i in range(500)))
    assert "100 more columns" in compare_view.rows([_result(TINY_EN, loop)], [score("", loop, "basic")], "reference")


def test_text_from_a_model_is_escaped():
    result = _result(TINY_EN, transcript(("<b>bold</b>", 0, 1)))
    assert "<b>" not in compare_view.rows([result], [score("x", result.transcript, "none")], "reference")
    assert "<b>" not in compare_view.step_table("<b>x", [result], "none")
