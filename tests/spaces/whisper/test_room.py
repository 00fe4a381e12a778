"""The Whisper room without a browser: what it draws, what it keeps, and that every claim on the page is true."""

from __future__ import annotations

import html
import json
import re
import types
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from algorithms.sound.clips import clip
from algorithms.text.subtitles import to_json
from algorithms.text.transcript import Segment, Transcript, Word
from components.audio_input import OWN, OwnSound
from components.model_picker import OTHER
from components.transcript_view import TranscriptView, head, lines
from spaces.whisper import CLIPS, SPACE, handlers, languages, views
from spaces.whisper.handlers import Outputs
from spaces.whisper.job import EnvelopeTap, Job
from spaces.whisper.result import (
    BASE,
    TINY_EN,
    Envelope,
    ModelFacts,
    Result,
    Settings,
    about,
    doubt,
    forget,
    from_json,
    precomputed,
)
from tests.helpers.audio_files import write_audio_files

DEFAULTS = {name: getattr(Settings(), name) for name in Settings.__dataclass_fields__}
TINY = ModelFacts(id=TINY_EN, source="package:x", licence="MIT", precision="int8_float32", multilingual=False)


def fields(**changes) -> dict:
    return {**DEFAULTS, **changes}


def segment(text: str, start: float = 0.0, end: float = 1.0, **stats) -> Segment:
    return Segment(start, end, text, [Word(start, end, text, 0.5)], **stats)


def result(*segments: Segment, **changes) -> Result:
    values = {
        "settings": Settings(),
        "title": "My file.wav",
        "model": TINY,
        "transcript": Transcript.from_segments(segments, "en"),
        "language_probs": (),
        "duration_s": 2.0,
        "done_s": 2.0,
        "seconds": 0.5,
    }
    return Result(**{**values, **changes})


def run(settings: Settings, path: Path | str | None = None) -> Job:
    job = Job(settings, str(path or clip(settings.clip).path), "sound").start()
    while job.wait():
        pass
    return job


def own(path: Path) -> OwnSound:
    return OwnSound(str(path), path.name, None)


def visitor(session: str):
    return types.SimpleNamespace(session_hash=session)


# --- What is kept ---------------------------------------------------------------------------------------------------


def test_fields_of_the_address_are_those_of_settings():
    import gradio as gr

    with gr.Blocks() as demo:
        SPACE.build()
    link = next(b for b in demo.blocks.values() if hasattr(b, "lesson"))
    assert list(link.lesson.state.fields) == list(DEFAULTS)
    assert link.lesson.state.defaults == DEFAULTS


def test_file_names_tell_settings_apart():
    changed = {
        "clip": "french",
        "model": BASE,
        "vad": True,
        "beam": 1,
        "fallback": False,
        "prompt": "x",
        "words": False,
    }
    names = {Settings(**{key: value}).file_name() for key, value in changed.items()} | {Settings().file_name()}
    names |= {Settings(model=BASE, lang="fr").file_name(), Settings(model=BASE, task="translate").file_name()}
    assert len(names) == len(changed) + 3
    assert Settings(lang="fr").file_name() == Settings().file_name(), "tiny.en has no languages to choose from"


def test_options_of_an_english_only_model_name_no_language():
    assert Settings(lang="fr").options().language is None
    assert Settings(lang="fr", model=BASE).options().language == "fr"
    assert Settings(fallback=False).options().temperatures == (0.0,)
    assert len(Settings().options().temperatures) == 6


def test_a_result_survives_its_file():
    before = result(
        segment("Hi", avg_logprob=-0.5, no_speech_prob=0.1, compression_ratio=1.2, temperature=0.0),
        language_probs=(("en", 0.9), ("fr", 0.1)),
        notes=("Resampled.",),
        date="2026-01-02",
    )
    after = from_json(to_json(before.transcript, **about(before)))
    assert after == before
    assert after.transcript.segments[0].avg_logprob == -0.5


def test_downloads_are_forgotten():
    done = handlers.finished(result(segment("Hi"))).result
    folder = Path(done.folder)
    assert {p.suffix for p in folder.iterdir()} == {".srt", ".vtt", ".txt", ".json", ".TextGrid"}
    assert json.loads((folder / "my-file.json").read_text())["segments"][0]["words"][0]["word"] == "Hi"
    forget(done)
    assert not folder.exists()
    forget(None)


# --- The envelope ---------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 700), max_size=6), st.floats(0, 60))
def test_envelope_is_minimum_and_maximum_of_each_column(sizes, duration_s):
    rng = np.random.default_rng(sum(sizes))
    y = rng.uniform(-1, 1, sum(sizes)).astype(np.float32)
    tap = EnvelopeTap(duration_s)
    for block in np.split(y, np.cumsum(sizes)[:-1]) if sizes else []:
        tap.add(block)
    found = tap.envelope()
    columns = [y[i : i + tap.step] for i in range(0, len(y), tap.step)]
    assert found.low.tolist() == [c.min() for c in columns]
    assert found.high.tolist() == [c.max() for c in columns]
    assert found.duration_s == len(y) / 16000


def test_envelope_has_about_a_screen_of_columns_whatever_the_length():
    for seconds in (3, 3600):
        tap = EnvelopeTap(seconds)
        for _ in range(seconds):
            tap.add(np.zeros(16000, np.float32))
        assert 1000 < len(tap.envelope().low) <= 1300


# --- What is drawn --------------------------------------------------------------------------------------------------


def test_doubt_names_each_limit():
    assert doubt(segment("a", avg_logprob=-0.2, no_speech_prob=0.5, compression_ratio=2.0)) == ""
    assert doubt(segment("a")) == ""
    said = doubt(segment("a", avg_logprob=-1.2, no_speech_prob=0.7, compression_ratio=3.0))
    assert "0.70" in said
    assert "-1.20" in said
    assert "3.0" in said


def test_transcript_value_grows_at_its_end_only():
    one, two = segment("One\nline <b>"), segment("Two", 1.0, 2.0)
    short, long = lines([one], language="en"), lines([one, two], language="en")
    assert long.startswith(short)
    parsed = [json.loads(line) for line in long.splitlines()]
    assert parsed[0]["language"] == "en"
    assert [p["text"] for p in parsed[1:]] == ["One\nline <b>", "Two"]
    assert parsed[2]["words"] == [[1.0, 2.0, "Two", 0.5]]
    assert TranscriptView("x").preprocess(head()) is None


def test_table_escapes_and_marks_what_is_beyond_the_limits():
    table = views.segments_table(result(segment("<script>", avg_logprob=-1.5, no_speech_prob=0.1)))
    assert "<script>" not in table
    assert table.count('class="doubtful"') == 1


def test_waveform_marks_segments_and_words():
    envelope = Envelope(step_s=0.1, low=-np.ones(20, np.float32), high=np.ones(20, np.float32), duration_s=2.0)
    drawn = views.waveform(envelope, [segment("Hi"), segment("you", 1.0, 2.0)], "x")
    assert "2 segments and 2 words" in drawn["alt"]
    bars = drawn["data"][-1]
    assert (bars["x"] - bars["width"] / 2).tolist() == [0.0, 1.0]
    assert views.waveform(None, [], "x")["data"] == []


def test_language_bars():
    probs = (("fr", 0.9), ("en", 0.05), ("br", 0.02), ("de", 0.01), ("it", 0.01), ("es", 0.01))
    drawn = views.language_bars(probs, "")
    assert drawn["data"][0]["y"] == ["French", "English", "Breton", "German", "Italian"]
    assert "French 0.900" in drawn["alt"]
    assert views.language_bars((), "English only")["alt"] == "English only"


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00.0"), (59.96, "1:00.0"), (83.25, "1:23.2"), (3723, "1:02:03")])
def test_clock_text(seconds, text):
    assert views.clock_text(seconds) == text


def test_facts_name_model_source_precision_licence_and_speed():
    said = views.facts(result(segment("Hi")))
    for part in ("Whisper tiny.en", "Python package x", "MIT", "int8", "English", "real-time factor 0.25"):
        assert part in said
    assert "real-time factor" not in views.facts(result(segment("Hi"), date="2026-01-02")), "another machine's speed"


def test_sentences_about_nothing_and_silence():
    silent = Envelope(step_s=0.1, low=np.zeros(9, np.float32), high=np.zeros(9, np.float32), duration_s=0.9)
    assert "heard no speech" in views.finished_sentence(result())
    assert "silent" in views.finished_sentence(result(envelope=silent))
    assert "invention" in views.finished_sentence(result(segment("You"), envelope=silent))
    assert "Stopped at 0:01.0 of 0:02.0" in views.finished_sentence(result(segment("Hi"), done_s=1.0))


def test_language_names_cover_what_the_models_know():
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    assert set(languages.LANGUAGES) == set(_LANGUAGE_CODES)
    assert languages.name("fr") == "French"


# --- The page -------------------------------------------------------------------------------------------------------


def test_opens_with_a_precomputed_transcript_before_any_weight_is_loaded():
    import models

    before = models.is_loaded(TINY_EN)
    opened = handlers.draw(None, **fields())
    assert "an ill-disposed young man" in json.loads(opened.transcript.splitlines()[1])["text"]
    assert "Precomputed by Whisper tiny.en" in opened.status
    assert models.is_loaded(TINY_EN) == before
    forget(opened.result)


def test_every_example_and_answer_is_precomputed():
    for item in (*SPACE.examples, *SPACE.questions):
        assert precomputed(Settings(**dict(item.state))), item.state
    for name in CLIPS:
        assert precomputed(Settings(clip=name)), name
        assert precomputed(Settings(clip=name, model=BASE)), name


def test_another_setting_keeps_the_transcript_and_says_so():
    kept = result(segment("Hi"))
    after = handlers.changed(None, kept, **fields(beam=7))
    assert "until you press Transcribe" in after.status
    assert after.transcript == {"__type__": "update"}
    other = handlers.changed(None, kept, **fields(clip="noise", beam=7))
    assert json.loads(other.transcript.splitlines()[0])["empty"] == "No transcript yet."
    assert other.result is None


def test_translation_with_english_only_weights_is_explained():
    for outputs in (
        handlers.draw(None, **fields(task="translate")),
        *handlers.transcribe(None, **fields(task="translate")),
    ):
        assert "can&#x27;t translate" in outputs.status
        assert "problem" in outputs.status


def test_model_choice_switches_language_and_task():
    language, task = handlers.model_changed(TINY_EN)
    assert not language["interactive"]
    assert "English only" in task["info"]
    assert handlers.model_changed(BASE)[0]["interactive"]
    assert handlers.model_changed(OTHER)[1]["interactive"]


def test_a_named_model_that_can_not_be_had(monkeypatch, tmp_path):
    def said(hub: str) -> str:
        return [*handlers.transcribe(None, **fields(model=OTHER, hub=hub))][-1].status

    assert "Name a Whisper model first" in said("")
    assert "owner/name" in said("not a model id")
    monkeypatch.setenv("SPACE_ID", "someone/public")
    assert "owner/name" in said(str(tmp_path)), "a public page does not look at the server's folders"


def test_every_file_gives_a_picture_or_a_sentence(tmp_path):
    for case in write_audio_files(tmp_path):
        shown = handlers.draw(own(case.path), **fields(clip=OWN))
        if case.good:
            assert "Press Transcribe" in shown.status, case.id
            assert bool(shown.waveform["data"]) == (case.duration_s <= handlers.PICTURE_AT_ONCE_S), case.id
        else:
            assert "problem" in shown.status, case.id
            expected = f"{case.error}|no longer here"  # what a missing file is to a visitor
            assert re.search(expected, html.unescape(shown.status)), case.id
            (said,) = (o.status for o in [*handlers.transcribe(own(case.path), **fields(clip=OWN))][-1:])
            assert "problem" in said, case.id
            assert re.search(expected, html.unescape(said)), case.id


def test_ten_milliseconds_are_too_short_and_the_next_sound_works(tmp_path):
    soundfile.write(tmp_path / "short.wav", np.ones(160) / 2, 16000)
    for outputs in (
        handlers.draw(own(tmp_path / "short.wav"), **fields(clip=OWN)),
        [*handlers.transcribe(own(tmp_path / "short.wav"), **fields(clip=OWN))][-1],
    ):
        assert "10 ms" in outputs.status
        assert "problem" in outputs.status
        assert outputs.go["interactive"]
    assert "problem" not in handlers.draw(None, **fields()).status


def test_a_sound_that_is_gone():
    last = [*handlers.transcribe(None, **fields(clip=OWN))][-1]
    assert "no longer here" in last.status


def test_outputs_are_in_one_order():
    skip = {"__type__": "update"}
    assert handlers.shown(status="x") == Outputs(skip, "x", *[skip] * 9)
