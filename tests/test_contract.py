"""Every room keeps the contract of spaces/_contract.py, and imports point one way."""

from __future__ import annotations

import ast
import functools
import importlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import gradio as gr
import pytest

import models
from algorithms.sound.clips import clips
from algorithms.text.key_points import findings
from components.address import Address
from components.page_state import page_url
from spaces import QUESTION_LEVELS, discover, lesson_of
from tests.helpers.app import ROOT

ROOMS = discover()
ALLOWED = {  # what each package may import of ours
    "algorithms": {"algorithms"},
    "components": {"components", "algorithms"},
    "models": {"models", "algorithms"},
    "training": {"training", "models", "algorithms"},
    "spaces": {"spaces", "components", "models", "algorithms"},
    "deploy": {"deploy"},
    "benchmarks": {"benchmarks", "spaces", "components", "models", "algorithms", "training"},
}
OURS = {*ALLOWED, "app", "tests"}


def imports(path: Path) -> set[str]:
    """Return the top-level names that a file imports, also inside functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_point_one_way(package):
    for path in (ROOT / package).rglob("*.py"):
        wrong = (imports(path) & OURS) - ALLOWED[package]
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


def rooms_imported(path: Path) -> set[str]:
    """Return the rooms that a file inside ``spaces`` imports from, by relative or absolute name."""
    package = path.relative_to(ROOT).parent.parts
    modules: set[tuple[str, ...]] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {tuple(alias.name.split(".")) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            base += tuple(node.module.split(".")) if node.module else ()
            modules |= {(*base, alias.name) for alias in node.names}
    return {module[1] for module in modules if module[0] == "spaces" and len(module) > 1} & set(ROOMS)


@pytest.mark.parametrize("slug", ROOMS)
def test_no_room_imports_another_room(slug):
    for path in [*(ROOT / "spaces" / slug).rglob("*.py"), *(ROOT / "spaces").glob(f"{slug}.py")]:
        assert rooms_imported(path) <= {slug}, f"{path.relative_to(ROOT)} imports another room"


def test_imports_of_other_rooms_are_seen(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    path = tmp_path / "spaces" / "whisper" / "parts" / "page.py"
    path.parent.mkdir(parents=True)
    path.write_text("from ... import ctc\nfrom ...captions.log import Log\nfrom spaces.features import page\n")
    assert rooms_imported(path) == {"ctc", "captions", "features"}
    path.write_text(
        "import spaces.ctc.page\nfrom spaces import features, Space\nfrom ..run import STOP\nfrom . import a"
    )
    assert rooms_imported(path) == {"ctc", "features", "whisper"}
    path.write_text("from ... import Space, _gpu\nfrom .captions import x\nimport models.whisper.job")
    assert rooms_imported(path) == {"whisper"}, "a module of its own may be called like another room"


def test_algorithms_know_neither_gradio_nor_loaders():
    for path in (ROOT / "algorithms").rglob("*.py"):
        assert not imports(path) & {"gradio", "transformers", "faster_whisper", "huggingface_hub", "librosa"}, path


def test_app_knows_no_topic():
    source = (ROOT / "app.py").read_text()
    assert len(source.splitlines()) < 80
    assert not [slug for slug in ROOMS if slug in source]


REQUIRED = {  # what every interview about speech asks
    "features": ("what-is-mel", "why-cnn", "nyquist", "stft-or-mel", "mfcc-or-mel"),
    "ctc": ("why-ctc",),
    "self_supervised": ("w2v-or-hubert",),
    "whisper": ("whisper-architecture",),
    "whisper_inside": ("modern-asr",),
    "vits": ("tacotron2", "one-stage"),
    "vocoders": ("wavenet", "hifigan"),
    "separation": ("cocktail-party", "pit", "time-or-mask"),
    "voice_changer": ("changer-20ms",),
    "keyword_spotting": ("microcontroller",),
    "voice_cloning": ("clone-ten-minutes",),
    "fine_tuning": ("whisper-for-a-language",),
}


def lacking(question) -> str:
    """Return what an interviewer would miss of a question; "" for nothing."""
    rubric = question.rubric
    if question.level not in QUESTION_LEVELS:
        return "a level"
    if rubric is None or not rubric.name:
        return "a rubric with a name"
    if len(rubric.points) < 3 or not all(point.name and point.evidence for point in rubric.points):
        return "three key points with the words that show them"
    if not rubric.mistakes or not rubric.source:
        return "usual mistakes and a source"
    if len(question.follow_ups) < 2 or not all(a and b for a, b in question.follow_ups):
        return "two follow-ups with answers"
    return "" if question.state else "a state that shows it"


@pytest.mark.parametrize("slug", REQUIRED)
def test_what_everybody_is_asked_is_there(slug):
    rubrics = {question.rubric.name: question.rubric for question in ROOMS[slug].questions}
    assert set(REQUIRED[slug]) <= set(rubrics)
    for name in REQUIRED[slug]:
        assert len(rubrics[name].points) >= 5, name
        assert rubrics[name].must, name
        assert rubrics[name].predict, name


def test_a_hundred_questions():
    everything = [question.question for room in ROOMS.values() for question in room.questions]
    assert len(set(everything)) >= 100
    for level in QUESTION_LEVELS:
        assert sum(question.level == level for room in ROOMS.values() for question in room.questions) >= 10


def test_a_question_that_lacks_something_is_noticed():
    whole = ROOMS["ctc"].questions[0]
    assert not lacking(whole)
    for less in ({"level": "hard"}, {"rubric": None}, {"follow_ups": whole.follow_ups[:1]}, {"state": {}}):
        assert lacking(replace(whole, **less)), less
    for less in ({"points": whole.rubric.points[:2]}, {"source": ""}, {"mistakes": ()}, {"name": ""}):
        assert lacking(replace(whole, rubric=replace(whole.rubric, **less))), less


def draw_page(slug: str) -> gr.Blocks:
    with gr.Blocks() as demo:
        ROOMS[slug].build()
    return demo


@functools.cache  # what the tests below ask of a page leaves no trace in it
def wiring_of(slug: str):
    return next(block.wiring for block in draw_page(slug).blocks.values() if isinstance(block, Address))


@pytest.mark.parametrize("slug", ROOMS)
class TestEveryRoom:
    def test_fields_are_filled(self, slug):
        space = ROOMS[slug]
        assert space.title
        assert space.summary.endswith(".")
        assert space.summary.count(". ") == 0, "the summary is one sentence"
        assert space.examples, "a page has one-click examples"
        assert space.references, "a page names its sources"
        assert space.questions, "a page has interview questions"
        for question in space.questions:
            assert question.level in QUESTION_LEVELS
            assert question.answer
        module = importlib.import_module(f"spaces.{slug}")
        assert module.__doc__

    def test_model_ids_resolve(self, slug):
        for model_id in ROOMS[slug].models:
            assert models.spec(model_id).id == model_id

    def test_assets_exist(self, slug):
        known = {clip.id for clip in clips()}
        for example in ROOMS[slug].examples:
            assert not example.asset or example.asset in known

    def test_builds_twice(self, slug):
        assert draw_page(slug).fns
        assert draw_page(slug).fns

    def test_every_example_and_every_answer_can_be_shown(self, slug):
        wiring = wiring_of(slug)
        for item in (*ROOMS[slug].examples, *ROOMS[slug].questions):
            assert set(wiring.state.fields) <= set(wiring.open(item.state))

    def test_every_question_is_followed_up_and_shown(self, slug):
        for question in ROOMS[slug].questions:
            assert len(question.follow_ups) >= 2, question.question
            assert question.state, question.question

    def test_every_question_can_be_judged(self, slug):
        names = [question.rubric.name for question in ROOMS[slug].questions if question.rubric]
        assert len(names) == len(set(names)), "names of questions are unique within a room"
        for question in ROOMS[slug].questions:
            wrong = lacking(question)
            assert not wrong, f"{question.question}: {wrong}"

    def test_a_model_answer_makes_its_own_points(self, slug):
        """Else what one has to say and what is listened for have drifted apart."""
        for question in ROOMS[slug].questions:
            told = " ".join([question.answer, *(f"{q} {a}" for q, a in question.follow_ups)])
            found = findings(told, [point.evidence for point in question.rubric.points])
            missing = [
                point.name
                for point, made in zip(question.rubric.points, found, strict=True)
                if made is None or made.denied
            ]
            assert not missing, question.question

    def test_every_link_points_at_something_on_the_page(self, slug):
        page = wiring_of(slug)
        assert [e.title for e in ROOMS[slug].examples if e.look], "examples point at what shows them"
        for item in (*ROOMS[slug].examples, *ROOMS[slug].questions):
            assert not item.look or item.look.startswith("#") or page._path(item.look)

    def test_a_moved_field_changes_only_what_its_event_names(self, slug):
        wiring = wiring_of(slug)
        lesson = wiring.lesson
        for part in lesson.parts:
            if lesson.slow is not None:  # may change everything, and would load models
                assert set(wiring.changes("")) == set(wiring.everything)
                break
            opened = {lesson.chips: part.slug} if len(lesson.parts) > 1 else {}
            for name in (*lesson.fields, *part.fields):
                for values in lesson.moved(wiring.default_visit(moved=name, **opened)):
                    shown = wiring.named(values)
                    found = {key for key in shown if not isinstance(key, str)}  # gr.skip() has text alone
                    assert found <= set(wiring.changes(name)), (part.slug, name)

    def test_progress_is_shown_on_one_component(self, slug):
        """Else Gradio writes it over everything that the event may change, the player among it."""
        lesson = lesson_of(ROOMS[slug])
        for on in (*lesson.on, *(on for part in lesson.parts for on in part.on)):
            shown = on.how.get("show_progress", "hidden") != "hidden"
            assert shown == ("show_progress_on" in on.how), (on.component, on.event)

    def test_page_has_its_own_browser_test(self, slug):
        assert (ROOT / "tests" / "browser" / f"test_{slug}.py").exists()


def test_every_space_file_is_a_room():
    files = {path.stem for path in (ROOT / "spaces").glob("*.py") if not path.stem.startswith("_")}
    packages = {path.parent.name for path in (ROOT / "spaces").glob("[!_]*/__init__.py")}
    assert set(ROOMS) == files | packages


def test_page_url():
    assert page_url("") == "./"
    assert page_url("features", {"hop_ms": 10, "log": True}) == "features?hop_ms=10&log=1"


def test_nothing_heavy_is_imported_before_a_room_needs_it():
    heavy = ["torch", "transformers", "librosa", "faster_whisper", "plotly", "TTS", "asteroid", "onnxruntime", "scipy"]
    code = f"import sys, app; app.create_app().draw_all(); print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
