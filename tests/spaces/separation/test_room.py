"""The room's handlers, called directly: what is mixed, what is said of it, and what each part shows."""

from __future__ import annotations

from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
import soundfile

from algorithms import separation as sep
from algorithms.separation import improvement_db
from components.audio_input import OWN, OwnSound
from spaces.separation import SPACE, desk, inside, masking, measure, order, training
from spaces.separation import sound as room_sound
from spaces.separation.page import LESSON
from spaces.separation.scene import is_slow
from spaces.separation.words import db

with gr.Blocks():
    PAGE = LESSON.build(SPACE)
PARTS = [part.slug for part in LESSON.parts]


def visit_of(own=None, moved="", event=None, **fields):
    return PAGE.default_visit(own=own, moved=moved, event=event, **fields)


def drawn(own=None, **fields):
    values = LESSON.drawn(visit_of(own, **fields))
    PAGE.named(values)
    return values


def own_sound(tmp_path, y, rate=8000, name="mine.wav"):
    path = tmp_path / name
    soundfile.write(path, y, rate)
    return OwnSound(str(path), name, len(y) / rate)


def noise(n, seed=0):
    return np.random.default_rng(seed).normal(0, 0.1, n).astype(np.float32)


def mixed(**fields):
    return room_sound.mix(room_sound.recipe(None, visit_of(**fields).fields))


# ---------------------------------------------------------------- the desk's mixture


def test_the_page_opens_with_a_stored_result():
    visit = visit_of()
    assert not is_slow(visit)
    assert "Computed beforehand" in visit.scene.apart.how


def test_the_two_examples_help_and_harm_as_they_say():
    """The network gains in the first and loses in *Two women*, both far from a tie."""
    for fields, helps in (({}, True), ({"clip": "spanish", "other": "french"}, False)):
        apart = visit_of(**fields).scene.apart
        made = apart.mixed
        gains = [improvement_db(apart.output_of(voice), made.sources[voice], made.mixture) for voice in range(2)]
        assert all((gain > 0.2) if helps else (gain < -0.2) for gain in gains), gains


def test_the_mixture_is_the_sum_of_its_voices_at_the_wanted_levels():
    made = mixed(level=6)
    np.testing.assert_allclose(made.sources.sum(0), made.mixture, atol=1e-6)
    even = mixed(level=0)
    ratio = np.sum(made.sources[1] ** 2) / np.sum(made.sources[0] ** 2)
    usual = np.sum(even.sources[1] ** 2) / np.sum(even.sources[0] ** 2)
    assert 10 * np.log10(ratio / usual) == pytest.approx(6, abs=1e-3)


def test_the_overlap_moves_the_second_voice():
    first = len(mixed().sources[0])
    apart = mixed(overlap=0)
    assert len(apart.mixture) > first
    assert not (apart.sources[0].astype(bool) & apart.sources[1].astype(bool)).any()


def test_noise_is_as_far_below_as_it_says():
    made = mixed(noise="10")
    left = made.mixture - made.sources.sum(0)
    wanted = room_sound.LOUDNESS * 10 ** (-10 / 20)
    assert np.sqrt(np.mean(left**2)) == pytest.approx(wanted, rel=1e-3)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"third": "russian"}, "always gives two outputs"),
        ({"clip": "french", "other": "french"}, "one recording"),
        ({"other": "tone"}, "never heard"),
        ({"other": "none"}, "nobody knows"),
    ],
)
def test_what_it_is_no_good_at_is_said(fields, words):
    assert any(words in note for note in mixed(**fields).notes)


def test_three_voices_and_two_outputs_are_shown_without_an_order():
    made = mixed(third="russian")
    apart = room_sound.judged(made, made.sources[[2, 0]], "")
    assert apart.scores.shape == (2, 3)
    assert apart.match == (2, 0)
    assert "more voices than outputs" in order.orders(apart)
    assert np.isfinite(measure.gain_picture(apart, 1, 0)["data"][0]["y"]).all()


def test_swapped_outputs_are_matched_to_their_voices():
    made = mixed()
    apart = room_sound.judged(made, made.sources[::-1], "")
    assert apart.match == (1, 0)
    assert desk.shown_outputs(apart) == [1, 0]
    table = order.orders(apart)
    assert table.index("swapped") < table.index("the list") < table.index("would have charged")
    error = desk.chosen(apart, 0, "error")[1]
    assert np.abs(error).max() < 1e-5


# ---------------------------------------------------------------- own sounds


@pytest.mark.parametrize("part", PARTS)
def test_a_mixture_without_truth_is_separated_and_not_scored(tmp_path, part):
    own = own_sound(tmp_path, noise(30_000), 16_000)
    values = drawn(own, part=part, clip=OWN, other="none")
    assert values["player"].title == "mine.wav"
    if part == "desk":
        assert values["voice1"].title == "Output A"
        assert "nothing can be measured" in values["scores"]


def test_silence_is_separated_into_silence_and_has_no_score(tmp_path):
    own = own_sound(tmp_path, np.zeros(8000, np.float32))
    for part in PARTS:
        values = drawn(own, part=part, clip=OWN, other="french")
        if part == "desk":
            assert "–" in values["scores"]
            assert "silent" in values["note"]


def test_a_name_is_text_and_never_markup(tmp_path):
    own = own_sound(tmp_path, noise(8000), name="<b>x.wav")
    for part in PARTS:
        values = drawn(own, part=part, clip=OWN)
        assert not [name for name, value in values.items() if isinstance(value, str) and "<b>x" in value]


def test_a_sound_that_is_gone_is_said(tmp_path):
    own = own_sound(tmp_path, noise(8000))
    (tmp_path / "mine.wav").unlink()
    for part in PARTS:
        assert "no longer here" in drawn(own, part=part, clip=OWN)["note"]


def test_what_was_kept_of_a_visitors_sound_is_dropped_with_it(tmp_path):
    own = own_sound(tmp_path, noise(8000))
    drawn(own, clip=OWN)
    assert room_sound._kept.count(own.path) == 1
    room_sound._kept.drop(own.path)
    assert room_sound._kept.count(own.path) == 0


# ---------------------------------------------------------------- the parts


def test_a_click_in_the_matrix_is_heard():
    visit = visit_of(part="order", event=SimpleNamespace(x=1.1, y=-0.2))
    assert order.clicked(visit) == {"px": 1, "py": 0}
    values = drawn(part="order", px=1, py=0)
    made = mixed()
    assert values["pair_truth"].title.startswith(made.names[1])
    apart = visit_of().scene.apart
    assert db(float(apart.scores[0, 1])) in values["pair_card"]


def test_both_methods_agree_on_made_up_matrices():
    for k in range(2, 9):
        assert "same order" in order.assignment(k)


def test_training_streams_its_curves():
    steps = list(training.train(visit_of(part="order")))
    curves = steps[-1]["curves"]
    assert {way: len(rows) for way, rows in curves.items()} == dict.fromkeys(training.NAMES, 31)
    assert curves["pit"][-1][1] < 0.5 * curves["fixed"][-1][1]
    assert len(steps) > 10


def test_stop_ends_a_training_with_its_word():
    visit = visit_of(part="order")
    steps = training.STOP.steps(None, lambda run: training.train(visit), lambda run: training.stopped(visit))
    next(steps)
    training.STOP.runs[""].stopped = True
    assert "Stopped" in list(steps)[-1]["train_line"]
    assert not training.STOP.runs


def test_the_masks_table_holds_what_is_heard():
    made = mixed()
    y = masking.masked(made, "binary", "true", 1)
    values = drawn(part="masks", mask="binary", phase="true", masked="1")
    assert f"<strong>{db(sep.si_sdr_db(y, made.sources[1]))}</strong>" in values["bounds"]


def test_filters_are_sorted_and_a_click_chooses_one():
    _, encoder, decoder = inside.opened()
    peaks = inside.peak_hz(encoder)
    assert (np.diff(peaks) >= 0).all()
    assert encoder.shape == decoder.shape
    assert inside.clicked(visit_of(event=SimpleNamespace(x=7.2))) == {"filter": 7}
    assert "Filter 7 of" in drawn(part="inside", filter=7)["filter_card"]
    assert "1 + 2 · (1 + 2 + 4) = <strong>15</strong>" in drawn(part="inside", layer=3)["reach_card"]


def test_the_gain_moves_sdr_and_not_si_sdr():
    apart = visit_of().scene.apart
    sdr, si_sdr = (np.asarray(trace["y"]) for trace in measure.gain_picture(apart, 0, 0)["data"])
    assert np.ptp(si_sdr) < 1e-6
    assert np.ptp(sdr) > 5
    loud, soft = (measure.explain("sdr", apart, 0, gain) for gain in (20.0, 0.0))
    assert loud != soft


def test_odd_versions_score_as_their_texts_say():
    apart = visit_of().scene.apart
    source = apart.mixed.sources[0]
    score = {kind: sep.si_sdr_db(measure.odd(kind, apart, 0), source) for kind in measure.CASES}
    assert score["late"] < 5
    assert score["flip"] == pytest.approx(120)
    assert sep.sdr_db(measure.odd("flip", apart, 0), source) == pytest.approx(-6.02, abs=0.01)
    assert score["faint"] == pytest.approx(15, abs=1)
    assert score["dull"] > 5


def test_perceptual_scores_are_bounded_and_silence_has_none():
    source = mixed().sources[0]
    quality, clear = measure.perceptual(source, source)
    assert quality > 4
    assert clear == pytest.approx(1, abs=0.01)
    assert np.isnan(measure.perceptual(np.zeros(8000), source[:8000])).all()


@pytest.mark.parametrize(
    ("value", "words"), [(7.26, "7.3 dB"), (-3.0, "−3.0 dB"), (float("nan"), "–"), (120, "over 99 dB")]
)
def test_decibels_are_written_for_people(value, words):
    assert db(value) == words
