"""The room's handlers, called directly: consent, what is refused, what is kept and forgotten, what each part shows."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import av
import gradio as gr
import numpy as np
import pytest
import soundfile
import soxr

import models
from algorithms.cloning import one_voice
from algorithms.provenance.find import find
from algorithms.sound import load
from algorithms.sound.clips import clip
from components.audio_input import OWN, OwnSound, forget, keep
from spaces.voice_cloning import SPACE, cloned, close, inside, lengths, marked, podcast, spoken
from spaces.voice_cloning.page import LESSON, asked, confirmed, forgotten
from spaces.voice_cloning.precompute import store
from spaces.voice_cloning.scene import GATE, is_slow
from spaces.voice_cloning.treatments import TREATMENTS, wrong_bits

with gr.Blocks():
    PAGE = LESSON.build(SPACE)
PARTS = [part.slug for part in LESSON.parts]
RATE = 16_000


def visit_of(own=None, moved="", event=None, kept=None, **fields):
    return PAGE.default_visit(own=own, moved=moved, event=event, kept=kept, **fields)


def drawn(own=None, kept=None, **fields):
    values = LESSON.drawn(visit_of(own, kept=kept, **fields))
    PAGE.named(values)
    return values


@pytest.fixture
def own(tmp_path):
    """A visitor's recording of 8 s, kept as the page keeps it."""
    path = tmp_path / "mine.flac"
    path.write_bytes(clip("speech").path.read_bytes())
    sound = keep(str(path))
    yield sound
    forget(sound)


@pytest.mark.parametrize("part", PARTS)
def test_every_part_opens_with_what_is_stored(part):
    values = drawn(part=part)
    assert values["player"].title.startswith("Clone of Speech, 25 s: Welcome.")
    assert 4 < len(values["player"].y) / RATE < 12
    assert "cloned voice" in values["player"].comment
    assert not is_slow(visit_of(part=part))


def test_every_example_is_stored_and_needs_nobody_to_wait():
    for example in SPACE.examples:
        assert not is_slow(visit_of(**PAGE.state.from_state(example.state))), example.title


def test_nothing_new_is_cloned_before_somebody_has_said_whose_voice_it_is(own):
    for sound, fields in ((None, {"text": "Something new."}), (own, {"clip": OWN})):
        values = drawn(sound, **fields)
        assert GATE in values["note"]
        assert values["player"] is None
        assert not is_slow(visit_of(sound, **fields))
        assert not values["consent_box"]
    said = next(close.measure(visit_of(own, clip=OWN)))
    assert GATE in said["measure_line"]


def test_a_confirmation_is_about_one_recording_and_can_be_taken_back(own):
    visit = visit_of(own, clip=OWN)
    visit.taken = {"consent_box": True}
    consent = confirmed(visit)["consent"]
    assert consent == (own.path,)
    assert is_slow(visit_of(own, clip=OWN, kept={"consent": consent}))
    assert not is_slow(visit_of(None, text="New.", kept={"consent": consent})), "the examples are another matter"
    other = replace(own, path=own.path + ".other.flac")
    assert not is_slow(visit_of(other, clip=OWN, kept={"consent": consent}))
    visit = visit_of(own, clip=OWN, kept={"consent": consent})
    visit.taken = {"consent_box": False}
    assert confirmed(visit)["consent"] == ()


def test_own_voice_is_cloned_and_forgotten(own):
    consent = {"consent": (own.path,)}
    values = drawn(own, kept=consent, clip=OWN, text="It is my voice.")
    assert "mine.flac" in values["player"].title
    assert "Use 30 s or more" in values["note"]
    assert "just now by voice/knn" in values["facts"]
    assert cloned.kept_of(own.path) == 2  # the analysis and the result
    voices = cloned._voices.keys()
    drawn(own, kept=consent, clip=OWN, text="Another line.")
    assert cloned._voices.keys() == voices, "the reference is analysed once"
    said = forgotten(visit_of(own, clip=OWN, kept=consent))
    assert "3 analyses and clones" in said["forgotten"]
    assert "0 left" in said["forgotten"]
    assert said["consent"] == ()
    assert said["clip"] == cloned.DEFAULT
    assert not Path(own.path).exists()
    assert cloned.kept_of(own.path) == 0
    assert "no longer here" in drawn(own, kept=consent, clip=OWN)["note"]


def test_there_is_nothing_to_forget_of_an_example():
    said = forgotten(visit_of())
    assert "No voice of yours" in said["forgotten"]
    assert set(said) == {"forgotten"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "nothing to say"),
        ("🙂 …", "nothing to say"),
        ("x" * 601, "up to 600 characters"),
        ("Привет, как дела?", "English only"),
        ("日本語だけ", "English only"),
    ],
)
def test_texts_that_can_not_be_said_get_a_sentence(text, says):
    values = drawn(text=text, kept={"consent": ("examples",)})
    assert says in values["note"]
    assert values["player"] is None


def test_numbers_are_read_out_and_markup_is_text():
    assert "two" in cloned.written_out("It is 2 pm.")
    values = drawn(text="<img src=x onerror=alert(1)>" * 30)
    assert "<img" not in values["note"]
    assert asked(SimpleNamespace(taken={"words": "  a \n b "})) == {"text": "a b", "note": ""}


def own_sound(tmp_path, y, name="mine.wav"):
    path = tmp_path / name
    soundfile.write(path, y, RATE)
    return OwnSound(str(path), name, len(y) / RATE)


def test_references_that_can_not_be_used_get_a_sentence(tmp_path):
    rng = np.random.default_rng(0)
    for y, says in (
        (load(clip("speech").path, sample_rate=RATE).y[: 2 * RATE], "at least 3 s are needed"),
        (np.zeros(5 * RATE), "silent"),
        (0.1 * rng.normal(size=5 * RATE), "Nobody speaks"),
    ):
        sound = own_sound(tmp_path, y)
        values = drawn(sound, kept={"consent": (sound.path,)}, clip=OWN)
        assert says in values["note"]


def test_what_spoils_a_clone_is_said(tmp_path):
    y = load(clip("speech_long").path, sample_rate=RATE).y
    voice = SimpleNamespace(frames=SimpleNamespace(f0=np.tile([0.0, 100.0], 500)))
    quiet = SimpleNamespace(frames=SimpleNamespace(f0=np.ones(100)))
    listener = models.get(cloned.LISTENER)
    windows = listener.embed_windows(y)
    assert cloned.warnings_of(y, voice, windows) == []
    assert "clipped" in " ".join(cloned.warnings_of(np.clip(y * 20, -1, 1), voice, windows))
    noisy = y + 0.1 * np.random.default_rng(0).normal(size=len(y))
    assert "noisy" in " ".join(cloned.warnings_of(noisy, voice, windows))
    assert "few of a language" in " ".join(cloned.warnings_of(y[: 5 * RATE], voice, windows))
    assert "does not look like speech" in " ".join(cloned.warnings_of(y, quiet, windows))
    both = np.concatenate([y, load(clip("french").path, sample_rate=RATE).y])
    assert "two people" in " ".join(cloned.warnings_of(both, voice, listener.embed_windows(both)))
    assert one_voice.apart(windows[:3]) == 1, "too short to tell"
    assert one_voice.apart(np.tile(windows[:1], (9, 1))) == 1, "nothing to split"


def test_consent_can_be_spoken_in_the_recording_that_is_cloned(tmp_path):
    shown = spoken.given(visit_of())
    words = shown["oath_words"]
    assert spoken.sentence_of(words) in shown["oath"]
    words = "golden mountain"
    voice = models.get("tts/hibari")

    def recorded(text, name):
        return own_sound(tmp_path, soxr.resample(voice.synthesize(text), voice.sample_rate, RATE), name)

    agreed = recorded(cloned.written_out(spoken.sentence_of(words)), "agreed.wav")
    kept = {"oath_words": words}
    said = spoken.checked(visit_of(agreed, clip=OWN, kept=kept))
    assert said["consent"] == (agreed.path,)
    assert said["oath_words"] == "", "a sentence counts once"
    (path, oath), *_ = said["spoken"]
    assert path == agreed.path
    assert words in oath
    visit = visit_of(agreed, clip=OWN, kept={"spoken": said["spoken"]})
    assert spoken.oath_of(visit) == oath
    assert spoken.oath_of(visit_of(agreed, kept={"spoken": said["spoken"]})) == "", "the examples said nothing"
    assert oath in cloned.provenance(cloned.wish_of(agreed, visit.fields), "", oath)
    # Another sentence, no recording, no sentence asked for: nothing is agreed.
    other = spoken.checked(visit_of(agreed, clip=OWN, kept={"oath_words": "amber lantern"}))
    assert "consent" not in other
    assert "golden mountain" in other["oath"].lower()
    assert "no recording of yours" in spoken.checked(visit_of(kept=kept))["oath"]
    assert "First press" in spoken.checked(visit_of(agreed, clip=OWN))["oath"]
    silent = own_sound(tmp_path, np.zeros(4 * RATE), "silent.wav")
    assert "consent" not in spoken.checked(visit_of(silent, clip=OWN, kept=kept))


@pytest.mark.parametrize(
    ("heard", "right"),
    [
        ("{day}. I agree that speech lab clones my voice, my words are Golden Mountain. And now the weather.", True),
        ("Today is the 28th. I agree that speech lab clone my voice. My words are golden mountain", True),
        ("Golden mountain", False),
        ("Today is {day}. I do not want this. My words are golden mountain.", False),
        ("I agree. voice. golden mountain", False),
    ],
)
def test_most_of_the_sentence_has_to_be_heard(heard, right):
    assert spoken.agrees(heard.format(day=spoken.day()), "golden mountain") is right


def test_a_click_on_the_path_plays_both_places():
    visit = visit_of(part="inside", event=SimpleNamespace(_data={"x": 1.504, "y": 3.0}))
    assert inside.clicked(visit) == {"at": 1.5}
    values = drawn(part="inside", at=1.5)
    result = cloned.known(cloned.wish_of(None, visit.fields))
    place = result.reference_rows[150] / 100
    assert values["origin"].title == f"The reference around {place:.2f} s"
    assert len(values["moment"].y) == pytest.approx(0.4 * RATE, abs=2)
    assert drawn(part="inside", at=500)["moment"] is not None, "past the end is the end"


def test_without_continuity_there_are_more_joins():
    wish = cloned.wish_of(None, visit_of().fields)
    usual, none = (cloned.known(replace(wish, continuity=name)) for name in ("usual", "0"))
    assert none.joins > 1.3 * usual.joins
    assert none.similarity.mean() > usual.similarity.mean()


def test_the_plane_keeps_distances_of_points_that_lie_in_one():
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(9, 2)) @ np.linalg.qr(rng.normal(size=(30, 2)))[0].T
    xy, share = close.plane(flat)
    assert share == pytest.approx(1)
    assert np.linalg.norm(xy[0] - xy[5]) == pytest.approx(np.linalg.norm(flat[0] - flat[5]))


def test_what_is_stored_comes_back(tmp_path, monkeypatch):
    wish = cloned.wish_of(None, visit_of().fields)
    result = cloned.known(wish)
    monkeypatch.setattr(cloned, "PRECOMPUTED", tmp_path)
    store(result)
    again = cloned._read(wish)
    assert np.allclose(again.y, result.y, atol=1e-4)
    assert np.array_equal(again.reference_rows, result.reference_rows)
    assert again.likeness("result", "reference") == pytest.approx(result.likeness("result", "reference"), abs=1e-5)
    assert np.allclose(again.curve, result.curve, atol=1e-4)


def test_more_reference_is_measured_with_progress():
    told = []
    wish = cloned.wish_of(None, visit_of(clip="italian").fields)
    found = lengths.curve(wish, lambda share, what: told.append(what))
    assert [round(s, 1) for s, _ in found] == [3.0, 5.0, 6.2]
    assert all(0 < v < 1 for _, v in found)
    assert any("first 5 s" in what for what in told)


def test_every_stored_clone_carries_its_own_number_and_its_reference_none():
    values = drawn(part="marked")
    assert "16 of 16 bits" in values["mark_line"]
    assert values["player"].comment.endswith(cloned.tag_words(cloned.tag_of(cloned.wish_of(None, visit_of().fields))))
    assert "dB below the voice" in values["heard"]
    for treat in ("mp3", "slow"):
        assert "Marked" in drawn(part="marked", treat=treat)["mark_line"]
    for clip_id, task in (("speech_long", "say"), ("french", "convert")):
        said = drawn(part="marked", clip=clip_id, task=task, subject="recording")["mark_line"]
        assert "No mark found" in said


def test_a_clone_that_is_brought_back_is_known_for_one_and_a_short_sound_gets_a_sentence(tmp_path):
    result = cloned.known(cloned.wish_of(None, visit_of().fields))
    brought = own_sound(tmp_path, result.y)
    said = drawn(brought, part="marked", clip=OWN, subject="recording")["mark_line"]
    assert cloned.tag_words(cloned.tag_of(result.wish)) in said
    short = own_sound(tmp_path, result.y[: 3 * RATE], "short.wav")
    assert "3.2 s of sound" in drawn(short, part="marked", clip=OWN, subject="recording")["mark_line"]
    assert GATE in drawn(brought, part="marked", clip=OWN)["mark_line"]


def test_what_the_mark_survives_is_tried_on_the_clone_that_is_there():
    stored = cloned.known(cloned.wish_of(None, visit_of().fields)).outcomes
    *_, last = marked.try_all(visit_of(part="marked"))
    wish, outcomes = last["outcomes"]
    assert [one.slug for one in outcomes] == [one.slug for one in TREATMENTS] == [one.slug for one in stored]
    assert outcomes[0].wrong == stored[0].wrong == 0
    assert drawn(part="marked", kept={"outcomes": (wish, outcomes[:1])})["survives"]["alt"].count("score") == 1
    said = next(marked.try_all(visit_of(text="Something new.")))
    assert "no clone yet" in said["try_line"]


def test_an_intro_is_mixed_from_the_clone_and_marked_after_that(tmp_path):
    tag = cloned.tag_of(cloned.wish_of(None, visit_of().fields))
    values = drawn(part="podcast")
    intro = values["intro"]
    assert cloned.tag_words(tag) in intro.comment
    assert "-16." in values["mix_facts"]
    assert "14 dB softer" in values["mix_picture"]["alt"]
    found = find(soxr.resample(intro.y, intro.sample_rate, RATE))
    assert found.marked
    assert wrong_bits(found, tag) <= 2, "the voice below carries the same number from another beginning"
    alone = drawn(part="podcast", bed=podcast.NONE)["intro"]
    assert len(alone.y) / alone.sample_rate == pytest.approx(len(values["player"].y) / RATE, abs=0.01)
    assert GATE in drawn(part="podcast", text="Something new.")["mix_facts"]
    # As an MP3 it is as long, says what it is, and carries the mark.
    link = podcast.as_mp3(visit_of(part="podcast"))["mp3"]
    path = tmp_path / "intro.mp3"
    path.write_bytes(base64.b64decode(re.search(r"data:audio/mpeg;base64,([^\"]+)", link)[1]))
    with av.open(str(path)) as file:
        assert file.metadata["comment"] == intro.comment
    back = load(str(path), sample_rate=RATE)
    assert back.duration_s == pytest.approx(len(intro.y) / intro.sample_rate, abs=0.1)
    assert wrong_bits(find(back.y), tag) <= 2
    assert "no intro yet" in podcast.as_mp3(visit_of(part="podcast", text="Something new."))["mp3"]


def test_a_template_is_offered_and_clones_nothing():
    for name, words in podcast.TEMPLATES.items():
        assert podcast.chosen(SimpleNamespace(taken={"template": name})) == {"words": words}
    assert podcast.chosen(SimpleNamespace(taken={"template": "other"})) == {}
