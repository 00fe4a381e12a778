"""The room's handlers, called directly: what every part shows, clicks on cells, faults, bad input."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from spaces.tacotron import SPACE, attention, faults, page, pictures, postnet, speech
from spaces.tacotron.page import LESSON
from spaces.tacotron.precompute import wishes
from spaces.tacotron.speech import Wish

with gr.Blocks():
    PAGE = LESSON.build(SPACE)


def visit_of(moved="", event=None, **fields):
    return PAGE.default_visit(moved=moved, event=event, **fields)


def drawn(moved="", **fields):
    values = LESSON.drawn(visit_of(moved, **fields))
    PAGE.named(values)
    return values


def test_the_page_opens_with_what_was_computed_beforehand():
    assert all(wish.file.is_file() for wish in wishes())
    visit = visit_of()
    assert not page.waits(visit)
    values = drawn()
    assert values["player"].title == speech.SENTENCE
    assert "tts/tacotron2, told its own frames" in values["status"]
    assert "tokens" in values["matrix"]["alt"]


def test_what_is_kept_is_what_is_computed():
    kept = speech.known(Wish())
    fresh = speech._speak(Wish())
    steps = min(len(kept.got.weights), len(fresh.got.weights), 5)  # other processors round otherwise: it adds up
    np.testing.assert_allclose(kept.got.weights[:steps], fresh.got.weights[:steps], atol=0.02)
    assert kept.names == fresh.names


@pytest.mark.parametrize("told", ["own", "true"])
@pytest.mark.parametrize("part", ["attention", "faults", "postnet"])
def test_every_part_is_drawn(part, told):
    values = drawn(part=part, told=told)
    shown = {"attention": "cell", "faults": "fault_said", "postnet": "mel_facts"}[part]
    assert values[shown]


def test_a_cell_is_taken_apart():
    scene = visit_of().scene
    steps, _ = scene.spoken.got.weights.shape
    event = SimpleNamespace(x=3.5 * scene.spoken.step_s, y=2.2)
    assert attention.picked(visit_of(event=event)) == {"step": 3, "token": 2}
    far = SimpleNamespace(x=1e6, y=-5)
    assert attention.picked(visit_of(event=far)) == {"step": steps - 1, "token": 0}
    said = drawn("step", step=3, token=2)["cell"]
    assert f"Step 4 of {steps}" in said
    assert "without the location" in said
    assert "matrix" in drawn("upto", upto=50)


def test_weights_are_the_softmax_of_the_energies():
    got = speech.speak(Wish(text="One more time.")).got
    for step in (0, len(got.weights) // 2, len(got.weights) - 1):
        np.testing.assert_allclose(attention.softmax(got.energies[0, step]), got.weights[step], atol=1e-5)


def test_watching_ends_with_the_whole_alignment(monkeypatch):
    monkeypatch.setattr(attention, "WAIT_S", 0)
    pictures_seen = list(attention.watched(visit_of()))
    assert pictures_seen[-1]["upto"] == 100
    assert [one["upto"] for one in pictures_seen] == sorted(one["upto"] for one in pictures_seen)
    assert "step" in pictures_seen[-1]["matrix"]["alt"]


@pytest.mark.parametrize("fault", faults.FAULTS)
def test_every_fault_is_shown_and_said(fault):
    values = drawn(part="faults", fault=fault)
    assert values["fault_said"].startswith('<p class="taco-sentence">' + faults.FAULTS[fault][1])
    assert ("It fails" in values["fault_said"]) != ("It gets through" in values["fault_said"])
    assert len(values["wrong_sound"].y) > 0
    assert drawn("guarded", part="faults", fault=fault, guarded=True)["wrong"]


def test_faults_change_what_they_say():
    fields = visit_of(part="faults", fault="stop").fields
    assert faults.wish_of(fields) == replace(Wish(), mark=False)
    spoken = speech.speak(faults.wish_of(fields))
    assert spoken.names[-1] != "."
    assert speech.speak(Wish()).names[-1] == "."
    assert not faults.wish_of(fields.having(fault="location")).location
    assert not faults.wish_of(fields.having(fault="dropout")).dropout


def test_forward_only_stays_near_the_last_place():
    got = speech.speak(Wish(forward_only=True)).got
    at = got.weights.argmax(1)
    assert np.diff(at).min() >= -1
    assert np.diff(at).max() <= 3


def test_mels_are_compared_under_teacher_forcing_alone():
    forced = drawn(part="postnet", told="true")["mel_facts"]
    assert "true mel than what it was given" in forced
    assert "let the decoder be told the true frames" in drawn(part="postnet")["mel_facts"]
    spoken = speech.speak(Wish(forced=True))
    before, after = postnet.errors(spoken)
    assert 0 < after < 3
    assert 0 < before < 3
    assert "true mel" in drawn("change", part="postnet", told="true", change="error")["changed"]["alt"]


def test_true_and_forced_have_the_same_length_to_a_step():
    spoken = speech.speak(Wish(forced=True))
    assert 0 <= spoken.got.after.shape[1] - spoken.true.shape[1] < 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "nothing to say"),
        ("   ", "nothing to say"),
        ("!?... ---", "nothing to say"),
        ("😀😀", "nothing to say"),
        ("Привет, мир", "not written in Latin letters"),
        ("a" * 5000, "up to 300 characters"),
        ("one hundred " * 25, ""),
    ],
)
def test_what_cannot_be_said_is_one_sentence(text, words):
    values = drawn(text=text.strip())
    if words:
        assert words in values["note"]
        assert "matrix" not in values
    else:
        assert values["note"] or values["player"].title


@pytest.mark.parametrize(
    "text", ["Call 555-1234 on 3 May 2024 at 7:30 pm.", "It costs $5.50!", "Hi 😀 there", "x", "No"]
)
def test_odd_but_speakable_texts_are_spoken(text):
    values = drawn(text=text)
    assert len(values["player"].y) > 0


def test_only_the_first_sentence_is_decoded_and_said_so():
    assert "the first of 2" in drawn(text="Good morning. How are you?")["note"]


def test_typing_and_seeds():
    visit = visit_of()
    visit.taken["line"] = "  Hello there. "
    assert page.typed(visit) == {"text": "Hello there."}
    assert page.another_seed(visit_of(seed=9999)) == {"seed": 0}
    one, two = (speech.speak(Wish(seed=seed)).got.before[:, :8] for seed in (1, 2))
    assert not np.array_equal(one, two)


def test_titles_are_short():
    assert pictures.short("a" * 100, 20) == "a" * 19 + "…"
