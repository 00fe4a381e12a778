"""The room Augmentation without a browser: what its parts show, its clicks, a measurement with the real models."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
import soundfile

from algorithms.augmentation.table import TRANSFORMS
from components.audio_input import OWN, OwnSound
from spaces.augmentation import EXAMPLES, breaks, hear, measure, pictures, sound
from tests.helpers.augmentation import RATE, page, shown, visit


def test_every_change_shows_its_own_controls_and_its_code():
    for transform in TRANSFORMS:
        found = shown("change", change=transform.slug, clip="word_yes")
        boxes = [name for name, value in found.items() if name.startswith("box_") and value["visible"]]
        assert boxes == [f"box_{transform.slug}"]
        assert f"def {transform.shown[0].__name__}" in found["code"]
        assert found["after"].title.startswith(f"After: {transform.title}")
        assert found["draw_box"]["visible"] == (transform.slug in hear.RANDOM)


def test_polarity_changes_nothing_that_is_drawn():
    assert "The change is 0.0 dB on average" in shown(change="invert")["change_db"]["alt"]
    louder = shown(change="gain", gain_db=10)["change_db"]["alt"]
    assert float(re.search(r"change is ([\d.]+) dB", louder)[1]) > 3


def test_a_louder_sound_than_a_file_can_hold_is_said():
    assert "pass full scale" in shown(change="gain", gain_db=20)["about"]
    assert "pass full scale" not in shown(change="gain", gain_db=-12)["about"]


def test_another_draw_is_another_sound_only_where_chance_decides():
    for slug, differs in (("noise", True), ("clip", False)):
        one, two = (shown(change=slug, seed=seed)["after"].y for seed in (0, 1))
        assert (not np.array_equal(one, two)) == differs


def test_the_chain_shows_twenty_draws_and_plays_the_one_that_is_clicked():
    opened = shown(view="chain", clip="word_yes")
    assert opened["drawn"].title == "Draw 1"
    assert "draw 1 is chosen" in opened["mosaic"]["alt"]
    width, height = pictures.TILE_FRAMES + pictures.TILE_GAP, pictures.TILE_BANDS + pictures.TILE_GAP
    # Rows of five, the first on top: the eighth is the third of the second row.
    at = {"x": 2 * width + 5, "y": 2 * height + 5}
    assert hear.picked(visit(event=at, view="chain")) == {"tile": 8}
    assert hear.picked(visit(event={"x": 9999, "y": 5}, view="chain")) == {}
    assert shown("tile", view="chain", clip="word_yes", tile=8)["drawn"].title == "Draw 8"
    again = shown("prob", view="chain", clip="word_yes", tile=8, prob=0.9)
    assert again["tile"] == 1


def test_a_chain_of_nothing_changes_nothing():
    found = shown(view="chain", clip="word_yes", picks=[])
    assert "0 of 20 draws change something" in found["chain_about"]
    np.testing.assert_allclose(found["drawn"].y, sound.packaged("word_yes"), atol=1e-6)


def test_own_sounds_are_cut_and_silence_is_refused(tmp_path):
    long, silent = tmp_path / "long.wav", tmp_path / "silent.wav"
    soundfile.write(long, 0.1 * np.random.default_rng(0).standard_normal(12 * RATE), RATE)
    soundfile.write(silent, np.zeros(RATE), RATE)
    assert len(shown("own", own=OwnSound(str(long), "long.wav", 12.0), clip=OWN)["after"].y) == 10 * RATE
    assert "digital silence" in shown("own", own=OwnSound(str(silent), "silent.wav", 1.0), clip=OWN)["note"]


def test_what_a_name_says_stays_text(tmp_path):
    path = tmp_path / "x.wav"
    soundfile.write(path, 0.1 * np.random.default_rng(0).standard_normal(RATE), RATE)
    found = shown("own", own=OwnSound(str(path), "<b>x</b>", 1.0), clip=OWN)
    assert found["before"].title == "Before: <b>x</b>", "the player writes it as text"
    assert "<b>" not in found["about"]


def test_examples_point_at_states_that_differ():
    states = [json.dumps(dict(example.state), sort_keys=True) for example in EXAMPLES]
    assert len(set(states)) == len(states) >= 8


def test_each_ladder_opens_with_what_is_known_of_it():
    for key, ladder in measure.LADDERS.items():
        found = shown("ladder", part="breaks", ladder=key, step=7, clip2="word_stop")
        assert ladder.title in found["curves"]["alt"]
        assert f" {ladder.values[-1]:g} {ladder.moved.unit}" in found["step_player"].title
        known = {point.listener for point in measure.known(key)}
        assert "kws" in known, "the quick one is shipped for all"
        for listener, (model, _) in measure.LISTENERS.items():
            assert (f"{model}: " in found["curves"]["alt"]) == (listener in known)


def test_points_know_their_steps_and_their_share():
    for key, ladder in measure.LADDERS.items():
        for point in measure.known(key):
            assert point.value in ladder.values
            if point.listener == "kws":
                wrong = [text != clip_id.removeprefix("word_") for clip_id, text in point.texts.items()]
                assert point.error == pytest.approx(np.mean(wrong))


def test_where_it_breaks_is_read_off_the_points():
    errors = {0: 0.0, -10: 0.0, -20: 0.1, -30: 0.5, -40: 0.9}
    made = [measure.Point("kws", value, error, {}) for value, error in errors.items()]
    said = breaks.broken("gain", made)
    assert "half wrong or worse at -30, -40" in said
    assert said.count("not measured yet") == 2


def test_a_click_chooses_the_nearest_step():
    assert breaks.picked(visit(event={"x": 2.4, "y": 0.5}, part="breaks", ladder="gain")) == {"step": 3}
    assert breaks.picked(visit(event={"x": 99.0, "y": 0.5}, part="breaks", ladder="gain")) == {"step": 5}


def test_what_a_model_writes_is_text():
    point = measure.Point("whisper", 0, 1.0, {"sentence": "<script>x</script>"})
    assert "<script>" not in breaks.texts("gain", [point], 0)


@pytest.mark.slow
def test_a_run_measures_with_all_three_models_and_can_be_stopped(monkeypatch):
    short = measure.Ladder("gain", "gain_db", (0, -6), {}, "Softer")
    monkeypatch.setitem(measure.LADDERS, "gain", short)
    go = next(on for on in page().lesson.on if on.halt)
    steps = list(page().happened(go, visit(part="breaks", ladder="gain", step=1)))
    key, points = steps[-1]["found"]
    assert key == "gain"
    assert [(p.listener, p.value) for p in points] == [(who, v) for who in measure.LISTENERS for v in (0, -6)]
    assert all(p.error < 0.5 for p in points), "6 dB softer breaks nobody"
    assert "amiable" in next(p for p in points if p.listener == "whisper").texts["sentence"]
    assert "Measured now" in steps[-1]["status"]
    run = page().happened(go, visit(part="breaks", ladder="gain"))
    next(run)
    go.halt.stop.runs[""].stop(wait_s=0)
    last = list(run)[-1]
    assert "Stopped after" in last["status"]
    assert last["go"]["interactive"]


def test_the_three_recognisers_lose_nothing_where_the_band_ends_at_4_khz():
    """As the answer about telephone speech says."""
    points = json.loads((sound.PRECOMPUTED / "augmentation-breaks.json").read_text())["points"]["low_pass"]
    errors = {(point["listener"], point["value"]): point["error"] for point in points}
    listeners = {listener for listener, _ in errors}
    assert len(listeners) == 3
    assert all(errors[listener, 4000] == errors[listener, 7800] for listener in listeners)
