"""Part 6 of the CTC page: Whisper's cross-attention beside CTC's alignment of the same words."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from algorithms import ctc
from spaces.ctc import attention, rivals, sound
from spaces.ctc.page import leave
from tests.helpers.ctc_page import PAGE, drawn, event_of, visit_of
from tests.helpers.patience import PATIENCE

SPOKEN = ("sentence", "speech", "speech_long", "french")


@pytest.fixture(scope="module")
def sentence():
    return sound.hear(None, "sentence")


def test_warping_finds_the_staircase():
    score = np.full((3, 12), -1.0)
    score[0, :4] = score[1, 4:9] = score[2, 9:] = 1.0
    assert attention.warp(score).tolist() == [0, 4, 9, 12]
    assert attention.warp(np.ones((1, 5))).tolist() == [0, 5]


@pytest.mark.parametrize("clip", SPOKEN)
def test_what_is_stored_is_an_attention(clip):
    found = attention.load(attention.file_of(clip))
    heard = sound.hear(None, clip)
    assert found.weights.shape == (len(found.tokens), -(-len(heard.y) // 320))
    assert np.all(found.weights >= 0)
    assert found.weights.sum(1).max() < 1.01  # a row sums to one over all 30 s
    if clip != "french":  # what nobody said is not found in the sound: there, tiny.en listens to the silence after it
        assert found.weights.sum(1).mean() > 0.5
    assert len(found.starts) == len(found.tokens) + 1
    assert np.all(np.diff(found.starts) >= 0)
    spelt = "".join("".join(found.tokens[w.first : w.last + 1]) for w in found.words)
    assert spelt.strip() == found.text


def test_the_same_words_by_both(sentence):
    found = attention.known(sentence)
    aligned, rows = attention.compare(sentence, found)
    assert found.text == "He might even have been made amiable himself."
    assert aligned.text == "he might even have been made amiable himself"
    assert [r.text for r in rows] == found.text.split()
    for row, word in zip(rows, aligned.words, strict=True):
        assert row.ctc_s == pytest.approx((word.start_frame * 0.02, word.end_frame * 0.02))
        assert row.attention_s[0] < row.attention_s[1]
        assert row.attention_s[0] < row.ctc_s[1]  # the two overlap: it is the same word
        assert row.ctc_s[0] < row.attention_s[1]
    picture = rivals.words_picture(sentence, aligned)
    assert picture["data"][0]["z"]["shape"] == [8, 165]
    boxes = rivals.attention_picture(sentence, found, rows)["layout"]["shapes"]
    assert [(b["x0"], b["x1"]) for b in boxes] == [r.ctc_s for r in rows]
    assert boxes[6]["y1"] - boxes[6]["y0"] == 2  # " am" and "iable"


def test_the_occupancy_of_a_word_is_the_sum_of_its_letters(sentence):
    """By brute force on a few frames: the share of all alignments in which a frame belongs to the word."""
    import base64
    import zlib
    from itertools import product

    log_probs = np.log(np.random.default_rng(3).dirichlet(np.ones(4), 6))
    vocab = ("-", " ", "a", "b")
    tokens = [2, 3, 1, 2]  # "ab a"
    share, total = np.zeros((2, 6)), 0.0
    for path in product(range(4), repeat=6):
        if ctc.collapse(path).labels != tokens:
            continue
        p = np.exp(log_probs[range(6), path].sum())
        total += p
        at = np.cumsum([s != 0 and (t == 0 or path[t - 1] != s) for t, s in enumerate(path)]) - 1
        for t, s in enumerate(path):
            if s not in (0, 1):
                share[0 if at[t] < 2 else 1, t] += p
    heard = replace(sentence, log_probs=log_probs.astype(np.float32), vocab=vocab, key=("brute",))
    from spaces.ctc.alignment import align

    z = rivals.words_picture(heard, align(heard, "ab a"))["data"][0]["z"]
    levels = np.frombuffer(zlib.decompress(base64.b64decode(z["u8"])), np.uint8).reshape(z["shape"])
    np.testing.assert_allclose(levels / 255, share / total, atol=0.003)


def test_words_without_letters_are_named_and_the_rest_compared(sentence):
    found = attention.known(sentence)
    numbered = replace(found, words=(found.words[0]._replace(text="1815"), *found.words[1:]))
    _, rows = attention.compare(sentence, numbered)
    assert rows[0].ctc_s is None
    assert rows[1].text == "might"
    assert rows[1].ctc_s[0] >= 0
    assert "no letters" in rivals.word_table(rows)


def test_where_ctc_can_not_spell_it_nothing_is_compared(sentence):
    phonemes = replace(sentence, vocab=("-", " ", "aː", *"bcdefghijklmnopqrstuvwxyz'"), key=("p",))
    found = attention.known(sentence)
    aligned, rows = attention.compare(phonemes, found)
    assert aligned is None
    assert all(r.ctc_s is None for r in rows)
    assert "nothing to compare" in rivals.sentence(found, rows)
    assert rivals.words_picture(phonemes, None)["data"] == []


def test_the_part_opens_with_the_stored_pictures_and_elsewhere_with_a_button():
    shown = drawn(part="rivals")
    assert shown["attention"]["data"]
    assert shown["letters"]["data"]
    shown = rivals.beside(sound.hear(None, "noise"))
    assert shown["listen"]["visible"]
    assert not shown["pair"]["visible"]
    assert "Press the button" in shown["attended"]


def test_the_table_and_the_sentence_are_true(sentence):
    found = attention.known(sentence)
    _, rows = attention.compare(sentence, found)
    late = np.median([abs(r.attention_s[0] - r.ctc_s[0]) for r in rows])
    assert f"<strong>{1000 * late:.0f} ms</strong>" in rivals.sentence(found, rows)
    assert rivals.word_table(rows).count("<tr>") == 1 + len(rows)


@pytest.mark.slow
def test_the_stored_attention_is_what_whisper_gives_and_says_how_far_it_is(sentence):
    """Where this fails: python -m assets.make_precomputed_ctc."""
    said = []
    fresh = attention.compute(sentence, lambda share, what: said.append((share, what)))
    stored = attention.load(attention.file_of("sentence"))
    assert fresh.tokens == stored.tokens
    assert fresh.words == stored.words
    assert np.abs(fresh.starts - stored.starts).max() <= 1
    assert np.abs(fresh.weights - stored.weights).max() < 0.002
    assert any("decoder" in what for _, what in said)


@pytest.mark.slow
def test_the_button_shows_progress_then_the_pictures():
    steps = list(PAGE.happened(event_of("rivals", "listen"), visit_of(part="rivals", clip="noise")))
    assert 'role="progressbar"' in steps[0]["attended"]
    last = steps[-1]
    assert "listen" not in last or last["pair"]["visible"]  # Whisper may find no word in noise, and says so


def test_another_sound_ends_the_listening_without_a_word(monkeypatch):
    begun, ended = threading.Event(), threading.Event()

    def endless(heard, progress):
        begun.set()
        try:
            while True:
                progress(0.1, "on and on")
                threading.Event().wait(0.01)
        finally:
            ended.set()

    monkeypatch.setattr(attention, "listen", endless)
    steps = PAGE.happened(event_of("rivals", "listen"), visit_of(part="rivals", clip="noise"))
    assert "on and on" in next(steps)["attended"]
    assert begun.wait(PATIENCE)
    rest = []
    visitor = threading.Thread(target=lambda: rest.extend(steps))
    visitor.start()
    leave(visit_of(part="rivals", moved="pab"))
    assert not ended.is_set()
    leave(visit_of(part="rivals", moved="clip"))
    visitor.join(20)
    assert ended.wait(PATIENCE)
    assert rest[-1] == {}
    assert not any("listen" in step for step in rest)
