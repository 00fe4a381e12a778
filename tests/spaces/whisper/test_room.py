"""The Whisper room without a browser: what it draws, what it keeps, and that every claim on the page is true."""

from __future__ import annotations

import html
import json
import re
import threading
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from algorithms.sound.clips import clip
from algorithms.text.subtitles import to_json
from algorithms.text.transcript import Segment, Transcript, Word
from algorithms.whisper import languages
from components.audio_input import OWN, OwnSound
from components.model_picker import OTHER
from components.words import clock_text
from models.whisper import result as run_result
from models.whisper.job import EnvelopeTap, Job, read_envelope
from models.whisper.result import (
    BASE,
    TINY_EN,
    Envelope,
    ModelFacts,
    Result,
    Settings,
    about,
    from_json,
    precomputed,
)
from spaces.whisper import CLIPS, SPACE, page, shown, views
from spaces.whisper.files import forget
from spaces.whisper.page import LESSON
from spaces.whisper.run import STOP, last
from spaces.whisper.transcript_view import TranscriptView, head, lines
from spaces.whisper.views import doubt
from tests.helpers.audio_files import write_audio_files
from tests.helpers.patience import PATIENCE

with gr.Blocks():
    WIRING = LESSON.build(SPACE)
GO = next(on for on in LESSON.parts[0].on if on.halt)
DEFAULTS = {name: getattr(Settings(), name) for name in Settings.__dataclass_fields__}
TINY = ModelFacts(id=TINY_EN, source="package:x", licence="MIT", precision="int8_float32", multilingual=False)


def shows(mine: OwnSound | None = None, *, moved: str = "", kept: Result | None = None, request=None, **changes):
    """What the page shows, by name, when it is opened, or when the field `moved` has moved."""
    visit = WIRING.default_visit(own=mine, moved=moved, kept={"result": kept}, **changes)
    visit.request = request
    values: dict[str, Any] = {}
    for step in LESSON.moved(visit) if moved else WIRING.shown(visit):
        values |= step
    return values


def transcribe(mine: OwnSound | None = None, request=None, **changes) -> Iterator[dict[str, Any]]:
    """What the page shows after a press of Transcribe, step by step."""
    visit = WIRING.default_visit(own=mine, **changes)
    visit.request = request
    return WIRING.happened(GO, visit)


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
    assert list(WIRING.state.fields) == list(DEFAULTS)
    assert WIRING.state.defaults == DEFAULTS
    assert run_result.OTHER == OTHER


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
    done = shown.finished(result(segment("Hi")))["result"]
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


@pytest.mark.parametrize("said_s", [0.0, 0.5, 40.0])
@pytest.mark.parametrize("block", [16_000, 4_801, 400_000])
def test_a_sound_longer_than_it_was_taken_for_gets_wider_columns(said_s, block):
    y = np.random.default_rng(block).uniform(-1, 1, 777_777).astype(np.float32)
    y[:100_000] *= np.linspace(0, 1, 100_000, dtype=np.float32)
    tap = EnvelopeTap(said_s)
    for start in range(0, len(y), block):
        tap.add(y[start : start + block])
        assert len(tap.envelope().low) <= 2402
    found = tap.envelope()
    columns = [y[i : i + tap.step] for i in range(0, len(y), tap.step)]
    assert len(columns) > 600
    assert found.low.tolist() == [c.min() for c in columns]
    assert found.high.tolist() == [c.max() for c in columns]


def test_an_hour_of_silence_in_a_flac_that_states_no_length(tmp_path):
    from tests.helpers.made_by_ffmpeg import ffmpeg

    path = tmp_path / "hour.flac"
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono:d=3600", "-frame_size", 65_535, path)
    data = bytearray(path.read_bytes())
    assert len(data) < 30_000
    for count in (bytes(4), (8_000).to_bytes(4, "big")):  # none, and a lie of one second: RFC 9639, section 8.2
        data[21], data[22:26] = data[21] & 0xF0, count
        path.write_bytes(data)
        assert read_envelope(str(path), 600) is None
        whole = read_envelope(str(path))
        assert whole.duration_s == 3600
        assert len(whole.low) <= 2402


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
    assert clock_text(seconds) == text


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
    opened = shows()
    assert "an ill-disposed young man" in json.loads(opened["transcript"].splitlines()[1])["text"]
    assert "Precomputed by Whisper tiny.en" in opened["status"]
    assert models.is_loaded(TINY_EN) == before
    forget(opened["result"])


def test_every_example_and_answer_is_precomputed():
    for item in (*SPACE.examples, *SPACE.questions):
        assert precomputed(Settings(**dict(item.state))), item.state
    for name in CLIPS:
        assert precomputed(Settings(clip=name)), name
        assert precomputed(Settings(clip=name, model=BASE)), name


def test_another_setting_keeps_the_transcript_and_says_so():
    kept = result(segment("Hi"))
    after = shows(moved="beam", kept=kept, beam=7)
    assert "until you press Transcribe" in after["status"]
    assert "transcript" not in after
    other = shows(moved="clip", kept=kept, clip="noise", beam=7)
    assert json.loads(other["transcript"].splitlines()[0])["empty"] == "No transcript yet."
    assert other["result"] is None
    back = shows(moved="beam", kept=result(segment("Hi"), settings=Settings(beam=7)), beam=7)
    assert set(back) == {"status"}
    assert "Done: 1 word" in back["status"], "the settings are those of the transcript again"


def test_translation_with_english_only_weights_is_explained():
    for values in (shows(task="translate"), *transcribe(task="translate")):
        assert "can&#x27;t translate" in values["status"]
        assert "problem" in values["status"]


def test_model_choice_switches_language_and_task():
    def changed(model: str) -> dict:
        return page.model_changed(WIRING.default_visit(model=model))

    assert not changed(TINY_EN)["lang"]["interactive"]
    assert "English only" in changed(TINY_EN)["task"]["info"]
    assert changed(BASE)["lang"]["interactive"]
    assert changed(OTHER)["task"]["interactive"]


def test_a_named_model_that_can_not_be_had(monkeypatch, tmp_path):
    def said(hub: str) -> str:
        return [*transcribe(model=OTHER, hub=hub)][-1]["status"]

    assert "Name a Whisper model first" in said("")
    assert "owner/name" in said("not a model id")
    monkeypatch.setenv("SPACE_ID", "someone/public")
    assert "owner/name" in said(str(tmp_path)), "a public page does not look at the server's folders"


def test_every_file_gives_a_picture_or_a_sentence(tmp_path):
    for case in write_audio_files(tmp_path):
        opened = shows(own(case.path), clip=OWN)
        if case.good:
            assert "Press Transcribe" in opened["status"], case.id
            assert bool(opened["waveform"]["data"]) == (case.duration_s <= page.PICTURE_AT_ONCE_S), case.id
        else:
            assert "problem" in opened["status"], case.id
            expected = f"{case.error}|no longer here"  # what a missing file is to a visitor
            assert re.search(expected, html.unescape(opened["status"])), case.id
            (said,) = (step["status"] for step in [*transcribe(own(case.path), clip=OWN)][-1:])
            assert "problem" in said, case.id
            assert re.search(expected, html.unescape(said)), case.id


def test_ten_milliseconds_are_too_short_and_the_next_sound_works(tmp_path):
    soundfile.write(tmp_path / "short.wav", np.ones(160) / 2, 16000)
    mine = own(tmp_path / "short.wav")
    for values in (shows(mine, clip=OWN), [*transcribe(mine, clip=OWN)][-1]):
        assert "10 ms" in values["status"]
        assert "problem" in values["status"]
        assert values["go"]["interactive"]
    assert "problem" not in shows()["status"]


def test_a_sound_that_is_gone():
    assert "no longer here" in [*transcribe(clip=OWN)][-1]["status"]
    opened = shows(clip=OWN)
    assert "no longer here" in opened["status"]
    assert opened["player"] is None


def test_another_sound_of_ones_own_empties_the_page(tmp_path):
    soundfile.write(tmp_path / "second.wav", np.ones(16_000) / 2, 16_000)
    kept = result(segment("The first sound"), settings=Settings(clip=OWN))
    after = shows(own(tmp_path / "second.wav"), moved="own", kept=kept, clip=OWN)
    assert after["result"] is None
    assert after["player"].title == "second.wav"
    assert "No transcript yet" in after["transcript"]
    assert "Press Transcribe" in after["status"]


@pytest.mark.parametrize("moved", ["beam", "lang", "prompt"])
def test_what_identifies_an_own_sound_is_its_file(tmp_path, moved):
    """The transcript of the first sound never stands beside the second, whatever event tells of it first."""
    for name in ("first", "second"):
        soundfile.write(tmp_path / f"{name}.wav", np.ones(16_000) / 2, 16_000)
    settings = Settings(clip=OWN)
    kept = result(segment("The first sound"), settings=settings, path=str(tmp_path / "first.wav"))
    after = shows(own(tmp_path / "second.wav"), moved=moved, kept=kept, clip=OWN)
    assert after["result"] is None
    assert after["player"].title == "second.wav"
    same = shows(own(tmp_path / "first.wav"), moved=moved, kept=kept, clip=OWN)
    assert "result" not in same, "the transcript of this sound stays"


@pytest.mark.parametrize("kept", [None, result(segment("The packaged one"), date="2026-11-01")])
def test_stop_before_a_word_was_found_leaves_the_transcript_that_stood_there(kept):
    visit = WIRING.default_visit(kept={"result": kept})
    visit.run.job = types.SimpleNamespace(segments=[], problem="", model=None)
    stopped = last(visit)
    assert "Stopped before the model was loaded" in stopped["status"]
    assert ("from before" in stopped["status"]) == (kept is not None)
    assert not {"transcript", "table", "result"} & set(stopped)


def test_another_setting_leaves_a_run_alone_and_another_sound_ends_it():
    """Without weights: the run is a thread that does nothing until it is stopped."""
    left = threading.Event()

    def work(run):
        run.job = types.SimpleNamespace(settings=Settings(), path=str(clip("speech").path), stop=left.set)
        yield {}
        left.wait(PATIENCE)

    steps = STOP.steps(visitor("works"), work, lambda run: {"status": "the last word"})
    next(steps)
    said: list[dict] = []
    follower = threading.Thread(target=lambda: said.extend(steps))
    assert shows(moved="beam", request=visitor("works"), beam=7) == {}, "the page follows the run alone"
    assert not left.is_set()
    follower.start()
    other = shows(moved="clip", request=visitor("works"), clip="sentence")
    follower.join(20)
    assert left.is_set()
    assert said == [{}], "it ends without a word"
    assert "Precomputed" in other["status"]
