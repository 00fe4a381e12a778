"""Part 3 of the CTC page: every cell of the trellis against brute force, pictures, words, files, bad input."""

from __future__ import annotations

import json
import re
from itertools import product

import numpy as np
import pytest

from algorithms import ctc
from components.audio_input import OWN
from components.figure import Figure
from spaces.ctc import alignment, cell, files, lesson, pictures, real, sound
from tests.helpers.ctc_page import after, drawn, event_of, random_log_probs, visit_of

KINDS = ("forward", "backward", "occupancy", "viterbi")


@pytest.fixture(scope="module")
def sentence():
    return sound.hear(None, "sentence")


# ---------------------------------------------------------------- 3 real sound and the recursion of a cell


@pytest.mark.parametrize("tokens", [[1], [1, 1], [1, 2, 2, 3], [3, 2, 1]])
@pytest.mark.parametrize("kind", KINDS)
def test_every_cell_follows_from_the_numbers_beside_it(tokens, kind):
    log_probs = random_log_probs(7, 4, seed=len(tokens))
    found = ctc.trellis(log_probs, tokens)
    for t, s in product(range(7), range(len(found.states))):
        one = cell.explain(log_probs, found, kind, t, s)
        assert np.isclose(np.exp(one.recomputed), np.exp(one.value), rtol=1e-9)
        for way in one.ways:
            assert way.allowed or way.term == -np.inf
            if way.kind == "skip":
                entered, left = (way.state, s) if kind == "backward" else (s, way.state)
                states = found.states
                assert way.allowed == (states[entered] != 0 and states[entered] != states[left])
                assert way.why


def test_the_forward_cell_sums_all_paths_into_it():
    log_probs = random_log_probs(5, 3)
    tokens, states = [1, 2], [0, 1, 0, 2, 0]
    found = ctc.trellis(log_probs, tokens)
    for t, s in product(range(5), range(5)):
        total = best = 0.0
        for path in product(range(5), repeat=t + 1):  # states, by brute force
            steps = np.diff(path)
            legal = (
                path[0] < 2
                and path[-1] == s
                and all(
                    d in (0, 1) or (d == 2 and states[b] != 0 and states[b] != states[b - 2])
                    for d, b in zip(steps, path[1:], strict=True)
                )
            )
            if legal:
                p = np.exp(sum(log_probs[i, states[q]] for i, q in enumerate(path)))
                total, best = total + p, max(best, p)
        assert np.isclose(np.exp(cell.explain(log_probs, found, "forward", t, s).value), total)
        assert np.isclose(np.exp(cell.explain(log_probs, found, "viterbi", t, s).value), best)


def test_the_card_says_why_a_skip_is_barred():
    log_probs = random_log_probs(6, 3)
    found = ctc.trellis(log_probs, [1, 1])
    words = cell.card(cell.explain(log_probs, found, "forward", 3, 3), found, ("-", "l", "o"))
    assert "two equal tokens would merge" in words
    assert 'class="barred"' in words


def test_numbers_are_written_readably():
    assert cell.number(-np.inf) == "0"
    assert cell.number(np.log(0.25)) == "0.25"
    assert cell.number(-230.0).endswith("×10⁻¹⁰⁰")


@pytest.mark.parametrize("clip", ["sentence", "speech", "speech_long"])
@pytest.mark.parametrize("kind", KINDS)
def test_pictures_are_no_larger_than_a_screen(clip, kind):
    heard = sound.hear(None, clip)
    aligned = alignment.align(heard, heard.spoken)
    at = real.chosen_cell(aligned, -1, -1)
    size = Figure("x").postprocess
    assert len(size(pictures.trellis(heard, aligned, kind, None, at))) < 300_000
    assert len(size(pictures.emissions(heard))) < 300_000
    assert len(size(pictures.waveform(heard, aligned))) < 300_000


def test_a_zoomed_trellis_is_drawn_cell_by_cell():
    heard = sound.hear(None, "speech_long")
    aligned = alignment.align(heard, heard.spoken)
    view = {"key": heard.key, "t": [2.0, 4.0], "s": [99.5, 39.5]}
    trace = pictures.trellis(heard, aligned, "forward", view, (0, 0))["data"][0]
    assert trace["z"]["shape"] == [60, 100]
    assert trace["dx"] == heard.frame_s
    assert trace["x0"] == pytest.approx(2.0 + heard.frame_s / 2)
    assert trace["y0"] == 40


def test_a_click_finds_its_cell():
    pick, visit = event_of("real", "trellis", "pick"), visit_of(part="real", colour="forward")
    shown = after(pick, visit, x=1.0, y=21.3)
    assert set(shown) == {"t", "s", "trellis", "cell"}
    assert (shown["t"], shown["s"]) == (50, 21)
    assert shown["trellis"]["data"][2]["y"] == [21]
    assert 'data-frame="50" data-state="21"' in shown["cell"]
    # Outside of the trellis there is no cell: the nearest one is taken.
    assert after(pick, visit, x=99.0, y=5000)["t"] == 164


def test_chips_spell_the_text_in_order(sentence):
    aligned = alignment.align(sentence, sentence.spoken)
    words = real.chips(sentence, aligned)
    assert " ".join(w["text"] for w in words) == aligned.text
    last = 0.0
    for word in words:
        assert "".join(letter["text"] for letter in word["letters"]) == word["text"]
        for letter in word["letters"]:
            assert last <= letter["start"] < letter["end"] <= word["end"] + 1e-9
            last = letter["end"]


def test_a_wrong_transcript_is_less_likely_and_says_so(sentence):
    right, wrong = (alignment.align(sentence, words) for words in (sentence.spoken, lesson.WRONG))
    assert wrong.trellis.log_likelihood < right.trellis.log_likelihood - 10
    assert "“furious” gets a mean probability of only" in " ".join(real.remarks(sentence, wrong))
    assert "capitals become small" in " ".join(real.remarks(sentence, right))


def test_downloads(sentence):
    aligned = alignment.align(sentence, sentence.spoken)
    grid = files.textgrid(sentence, aligned)
    assert re.findall('name = "(.*)"', grid) == ["letters", "words"]
    labels = [label for label in re.findall('text = "(.*)"', grid) if label]
    assert labels == [*aligned.text.replace(" ", ""), *aligned.text.split()]
    rows = files.csv_text(sentence, aligned).splitlines()
    assert rows[0] == "tier,text,start_s,end_s,probability"
    assert [row.split(",")[1] for row in rows if row.startswith("word,")] == aligned.text.split()
    whole = json.loads(files.json_text(sentence, aligned))
    assert whole["model"] == sound.MODEL
    assert len(whole["letters"]) == 37
    assert " --> " in files.srt(sentence, aligned)
    assert "himself" in files.srt(sentence, aligned)
    links = files.links(sentence, aligned)
    assert links.count("download=") == 4
    assert files.links(sentence, None) == ""


@pytest.mark.parametrize(
    ("clip", "typed", "says"),
    [
        ("noise", "", "the blank is likeliest in every frame"),
        ("sentence", "123 456", "numbers in letters"),
        ("sentence", "a" * 200, "The target needs at least 399 frames (200 symbols take one frame each, and 199 equal"),
        ("sentence", "日本語", "can be written"),
    ],
)
def test_bad_input_is_answered_by_a_sentence(clip, typed, says):
    values = drawn(part="real", clip=clip, text=typed)
    assert says in values["status"]
    assert "lab-note problem" in values["status"]
    # The model's own pictures stay.
    assert values["emissions"]["data"]


def test_a_sound_that_is_gone_is_named():
    assert "no longer here" in drawn(part="real", clip=OWN)["note"]
    # Also by the parts that need it, which then show nothing of the sound before.
    assert drawn(part="decode", case="clip", clip=OWN)["tree"]["data"] == []
    assert not drawn(part="rivals", clip=OWN)["pair"]["visible"]


def test_zoom_redraws_the_trellis_only(sentence):
    others = event_of("real", "wave", "zoom")
    assert others.also == (("mel", "zoom"), ("emissions", "zoom"))
    shown = after(others, visit_of(part="real"), x=[1.0, 2.0], y=None)
    assert set(shown) == {"zoom", "trellis"}
    assert shown["zoom"] == {"key": sentence.key, "model": sound.MODEL, "t": [1.0, 2.0], "s": None}
    assert shown["trellis"]["data"][0]["z"]["shape"][1] == 50
    own = event_of("real", "trellis", "zoom")
    shown = after(own, visit_of(part="real", zoom=shown["zoom"]), x=[1.0, 2.0], y=[20.5, 4.5])
    assert shown["zoom"]["s"] == [20.5, 4.5]
    shown = after(others, visit_of(part="real", zoom=shown["zoom"]), x=[1.5, 2.0], y=None)
    assert (shown["zoom"]["t"], shown["zoom"]["s"]) == ([1.5, 2.0], [20.5, 4.5])  # only the trellis' own height counts
    shown = after(own, visit_of(part="real", zoom=shown["zoom"]), x=None, y=None)
    assert shown["trellis"]["data"][0]["z"]["shape"][1] == 165
    assert set(after(others, visit_of(part="why"), x=None, y=None)) == {"zoom"}


@pytest.mark.slow
def test_the_page_opens_with_a_precomputed_result(sentence):
    """Where this fails: python -m assets.make_precomputed_ctc (the weights have changed)."""
    for clip in sound.CLIPS:
        assert sound.precomputed(clip) is not None
    assert "beforehand" in sentence.how


@pytest.mark.slow
def test_the_precomputed_result_is_the_models(sentence):
    import models

    fresh = models.get(sound.MODEL).log_probs(sentence.y)
    assert np.abs(np.exp(fresh) - np.exp(sentence.log_probs)).max() < 0.01
    assert sentence.vocab == models.get(sound.MODEL).vocab
