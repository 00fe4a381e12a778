"""The room's handlers, called directly: every part, clicks, its own sound, bad input."""

from __future__ import annotations

from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
import soundfile

from algorithms.sound import load
from algorithms.sound.clips import clip
from algorithms.ssl.units import agreement, merged
from components.audio_input import OWN, OwnSound
from spaces.self_supervised import SPACE, contrast, exemplars, frames, game, layers, sound, units
from spaces.self_supervised.page import LESSON
from spaces.self_supervised.scene import networks

with gr.Blocks():
    PAGE = LESSON.build(SPACE)


def visit_of(own=None, moved="", event=None, **fields):
    return PAGE.default_visit(own=own, moved=moved, event=event, **fields)


def drawn(own=None, moved="", **fields):
    values = LESSON.drawn(visit_of(own, moved, **fields))
    PAGE.named(values)
    return values


def own_sound(tmp_path, y, rate=16_000, name="mine.wav"):
    path = tmp_path / name
    soundfile.write(path, y, rate)
    return OwnSound(str(path), name, len(y) / rate)


def voice(n: int, rate: int) -> np.ndarray:
    t = np.arange(n) / rate
    return (0.2 * np.sign(np.sin(2 * np.pi * 120 * t)) * (1 + np.sin(2 * np.pi * 3 * t)) / 2).astype(np.float32)


def test_the_page_opens_without_any_network():
    visit = visit_of()
    source = sound.source_of(None, sound.DEFAULT)
    assert networks(source, visit.fields) == set()
    assert networks(source, visit_of(part="units").fields) == set()
    values = drawn()
    assert values["player"].title == source.title
    assert "400 samples" in values["field_picture"]["alt"]
    assert "<td>400</td>" in values["stack"]


def test_stored_results_are_what_is_computed():
    """Not to the last frame: rounding may move one that lies between two clusters."""
    stored = sound.source_of(None, sound.DEFAULT)
    fresh = sound.Source("fresh", "", stored.y, ())
    for name in ("units", "mfcc_units", "targets", "codes", "letters"):
        assert (fresh.get(name) == stored.get(name)).mean() > 0.9, name
    np.testing.assert_allclose(fresh.get("conv7"), stored.get("conv7"), atol=0.05)


def test_the_receptive_field_follows_layer_and_moment():
    source = sound.source_of(None, sound.DEFAULT)
    assert frames.stretch(source, 1, 0.0) == (0, 10)
    first, last = frames.stretch(source, 7, 1.0)
    assert last - first == 400
    assert first % 320 == 0
    assert abs((first + last) / 2 / 16_000 - 1.0) <= 0.0101
    assert frames.stretch(source, 7, 99.0)[1] <= len(source.y)
    values = drawn(depth=1, moment=1.0)
    assert "10 samples" in values["field_facts"]
    assert values["activity"]["data"][0]["z"]["shape"][0] == 32
    assert frames.picked(visit_of(event=SimpleNamespace(x=1.234))) == {"moment": 1.23}


def test_the_contrastive_game_has_its_numbers():
    visit = visit_of(part="contrast")
    found = game.play(visit.scene.source, visit.fields)
    assert found.mask[found.frame]
    assert found.mask[found.others].all()
    assert not (found.others == found.frame).any()
    assert np.isneginf(found.similarities[1:][found.same]).all()
    cold, hot = game.loss_at(found.similarities, 0.05), game.loss_at(found.similarities, 1e6)
    assert hot == pytest.approx(np.log(1 + (~found.same).sum()), abs=1e-3)
    assert cold >= 0
    values = drawn(part="contrast")
    assert "nats" in values["game_facts"]
    assert "entries" in values["true_sound"].title
    other = contrast.shuffled(visit)
    assert other["seed"] == 1
    again = game.play(visit.scene.source, visit_of(part="contrast", seed=1).fields)
    assert not np.array_equal(again.mask, found.mask)


def test_one_hidden_frame_has_no_distractors():
    values = drawn(part="contrast", start=0.01, span=1, clip="sentence")
    assert values  # two starts in 3 s at least: it plays
    source = visit_of(part="contrast").scene.source
    tiny = sound.Source("tiny", "", source.y[: 400 + 320 * 11], ())
    with pytest.raises(ValueError, match="no distractors"):
        game.play(tiny, visit_of(part="contrast", start=0.01, span=1).fields)


def test_units_are_drawn_counted_and_said_again():
    source = visit_of(part="units").scene.source
    values = drawn(part="units")
    assert str(len(merged(source.get("units")))) in values["strip"]["alt"]
    measured = agreement(sound.facts().arrays["table hubert"])
    assert f"{measured.pnmi:.3f}" in values["agree"]
    assert "never" not in drawn(part="units", over="clip")["agree"]
    assert values["string_sound"].y.size == pytest.approx(len(source.y), rel=0.05)
    event = SimpleNamespace(x=1.0, y=1.0)
    found = units.picked(visit_of(part="units", event=event))
    assert found == {"kind": "units", "unit": int(source.get("units")[source.frame_at(1.0)])}
    column = units.column_picked(visit_of(part="units", event=SimpleNamespace(x=3.2, y=0)))
    assert column == {"unit": int(units.by_letter("units")[3])}
    assert f"Unit {found['unit']} " in drawn(part="units", **found)["unit_facts"]


def test_hubert_guesses_what_is_hidden():
    visit = visit_of(part="units", cover_s=1.0, cover_ms=200)
    said = units.guessed(visit)["guessed"]
    assert "10 frames hidden" in said
    assert said.count("<tr>") == 11  # the head and ten frames


def test_an_exemplar_carries_its_unit():
    for kind in exemplars.KINDS:
        string = exemplars.strings()[f"{kind}-french"]
        one = exemplars.of(kind, int(string[50]))
        assert any(stretch.clip == "french" and stretch.start <= 50 < stretch.end for stretch in one)
    assert exemplars.joined([]).max() == 0


def test_other_clips_are_other_recordings():
    """The longest clip holds two others: what is said to be from elsewhere must not come from there."""
    for name, (longer, start_s, end_s) in exemplars.SAME.items():
        part, whole = (load(clip(one).path, 16_000).y for one in (name, longer))
        found = whole[round(start_s * 16_000) :][: round((end_s - start_s) * 16_000)][: len(part)]
        assert np.corrcoef(found, part[: len(found)])[0, 1] > 0.999
        assert len(part) / 16_000 == pytest.approx(end_s - start_s, abs=0.02)
        for unit in set(exemplars.strings()["units-speech_long"].tolist()):
            elsewhere = exemplars.of("units", unit, name)
            assert all(
                one.clip != longer or one.end * 0.02 + 0.025 <= start_s or one.start * 0.02 >= end_s
                for one in elsewhere
            )
            assert set(exemplars.of("units", unit)) >= set(elsewhere)
    assert all(one.clip != "french" for one in exemplars.of("units", 53, "french"))


def test_layers_compare_two_moments():
    source = visit_of(part="layers").scene.source
    same = layers.alike(source, 3, 20, 20)
    assert "cosine of 1.00" in same["alt"]
    values = drawn(part="layers")
    assert set(sound.facts().about["probe"]) <= set(values["probe_picture"]["data"][0]["y"])
    assert "agrees with the CTC model" in values["reads"]
    assert layers.picked(visit_of(part="layers", event=SimpleNamespace(x=0.5, y=1.5))) == {
        "moment_a": 0.5,
        "moment_b": 1.5,
    }


def test_every_part_takes_the_visitors_own_sound(tmp_path):
    own = own_sound(tmp_path, voice(20_000, 8_000), 8_000, "a <b>voice.wav")
    for part in ("frames", "contrast", "units", "layers"):
        values = drawn(own, clip=OWN, part=part)
        assert "8,000 samples a second" in values["note"]
        assert values["player"].title == "a <b>voice.wav"


def test_silence_and_a_breath_are_refused_and_an_hour_is_cut(tmp_path):
    for y, sentence in ((np.zeros(32_000, np.float32), "silent"), (voice(1600, 16_000), "too short")):
        assert sentence in drawn(own_sound(tmp_path, y), clip=OWN)["note"]
    long = own_sound(tmp_path, np.tile(voice(8000, 8000), 600), 8000, "long.wav")
    assert visit_of(long, clip=OWN).scene.source.duration_s == pytest.approx(sound.LONGEST_S, abs=0.01)


def test_what_was_computed_of_a_sound_goes_with_it(tmp_path):
    from components.audio_input import forget as forget_own
    from components.audio_input import keep

    path = tmp_path / "mine.wav"
    soundfile.write(path, voice(16_000, 16_000), 16_000)
    own = keep(str(path))
    assert visit_of(own, clip=OWN).scene.source.y.shape == (16_000,)
    assert sound._sources.count(own.path) == 1
    forget_own(own)
    assert sound._sources.count(own.path) == 0
