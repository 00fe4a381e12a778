"""What an address says and how a page reads it: its own sound, long texts, forged events."""

from __future__ import annotations

import gradio as gr
import pytest

from components import address
from components.audio_input import OWN, OwnSound
from components.lesson import Frame, Lesson, Part
from components.page_state import MAX_TEXT, PageState
from spaces import Example, Space

SPACE = Space(
    title="Probe",
    summary="A room for tests.",
    group="Signals",
    build=lambda: None,
    examples=(Example(title="Deep", notice="d", state={"text": "x"}, look="deep"),),
)


def page(frame: Frame) -> dict:
    frame.sound(default="speech")
    with gr.Accordion("Outer", open=False), gr.Accordion("Inner", open=False):
        deep = gr.Textbox("", label="Deep")
    frame.parts()
    return {"text": gr.Textbox("", label="Text"), "deep": deep}


@pytest.fixture(scope="module")
def wiring():
    part = Part(slug="one", title="One", draw=lambda: {"one": gr.HTML()}, show=lambda _scene, f: {"one": f["clip"]})
    with gr.Blocks():
        return Lesson(parts=(part,), draw=page, fields=("clip", "text")).build(SPACE)


def opened(wiring, query: dict, own: OwnSound | None = None) -> dict:
    values: dict = {}
    for step in wiring.opened(query, [own]):
        values |= step
    return values


def test_an_address_of_ones_own_sound_means_the_one_that_the_visitor_has(wiring):
    assert opened(wiring, {"clip": "vowels"})["clip"] == "vowels"
    assert opened(wiring, {"clip": OWN})["clip"] == "speech", "until the browser has brought it"
    own = OwnSound("/nowhere/x.wav", "x.wav", 1.0)
    assert opened(wiring, {"clip": OWN}, own)["clip"] == OWN
    assert opened(wiring, {"clip": "vowels"}, own)["clip"] == "vowels"


def test_who_clicks_before_the_first_answer_is_not_undone_by_it(wiring):
    (answer,) = wiring.opened({"text": "new"}, [None], held=wiring.state.defaults)
    assert answer["text"] == "new"
    assert "clip" not in answer, "the page opens with it: what has been clicked meanwhile stays"
    assert answer["one"] == wiring.state.defaults["clip"]


def test_the_way_to_a_control_leads_through_its_accordions(wiring):
    *around, last = wiring._path("deep")
    assert len(around) == 2
    assert last == wiring.components["deep"].elem_id
    assert len({*around, last}) == 3


def test_a_long_text_is_cut_and_that_is_said():
    with gr.Blocks():
        state = PageState(text=gr.Textbox(""))
    values, notes = state.parse({"text": "x" * MAX_TEXT})
    assert (len(values["text"]), notes) == (MAX_TEXT, [])
    values, notes = state.parse({"text": "x" * (MAX_TEXT + 1)})
    assert len(values["text"]) == MAX_TEXT
    assert len(notes) == 1
    assert "longer than 2000 characters" in notes[0]


@pytest.mark.parametrize(("data", "found"), [({"query": "?a=1&b=%3C"}, {"a": "1", "b": "<"}), ({}, {}), (None, {})])
def test_what_an_event_asks_for(data, found):
    assert address.query_of(gr.EventData(None, data or {})) == found
    assert address.query_of(gr.EventData(None, {"query": ["x"]})) != {"x": ""}, "anything else is text"
