"""The room Whisper's limits without a browser: its sounds, verdicts, alignments, runs, and that its claims are true."""

from __future__ import annotations

import re

import numpy as np
import pytest
import soundfile

import models
from algorithms.sound.clips import clip
from algorithms.whisper.fallback import Attempt, Decision, Thresholds, decide
from components.audio_input import OWN
from models.whisper.result import BASE, TINY_EN
from spaces.whisper_limits import SPACE, counting, fail_view
from spaces.whisper_limits.case import KINDS, Case, make
from spaces.whisper_limits.counting import score
from spaces.whisper_limits.ladder import BASE_ENGLISH, EARS, Outcome, WithVad, from_json, precomputed, to_json
from spaces.whisper_limits.window import Window, kept_sound, speech_probs, speech_regions
from tests.helpers.limits_page import attempt, outcome, own, shows

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


def test_every_button_example_and_answer_opens_with_a_result():
    for fail, kind in KINDS.items():
        for ear in EARS:
            known(ear, fail=fail, **({"clip": kind.clip} if kind.clip else {}))
    for item in (*SPACE.examples, *SPACE.questions):
        assert "Precomputed" in shows(**item.state)["status"], item.state


def test_claim_music_says_thank_you():
    first, second = known().attempts[:2]
    assert "Thank you so much for watching" in first.text
    assert first.compression_ratio > 15
    assert second.avg_logprob < -1
    assert known().decide(Thresholds()).dropped


def test_claim_silence_passes_until_the_limit_moves():
    found = known(fail="silence")
    assert found.attempts[0].text == "You"
    assert found.attempts[0].no_speech_prob > 0.9
    assert found.attempts[0].avg_logprob == pytest.approx(-0.8, abs=0.08)
    assert found.decide(Thresholds()) == Decision(0, True, False)
    assert found.decide(Thresholds(logprob=-0.7)).dropped
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
    tiny, base = counting.precomputed(Case(fail="snr"))
    text = clip("speech").text
    assert score(text, base.transcript, "basic").words.rate < score(text, tiny.transcript, "basic").words.rate


@pytest.mark.slow
@pytest.mark.kernels
class TestNow:
    """The same claims, of a run of now: what no sampling decides, with this processor's arithmetic."""

    def first(self, ear: str = TINY_EN, **case) -> Attempt:
        """The attempt at temperature 0."""
        model = models.get(TINY_EN if ear == TINY_EN else BASE)
        return Window(model, make(Case(**case)).y, "en" if ear == BASE_ENGLISH else None).attempt(0.0)

    def test_music_says_thank_you_in_a_loop_or_unsure(self):
        found = self.first()
        assert "thank you" in found.text.lower()
        assert found.compression_ratio > 10 or decide([found], Thresholds(), more=True) == Decision(0, True, True)

    def test_silence_passes_until_the_limit_moves(self):
        found = self.first(fail="silence")
        assert found.text == "You"
        assert found.no_speech_prob > 0.9
        assert -0.9 < found.avg_logprob < -0.75

    def test_base_translates_what_it_is_told_is_english(self):
        found = self.first(BASE_ENGLISH, fail="language", clip="french")
        assert found.text.startswith("Sorry")
        assert decide([found], Thresholds(compression=2.0, logprob=-0.8), more=True) == Decision(0, True, False)

    def test_a_true_repetition_fails_and_a_wrong_text_passes(self):
        found = self.first(fail="repeat", clip="sentence")
        assert 5 < found.compression_ratio < 6
        assert found.text.count("amiable") == 7
        base = self.first(BASE, fail="repeat", clip="sentence")
        assert base.text.count("amiable") == 1
        assert decide([base], Thresholds(compression=2.0, logprob=-0.8), more=True) == Decision(0, True, False)

    def test_half_a_word_becomes_a_word(self):
        found = self.first(fail="cut")
        assert found.text.endswith("self.")
        assert found.avg_logprob > -0.6


def test_parameters_are_those_of_the_weights():
    sizes = counting.built_in_sizes()
    assert sizes[TINY_EN]["parameters"] == 37_760_256  # transformers' count for openai/whisper-tiny.en
    assert sizes[BASE]["parameters"] == 72_593_920  # and for openai/whisper-base
    assert sizes[TINY_EN]["memory_mb"] < sizes[BASE]["memory_mb"]
