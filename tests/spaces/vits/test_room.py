"""The VITS room without a browser: what is read, edited, drawn and refused; and that its sentences are true."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest

import models
from algorithms.vits import FRAME_S, HOP, SAMPLE_RATE
from spaces.vits import SPACE, coupling, encoder, generator, page, precompute, pronunciation, speech, training
from spaces.vits.durations import edited, files
from spaces.vits.speech import Wish, parse_edits, script_of, speak, written_edits
from spaces.vits.strip import DurationStrip
from tests.helpers.vits_page import event, wiring

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("espeak-ng"), reason="the voice's phonemes come from espeak-ng"),
]
SMOOTH = 25  # the unit of the vowel of "smooth" in the page's sentence


@pytest.fixture(scope="module")
def lesson():
    return wiring()


@pytest.fixture(scope="module")
def spoken():
    return speak(Wish())


def moved(lesson, name, **fields):
    """Return all that the move of a field shows."""
    shown = {}
    for values in lesson.lesson.moved(lesson.default_visit(moved=name, **fields)):
        shown |= values
    return shown


# --- What is read ----------------------------------------------------------------------------------------------------


def test_the_strip_has_the_words_below_their_sounds():
    script = script_of(Wish())
    assert [script.word_of(u) for u in script.units if u.text in ("ˈɜː", "ˈæ")] == ["birch", "planks"]
    assert script.units[SMOOTH].text == "ˈuː"
    assert script.word_of(script.units[SMOOTH]) == "smooth"
    assert "on the" in script.words, "eSpeak joins these two"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "nothing to say"),
        ("   ", "nothing to say"),
        ("?!...", "nothing to say"),
        ("😀", "nothing to say"),
        ("Привет, мир", "Latin letters"),
        ("你好", "Latin letters"),
        ("x" * 5000, "5,000"),
        ("99999999999 " * 16, "make it shorter"),
    ],
)
def test_what_can_not_be_said_is_told_in_a_sentence(lesson, text, says):
    shown = lesson.open({"text": text}) if len(text) <= 2000 else moved(lesson, "text", text=text)
    assert says in shown["note"]
    assert "lab-note problem" in shown["note"]


def test_figures_and_emoji_are_read_and_told(lesson):
    shown = lesson.open({"text": "😀 On 3 May 2024 it cost $5.20 (café)."})
    assert "third of May, twenty twenty-four" in shown["front"]
    assert "five dollars and twenty cents" in shown["front"]
    assert "😀" in shown["note"]
    assert shown["player"].y.size > SAMPLE_RATE


def test_a_machine_without_espeak_is_told(lesson, monkeypatch):
    from models.tts import phonemes

    monkeypatch.setattr(phonemes, "available", lambda: False)
    assert "problem" not in lesson.open({})["note"], "what is kept needs no eSpeak"
    shown = lesson.open({"text": "A sentence that nobody has typed yet."})
    assert "apt-get install espeak-ng" in shown["note"]


def test_a_part_that_is_too_long_in_time(lesson):
    edits = ",".join(f"{i}:200" for i in range(40))
    shown = lesson.open({"part": "durations", "edits": edits})
    assert "at most 30 s" in shown["note"]


# --- Durations -------------------------------------------------------------------------------------------------------


def test_edits_are_read_and_written():
    assert parse_edits("5:20,9:14") == ((5, 20), (9, 14))
    assert written_edits({9: 14, 5: 20}) == "5:20,9:14"
    for odd in ("", "a", "5", "5:", ":5", "5:-3", "٣:٣", "1e9:2", "5:2:3", "NaN:1"):
        assert parse_edits(odd) == ()
    assert parse_edits("3:999999999") == ((3, 200),)


def test_a_drag_changes_the_sound_from_there_on(lesson, spoken):
    visit = lesson.default_visit(event=event(changes=[[SMOOTH, 60]]), part="durations")
    assert edited(visit) == {"edits": f"{SMOOTH}:60"}
    longer = speak(Wish(edits=((SMOOTH, 60),)))
    before = int(spoken.bounds[SMOOTH])
    assert len(longer.y) - len(spoken.y) == HOP * (60 - int(spoken.bounds[SMOOTH + 1] - before))
    same = (before - 60) * HOP
    np.testing.assert_allclose(longer.y[:same], spoken.y[:same], atol=0.02)
    assert np.abs(longer.y[: len(spoken.y)] - spoken.y).max() > 0.05


def test_what_the_strip_tells(lesson):
    def told(edits="", **what):
        return edited(lesson.default_visit(event=event(**what), edits=edits))

    assert told("5:20", reset=True) == {"edits": ""}
    assert told("5:20,9:14", changes=[[5, None]]) == {"edits": "9:14"}
    assert told(changes=[[5, 10**9], [999, 3], ["x", 3]]) == {"edits": "5:200"}
    assert told(changes="nonsense") == {"edits": ""}
    gap = 12
    with_pause = told(f"5:20,{SMOOTH}:60", pause=gap)
    assert with_pause["edits"] == f"5:20,{SMOOTH + 1}:60", "what lies behind the pause moves along"
    script = script_of(Wish(ipa=with_pause["ipa"]))
    assert script.units[gap].kind == "pause"
    assert script.units[SMOOTH + 1].text == "ˈuː"
    assert script.words == script_of(Wish()).words
    visit = lesson.default_visit(event=event(unpause=gap), ipa=with_pause["ipa"], edits=with_pause["edits"])
    back = edited(visit)
    assert back["edits"] == f"5:20,{SMOOTH}:60"
    assert script_of(Wish(ipa=back["ipa"])).tokens.ids == script_of(Wish()).tokens.ids
    assert told(pause=5) == {}, "no pause within a word"


def test_a_stretched_gap_sounds_on_and_a_stretched_comma_is_silent():
    gap = 12
    held = speak(Wish(edits=((gap, 60),)))
    ipa = script_of(Wish()).ipa.replace("kənˈuː ", "kənˈuː, ")
    silent = speak(Wish(ipa=ipa, edits=((gap, 60),)))

    def loudness(said):
        middle = int(said.bounds[gap] + said.bounds[gap + 1]) // 2 * HOP
        return float(np.sqrt(np.mean(said.y[middle - 4 * HOP : middle + 4 * HOP] ** 2)))

    assert loudness(held) > 0.01
    assert loudness(silent) < 0.002


def test_the_strip_is_told_all(spoken):
    shown = json.loads(DurationStrip.postprocess(None, spoken))
    assert sum(u["n"] for u in shown["units"]) == len(shown["env"]) == spoken.frames.sum()
    assert max(shown["env"]) == 255
    assert shown["frame_s"] == FRAME_S
    assert "Tokens: ˈ" in shown["units"][SMOOTH]["made"]
    assert DurationStrip.postprocess(None, None) is None


def test_files_hold_the_times_of_the_strip(spoken):
    grid = files.textgrid(spoken)
    assert [len(re.findall(f'name = "{tier}"', grid)) for tier in ("phonemes", "words")] == [1, 1]
    assert f"xmax = {round(spoken.duration_s, 3)}" in grid
    assert 'text = "ˈuː"' in grid
    start = spoken.bounds[SMOOTH] * FRAME_S
    assert f"xmin = {round(start, 3)}" in grid
    assert "on the smooth planks" in files.srt(spoken)
    rows = files.csv_text(spoken).splitlines()
    assert f"phoneme,ˈuː,{start:.4f}" in "\n".join(rows)
    assert len(rows) == 1 + 7 + 27
    assert files.links(spoken).count("<a ") == 3


def test_settings_do_what_they_say():
    slow, fast = speak(Wish(length_scale=2.0)), speak(Wish(length_scale=0.5))
    assert slow.duration_s > 1.5 * fast.duration_s
    still = [speak(Wish(noise_w=0.0, noise_scale=0.0, seed=s)).y for s in (0, 5)]
    np.testing.assert_array_equal(*still)
    assert not np.array_equal(speak(Wish(seed=0)).frames, speak(Wish(seed=5)).frames)


# --- The other parts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["encoder", "flow", "decoder", "training"])
def test_a_part_that_looks_inside(lesson, part):
    shown = lesson.open({"part": part})
    for name in lesson.frame.own[part]:
        assert name in shown or name in ("token", "d_frame"), name


def test_attention_clicks(lesson, spoken):
    visit = lesson.default_visit(part="encoder", event=event(x=70.0, y=2.0))
    assert encoder.map_picked(visit) == {"layer": 2, "head": 2}
    assert encoder.token_picked(lesson.default_visit(part="encoder", event=event(x=1e9, y=0))) == {
        "token": len(spoken.script.tokens.ids) - 1
    }
    sentence = encoder.told(spoken, 0, 0, 12)
    share = spoken.inside.states.attention[0, 0, 12].max()
    assert f"{100 * share:.0f} %" in sentence


def test_the_flow_off_is_the_bare_prior(spoken):
    off = speak(Wish(couplings=0))
    np.testing.assert_array_equal(off.inside.z, spoken.inside.z_p)
    np.testing.assert_array_equal(speak(Wish(couplings=4)).inside.z, spoken.inside.stages[-1])
    assert np.array_equal(speak(Wish(couplings=3)).inside.z, spoken.inside.stages[2][::-1])
    assert off.y.std() < spoken.y.std() / 2, "far less of a voice"
    assert coupling.used(type("V", (), {"taken": {"use": 9}})()) == {"couplings": 4}
    rows = re.findall(r"<td>layer \d</td><td>([^<]+)</td><td>([^<]+)</td>", coupling.measured(spoken))
    assert [kept for kept, _ in rows] == ["0"] * 4
    assert min(float(shift) for _, shift in rows) > 0.1


def test_two_seeds_and_one_rhythm(spoken):
    other, same = coupling.second(spoken, 1, False), coupling.second(spoken, 1, True)
    assert not np.array_equal(other.frames, spoken.frames)
    assert len(same.y) == len(spoken.y)
    assert "same durations" in coupling.compared(spoken, same)
    assert "frames were given to other sounds" in coupling.compared(spoken, other)


def test_the_decoder_stays_within_its_receptive_field(spoken):
    first, last = generator.decoder.touched_by(100)
    moved_at = np.flatnonzero(generator._bumped(spoken, 100))
    assert first <= moved_at[0]
    assert moved_at[-1] <= last
    assert "21 frames" in generator.receptive_field(100)["alt"]
    assert "quarter of a second" in generator.TEXT
    assert 0.23 < 21 * FRAME_S < 0.27


def test_a_channel_is_heard_where_there_are_values_enough(spoken):
    assert generator.sound(spoken, "mrf0", 0) is None
    heard = generator.sound(spoken, "mrf1", 3)
    assert abs(len(heard.y) - len(spoken.y)) <= 4
    assert len(generator.sound(spoken, "mrf2", 3).y) == len(spoken.y)


def test_the_search_finds_most_frames_and_fits_best(spoken):
    for word in range(len(spoken.script.words)):
        found = training.searched(spoken, word, 0.3)["table"]
        right = np.mean(np.array(found["found"]) == np.array(found["true"]))
        assert right > 0.8
    table = training.searched(spoken, 1, 1.5)
    fits = [float(x.replace("−", "-")) for x in re.findall(r"<td>([-−][\d.]+)</td>", table["fits"])]
    assert fits[0] == max(fits), "no alignment fits better than the one that was searched for"
    assert training._large(1352078) == "1,352,078"
    assert training._large(4_800_000_000) == "4.8 × 10⁹"
    drawn_out = speak(Wish(edits=((5, 200),)))
    assert len(training.searched(drawn_out, 1, 0.667)["table"]["true"]) <= training.MOST_FRAMES


# --- Phonemes by hand ------------------------------------------------------------------------------------------------


def test_phonemes_by_hand(lesson):
    visit = lesson.default_visit()
    visit.taken["ipa_line"] = "  həlˈoʊ "
    assert pronunciation.phonemes_typed(visit) == {"ipa": "həlˈoʊ", "edits": ""}
    shown = lesson.open({"ipa": "həlˈoʊ"})
    assert shown["ipa_line"] == "həlˈoʊ"
    assert "phonemes by hand" in shown["status"]
    assert "nothing to say" in lesson.open({"ipa": "7§"})["note"] or "left out" in lesson.open({"ipa": "7§"})["note"]
    assert "no number" in lesson.open({"ipa": "hɘ♫lo"})["note"]


def test_whisper_hears_the_sentence(lesson):
    said = pronunciation.listened(lesson.default_visit())["heard"]
    rate = float(re.search(r"error rate ([\d.]+)\)", said)[1])
    assert rate <= 0.5


# --- What the page opens with ----------------------------------------------------------------------------------------


def test_what_is_kept_is_what_the_voice_says():
    kept = speech.known(Wish())
    now = speak(Wish())
    assert kept.inside is None
    assert kept.script.tokens.ids == now.script.tokens.ids
    np.testing.assert_allclose(kept.log_w, now.log_w, atol=1e-3)
    assert abs(len(kept.y) - len(now.y)) <= 3 * HOP


def test_everything_that_opens_without_the_voice_is_kept():
    files_kept = {wish.file.name for wish in precompute.wishes()}
    assert files_kept == {path.name for path in speech.PRECOMPUTED.glob("vits-*.npz")}
    for wish in precompute.wishes():
        assert speech.known(wish).y.size
    assert speech.known(replace(Wish(), seed=9999)) is None


def test_the_page_opens_without_waiting(lesson, monkeypatch):
    monkeypatch.setattr(models, "is_loaded", lambda _id: False)
    assert page.waits(lesson.default_visit()) is False
    assert "Loading the voice" in page.waits(lesson.default_visit(part="flow"))
    assert "Loading the voice" in page.waits(lesson.default_visit(seed=4))


def test_examples_point_at_what_they_say():
    pulled = next(e for e in SPACE.examples if e.title == "Pull a sound longer")
    wish = page.wish_of({**{f: getattr(Wish(), f) for f in speech.FIELDS}, **pulled.state})
    ((unit, frames),) = wish.edits
    script = script_of(wish)
    assert script.word_of(script.units[unit]) == "smooth"
    assert f"{frames} frames" in pulled.notice
    gap = next(e for e in SPACE.examples if e.title == "A gap is no pause")
    ((unit, _),) = parse_edits(gap.state["edits"])
    assert script.units[unit].kind == "gap"
    assert script.word_of(script.units[unit - 1]) == "canoe"
    lead = script_of(Wish(text="They lead the way with a lead pipe."))
    assert lead.ipa.count("lˈiːd") == 2
