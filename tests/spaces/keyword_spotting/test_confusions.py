"""Part 4 of Keyword spotting by its handlers, and the measured results that the page ships."""

from __future__ import annotations

import base64
import re

import numpy as np
import pytest

import models
from algorithms.keyword.ds_cnn import LABELS
from spaces.keyword_spotting import confusions, networks, validation
from spaces.keyword_spotting.confusions import board as confusions_board
from spaces.keyword_spotting.confusions import clips as confusions_clips
from tests.helpers.app import ROOT
from tests.helpers.keyword_page import drawn, event, fields_of, happened, plain
from tests.helpers.keyword_page import shown as part_shown

YES, UNKNOWN, GO = (LABELS.index(word) for word in ("yes", "_unknown_", "go"))


def shown(moved="", **fields):
    """What the part shows by name; what stays as it is is absent."""
    return part_shown(moved, part="confusions", **fields)


@pytest.fixture(scope="module")
def held():
    return validation.load()


# --- The shipped results ---------------------------------------------------------------------------------------------


def test_results_are_those_of_the_model_card(held):
    card = (ROOT / "assets" / "weights" / "kws-ds-cnn.md").read_text(encoding="utf-8")
    assert len(held.labels) == len(held.names) == 746
    named = {"s-int8": "S int8 (default)", "s-fp32": "S fp32", "m-int8": "M int8", "m-fp32": "M fp32"}
    for model, words in named.items():
        right = np.mean(held.predicted[held.network(model)] == held.labels)
        assert f"| DS-CNN {words} | **{100 * right:.1f} %** |" in card
    rows = re.search(r"said, column: answered\)\n\n```\n.*\n((?:.*\n){12})```", card)[1].splitlines()
    counts = [[0 if n == "." else int(n) for n in row.split()[1:]] for row in rows]
    np.testing.assert_array_equal(held.matrix("s-int8"), counts)


def test_the_network_gives_the_same_answers_again(held):
    """From the shipped MFCCs: they are the integers that the small eight-bit network sees."""
    rows = np.arange(0, 746, 7)
    probs = models.get("kws/ds-cnn-int8").predict_features(np.stack([held.mfcc(i) for i in rows]))
    np.testing.assert_allclose(probs, held.probs[held.network("s-int8"), rows], atol=1e-3)


def test_the_recordings_give_the_same_answers(held, data):
    from algorithms.keyword.features import mfcc

    rows = np.arange(5, 746, 60)
    features = np.stack([mfcc(validation.recording(held.names[i])) for i in rows])
    away = np.abs(features - np.stack([held.mfcc(i) for i in rows]))
    # Half a step of the eight bits is 0.03; very quiet frames differ more, for the results were made from 16 bits.
    assert np.mean(away < 0.031) > 0.7
    assert np.mean(away < 0.1) > 0.95
    for model, model_id in networks.MODELS.items():
        probs = models.get(model_id).predict_features(features)
        assert np.mean(np.abs(probs - held.probs[held.network(model), rows])) < 0.01


def test_no_speaker_can_be_named(held):
    assert set(held.speakers[held.labels == 0]) == {0}
    assert set(held.speakers) == set(range(36))


def test_results_are_small_enough_to_ship():
    assert validation.FILE.stat().st_size < 400_000


# --- The matrix ------------------------------------------------------------------------------------------------------


def test_matrix_is_a_table_of_buttons(held):
    counts = held.matrix("s-int8")
    table = confusions_board.matrix(counts, LABELS, YES, UNKNOWN)
    cells = re.findall(r'data-said="(\d+)" data-answered="(\d+)".*?aria-pressed="(\w+)">(\d*)<', table)
    assert len(cells) == 144
    for said, answered, pressed, n in cells:
        assert int(n or 0) == counts[int(said), int(answered)]
        assert (pressed == "true") == ((int(said), int(answered)) == (YES, UNKNOWN))
    assert f"yes said, unknown answered: {counts[YES, UNKNOWN]} of {counts[YES].sum()}" in table
    assert f"{100 * counts[GO, GO] / counts[GO].sum():.0f} %" in table  # recall of go
    assert f"{100 * np.trace(counts) / 746:.1f}" in table
    saved = base64.b64decode(re.search(r'base64,([^"]+)"', table)[1]).decode().splitlines()
    assert saved[0].startswith("said,_silence_,_unknown_,yes")
    assert [int(n) for n in saved[-1].split(",")[1:]] == counts[GO].tolist()


def test_matrix_of_an_empty_class_has_no_share():
    table = confusions_board.matrix(np.array([[3, 0], [0, 0]]), ("yes", "no"), 0, 0)
    assert table.count("–") == 2


def test_worst_pairs_and_sentence(held):
    counts = held.matrix("s-int8")
    right, wrong = np.trace(counts), counts - np.diag(np.diag(counts))
    (said, answered, n), *_ = confusions_clips.worst(counts, LABELS, 2)
    assert n == wrong[said, answered] == wrong.max()
    text = plain(confusions.summary("s-int8"))
    counted = f"{right} of 746 clips (35 new speakers, and noises) are answered correctly"
    assert text.startswith(f"{counted} ({100 * right / 746:.1f} %)")
    assert f"for {LABELS[said].strip('_')} ({n})" in text
    assert confusions_clips.worst(np.eye(12, dtype=int), LABELS) == []


def test_speakers_mistakes_add_up(held):
    picture = confusions.speakers("s-int8", 5)
    wrong = held.predicted[0] != held.labels
    assert sum(picture["data"][0]["y"]) == wrong[held.speakers > 0].sum()
    assert picture["data"][0]["marker"]["color"].count("var(--lab-c2)") == 1


# --- A cell ----------------------------------------------------------------------------------------------------------


def test_every_clip_is_in_exactly_one_cell(held):
    for model in networks.MODELS:
        cells = [held.clips_in(model, i, j) for i in range(12) for j in range(12)]
        assert sorted(np.concatenate(cells)) == list(range(746))
    found = held.clips_in("s-int8", YES, UNKNOWN)
    probs = held.probs[0, found, UNKNOWN]
    assert (np.diff(probs) <= 0).all()


def test_a_cell_is_seen_and_heard(held):
    out = shown()
    assert "5 clips: yes was said, unknown answered" in out["c_tiles"]["alt"]
    assert len(out["c_tiles"]["layout"]["annotations"]) == 5
    assert "Clip 1 of 5, speaker" in plain(out["c_card"])
    assert "Said yes , answered unknown with" in plain(out["c_card"])
    assert out["c_player"].title.startswith("“yes”")
    assert len(out["c_player"].y) == 16_000
    assert out["column_cell"]["visible"]
    assert "49 frames" in out["c_close"]["alt"]
    second = shown("c_clip", c_clip=1)
    assert "Clip 2 of 5" in plain(second["c_card"])
    assert "c_matrix" not in second


def test_a_page_of_tiles_follows_the_clip():
    out = shown(c_said=YES, c_answered=YES, c_clip=30)
    assert "25 to 48 of 64 clips" in out["c_tiles"]["alt"]
    assert len(out["c_tiles"]["layout"]["shapes"]) == 1
    assert "Clip 31 of 64" in plain(out["c_card"])
    last = shown(c_said=YES, c_answered=YES, c_clip=999)
    assert "49 to 64 of 64" in last["c_tiles"]["alt"]
    assert "Clip 64 of 64" in plain(last["c_card"])


def test_an_empty_cell_says_so():
    out = shown(c_said=YES, c_answered=GO)
    assert plain(out["c_nothing"]).startswith("No clip of yes was taken for go : click a coloured cell")
    assert not out["column_cell"]["visible"]
    assert out["c_player"] is None
    assert out["c_card"] == ""


@pytest.mark.parametrize("wild", [-3, 500, None])
def test_wild_cells_of_a_link_are_held_in(wild):
    said, answered, at, _ = confusions.chosen(fields_of(c_said=wild, c_answered=wild, c_clip=wild))
    assert 0 <= said < 12
    assert said == answered
    assert at >= 0


def test_clicks_on_tiles():
    step_t, step_f = confusions_clips.TILE_T + confusions_clips.GAP_T, confusions_clips.TILE_F + confusions_clips.GAP_F
    middle = (confusions_clips.TILE_T / 2, confusions_clips.GAP_F + confusions_clips.TILE_F / 2)
    for place in range(10):  # 6 above, 4 below
        x, y = middle[0] + place % 6 * step_t, middle[1] + (1 - place // 6) * step_f
        assert confusions_clips.picked(x, y, 0, 10) == place
    assert confusions_clips.picked(middle[0] + 5 * step_t, middle[1], 0, 10) is None
    assert confusions_clips.picked(middle[0], middle[1] + 2 * step_f, 0, 10) is None
    assert confusions_clips.picked(middle[0], middle[1], 24, 26) == 24


def click(component, name="pick", told=None, **fields):
    return happened(component, name, told, part="confusions", **fields)


def test_clicks_go_from_cell_to_cell_and_from_clip_to_clip():
    out = click("c_matrix", told=event(said=YES, answered=YES), c_clip=3)
    assert (out["c_said"], out["c_answered"], out["c_clip"]) == (YES, YES, 0)
    assert "Clip 1 of 64" in plain(out["c_card"])
    assert "c_sentence" not in out, "the network is the same"
    tile = confusions_clips.TILE_T + confusions_clips.GAP_T
    out = click("c_tiles", told=event(x=2 * tile + 5, y=20))
    assert out["c_clip"] == 2
    assert "Clip 3 of 5" in plain(out["c_card"])
    assert click("c_tiles", told=event(x=5 * tile + 5, y=20), c_clip=1)["c_clip"] == 1  # no tile there
    assert [click(name, "click", c_clip=4)["c_clip"] for name in ("c_before", "c_after")] == [3, 0]
    assert [click(name, "click", c_clip=0)["c_clip"] for name in ("c_before", "c_after")] == [4, 1]
    assert click("c_after", "click", c_said=YES, c_answered=GO)["c_clip"] == 0  # an empty cell


def test_another_network_draws_its_own_matrix():
    out = drawn("model", part="confusions", model="m-int8")
    right = np.mean(validation.load().predicted[2] == validation.load().labels)
    assert f"{100 * right:.1f} %" in plain(out["c_sentence"])
    assert "c_matrix" in out


def test_without_the_corpus_a_rebuilt_sound_is_played_and_named(monkeypatch, tmp_path):
    monkeypatch.setenv("SPEECH_COMMANDS", str(tmp_path))
    clip = int(validation.load().clips_in("s-int8", YES, YES)[0])
    played, real = confusions_clips.sound(clip)
    assert not real
    assert "rebuilt" in played.title
    spotter = models.get("kws/ds-cnn-int8")
    assert spotter.labels[spotter.predict(played.y).argmax()] == "yes"
    assert "not the recording" in plain(shown(c_said=YES, c_answered=YES)["c_card"])


def test_with_the_corpus_the_recording_is_played(data):
    clip = int(validation.load().clips_in("s-int8", YES, YES)[0])
    played, real = confusions_clips.sound(clip)
    assert real
    assert played.title == "“yes”, the recording"
    assert "You hear the recording itself, val/yes/" in plain(confusions_clips.origin(clip, real))
