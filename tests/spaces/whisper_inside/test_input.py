"""Part 1 of Inside Whisper: the log-mel window in NumPy, its pictures, and what becomes of a long sound."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from itertools import pairwise
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import models
from algorithms.text import wer
from algorithms.whisper import mel as whisper_mel
from algorithms.whisper import windows as whisper_windows
from algorithms.whisper.decode import SpecialTokens
from components.lesson import Fields
from spaces.whisper_inside import SPACE, listening, page, sound
from spaces.whisper_inside.listening import fillings as two_fillings
from spaces.whisper_inside.listening import long_known, long_pictures, long_sound
from spaces.whisper_inside.listening import pictures as listening_pictures
from spaces.whisper_inside.page import LESSON, Scene
from tests.helpers.app import ROOT

FIELDS = {
    **{"part": "input", "clip": "speech", "model": "tiny.en", "pad": "zeros", "lang": "auto", "at": 0},
    **{"i_view": "window", "i_step": "scaled", "i_keep": 8, "i_chunk": 10, "i_overlap": 0},
}
SPECIAL = SpecialTokens(
    end=100, start=101, transcribe=102, translate=103, previous=104, no_speech=105, no_timestamps=106, first_time=107
)


def shown(window, moved="", **fields):
    return listening.show(Scene(window), Fields({**FIELDS, **fields}, moved))


@cache
def wiring():
    with gr.Blocks():
        return LESSON.build(SPACE)


def at(seconds):
    return SPECIAL.first_time + round(seconds / 0.02)


@pytest.mark.parametrize(("part", "loaded", "moved", "waits"), [
    ("input", False, "", False),
    ("encoder", False, "", "Loading tiny.en to look inside it, a few seconds, once"),
    ("encoder", False, "e_layer", "Loading tiny.en to look inside it, a few seconds, once"),
    ("encoder", True, "clip", True),
    ("encoder", True, "own", True),
    ("encoder", True, "e_layer", False),
])  # fmt: skip
def test_the_page_waits_for_the_model_alone(monkeypatch, part, loaded, moved, waits):
    monkeypatch.setattr(models, "is_loaded", lambda id: loaded)
    assert page.waits(wiring().default_visit(part=part, moved=moved)) == waits


def test_a_model_that_cannot_be_had_is_said_beside_the_sound(monkeypatch):
    def missing(window, fields, progress):
        raise models.ModelUnavailable("The weights are missing: run `make venv`.")

    monkeypatch.setattr(sound, "hear", missing)
    shown = wiring().open({"part": "encoder", "clip": "sentence"})
    assert "The weights are missing" in shown["note"]
    assert (shown["status"], shown["player"].title) == ("", "Short sentence")
    assert "stages" not in shown
    assert shown["part encoder"]["visible"]


def test_another_sound_makes_choices_meaningless():
    chosen = {"at": 7, "e_t": 5, "d_step": 4, "d_forced": "4:5", "a_text": "words", "e_layer": 2, "d_temp": 1}
    visit = wiring().default_visit(moved="clip", clip="sentence", **chosen)
    (shown,) = LESSON.moved(visit)
    assert {name: shown[name] for name in ("e_t", "d_step", "d_forced", "a_text")} == {
        "e_t": -1, "d_step": 0, "d_forced": "", "a_text": ""
    }  # fmt: skip
    assert shown["at"]["value"] == 0
    assert not {"e_layer", "d_temp"} & set(shown)
    assert "at" not in LESSON.resets(visit.fields.having(moved="model"))


def test_a_link_sets_fields_that_the_page_hides():
    shown = wiring().open({"at": 3, "lang": "fr"})
    assert (shown["at"]["value"], shown["at"]["visible"]) == (3, False)
    assert (shown["lang"]["value"], shown["lang"]["visible"]) == ("fr", False)


@pytest.mark.parametrize("pad_sound", [False, True])
@pytest.mark.parametrize("n", [1, 159, 200, 16_000, 16_161, 479_999, 480_000, 500_000])
def test_the_window_equals_the_networks(n, pad_sound):
    import torch

    from algorithms.whisper.net import log_mel_window

    y = np.random.default_rng(n).normal(0, 0.1, n).astype(np.float32)
    steps = whisper_mel.mel_steps(y, pad_sound)
    reference = log_mel_window(torch.from_numpy(y), pad_sound).numpy()
    assert steps.scaled.shape == (80, 3000)
    np.testing.assert_allclose(steps.scaled, reference, atol=2e-4)


@given(st.floats(0.001, 0.9), st.integers(2000, 20_000))
@settings(max_examples=15, deadline=None)
def test_half_as_loud_moves_every_value_by_the_same(level, n):
    y = np.random.default_rng(n).normal(0, 0.1, n).astype(np.float32)
    whole, soft = whisper_mel.mel_steps(y), whisper_mel.mel_steps(level * y)
    above = soft.log[:, : soft.sound - 3] > -9.9  # nothing has reached the floor of the power
    moved = (whole.scaled - soft.scaled)[:, : soft.sound - 3][above]
    np.testing.assert_allclose(moved, -2 * np.log10(level) / 4, atol=2e-3)


def test_the_clamp_and_both_fillings_in_numbers():
    y = sound.window(None, "speech", 0).y
    zeros, silence = whisper_mel.mel_steps(y), whisper_mel.mel_steps(y, True)
    assert zeros.sound == silence.sound == 829
    assert zeros.filling == 0
    assert np.all(zeros.scaled[:, 829:] == 0)
    assert silence.filling == pytest.approx(silence.scaled[:, 900:].max())
    assert np.ptp(zeros.scaled[:, :829]) <= 2.0001
    assert zeros.lifted == pytest.approx((zeros.log[:, :829] < zeros.loudest - 8).mean())
    assert np.isnan(zeros.power[:, 829:]).all()
    narrow = whisper_mel.mel_steps(y, decades=3)
    assert narrow.lifted > zeros.lifted


def test_silence_and_nothing():
    steps = whisper_mel.mel_steps(np.zeros(16_000, np.float32), True)
    np.testing.assert_allclose(steps.scaled, -1.5, atol=1e-6)  # (-10 + 4) / 4
    assert steps.filling == pytest.approx(-1.5)
    with pytest.raises(ValueError, match="holds no samples"):
        whisper_mel.mel_steps(np.zeros(0, np.float32))


def test_opens_without_torch():
    code = (
        "import sys\n"
        "from components.lesson import Fields\n"
        "from spaces.whisper_inside import listening, page, sound\n"
        f"fields = {FIELDS!r}\n"
        "for view in listening.VIEWS:\n"
        "    scene = page.Scene(sound.window(None, 'speech', 0))\n"
        "    listening.show(scene, Fields({**fields, 'i_view': view}))\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("clip", ["speech", "speech_long", "tone", "noise"])
@pytest.mark.parametrize("view", listening.VIEWS)
def test_every_view_of_every_clip(clip, view):
    out = shown(sound.window(None, clip, 0), clip=clip, i_view=view)
    assert out[f"column_{view}"]["visible"]
    assert "132,640" in out["chain"] or clip != "speech"
    if view != "long":
        assert "80 bands x 3000 columns" in out["log_mel"]["alt"]


@pytest.mark.parametrize("step", listening_pictures.STEPS)
def test_each_step_of_the_scaling(step):
    out = shown(sound.window(None, "speech", 0), i_view="scale", i_step=step, moved="i_step")
    empty = "nothing yet" in str(out["log_mel"]["layout"]["annotations"])
    assert empty == (step != "scaled")
    assert "10.2 %" in out["scaling"]
    assert "lifts 10.2 %" in out["histogram"]["alt"]


def test_a_full_window_has_no_filling(tmp_path):
    import soundfile

    path = tmp_path / "long.wav"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.05, 40 * 16_000), 16_000)
    own = SimpleNamespace(path=str(path), title="long.wav", duration_s=40.0)
    window = sound.window(own, "own", 0)
    out = shown(window, clip="own", i_view="fill")
    assert "no fillings to compare" in out["fill_facts"]
    assert "the window is full" in shown(window, clip="own")["sizes"]
    late = sound.window(own, "own", 38.0)
    assert late.duration_s == 2.0
    assert "move the window" in shown(late, clip="own")["sizes"]
    assert "not computed yet" in shown(late, clip="own", i_view="long")["cuts"]


def test_marked_words():
    assert two_fillings.marked("a b c", "a x c") == "a <mark>b</mark> c"
    assert two_fillings.marked("<i>", "<i>") == "&lt;i&gt;"
    assert two_fillings.marked("", "a") == "<em>nothing</em>"


def test_the_next_window_starts_at_the_last_closed_segment():
    tokens = [at(0), 1, at(5), at(5), 2, at(9), at(9), 3]
    read = whisper_windows.read_window(tokens, SPECIAL)
    assert [(s.start_s, s.end_s, s.tokens) for s in read.segments] == [(0, 5, (1,)), (5, 9, (2,))]
    assert read.advance_s == 9
    assert read.dropped == (3,)


def test_without_a_pair_the_window_moves_on_as_a_whole():
    read = whisper_windows.read_window([at(0), 1, 2, at(4), SPECIAL.end], SPECIAL, 12.5)
    assert [(s.start_s, s.end_s) for s in read.segments] == [(0, 4)]
    assert read.advance_s == 12.5
    single = whisper_windows.read_window([at(0), 1, at(5), at(5), 2, at(8)], SPECIAL, 30)
    assert single.advance_s == 30
    assert single.segments[-1].tokens == (2,)
    assert whisper_windows.read_window([], SPECIAL, 30).segments == ()


@given(st.lists(st.integers(0, 99) | st.integers(107, 107 + 1500), max_size=40))
def test_any_tokens_move_on(tokens):
    read = whisper_windows.read_window(tokens, SPECIAL, 30)
    assert 0 < read.advance_s <= 30
    for segment in read.segments:
        assert segment.tokens


@given(st.floats(0.5, 200), st.integers(2, 30), st.integers(0, 1))
def test_chunks_cover_the_sound(total, chunk, overlap):
    spans = whisper_windows.chunk_spans(total, chunk, overlap)
    assert spans[0][0] == 0
    assert spans[-1][1] == pytest.approx(total, abs=1e-3)
    assert all(a[1] - b[0] == pytest.approx(overlap, abs=2e-3) for a, b in pairwise(spans))


def test_an_overlap_longer_than_the_chunk_is_refused():
    with pytest.raises(ValueError, match="shorter than a chunk"):
        whisper_windows.chunk_spans(60, 5, 5)


def test_texts_are_joined_where_they_share_words():
    chunks = tuple(
        long_sound.Chunk(0, 1, t) for t in ("we see the old house by", "the old house by the sea", "the sea.")
    )
    assert long_sound.joined(chunks, 2) == "we see the old house by the sea."
    assert long_sound.joined(chunks[:2], 0) == "we see the old house by the old house by the sea"


def test_what_the_page_says_of_the_long_sound():
    long = long_sound.long_of(sound.window(None, "speech", 0))
    turns, chunks = long_sound.known(long, FIELDS)
    assert [t.start_s for t in turns] == [0.0, 28.02, 57.82]
    cuts = long_pictures.cuts(long, turns, chunks, FIELDS)
    assert "6 of 170 words wrong" in cuts
    assert "17 of 170 words wrong" in cuts
    assert "respite." in cuts
    overlapping = {**FIELDS, "i_overlap": 2}
    assert "0 of 170" in long_pictures.cuts(long, *long_sound.known(long, overlapping), overlapping)
    assert "3 windows of 30 s start at 0.00, 28.02, 57.82 s" in long_pictures.windows(long, turns)["alt"]
    assert long_sound.known(long, {**FIELDS, "model": "base"}) == ((), ())
    assert "Press" in long_pictures.about(long, sound.window(None, "speech", 0), {**FIELDS, "model": "base"}, ())


@pytest.mark.slow
def test_the_packaged_answer_is_what_the_model_gives():
    long = long_sound.long_of(sound.window(None, "speech", 0))
    turns = long_sound.follow(long, FIELDS)
    assert [t.start_s for t in turns] == pytest.approx([t[0] for t in long_known.TURNS], abs=0.3)
    words = " ".join(s[2] for t in turns for s in t.segments)
    packaged = " ".join(s[2] for t in long_known.TURNS for s in t[1])
    assert wer.word_errors(packaged, words).rate <= 0.02  # another processor may round one decision otherwise


@pytest.mark.slow
def test_the_fillings_change_the_words():
    table = two_fillings.compared(sound.window(None, "speech", 0), FIELDS)
    assert "<mark>old-sposed</mark>" in table
    assert "ill-disposed" in table
    assert "-0.374" in table
