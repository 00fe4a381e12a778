"""The frame of rooms with parts, called directly on a small room: fields, parts, events, slow scenes, stopping."""

from __future__ import annotations

import html
import threading
from dataclasses import replace
from typing import Any

import gradio as gr
import pytest

from components.lesson import Fields, Halt, Lesson, On, Part, Slow, Visit
from components.stopping import Run, Stop
from spaces import Example, Space
from tests.helpers.awaited import awaited
from tests.helpers.patience import PATIENCE

SPACE = Space(
    title="Probe",
    summary="A room for tests.",
    group="Signals",
    build=lambda: None,
    examples=(Example(title="Big", notice="b", state={"part": "two", "size": 9}),),
)


def first() -> dict[str, Any]:
    return {"one": gr.HTML(), "deep": gr.Slider(0, 9, 1, step=1), "seen": gr.State(None)}


def second() -> dict[str, Any]:
    return {"two": gr.HTML(), "go": gr.Button("Go"), "halt": gr.Button("Stop"), "at": gr.Number(-1, precision=0)}


def page(frame) -> dict[str, Any]:
    shared = {"size": gr.Slider(0, 9, 5, step=1), "total": gr.HTML(), "note": gr.HTML()}
    frame.chips()
    frame.parts()
    return shared


def scene(visit: Visit) -> int:
    if visit.fields["size"] == 0:
        raise ValueError("Nothing has no size: choose at least 1.")
    return 10 * visit.fields["size"]


def clicked(visit: Visit) -> dict[str, Any]:
    return {"at": 3, "total": f"clicked at {visit.scene}"}


PARTS = (
    Part(
        slug="one",
        title="1 One",
        draw=first,
        fields=("deep",),
        follows=frozenset({"deep"}),
        show=lambda scene, fields: {"one": f"{scene} {fields['deep']} {fields.moved}"},
        forget={"size": {"deep": 1}},
    ),
    Part(
        slug="two",
        title="2 Two",
        draw=second,
        fields=("at",),
        show=lambda scene, fields: {"two": f"{scene} at {fields['at']}"},
        on=(On(component="go", event="click", handler=clicked, redraw="at"),),
        forget={"size": {"at": -1}},
    ),
)
LESSON = Lesson(
    parts=PARTS,
    draw=page,
    fields=("size",),
    scene=scene,
    show=lambda scene, fields: {"total": str(scene)} if fields.changed("size") else {},
)


def build(lesson: Lesson):
    with gr.Blocks():
        return lesson.build(SPACE)


@pytest.fixture(scope="module")
def wiring():
    return build(LESSON)


def last(steps) -> dict[str, Any]:
    *_, end = steps
    return end


def test_opening_draws_the_open_part_and_sets_every_field(wiring):
    shown = wiring.open({})
    assert shown["one"] == "50 1 "
    assert "two" not in shown
    assert {name: shown[name] for name in wiring.state.fields} == {"part": "one", "size": 5, "deep": 1, "at": -1}
    assert wiring.open({"part": "two", "size": 2})["two"] == "20 at -1"
    assert [wiring.open({"part": "two"})[f"part {slug}"]["visible"] for slug in ("one", "two")] == [False, True]


def test_an_unknown_field_or_value_is_a_mistake(wiring):
    with pytest.raises(ValueError, match="no field"):
        wiring.open({"sise": 3})
    with pytest.raises(ValueError, match="does not have"):
        wiring.open({"part": "three"})


def test_a_moved_shared_field_redraws_and_forgets(wiring):
    shown = last(LESSON.moved(wiring.default_visit(moved="size", size=7, deep=6, at=4)))
    assert shown == {"deep": 1, "at": -1, "total": "70", "one": "70 1 size"}


def test_a_moved_field_of_a_part_redraws_that_part_alone(wiring):
    assert last(LESSON.moved(wiring.default_visit(moved="deep", deep=2))) == {"one": "50 2 deep"}
    assert last(LESSON.moved(wiring.default_visit(moved="at", at=2))) == {}, "part one follows only its own field"


def test_a_refused_scene_is_said_and_leaves_the_part_as_it_is(wiring):
    shown = last(LESSON.moved(wiring.default_visit(moved="size", size=0)))
    assert "Nothing has no size" in shown["note"]
    assert "one" not in shown


def test_an_event_sets_fields_and_draws_the_part_with_them(wiring):
    steps = list(wiring.happened(PARTS[1].on[0], wiring.default_visit(part="two")))
    assert steps == [{"at": 3, "total": "clicked at 50"}, {"two": "50 at 3"}]


def test_a_sound_or_model_that_an_event_can_not_have_is_said_and_a_mistake_is_none_of_these():
    class Missing(ValueError):
        """What the room says of its scenes."""

    def failing(problem):
        def handler(visit):
            raise problem

        lesson = replace(LESSON, refusals=(Missing, ValueError))
        return list(build(lesson).happened(replace(PARTS[1].on[0], handler=handler), build(lesson).default_visit()))

    assert "There is no <b>model</b>." in html.unescape(failing(Missing("There is no <b>model</b>."))[-1]["note"])
    assert "<b>" not in failing(Missing("There is no <b>model</b>."))[-1]["note"]
    with pytest.raises(ValueError, match="shapes"):
        failing(ValueError("shapes (3,) and (4,)"))


def test_an_update_of_looks_is_no_value(wiring):
    on = replace(PARTS[1].on[0], handler=lambda visit: {"at": gr.update(visible=True)})
    assert list(wiring.happened(on, wiring.default_visit(part="two", at=5)))[-1] == {"two": "50 at 5"}


def test_handlers_learn_what_states_hold_and_what_an_event_has_put_there(wiring):
    told = []

    def remembering(visit):
        told.append(visit.kept["seen"])
        return {"seen": "new"}

    lesson = replace(LESSON, scene=lambda visit: told.append(visit.kept["seen"]))
    again = build(lesson)
    on = On(component="go", event="click", handler=remembering, redraw="")
    list(again.happened(on, again.default_visit(kept={"seen": "old"})))
    assert told == ["old", "new"]


def test_a_name_that_the_page_does_not_have_is_a_mistake(wiring):
    with pytest.raises(KeyError):
        wiring.named({"nowhere": 1})


@pytest.mark.parametrize("said", [[], [{"total": "1"}, {"total": "2"}]])
def test_a_handler_without_an_answer_leaves_the_page_as_it_is(wiring, said):
    handler = wiring._handler(lambda _event, _request, _values: iter(said), several=True)
    total = wiring.components["total"]
    assert list(handler(None, None)) == ([{total: step["total"]} for step in said] or [gr.skip()])


def test_what_is_hidden_stays_so_when_its_column_is_shown():
    hidden = gr.Number(-1, visible="hidden", elem_classes="mine")
    other = gr.Number(-1)
    three = Part(slug="three", title="3 Three", draw=lambda: {"hidden": hidden, "other": other})
    build(replace(LESSON, parts=(*PARTS, three)))
    assert hidden.elem_classes == ["mine", "lab-unseen"]
    assert not other.elem_classes


def test_two_components_of_one_name_are_a_mistake():
    twice = replace(PARTS[1], slug="three", fields=(), on=())
    with pytest.raises(ValueError, match="called 'two'"):
        build(replace(LESSON, parts=(*PARTS, twice)))


def test_a_part_may_leave_shared_fields_to_others():
    lesson = replace(LESSON, follows=frozenset())
    visit = build(lesson).default_visit(moved="size", size=7)
    assert last(lesson.moved(visit)) == {"deep": 1, "at": -1, "total": "70"}
    assert last(lesson.moved(visit.having(moved="part")))["one"] == "70 1 part"


def test_what_pictures_and_parts_refuse_is_said_where_the_room_says_it():
    def refusing(scene, fields):
        raise ValueError("Too deep.")

    parts = (replace(PARTS[0], show=refusing), PARTS[1])
    with pytest.raises(ValueError, match="Too deep"):
        last(replace(LESSON, parts=parts).moved(build(LESSON).default_visit()))
    lesson = replace(LESSON, parts=parts, refused=lambda scene, fields, problem: {"note": f"{scene}: {problem}"})
    shown = last(lesson.moved(build(lesson).default_visit()))
    assert (shown["note"], shown["total"]) == ("50: Too deep.", "50")
    shown = last(lesson.moved(build(lesson).default_visit(moved="size", size=0)))
    assert shown == {"deep": 1, "at": -1, "note": "None: Nothing has no size: choose at least 1."}


def test_own_sound_counts_as_another_clip():
    assert Fields({}, "own").changed("clip")
    assert Fields({}).changed("anything")
    assert not Fields({}, "own").changed("model")
    forgetting = replace(LESSON, forget={"clip": {"at": -1}})
    assert forgetting.resets(Fields({}, "own")) == {"at": -1}


class TestSlowScenes:
    def lesson(self, scene) -> tuple[Lesson, Slow]:
        slow = Slow(waits=lambda visit: True, line="total", button="halt")
        return replace(LESSON, scene=scene, slow=slow), slow

    def test_progress_is_told_then_the_page_is_drawn(self):
        said, go_on = threading.Event(), threading.Event()

        def scene(visit):
            visit.progress(0.5, "Reading <b>")
            said.set()
            assert go_on.wait(PATIENCE)
            return 1

        lesson, _ = self.lesson(scene)
        steps = lesson.steps(build(lesson).default_visit())
        shown = next(steps)
        assert said.wait(PATIENCE)
        while "50 %" not in shown["total"]:
            shown = next(steps)
        assert "Reading &lt;b&gt;" in shown["total"], "what is being done is text, not markup"
        assert shown["halt"]["visible"]
        go_on.set()
        end = last(steps)
        assert end["one"] == "1 1 "
        assert not end["halt"]["visible"]

    def test_the_part_opens_before_its_scene_is_made(self):
        go_on = threading.Event()
        lesson, _ = self.lesson(lambda visit: go_on.wait(PATIENCE))
        steps = lesson.steps(build(lesson).default_visit(moved="part", part="two"))
        assert [next(steps)[f"part {slug}"]["visible"] for slug in ("one", "two")] == [False, True]
        go_on.set()
        assert last(steps)["two"] == "True at -1"

    @pytest.mark.parametrize("waits", [True, False])
    def test_a_move_meanwhile_draws_what_the_ended_run_would_have_drawn(self, waits):
        begun, go_on = threading.Event(), threading.Event()

        def scene(visit):
            begun.set()
            assert go_on.wait(PATIENCE)
            return 1

        lesson, slow = self.lesson(scene)
        wiring = build(lesson)
        first = lesson.steps(wiring.default_visit())
        next(first)
        assert begun.wait(PATIENCE)
        go_on.set()
        lesson = replace(lesson, slow=replace(slow, waits=lambda visit: waits))
        shown = last(lesson.moved(wiring.default_visit(moved="deep", deep=2)))
        assert (shown["total"], shown["one"]) == ("1", "1 2 ")
        assert list(first) == [{}], "the ended run says nothing more"

    def test_words_instead_of_a_yes_are_said_before_the_work_begins(self):
        begun, go_on = threading.Event(), threading.Event()
        lesson, slow = self.lesson(lambda visit: begun.set() or go_on.wait(PATIENCE))
        lesson = replace(lesson, slow=replace(slow, waits=lambda visit: "Loading the model"))
        steps = lesson.steps(build(lesson).default_visit())
        shown = next(steps)
        assert "Loading the model: 0 %" in shown["total"]
        assert shown["part one"]["visible"]
        assert not begun.is_set()
        assert "Loading the model: 0 %" in next(steps)["total"], "until the work has other words"
        go_on.set()
        assert last(steps)["one"] == "True 1 "

    def test_stop_has_the_last_word(self):
        begun, go_on = threading.Event(), threading.Event()

        def scene(visit):
            begun.set()
            while not go_on.wait(0.01):
                visit.progress(0.1, "Reading")
            return 1

        lesson, slow = self.lesson(scene)
        steps = lesson.steps(build(lesson).default_visit())
        next(steps)
        assert begun.wait(PATIENCE)
        threading.Thread(target=slow.stop.stop, args=(None,)).start()
        rest = list(steps)
        assert "Stopped" in rest[-1]["total"]
        assert "one" not in rest[-1]

    def test_its_button_stops_it(self):
        lesson, slow = self.lesson(lambda visit: 1)
        with gr.Blocks() as demo:
            wiring = lesson.build(SPACE)
        halt = wiring.components["halt"]
        clicks = [fn for fn in demo.fns.values() if (halt._id, "click") in fn.targets]
        assert [fn.name for fn in clicks] == ["stopping"]
        run = slow.stop.runs[""] = Run()
        run.over.set()
        clicks[0].fn(None)
        assert run.stopped

    def test_a_refusal_in_the_thread_is_said(self):
        def refused(visit):
            raise ValueError("This can't be read.")

        lesson, _ = self.lesson(refused)
        assert "This can&#x27;t be read." in last(lesson.steps(build(lesson).default_visit()))["note"]


def test_a_run_with_a_stop_button_says_its_last_word():
    def running(visit):
        for n in range(100):
            yield {"total": str(n)}
            if n == 2:
                visit.run.stopped = True

    halt = Halt(stop=Stop({}), button="halt", last=lambda visit: {"total": f"Stopped at size {visit.fields['size']}."})
    on = On(component="go", event="click", handler=running, halt=halt)
    with gr.Blocks() as demo:
        wiring = replace(LESSON, on=(on,)).build(SPACE)
    steps = list(wiring.happened(on, wiring.default_visit(size=4)))
    assert [step["total"] for step in steps] == ["0", "1", "2", "Stopped at size 4."]
    (said,) = [event for event in demo.fns.values() if event.name == "said"]
    assert awaited(said.fn(gr.Request(), True)) == gr.skip(), "where a run was at work, its own last word stands"


def test_a_text_line_that_is_left_for_the_button_does_not_end_the_run_it_began():
    halt = Halt(stop=Stop({}), button="halt", last=lambda visit: {})
    ended = []

    def running(visit):
        yield {"total": "1"}
        yield {"total": "2"}

    on = On(component="go", event="click", handler=running, halt=halt)
    lesson = replace(LESSON, on=(on,), before=ended.append)
    wiring = build(lesson)
    steps = wiring.happened(on, wiring.default_visit(size=4))
    assert next(steps) == {"total": "1"}
    assert list(lesson.moved(wiring.default_visit(moved="size", size=4))) == []
    assert ended == []
    assert list(lesson.moved(wiring.default_visit(moved="own", size=4))), "another sound may have the same fields"
    assert list(lesson.moved(wiring.default_visit(moved="size", size=5)))
    assert len(ended) == 2
    assert list(steps) == [{"total": "2"}]
    assert list(lesson.moved(wiring.default_visit(moved="size", size=4))), "no run is under way"


def test_an_event_names_only_what_it_may_change(wiring):
    parts = {name: set(group.values()) for name, group in wiring.frame.own.items()}
    assert parts["two"] <= set(wiring.changes("at", "two"))
    assert not (parts["one"] - set(wiring.state.components)) & set(wiring.changes("at", "two"))
    assert parts["one"] | parts["two"] <= set(wiring.changes("size")), "every part follows a shared field"
    assert set(wiring.changes("")) == set(wiring.everything)


def test_a_late_word_from_a_closed_part_draws_nothing_of_the_open_one():
    parts = (replace(PARTS[0], follows=None), PARTS[1])
    lesson = replace(LESSON, parts=parts)
    assert last(lesson.moved(build(lesson).default_visit(part="one", moved="at", at=2))) == {}
    assert last(lesson.moved(build(lesson).default_visit(part="one", moved="deep", deep=2))) == {"one": "50 2 deep"}
